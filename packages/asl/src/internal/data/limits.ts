/** How large data may be. */
import type * as Result from "effect/Result"
import type { AslFailure } from "../../Errors.ts"
import type { Json } from "./json.ts"

/** 256 KiB, in bytes of UTF-8. */
export const maximalSize = 262_144

/** The value, or `States.DataLimitExceeded` where it is larger than a state may pass on. */
export declare const withinLimit: (value: Json, what: string) => Result.Result<Json, AslFailure>
