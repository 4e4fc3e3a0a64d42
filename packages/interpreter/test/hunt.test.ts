import { Generator, Laws, statistics } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { it } from "vitest"
const numRuns = Number(process.env.RUNS ?? 3000)
const triples = fc
  .tuple(Generator.plans(8), Generator.plans(8), Generator.cases({ size: 8 }))
  .map(([first, second, { plan: third, ...rest }]): Laws.Triple => ({ ...rest, first, second, third }))
it("stat", () => { const s = statistics(fc.sample(Generator.cases(), { numRuns: 500, seed: 1 })); console.log(JSON.stringify(s)) })
for (const [name, law] of Object.entries(Laws.algebraLaws)) {
    it(name, () => fc.assert(fc.property(triples, (triple) => law(triple)), { numRuns }), 600000)
}
for (const [name, law] of Object.entries(Laws.laws)) {
    const cases = name.startsWith("R13") ? Generator.cases({ duplicates: false }) : Generator.cases()
    it(name, () => fc.assert(fc.property(cases, (generated) => law(generated)), { numRuns }), 600000)
}
it("R15", () => fc.assert(fc.property(Generator.cases({ faults: false }), (g) => Laws.everyRunEnds(g)), { numRuns }), 600000)
