/** The machine held to the reference over generated runs; `reference` has the scenarios that were thought of. */
import { Generator, Laws } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { agree, agreeToTake } from "./reference/agreement.ts"

const cancelled = (generated: Generator.Case): Generator.Case => {
  const { salt, script } = generated
  const turn = salt % (script.moves.length + 1)
  return { ...generated, script: { ...script, moves: script.moves.toSpliced(turn, 0, { _tag: "Cancel" }) } }
}

describe("machine and reference agree", () => {
  it("after every event of a run", () => {
    let events = 0
    fc.assert(
      fc.property(Generator.cases(), (generated) => {
        const { journal, workflow } = Laws.run(generated)
        agree(workflow, journal)
        events += journal.length
      }),
      { numRuns: 400 }
    )
    expect(events).toBeGreaterThan(1000)
  })

  it("after every event of a run that is cancelled", () => {
    let requests = 0
    fc.assert(
      fc.property(Generator.cases({ size: 16 }).map(cancelled), (generated) => {
        const { journal, workflow } = Laws.run(generated)
        agree(workflow, journal)
        requests += journal.filter(({ kind }) => kind === "cancel-requested").length
      }),
      { numRuns: 400 }
    )
    expect(requests).toBeGreaterThan(20)
  })

  it("after every event of a run from before a change", () => {
    fc.assert(
      fc.property(Generator.cases({ size: 20 }), (generated) => {
        const before = Generator.workflow(generated, { road: "before" })
        const { journal } = Laws.run(generated, Laws.pure, { workflow: before })
        agree(Generator.workflow(generated), journal, { isOld: true })
      }),
      { numRuns: 400 }
    )
  })

  it("after every event of a run whose changes all have passed, and are gone from the definition", () => {
    fc.assert(
      fc.property(Generator.cases({ size: 20, without: ["Compensate"] }), (generated) => {
        const { journal } = Laws.run(generated)
        agree(Generator.workflow(generated, { road: "after", version: 2 }), journal, { isOld: true })
      }),
      { numRuns: 200 }
    )
  })

  it("on the mark of a change that the definition does not have yet: it is refused", () => {
    let marks = 0
    fc.assert(
      fc.property(Generator.cases({ size: 20, duplicates: false }), (generated) => {
        const { journal } = Laws.run(generated)
        const mark = journal.find(({ kind }) => kind === "version")
        if (mark === undefined) return
        const old = Generator.workflow(generated, { road: "before" })
        expect(agreeToTake(old, journal.slice(0, mark.seq), mark)).toBe(false)
        marks++
      }),
      { numRuns: 200 }
    )
    expect(marks).toBeGreaterThan(10)
  })

  it("on which events can follow", () => {
    const seen = { taken: 0, refused: 0 }
    fc.assert(
      fc.property(Generator.cases({ size: 20 }), (generated) => {
        const { journal, workflow } = Laws.run(generated)
        for (let length = 1; length < journal.length; length++) {
          const event = journal[(generated.salt + length * 13) % journal.length]
          const at = journal[length - 1]?.at
          if (event === undefined || at === undefined) continue
          seen[agreeToTake(workflow, journal.slice(0, length), { ...event, seq: length, at }) ? "taken" : "refused"]++
        }
      }),
      { numRuns: 200 }
    )
    expect(seen.taken).toBeGreaterThan(30)
    expect(seen.refused).toBeGreaterThan(100)
  })
})
