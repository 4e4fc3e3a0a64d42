/** Intrinsic functions: `States.Format('…', $.x)` and its like, in payload templates of JSONPath states. */
import type * as Result from "effect/Result"
import type { AslFailure } from "../../Errors.ts"
import type { Problem } from "../../Problem.ts"
import type { Json } from "./json.ts"
import type { Recorded, Scope } from "./scope.ts"

export interface Call {
  readonly name: string
}

/** Whether a text is to be read as an intrinsic function rather than as a path. */
export declare const looksLike: (text: string) => boolean
export declare const parse: (text: string) => Result.Result<Call, Problem>
/** The value of a call; what a function refuses is `States.IntrinsicFailure`. */
export declare const evaluate: (call: Call, scope: Scope, recorded: Recorded) => Result.Result<Json, AslFailure>
