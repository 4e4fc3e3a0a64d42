/**
 * Values that are made once and then kept: a UUID for an invoice, a lot drawn for a discount.
 *
 * Whatever is random, or read from the environment, would be another one on replay. `WIO.uuid` and `WIO.sideEffect`
 * record what they made, so everything after them may rely on it. For effects that talk to the world there is
 * `WIO.runIO`.
 */
import { Effect, Random, Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import { Engine, Execution } from "@waymark/interpreter"

export class Sale extends Schema.TaggedClass<Sale>()("Sale", { price: Schema.Number }) {}
export class Numbered extends Schema.TaggedClass<Numbered>()("Numbered", {
  price: Schema.Number,
  invoice: Schema.String
}) {}
export class Invoiced extends Schema.TaggedClass<Invoiced>()("Invoiced", {
  invoice: Schema.String,
  percent: Schema.Int,
  total: Schema.Number
}) {}

const number = WIO.uuid("invoice number", ({ price }: Sale, invoice) => new Numbered({ price, invoice }))

const discount = WIO.sideEffect("draw a discount", {
  event: Schema.Int,
  run: (_: Numbered) => Random.nextIntBetween(1, 20),
  apply: ({ invoice, price }, percent) => new Invoiced({ invoice, percent, total: (price * (100 - percent)) / 100 })
})

export const Invoicing = Workflow.make("Invoicing", {
  version: 1,
  input: Sale,
  state: Schema.Union([Sale, Numbered, Invoiced]),
  body: number.pipe(WIO.andThen(discount))
})

export const program = Effect.gen(function* () {
  const engine = yield* Engine
  const invoicing = yield* engine.start(Invoicing, { id: "sale-1", input: new Sale({ price: 100 }) })
  const invoiced = yield* invoicing.result
  // A replay, as any other process would do it: the same number, the same lot.
  const recovered = Execution.recover(Invoicing, yield* invoicing.history)
  return { invoiced, replayed: Execution.state(yield* Effect.fromResult(recovered)) }
})

export const layer = Engine.layer({ workflows: [Invoicing] })
