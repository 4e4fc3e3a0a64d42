/**
 * JSONPath as Step Functions has it: a query over the input (`$`), the context object (`$$`) or a variable (`$name`). Paths are read
 * by every JSONPath state; reference paths, a subset that names one place, are also written by `ResultPath`.
 */
import type * as Result from "effect/Result"
import type { AslFailure } from "../../Errors.ts"
import type { Problem } from "../../Problem.ts"
import type { Json } from "./json.ts"
import type { Scope } from "./scope.ts"

export type Root =
  | { readonly _tag: "input" }
  | { readonly _tag: "context" }
  | { readonly _tag: "variable"; readonly name: string }

export interface Path {
  readonly text: string
  readonly root: Root
  /** Whether it names at most one place, so that its result is the value there and not a list. */
  readonly definite: boolean
}

/** A path of names and indices only. */
export interface ReferencePath extends Path {
  readonly keys: ReadonlyArray<string | number>
}

export declare const parse: (text: string) => Result.Result<Path, Problem>
export declare const parseReference: (text: string) => Result.Result<ReferencePath, Problem>
/** The value at a path, or `undefined` where a definite path leads nowhere. */
export declare const find: (path: Path, scope: Scope) => Json | undefined
/** The value at a path; leading nowhere is `States.Runtime`. */
export declare const read: (path: Path, scope: Scope) => Result.Result<Json, AslFailure>
/** `target` with `value` at a reference path; objects on the way are created. What is in the way is `States.ResultPathMatchFailure`. */
export declare const write: (path: ReferencePath, target: Json, value: Json) => Result.Result<Json, AslFailure>
