/** `Step`: what a running step knows of itself, reports, and says of its errors. */
import { Cause, Effect, Exit, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { Step } from "@waymark/core"

const info: Step.Info = {
  instance: "order-1",
  run: 2,
  path: "3:left",
  ordinal: 4,
  step: "charge",
  attempt: 5,
  idempotencyKey: "order-1/2/3:left/4",
  now: 1_000,
  details: { page: 7 }
}

describe("Step.info", () => {
  it("is what the engine says of the running step", () => {
    expect(Effect.runSync(Effect.provideService(Step.info, Step.Current, info))).toBe(info)
  })

  it("is a defect where no step runs, and says where to read it", () => {
    const exit = Effect.runSyncExit(Step.info)
    const [reason] = Exit.isFailure(exit) ? exit.cause.reasons : []
    expect(reason && Cause.isDieReason(reason) && reason.defect).toEqual(
      new Error("Step.info: no step is running here. Read it inside the `run` of a WIO.runIO.")
    )
  })
})

describe("Step.heartbeat", () => {
  const listen = (heard: Array<unknown>) => (details: unknown) => Effect.sync(() => void heard.push(details))

  it("goes to whoever listens, each time with its details, or without", () => {
    const heard: Array<unknown> = []
    const beats = Effect.gen(function* () {
      yield* Step.heartbeat({ page: 1 })
      yield* Step.heartbeat()
      yield* Step.heartbeat([2])
    })
    Effect.runSync(Effect.provideService(beats, Step.Heartbeats, listen(heard)))
    expect(heard).toEqual([{ page: 1 }, undefined, [2]])
  })

  it("goes nowhere without an engine", () => {
    expect(Effect.runSync(Step.heartbeat({ page: 1 }))).toBeUndefined()
  })

  it("goes on once it was taken, and fails as whoever takes it does", () => {
    const order: Array<string> = []
    const slow = () => Effect.yieldNow.pipe(Effect.andThen(Effect.sync(() => void order.push("taken"))))
    const step = Step.heartbeat().pipe(Effect.andThen(Effect.sync(() => order.push("went on"))))
    return Effect.runPromise(Effect.provideService(step, Step.Heartbeats, slow)).then(() => {
      expect(order).toEqual(["taken", "went on"])
    })
  })
})

describe("what an error says about trying again", () => {
  class Refused extends Schema.TaggedError<Refused>()("Refused", { by: Schema.String }) {}

  it("is nothing, if nothing was said", () => {
    for (const error of [new Error("x"), new Refused({ by: "bank" }), undefined, null, 1, "x", Symbol("x"), () => 1]) {
      expect(Step.adviceOf(error)).toBeUndefined()
    }
  })

  it("is what was said of that very error, which is given back as it is", () => {
    const error = new Error("closed")
    expect(Step.doNotRetry(error)).toBe(error)
    expect(Step.adviceOf(error)).toEqual({ _tag: "DoNotRetry" })
    expect(Step.adviceOf(new Error("closed"))).toBeUndefined()
    const busy = new Refused({ by: "bank" })
    expect(Step.retryAfter(busy, "30 seconds")).toBe(busy)
    expect(Step.adviceOf(busy)).toEqual({ _tag: "RetryAfter", millis: 30_000 })
    expect(Step.adviceOf(new Refused({ by: "bank" }))).toBeUndefined()
  })

  it("is what was said last", () => {
    const error = Step.doNotRetry(Step.retryAfter(new Error("x"), 5))
    expect(Step.adviceOf(error)).toEqual({ _tag: "DoNotRetry" })
    expect(Step.adviceOf(Step.retryAfter(error, 0))).toEqual({ _tag: "RetryAfter", millis: 0 })
  })

  it("leaves no trace in the error: not in its fields, not in what is written down of it", () => {
    const plain = new Refused({ by: "bank" })
    const advised = Step.retryAfter(new Refused({ by: "bank" }), 5)
    expect(Reflect.ownKeys(advised)).toEqual(Reflect.ownKeys(plain))
    expect(Schema.encodeSync(Refused)(advised)).toEqual(Schema.encodeSync(Refused)(plain))
  })

  it("may be said of an error that cannot be changed", () => {
    expect(Step.adviceOf(Step.doNotRetry(Object.freeze(new Error("x"))))).toEqual({ _tag: "DoNotRetry" })
  })

  it("is still known of what an effect failed or died with", () => {
    const error = Step.doNotRetry(new Refused({ by: "bank" }))
    const caught = Effect.runSync(Effect.flip(Effect.fail(error)))
    expect(Step.adviceOf(caught)).toEqual({ _tag: "DoNotRetry" })
    const exit = Effect.runSyncExit(Effect.die(error))
    expect(Exit.isFailure(exit) && Step.adviceOf(Cause.squash(exit.cause))).toEqual({ _tag: "DoNotRetry" })
  })

  it.each([
    ["1 dya" as never, '"1 dya"'],
    [Infinity, "Infinity"],
    [Number.NaN, "NaN"],
    [{ seconds: Infinity }, '{"seconds":Infinity}']
  ])("is refused where the wait is %s", (wait, shown) => {
    expect(() => Step.retryAfter(new Error("x"), wait)).toThrow(RangeError)
    expect(() => Step.retryAfter(new Error("x"), wait)).toThrow(
      `Step.retryAfter: the wait is ${shown}: give a finite length like "30 seconds"`
    )
  })
})
