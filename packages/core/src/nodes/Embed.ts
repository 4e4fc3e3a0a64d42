/** A workflow in place of a step, with a state of its own. */
import type { Codec } from "../Codec.ts"
import { isWIO, make } from "../internal/node.ts"
import type { Stated } from "../internal/types.ts"
import type { Node } from "../Node.ts"
import type { WIO } from "../WIO.ts"
import type { Workflow } from "../Workflow.ts"

/** A workflow in place of a step. */
export interface Embed {
  readonly _tag: "Embed"
  readonly body: Node
  /** The inner workflow's name, where it has one. */
  readonly name: string | undefined
  readonly in: (outer: unknown) => unknown
  readonly state: (outer: unknown, inner: unknown) => unknown
  readonly out: (outer: unknown, out: unknown) => unknown
  /** What the inner states are written with; the outer workflow's schema where it is `undefined`. */
  readonly codec: Codec<unknown> | undefined
  /** The same of what the inner workflow starts from. */
  readonly input: Codec<unknown> | undefined
}

type Inner<In, Out, E, R, State> = Workflow<string, In, Out, E, R, State> | WIO<In, Out, E, R, State>

/**
 * Puts a workflow in place of a step: it has states of its own, and the state around it is kept meanwhile.
 *
 * `in` says what it starts from, `state` what is to be seen from outside while it runs (left out: the state around it), and `out` what
 * comes after. Its steps are recorded in this journal; for a journal of its own there is `WIO.child`. Give a
 * `Workflow`: its `state` and `input` schemas are what snapshots write the inner states with; those of a bare `WIO` must fit the
 * outer schema.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 *
 * const Check = Workflow.make("Check", {
 *   version: 1,
 *   input: Schema.Number,
 *   state: Schema.Number,
 *   body: WIO.await<number>("think", { for: "1 minute" })
 * })
 *
 * interface Order { readonly amount: number; readonly checked?: number }
 *
 * export const checked = WIO.embed(Check, {
 *   in: (order: Order) => order.amount,
 *   out: (order, checked): Order => ({ ...order, checked })
 * })
 * ```
 */
export const embed = <Outer, In, Out, E, R, State, Out2, Seen = Outer>(
  inner: Inner<In, Out, E, R, State>,
  options: {
    readonly in: (outer: Outer) => NoInfer<In>
    readonly state?: (outer: Outer, inner: State) => Seen
    readonly out: (outer: Outer, out: Out) => Out2
  }
): WIO<Outer, Out2, E, R, Stated<Seen> | Out2> => {
  const workflow = isWIO(inner) ? undefined : (inner as Workflow<string, In, Out, E, R, State>)
  return make<Embed>({
    _tag: "Embed",
    body: workflow === undefined ? (inner as never) : workflow.body,
    name: workflow?.name,
    in: options.in as never,
    state: (options.state ?? ((outer: unknown) => outer)) as never,
    out: options.out as never,
    codec: workflow?.state,
    input: workflow?.input
  }) as never
}
