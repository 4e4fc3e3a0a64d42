/**
 * A workflow tested with stubs: what each step comes to is said in the test, and time passes by itself.
 *
 * Expenses are booked once a manager approves them, within a week; the ledger is often out of reach. The tests want to
 * know how often it was asked and with what, what is done when nobody approves, and what a slow ledger does to the deadline.
 */
import { Effect, Schema } from "effect"
import { Signal, WIO, Workflow } from "@waymark/core"
import { Stub, TestRun } from "@waymark/interpreter/testing"

export class Claimed extends Schema.TaggedClass<Claimed>()("Claimed", { euros: Schema.Number }) {}
export class Approved extends Schema.TaggedClass<Approved>()("Approved", { euros: Schema.Number, by: Schema.String }) {}
export class Booked extends Schema.TaggedClass<Booked>()("Booked", { entry: Schema.String }) {}
export class Lapsed extends Schema.TaggedClass<Lapsed>()("Lapsed", {}) {}
export class AccountClosed extends Schema.TaggedError<AccountClosed>()("AccountClosed", { since: Schema.Date }) {}

export const Approve = Signal.make("approve", { payload: Schema.String, reply: Schema.String })

const approved = WIO.handleSignal(Approve, {
  event: Schema.String,
  handle: (_: Claimed, by) => Effect.succeed(by),
  apply: ({ euros }, by) => new Approved({ euros, by }),
  reply: (_, by) => `thank you, ${by}`
})

const book = WIO.runIO("book", {
  event: Schema.Struct({ entry: Schema.String, at: Schema.Date }),
  error: AccountClosed,
  run: (_: Approved) => Effect.die(new Error("no test is to write to the real ledger")),
  apply: (_, { entry }) => new Booked({ entry }),
  retry: { initial: "1 minute", factor: 10, max: "1 hour", attempts: 3 }
})

export const Expense = Workflow.make("Expense", {
  version: 1,
  input: Claimed,
  state: Schema.Union([Claimed, Approved, Booked, Lapsed]),
  error: AccountClosed,
  body: approved.pipe(
    WIO.andThen(book),
    WIO.interruptWith(
      WIO.await<Claimed | Approved | Booked>("a week", { for: "7 days" }).pipe(WIO.map(() => new Lapsed()))
    )
  )
})

const input = new Claimed({ euros: 40 })
const entry = { entry: "e-1", at: new Date("2026-01-01") }
const approval = [{ signal: Approve, payload: "ann" }] as const

/** The ledger fails twice. The waits between the attempts are those of the policy. */
export const retried = Effect.map(
  TestRun.toEnd(Expense, {
    input,
    signals: approval,
    stubs: { book: Stub.attempts(Stub.die("lost"), Stub.die("lost again"), Stub.succeed(entry)) }
  }),
  ({ calls, result, took }) => ({
    result,
    took,
    attempts: calls("book").map(({ at, state }) => ({ at, state }))
  })
)

/** The ledger says no: a typed failure goes through the step's schema, and is what the workflow ends with. */
export const refused = Effect.map(
  TestRun.toEnd(Expense, {
    input,
    signals: approval,
    stubs: { book: Stub.fail(new AccountClosed({ since: new Date("2025-12-31") })) }
  }),
  ({ result }) => result
)

/** The ledger takes longer than what is left of the week. */
export const tooSlow = Effect.map(
  TestRun.toEnd(Expense, { input, signals: approval, stubs: { book: Stub.after("8 days", Stub.succeed(entry)) } }),
  ({ result, took }) => ({ result, took })
)

/** The test stops on the way: it looks, waits, and speaks up on the sixth day. */
export const byHand = Effect.scoped(
  Effect.gen(function* () {
    const stubs = { book: Stub.compute(({ euros }: Approved) => ({ ...entry, entry: `${euros} euros` })) }
    const expense = yield* TestRun.make(Expense, { input, stubs })
    yield* expense.until("approve")
    yield* expense.advance("6 days")
    const waitsFor = (yield* expense.status).waitsFor.map(({ step }) => step.name)
    const reply = yield* expense.signal(Approve, "bob")
    return { waitsFor, reply, result: yield* expense.result, booked: expense.calls("book").length }
  })
)

export const program = Effect.all({ retried, refused, tooSlow, byHand })
