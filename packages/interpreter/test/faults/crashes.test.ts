/** Processes that die, and commits nobody knows the outcome of: over generated workflows, at every append. */
import { Generator, Simulator } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  allFine,
  around,
  call,
  caseOf,
  epochOf,
  everywhere,
  fine,
  kindsOf,
  only,
  trials
} from "../support/simulator.ts"

const { plan } = Generator
const startsOf = ({ ledger }: Simulator.Simulated): ReadonlyArray<string> => ledger.starts.map(({ step }) => step)

const twoSteps = caseOf(plan("AndThen", 0, plan("RunIO"), plan("RunIO")))

describe("crash-before-every-append", () => {
  it("crash-before-every-append: what was in flight runs again, and the journal is the same", () =>
    everywhere(["crash-before"], 15))

  it("crash-before-every-append: of two steps the one that was not recorded runs twice", () => {
    const seen = fine({ case: twoSteps, schedule: only({ faults: [call("append", 0, "crash-before")] }) })
    expect(startsOf(seen)).toEqual(["step 0.0", "step 0.0", "step 0.1"])
  })
})

describe("crash-after-every-append", () => {
  it("crash-after-every-append: what is recorded never runs again", () => everywhere(["crash-after"], 15))

  it("crash-after-every-append: of two steps the one that was recorded runs once", () => {
    const seen = fine({ case: twoSteps, schedule: only({ faults: [call("append", 0, "crash-after")] }) })
    expect(startsOf(seen)).toEqual(["step 0.0", "step 0.1"])
    expect(epochOf(seen)).toBe(2)
  })

  it("crash-after-every-append: a process that dies after each of its appends gets to the end by and by", () =>
    allFine(trials(fc.constant({ everyAppend: "crash-after", workers: 2 } as const)), 15))

  it("crash-after-every-append: a parent that dies once its child is on record is told of its end", () => {
    // The child ends as it is created: there is no append that could carry the message.
    const seen = fine({ case: caseOf(plan("Child")), schedule: only({ everyAppend: "crash-after" }) })
    expect(kindsOf(seen)).toEqual(["started", "child-started", "child-ended", "ended"])
  })
})

describe("commit-outcome-unknown", () => {
  it("commit-outcome-unknown: it is settled by the ids of one's own events, with no second effect", () =>
    everywhere(["unknown-lost", "unknown-committed", "unknown-late"], 10))

  for (const outcome of ["unknown-lost", "unknown-committed", "unknown-late"] as const) {
    it(`commit-outcome-unknown: nobody is taken over, and nothing runs twice (${outcome})`, () => {
      for (let index = 0; index < 3; index++) {
        const seen = fine({ case: twoSteps, schedule: only({ faults: [call("append", index, outcome)] }) })
        expect(startsOf(seen)).toEqual(["step 0.0", "step 0.1"])
        expect(kindsOf(seen)).toEqual(["started", "completed", "completed", "ended"])
        expect(epochOf(seen)).toBe(1)
      }
    })
  }
})

describe("double-crash-in-recovery", () => {
  /** The process dies at an append, and its successors die while they recover. */
  const reading = ["claim", "read", "find"] as const
  const deaths = fc
    .array(
      fc.record({
        operation: fc.constantFrom(...reading),
        index: fc.integer({ min: 0, max: 3 }),
        outcome: fc.constantFrom("crash-before" as const, "crash-after" as const)
      }),
      { minLength: 1, maxLength: 4 }
    )
    .map((deaths) => deaths.map(({ index, operation, outcome }) => call(operation, index, outcome)))

  it("double-crash-in-recovery: whoever dies while recovering has written nothing", () =>
    allFine(
      trials(
        fc
          .tuple(fc.nat(3), deaths)
          .map(([index, deaths]) => ({ faults: [call("append", index, "crash-after"), ...deaths] }))
      ),
      40
    ))

  it("double-crash-in-recovery: three die one after the other, and the fourth goes on", () => {
    const faults = [
      call("append", 0, "crash-after"),
      call("find", 0, "crash-before"),
      call("claim", 0, "crash-after"),
      call("find", 1, "crash-after")
    ]
    const seen = fine({ case: twoSteps, schedule: only({ faults }) })
    expect(seen.injected).toMatchObject({ "crash-after": 3, "crash-before": 1 })
    expect(startsOf(seen)).toEqual(["step 0.0", "step 0.1"])
  })
})

describe("parallel-partial-crash", () => {
  it("parallel-partial-crash: finished branches do not run again, and the join sees each of them once", () => {
    for (const tag of ["Parallel", "ForEach"] as const) {
      everywhere(["crash-before", "crash-after"], 5, { cases: around(tag) })
    }
  })

  it("parallel-partial-crash: of three branches those that were recorded ran once", () => {
    const three = caseOf(plan("Parallel", 2, plan("RunIO"), plan("RunIO"), plan("RunIO")))
    for (let seed = 0; seed < 20; seed++) {
      const faults = [call("append", 0, "crash-after")]
      const seen = fine({ case: three, schedule: only({ seed, effects: "quick", pace: 2, faults }) })
      const first = seen.truth
        .events(Simulator.INSTANCE, 0)
        .filter(({ id, kind }) => kind === "completed" && id.endsWith(".1"))
      expect(first.length).toBeGreaterThan(0)
      for (const { step } of first) expect(startsOf(seen).filter((ran) => ran === step)).toHaveLength(1)
      expect(kindsOf(seen).filter((kind) => kind === "completed")).toHaveLength(3)
    }
  })
})

describe("half-created-and-half-closed", () => {
  it("half-created-and-half-closed: a creation that is cut off, in any way, is there as a whole or not at all", () => {
    for (const small of Object.values(Simulator.small)) {
      const searched = Simulator.exhaust(small, { faults: 1, operations: ["create"], schedule: { busy: true } })
      expect(searched.violations.map(Simulator.describe)).toEqual([])
    }
  })

  it("half-created-and-half-closed: the end comes once, however cancelling, terminating and completing meet", () => {
    const asks = fc.array(
      fc.record({ at: fc.nat(60), what: fc.constantFrom("cancel" as const, "terminate" as const) }),
      { minLength: 1, maxLength: 3 }
    )
    allFine(trials(asks.map((asks) => ({ asks, workers: 2, busy: true }))), 40, (seen) => {
      expect(kindsOf(seen).filter((kind) => kind === "ended").length).toBeLessThanOrEqual(1)
    })
  })

  it("half-created-and-half-closed: a crash in the middle of undoing is recovered like any other", () => {
    const undone = caseOf(plan("AndThen", 0, plan("Compensate", 0, plan("RunIO"), plan("RunIO")), plan("HandleSignal")))
    for (const outcome of ["crash-before", "crash-after", "unknown-committed"] as const) {
      for (let index = 0; index < 4; index++) {
        const schedule = only({ asks: [{ at: 3, what: "cancel" }], faults: [call("append", index, outcome)] })
        const seen = fine({ case: undone, schedule })
        expect(seen.truth.row(Simulator.INSTANCE)?.status).toMatch(/^(cancelled|completed)$/)
      }
    }
  })
})
