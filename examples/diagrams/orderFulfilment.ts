/**
 * An order that is undone step by step where it fails: each way back is in the picture, so everybody can agree on it.
 *
 * What was done is undone in the reverse order, by states like any others. They have retry policies of their own, since a
 * refund must not get lost.
 */
import { Context, Effect, Schema } from "effect"
import { Diagram } from "@waymark/render"

export const Order = Diagram.make(`---
title: OrderFulfilment
---
stateDiagram-v2
  state charged <<choice>>
  state handed_over <<choice>>

  [*] --> reserve
  reserve --> charge
  charge --> charge: attempts=5, backoffMs=1000
  charge --> charged
  charged --> ship: paid
  charged --> release: declined
  ship --> handed_over
  handed_over --> [*]: on its way
  handed_over --> refund: no carrier

  %% the way back
  refund --> refund: attempts=20, backoffMs=60000
  refund --> release
  release --> [*]
`)

const Item = Schema.Struct({ item: Schema.String, price: Schema.Number })
const Reserved = Schema.Struct({ ...Item.fields, shelf: Schema.String })
const Paid = Schema.Struct({ ...Reserved.fields, receipt: Schema.String })
const Failed = Schema.Struct({ ...Reserved.fields, why: Schema.String })

/** What the outside world does. */
export class Shop extends Context.Service<
  Shop,
  {
    readonly reserve: (item: string) => Effect.Effect<string>
    readonly release: (shelf: string) => Effect.Effect<void>
    /** The receipt; nothing where the card is declined. */
    readonly charge: (price: number) => Effect.Effect<string | undefined>
    readonly refund: (receipt: string) => Effect.Effect<void>
    /** Whether a carrier takes it. */
    readonly ship: (shelf: string) => Effect.Effect<boolean>
  }
>()("Shop") {}

export const OrderFulfilment = Order.implement({
  version: 1,
  payloads: {
    reserve: Item,
    charge: Reserved,
    ship: Paid,
    refund: Schema.Struct({ ...Paid.fields, why: Schema.String }),
    release: Failed
  },
  output: Schema.Struct({ sent: Schema.Boolean, why: Schema.String }),
  states: {
    reserve: (order, go) =>
      Effect.map(
        Shop.use((shop) => shop.reserve(order.item)),
        (shelf) => go.charge({ ...order, shelf })
      ),
    charge: (order, go) =>
      Effect.map(
        Shop.use((shop) => shop.charge(order.price)),
        (receipt) =>
          receipt === undefined
            ? go.declined({ ...order, why: "the card was declined" })
            : go.paid({ ...order, receipt })
      ),
    ship: (order, go) =>
      Effect.map(
        Shop.use((shop) => shop.ship(order.shelf)),
        (isTaken) =>
          isTaken
            ? go["on its way"]({ sent: true, why: "" })
            : go["no carrier"]({ ...order, why: "no carrier takes it" })
      ),
    refund: (order, go) =>
      Effect.as(
        Shop.use((shop) => shop.refund(order.receipt)),
        go.release(order)
      ),
    release: ({ shelf, why }, go) =>
      Effect.as(
        Shop.use((shop) => shop.release(shelf)),
        go.end({ sent: false, why })
      )
  }
})
