/** The withdrawal in memory, on a clock that the tests own. */
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Engine, Journal, type Handle } from "@waymark/interpreter"
import { describe, expect, it } from "vitest"
import {
  AccountClosed,
  Approve,
  Bank,
  Cancel,
  Fees,
  NotEnoughFunds,
  Order,
  OverLimit,
  Requested,
  Status,
  Withdrawal
} from "../withdrawal/workflow.ts"

type World = Partial<Bank["Service"] & Fees["Service"]>

/** Services that do what they are told, and note how they were called. */
const services = (world: World, calls: Array<string>): Layer.Layer<Bank | Fees> => {
  const called = <A, E>(name: string, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => (calls.push(name), effect))
  const { check, execute, fee, hold, release } = world
  return Layer.merge(
    Layer.succeed(Fees, { fee: (amount) => called("fee", fee?.(amount) ?? Effect.succeed(2)) }),
    Layer.succeed(Bank, {
      check: (account, amount) => called("check", check?.(account, amount) ?? Effect.succeed("Ann")),
      hold: (id, account, amount) => called("hold", hold?.(id, account, amount) ?? Effect.succeed("hold-1")),
      execute: (hold) => called("execute", execute?.(hold) ?? Effect.succeed("receipt-1")),
      release: (id) => called("release", release?.(id) ?? Effect.succeed(null))
    })
  )
}

interface Started extends Handle<unknown> {
  readonly calls: ReadonlyArray<string>
}

/** Starts a withdrawal by Ann and plays with it. */
const withdraw = <A, E>(
  amount: number,
  world: World,
  play: (withdrawal: Started) => Effect.Effect<A, E>
): Promise<A> => {
  const calls: Array<string> = []
  const engine = Engine.layer({ workflows: [Withdrawal] }).pipe(
    Layer.provide(services(world, calls)),
    Layer.provide(Journal.layerMemory)
  )
  return Effect.runPromise(
    Effect.gen(function* () {
      const { start } = yield* Engine
      const order = new Order({ reference: "w-1", account: "ann-1", amount, requestedBy: "ann" })
      const handle = yield* start(Withdrawal, { id: "w-1", input: new Requested({ order }) })
      return yield* play({ ...handle, calls })
    }).pipe(Effect.provide(engine), Effect.provide(TestClock.layer()))
  )
}

/** Lets the engine work until the withdrawal waits for a step. No time passes. */
const reach = Effect.fnUntraced(function* (withdrawal: Started, step: string) {
  for (let turn = 0; turn < 1_000; turn++) {
    const { waitsFor } = yield* withdrawal.status
    if (waitsFor.some((one) => one.step.name === step)) return
    yield* Effect.yieldNow
  }
  throw new Error(`the withdrawal never came to wait for "${step}"`)
})

const coolOff = Effect.fnUntraced(function* (withdrawal: Started) {
  yield* reach(withdrawal, "cooling off")
  yield* TestClock.adjust("2 seconds")
})

const approvedByBob = Effect.fnUntraced(function* (withdrawal: Started) {
  yield* coolOff(withdrawal)
  yield* reach(withdrawal, "approve")
  return yield* withdrawal.signal(Approve, { by: "bob" })
})

describe("a withdrawal", () => {
  it("is paid after it has cooled off and somebody has approved it", () =>
    withdraw(250, {}, (withdrawal) =>
      Effect.gen(function* () {
        yield* reach(withdrawal, "cooling off")
        expect(yield* withdrawal.query(Status)).toBe("252 held, waiting: cooling off, then approval")
        expect(yield* approvedByBob(withdrawal)).toBe("thank you, bob: w-1 will be paid")
        expect(yield* withdrawal.result).toMatchObject({ _tag: "Completed", receipt: "receipt-1" })
        expect(yield* withdrawal.query(Status)).toBe("paid, receipt-1")
        expect(withdrawal.calls).toEqual(["check", "fee", "hold", "execute"])
      })
    ))

  it("needs no approval where it is small", () =>
    withdraw(50, {}, (withdrawal) =>
      Effect.gen(function* () {
        yield* coolOff(withdrawal)
        expect(yield* withdrawal.result).toMatchObject({ _tag: "Completed" })
      })
    ))

  it("refuses the approval of whoever asked for it, and goes on waiting", () =>
    withdraw(250, {}, (withdrawal) =>
      Effect.gen(function* () {
        yield* coolOff(withdrawal)
        yield* reach(withdrawal, "approve")
        const refusal = yield* Effect.flip(withdrawal.signal(Approve, { by: "ann" }))
        expect(refusal).toMatchObject({ _tag: "OwnRequest", by: "ann" })
        const journal = yield* withdrawal.history
        expect(journal.filter(({ kind }) => kind === "signal")).toEqual([])
        yield* reach(withdrawal, "approve")
        yield* withdrawal.signal(Approve, { by: "bob" })
        expect(yield* withdrawal.result).toMatchObject({ _tag: "Completed" })
      })
    ))

  it("is paid by a later attempt where the connection to the bank is lost", () => {
    let lost = 0
    const execute = () => (lost++ < 2 ? Effect.die(new Error("connection lost")) : Effect.succeed("receipt-2"))
    return withdraw(250, { execute }, (withdrawal) =>
      Effect.gen(function* () {
        yield* approvedByBob(withdrawal)
        yield* reach(withdrawal, "execute")
        yield* TestClock.adjust("200 millis")
        yield* TestClock.adjust("400 millis")
        expect(yield* withdrawal.result).toMatchObject({ _tag: "Completed", receipt: "receipt-2" })
        const journal = yield* withdrawal.history
        expect(journal.filter(({ kind }) => kind === "attempt").map(({ attempt }) => attempt)).toEqual([1, 2])
      })
    )
  })
})

