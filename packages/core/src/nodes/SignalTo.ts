/** A message to another instance. */
import * as Codec from "../Codec.ts"
import { NotDelivered } from "../Errors.ts"
import { make } from "../internal/node.ts"
import type { Stated } from "../internal/types.ts"
import type * as Signal from "../Signal.ts"
import type { WIO } from "../WIO.ts"
import type * as Workflow from "../Workflow.ts"

/** A message to another instance. */
export interface SignalTo {
  readonly _tag: "SignalTo"
  readonly name: string
  readonly workflow: Workflow.Any
  readonly signal: Signal.Any
  readonly id: (state: unknown) => string
  readonly payload: (state: unknown) => unknown
  readonly error: Codec.Codec<unknown>
}

/**
 * Sends a signal to another instance, once however often this step is tried. It goes on when the signal is stored
 * there; it does not wait for the reply. Where there is no such instance, or it has ended, it fails with
 * `NotDelivered`.
 *
 * The state passes through unchanged. It is what `id` or `payload` are computed from, or what the place gives; where
 * none of these says it, let one of the two do so all the same: `(_: Order) => "shop-1"`.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Signal, WIO, Workflow } from "@waymark/core"
 *
 * const Stock = Signal.make("stock", { payload: Schema.Number })
 * const Shop = Workflow.make("Shop", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.await<string>("closing time", { for: "8 hours" })
 * })
 *
 * interface Parcel { readonly shop: string; readonly items: number }
 *
 * export const deliver = WIO.signalTo(Shop, (parcel: Parcel) => parcel.shop, Stock, (parcel) => parcel.items)
 * ```
 */
export const signalTo = <Payload, S = never>(
  workflow: Workflow.Any,
  id: string | ((state: S) => string),
  signal: Signal.Signal<string, Payload, unknown, unknown>,
  payload: NoInfer<Payload> | ((state: S) => NoInfer<Payload>)
): WIO<S, Stated<S>, NotDelivered> =>
  make<SignalTo>({
    _tag: "SignalTo",
    name: signal.name,
    workflow,
    signal,
    id: (typeof id === "function" ? id : () => id) as never,
    payload: (typeof payload === "function" ? payload : () => payload) as never,
    error: Codec.make(NotDelivered)
  }) as never
