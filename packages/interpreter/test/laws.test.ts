/** The laws of Waymark, over generated workflows, runs and crashes. A failure prints its seed and shrinks. */
import { Generator, Laws, statistics } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

const triples = fc
  .tuple(Generator.plans(8), Generator.plans(8), Generator.cases({ size: 8 }))
  .map(([first, second, { plan: third, ...rest }]): Laws.Triple => ({ ...rest, first, second, third }))

describe("the generator", () => {
  it("makes every node, and runs that are not trivial", () => {
    const seen = statistics(fc.sample(Generator.cases(), { numRuns: 500, seed: 1 }))
    process.stdout.write(`500 generated cases: ${JSON.stringify(seen)}\n`)
    const nodes = Object.values(seen.nodes).reduce((all, n) => all + n, 0)
    for (const tag of Generator.tags) expect(seen.nodes[tag] / nodes, `share of ${tag}`).toBeGreaterThan(0.01)
    for (const outcome of ["completed", "failed", "stuck"] as const) {
      expect(seen.outcomes[outcome], outcome).toBeGreaterThan(15)
    }
    for (const kind of ["completed", "failed", "attempt", "due", "fired", "signal", "ended"]) {
      expect(seen.kinds[kind], kind).toBeGreaterThan(50)
    }
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
})

describe("algebra", () => {
  for (const [name, law] of Object.entries(Laws.algebraLaws)) {
    it(name, () =>
      fc.assert(
        fc.property(triples, (triple) => law(triple)),
        { numRuns: 400 }
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
        { numRuns: 400 }
      )
    )
  }

  it("R15 with faults off every run ends", () => {
    const cases = Generator.cases({ faults: false })
    fc.assert(
      fc.property(cases, (generated) => Laws.everyRunEnds(generated)),
      { numRuns: 400 }
    )
  })
})
