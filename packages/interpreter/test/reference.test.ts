/** The machine held to the reference, over generated cases and over scenarios that were thought of. */
import { Generator, Laws } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { describe, it } from "vitest"
import { agree } from "./reference/agreement.ts"

describe("machine and reference agree", () => {
  it("after every event of generated runs", () =>
    fc.assert(
      fc.property(Generator.cases(), (generated) => {
        const { journal, workflow } = Laws.run(generated)
        agree(workflow, journal)
      }),
      { numRuns: 400 }
    ))
})
