import { Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import { hold, Held, NotEnoughFunds, Requested, send, Validated } from "./domain.ts"
import type { Bank, Completed } from "./domain.ts"
import { same } from "./equals.ts"

interface Order {
  readonly id: string
  readonly amount: number
}
const Holding = Workflow.make("Holding", {
  version: 1,
  input: Validated,
  state: Schema.Union([Validated, Held]),
  error: NotEnoughFunds,
  body: hold
})
const start = (order: Order) => new Validated({ amount: order.amount, fee: 0 })

// ---- embed: outside, the state around it is seen, or what `state` makes of both ---------------------------------
const plain = WIO.embed(Holding, {
  in: start,
  out: (order, held) => {
    same<typeof order, Order>()
    same<typeof held, Held>()
    return { ...order, hold: held.hold }
  }
})
type Booked = { hold: string; id: string; amount: number }
same<typeof plain, WIO.WIO<Order, Booked, NotEnoughFunds, Bank, Order | Booked>>()

const seen = WIO.embed(Holding, {
  in: start,
  state: (order, inner) => {
    same<typeof order, Order>()
    same<typeof inner, Validated | Held>()
    return [order.id, inner._tag] as const
  },
  out: (order) => order.id
})
same<typeof seen, WIO.WIO<Order, string, NotEnoughFunds, Bank, readonly [string, "Validated" | "Held"] | string>>()

// A body without a name of its own is embedded just so.
const bare = WIO.embed(hold.pipe(WIO.andThen(send)), { in: start, out: (_, { txId }) => txId })
same<typeof bare, WIO.WIO<Order, string, NotEnoughFunds, Bank, Order | string>>()
const bareSeen = WIO.embed(hold, {
  in: start,
  state: (_, inner) => {
    same<typeof inner, Validated | Held>()
    return inner
  },
  out: (_, out) => out
})
same<typeof bareSeen, WIO.WIO<Order, Held, NotEnoughFunds, Bank, Validated | Held>>()

// The state before is inferred where the place says it.
declare const ordered: WIO.WIO<string, Order>
const placed = ordered.pipe(
  WIO.andThen(WIO.embed(Holding, { in: (order) => start(order), out: (order, held) => `${order.id} ${held.hold}` }))
)
same<WIO.Out<typeof placed>, string>()

// @ts-expect-error it starts from Validated
WIO.embed(Holding, { in: (order: Order) => new Requested({ amount: order.amount }), out: (order) => order })
// @ts-expect-error the same of a bare body
WIO.embed(hold, { in: (order: Order) => new Requested({ amount: order.amount }), out: (order) => order })
// @ts-expect-error it ends in Held
WIO.embed(Holding, { in: start, out: (_, completed: Completed) => completed })
// @ts-expect-error it says what comes after
WIO.embed(Holding, { in: start })
// @ts-expect-error a name is no workflow
WIO.embed("Holding", { in: start, out: (order) => order })
// @ts-expect-error without `state` it rests in the state around it, whatever the place expects
export const expected: WIO.WIO<Order, unknown, unknown, unknown, true> = WIO.embed(Holding, {
  in: start,
  out: () => true as const
})
