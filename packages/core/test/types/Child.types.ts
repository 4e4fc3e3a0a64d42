import { Schema } from "effect"
import { ChildStopped, WIO, Workflow } from "@waymark/core"
import { hold, Held, NotEnoughFunds, Requested, validate, Validated } from "./domain.ts"
import type { Fees, TooLarge } from "./domain.ts"
import { same } from "./equals.ts"

const Holding = Workflow.make("Holding", {
  version: 1,
  input: Validated,
  state: Schema.Union([Validated, Held]),
  error: NotEnoughFunds,
  body: hold
})
interface Order {
  readonly id: string
  readonly amount: number
}
const input = (order: Order) => new Validated({ amount: order.amount, fee: 0 })

// ---- child: its output is the state after it, its failures are failures here, its services are its own -----------
const plain = WIO.child(Holding, { input })
same<typeof plain, WIO.WIO<Order, Held, NotEnoughFunds | ChildStopped, never, Order | Held>>()
const said = WIO.child(Holding, { input, await: true })
same<typeof said, typeof plain>()
const applied = WIO.child(Holding, {
  name: "hold it",
  id: (order: Order) => `hold-${order.id}`,
  input: (order) => {
    same<typeof order, Order>()
    return input(order)
  },
  onParentClose: "request-cancel",
  apply: (order, held) => {
    same<typeof order, Order>()
    same<typeof held, Held>()
    return { ...order, hold: held.hold }
  }
})
type Booked = { hold: string; id: string; amount: number }
same<typeof applied, WIO.WIO<Order, Booked, NotEnoughFunds | ChildStopped, never, Order | Booked>>()

// Not waited for: the state goes on as it is, or with the child's id; nothing can fail.
const started = WIO.child(Holding, { input, await: false, onParentClose: "abandon" })
same<typeof started, WIO.WIO<Order, Order, never, never, Order>>()
const known = WIO.child(Holding, {
  id: "one of a kind",
  input,
  await: false,
  apply: (order, id) => {
    same<typeof order, Order>()
    same<typeof id, string>()
    return { ...order, child: id }
  }
})
type Known = { child: string; id: string; amount: number }
same<typeof known, WIO.WIO<Order, Known, never, never, Order | Known>>()

// The state before is inferred where the place says it.
const placed = validate.pipe(WIO.andThen(WIO.child(Holding, { id: (s) => `${s.fee}`, input: (s) => s })))
same<
  typeof placed,
  WIO.WIO<Requested, Held, TooLarge | NotEnoughFunds | ChildStopped, Fees, Requested | Validated | Held>
>()
const dataFirst = WIO.andThen(validate, WIO.child(Holding, { input: (s) => s }))
same<typeof dataFirst, typeof placed>()

// @ts-expect-error it is started with Validated
WIO.child(Holding, { input: (order: Order) => new Requested({ amount: order.amount }) })
// @ts-expect-error the same of one that is not waited for
WIO.child(Holding, { input: (order: Order) => new Requested({ amount: order.amount }), await: false })
// @ts-expect-error a child needs its input
WIO.child(Holding, {})
// @ts-expect-error its output is a Held
WIO.child(Holding, { input, apply: (_, requested: Requested) => requested })
// @ts-expect-error what is not waited for has no output, only an id
WIO.child(Holding, { input, await: false, apply: (_, held: Held) => held })
// @ts-expect-error there is no such policy
WIO.child(Holding, { input, onParentClose: "ignore" })
// @ts-expect-error a part without a name is embedded, not started
WIO.child(hold, { input })
// @ts-expect-error it ends in the child's output, whatever the place expects
export const expectedOut: WIO.WIO<Order, string, unknown, unknown, unknown> = WIO.child(Holding, { input })
// @ts-expect-error and so does one that is not waited for, in the state before
export const expectedState: WIO.WIO<Order, string, unknown, unknown, unknown> = WIO.child(Holding, {
  input,
  await: false
})

const state = Schema.Union([Requested, Validated, Held])
const body = WIO.child(Holding, { input: ({ amount }: Requested) => new Validated({ amount, fee: 0 }) })
Workflow.make("Parent", {
  version: 1,
  input: Requested,
  state,
  error: Schema.Union([NotEnoughFunds, ChildStopped]),
  body
})
// @ts-expect-error a child may be stopped from outside
Workflow.make("Unhandled", { version: 1, input: Requested, state, error: NotEnoughFunds, body })
// @ts-expect-error a child may fail by itself
Workflow.make("Unhandled", { version: 1, input: Requested, state, error: ChildStopped, body })
