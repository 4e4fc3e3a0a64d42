/** Runs under test: stubs in the place of steps, calls that were counted, and time that advances by itself. */
import { Context, Effect, Layer, Result, Schema } from "effect"
import { ChildStopped, Query, Signal, Step, WIO, Workflow } from "@waymark/core"
import { CommandRejected, InvalidPayload } from "@waymark/interpreter"
import { RunRests, StepNotStubbed, Stub, StubMisfit, StubUnknown, TestRun } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"

class Placed extends Schema.TaggedClass<Placed>()("Placed", { amount: Schema.Number }) {}
class Charged extends Schema.TaggedClass<Charged>()("Charged", { receipt: Schema.String, at: Schema.Date }) {}
class Refused extends Schema.TaggedClass<Refused>()("Refused", { why: Schema.String }) {}
class Declined extends Schema.TaggedError<Declined>()("Declined", { why: Schema.String }) {}
class Busy extends Schema.TaggedError<Busy>()("Busy", {}) {}

class Bank extends Context.Service<Bank, { readonly charge: (amount: number) => Effect.Effect<string> }>()(
  "test/Bank"
) {}

const Receipt = Schema.Struct({ receipt: Schema.String, at: Schema.Date })
const Approve = Signal.make("approve", { payload: Schema.String, reply: Schema.String, error: Declined })
const Now = Query.make("now", { reply: Schema.String })

const charge = WIO.runIO("charge", {
  event: Receipt,
  error: Schema.Union([Declined, Busy]),
  run: ({ amount }: Placed) =>
    Effect.map(
      Bank.use((bank) => bank.charge(amount)),
      (receipt) => ({ receipt, at: new Date(0) })
    ),
  apply: (_, event) => new Charged(event),
  retry: { initial: "1 second", factor: 2, attempts: 4, while: ["Busy"] }
})

const Payment = Workflow.make("Payment", {
  version: 1,
  input: Placed,
  state: Schema.Union([Placed, Charged, Refused]),
  error: Busy,
  body: charge.pipe(
    WIO.catchTag(
      "Declined",
      WIO.pure(({ error }: WIO.Failure<Placed | Charged, Declined>) => new Refused({ why: error.why }))
    ),
    WIO.query(Now, (state) => state._tag)
  )
})

const approved = WIO.handleSignal(Approve, {
  event: Schema.String,
  handle: (_: Placed, by) => (by === "eve" ? Effect.fail(new Declined({ why: "not eve" })) : Effect.succeed(by)),
  apply: (placed) => placed,
  reply: (_, by) => `thanks, ${by}`
})

const Approval = Workflow.make("Approval", {
  version: 1,
  input: Placed,
  state: Schema.Union([Placed, Charged, Refused]),
  error: Schema.Union([Declined, Busy]),
  body: approved.pipe(
    WIO.andThen(charge),
    WIO.interruptWith(
      WIO.await<Placed | Charged>("two weeks", { for: "14 days" }).pipe(WIO.map(() => new Refused({ why: "too late" })))
    )
  )
})

const input = new Placed({ amount: 40 })
const event = { receipt: "r-1", at: new Date(5) }
const play = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => Effect.runPromise(effect)

