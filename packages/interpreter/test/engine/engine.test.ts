import { Deferred, type Duration, Effect, Fiber, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Query, Signal, Step, WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"
import { describe, expect, it } from "vitest"
import { await_, boot, run, settle } from "../support/engine.ts"

/** A step that counts its runs and adds one. */
const counted = (name: string, runs: Array<string>, effect: Effect.Effect<unknown> = Effect.void) =>
  WIO.runIO(name, {
    event: Schema.Number,
    run: (_: number) =>
      Effect.as(
        Effect.andThen(
          Effect.sync(() => runs.push(name)),
          effect
        ),
        1
      ),
    apply: (n, one) => n + one
  })

const numbers = <Out, E, R>(name: string, body: WIO.WIO<number, Out, E, R, number>, version = 1) =>
  Workflow.make(name, {
    version,
    input: Schema.Number,
    state: Schema.Number,
    error: Schema.Unknown,
    body: body as never
  }) as unknown as Workflow.Workflow<string, number, Out, E, never, number>

class Declined extends Schema.TaggedError<Declined>()("Declined", { times: Schema.Number }) {}

describe("an engine", () => {
  it("runs steps in order, each effect once, and tells the result", () =>
    run((journal) =>
      Effect.gen(function* () {
        const runs: Array<string> = []
        const workflow = numbers("Chain", counted("a", runs).pipe(WIO.andThen(counted("b", runs))))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "c-1", input: 5 })
        expect(yield* handle.result).toBe(7)
        expect(runs).toEqual(["a", "b"])
        expect((yield* handle.history).map(({ kind, step }) => `${kind} ${step}`)).toEqual([
          "started Chain",
          "completed a",
          "completed b",
          "ended Chain"
        ])
      })
    ))

  it("tells the result of an instance that ended before it was started itself", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = numbers("Chain", counted("a", []))
        const first = yield* boot(journal, [workflow])
        yield* Effect.flatMap(first.engine.start(workflow, { id: "c-1", input: 1 }), ({ result }) => result)
        yield* first.close
        const { engine } = yield* boot(journal, [workflow])
        expect(yield* engine.result(workflow, "c-1")).toBe(2)
      })
    ))

  it("takes a repeated start with an equal input for the same instance, and refuses another input", () =>
    run((journal) =>
      Effect.gen(function* () {
        const runs: Array<string> = []
        const workflow = numbers("Chain", counted("a", runs))
        const other = numbers("Other", counted("a", runs))
        const { engine } = yield* boot(journal, [workflow, other])
        const first = yield* engine.start(workflow, { id: "c-1", input: 1 })
        const again = yield* engine.start(workflow, { id: "c-1", input: 1 })
        expect([yield* first.result, yield* again.result]).toEqual([2, 2])
        expect(runs).toEqual(["a"])
        const refused = yield* Effect.flip(engine.start(workflow, { id: "c-1", input: 2 }))
        expect(refused).toMatchObject({ _tag: "InstanceExists", instance: "c-1", workflow: "Chain" })
        expect(yield* Effect.flip(engine.start(other, { id: "c-1", input: 1 }))).toMatchObject({
          _tag: "InstanceExists"
        })
      })
    ))

  it("refuses an input that does not fit, another definition than it hosts, and an instance that does not exist", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = numbers("Chain", counted("a", []))
        const { engine } = yield* boot(journal, [])
        const { engine: hosting } = yield* boot(journal, [workflow])
        const start = { id: "c-1", input: "one" as unknown as number }
        expect(yield* Effect.flip(hosting.start(workflow, start))).toMatchObject({ _tag: "InvalidPayload" })
        const other = numbers("Chain", counted("b", []))
        expect(yield* Effect.flip(hosting.start(other, { id: "c-1", input: 1 }))).toMatchObject({
          _tag: "WorkflowNotHosted",
          message: expect.stringContaining('hosts another definition of "Chain"')
        })
        expect(yield* Effect.flip(engine.status("nobody"))).toMatchObject({ _tag: "InstanceNotFound" })
        expect(yield* Effect.flip(engine.result(workflow, "nobody"))).toMatchObject({ _tag: "InstanceNotFound" })
      })
    ))

  it("that hosts nothing starts, signals, asks and awaits what another one runs", () =>
    run((journal) =>
      Effect.gen(function* () {
        const trace: Array<string> = []
        const workflow = numbers("Chain", counted("a", trace))
        const { engine } = yield* boot(journal, [])
        const handle = yield* engine.start(workflow, { id: "c-1", input: 1 })
        expect((yield* handle.status).waitsFor).toMatchObject([{ _tag: "RunIO", step: { name: "a" } }])
        expect(trace).toEqual([])
        yield* boot(journal, [workflow])
        yield* await_(handle.result)
        expect(trace).toEqual(["a"])
        expect((yield* engine.list()).instances).toMatchObject([{ id: "c-1", status: "completed" }])
      })
    ))

  it("does not host two workflows of one name", () => {
    const once = numbers("Same", counted("a", []))
    const again = numbers("Same", counted("b", []))
    expect(() => Engine.layer({ workflows: [once, again] })).toThrow(/two workflows are named "Same"/)
  })

  it("gives steps their identity, attempt and idempotency key", () =>
    run((journal) =>
      Effect.gen(function* () {
        const seen: Array<Step.Info> = []
        const step = WIO.runIO("look", {
          event: Schema.Number,
          run: (n: number) =>
            Effect.flatMap(Step.info, (info) => {
              seen.push(info)
              return info.attempt === 1 ? Effect.die("once") : Effect.succeed(n)
            }),
          apply: (n) => n
        })
        const workflow = numbers("Look", step.pipe(WIO.andThen(step)))
        const { engine } = yield* boot(journal, [workflow])
        const { result } = yield* engine.start(workflow, { id: "a/b", input: 1 })
        yield* await_(result)
        expect(seen.map(({ attempt, idempotencyKey, ordinal }) => [ordinal, attempt, idempotencyKey])).toEqual([
          [0, 1, "a~1b/0/0"],
          [0, 2, "a~1b/0/0"],
          [1, 1, "a~1b/0/1"],
          [1, 2, "a~1b/0/1"]
        ])
      })
    ))

  it("runs the effects of parallel branches at the same time", () =>
    run((journal) =>
      Effect.gen(function* () {
        const [left, right] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        // Each branch ends only once the other one has begun.
        const meet = (mine: Deferred.Deferred<void>, theirs: Deferred.Deferred<void>) =>
          Effect.andThen(Deferred.succeed(mine, undefined), Deferred.await(theirs))
        const body = WIO.parallel(
          { left: counted("left", [], meet(left, right)), right: counted("right", [], meet(right, left)) },
          { fork: (n: number) => ({ left: n, right: n }), join: (outs) => outs.left + outs.right }
        )
        const workflow = numbers("Meet", body as never)
        const { engine } = yield* boot(journal, [workflow])
        const { result } = yield* engine.start(workflow, { id: "m-1", input: 1 })
        expect(yield* result).toBe(4)
      })
    ))

  it("interrupts what a failing branch leaves behind, and lets it clean up", () =>
    run((journal) =>
      Effect.gen(function* () {
        const cleaned: Array<string> = []
        const slow = counted(
          "slow",
          [],
          Effect.onInterrupt(Effect.never, () => Effect.sync(() => cleaned.push("slow")))
        )
        const failing = WIO.runIO("failing", {
          event: Schema.Number,
          error: Declined,
          run: (_: number) => Effect.fail(new Declined({ times: 1 })),
          apply: (n) => n
        })
        const body = WIO.parallel({ slow, failing }, { fork: (n: number) => ({ slow: n, failing: n }), join: () => 0 })
        const workflow = Workflow.make("Fail", {
          version: 1,
          input: Schema.Number,
          state: Schema.Number,
          error: Declined,
          body
        })
        const { engine } = yield* boot(journal, [workflow])
        const { result } = yield* engine.start(workflow, { id: "f-1", input: 1 })
        expect(yield* Effect.flip(result)).toEqual(new Declined({ times: 1 }))
        yield* settle
        expect(cleaned).toEqual(["slow"])
        const second = yield* boot(journal, [workflow])
        expect(yield* Effect.flip(second.engine.result(workflow, "f-1"))).toEqual(new Declined({ times: 1 }))
      })
    ))
})

