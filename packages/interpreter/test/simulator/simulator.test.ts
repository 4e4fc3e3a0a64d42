/** The simulator: the same trial comes to the same, small workflows are tried with every fault, and large ones by seed. */
import { Generator, Simulator } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { allFine, caseOf, fine, kindsOf, only, trials } from "../support/simulator.ts"

const { plan } = Generator

/** All that a simulation leaves, as text. */
const traceOf = (seen: Simulator.Simulated): string =>
  JSON.stringify([
    seen.kernel.now,
    seen.kernel.steps,
    seen.injected,
    [...seen.calls],
    seen.ledger.starts.map(({ at, attempt, key, process }) => [process.name, key, attempt, at]),
    [...seen.client.answers],
    [...seen.truth.instances.keys()].map((id) => seen.truth.events(id, 0))
  ])

describe("a trial", () => {
  it("comes to the same every time, to the millisecond", () =>
    fc.assert(
      fc.property(Simulator.trials({ size: 8 }), (trial) => {
        const again = JSON.parse(JSON.stringify(trial)) as Simulator.Trial
        expect(traceOf(Simulator.simulate(again))).toBe(traceOf(Simulator.simulate(trial)))
      }),
      { numRuns: 25 }
    ))

  it("comes to something else with another seed", () => {
    const given = caseOf(plan("Parallel", 2, plan("RunIO"), plan("RunIO"), plan("RunIO")))
    const traces = [1, 2, 3, 4].map((seed) =>
      traceOf(Simulator.simulate({ case: given, schedule: only({ seed, pace: 20, effects: "quick" }) }))
    )
    expect(new Set(traces).size).toBe(4)
  })

  it("that is wrong is found, shrunk, and says how to see it again", () => {
    // A journal that forgets what signals are settled by.
    const subject: Simulator.Subject = {
      mutant: (store) => ({
        ...store,
        append: (batch) => store.append(batch.map((group) => ({ ...group, settled: [] })))
      })
    }
    const searched = Simulator.explore({ seed: 3, trials: 300, size: 10 }, subject)
    const violation = searched.violations[0] ?? expect.fail("it found nothing")
    expect(violation.invariant).toMatch(/^R11/)
    const { trial } = violation
    expect(Generator.parts(trial.case.plan).length).toBeLessThan(4)
    expect(trial.schedule.faults.length).toBeLessThan(3)
    const told = Simulator.describe(violation)
    const [, , json] = told.split("\n")
    const again = Simulator.simulate(JSON.parse(json ?? "") as Simulator.Trial, subject)
    expect(Simulator.violations(again, subject)[0]?.invariant).toBe(violation.invariant)
  })
})

describe("small workflows", () => {
  it.each(Object.keys(Simulator.small) as ReadonlyArray<keyof typeof Simulator.small>)(
    "%s: every fault at every call of the journal",
    (name) => {
      const operations = ["append", "create", "claim", "renew", "read", "find", "send", "wake", "release"] as const
      const searched = Simulator.exhaust(Simulator.small[name], { faults: 1, operations })
      expect(searched.violations.map(Simulator.describe)).toEqual([])
      expect(searched.trials).toBeGreaterThan(40)
      for (const outcome of Simulator.outcomes) expect(searched.injected[outcome], outcome).toBeGreaterThan(0)
    }
  )

  it.each(["two steps", "a signal", "a signal against a timer"] as const)("%s: every two faults of appends", (name) => {
    const outcomes = ["crash-before", "crash-after", "unknown-committed", "unknown-late", "fenced", "conflict"] as const
    const searched = Simulator.exhaust(Simulator.small[name], { faults: 2, outcomes })
    expect(searched.violations.map(Simulator.describe)).toEqual([])
    expect(searched.trials).toBeGreaterThan(30)
  })
})

describe("generated workflows", () => {
  it("keep their promises whatever goes wrong, in up to three processes", () => {
    const { injected, trials, violations } = Simulator.explore({ seed: Date.now() % 1_000_000, trials: 120 })
    expect(violations.map(Simulator.describe)).toEqual([])
    expect(trials).toBe(120)
    // Most trials have several faults, and seeds differ much: of forty the least had 136 in all, the most 2,148.
    expect(Object.values(injected).reduce((all, times) => all + times, 0)).toBeGreaterThan(40)
  })

  it("keep their promises under an operator who cancels, terminates and retries", () =>
    allFine(
      trials(
        Simulator.schedules({ asks: 3, atMost: 3 }).map(({ asks, busy, faults, workers }) => ({
          asks,
          busy,
          faults,
          workers
        }))
      ),
      60
    ))

  it("come to the same end as undisturbed where nothing races", () =>
    allFine(
      trials(
        Simulator.schedules({ asks: 0 }).map(({ busy, faults, workers }) => ({ busy, faults, workers })),
        Generator.cases({ size: 14, duplicates: false }).map((given) => ({
          ...given,
          plan: Simulator.steadied(given.plan)
        }))
      ),
      80,
      (seen) => expect(Simulator.isSteady(seen.trial.case.plan)).toBe(true)
    ))
})

describe("always suspended", () => {
  it("an instance that is given back and read anew after each of its appends makes the same run", () =>
    allFine(trials(fc.constant({ everyAppend: "suspend" } as const)), 25))

  it("so does one that is read from its snapshot each time", () =>
    fc.assert(
      fc.property(trials(fc.constant({ everyAppend: "suspend" } as const)), (trial) => {
        fine(trial, { engine: { snapshots: { every: 1 } } })
      }),
      { numRuns: 25 }
    ))

  it("so does one that leaves memory whenever it only waits", () =>
    fc.assert(
      fc.property(trials(fc.constant({ workers: 2, busy: true })), (trial) => {
        fine(trial, { engine: { resident: 1, idle: 1, snapshots: { every: 1, onIdle: true } } })
      }),
      { numRuns: 40 }
    ))

  it("an instance of many parts is suspended after each of them", () => {
    const given = caseOf(
      plan(
        "AndThen",
        0,
        plan("RunIO"),
        plan("HandleSignal"),
        plan("Await", 1),
        plan("Parallel", 2, plan("RunIO"), plan("RunIO"))
      )
    )
    const seen = fine({ case: given, schedule: only({ everyAppend: "suspend" }) })
    expect(kindsOf(seen).at(-1)).toBe("ended")
    expect(seen.injected["suspend"]).toBeGreaterThan(3)
  })
})