describe("a stub", () => {
  it("stands in for a step: its event goes through the step's schema, and the call is known with its state", () =>
    play(
      Effect.gen(function* () {
        const run = yield* TestRun.toEnd(Payment, { input, stubs: { charge: Stub.succeed(event) } })
        expect(run.result).toEqual(Result.succeed(new Charged(event)))
        expect(run.state).toEqual(new Charged(event))
        expect(run.calls("charge")).toMatchObject([
          { step: "charge", state: input, attempt: 1, nth: 0, at: 0, idempotencyKey: "test/0/0" }
        ])
        expect(run.events.map(({ kind, payload }) => [kind, payload]).slice(1, 2)).toEqual([
          ["completed", { receipt: "r-1", at: "1970-01-01T00:00:00.005Z" }]
        ])
      })
    ))

  it("gives a typed failure, which goes the way of the step's own", () =>
    play(
      Effect.gen(function* () {
        const stubs = { charge: Stub.fail(new Declined({ why: "there is nothing on it" })) }
        const run = yield* TestRun.toEnd(Payment, { input, stubs })
        expect(run.result).toEqual(Result.succeed(new Refused({ why: "there is nothing on it" })))
        expect(run.calls("charge").length).toBe(1)
      })
    ))

  it("gives the attempts of a step one after the other, and the waits between them take no time", () =>
    play(
      Effect.gen(function* () {
        const lost = Stub.die(new Error("lost"))
        const stubs = { charge: Stub.attempts(lost, Stub.fail(new Busy()), Stub.succeed(event)) }
        const run = yield* TestRun.toEnd(Payment, { input, stubs })
        expect(run.result).toEqual(Result.succeed(new Charged(event)))
        expect(run.calls("charge").map(({ at, attempt, nth }) => [attempt, at, nth])).toEqual([
          [1, 0, 0],
          [2, 1_000, 0],
          [3, 3_000, 0]
        ])
        expect(run.took).toBe(3_000)
      })
    ))

  it("computes its event from the state and the call", () =>
    play(
      Effect.gen(function* () {
        const receipt = ({ amount }: Placed, { attempt }: Stub.Call) => ({ ...event, receipt: `${amount}/${attempt}` })
        const run = yield* TestRun.toEnd(Payment, { input, stubs: { charge: Stub.compute(receipt) } })
        expect(run.result).toEqual(Result.succeed(new Charged({ ...event, receipt: "40/1" })))
      })
    ))

  it("gives the rounds of a loop one after the other", () =>
    play(
      Effect.gen(function* () {
        const look = WIO.runIO("look", {
          event: Schema.Boolean,
          run: (_: { readonly seen: number; readonly done: boolean }) => Effect.succeed(false),
          apply: ({ seen }, done) => ({ seen: seen + 1, done })
        })
        const State = Schema.Struct({ seen: Schema.Number, done: Schema.Boolean })
        const Watching = Workflow.make("Watching", {
          version: 1,
          input: State,
          state: State,
          body: WIO.loop("again", look, { while: ({ done }) => !done })
        })
        const once = Stub.attempts(Stub.die("lost"), Stub.succeed(false))
        const run = yield* TestRun.toEnd(Watching, {
          input: { seen: 0, done: false },
          stubs: { look: Stub.inTurn(Stub.succeed(false), once, Stub.succeed(true)) }
        })
        expect(run.result).toEqual(Result.succeed({ seen: 3, done: true }))
        expect(run.calls("look").map(({ attempt, nth }) => [nth, attempt])).toEqual([
          [0, 1],
          [1, 1],
          [1, 2],
          [2, 1]
        ])
      })
    ))

  it("that takes its time, or never ends, lets timeouts and heartbeats be tested", () =>
    play(
      Effect.gen(function* () {
        const slow = WIO.runIO("slow", {
          event: Schema.String,
          run: () => Effect.succeed("quick"),
          apply: (_: string, said) => said,
          timeouts: { startToClose: "1 minute" },
          retry: { initial: "1 second" }
        })
        const Slow = Workflow.make("Slow", { version: 1, input: Schema.String, state: Schema.String, body: slow })
        const stubs = { slow: Stub.attempts(Stub.never, Stub.after("30 seconds", Stub.succeed("done"))) }
        const run = yield* TestRun.toEnd(Slow, { input: "", stubs })
        expect(run.result).toEqual(Result.succeed("done"))
        expect(run.took).toBe(91_000)
      })
    ))

  it("stands in for a child, which then starts and ends as the real one would", () =>
    play(
      Effect.gen(function* () {
        const Parent = Workflow.make("Parent", {
          version: 1,
          input: Placed,
          state: Schema.Union([Placed, Charged, Refused]),
          error: Schema.Union([Busy, ChildStopped]),
          body: WIO.child(Payment, { name: "pay", input: (placed: Placed) => placed })
        })
        const refused = new Refused({ why: "the stub says so" })
        const run = yield* TestRun.toEnd(Parent, { input, stubs: { pay: Stub.succeed(refused) } })
        expect(run.result).toEqual(Result.succeed(refused))
        expect(run.events.map(({ kind }) => kind)).toEqual(["started", "child-started", "child-ended", "ended"])
        expect(run.calls("pay").map(({ state }) => state)).toEqual([input])
        const failed = yield* TestRun.toEnd(Parent, { input, stubs: { pay: Stub.fail(new Busy()) } })
        expect(failed.result).toEqual(Result.fail(new Busy()))
        const real = yield* TestRun.toEnd(Parent, { input, stubs: { charge: Stub.succeed(event) } })
        expect(real.result).toEqual(Result.succeed(new Charged(event)))
      })
    ))

  it("stands in for parts that are computed during the run", () =>
    play(
      Effect.gen(function* () {
        const Computed = Workflow.make("Computed", {
          version: 1,
          input: Placed,
          state: Schema.Union([Placed, Charged]),
          error: Schema.Union([Declined, Busy]),
          body: WIO.pure((placed: Placed) => placed).pipe(WIO.flatMap(() => charge))
        })
        const Generated = Workflow.make("Generated", {
          version: 1,
          input: Placed,
          state: Schema.Union([Placed, Charged]),
          error: Schema.Union([Declined, Busy]),
          body: WIO.gen(function* (placed: Placed) {
            return yield* WIO.step(charge, placed)
          })
        })
        for (const workflow of [Computed, Generated]) {
          const run = yield* TestRun.toEnd(workflow, { input, stubs: { charge: Stub.succeed(event) } })
          expect(run.result).toEqual(Result.succeed(new Charged(event)))
        }
      })
    ))

  it("for a step that there is not is refused before anything runs", () =>
    play(
      Effect.gen(function* () {
        const error = yield* Effect.flip(TestRun.toEnd(Payment, { input, stubs: { chrage: Stub.succeed(event) } }))
        expect(error).toEqual(new StubUnknown({ workflow: "Payment", stub: "chrage", steps: ["charge"] }))
        expect(error.message).toContain(`its steps are "charge"`)
      })
    ))

  it("that does not fit the step's schema ends the test with the place and the reason", () =>
    play(
      Effect.gen(function* () {
        const error = yield* Effect.flip(TestRun.toEnd(Payment, { input, stubs: { charge: Stub.succeed("r-1") } }))
        expect(error).toBeInstanceOf(StubMisfit)
        expect(error).toMatchObject({ step: "charge", path: "", what: "event" })
        const wrong = yield* Effect.flip(TestRun.toEnd(Payment, { input, stubs: { charge: Stub.fail("no") } }))
        expect(wrong).toMatchObject({ _tag: "StubMisfit", step: "charge", what: "error" })
      })
    ))
})