describe("retries", () => {
  const flaky = (failures: number, runs: Array<string>, attempts = 5) =>
    WIO.runIO("flaky", {
      event: Schema.Number,
      run: (n: number) =>
        Effect.suspend(() => (runs.push("flaky") <= failures ? Effect.die("line lost") : Effect.succeed(n))),
      apply: (n) => n,
      retry: { initial: "10 seconds", attempts }
    })

  it("wait between attempts, and count on after a restart", () =>
    run((journal) =>
      Effect.gen(function* () {
        const runs: Array<string> = []
        const workflow = numbers("Flaky", flaky(2, runs))
        const first = yield* boot(journal, [workflow])
        yield* first.engine.start(workflow, { id: "f-1", input: 1 })
        yield* settle
        expect(runs).toHaveLength(1)
        yield* first.close
        const { engine } = yield* boot(journal, [workflow])
        yield* settle
        expect(runs).toHaveLength(1)
        expect((yield* engine.status("f-1")).waitsFor).toMatchObject([
          { _tag: "RunIO", attempt: 2, notBefore: 10_000, lastError: "line lost" }
        ])
        expect(yield* await_(engine.result(workflow, "f-1"))).toBe(1)
        const attempts = (yield* engine.history("f-1")).filter(({ kind }) => kind === "attempt")
        expect(attempts.map(({ attempt, at }) => [attempt, at])).toEqual([
          [1, 0],
          [2, 10_000]
        ])
      })
    ))

  it("leave the instance stuck when they are used up, visible with the error, and stay so after a restart", () =>
    run((journal) =>
      Effect.gen(function* () {
        const runs: Array<string> = []
        const workflow = numbers("Flaky", flaky(100, runs, 2))
        const log: Array<string> = []
        const first = yield* boot(journal, [workflow], {}, Layer.empty, log)
        const { result, status } = yield* first.engine.start(workflow, { id: "f-1", input: 1 })
        const waiting = yield* Effect.forkChild(result)
        yield* TestClock.adjust("1 minute")
        yield* settle
        expect(yield* status).toMatchObject({ status: "stuck", error: "line lost", waitsFor: [{ attempt: 2 }] })
        expect(log).toEqual([
          'attempt 1 of "flaky" failed: line lost. It is tried again at 1970-01-01T00:00:10.000Z.',
          'attempt 2 of "flaky" failed: line lost. It gave up: the instance is stuck.'
        ])
        expect(waiting.pollUnsafe()).toBeUndefined()
        yield* Fiber.interrupt(waiting)
        yield* first.close
        const { engine } = yield* boot(journal, [workflow])
        yield* TestClock.adjust("1 hour")
        expect(yield* engine.status("f-1")).toMatchObject({ status: "stuck" })
        expect(runs).toHaveLength(2)
      })
    ))

  it("pick typed failures only where `while` names them, and then it is the step's failure", () =>
    run((journal) =>
      Effect.gen(function* () {
        let times = 0
        const decline = (tags: ReadonlyArray<"Declined">) =>
          Workflow.make("Decline", {
            version: 1,
            input: Schema.Number,
            state: Schema.Number,
            error: Declined,
            body: WIO.runIO("decline", {
              event: Schema.Number,
              error: Declined,
              run: (_: number) => Effect.suspend(() => Effect.fail(new Declined({ times: ++times }))),
              apply: (n) => n,
              retry: { initial: "1 second", attempts: 3, while: tags }
            })
          })
        const patient = decline(["Declined"])
        const first = yield* boot(journal, [patient])
        const retried = yield* first.engine.start(patient, { id: "d-1", input: 1 })
        expect(yield* await_(Effect.flip(retried.result))).toEqual(new Declined({ times: 3 }))
        yield* first.close
        times = 0
        const impatient = decline([])
        const second = yield* boot(journal, [impatient])
        const once = yield* second.engine.start(impatient, { id: "d-2", input: 1 })
        expect(yield* Effect.flip(once.result)).toEqual(new Declined({ times: 1 }))
      })
    ))

  it("are not spent on a result that its schema cannot write down: the step is stuck at once, and says why", () =>
    run((journal) =>
      Effect.gen(function* () {
        let runs = 0
        const step = WIO.runIO("odd", {
          event: Schema.Int,
          run: (_: number) => Effect.sync(() => (++runs < 2 ? 0.5 : 7)),
          apply: (_, n) => n
        })
        const workflow = numbers("Odd", step)
        const { engine } = yield* boot(journal, [workflow])
        const { history, result, retry, status } = yield* engine.start(workflow, { id: "o-1", input: 1 })
        yield* await_(Effect.sleep("1 minute"))
        expect(yield* status).toMatchObject({
          status: "stuck",
          error: expect.stringMatching(/"o-1", "odd" at path "": the event does not fit the step's schema: Expected/)
        })
        expect(runs).toBe(1)
        yield* retry()
        expect(yield* await_(result)).toBe(7)
        expect((yield* history).filter(({ kind }) => kind === "attempt")).toHaveLength(1)
      })
    ))

  it("are not spent on a typed failure that the step's `error` schema cannot write down either", () =>
    run((journal) =>
      Effect.gen(function* () {
        let runs = 0
        const step = WIO.runIO("odd", {
          event: Schema.Int,
          error: Schema.Int,
          run: (_: number) => Effect.suspend(() => (runs++, Effect.fail(0.5))),
          apply: (_, n) => n
        })
        const workflow = Workflow.make("Odd", {
          version: 1,
          input: Schema.Number,
          state: Schema.Number,
          error: Schema.Int,
          body: step
        })
        const { engine } = yield* boot(journal, [workflow])
        const { status } = yield* engine.start(workflow, { id: "o-1", input: 1 })
        yield* await_(Effect.sleep("1 minute"))
        expect(yield* status).toMatchObject({
          status: "stuck",
          error: expect.stringContaining("the error does not fit the step's schema")
        })
        expect(runs).toBe(1)
      })
    ))
})

describe("timers", () => {
  const sleepy = numbers("Sleepy", WIO.await<number>("a day", { for: "1 day" }))
  const slow = { poll: "1 hour", lease: "2 hours" } as const

  it("never fire early, and survive a restart", () =>
    run((journal) =>
      Effect.gen(function* () {
        const first = yield* boot(journal, [sleepy], slow)
        yield* first.engine.start(sleepy, { id: "s-1", input: 1 })
        yield* TestClock.adjust("12 hours")
        yield* first.close
        const { engine } = yield* boot(journal, [sleepy], slow)
        yield* TestClock.adjust({ hours: 11, minutes: 59 })
        yield* settle
        expect((yield* engine.status("s-1")).status).toBe("waiting")
        yield* TestClock.adjust("1 minute")
        expect(yield* engine.result(sleepy, "s-1")).toBe(1)
        const fired = (yield* engine.history("s-1")).find(({ kind }) => kind === "fired")
        expect(fired?.at).toBe(86_400_000)
      })
    ))

  it("that are due as their instance is taken over start what follows once", () =>
    run((journal) =>
      Effect.gen(function* () {
        // A shrunk case: the alarm rang while the instance was still being set up.
        const runs: Array<string> = []
        const workflow = numbers(
          "Late",
          WIO.await<number>("a minute", { for: "1 minute" }).pipe(WIO.andThen(counted("after", runs)))
        )
        const first = yield* boot(journal, [workflow], slow)
        yield* first.engine.start(workflow, { id: "l-1", input: 1 })
        yield* first.close
        yield* TestClock.adjust("5 minutes")
        const { engine } = yield* boot(journal, [workflow], slow)
        expect(yield* engine.result(workflow, "l-1")).toBe(2)
        yield* settle
        expect(runs).toEqual(["after"])
      })
    ))

  it("that were due while nobody ran fire once on return", () =>
    run((journal) =>
      Effect.gen(function* () {
        const first = yield* boot(journal, [sleepy], slow)
        yield* first.engine.start(sleepy, { id: "s-1", input: 1 })
        yield* first.close
        yield* TestClock.adjust("3 days")
        const { engine } = yield* boot(journal, [sleepy], slow)
        expect(yield* engine.result(sleepy, "s-1")).toBe(1)
        expect((yield* engine.history("s-1")).filter(({ kind }) => kind === "fired")).toHaveLength(1)
      })
    ))
})

describe("an attempt that runs, and is not its step's first", () => {
  const Nudge = Signal.make("nudge", { payload: Schema.Number })
  const nudge = WIO.handleSignal(Nudge, {
    event: Schema.Number,
    handle: (_: number, by) => Effect.succeed(by),
    apply: (n, by) => n + by
  })
  /** Fails so often, and then does what it is told. */
  const failing = (name: string, failures: number, initial: Duration.Input, then: Effect.Effect<unknown>) => {
    let runs = 0
    return WIO.runIO(name, {
      event: Schema.Number,
      run: (n: number) => Effect.suspend(() => (runs++ < failures ? Effect.die("line lost") : Effect.as(then, n))),
      apply: (n) => n,
      retry: { initial, jitter: 0 }
    })
  }
  const others = {
    "a timer": () => WIO.await<number>("a minute", { for: "1 minute" }),
    "an attempt of another step": () => failing("other", 1, "1 minute", Effect.void)
  }
  /** By the first failure, by a signal that is handled while it runs, and by who takes its instance over. */
  const ways = ["as it begins", "as something else goes on", "as another process begins it"] as const
  const slow = { poll: "1 hour", lease: "2 hours" } as const

  // It was due before them, and the nearest instant of its instance is in the past as long as it runs.
  it.each(Object.keys(others).flatMap((other) => ways.map((way) => [other, way] as const)))(
    "does not hide what is due after it: %s, %s",
    (other, way) =>
      run((journal) =>
        Effect.gen(function* () {
          const hangs = failing("hangs", 1, "10 seconds", Effect.never)
          const body = WIO.race({ hangs, nudged: nudge.pipe(WIO.andThen(hangs)), other: others[other as "a timer"]() })
          const workflow = numbers("Hidden", body as WIO.WIO<number, number, never, never, number>)
          const first = yield* boot(journal, [workflow], slow)
          let { engine } = first
          yield* engine.start(workflow, { id: "h", input: 1 })
          yield* TestClock.adjust("30 seconds")
          yield* settle
          if (way === "as something else goes on") yield* await_(engine.signal("h", Nudge, 1))
          if (way === "as another process begins it") {
            yield* first.close
            engine = (yield* boot(journal, [workflow], slow)).engine
          }
          yield* settle
          yield* TestClock.adjust("30 seconds")
          yield* settle
          expect((yield* engine.status("h")).status).toBe("completed")
          expect((yield* engine.history("h")).at(-1)?.at).toBe(60_000)
        })
      )
  )
})

describe("queries", () => {
  it("see the present state, branch by branch, and the end", () =>
    run((journal) =>
      Effect.gen(function* () {
        const Now = Query.make("now", { reply: Schema.Unknown })
        const Go = Signal.make("go", { payload: Schema.Void })
        const wait = WIO.handleSignal(Go, {
          event: Schema.Void,
          handle: (_: number) => Effect.void,
          apply: (n) => n + 10
        })
        const body = WIO.parallel(
          { a: counted("a", []), b: wait },
          { fork: (n: number) => ({ a: n, b: n }), join: ({ a, b }) => a + b }
        ).pipe(WIO.query(Now, (state) => state))
        const workflow = numbers("Both", body as never)
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "b-1", input: 1 })
        yield* settle
        expect(yield* handle.query(Now)).toEqual({ a: 2, b: 1 })
        yield* handle.signal(Go, undefined)
        expect(yield* handle.query(Now)).toBe(13)
        const Other = Query.make("other", { reply: Schema.Unknown })
        expect(yield* Effect.flip(handle.query(Other))).toMatchObject({ _tag: "QueryNotAvailable", query: "other" })
      })
    ))
})
