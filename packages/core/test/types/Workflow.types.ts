import { Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import {
  cancel,
  Cancelled,
  Completed,
  hold,
  Held,
  NotEnoughFunds,
  Rejected,
  Requested,
  send,
  Status,
  TooLarge,
  validate,
  Validated
} from "./domain.ts"
import type { Bank, Fees } from "./domain.ts"
import { same } from "./equals.ts"

const reject = WIO.pure(
  (failure: WIO.Failure<unknown, TooLarge | NotEnoughFunds>) => new Rejected({ reason: failure.error._tag })
)
const body = validate.pipe(
  WIO.andThen(hold),
  WIO.andThen(WIO.await<Held>("cooling off", { for: "1 day" })),
  WIO.andThen(send),
  WIO.interruptWith(cancel),
  WIO.catch(reject),
  WIO.query(Status, (s) => s._tag)
)
const state = Schema.Union([Requested, Validated, Held, Completed, Cancelled, Rejected])
const version = 1
const input = Requested

// ---- Workflow.make: all that the body is, under a name ------------------------------------------------------------
const Withdrawal = Workflow.make("Withdrawal", { version, input, state, body })
same<
  typeof Withdrawal,
  Workflow.Workflow<
    "Withdrawal",
    Requested,
    Completed | Cancelled | Rejected,
    never,
    Fees | Bank,
    Requested | Validated | Held | Completed | Cancelled | Rejected
  >
>()
same<Workflow.Input<typeof Withdrawal>, Requested>()
same<Workflow.Output<typeof Withdrawal>, Completed | Cancelled | Rejected>()
same<Workflow.Error<typeof Withdrawal>, never>()
same<Workflow.Services<typeof Withdrawal>, Fees | Bank>()
same<Workflow.State<typeof Withdrawal>, Schema.Schema.Type<typeof state>>()

const error = Schema.Union([TooLarge, NotEnoughFunds])
const Failing = Workflow.make("Failing", { version, input, state, error, body: validate.pipe(WIO.andThen(hold)) })
same<Workflow.Error<typeof Failing>, TooLarge | NotEnoughFunds>()
same<Workflow.Output<typeof Failing>, Held>()

// A body may start from more than the input, a schema may cover more than the body rests in.
Workflow.make("Wide", {
  version,
  input,
  state,
  body: WIO.pure((s: Requested | Held) => s.amount).pipe(
    WIO.map(() => new Rejected({ reason: "" })),
    WIO.andThen(WIO.await<Rejected>("x", { for: 1 }))
  ) as WIO.WIO<Requested | Held, Rejected>
})

// Of a product, only the leaves need a schema.
const side = WIO.parallel({ left: validate, right: WIO.parallel({ inner: hold }) })
const start = WIO.pure((s: Requested) => ({ left: s, right: { inner: new Validated({ amount: s.amount, fee: 0 }) } }), {
  name: "fork"
})
const forked = WIO.parallel(
  { left: validate, right: WIO.parallel({ inner: hold }) },
  { fork: (s: Requested) => ({ left: s, right: { inner: new Validated({ amount: s.amount, fee: 0 }) } }) }
)
Workflow.make("Leaves", { version, input, error, state: Schema.Union([Requested, Validated, Held]), body: forked })
// @ts-expect-error Held is a leaf of the inner product
Workflow.make("Leaves", { version, input, error, state: Schema.Union([Requested, Validated]), body: forked })
const byHand = start.pipe(WIO.andThen(side))
// @ts-expect-error a record made by hand is a state of its own, not a product
Workflow.make("ByHand", { version, input, error, state: Schema.Union([Requested, Validated, Held]), body: byHand })
// oxlint-disable-next-line typescript/no-misused-spread -- what it loses is what this is about
const spread = forked.pipe(WIO.map((s) => ({ ...s, more: 1 })))
// @ts-expect-error so is the spread of a product
Workflow.make("Spread", { version, input, error, state: Schema.Union([Requested, Validated, Held]), body: spread })

const holds = validate.pipe(WIO.andThen(hold))
// @ts-expect-error the state schema does not cover Held
Workflow.make("Gap", { version, input, error, state: Schema.Union([Requested, Validated]), body: holds })
// @ts-expect-error the body starts from Validated
Workflow.make("Input", { version, input, error, state, body: hold })
// @ts-expect-error the body starts from less than the input
Workflow.make("Wider", { version, input: Schema.Union([Requested, Held]), error, state, body: validate })
// @ts-expect-error TooLarge is left unhandled, and there is no error schema
Workflow.make("Error", { version, input, state, body: validate })
// @ts-expect-error the error schema does not cover NotEnoughFunds
Workflow.make("Errors", { version, input, state, error: TooLarge, body: validate.pipe(WIO.andThen(hold)) })
declare const either: WIO.WIO<Requested, Requested> | WIO.WIO<Held, Held>
// @ts-expect-error one of the two bodies does not start from Requested, and nobody knows which it is
Workflow.make("Either", { version, input: Schema.Union([Requested, Held]), state, body: either })
const kept = validate.pipe(WIO.catch(WIO.pure((failure: WIO.Failure<unknown, TooLarge>) => failure)))
// @ts-expect-error a handler that ends in the Failure makes a state of it, which no schema here covers
Workflow.make("Kept", { version, input, state, body: kept })
// @ts-expect-error a workflow has a version
Workflow.make("Versionless", { input, state, body })
// @ts-expect-error a body is a workflow value
Workflow.make("Function", { version, input, state, body: (s: Requested) => s })

// A schema covers a state with all it has: what it does not know of would be lost on the way to the journal.
const Amount = Schema.Struct({ amount: Schema.Number })
const withReceipt = WIO.pure((state: { readonly amount: number }) => ({ ...state, receipt: "r" }))
// @ts-expect-error the state schema has no `receipt`
Workflow.make("Lossy", { version, input: Amount, state: Amount, body: withReceipt })
Workflow.make("Whole", {
  version,
  input: Amount,
  state: Schema.Union([Amount, Schema.Struct({ amount: Schema.Number, receipt: Schema.String })]),
  body: withReceipt
})
const Id = Schema.String.pipe(Schema.brand("Id"))
Workflow.make("Branded", { version, input: Id, state: Schema.String, body: WIO.await<typeof Id.Type>("w", { for: 1 }) })
Workflow.make("List", {
  version,
  input: Schema.Array(Schema.Date),
  state: Schema.Array(Schema.Date),
  body: WIO.await<ReadonlyArray<Date>>("w", { for: 1 })
})
Workflow.make("Anything", { version, input: Amount, state: Schema.Unknown, body: withReceipt })
Workflow.make("Record", {
  version,
  input: Amount,
  state: Schema.Record(Schema.String, Schema.Union([Schema.Number, Schema.String])),
  body: withReceipt
})

// Services may be a type parameter: nothing is known of them, and nothing is asked.
export const hosting = <R>(step: WIO.WIO<Requested, Requested, never, R>) =>
  Workflow.make("Hosting", { version, input, state: Requested, body: step })

// ---- search attributes: what the function of the state gives ------------------------------------------------------
const Listed = Workflow.make("Listed", {
  version,
  input,
  state,
  error,
  body: validate.pipe(WIO.andThen(hold)),
  attributes: (resting) => ({ status: resting._tag, amount: resting.amount })
})
same<Workflow.Attributes<typeof Listed>, { status: "Requested" | "Validated" | "Held"; amount: number }>()

Workflow.make("Listed", {
  version,
  input,
  state,
  error,
  body: validate.pipe(WIO.andThen(hold)),
  // @ts-expect-error a search attribute is a plain value
  attributes: (resting) => ({ resting })
})
