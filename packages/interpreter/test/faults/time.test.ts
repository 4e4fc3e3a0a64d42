/** Timers whose time comes while nobody runs, and clocks that are wrong. */
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import { Generator, Simulator } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { boot, run } from "../support/engine.ts"
import { allFine, around, fine, kindsOf, only, trials } from "../support/simulator.ts"

const { "a timer": aTimer } = Simulator.small

describe("timer-due-while-down", () => {
  it("timer-due-while-down: with everybody gone across the due time it fires once on return", () =>
    allFine(
      trials(
        fc.record({
          faults: fc.array(
            fc.record({
              _tag: fc.constantFrom("Kill" as const, "Shutdown" as const),
              at: fc.nat(40),
              worker: fc.constant(0),
              millis: fc.integer({ min: 100, max: 100_000 })
            }),
            { minLength: 1, maxLength: 2 }
          )
        }),
        around("Await")
      ),
      40
    ))

  it("timer-due-while-down: it fires after its due time, once", () =>
    run((journal) =>
      Effect.gen(function* () {
        const body = WIO.await<number>("a day", { for: "1 day" })
        const sleepy = Workflow.make("Sleepy", { version: 1, input: Schema.Number, state: Schema.Number, body })
        const slow = { poll: "1 hour", lease: "3 hours" } as const
        const first = yield* boot(journal, [sleepy], slow)
        yield* first.engine.start(sleepy, { id: "s-1", input: 1 })
        yield* first.close
        yield* TestClock.adjust("3 days")
        const { engine } = yield* boot(journal, [sleepy], slow)
        expect(yield* engine.result(sleepy, "s-1")).toBe(1)
        const fired = (yield* engine.history("s-1")).filter(({ kind }) => kind === "fired")
        expect(fired.map(({ at }) => at)).toEqual([3 * 86_400_000])
      })
    ))
})

describe("clock-skew-and-jumps", () => {
  const skews = fc.array(
    fc.record({
      _tag: fc.constant("Skew" as const),
      at: fc.nat(60),
      worker: fc.nat(2),
      millis: fc.constantFrom(-600_000, -1_000, 1_000, 600_000)
    }),
    { minLength: 1, maxLength: 4 }
  )

  it("clock-skew-and-jumps: the journal's clock decides what is due, and every recorded instant is its own", () => {
    for (const tag of ["Await", "InterruptWith", "Timeout"] as const) {
      allFine(trials(fc.record({ workers: fc.constantFrom(1, 2), faults: skews }), around(tag)), 15)
    }
  })

  it("clock-skew-and-jumps: workers that are ten minutes ahead or behind fire at the same instant as those that are right", () => {
    const firedAt = (millis: number): number | undefined => {
      const faults = millis === 0 ? [] : ([{ _tag: "Skew", at: 0, worker: 0, millis }] as const)
      const seen = fine({ case: aTimer, schedule: only({ faults }) })
      expect(kindsOf(seen)).toEqual(["started", "completed", "due", "fired", "ended"])
      return seen.truth.events(Simulator.INSTANCE, 0).find(({ kind }) => kind === "fired")?.at
    }
    expect([firedAt(-600_000), firedAt(600_000)]).toEqual([firedAt(0), firedAt(0)])
  })

  it("clock-skew-and-jumps: a clock that is set back while a timer is waited for does not delay it", () => {
    const plain = Generator.plan("Await", 3)
    const given = { ...aTimer, plan: plain }
    const faults = [15, 25].map((at) => ({ _tag: "Skew", at, worker: 0, millis: -at * 10_000 }) as const)
    const due = fine({ case: given, schedule: only({ faults }) })
      .truth.events(Simulator.INSTANCE, 0)
      .flatMap(({ at, kind, payload }) =>
        kind === "due" ? [(payload as { at: number }).at] : kind === "fired" ? [at] : []
      )
    expect(due[1]).toBe(due[0])
  })
})
