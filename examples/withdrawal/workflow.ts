/**
 * The withdrawal: a customer takes money out, a second person approves it where the sum is not small, and the bank pays.
 *
 * The whole workflow is the value `Withdrawal` at the end of this file. What it calls is declared here as services and
 * implemented elsewhere; `worker.ts` runs it, `demo.ts` kills the worker and shows what is left of it.
 */
import { Context, Effect, Schema } from "effect"
import { Query, Signal, WIO, Workflow } from "@waymark/core"

// ---- states: where a withdrawal can rest ------------------------------------------------------------------------

export class Order extends Schema.Class<Order>("Order")({
  reference: Schema.String,
  account: Schema.String,
  amount: Schema.Number,
  requestedBy: Schema.String
}) {}

export class Requested extends Schema.TaggedClass<Requested>()("Requested", { order: Order }) {}
export class Validated extends Schema.TaggedClass<Validated>()("Validated", { order: Order, owner: Schema.String }) {}
export class Priced extends Schema.TaggedClass<Priced>()("Priced", { order: Order, fee: Schema.Number }) {}

const held = { order: Order, fee: Schema.Number, hold: Schema.String }
export class Held extends Schema.TaggedClass<Held>()("Held", held) {}
export class Approved extends Schema.TaggedClass<Approved>()("Approved", { ...held, approvedBy: Schema.String }) {}

export class Completed extends Schema.TaggedClass<Completed>()("Completed", { order: Order, receipt: Schema.String }) {}
export class Cancelling extends Schema.TaggedClass<Cancelling>()("Cancelling", { order: Order, by: Schema.String }) {}
export class Cancelled extends Schema.TaggedClass<Cancelled>()("Cancelled", { order: Order, by: Schema.String }) {}
export class Rejected extends Schema.TaggedClass<Rejected>()("Rejected", { reason: Schema.String }) {}

// ---- business failures: journaled like any outcome, and never tried again by accident ---------------------------

export class AccountClosed extends Schema.TaggedError<AccountClosed>()("AccountClosed", { account: Schema.String }) {
  override get message(): string {
    return `account ${this.account} is closed`
  }
}
export class OverLimit extends Schema.TaggedError<OverLimit>()("OverLimit", { limit: Schema.Number }) {
  override get message(): string {
    return `more than ${this.limit} needs a visit to the bank`
  }
}
export class NotEnoughFunds extends Schema.TaggedError<NotEnoughFunds>()("NotEnoughFunds", { missing: Schema.Number }) {
  override get message(): string {
    return `the account is ${this.missing} short`
  }
}

// ---- services: what the steps need of the world -----------------------------------------------------------------

export class Fees extends Context.Service<
  Fees,
  {
    readonly fee: (amount: number) => Effect.Effect<number>
  }
>()("withdrawal/Fees") {}

export class Bank extends Context.Service<
  Bank,
  {
    /** Whose account it is, if this sum may be taken out of it. */
    readonly check: (account: string, amount: number) => Effect.Effect<string, AccountClosed | OverLimit>
    /** Sets money aside and gives the name of the hold. */
    readonly hold: (reference: string, account: string, amount: number) => Effect.Effect<string, NotEnoughFunds>
    /** Pays out what is held and gives the receipt. */
    readonly execute: (hold: string) => Effect.Effect<string>
    /** Gives back what is held under a reference; `null`, or the receipt where it has been paid out already. */
    readonly release: (reference: string) => Effect.Effect<string | null>
  }
>()("withdrawal/Bank") {}

// ---- steps ------------------------------------------------------------------------------------------------------

const validate = WIO.runIO("validate", {
  event: Schema.Struct({ owner: Schema.String }),
  error: Schema.Union([AccountClosed, OverLimit]),
  run: ({ order }: Requested) =>
    Effect.gen(function* () {
      const bank = yield* Bank
      return { owner: yield* bank.check(order.account, order.amount) }
    }),
  apply: ({ order }, { owner }) => new Validated({ order, owner })
})

const price = WIO.runIO("fees", {
  event: Schema.Struct({ fee: Schema.Number }),
  run: ({ order }: Validated) =>
    Effect.gen(function* () {
      const fees = yield* Fees
      return { fee: yield* fees.fee(order.amount) }
    }),
  apply: ({ order }, { fee }) => new Priced({ order, fee })
})

const hold = WIO.runIO("hold funds", {
  event: Schema.Struct({ hold: Schema.String }),
  error: NotEnoughFunds,
  run: ({ fee, order }: Priced) =>
    Effect.gen(function* () {
      const bank = yield* Bank
      return { hold: yield* bank.hold(order.reference, order.account, order.amount + fee) }
    }),
  apply: ({ fee, order }, { hold }) => new Held({ order, fee, hold })
})

