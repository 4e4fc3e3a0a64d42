/**
 * An approval by signal, against a deadline: somebody else has to agree to an expense within three days, or it goes to
 * the manager.
 *
 * For people in the loop. A signal is typed: what it says, how it is answered, and how it may be refused. A refusal is
 * journaled nowhere and leaves the workflow waiting. A signal sent again under its id gets the first answer. Meanwhile
 * a query tells how things stand.
 */
import { Effect, Schema } from "effect"
import { Query, Signal, WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"

export class Expense extends Schema.TaggedClass<Expense>()("Expense", { by: Schema.String, amount: Schema.Number }) {}
export class Approved extends Schema.TaggedClass<Approved>()("Approved", {
  by: Schema.String,
  amount: Schema.Number
}) {}
export class Escalated extends Schema.TaggedClass<Escalated>()("Escalated", { amount: Schema.Number }) {}

/** The refusal of an approval: the expense goes on waiting for somebody else. */
export class OwnExpense extends Schema.TaggedError<OwnExpense>()("OwnExpense", { by: Schema.String }) {}

export const Approve = Signal.make("approve", {
  payload: Schema.Struct({ by: Schema.String }),
  reply: Schema.String,
  error: OwnExpense
})

export const Standing = Query.make("standing", { reply: Schema.String })

const approve = WIO.handleSignal(Approve, {
  event: Schema.Struct({ by: Schema.String }),
  handle: (expense: Expense, { by }) =>
    by === expense.by ? Effect.fail(new OwnExpense({ by })) : Effect.succeed({ by }),
  apply: ({ amount }, { by }) => new Approved({ by, amount }),
  reply: ({ amount }, { by }) => `thank you ${by}, ${amount} will be paid`
})

const escalate = WIO.pure(({ amount }: Expense | Approved) => new Escalated({ amount }), { name: "escalate" })

const standing = (state: Expense | Approved | Escalated) =>
  state._tag === "Expense" ? `waiting for somebody other than ${state.by}` : state._tag

export const Approval = Workflow.make("Approval", {
  version: 1,
  input: Expense,
  state: Schema.Union([Expense, Approved, Escalated]),
  body: approve.pipe(WIO.timeout("three days", { for: "3 days", onTimeout: escalate }), WIO.query(Standing, standing))
})

export const program = Effect.gen(function* () {
  const engine = yield* Engine
  const quick = yield* engine.start(Approval, { id: "quick", input: new Expense({ by: "ann", amount: 40 }) })
  const slow = yield* engine.start(Approval, { id: "slow", input: new Expense({ by: "bob", amount: 90 }) })
  const refusal = yield* Effect.flip(quick.signal(Approve, { by: "ann" }))
  const standing = yield* quick.query(Standing)
  const reply = yield* quick.signal(Approve, { by: "cid" }, { id: "mail-17" })
  const again = yield* quick.signal(Approve, { by: "cid" }, { id: "mail-17" }) // the mail was delivered twice
  return { refusal, standing, reply, again, quick: yield* quick.result, slow: yield* slow.result }
})

export const layer = Engine.layer({ workflows: [Approval] })
