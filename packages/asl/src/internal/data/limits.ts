/** How large data may be. */
import * as Result from "effect/Result"
import { AslFailure } from "../../Errors.ts"
import type { Json } from "./json.ts"

/** 256 KiB, in bytes of UTF-8. */
export const maximalSize = 262_144

/** What all variables that a state sees may have together: 10 MiB. */
export const maximalVariables = 10_485_760

/** The largest number of seconds or attempts that the language knows, written down or computed. */
export const largestNumber = 99_999_999

/** The bytes of a value as JSON in UTF-8. */
export const sizeOf = (value: Json): number => Buffer.byteLength(JSON.stringify(value), "utf8")

/** The value, or `States.DataLimitExceeded` where it is larger than a state may pass on. `what` names it: `the output of state "A"`. */
export const withinLimit = (value: Json, what: string, most = maximalSize): Result.Result<Json, AslFailure> => {
  const size = sizeOf(value)
  return size <= most
    ? Result.succeed(value)
    : Result.fail(
        new AslFailure({
          error: "States.DataLimitExceeded",
          cause: `${what} has ${size} bytes; ${most} are allowed. Keep the data elsewhere and pass on where it is.`
        })
      )
}
