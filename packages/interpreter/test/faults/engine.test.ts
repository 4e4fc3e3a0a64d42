import { Deferred, Effect, Fiber, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Signal, WIO, Workflow } from "@waymark/core"
import { Execution, JournalError, type Append, type Journal } from "@waymark/interpreter"
import { Faults, Single } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { await_, boot, restless, run, settle } from "../support/engine.ts"

const Go = Signal.make("go", { payload: Schema.Number, reply: Schema.Number })

/** A workflow with every kind of event, whose effects leave a trace. */
const make = (trace: Array<string>) => {
  const step = (name: string) =>
    WIO.runIO(name, {
      event: Schema.Number,
      run: (_: number) => Effect.sync(() => void trace.push(name)).pipe(Effect.as(1)),
      apply: (n, one) => n + one
    })
  const go = WIO.handleSignal(Go, {
    event: Schema.Number,
    handle: (_: number, n) => Effect.succeed(n),
    apply: (n, more) => n + more,
    reply: (n, more) => n + more
  })
  const body = step("first").pipe(
    WIO.andThen(
      WIO.parallel(
        { left: step("left"), right: step("right").pipe(WIO.andThen(WIO.await<number>("pause", { for: "1 minute" }))) },
        { fork: (n: number) => ({ left: n, right: n }), join: ({ left, right }) => left + right }
      )
    ),
    WIO.andThen(go),
    WIO.andThen(step("last"))
  )
  return Workflow.make("Everything", { version: 1, input: Schema.Number, state: Schema.Number, body })
}

/** Runs it to its end over as many processes as it takes; `decide` is asked for the appends of the first one. */
const survive = (journal: Journal["Service"], decide: (index: number) => Faults.Fault) =>
  Effect.gen(function* () {
    const trace: Array<string> = []
    const workflow = make(trace)
    const faulty = yield* Faults.make(journal, decide)
    const first = yield* boot(faulty.journal, [workflow])
    const story = (engine: (typeof first)["engine"]) =>
      Effect.gen(function* () {
        const handle = yield* engine.start(workflow, { id: "e-1", input: 1 })
        const reply = yield* handle.signal(Go, 10, { id: "go-1" })
        return { reply, result: yield* handle.result }
      })
    const alone = yield* await_(
      Effect.raceFirst(story(first.engine), Effect.as(Deferred.await(faulty.crashed), undefined))
    )
    const ended =
      alone ??
      (yield* Effect.gen(function* () {
        yield* first.close
        const second = yield* boot(journal, [workflow])
        const finished = yield* await_(story(second.engine))
        yield* second.close
        return finished
      }))
    const events = yield* journal.read({ instance: "e-1", run: 0, from: 0, limit: 1000 })
    return {
      ...ended,
      trace,
      events: events.map(({ kind, ordinal, path, step }) => [kind, path, ordinal, step].join(" "))
    }
  })

const appends = 8