describe("a rejection", () => {
  const check = { closed: new AccountClosed({ account: "ann-1" }), limit: new OverLimit({ limit: 5_000 }) }
  const cases: ReadonlyArray<readonly [reason: string, world: World, called: ReadonlyArray<string>]> = [
    ["account ann-1 is closed", { check: () => Effect.fail(check.closed) }, ["check"]],
    ["more than 5000 needs a visit to the bank", { check: () => Effect.fail(check.limit) }, ["check"]],
    [
      "the account is 7 short",
      { hold: () => Effect.fail(new NotEnoughFunds({ missing: 7 })) },
      ["check", "fee", "hold"]
    ]
  ]
  it.each(cases)("says why: %s", (reason, world, called) =>
    withdraw(250, world, (withdrawal) =>
      Effect.gen(function* () {
        expect(yield* withdrawal.result).toMatchObject({ _tag: "Rejected", reason })
        expect(yield* withdrawal.query(Status)).toBe(`rejected: ${reason}`)
        // A business failure is an outcome, not a fault: nothing is tried again, and nothing comes after it.
        expect(withdrawal.calls).toEqual(called)
      })
    )
  )
})

describe("a cancellation", () => {
  const never = () => Effect.never
  const points: ReadonlyArray<readonly [step: string, world: World]> = [
    ["validate", { check: never }],
    ["fees", { fee: never }],
    ["hold funds", { hold: never }],
    ["cooling off", {}],
    ["approve", {}],
    ["execute", { execute: never }]
  ]

  /** Brings a withdrawal to the step at which it stays. */
  const bring = Effect.fnUntraced(function* (withdrawal: Started, step: string) {
    if (step === "execute") yield* approvedByBob(withdrawal)
    if (step === "approve") yield* coolOff(withdrawal)
    yield* reach(withdrawal, step)
  })

  it.each(points)("at %s gives back what is held", (step, world) =>
    withdraw(250, world, (withdrawal) =>
      Effect.gen(function* () {
        yield* bring(withdrawal, step)
        yield* withdrawal.signal(Cancel, { by: "ann" })
        expect(yield* withdrawal.result).toMatchObject({ _tag: "Cancelled", by: "ann" })
        expect(yield* withdrawal.query(Status)).toBe("cancelled by ann")
        expect(withdrawal.calls.at(-1)).toBe("release")
      })
    )
  )

  it("that comes too late leaves the withdrawal paid", () =>
    withdraw(250, { execute: never, release: () => Effect.succeed("receipt-3") }, (withdrawal) =>
      Effect.gen(function* () {
        yield* bring(withdrawal, "execute")
        yield* withdrawal.signal(Cancel, { by: "ann" })
        expect(yield* withdrawal.result).toMatchObject({ _tag: "Completed", receipt: "receipt-3" })
      })
    ))

  it("is refused once the withdrawal has ended", () =>
    withdraw(50, {}, (withdrawal) =>
      Effect.gen(function* () {
        yield* coolOff(withdrawal)
        yield* withdrawal.result
        const refusal = yield* Effect.flip(withdrawal.signal(Cancel, { by: "ann" }))
        expect(refusal._tag).toBe("InstanceClosed")
      })
    ))
})