// A day in earnest; seconds, so that the demo need not take one.
const coolingOff = WIO.await<Held>("cooling off", { for: "2 seconds" })

/** The refusal of an approval: the withdrawal goes on waiting for somebody else. */
export class OwnRequest extends Schema.TaggedError<OwnRequest>()("OwnRequest", { by: Schema.String }) {
  override get message(): string {
    return `${this.by} asked for this withdrawal and cannot approve it`
  }
}

export const Approve = Signal.make("approve", {
  payload: Schema.Struct({ by: Schema.String }),
  reply: Schema.String,
  error: OwnRequest
})

const approve = WIO.handleSignal(Approve, {
  event: Schema.Struct({ by: Schema.String }),
  handle: ({ order }: Held, { by }) =>
    by === order.requestedBy ? Effect.fail(new OwnRequest({ by })) : Effect.succeed({ by }),
  apply: ({ fee, hold, order }, { by }) => new Approved({ order, fee, hold, approvedBy: by }),
  reply: ({ order }, { by }) => `thank you, ${by}: ${order.reference} will be paid`
})

const approval = WIO.branch(
  "how much?",
  {
    "up to 50": {
      when: ({ order }: Held) => order.amount <= 50,
      then: WIO.pure(({ fee, hold, order }: Held) => new Approved({ order, fee, hold, approvedBy: "rule" }), {
        name: "approved by rule"
      })
    }
  },
  approve
)

const execute = WIO.runIO("execute", {
  event: Schema.Struct({ receipt: Schema.String }),
  run: ({ hold }: Approved) =>
    Effect.gen(function* () {
      const bank = yield* Bank
      return { receipt: yield* bank.execute(hold) }
    }),
  apply: ({ order }, { receipt }) => new Completed({ order, receipt }),
  retry: { initial: "200 millis", factor: 2, attempts: 5 }
})

// ---- what can come between --------------------------------------------------------------------------------------

export const Cancel = Signal.make("cancel", { payload: Schema.Struct({ by: Schema.String }) })

const cancel = WIO.handleSignal(Cancel, {
  event: Schema.Struct({ by: Schema.String }),
  // Every state of the body, as the compiler demands: it can be cancelled in any of them.
  handle: (_: Requested | Validated | Priced | Held | Approved | Completed, { by }) => Effect.succeed({ by }),
  apply: ({ order }, { by }) => new Cancelling({ order, by })
})

const release = WIO.runIO("release hold", {
  event: Schema.Struct({ paid: Schema.NullOr(Schema.String) }),
  run: ({ order }: Cancelling) =>
    Effect.gen(function* () {
      const bank = yield* Bank
      return { paid: yield* bank.release(order.reference) }
    }),
  // The bank knows whether the cancellation came in time: the payment may have been on its way.
  apply: ({ by, order }, { paid }) =>
    paid === null ? new Cancelled({ order, by }) : new Completed({ order, receipt: paid })
})

const reject = WIO.pure(
  ({ error }: WIO.Failure<unknown, AccountClosed | OverLimit | NotEnoughFunds>) =>
    new Rejected({ reason: error.message }),
  { name: "reject" }
)

// ---- the workflow -----------------------------------------------------------------------------------------------

export const Status = Query.make("status", { reply: Schema.String })

const State = Schema.Union([Requested, Validated, Priced, Held, Approved, Completed, Cancelling, Cancelled, Rejected])

const describe = (state: typeof State.Type): string => {
  switch (state._tag) {
    case "Requested":
      return "requested, being checked"
    case "Validated":
      return `the account is ${state.owner}'s, fees being worked out`
    case "Priced":
      return `a fee of ${state.fee}, money being set aside`
    case "Held":
      return `${state.order.amount + state.fee} held, waiting: cooling off, then approval`
    case "Approved":
      return `approved by ${state.approvedBy}, being paid`
    case "Completed":
      return `paid, ${state.receipt}`
    case "Cancelling":
      return `cancelled by ${state.by}, money being released`
    case "Cancelled":
      return `cancelled by ${state.by}`
    case "Rejected":
      return `rejected: ${state.reason}`
  }
}

export const Withdrawal = Workflow.make("Withdrawal", {
  version: 1,
  input: Requested,
  state: State,
  body: validate.pipe(
    WIO.andThen(price),
    WIO.andThen(hold),
    WIO.andThen(coolingOff),
    WIO.andThen(approval),
    WIO.andThen(execute),
    WIO.interruptWith(cancel.pipe(WIO.andThen(release))),
    WIO.catch(reject),
    WIO.query(Status, describe)
  )
})
