/**
 * Three workflows that work until their process is replaced, and `checkRecovery` that finds out why.
 *
 * Each buys dollars: it asks for the rate, waits for the customer's word, and pays. What is wrong with the first three is
 * in no step's event: a rate that is kept in a variable, a quote that is kept in the service's memory, a payment without
 * an idempotency key. An ordinary test runs in one process and sees nothing of it.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { Signal, Step, WIO, Workflow } from "@waymark/core"
import { checkRecovery } from "@waymark/interpreter/testing"

export class Wanted extends Schema.TaggedClass<Wanted>()("Wanted", { dollars: Schema.Number }) {}
export class Quoted extends Schema.TaggedClass<Quoted>()("Quoted", { dollars: Schema.Number, euros: Schema.Number }) {}
export class Bought extends Schema.TaggedClass<Bought>()("Bought", { receipt: Schema.String }) {}

export const Confirm = Signal.make("confirm", { payload: Schema.Void })

/** What the workflow needs of the world. */
export class Exchange extends Context.Service<
  Exchange,
  {
    readonly rate: Effect.Effect<number>
    /** A repeated key is answered with the first receipt. */
    readonly pay: (euros: number, key: string) => Effect.Effect<string>
  }
>()("testing/Exchange") {}

/** What outlives every process: the payments that the exchange has booked, by key. */
export type Books = Map<string, number>

/** The exchange of a test, on its books. */
export const exchange = (books: Books) =>
  Layer.succeed(Exchange, {
    rate: Effect.succeed(0.9),
    pay: (euros, key) =>
      Effect.sync(() => {
        if (!books.has(key)) books.set(key, euros)
        return `receipt for ${books.get(key)}`
      })
  })

const confirmed = WIO.handleSignal(Confirm, {
  event: Schema.Void,
  handle: (_: Quoted) => Effect.void,
  apply: (quoted) => quoted
})

const settings = { version: 1, input: Wanted, state: Schema.Union([Wanted, Quoted, Bought]) }

/** As it should be: the rate is the step's event, and the payment has the step's own key. */
const quote = WIO.runIO("quote", {
  event: Schema.Number,
  run: (_: Wanted) => Exchange.use(({ rate }) => rate),
  apply: ({ dollars }, rate) => new Quoted({ dollars, euros: dollars * rate })
})
const pay = WIO.runIO("pay", {
  event: Schema.String,
  run: ({ euros }: Quoted) =>
    Effect.flatMap(Step.info, ({ idempotencyKey }) => Exchange.use((exchange) => exchange.pay(euros, idempotencyKey))),
  apply: (_, receipt) => new Bought({ receipt })
})

/** The mended workflow. */
export const Buying = Workflow.make("Buying", {
  ...settings,
  body: quote.pipe(WIO.andThen(confirmed), WIO.andThen(pay))
})

/** The first bug: `apply` reads a variable. A process that comes later has never asked for the rate. */
export const makeForgetful = () => {
  let rate = 0
  const quote = WIO.runIO("quote", {
    event: Schema.Void,
    run: (_: Wanted) =>
      Exchange.use((exchange) =>
        Effect.map(exchange.rate, (now) => {
          rate = now
        })
      ),
    apply: ({ dollars }) => new Quoted({ dollars, euros: dollars * rate })
  })
  return Workflow.make("Buying", { ...settings, body: quote.pipe(WIO.andThen(confirmed), WIO.andThen(pay)) })
}

/** The second bug: the effect of one step leaves something in memory for the effect of another. */
export const makeSecretive = () => {
  let token = "none"
  const quote = WIO.runIO("quote", {
    event: Schema.Number,
    run: (_: Wanted) =>
      Exchange.use((exchange) =>
        Effect.map(exchange.rate, (rate) => {
          token = `token for ${rate}`
          return rate
        })
      ),
    apply: ({ dollars }, rate) => new Quoted({ dollars, euros: dollars * rate })
  })
  const pay = WIO.runIO("pay", {
    event: Schema.String,
    run: ({ euros }: Quoted) =>
      Effect.flatMap(Step.info, ({ idempotencyKey }) =>
        Exchange.use((exchange) => Effect.map(exchange.pay(euros, idempotencyKey), (receipt) => `${receipt}, ${token}`))
      ),
    apply: (_, receipt) => new Bought({ receipt })
  })
  return Workflow.make("Buying", { ...settings, body: quote.pipe(WIO.andThen(confirmed), WIO.andThen(pay)) })
}

/** The third bug: whoever pays again after a crash has another key, and pays twice. */
export const Careless = Workflow.make("Buying", {
  ...settings,
  body: quote.pipe(
    WIO.andThen(confirmed),
    WIO.andThen(
      WIO.runIO("pay", {
        event: Schema.String,
        run: ({ euros }: Quoted) => Exchange.use((exchange) => exchange.pay(euros, crypto.randomUUID())),
        apply: (_, receipt) => new Bought({ receipt })
      })
    )
  )
})

/** How each of them is tried: with books that outlive the processes, and how many payments are in them in the end. */
const trial = {
  input: new Wanted({ dollars: 100 }),
  world: (): Books => new Map(),
  services: exchange,
  observe: (books: Books) => [...books.values()],
  signals: [{ signal: Confirm, payload: undefined }]
} as const

export const program = Effect.all({
  mended: checkRecovery(Buying, trial),
  forgetful: Effect.flip(checkRecovery(makeForgetful, trial)),
  secretive: Effect.flip(checkRecovery(makeSecretive, trial)),
  careless: Effect.flip(checkRecovery(Careless, trial))
})