describe("a step without a stub", () => {
  it("does not run where no services are given", () =>
    play(
      Effect.gen(function* () {
        const error = yield* Effect.flip(TestRun.toEnd(Payment, { input }))
        expect(error).toBeInstanceOf(StepNotStubbed)
        expect(error.message).toContain(`step "charge" at path "": it has no stub`)
      })
    ))

  it("runs for real with the services that are given", () =>
    play(
      Effect.gen(function* () {
        const services = Layer.succeed(Bank, { charge: (amount) => Effect.succeed(`real ${amount}`) })
        const run = yield* TestRun.toEnd(Payment, { input, services })
        expect(run.result).toEqual(Result.succeed(new Charged({ receipt: "real 40", at: new Date(0) })))
        expect(run.calls("charge").length).toBe(1)
      })
    ))

  it("whose service is missing is named", () =>
    play(
      Effect.gen(function* () {
        const error = yield* Effect.flip(TestRun.toEnd(Payment, { input, services: Layer.empty }))
        expect(error).toMatchObject({ _tag: "StepNotStubbed", step: "charge", reason: "Service not found: test/Bank" })
      })
    ))

  it("may take real time, which the clock waits for", () =>
    play(
      Effect.gen(function* () {
        const real = Effect.promise(() => new Promise<string>((resolve) => void setTimeout(resolve, 20, "real")))
        const services = Layer.succeed(Bank, { charge: () => real })
        const run = yield* TestRun.toEnd(Approval, { input, services, signals: [{ signal: Approve, payload: "ann" }] })
        expect(run.result).toEqual(Result.succeed(new Charged({ receipt: "real", at: new Date(0) })))
      })
    ))
})

