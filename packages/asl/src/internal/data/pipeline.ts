/** The way of the data through a JSONPath state: InputPath, Parameters, the work, ResultSelector, ResultPath, OutputPath. */
import type * as Result from "effect/Result"
import type { AslFailure } from "../../Errors.ts"
import type { Json } from "./json.ts"
import type { Recorded, Scope } from "./scope.ts"

/** The fields as written in a state; `null` and absence differ. */
export interface InputFields {
  readonly InputPath?: string | null
  readonly Parameters?: Json
}

export interface OutputFields {
  readonly ResultSelector?: Json
  readonly ResultPath?: string | null
  readonly OutputPath?: string | null
}

/** The raw input cut by `InputPath`, where `$` points in `Parameters`. */
export declare const inputPath: (fields: InputFields, scope: Scope) => Result.Result<Json, AslFailure>
/** The effective input: `InputPath`, then `Parameters`. */
export declare const effectiveInput: (
  fields: InputFields,
  scope: Scope,
  recorded: Recorded
) => Result.Result<Json, AslFailure>
/** The state's output from its result: `ResultSelector`, `ResultPath` into the raw input, `OutputPath`. */
export declare const effectiveOutput: (
  fields: OutputFields,
  raw: Scope,
  result: Json,
  recorded: Recorded
) => Result.Result<Json, AslFailure>
