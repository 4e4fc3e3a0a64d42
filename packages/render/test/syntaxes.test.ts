/** What both syntaxes have in common: what an execution adds, the types of states, pictures in short, and the limits of Mermaid. */
import type { Progress } from "@waymark/interpreter"
import { Mermaid, Picture } from "@waymark/render"
import { describe, expect, it } from "vitest"
import { expectToReadBack } from "./support/mermaid.ts"
import { build, chain, type Recipe, workflow } from "./support/recipes.ts"
import { expectStatesToReadBack } from "./support/stateDiagram.ts"
import { Withdrawal } from "./support/withdrawal.ts"
import * as workflows from "./support/workflows.ts"

const syntaxes = ["flowchart", "state"] as const
type Syntax = (typeof syntaxes)[number]

/** The labels of nodes, frames and arrows as Mermaid has read them. */
const labels = async (text: string, picture: Picture.Picture, syntax: Syntax, types = false) => {
  if (syntax === "flowchart") {
    const { edges, groups, nodes } = await expectToReadBack(text, picture, types)
    return [...nodes, ...groups, ...edges].map(({ label }) => label)
  }
  const { composites, relations, states } = await expectStatesToReadBack(text, picture, types)
  return [...states.values(), ...composites.values(), ...relations].map(({ label }) => label)
}

describe.each(syntaxes)("A %s", (syntax) => {
  it("says what is waited for, how often something was done, undone and turned, and what it failed with", async () => {
    const marked = async (
      of: Parameters<typeof Picture.make>[0],
      entries: Readonly<Record<string, Partial<Progress.Entry>>>
    ) => {
      const progress: Progress.Progress = new Map(
        Object.entries(entries).map(([address, entry]) => [
          address,
          { status: "done", completed: 1, failed: 0, ...entry }
        ])
      )
      const picture = Picture.annotate(Picture.make(of), progress)
      return labels(Mermaid.renderProgress(of, progress, { syntax }), picture, syntax)
    }
    const word = (kind: string) => (syntax === "state" ? `«${kind}» ` : "")
    const loop = await marked(workflows.loop, {
      "until paid": { turns: 2 },
      "until paid/body/remind": {
        status: "current",
        completed: 2,
        waits: [{ _tag: "Attempt", path: "", attempt: 3, notBefore: 0, lastError: "TooMuch" }]
      },
      "until paid/body/a while": { status: "current", waits: [{ _tag: "Timer", path: "", due: 1_000 }] }
    })
    expect(loop).toContain("remind ×2\nattempt 3 from 1970-01-01T00:00:00Z after TooMuch")
    expect(loop).toContain(`${word("timer")}a while\n1h 30m\ndue 1970-01-01T00:00:01Z`)
    expect(loop.some((label) => label.startsWith("until paid, turns"))).toBe(true)

    const failed = await marked(workflows.runIO, { "": { status: "failed", failed: 1, error: "TooMuch" } })
    expect(failed.some((label) => label.startsWith("charge") && label.endsWith("TooMuch"))).toBe(true)

    const each = await marked(workflows.forEach, { parcels: { status: "current", items: { done: 2, total: 5 } } })
    expect(each.some((label) => label.startsWith("for each: parcels, 2 of 5"))).toBe(true)
  })

  it("does not say of a signal that it is waited for, but until when", async () => {
    const at = async (until: Partial<Progress.Wait & { readonly _tag: "Signal" }>) => {
      const waits = [{ _tag: "Signal" as const, path: "", signal: "approve", ...until }]
      const progress: Progress.Progress = new Map([["", { status: "current", completed: 0, failed: 0, waits }]])
      return Mermaid.renderProgress(workflows.handleSignal, progress, { syntax })
    }
    expect(await at({})).not.toContain("waits for")
    expect(await at({ until: 0 })).toContain("until 1970-01-01T00#58;00#58;00Z")
  })

  it("says the types of states on its arrows where that is asked for", async () => {
    const picture = Picture.make(Withdrawal)
    const states = picture.edges.flatMap(({ state }) => (state === undefined ? [] : [state]))
    expect(states.length).toBeGreaterThan(0)
    const typed = await labels(Mermaid.render(Withdrawal, { syntax, types: true }), picture, syntax, true)
    for (const state of states) expect(typed.some((label) => label.split("\n").includes(state))).toBe(true)
    const plain = await labels(Mermaid.render(Withdrawal, { syntax }), picture, syntax)
    for (const state of states) expect(plain.some((label) => label.split("\n").includes(state))).toBe(false)
  })

  it("is drawn in short where that is asked for", async () => {
    const short = Picture.collapse(Picture.make(Withdrawal), { depth: 1 })
    expect(short.nodes.length).toBeLessThan(Picture.make(Withdrawal).nodes.length)
    const text = Mermaid.render(Withdrawal, { syntax, depth: 1 })
    expect(text).toBe(Mermaid.fromPicture(short, { syntax }))
    await expect(text).toMatchFileSnapshot(`golden/withdrawal-short${syntax === "state" ? ".state" : ""}.mmd`)
    await labels(text, short, syntax)
  })
})

