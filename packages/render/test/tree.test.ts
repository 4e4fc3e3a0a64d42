/** Trees of text: a golden file for each node of the algebra, and what a terminal must not be shown. */
import { Execution } from "@waymark/interpreter"
import { Picture, Tree } from "@waymark/render"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { forks } from "./support/cases/forks.ts"
import { leaves } from "./support/cases/leaves.ts"
import { roads } from "./support/cases/roads.ts"
import { scopes } from "./support/cases/scopes.ts"
import { anyName, anyRecipe, build, workflow } from "./support/recipes.ts"
import { Requested, Withdrawal } from "./support/withdrawal.ts"
import * as workflows from "./support/workflows.ts"

const cases = { ...leaves, ...roads, ...forks, ...scopes }

describe("The tree of a workflow", () => {
  it.each(Object.entries(cases))("%s", async (_, { file, workflow }) => {
    await expect(Tree.render(Picture.make(workflow))).toMatchFileSnapshot(`golden/${file}.txt`)
  })

  it("shows the types of states where it is asked to", async () => {
    const text = Tree.render(Picture.make(workflows.match), { types: true })
    await expect(text).toMatchFileSnapshot("golden/match-types.txt")
    // By a word beside the others, not by a sign: an arrow says where a state of a machine goes.
    expect(text).toContain("how large? (choice; takes Small | Large)\n")
    expect(text).not.toMatch(/[←→]/u)
    const through = Tree.render(Picture.make(workflows.workflow(workflows.timer("wait"))), { types: true, ascii: true })
    expect(through).toContain("completed (with number)\n")
  })

  it("of equal workflows is equal, and has a line for each node that says something", () => {
    fc.assert(
      fc.property(anyRecipe, (recipe) => {
        const picture = Picture.make(workflow(build(recipe)))
        const text = Tree.render(picture)
        expect(Tree.render(Picture.make(workflow(build(recipe))))).toBe(text)
        const silent = picture.nodes.filter(({ kind, label }) => label === "" && (kind === "fork" || kind === "join"))
        expect(text.split("\n").length - 1).toBeGreaterThanOrEqual(picture.nodes.length - silent.length)
      }),
      { numRuns: 300 }
    )
  })

  it("shows nothing that would move the cursor of a terminal, or turn its text round", () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const recipe = {
          tag: "loop",
          name,
          body: { tag: "step", name: `\u001b[31m${name}\u202e`, errors: [name] }
        } as const
        for (const line of Tree.render(Picture.make(workflow(build(recipe), { name })))
          .trimEnd()
          .split("\n")) {
          expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
        }
      }),
      { numRuns: 300 }
    )
  })

  it("in ASCII has no other signs than names bring along", () => {
    for (const { workflow } of Object.values(cases)) {
      expect(Tree.render(Picture.make(workflow), { ascii: true })).toMatch(/^[\n -~]*$/)
    }
  })

  it("2,000 levels deep goes no further to the right than can be read", () => {
    let recipe: Parameters<typeof build>[0] = { tag: "step", name: "deep", errors: [] }
    for (let i = 0; i < 2_000; i++) recipe = { tag: "loop", name: "l", body: recipe }
    const lines = Tree.render(Picture.make(workflow(build(recipe)))).split("\n")
    expect(lines.length).toBeGreaterThan(4_000)
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(100)
  })
})

describe("The tree of an execution", () => {
  it("says what has become of each part by a sign and a word", async () => {
    const { execution } = Execution.start(Withdrawal, new Requested({ amount: 100 }), { id: "w-1", at: 0 })
    const picture = Picture.annotate(Picture.make(Withdrawal), Execution.progress(execution))
    await expect(Tree.render(picture)).toMatchFileSnapshot("golden/withdrawal-started.txt")
    await expect(Tree.render(picture, { ascii: true })).toMatchFileSnapshot("golden/withdrawal-started-ascii.txt")
  })

  it("has a sign and a word of its own for every status", () => {
    const statuses = ["pending", "current", "done", "compensated", "failed", "skipped"] as const
    for (const ascii of [false, true]) {
      const lines = statuses.map((status) => {
        const progress = new Map([["", { status, completed: 0, failed: 0 }]])
        return Tree.render(Picture.annotate(Picture.make(workflows.handleSignal), progress), { ascii }).split("\n")[1]
      })
      expect(new Set(lines.map((line) => line?.split("approve")[0])).size).toBe(statuses.length)
      for (const [i, status] of statuses.entries()) if (status !== "pending") expect(lines[i]).toContain(status)
    }
  })
})
