/** A part with what is to be done should it be cancelled. */
import { dual } from "effect/Function"
import { make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type { WIO } from "../WIO.ts"

/** A part with what is to be done should it be cancelled. */
export interface OnCancel {
  readonly _tag: "OnCancel"
  readonly body: Node
  /** Starts from the state that the body had reached; the state that it ends in is dropped. */
  readonly handler: Node
}

/**
 * Says what is to be done when the part is cancelled while it is live: by `Engine.cancel`, or because it lost a race
 * or was interrupted. The handler starts from the state that was reached, must not fail, and is not interrupted
 * itself.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO } from "@waymark/core"
 *
 * const tell = WIO.runIO("tell", {
 *   event: Schema.String,
 *   run: (order: string) => Effect.succeed(`${order} was cancelled`),
 *   apply: (_, told) => told
 * })
 *
 * export const body = WIO.await<string>("delivery", { for: "3 days" }).pipe(WIO.onCancel(tell))
 * ```
 *
 * A handler for whatever state the part was in is a function of that type. One that takes `unknown` would rest in an unknown state,
 * and no workflow's `state` schema covers that.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 *
 * const Order = Schema.Union([
 *   Schema.Struct({ _tag: Schema.tag("Placed"), id: Schema.String }),
 *   Schema.Struct({ _tag: Schema.tag("Packed"), id: Schema.String, weight: Schema.Number })
 * ])
 * type Order = typeof Order.Type
 *
 * const pack = WIO.runIO("pack", {
 *   event: Schema.Number,
 *   run: (_: Order) => Effect.succeed(3),
 *   apply: ({ id }, weight): Order => ({ _tag: "Packed", id, weight })
 * })
 *
 * const tell = <State>() =>
 *   WIO.runIO("tell the warehouse", {
 *     event: Schema.Void,
 *     run: (_: State) => Effect.void,
 *     apply: (state) => state
 *   })
 *
 * export const Delivery = Workflow.make("Delivery", {
 *   version: 1,
 *   input: Order,
 *   state: Order,
 *   body: pack.pipe(WIO.andThen(WIO.await<Order>("delivery", { for: "3 days" })), WIO.onCancel(tell<Order>()))
 * })
 * ```
 */
export const onCancel: {
  <In2, Out2, R2, S2>(
    handler: WIO<In2, Out2, never, R2, S2>
  ): <In, Out, E, R, State extends In2>(self: WIO<In, Out, E, R, State>) => WIO<In, Out, E, R | R2, State | S2>
  <In, Out, E, R, State extends In2, In2, Out2, R2, S2>(
    self: WIO<In, Out, E, R, State>,
    handler: WIO<In2, Out2, never, R2, S2>
  ): WIO<In, Out, E, R | R2, State | S2>
} = dual(2, (self: never, handler: never) => make<OnCancel>({ _tag: "OnCancel", body: self, handler })) as never
