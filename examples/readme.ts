import { Effect, Layer, Schema } from "effect"
import { Signal, WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"
import { SqliteJournal } from "@waymark/sqlite"

class Order extends Schema.TaggedClass<Order>()("Order", { amount: Schema.Number }) {}
class Paid extends Schema.TaggedClass<Paid>()("Paid", { receipt: Schema.String }) {}
class Expired extends Schema.TaggedClass<Expired>()("Expired", {}) {}

const Approve = Signal.make("approve", { payload: Schema.String, reply: Schema.String })

const approve = WIO.handleSignal(Approve, {
  event: Schema.String,
  handle: (_: Order, by) => Effect.succeed(by),
  apply: (order) => order,
  reply: (order, by) => `thanks ${by}, charging ${order.amount}`
})
const charge = WIO.runIO("charge", {
  event: Schema.String,
  run: (order: Order) => Effect.succeed(`receipt for ${order.amount}`), // runs until its event is recorded, then never again
  apply: (_, receipt) => new Paid({ receipt })
})
const tooLate = WIO.await<Order | Paid>("a week", { for: "7 days" }).pipe(
  WIO.map(() => new Expired(), { name: "expire" })
)

export const Purchase = Workflow.make("Purchase", {
  version: 1,
  input: Order,
  state: Schema.Union([Order, Paid, Expired]),
  body: approve.pipe(WIO.andThen(charge), WIO.interruptWith(tooLate))
})

export const program = Effect.gen(function* () {
  const engine = yield* Engine
  const purchase = yield* engine.start(Purchase, { id: "p-1", input: new Order({ amount: 40 }) })
  const reply = yield* purchase.signal(Approve, "ann", { id: "approval-1" }) // the id makes sending it twice harmless
  return [reply, yield* purchase.result] as const
})

export const layer = Engine.layer({ workflows: [Purchase] }).pipe(
  Layer.provide(SqliteJournal.layer({ filename: "purchases.db" }))
)
// Effect.runPromise(program.pipe(Effect.provide(layer))).then(console.log)
