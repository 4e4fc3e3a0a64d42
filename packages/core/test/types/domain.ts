/** The states, failures, services and steps that the type tests speak of. Declared only: nothing here runs. */
import { Context, Effect, Schema } from "effect"
import { Query, Signal, WIO } from "@waymark/core"

export class Requested extends Schema.TaggedClass<Requested>()("Requested", { amount: Schema.Number }) {}
export class Validated extends Schema.TaggedClass<Validated>()("Validated", {
  amount: Schema.Number,
  fee: Schema.Number
}) {}
export class Held extends Schema.TaggedClass<Held>()("Held", { amount: Schema.Number, hold: Schema.String }) {}
export class Completed extends Schema.TaggedClass<Completed>()("Completed", { txId: Schema.String }) {}
export class Cancelled extends Schema.TaggedClass<Cancelled>()("Cancelled", { by: Schema.String }) {}
export class Rejected extends Schema.TaggedClass<Rejected>()("Rejected", { reason: Schema.String }) {}

export class NotEnoughFunds extends Schema.TaggedError<NotEnoughFunds>()("NotEnoughFunds", {
  missing: Schema.Number
}) {}
export class TooLarge extends Schema.TaggedError<TooLarge>()("TooLarge", { limit: Schema.Number }) {}

export class Fees extends Context.Service<
  Fees,
  { readonly fee: (amount: number) => Effect.Effect<number, TooLarge> }
>()("test/Fees") {}
export class Bank extends Context.Service<
  Bank,
  {
    readonly hold: (amount: number) => Effect.Effect<string, NotEnoughFunds>
    readonly send: (hold: string) => Effect.Effect<string>
  }
>()("test/Bank") {}

export const validate = WIO.runIO("validate", {
  event: Schema.Struct({ fee: Schema.Number }),
  error: TooLarge,
  run: ({ amount }: Requested) => Fees.use((fees) => fees.fee(amount)).pipe(Effect.map((fee) => ({ fee }))),
  apply: ({ amount }, { fee }) => new Validated({ amount, fee })
})

export const hold = WIO.runIO("hold funds", {
  event: Schema.Struct({ hold: Schema.String }),
  error: NotEnoughFunds,
  run: ({ amount, fee }: Validated) =>
    Bank.use((bank) => bank.hold(amount + fee)).pipe(Effect.map((hold) => ({ hold }))),
  apply: ({ amount }, { hold }) => new Held({ amount, hold })
})

export const send = WIO.runIO("send", {
  event: Schema.Struct({ txId: Schema.String }),
  run: ({ hold }: Held) => Bank.use((bank) => bank.send(hold)).pipe(Effect.map((txId) => ({ txId }))),
  apply: (_, { txId }) => new Completed({ txId })
})

export const Cancel = Signal.make("cancel", { payload: Schema.Struct({ by: Schema.String }) })
export const cancel = WIO.handleSignal(Cancel, {
  event: Schema.Struct({ by: Schema.String }),
  handle: (_: Requested | Validated | Held | Completed, { by }) => Effect.succeed({ by }),
  apply: (_, { by }) => new Cancelled({ by })
})

export const Status = Query.make("status", { reply: Schema.String })
