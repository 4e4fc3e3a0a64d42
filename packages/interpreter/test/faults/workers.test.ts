/** Several processes over one journal: who is slow, asleep, new, or believes to own what it does not own any more. */
import { Generator, Simulator } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { allFine, call, caseOf, epochOf, fine, kindsOf, only, trials } from "../support/simulator.ts"

const { plan } = Generator
const one = caseOf(plan("RunIO"))

/** The processes that have started the effect of a step, in order. */
const ranIn = ({ ledger }: Simulator.Simulated, step = "step 0"): ReadonlyArray<string> =>
  ledger.starts.filter((start) => start.step === step).map(({ process }) => process.name)

describe("two-workers-one-instance", () => {
  it("two-workers-one-instance: who starts it together, or takes it over together, writes one journal", () =>
    allFine(
      trials(
        fc.record({
          workers: fc.constantFrom(2, 3),
          busy: fc.constant(true),
          faults: fc.array(
            fc.nat(40).map((at) => ({ _tag: "Kill", at, worker: 0, millis: 60_000 }) as const),
            {
              maxLength: 2
            }
          )
        })
      ),
      40
    ))

  it("two-workers-one-instance: of two that are sure to own it one has the epoch, the other writes nothing", () => {
    // The first one is fenced as it appends: from then on there is another owner.
    const seen = fine({ case: one, schedule: only({ workers: 2, faults: [call("append", 0, "fenced")] }) })
    expect(kindsOf(seen)).toEqual(["started", "completed", "ended"])
    const epochs = seen.truth.events(Simulator.INSTANCE, 0).map(({ id }) => id.split(".")[2])
    expect(epochs[0]).toBe("1")
    expect(epochs.slice(1)).toEqual([String(epochOf(seen)), String(epochOf(seen))])
  })
})

const frozen = fc.record({
  workers: fc.constantFrom(2, 3),
  faults: fc.array(
    fc.record({
      _tag: fc.constant("Freeze" as const),
      at: fc.nat(60),
      worker: fc.nat(2),
      millis: fc.integer({ min: 9_000, max: 60_000 })
    }),
    { minLength: 1, maxLength: 3 }
  )
})

describe("zombie-worker-wakes", () => {
  it("zombie-worker-wakes: one that slept past its lease writes nothing, whatever it was about to do", () =>
    allFine(trials(frozen), 60))

  it("zombie-worker-wakes: it completes its step, the journal has its successor's", () => {
    let zombies = 0
    for (let seed = 0; seed < 30; seed++) {
      const faults = [{ _tag: "Freeze", at: 10 + seed, worker: seed, millis: 50_000 }] as const
      const seen = fine({ case: one, schedule: only({ seed, workers: 2, effects: "mixed", faults }) })
      expect(kindsOf(seen)).toEqual(["started", "completed", "ended"])
      if (new Set(ranIn(seen)).size > 1) zombies++
    }
    // Not every seed freezes the process in the middle of the step.
    expect(zombies).toBeGreaterThan(2)
  })
})

describe("lease-lapses-during-long-step", () => {
  const silent = Array.from({ length: 8 }, (_, index) => call("renew", 2 + index, "fail"))

  it("lease-lapses-during-long-step: the first completion of whoever owns it wins", () =>
    allFine(trials(fc.constant({ workers: 2, faults: silent })), 40))

  it("lease-lapses-during-long-step: of two that run the step, the one that lost it is not believed", () => {
    let both = 0
    for (let seed = 0; seed < 40; seed++) {
      const seen = fine({ case: one, schedule: only({ seed, workers: 2, effects: "mixed", faults: silent }) })
      const ended = seen.ledger.starts.filter((start) => start.ended !== undefined)
      expect(kindsOf(seen)).toEqual(["started", "completed", "ended"])
      if (ended.length > 1 || seen.ledger.starts.length > 1) both++
    }
    expect(both).toBeGreaterThan(0)
  })
})

describe("scale-out-is-not-a-crash", () => {
  const joins = fc.array(
    fc.nat(60).map((at) => ({ _tag: "Join", at }) as const),
    { minLength: 1, maxLength: 3 }
  )

  it("scale-out-is-not-a-crash: whoever joins leaves what is owned alone, and nothing runs twice", () =>
    allFine(
      trials(
        joins.map((faults) => ({ faults })),
        Generator.cases({ size: 10, duplicates: false, without: ["ContinueAsNew"] })
      ),
      40,
      (seen) => {
        const starts = seen.ledger.starts.map(({ attempt, key }) => `${key}, ${attempt}`)
        // An operator gives a step that was given up its attempts anew, and there is none here.
        expect(starts).toEqual([...new Set(starts)])
      }
    ))
})