describe("an engine whose process dies", () => {
  const calm = () => run((journal) => survive(journal, () => "none"))

  for (const fault of ["crash-before", "crash-after"] as const) {
    it(`${fault}-every-append: reaches the same result and the same journal`, async () => {
      const expected = await calm()
      expect(expected).toMatchObject({ reply: 16, result: 17, trace: ["first", "left", "right", "last"] })
      let died = 0
      for (let k = 0; k < appends; k++) {
        const survived = await run((journal) =>
          survive(journal, (index) => {
            if (index === k) died++
            return index === k ? fault : "none"
          })
        )
        expect(survived.result, `append ${k}`).toBe(expected.result)
        expect(survived.reply, `append ${k}`).toBe(expected.reply)
        expect([...survived.events].sort(), `append ${k}`).toEqual([...expected.events].sort())
        // What was recorded did not run again; what was in flight may have run twice.
        const twice = survived.trace.filter((step, index) => survived.trace.indexOf(step) !== index)
        if (fault === "crash-after") expect(new Set(twice).size, `append ${k}`).toBeLessThanOrEqual(1)
        expect(new Set(survived.trace)).toEqual(new Set(expected.trace))
        for (const step of new Set(survived.trace)) {
          expect(survived.trace.filter((ran) => ran === step).length).toBeLessThanOrEqual(2)
        }
      }
      expect(died).toBeGreaterThanOrEqual(5)
    })
  }

  for (const fault of ["unknown-lost", "unknown-committed"] as const) {
    it(`commit-outcome-unknown (${fault}): is settled by the events' ids, with no second effect`, async () => {
      const expected = await calm()
      for (let k = 0; k < appends; k++) {
        const survived = await run((journal) => survive(journal, (index) => (index === k ? fault : "none")))
        expect(survived.result).toBe(expected.result)
        expect([...survived.events].sort()).toEqual([...expected.events].sort())
        expect([...survived.trace].sort()).toEqual([...expected.trace].sort())
      }
    })
  }

  it("double-crash-in-recovery: recovery writes nothing", () =>
    run((journal) =>
      Effect.gen(function* () {
        const trace: Array<string> = []
        const workflow = make(trace)
        const first = yield* boot(restless(journal), [workflow])
        yield* first.engine.start(workflow, { id: "e-1", input: 1 })
        yield* settle
        yield* first.close
        const before = yield* journal.read({ instance: "e-1", run: 0, from: 0, limit: 1000 })
        for (let round = 0; round < 3; round++) {
          const again = yield* boot(restless(journal), [workflow])
          yield* settle
          yield* again.close
        }
        expect(Option.getOrThrow(yield* Single.find(journal, "e-1")).epoch).toBe(4)
        expect(yield* journal.read({ instance: "e-1", run: 0, from: 0, limit: 1000 })).toEqual(before)
        expect(trace).toEqual(["first", "left", "right"])
      })
    ))
})

describe("two engines on one journal", () => {
  it("scale-out-is-not-a-crash: a second process leaves leased instances alone", () =>
    run((journal) =>
      Effect.gen(function* () {
        const trace: Array<string> = []
        const workflow = make(trace)
        // It only waits: else it would leave memory meanwhile.
        const first = yield* boot(journal, [workflow], { idle: "1 day" })
        const handle = yield* first.engine.start(workflow, { id: "e-1", input: 1 })
        yield* boot(journal, [workflow])
        yield* TestClock.adjust("30 seconds")
        yield* settle
        yield* handle.signal(Go, 1, { id: "early" }).pipe(Effect.forkChild)
        expect(yield* await_(handle.result)).toBe(8)
        expect([...trace].sort()).toEqual(["first", "last", "left", "right"])
        const epochs = (yield* handle.history).map(({ id }) => id.split(".")[2])
        expect(new Set(epochs)).toEqual(new Set(["1"]))
      })
    ))

  it("a process that lost its own lease takes the instance over from itself", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = make([])
        // Its renewals are lost, its claims are not.
        const { engine } = yield* boot({ ...journal, renew: () => Effect.succeed(true) }, [workflow])
        const handle = yield* engine.start(workflow, { id: "e-1", input: 1 })
        yield* TestClock.adjust("20 seconds")
        yield* settle
        expect(yield* await_(handle.signal(Go, 1))).toBe(7)
        expect((yield* Single.find(journal, "e-1")).pipe(Option.getOrThrow).epoch).toBeGreaterThan(1)
        expect(yield* await_(handle.result)).toBe(8)
      })
    ))

  it("zombie-worker-wakes: whoever was taken over can write nothing", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<number>()
        let runs = 0
        const step = WIO.runIO("slow", {
          event: Schema.Number,
          // The first process is stuck in it; its successor is not.
          run: (_: number) => Effect.suspend(() => (++runs === 1 ? Deferred.await(gate) : Effect.succeed(2))),
          apply: (_, n) => n
        })
        const workflow = Workflow.make("Slow", { version: 1, input: Schema.Number, state: Schema.Number, body: step })
        const appended: Array<Append> = []
        const zombieJournal: Journal["Service"] = {
          ...journal,
          // It is paused: it renews no lease and claims nothing.
          renew: () => Effect.succeed(true),
          reap: Effect.succeed(0),
          claim: () => Effect.succeed([]),
          append: (batch) => {
            appended.push(...batch)
            return journal.append(batch)
          }
        }
        const zombie = yield* boot(zombieJournal, [workflow])
        const handle = yield* zombie.engine.start(workflow, { id: "z-1", input: 0 })
        yield* settle
        const second = yield* boot(journal, [workflow])
        expect(yield* await_(second.engine.result(workflow, "z-1"))).toBe(2)
        yield* Deferred.succeed(gate, 1)
        yield* settle
        expect(appended).toHaveLength(1)
        expect((yield* second.engine.history("z-1")).map(({ kind }) => kind)).toEqual(["started", "completed", "ended"])
        expect(yield* await_(handle.result)).toBe(2)
      })
    ))
})

