/** JSONata as Step Functions has it: expressions in `{% … %}`, alone or anywhere within JSON. */
import type * as Effect from "effect/Effect"
import type { AslFailure } from "../../Errors.ts"
import type { Problem } from "../../Problem.ts"
import type { Json } from "./json.ts"
import type { QueryScope, Recorded } from "./scope.ts"

/** What an expression reads: variables by name, and fields of `$states`. */
export interface Uses {
  readonly variables: ReadonlySet<string>
  readonly states: ReadonlySet<string>
}

/** Whether a string is an expression: it begins with `{%` and ends with `%}`. */
export declare const isExpression: (value: Json) => value is string
/** Every syntax error in a template, and every use of what Step Functions does not allow. */
export declare const problems: (template: Json) => ReadonlyArray<Problem>
export declare const uses: (template: Json) => Uses
/** A value in which each expression is replaced by its result. What fails, or has no result, is `States.QueryEvaluationError`. */
export declare const evaluate: (
  template: Json,
  scope: QueryScope,
  recorded: Recorded
) => Effect.Effect<Json, AslFailure>
