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
    process.stdout.write(`${JSON.stringify(seen, undefined, 1)}\n`)
    expect(seen).toBeDefined()
  })
})

describe("algebra", () => {
  for (const [name, law] of Object.entries(Laws.algebraLaws)) {
    it(name, () => fc.assert(fc.property(triples, (triple) => law(triple)), { numRuns: 300 }))
  }
})

describe("interpreter", () => {
  for (const [name, law] of Object.entries(Laws.laws)) {
    const cases = name.startsWith("R13") ? Generator.cases({ duplicates: false }) : Generator.cases()
    it(name, () => fc.assert(fc.property(cases, (generated) => law(generated)), { numRuns: 300 }))
  }

  it("R15 with faults off every run ends", () => {
    const cases = Generator.cases({ faults: false })
    fc.assert(fc.property(cases, (generated) => Laws.everyRunEnds(generated)), { numRuns: 300 })
  })
})
