/** V3 over generated runs: what a journal names is in the picture, and progress adds nothing but classes and counters. */
import { Node } from "@waymark/core"
import { Execution, type Progress } from "@waymark/interpreter"
import { drive, Generator } from "@waymark/interpreter/testing"
import { Mermaid, Picture } from "@waymark/render"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

interface Place {
  readonly address: string
  readonly node: Node.Node
}

const placesOf = (node: Node.Node, at = ""): ReadonlyArray<Place> => [
  { address: at, node },
  ...Node.children(node).flatMap((child) => placesOf(child.node, Node.address(at, child.slot)))
]

const isStep = ({ node }: Place) => node._tag === "RunIO" || node._tag === "HandleSignal" || node._tag === "Await"

const run = ({ input, script, ...rest }: Generator.Case) => {
  const workflow = Generator.workflow(rest)
  return drive({ workflow, input, script, signals: Generator.namesOf({ input, script, ...rest }).signals })
}

const hasFlatMap = (plan: Generator.Plan): boolean => plan.tag === "FlatMap" || plan.parts.some(hasFlatMap)

/** The picture's text without what progress may add. */
const bare = (text: string) =>
  text
    .split("\n")
    .filter((line) => !/^\s*(class|classDef) /.test(line) || line.includes("classDef query"))
    .map((line) => line.replace(/ ?×\d+(?="|<br)/, "").replace('((" "))', '((""))'))
    .filter((line) => line.trim() !== "")

describe("V3: the picture of an execution, over generated runs", () => {
  it("has an entry for every static node, and for no other", () =>
    fc.assert(
      fc.property(Generator.cases(), (generated) => {
        const { executions, workflow } = run(generated)
        const addresses = placesOf(workflow.body).map(({ address }) => address)
        for (const execution of executions) {
          expect([...Execution.progress(execution).keys()].sort()).toEqual([...addresses].sort())
        }
      }),
      { numRuns: 100 }
    ))

  it("counts every step that the journal says has ended, at a node of that name", () =>
    fc.assert(
      fc.property(
        Generator.cases().filter(({ plan }) => !hasFlatMap(plan)),
        (generated) => {
          const { executions, journal, workflow } = run(generated)
          const last = executions.at(-1)
          if (last === undefined) throw new Error("a run has at least its start")
          const progress = Execution.progress(last)
          const counted = new Map<string, number>()
          for (const { address, node } of placesOf(workflow.body).filter(isStep)) {
            const { completed, failed } = progress.get(address) as Progress.Entry
            const name = Node.nameOf(node) as string
            counted.set(name, (counted.get(name) ?? 0) + completed + failed)
          }
          const ended = new Map([...counted.keys()].map((name) => [name, 0]))
          for (const { kind, step } of journal) {
            if (["completed", "failed", "signal", "fired"].includes(kind)) ended.set(step, (ended.get(step) ?? 0) + 1)
          }
          expect(counted).toEqual(ended)
        }
      ),
      { numRuns: 200 }
    ))

  it("shows as current what is waited for, and nothing once it has ended", () =>
    fc.assert(
      fc.property(
        Generator.cases().filter(({ plan }) => !hasFlatMap(plan)),
        (generated) => {
          const { executions, workflow } = run(generated)
          const steps = placesOf(workflow.body).filter(isStep)
          for (const execution of executions) {
            const progress = Execution.progress(execution)
            const current = steps.filter(({ address }) => progress.get(address)?.status === "current")
            const names = new Set(current.map(({ node }) => Node.nameOf(node)))
            expect(names).toEqual(new Set(Execution.pending(execution).map(({ step }) => step.name)))
            if (names.size > 0) continue
            for (const { status } of progress.values()) expect(["done", "failed", "skipped"]).toContain(status)
          }
        }
      ),
      { numRuns: 200 }
    ))

  it("differs from the workflow's only in classes and counters", () =>
    fc.assert(
      fc.property(Generator.cases(), fc.nat(), (generated, at) => {
        const { executions, workflow } = run(generated)
        const execution = executions.at(at % executions.length)
        if (execution === undefined) throw new Error("a run has at least its start")
        expect(bare(Mermaid.renderExecution(execution))).toEqual(bare(Mermaid.render(workflow)))
        const { edges, nodes } = Picture.annotate(Picture.make(workflow), Execution.progress(execution))
        expect(edges).toEqual(Picture.make(workflow).edges)
        expect(nodes.every(({ mark }) => mark !== undefined)).toBe(true)
      }),
      { numRuns: 150 }
    ))
})