describe("a journal that does not fit", () => {
  const named = (name: string, trace: Array<string>) =>
    Workflow.make("Renamed", {
      version: 1,
      input: Schema.Number,
      state: Schema.Number,
      body: WIO.runIO(name, {
        event: Schema.Number,
        run: (_: number) => Effect.sync(() => trace.push(name)),
        apply: (n) => n
      }).pipe(
        WIO.andThen(
          WIO.runIO("next", {
            event: Schema.Number,
            run: (_: number) =>
              Effect.andThen(
                Effect.sync(() => trace.push("next")),
                Effect.never
              ),
            apply: (n) => n
          })
        )
      )
    })

  it("nondeterministic-change: is refused with zero effects and zero writes, and its neighbours go on", () =>
    run((journal) =>
      Effect.gen(function* () {
        const old: Array<string> = []
        const before = named("check", old)
        const first = yield* boot(journal, [before])
        yield* first.engine.start(before, { id: "r-1", input: 1 })
        yield* settle
        yield* first.close
        const written = yield* journal.read({ instance: "r-1", run: 0, from: 0, limit: 10 })
        const row = yield* Single.find(journal, "r-1")
        const trace: Array<string> = []
        const after = named("validate", trace)
        const { engine } = yield* boot(journal, [after])
        const refused = yield* Effect.flip(engine.result(after, "r-1"))
        expect(refused).toMatchObject({
          _tag: "JournalMismatch",
          instance: "r-1",
          position: 1,
          path: "",
          expected: "validate",
          recorded: "check"
        })
        expect(yield* engine.status("r-1")).toMatchObject({
          status: "set-aside",
          error: expect.stringContaining("validate")
        })
        expect(trace).toEqual([])
        yield* engine.start(after, { id: "r-2", input: 1 })
        yield* settle
        expect(trace).toEqual(["validate", "next"])
        expect(yield* journal.read({ instance: "r-1", run: 0, from: 0, limit: 10 })).toEqual(written)
        // Claiming it raised its epoch; nothing else of its row was touched.
        expect(yield* Single.find(journal, "r-1")).toEqual(Option.map(row, (known) => ({ ...known, epoch: 2 })))
      })
    ))

  it("a definition that throws leaves its journal untouched, and the instance stuck with path and cause", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = Workflow.make("Throws", {
          version: 1,
          input: Schema.Number,
          state: Schema.Number,
          body: WIO.runIO("fine", {
            event: Schema.Number,
            run: (_: number) => Effect.succeed(1),
            apply: (): number => {
              throw new Error("no such account")
            }
          })
        })
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "t-1", input: 1 })
        const waiting = yield* Effect.forkChild(handle.result)
        yield* TestClock.adjust("1 minute")
        yield* settle
        const status = yield* handle.status
        expect(status.status).toBe("stuck")
        expect(status.error).toMatch(/fine.*no such account/s)
        expect(yield* handle.history).toHaveLength(1)
        yield* Fiber.interrupt(waiting)
      })
    ))

  it("a state that does not fit the schema at the end leaves the instance stuck, and its signal pending", () =>
    run((journal) =>
      Effect.gen(function* () {
        const half = WIO.handleSignal(Go, {
          event: Schema.Number,
          handle: (_: number, n) => Effect.succeed(n),
          apply: (_, n) => n / 2,
          reply: (_, n) => n
        })
        const workflow = Workflow.make("Half", { version: 1, input: Schema.Int, state: Schema.Int, body: half })
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "h-1", input: 1 })
        const sent = yield* Effect.forkChild(handle.signal(Go, 3))
        yield* TestClock.adjust("1 minute")
        yield* settle
        expect(yield* handle.status).toMatchObject({ status: "stuck", error: expect.stringContaining("state schema") })
        expect(yield* handle.history).toHaveLength(1)
        expect(yield* Single.inbox(journal, "h-1")).toHaveLength(1)
        yield* Fiber.interrupt(sent)
      })
    ))

  it("a group that was cut is completed before anything else", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = Workflow.make("Cut", {
          version: 1,
          input: Schema.Number,
          state: Schema.Number,
          body: WIO.await<number>("wait", { for: "1 hour" })
        })
        const { events } = Execution.start(workflow, 1, { id: "c-1", at: 0 })
        expect(events.map(({ kind }) => kind)).toEqual(["started", "due"])
        yield* journal.create([
          {
            mark: crypto.randomUUID(),
            id: "c-1",
            workflow: "Cut",
            version: 1,
            events: events.slice(0, 1),
            status: "waiting",
            wakeAt: 0,
            attributes: {},
            owner: null
          }
        ])
        const { engine } = yield* boot(journal, [workflow])
        yield* settle
        expect((yield* engine.history("c-1")).map(({ kind }) => kind)).toEqual(["started", "due"])
      })
    ))
})

