// The contract: this program compiles and runs as written, and the lines under `@ts-expect-error` do not compile.
// Its names and shapes are fixed; programs outside this repository are written against them.
import { Context, Effect, Schema } from "effect"
import { Query, Signal, WIO, Workflow } from "@waymark/core"

// ---- states, failures, services ---------------------------------------------------------------------------------
class Requested extends Schema.TaggedClass<Requested>()("Requested", { amount: Schema.Number }) {}
class Validated extends Schema.TaggedClass<Validated>()("Validated", { amount: Schema.Number, fee: Schema.Number }) {}
class Held extends Schema.TaggedClass<Held>()("Held", { amount: Schema.Number, fee: Schema.Number, hold: Schema.String }) {}
class Completed extends Schema.TaggedClass<Completed>()("Completed", { txId: Schema.String }) {}
class Cancelled extends Schema.TaggedClass<Cancelled>()("Cancelled", { by: Schema.String }) {}
class Rejected extends Schema.TaggedClass<Rejected>()("Rejected", { reason: Schema.String }) {}

class NotEnoughFunds extends Schema.TaggedError<NotEnoughFunds>()("NotEnoughFunds", { missing: Schema.Number }) {}
class TooLarge extends Schema.TaggedError<TooLarge>()("TooLarge", {}) {}

class Fees extends Context.Service<Fees, {
  readonly fee: (amount: number) => Effect.Effect<number, TooLarge>
}>()("example/Fees") {}
class Bank extends Context.Service<Bank, {
  readonly hold: (amount: number) => Effect.Effect<string, NotEnoughFunds>
  readonly send: (hold: string) => Effect.Effect<string>
}>()("example/Bank") {}

// ---- steps ------------------------------------------------------------------------------------------------------
const validate = WIO.runIO("validate", {
  event: Schema.Struct({ fee: Schema.Number }),
  error: TooLarge,
  run: ({ amount }: Requested) => Effect.gen(function*() {
    const fees = yield* Fees
    return { fee: yield* fees.fee(amount) }
  }),
  apply: ({ amount }, { fee }) => new Validated({ amount, fee })
})

const hold = WIO.runIO("hold funds", {
  event: Schema.Struct({ hold: Schema.String }),
  error: NotEnoughFunds,
  run: (s: Validated) => Effect.gen(function*() {
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
  run: (s: Held) => Effect.gen(function*() {
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

const reject = WIO.pure((failure: WIO.Failure<unknown, TooLarge | NotEnoughFunds>) =>
  new Rejected({ reason: failure.error._tag }))

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

// What the types say about it, all of it inferred:
export const inferred: WIO.WIO<
  Requested,
  Completed | Cancelled | Rejected,
  never,
  Fees | Bank,
  Requested | Validated | Held | Completed | Cancelled | Rejected
> = body

export const Withdrawal = Workflow.make("Withdrawal", {
  version: 1,
  input: Requested,
  state: Schema.Union([Requested, Validated, Held, Completed, Cancelled, Rejected]),
  body
})

// @ts-expect-error send needs Held, validate ends in Validated
validate.pipe(WIO.andThen(send))
// @ts-expect-error the query must answer in every state: Requested has no fee
validate.pipe(WIO.query(Status, (s) => String(s.fee)))
// @ts-expect-error the state schema does not cover Held
Workflow.make("Gap", { version: 1, input: Requested, state: Schema.Union([Requested, Validated]), body: validate.pipe(WIO.andThen(hold)) })
// @ts-expect-error without its state type, a timer accepts nothing
validate.pipe(WIO.andThen(WIO.await("wait", { for: "1 day" })))

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(..._: Equals<A, B> extends true ? [] : [never]) => {}
same<typeof body, WIO.WIO<Requested, Completed | Cancelled | Rejected, never, Fees | Bank, Requested | Validated | Held | Completed | Cancelled | Rejected>>()
const wide = body.pipe(WIO.query(Status, (_: unknown) => "x"))
same<WIO.State<typeof wide>, WIO.State<typeof body>>()
