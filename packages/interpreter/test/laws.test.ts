/** The laws of Waymark, over generated workflows, runs and crashes. A failure prints its seed and shrinks. */
import { Generator, Laws, statistics } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

const { plan } = Generator

const triples = fc
  .tuple(Generator.plans(8), Generator.plans(8), Generator.cases({ size: 8 }))
  .map(([first, second, { plan: third, ...rest }]): Laws.Triple => ({ ...rest, first, second, third }))

/** Laws that look at every pair of positions of a run take their time. */
const runs = (name: string): number => ({ "executions are values": 80, "R1 crash equivalence": 150 })[name] ?? 250

describe("the generator", () => {
  it("makes every node, and runs that are not trivial", () => {
    const seen = statistics(fc.sample(Generator.cases(), { numRuns: 500, seed: 1 }))
    process.stdout.write(`500 generated cases: ${JSON.stringify(seen)}\n`)
    const nodes = Object.values(seen.nodes).reduce((all, n) => all + n, 0)
    for (const tag of Generator.tags) expect(seen.nodes[tag] / nodes, `share of ${tag}`).toBeGreaterThan(0.005)
    for (const outcome of ["completed", "failed", "stuck", "cancelled", "continued"] as const) {
      expect(seen.outcomes[outcome], outcome).toBeGreaterThan(15)
    }
    for (const kind of ["completed", "failed", "attempt", "due", "fired", "signal", "ended", "version", "sent"]) {
      expect(seen.kinds[kind], kind).toBeGreaterThan(40)
    }
    for (const kind of ["child-started", "child-ended", "checkpoint", "cancel-requested", "continued"]) {
      expect(seen.kinds[kind], kind).toBeGreaterThan(15)
    }
    expect(seen.outcomes.terminated, "terminated").toBeGreaterThan(5)
    expect(seen.kinds["resolved"], "resolved").toBeGreaterThan(3)
    for (const rejection of ["NotWaiting", "Refused", "NeedsEffect"]) {
      expect(seen.rejections[rejection], rejection).toBeGreaterThan(2)
    }
    expect(seen.events.median).toBeGreaterThan(5)
    expect(seen.events.most).toBeGreaterThan(25)
    expect(seen.depth.median).toBeGreaterThan(4)
  })

  it("makes cases that are plain data, and build to the same workflow again", () => {
    fc.assert(
      fc.property(Generator.cases(), (generated) => {
        const again = JSON.parse(JSON.stringify(generated)) as Generator.Case
        Laws.equivalent(Laws.run(generated), Laws.run(again))
      }),
      { numRuns: 100 }
    )
  })

  it("shrinks to smaller plans only", () => {
    const size = (plan: Generator.Plan) => Generator.parts(plan).reduce((all, { plan: { k } }) => all + 10 + k, 0)
    fc.assert(
      fc.property(Generator.plans(), (plan) => {
        const simple = (tag: string) => (tag === "Pure" ? 0 : 1)
        for (const less of Generator.smaller(plan)) {
          const [a, b] = [less, plan].map((one) => size(one) + simple(one.tag) * 6) as [number, number]
          expect(a).toBeLessThanOrEqual(b)
        }
      }),
      { numRuns: 50 }
    )
  })

  it("leaves out what it is told to, and builds what cannot stand in its place as something that can", () => {
    const without = ["Child", "Compensate"] as const
    fc.assert(
      fc.property(Generator.cases({ without }), ({ plan }) => !Generator.contains(plan, ...without)),
      { numRuns: 50 }
    )
    const misplaced = plan("Parallel", 0, plan("Checkpoint"), plan("AndThen", 0, plan("ContinueAsNew"), plan("RunIO")))
    const { journal } = Laws.run(caseOf(misplaced))
    expect(journal.map(({ kind }) => kind)).toEqual(["started", "completed", "ended"])
  })

  it("has no checkpoint where something may be left to undo, as what is done when a part of a saga is given up (a shrunk case)", () => {
    const undone = plan("Compensate", 0, plan("Pure"), plan("Pure"))
    const givenUp = plan("Timeout", 3, plan("Saga", 0, plan("OnCancel", 0, plan("Await", 4), undone)))
    const { journal } = Laws.run(caseOf(plan("AndThen", 0, givenUp, plan("Checkpoint"))))
    expect(journal.map(({ kind }) => kind)).toEqual(["started", "due", "due", "fired", "ended"])
  })
})

