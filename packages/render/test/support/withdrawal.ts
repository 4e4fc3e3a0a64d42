/** The withdrawal that the documentation shows. */
import { Context, Effect, Schema } from "effect"
import { Query, Signal, WIO, Workflow } from "@waymark/core"

// ---- states, failures, services ---------------------------------------------------------------------------------
export class Requested extends Schema.TaggedClass<Requested>()("Requested", { amount: Schema.Number }) {}
class Validated extends Schema.TaggedClass<Validated>()("Validated", { amount: Schema.Number, fee: Schema.Number }) {}
class Held extends Schema.TaggedClass<Held>()("Held", {
  amount: Schema.Number,
  fee: Schema.Number,
  hold: Schema.String
}) {}
class Completed extends Schema.TaggedClass<Completed>()("Completed", { txId: Schema.String }) {}
class Cancelled extends Schema.TaggedClass<Cancelled>()("Cancelled", { by: Schema.String }) {}
class Rejected extends Schema.TaggedClass<Rejected>()("Rejected", { reason: Schema.String }) {}

class NotEnoughFunds extends Schema.TaggedError<NotEnoughFunds>()("NotEnoughFunds", { missing: Schema.Number }) {}
class TooLarge extends Schema.TaggedError<TooLarge>()("TooLarge", {}) {}

class Fees extends Context.Service<
  Fees,
  {
    readonly fee: (amount: number) => Effect.Effect<number, TooLarge>
  }
>()("example/Fees") {}
class Bank extends Context.Service<
  Bank,
  {
    readonly hold: (amount: number) => Effect.Effect<string, NotEnoughFunds>
    readonly send: (hold: string) => Effect.Effect<string>
  }
>()("example/Bank") {}

// ---- steps ------------------------------------------------------------------------------------------------------
const validate = WIO.runIO("validate", {
  event: Schema.Struct({ fee: Schema.Number }),
  error: TooLarge,
  run: ({ amount }: Requested) =>
    Effect.gen(function* () {
      const fees = yield* Fees
      return { fee: yield* fees.fee(amount) }
    }),
  apply: ({ amount }, { fee }) => new Validated({ amount, fee })
})

const hold = WIO.runIO("hold funds", {
  event: Schema.Struct({ hold: Schema.String }),
  error: NotEnoughFunds,
  run: (s: Validated) =>
    Effect.gen(function* () {
      const bank = yield* Bank
      return { hold: yield* bank.hold(s.amount + s.fee) }
    }),
  apply: (s, { hold }) => new Held({ amount: s.amount, fee: s.fee, hold })
})

const Approve = Signal.make("approve", { payload: Schema.Struct({ by: Schema.String }), reply: Schema.String })
const approve = WIO.handleSignal(Approve, {
  event: Schema.Struct({ by: Schema.String }),
  handle: (_: Held, { by }) => Effect.succeed({ by }),
  apply: (s) => s,
  reply: (_, { by }) => `thanks ${by}`
})

const send = WIO.runIO("send", {
  event: Schema.Struct({ txId: Schema.String }),
  run: (s: Held) =>
    Effect.gen(function* () {
      const bank = yield* Bank
      return { txId: yield* bank.send(s.hold) }
    }),
  apply: (_, { txId }) => new Completed({ txId })
})

const Cancel = Signal.make("cancel", { payload: Schema.Struct({ by: Schema.String }) })
const cancel = WIO.handleSignal(Cancel, {
  event: Schema.Struct({ by: Schema.String }),
  handle: (_: Requested | Validated | Held | Completed, { by }) => Effect.succeed({ by }),
  apply: (_, { by }) => new Cancelled({ by })
})

const reject = WIO.pure(
  (failure: WIO.Failure<unknown, TooLarge | NotEnoughFunds>) => new Rejected({ reason: failure.error._tag })
)

// ---- the workflow -----------------------------------------------------------------------------------------------
const Status = Query.make("status", { reply: Schema.String })

const body = validate.pipe(
  WIO.andThen(hold),
  WIO.andThen(WIO.await<Held>("cooling off", { for: "1 day" })),
  WIO.andThen(approve),
  WIO.andThen(send),
  WIO.interruptWith(cancel),
  WIO.catch(reject),
  WIO.query(Status, (s) => s._tag)
)

export const Withdrawal = Workflow.make("Withdrawal", {
  version: 1,
  input: Requested,
  state: Schema.Union([Requested, Validated, Held, Completed, Cancelled, Rejected]),
  body
})