describe("a run", () => {
  const stubs = { charge: Stub.after("1 hour", Stub.succeed(event)) }

  it("is stopped on its way, looked at and told things", () =>
    play(
      Effect.scoped(
        Effect.gen(function* () {
          const run = yield* TestRun.make(Approval, { input, stubs })
          yield* run.until("approve")
          expect(yield* run.now).toBe(0)
          yield* run.advance("13 days")
          expect((yield* run.status).waitsFor.map(({ step }) => step.name)).toEqual(["approve", "two weeks"])
          expect(yield* Effect.flip(run.signal(Approve, "eve"))).toEqual(new Declined({ why: "not eve" }))
          expect(yield* run.signal(Approve, "ann")).toBe("thanks, ann")
          expect(run.calls("charge").length).toBe(1)
          yield* run.advance("59 minutes")
          expect(yield* run.state).toEqual(input)
          expect(yield* run.result).toEqual(new Charged(event))
          expect(yield* run.now).toBe(13 * 86_400_000 + 3_600_000)
          expect((yield* run.events).map(({ kind }) => kind)).toEqual([
            "started",
            "due",
            "signal",
            "completed",
            "ended"
          ])
        })
      )
    ))

  it("sends its signals as they are waited for, and not before their time", () =>
    play(
      Effect.gen(function* () {
        const signals = [
          { signal: Approve, payload: "eve", after: "2 days" },
          { signal: Approve, payload: "ann" }
        ] as const
        const run = yield* TestRun.toEnd(Approval, { input, stubs, signals: [signals[0]] })
        expect(run.result).toEqual(Result.succeed(new Refused({ why: "too late" })))
        expect(run.calls("approve").map(({ at, payload }) => [at, payload])).toEqual([[2 * 86_400_000, "eve"]])
        const both = yield* TestRun.toEnd(Approval, { input, stubs, signals })
        expect(both.took).toBe(3_600_000)
      })
    ))

  it("answers queries, and is cancelled", () =>
    play(
      Effect.scoped(
        Effect.gen(function* () {
          const run = yield* TestRun.make(Payment, { input, stubs })
          yield* run.rest
          expect(yield* run.query(Now)).toBe("Placed")
          yield* run.cancel("enough")
          expect(yield* Effect.flip(run.result)).toMatchObject({ _tag: "WorkflowCancelled", reason: "enough" })
        })
      )
    ))

  it("that rests says what it waits for", () =>
    play(
      Effect.gen(function* () {
        const Waiting = Workflow.make("Waiting", { version: 1, input: Placed, state: Placed, body: approved })
        const error = yield* Effect.flip(TestRun.toEnd(Waiting, { input }))
        expect(error).toBeInstanceOf(RunRests)
        expect(error).toMatchObject({ status: "waiting", waitsFor: ["signal approve"] })
      })
    ))

  it("that is stuck says why", () =>
    play(
      Effect.gen(function* () {
        const error = yield* Effect.flip(TestRun.toEnd(Payment, { input, stubs: { charge: Stub.die("burnt down") } }))
        expect(error).toMatchObject({ _tag: "RunRests", status: "stuck", error: "burnt down" })
      })
    ))

  it("does not start from what is no input, and takes no signal that its schema does not", () =>
    play(
      Effect.gen(function* () {
        const wrong = { amount: "much" } as unknown as Placed
        expect(yield* Effect.flip(TestRun.toEnd(Payment, { input: wrong }))).toBeInstanceOf(InvalidPayload)
        const Throwing = Workflow.make("Throwing", {
          version: 1,
          input: Placed,
          state: Placed,
          body: WIO.pure((_: Placed): Placed => {
            throw new Error("no")
          })
        })
        expect(yield* Effect.flip(TestRun.toEnd(Throwing, { input }))).toBeInstanceOf(CommandRejected)
        const signals = [{ signal: Approve, payload: 7 as unknown as string }] as const
        expect(yield* Effect.flip(TestRun.toEnd(Approval, { input, stubs, signals }))).toBeInstanceOf(InvalidPayload)
      })
    ))

  it("does not count the calls of a step that there cannot be", () =>
    play(
      Effect.gen(function* () {
        const run = yield* TestRun.toEnd(Payment, { input, stubs: { charge: Stub.succeed(event) } })
        expect(() => run.calls("chrage")).toThrow(`workflow "Payment" has no such step: charge`)
        expect(run.calls().length).toBe(1)
      })
    ))

  it("waits for years in no time", () =>
    play(
      Effect.gen(function* () {
        const years = WIO.await<string>("ten years", { for: "3653 days" })
        const Sleeping = Workflow.make("Sleeping", {
          version: 1,
          input: Schema.String,
          state: Schema.String,
          body: years
        })
        const run = yield* TestRun.toEnd(Sleeping, { input: "", startsAt: 1_000 })
        expect(run.took).toBe(3_653 * 86_400_000)
      })
    ))

  it("follows one that continues as new", () =>
    play(
      Effect.gen(function* () {
        const count = WIO.runIO("count", {
          event: Schema.Number,
          run: (n: number) => Effect.map(Step.info, ({ run }) => n + run),
          apply: (_, n) => n
        })
        const Counting = Workflow.make("Counting", {
          version: 1,
          input: Schema.Number,
          state: Schema.Number,
          body: count.pipe(
            WIO.andThen(
              WIO.branch(
                "enough?",
                { more: { when: (n: number) => n < 3, then: WIO.continueAsNew((n: number) => n) } },
                WIO.pure((n: number) => n)
              )
            )
          )
        })
        const run = yield* TestRun.toEnd(Counting, { input: 0, services: Layer.empty })
        expect(run.result).toEqual(Result.succeed(3))
        expect(run.calls("count").map(({ run }) => run)).toEqual([0, 1, 2])
      })
    ))
})
