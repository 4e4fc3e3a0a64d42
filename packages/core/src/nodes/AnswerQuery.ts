/** Answers a query from the state of the part it wraps. */
import { dual } from "effect/Function"
import { make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type * as Query from "../Query.ts"
import type { WIO } from "../WIO.ts"

/** A node with the answer to a query. */
export interface AnswerQuery {
  readonly _tag: "AnswerQuery"
  readonly query: Query.Any
  readonly answer: (state: unknown) => unknown
  readonly body: Node
}

/**
 * Answers a query while the wrapped part is live; around a whole workflow, after its end too.
 *
 * The answer must be given for every state the part can rest in, which the compiler checks.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Query, WIO } from "@waymark/core"
 *
 * const Amount = Query.make("amount", { reply: Schema.Number })
 *
 * export const body = WIO.await<{ readonly amount: number }>("wait", { for: "1 day" }).pipe(
 *   WIO.query(Amount, (state) => state.amount)
 * )
 * ```
 */
export const query: {
  <Name extends string, Reply, State>(
    query: Query.Query<Name, Reply>,
    answer: (state: State) => NoInfer<Reply>
  ): <In, Out, E, R, S>(self: WIO<In, Out, E, R, State> & WIO<In, Out, E, R, S>) => WIO<In, Out, E, R, S>
  <In, Out, E, R, S, Name extends string, Reply>(
    self: WIO<In, Out, E, R, S>,
    query: Query.Query<Name, Reply>,
    answer: (state: NoInfer<S>) => NoInfer<Reply>
  ): WIO<In, Out, E, R, S>
} = dual(3, (body: never, query: Query.Any, answer: never) =>
  make<AnswerQuery>({ _tag: "AnswerQuery", query, answer, body })
) as never
