/** Values that a field of a state takes from data, `SecondsPath` or a JSONata `Seconds` among them, once they have been read. */
import type * as Result from "effect/Result"
import type { AslFailure } from "../../Errors.ts"
import { attempt, fail } from "./failures.ts"
import { show, type Json } from "./json.ts"
import * as Timestamp from "./timestamp.ts"

/** Where a value comes from: a value of a wrong type is `States.Runtime` from a path, and `States.QueryEvaluationError` from JSONata. */
export interface Origin {
  readonly language: "JSONPath" | "JSONata"
  /** The name of the field. */
  readonly field: string
  /** The path or the expression. */
  readonly text: string
}

const refuse = (origin: Origin, value: Json, wanted: string): never =>
  fail(
    origin.language === "JSONPath" ? "States.Runtime" : "States.QueryEvaluationError",
    `the field '${origin.field}' has to give ${wanted}, and ${origin.text} gives ${show(value)}`
  )

/** A whole number from `least` to `most`. */
export const wholeNumber = (
  value: Json,
  origin: Origin,
  least: number,
  most: number
): Result.Result<number, AslFailure> =>
  attempt(() =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
      ? value
      : refuse(origin, value, `a whole number from ${least} to ${most}`)
  )

/** How long a `Wait` may be, in seconds, as AWS has it: a little more than three years. */
export const maximalSeconds = 99_999_999

/** A time to wait until, in milliseconds since the epoch. */
export const timestamp = (value: Json, origin: Origin): Result.Result<number, AslFailure> =>
  attempt(
    () =>
      (typeof value === "string" ? Timestamp.parse(value) : undefined) ??
      refuse(origin, value, "a timestamp like 2016-08-18T17:33:00Z")
  )

/** A text, as `Error` and `Cause` of a `Fail` state have to be. */
export const text = (value: Json, origin: Origin): Result.Result<string, AslFailure> =>
  attempt(() => (typeof value === "string" ? value : refuse(origin, value, "a string")))
