/** Workflows that were rewritten: where nothing else is put in, they are what they were, whatever nodes they have. */
import type { Workflow } from "@waymark/core"
import { Generator } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Rewriter } from "../../src/testing/kit/rewrite.ts"
import { equivalent, run } from "../../src/testing/laws/law.ts"

/** Puts in what is there already, and counts it. */
const copy = <W extends Workflow.Any>(workflow: W): { readonly copied: W; readonly seen: () => number } => {
  let seen = 0
  const rewriter = new Rewriter({
    runIO: (node) => {
      seen++
      return node
    },
    handleSignal: (node) => node,
    child: () => undefined
  })
  return { copied: rewriter.workflow(workflow) as W, seen: () => seen }
}

describe("a rewritten workflow", () => {
  it("makes the same run: the same journal, result and effects", () =>
    fc.assert(
      fc.property(Generator.cases({ size: 20 }), (generated) => {
        const workflow = Generator.workflow(generated)
        const { copied } = copy(workflow)
        expect(copied).not.toBe(workflow)
        equivalent(run(generated, undefined, { workflow }), run(generated, undefined, { workflow: copied }))
      }),
      { numRuns: 150 }
    ))

  it("has something else in every place where a step stands, computed parts included", () => {
    const { plan } = Generator
    const step = plan("RunIO")
    const body = plan("Parallel", 2, plan("AndThen", 0, step, plan("FlatMap", 0, step, step)), plan("Loop", 1, step))
    const workflow = Generator.workflowOf(Generator.build(body))
    const { copied, seen } = copy(workflow)
    const before = seen()
    run(
      {
        plan: body,
        names: "unique",
        input: { _tag: "S", n: 0, fuel: 3 },
        script: { moves: [], outcomes: [] },
        salt: 0
      },
      undefined,
      {
        workflow: copied
      }
    )
    expect(before).toBeGreaterThan(2)
    expect(seen()).toBeGreaterThan(before)
  })
})
