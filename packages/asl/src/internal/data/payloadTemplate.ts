/** Payload templates: JSON in which a key that ends in `.$` takes its value from a path or an intrinsic function. */
import type * as Result from "effect/Result"
import type { AslFailure } from "../../Errors.ts"
import type { Problem } from "../../Problem.ts"
import type { Json } from "./json.ts"
import type { Recorded, Scope } from "./scope.ts"

/** What is wrong with a template: values of `.$` keys that are no path and no intrinsic function. */
export declare const problems: (template: Json) => ReadonlyArray<Problem>
export declare const evaluate: (template: Json, scope: Scope, recorded: Recorded) => Result.Result<Json, AslFailure>
/** The variables that a template reads. */
export declare const variables: (template: Json) => ReadonlySet<string>
