/** Choice rules of JSONPath states: comparisons of a `Variable`, joined by `And`, `Or` and `Not`. A JSONata state has a `Condition`. */
import type * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import type { AslFailure } from "../../Errors.ts"
import type { Problem } from "../../Problem.ts"
import type { Json } from "./json.ts"
import type { QueryScope, Recorded, Scope } from "./scope.ts"

/** What is wrong with a rule of a JSONPath state. Fields of a top-level rule that are no operator (`Next`, `Assign`, …) are the caller's. */
export declare const problems: (rule: Json) => ReadonlyArray<Problem>
export declare const matches: (rule: Json, scope: Scope) => Result.Result<boolean, AslFailure>
/** Whether a `Condition` holds: `true`, `false`, or an expression that gives one of them. */
export declare const holds: (
  condition: Json,
  scope: QueryScope,
  recorded: Recorded
) => Effect.Effect<boolean, AslFailure>
