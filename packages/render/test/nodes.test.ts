/** Each node of the algebra: what is drawn of it, as its golden file, and as Mermaid reads that file. */
import { Mermaid, Picture } from "@waymark/render"
import { describe, expect, it } from "vitest"
import { forks } from "./support/cases/forks.ts"
import { leaves } from "./support/cases/leaves.ts"
import { roads } from "./support/cases/roads.ts"
import { scopes } from "./support/cases/scopes.ts"
import { expectToReadBack, parse } from "./support/mermaid.ts"
import { expectStatesToReadBack } from "./support/stateDiagram.ts"
import { outline } from "./support/outline.ts"
import { Withdrawal } from "./support/withdrawal.ts"
import { draft } from "./support/workflows.ts"

const cases = { ...leaves, ...roads, ...forks, ...scopes }

describe("What is drawn", () => {
  it.each(Object.entries(cases))("%s", async (_, { edges, file, groups = [], nodes, workflow }) => {
    const picture = Picture.make(workflow)
    expect(outline(picture)).toEqual({ nodes, edges, groups })

    const text = Mermaid.render(workflow)
    await expect(text).toMatchFileSnapshot(`golden/${file}.mmd`)
    await expectToReadBack(text, picture)

    const states = Mermaid.render(workflow, { syntax: "state" })
    await expect(states).toMatchFileSnapshot(`golden/${file}.state.mmd`)
    await expectStatesToReadBack(states, picture)
  })

  it("every kind of node has a shape, and no two kinds that stand beside each other look the same", async () => {
    const shapes = new Map<string, Set<string | undefined>>()
    for (const { workflow } of Object.values(cases)) {
      const { nodes } = Picture.make(workflow)
      const parsed = await expectToReadBack(Mermaid.render(workflow), Picture.make(workflow))
      for (const [i, { kind, label }] of nodes.entries()) {
        const key = label === "" ? `nameless ${kind}` : kind
        shapes.set(key, (shapes.get(key) ?? new Set()).add(parsed.nodes[i]?.shape))
      }
    }
    expect(Object.fromEntries([...shapes].map(([kind, seen]) => [kind, [...seen].join()]))).toEqual({
      start: "stadium",
      completed: "stadium",
      failed: "stadium",
      step: "square",
      signal: "odd",
      timer: "delay",
      pure: "round",
      "nameless pure": "circle",
      fail: "hexagon",
      child: "subroutine",
      send: "lean_right",
      checkpoint: "bow-rect",
      continued: "doublecircle",
      // Its outline is dashed.
      draft: "square",
      dynamic: "st-rect",
      choice: "diamond",
      again: "diamond",
      goto: "diamond",
      "nameless fork": "fork",
      "nameless join": "fork",
      join: "inv_trapezoid",
      winner: "inv_trapezoid"
    })
  })

  it("a draft is a step with an outline of its own", async () => {
    const { nodes, styles } = await parse(Mermaid.render(draft))
    expect(nodes.filter(({ classes }) => classes.length > 0).map(({ classes, label }) => [label, classes])).toEqual([
      ["ship", ["draft"]]
    ])
    expect(styles.get("draft")).toEqual([expect.stringMatching(/^stroke-dasharray:/)])
  })

  it("reads from left to right where that is asked for", async () => {
    const text = Mermaid.render(Withdrawal, { direction: "LR" })
    const parsed = await expectToReadBack(text, Picture.make(Withdrawal))
    expect(parsed.direction).toBe("LR")
    expect(text.split("\n").slice(1)).toEqual(Mermaid.render(Withdrawal).split("\n").slice(1))
  })

  it("a picture is frozen through and through", () => {
    const picture = Picture.make(Withdrawal)
    const values = [picture, picture.nodes, picture.edges, picture.groups]
    const parts = [...picture.nodes, ...picture.edges, ...picture.groups]
    expect([...values, ...parts].every((value) => Object.isFrozen(value))).toBe(true)
  })
})