const caseOf = (plan: Generator.Plan, salt = 0): Generator.Case => ({
  plan,
  names: "unique",
  input: { _tag: "S", n: 0, fuel: 1 },
  script: { moves: [], outcomes: [] },
  salt
})

describe("algebra", () => {
  for (const [name, law] of Object.entries(Laws.algebraLaws)) {
    it(name, () =>
      fc.assert(
        fc.property(triples, (triple) => law(triple)),
        { numRuns: 300 }
      )
    )
  }
})

describe("interpreter", () => {
  for (const [name, law] of Object.entries(Laws.laws)) {
    const cases = name.startsWith("R13") ? Generator.cases({ duplicates: false }) : Generator.cases()
    it(name, () =>
      fc.assert(
        fc.property(cases, (generated) => law(generated)),
        { numRuns: runs(name) }
      )
    )
  }

  it("R15 with faults off every run ends", () => {
    const cases = Generator.cases({ faults: false })
    fc.assert(
      fc.property(cases, (generated) => Laws.everyRunEnds(generated)),
      { numRuns: 300 }
    )
  })
})

/** What a law failed for once, at its smallest. */
const examples: Readonly<Record<string, Generator.Plan>> = {
  "an interruption that a version opens within another": plan(
    "InterruptWith",
    0,
    plan("Version", 0, plan("Pure"), plan("InterruptWith", 0, plan("Await")))
  ),
  "a timeout that a version opens within another": plan(
    "Timeout",
    0,
    plan("Version", 0, plan("Pure"), plan("Timeout", 0, plan("RunIO")))
  ),
  "a version whose old road is at its end at once": plan("Version", 0, plan("Pure"), plan("Pure")),
  "an interruption that fires within what is not to be cancelled": plan(
    "Uncancellable",
    0,
    plan("AndThen", 0, plan("RunIO"), plan("InterruptWith", 0, plan("Parallel", 0, plan("RunIO"))))
  ),
  "a timeout that fails within what is not to be cancelled": plan(
    "Uncancellable",
    0,
    plan("AndThen", 0, plan("Child"), plan("Timeout", 0, plan("Await", 1)))
  ),
  "a loser that can be undone": plan("Race", 0, plan("Compensate", 0, plan("RunIO"), plan("Pure")), plan("Pure")),
  "a checkpoint after something that can be undone": plan(
    "AndThen",
    0,
    plan("Compensate", 0, plan("Pure"), plan("Pure")),
    plan("Checkpoint")
  ),
  "a generator that fails within one that has something to undo": plan(
    "Gen",
    0,
    plan("Compensate", 0, plan("Pure"), plan("RunIO")),
    plan("Gen", 0, plan("Fail"))
  ),
  "a version that is too late to win": plan("Race", 0, plan("Pure"), plan("Version", 0, plan("Pure"), plan("Pure"))),
  "a child that is closed as its parent ends": plan(
    "InterruptWith",
    1,
    plan("Version", 0, plan("Pure"), plan("Child", 1))
  )
}

describe("every law holds for", () => {
  for (const [name, example] of Object.entries(examples)) {
    it(name, () => {
      for (const law of Object.values(Laws.laws)) for (let salt = 0; salt < 6; salt++) law(caseOf(example, salt))
    })
  }
})

it("R6 holds for an attempt that is due once time has passed, before anything else is on record", () => {
  const moves = [
    { _tag: "Serve", index: 0 },
    { _tag: "Serve", index: 0 },
    { _tag: "Tick", millis: 10 },
    { _tag: "Terminate" }
  ] as const
  const outcomes = [
    { dies: 2, then: "Succeed", k: 0 },
    { dies: 1, then: "Succeed", k: 0 }
  ] as const
  for (let salt = 0; salt < 6; salt++)
    Laws.onlyInFlightRepeats({ ...caseOf(plan("Child"), salt), script: { moves, outcomes } })
})
