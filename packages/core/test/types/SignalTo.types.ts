import { Schema } from "effect"
import { NotDelivered, Signal, WIO, Workflow } from "@waymark/core"
import { Cancel, hold, Held } from "./domain.ts"
import type { Bank, NotEnoughFunds, Validated } from "./domain.ts"
import { same } from "./equals.ts"

const Shop = Workflow.make("Shop", {
  version: 1,
  input: Schema.String,
  state: Schema.String,
  body: WIO.await<string>("closing time", { for: "8 hours" })
})
const Stock = Signal.make("stock", { payload: Schema.Struct({ items: Schema.Number }), reply: Schema.String })
type Sent = WIO.WIO<Held, Held, NotDelivered, never, Held>

// ---- signalTo: the state passes through; it is what the id or the payload is computed from -----------------------
const both = WIO.signalTo(
  Shop,
  (held: Held) => held.hold,
  Stock,
  (held) => {
    same<typeof held, Held>()
    return { items: held.amount }
  }
)
same<typeof both, Sent>()
const fixedId = WIO.signalTo(Shop, "shop-1", Stock, (held: Held) => ({ items: held.amount }))
same<typeof fixedId, Sent>()
const fixedPayload = WIO.signalTo(Shop, (held: Held) => held.hold, Stock, { items: 1 })
same<typeof fixedPayload, Sent>()
const fixed = WIO.signalTo(Shop, (_: Held) => "shop-1", Cancel, { by: "the boss" })
same<typeof fixed, Sent>()

// The state before is inferred where the place says it.
type Placed = WIO.WIO<Validated, Held, NotEnoughFunds | NotDelivered, Bank, Validated | Held>
const placed = hold.pipe(WIO.andThen(WIO.signalTo(Shop, (held) => held.hold, Stock, { items: 1 })))
same<typeof placed, Placed>()
const placedFixed = hold.pipe(WIO.andThen(WIO.signalTo(Shop, "shop-1", Stock, { items: 1 })))
same<typeof placedFixed, Placed>()

// @ts-expect-error items are a number
WIO.signalTo(Shop, "shop-1", Stock, (_: Held) => ({ items: "1" }))
// @ts-expect-error the same, fixed
WIO.signalTo(Shop, (held: Held) => held.hold, Stock, { items: "1" })
// @ts-expect-error the payload of another signal
WIO.signalTo(Shop, (held: Held) => held.hold, Stock, { by: "the boss" })
// @ts-expect-error an id is a string
WIO.signalTo(Shop, (held: Held) => held.amount, Stock, { items: 1 })
const fee = (validated: Validated) => ({ items: validated.fee })
// @ts-expect-error id and payload see the same state
WIO.signalTo(Shop, (held: Held) => held.hold, Stock, fee)
const nobodys = WIO.signalTo(Shop, "shop-1", Stock, { items: 1 })
// @ts-expect-error where nothing says what state it is, it accepts none
hold.pipe(WIO.andThen(nobodys))
// @ts-expect-error a signal goes to a workflow
WIO.signalTo("Shop", (held: Held) => held.hold, Stock, { items: 1 })

// @ts-expect-error there may be nobody
Workflow.make("Unhandled", { version: 1, input: Held, state: Held, body: both })
Workflow.make("Declared", { version: 1, input: Held, state: Held, error: NotDelivered, body: both })
