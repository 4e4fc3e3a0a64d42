/**
 * A timer that a signal can cancel: a reminder in a week, unless the customer has paid by then.
 *
 * For everything that happens later unless something else does first. Only the wait is interrupted: once the reminder
 * is on its way, a payment does not stop it half way any more. And which of the two came first is on record, so a
 * replay never sees it otherwise.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { Signal, WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"

export class Open extends Schema.TaggedClass<Open>()("Open", { customer: Schema.String }) {}
export class Overdue extends Schema.TaggedClass<Overdue>()("Overdue", { customer: Schema.String }) {}
export class Reminded extends Schema.TaggedClass<Reminded>()("Reminded", { letter: Schema.String }) {}
export class Settled extends Schema.TaggedClass<Settled>()("Settled", { amount: Schema.Number }) {}

export class Letters extends Context.Service<Letters, { readonly write: (to: string) => Effect.Effect<string> }>()(
  "derecho-tour/Letters"
) {
  static readonly layer = Layer.succeed(Letters, { write: (to) => Effect.succeed(`please pay, ${to}`) })
}

export const Pay = Signal.make("pay", { payload: Schema.Number })

const paid = WIO.handleSignal(Pay, {
  event: Schema.Number,
  handle: (_: Open | Overdue, amount) => Effect.succeed(amount),
  apply: (_, amount) => new Settled({ amount })
})

const patience = WIO.await<Open>("a week", { for: "7 days" }).pipe(
  WIO.map(({ customer }) => new Overdue({ customer })),
  WIO.interruptWith(paid)
)

const remind = WIO.runIO("remind", {
  event: Schema.String,
  run: ({ customer }: Overdue) => Letters.use((letters) => letters.write(customer)),
  apply: (_, letter) => new Reminded({ letter })
})

export const Invoice = Workflow.make("Invoice", {
  version: 1,
  input: Open,
  state: Schema.Union([Open, Overdue, Reminded, Settled]),
  body: patience.pipe(
    WIO.andThen(WIO.match("paid in time?", { Overdue: remind, Settled: WIO.pure((settled: Settled) => settled) }))
  )
})

export const program = Effect.gen(function* () {
  const engine = yield* Engine
  const prompt = yield* engine.start(Invoice, { id: "prompt", input: new Open({ customer: "ann" }) })
  const late = yield* engine.start(Invoice, { id: "late", input: new Open({ customer: "bob" }) })
  yield* Effect.sleep("6 days")
  yield* prompt.signal(Pay, 40)
  return { prompt: yield* prompt.result, late: yield* late.result }
})

export const layer = Engine.layer({ workflows: [Invoice] }).pipe(Layer.provide(Letters.layer))