describe("recovery-survives-db-blip", () => {
  const blip = fc.record({ kill: fc.nat(40), from: fc.nat(12_000), millis: fc.integer({ min: 10, max: 40_000 }) })

  it("recovery-survives-db-blip: whoever recovers while the journal is out of reach goes on later", () =>
    allFine(
      trials(
        blip.map(({ from, kill, millis }) => ({
          workers: 2,
          faults: [
            { _tag: "Kill", at: kill, worker: 0, millis: 5 },
            { _tag: "Down", at: from, millis }
          ] as const
        }))
      ),
      40
    ))

  it("recovery-survives-db-blip: no answer of the journal during recovery strands an instance", () => {
    for (const operation of ["claim", "read", "find", "now", "reap"] as const) {
      for (let index = 0; index < 6; index++) {
        for (const outcome of ["fail", "unknown-committed", "refuse"] as const) {
          const faults = [call("append", 0, "crash-after"), call(operation, index, outcome)]
          fine({ case: caseOf(plan("AndThen", 0, plan("RunIO"), plan("RunIO"))), schedule: only({ faults }) })
        }
      }
    }
  })
})

describe("old-and-new-code-together", () => {
  const changed = caseOf(
    plan("AndThen", 0, plan("RunIO"), plan("Version", 0, plan("RunIO"), plan("RunIO")), plan("RunIO"))
  )
  const before = Generator.workflow(changed, { road: "before" })

  /** The road that the instance has taken, and whether older code came to own it after the mark and let it go. */
  interface Seen {
    readonly road: "old" | "new"
    readonly isLeft: boolean
  }

  const run = (subject: Simulator.Subject, workers: number, seed: number, deaths: ReadonlyArray<number>): Seen => {
    const faults = deaths.map((at) => ({ _tag: "Kill", at, worker: 0, millis: 5 }) as const)
    const schedule = only({ seed, workers, pace: 5, effects: "quick", faults })
    const seen = Simulator.simulate({ case: changed, schedule }, subject)
    // These know one definition, in which nobody waits for a step of the old road before it is on record.
    const bad = Simulator.violations(seen, subject).filter(({ invariant }) => !/^(R1|promise 2)\b/.test(invariant))
    expect(bad.map(Simulator.describe)).toEqual([])
    const events = seen.truth.events(Simulator.INSTANCE, 0)
    const completed = new Set(events.flatMap(({ kind, step }) => (kind === "completed" ? [step] : [])))
    const mark = events.findIndex(({ kind }) => kind === "version")
    const isNew = mark !== -1
    expect([completed.has("step 0.1.0"), completed.has("step 0.1.1")]).toEqual([!isNew, isNew])
    // Owners follow one another: who came between the mark and what is next has written nothing.
    const epochs = events.slice(mark, mark + 2).map(({ id }) => Number(id.split(".")[2]))
    return { road: isNew ? "new" : "old", isLeft: isNew && Math.max(...epochs) - Math.min(...epochs) > 1 }
  }

  /** That an instance keeps its road, whichever it is, and that both are taken. */
  const keepsItsRoad = (subject: Simulator.Subject, workers: number, latest: number): void => {
    const roads = new Set<string>()
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.array(fc.nat(latest), { minLength: 1, maxLength: 3 }), (seed, deaths) => {
        roads.add(run(subject, workers, seed, deaths).road)
      }),
      { numRuns: 60 }
    )
    expect([...roads].sort()).toEqual(["new", "old"])
  }

  it("old-and-new-code-together: whoever passed the change before it was made keeps its road under the new code", () => {
    const now = Generator.workflow(changed)
    keepsItsRoad({ hosted: (process) => (process === 0 ? before : now) }, 1, 200)
  })

  for (const [which, version, deaths] of [
    ["as it was", 1, [0, 60]],
    // Old code takes over only what old code has started. The new has that once its lease of 9 seconds is over, and dies.
    ["raised", 2, [30, 9_090]]
  ] as const) {
    const now = Generator.workflow(changed, { version })
    const alternating: Simulator.Subject = {
      hosted: (process) => (process % 2 === 0 ? before : now),
      workflow: now
    }

    it(`old-and-new-code-together: processes with either alternate, the version ${which}, and an instance keeps its road`, () =>
      keepsItsRoad(alternating, 2, 80))

    it(`old-and-new-code-together: old code leaves what has passed the change to the new, the version ${which}`, () => {
      let left = 0
      for (let seed = 0; seed < 400; seed++) {
        const { isLeft, road } = run(alternating, 2, seed, deaths)
        if (!isLeft) continue
        left++
        expect(road).toBe("new")
      }
      // Not every seed has the new code die between the mark and what comes next.
      expect(left).toBeGreaterThan(1)
    })
  }
})
