/** Steps that fail every time, values that no journal keeps, and journals that are long. */
import { Effect, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import { WIO, Workflow } from "@waymark/core"
import { Command, Execution, type Event } from "@waymark/interpreter"
import { Generator, Simulator } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { await_, boot, run, settle } from "../support/engine.ts"
import { allFine, call, caseOf, fine, kindsOf, only, trials } from "../support/simulator.ts"

const { plan } = Generator

const circle: Record<string, unknown> = {}
circle["self"] = circle

const poisons: Readonly<Record<string, Effect.Effect<unknown>>> = {
  "a defect every time": Effect.die(new Error("always")),
  "a bigint": Effect.succeed(1n),
  "a circle": Effect.succeed(circle),
  undefined: Effect.succeed(undefined)
}

const poisoned = (name: string, effect: Effect.Effect<unknown>) =>
  Workflow.make("Poisoned", {
    version: 1,
    input: Schema.Number,
    state: Schema.Number,
    body: WIO.runIO(name, {
      event: Schema.Any,
      run: (_: number) => effect,
      apply: (n) => n + 1,
      retry: { attempts: 2, initial: "1 second" }
    })
  })
const healthy = Workflow.make("Healthy", {
  version: 1,
  input: Schema.Number,
  state: Schema.Number,
  body: WIO.runIO("step", { event: Schema.Number, run: () => Effect.succeed(1), apply: (n: number, one) => n + one })
})

describe("poison-step-and-payload", () => {
  for (const [what, effect] of Object.entries(poisons)) {
    it(`poison-step-and-payload: ${what} is given up after its attempts or set aside, and others go on`, () =>
      run((journal) =>
        Effect.gen(function* () {
          let runs = 0
          const counted = Effect.suspend(() => (runs++, effect))
          const workflow = poisoned("poison", counted)
          const { engine } = yield* boot(journal, [workflow, healthy])
          yield* engine.start(workflow, { id: "bad", input: 1 })
          const { result } = yield* engine.start(healthy, { id: "good", input: 1 })
          expect(yield* await_(result)).toBe(2)
          yield* TestClock.adjust("1 minute")
          yield* settle
          const { error, status } = yield* engine.status("bad")
          expect(status).toMatch(/^(stuck|set-aside)$/)
          expect(error).toEqual(expect.any(String))
          expect(runs).toBeLessThan(12)
          expect((yield* engine.history("bad")).some(({ kind }) => kind === "completed")).toBe(false)
        })
      ))
  }

  it("poison-step-and-payload: text that databases have trouble with is kept to the letter", () =>
    run((journal) =>
      Effect.gen(function* () {
        for (const [index, text] of ["a\u0000b", "a\ud800b", "\udc00\ud83d"].entries()) {
          const workflow = poisoned("odd", Effect.succeed({ text }))
          const { close, engine } = yield* boot(journal, [workflow])
          const { result } = yield* engine.start(workflow, { id: `odd-${index}`, input: 1 })
          expect(yield* await_(result)).toBe(2)
          const [, completed] = yield* engine.history(`odd-${index}`)
          expect(completed?.payload).toEqual({ text })
          yield* close
        }
      })
    ))

  it("poison-step-and-payload: attempts are counted on record, over any number of processes", () => {
    const dead = caseOf(plan("RunIO", 2), [{ dies: 9, then: "Succeed", k: 0 }])
    for (const outcome of ["crash-before", "crash-after", "unknown-committed"] as const) {
      for (let index = 0; index < 3; index++) {
        const seen = fine({ case: dead, schedule: only({ faults: [call("append", index, outcome)] }) })
        expect(kindsOf(seen)).toEqual(["started", "attempt", "attempt", "attempt"])
        expect(seen.truth.row(Simulator.INSTANCE)?.status).toBe("stuck")
      }
    }
  })

  it("poison-step-and-payload: with steps that die, whatever else goes wrong, nothing runs more often than its policy says", () =>
    allFine(
      trials(
        Simulator.schedules({ atMost: 3, asks: 0 }).map(({ faults }) => ({ faults, workers: 2 })),
        // A recorded value is tried as often as the default policy says, which is more often than any step of these.
        Generator.cases({ size: 8, duplicates: false, without: ["SideEffect"] })
      ),
      25,
      (seen) => {
        expect(Math.max(0, ...seen.ledger.starts.map(({ attempt }) => attempt))).toBeLessThanOrEqual(3)
      }
    ))
})

/** Counts to so many, one step each. */
const counting = (to: number) =>
  Workflow.make("Counting", {
    version: 1,
    input: Schema.Number,
    state: Schema.Number,
    body: WIO.loop(
      "count",
      WIO.runIO("one", { event: Schema.Number, run: () => Effect.succeed(1), apply: (n: number, one) => n + one }),
      { while: (n: number) => n < to }
    )
  })

/** A journal of so many steps, as an engine would have written it. */
const written = (workflow: ReturnType<typeof counting>, steps: number): ReadonlyArray<Event.Event> => {
  const { events, execution } = Execution.start(workflow, 0, { id: "long", at: 0, epoch: 1 })
  const all: Array<Event.Event> = [...events]
  let now = execution
  for (let count = 0; count < steps; count++) {
    const [waiting] = Execution.pending(now)
    const step = waiting?.step ?? expect.fail("it has ended")
    const next = Result.getOrThrow(Execution.step(now, Command.succeed(step, 1), { at: 0, epoch: 1 }))
    all.push(...next.events)
    now = next.execution
  }
  return all
}

describe("oversized-payload-and-history", () => {
  it("oversized-payload-and-history: a journal of 100,000 events is recovered page by page, and goes on", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = counting(100_001)
        const events = written(workflow, 100_000)
        yield* journal.create([
          {
            mark: crypto.randomUUID(),
            id: "long",
            workflow: "Counting",
            version: 1,
            events,
            status: "running",
            wakeAt: 0,
            attributes: {},
            owner: null
          }
        ])
        const { engine } = yield* boot(journal, [workflow], { limits: { history: 1_000_000 } })
        expect(yield* await_(engine.result(workflow, "long"))).toBe(100_001)
      })
    ))

  it("oversized-payload-and-history: what is over the limit is refused before it is written, with its step and its size", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = poisoned("large", Effect.succeed("x".repeat(2_000)))
        const { engine } = yield* boot(journal, [workflow, healthy], { limits: { payload: 1_000 } })
        yield* engine.start(workflow, { id: "bad", input: 1 })
        yield* TestClock.adjust("1 minute")
        yield* settle
        const { error, status } = yield* engine.status("bad")
        expect(status).toMatch(/^(stuck|set-aside)$/)
        expect(error).toMatch(/large.*1,?000/s)
        const written = yield* journal.read({ instance: "bad", run: 0, from: 0, limit: 10 })
        expect(JSON.stringify(written)).not.toContain("xxx")
      })
    ))

  it("oversized-payload-and-history: pages are cut anywhere, and a crash between two of them loses nothing", () =>
    fc.assert(
      fc.property(fc.nat(1_000), fc.constantFrom("crash-before" as const, "crash-after" as const), (seed, outcome) => {
        const long = { ...caseOf(plan("Loop", 1, plan("RunIO"))), input: { _tag: "S" as const, n: 1, fuel: 60 } }
        const faults = [call("append", 20, "crash-after"), call("read", 1, outcome)]
        fine({ case: long, schedule: only({ seed, faults }) })
      }),
      { numRuns: 10 }
    ))
})