describe("an answer that is lost", () => {
  it("of finding what belongs to it leaves no instance that is leased and run by nobody", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = make([])
        const first = yield* boot(journal, [workflow])
        yield* first.engine.start(workflow, { id: "e-1", input: 1 })
        yield* settle
        yield* first.close
        let failures = 1
        const find: Journal["Service"]["find"] = (wanted) =>
          Effect.suspend(() =>
            failures-- > 0
              ? Effect.fail(new JournalError({ operation: "find", reason: "no such luck", retryable: false }))
              : journal.find(wanted)
          )
        const { engine } = yield* boot({ ...journal, find }, [workflow])
        expect(yield* await_(engine.signal("e-1", Go, 1))).toBe(7)
        expect(failures).toBeLessThan(0)
      })
    ))

  it("of a claim leaves no instance that is leased and run by nobody", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = make([])
        const first = yield* boot(journal, [workflow])
        yield* first.engine.start(workflow, { id: "e-1", input: 1 })
        yield* settle
        yield* first.close
        let lost = false
        const { engine } = yield* boot(
          {
            ...journal,
            claim: (claim) =>
              Effect.flatMap(journal.claim(claim), (rows) => {
                if (lost || rows.length === 0) return Effect.succeed(rows)
                lost = true
                return Effect.fail(new JournalError({ operation: "claim", reason: "cut", retryable: true }))
              })
          },
          [workflow]
        )
        expect(yield* await_(engine.signal("e-1", Go, 1))).toBe(7)
        expect(lost).toBe(true)
      })
    ))
})

describe("a conflict", () => {
  it("makes the engine read the journal anew, and go on from what it says", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = make([])
        let conflicts = 1
        const { engine } = yield* boot(
          {
            ...journal,
            append: (batch) =>
              Effect.suspend(() =>
                conflicts-- > 0
                  ? Effect.succeed(batch.map(() => ({ _tag: "Conflict", length: 1 }) as const))
                  : journal.append(batch)
              )
          },
          [workflow]
        )
        const handle = yield* engine.start(workflow, { id: "e-1", input: 1 })
        expect(yield* await_(handle.signal(Go, 1))).toBe(7)
        expect(yield* await_(handle.result)).toBe(8)
      })
    ))
})