describe("A large picture", () => {
  const step = (name: string): Recipe => ({ tag: "step", name, errors: ["E"] })
  const nested = (name: string, depth: number): Recipe =>
    depth === 0
      ? step(name)
      : { tag: "saga", body: { tag: "sequence", items: [step(`${name}-${depth}`), nested(name, depth - 1)] } }
  const large = (count: number) =>
    workflow(chain(Array.from({ length: count }, (_, i) => build(nested(`step ${i}`, 4)))))

  it.each(syntaxes)("of 300 steps fits what Mermaid reads by default as a %s, by short ids", async (syntax) => {
    const picture = Picture.make(large(60))
    expect(picture.nodes.length).toBeGreaterThan(300)
    const text = Mermaid.fromPicture(picture, { syntax })
    expect(text.length).toBeLessThan(50_000)
    expect(text).not.toContain(picture.nodes[1]?.id)
    // The same picture under other names.
    const sizes = ({
      edges,
      groups,
      nodes
    }: {
      edges: { length: number }
      groups: { length: number }
      nodes: { length: number }
    }) => [nodes.length, edges.length, groups.length]
    const { parse } = await import("./support/mermaid.ts")
    const { parseStates } = await import("./support/stateDiagram.ts")
    if (syntax === "flowchart") expect(sizes(await parse(text))).toEqual(sizes(picture))
    else {
      const { composites, relations, states } = await parseStates(text)
      expect([states.size, relations.length, composites.size]).toEqual(sizes(picture))
    }
  })

  it("gives an id the same short form whatever else is there", () => {
    const ids = (count: number) =>
      new Set(
        Mermaid.render(large(count))
          .match(/^ *n_\w+\["step 0-4"\]/gm)
          ?.map((line) => line.trim())
      )
    expect(ids(60).size).toBe(1)
    expect(ids(61)).toEqual(ids(60))
  })

  it("keeps its long ids where short ones would not make it fit, and says what Mermaid has to be given", () => {
    const text = Mermaid.render(large(500))
    const [note = "", header] = text.split("\n")
    expect(header).toBe("flowchart TD")
    for (const { id } of Picture.make(large(500)).nodes.slice(0, 10)) expect(text).toContain(id)
    const [, edges, size] = /^%% .*maxEdges: (\d+), maxTextSize: (\d+);/.exec(note) ?? []
    expect(Number(edges)).toBe(Picture.make(large(500)).edges.length)
    expect(Math.abs(Number(size) - text.length)).toBeLessThan(200)
  })

  it("says that a flowchart has more than 500 arrows; a state diagram may", () => {
    const picture = Picture.make(large(60))
    expect(picture.edges.length).toBeGreaterThan(500)
    expect(Mermaid.fromPicture(picture)).toMatch(/^%% .*maxEdges: \d+;/)
    expect(Mermaid.fromPicture(picture, { syntax: "state" })).not.toContain("%%")
  })
})
