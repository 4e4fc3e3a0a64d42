/** The laws of pictures in short, over workflows of every shape. */
import { Node } from "@waymark/core"
import type { Progress } from "@waymark/interpreter"
import { Mermaid, Picture, Tree } from "@waymark/render"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { expectToReadBack } from "./support/mermaid.ts"
import { anyRecipe, build, isOrdinary, type Recipe, workflow } from "./support/recipes.ts"
import * as workflows from "./support/workflows.ts"

/** Recipes in which there is something to be found again. */
const anyRepetition: fc.Arbitrary<Recipe> = fc.oneof(
  anyRecipe,
  fc
    .tuple(fc.nat(5), anyRecipe, anyRecipe, fc.constantFrom("parallel", "race", "branch"))
    .map(([n, part, other, tag]): Recipe => {
      const roads = Object.fromEntries(Array.from({ length: n + 1 }, (_, i) => [`road ${"abcdef"[i]}`, part]))
      const all = { ...roads, other }
      return { tag, ...(tag === "branch" && { name: "which" }), roads: all } as Recipe
    })
)

const anyCollapse = fc.record(
  { depth: fc.constantFrom(0, 1, 2, 3), repeated: fc.constantFrom(1, 2, 3) },
  { requiredKeys: [] }
)

const drawn = (recipe: Recipe): Picture.Picture => Picture.make(workflow(build(recipe)))

/** The nodes of the picture that was collapsed, found again in those that stand for them. */
const inFull = (nodes: ReadonlyArray<Picture.Node>): ReadonlyArray<Picture.Node> =>
  nodes.flatMap((node) => (node.holds === undefined ? [node] : inFull(node.holds)))

const depths = (groups: ReadonlyArray<Picture.Group>): ReadonlyArray<number> => {
  const known = new Map<string | undefined, number>([[undefined, 0]])
  for (const { group, id } of groups) known.set(id, (known.get(group) ?? 0) + 1)
  return groups.map(({ id }) => known.get(id) as number)
}

const statuses = fc.constantFrom<Progress.Status>("pending", "current", "done", "compensated", "failed", "skipped")
const anyEntry: fc.Arbitrary<Progress.Entry> = fc.record(
  {
    status: statuses,
    completed: fc.nat(3),
    failed: fc.nat(3),
    error: fc.constantFrom("A", "B"),
    compensated: fc.integer({ min: 1, max: 3 }),
    turns: fc.integer({ min: 1, max: 3 }),
    items: fc.record({ done: fc.nat(3), total: fc.nat(3) }),
    waits: fc.array(fc.record({ _tag: fc.constant("Timer" as const), path: fc.constant(""), due: fc.nat() }))
  },
  { requiredKeys: ["status", "completed", "failed"] }
)

const addressesOf = (node: Node.Node, at = ""): ReadonlyArray<string> => [
  at,
  ...Node.children(node).flatMap((child) => addressesOf(child.node, Node.address(at, child.slot)))
]

describe("A picture in short", () => {
  it("is the picture itself where nothing is asked for", () => {
    fc.assert(
      fc.property(anyRecipe, (recipe) => {
        expect(Picture.collapse(drawn(recipe), {})).toEqual(drawn(recipe))
      })
    )
  })

  it("keeps the ids of what stays, and all nodes are found in it once", () => {
    fc.assert(
      fc.property(anyRepetition, anyCollapse, (recipe, options) => {
        const before = drawn(recipe)
        const { edges, groups, lanes = [], nodes } = Picture.collapse(before, options)
        const known = new Set([...before.nodes, ...before.groups].map(({ id }) => id))
        const ids = [...nodes, ...groups].map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        for (const id of ids) expect(known).toContain(id)
        expect(
          inFull(nodes)
            .map(({ id }) => id)
            .toSorted()
        ).toEqual(before.nodes.map(({ id }) => id).toSorted())
        for (const { from, to } of edges) {
          expect(ids).toContain(from)
          expect(ids).toContain(to)
        }
        const frames = new Set([...groups, ...lanes].map(({ id }) => id))
        for (const { group, lane } of [...nodes, ...groups, ...lanes]) {
          if (group !== undefined) expect(frames).toContain(group)
          if (lane !== undefined) expect(frames).toContain(lane)
        }
      }),
      { numRuns: 300 }
    )
  })

  it("has no group deeper than asked for, and an edge wherever there was one between what stays apart", () => {
    fc.assert(
      fc.property(anyRecipe, fc.nat(3), (recipe, depth) => {
        const before = drawn(recipe)
        const after = Picture.collapse(before, { depth })
        for (const at of depths(after.groups)) expect(at).toBeLessThanOrEqual(depth)
        const into = new Map<string, string>()
        for (const { holds = [], id } of after.nodes) for (const node of inFull(holds)) into.set(node.id, id)
        const around = new Map(before.groups.map(({ group, id }) => [id, group]))
        const there = new Set([...after.nodes, ...after.groups].map(({ id }) => id))
        const moved = (id: string): string => {
          let at = into.get(id) ?? id
          while (!there.has(at)) at = around.get(at) as string
          return at
        }
        const joins = (edges: ReadonlyArray<Picture.Edge>, end: (id: string) => string) =>
          new Set(edges.map(({ from, kind, label, to }) => JSON.stringify([end(from), end(to), kind, label])))
        const wanted = before.edges.filter(({ from, to }) => from === to || moved(from) !== moved(to))
        expect(joins(after.edges, (id) => id)).toEqual(joins(wanted, moved))
      }),
      { numRuns: 300 }
    )
  })

  it("is marked the same whether it was annotated before or after", () => {
    fc.assert(
      fc.property(anyRepetition, anyCollapse, fc.infiniteStream(anyEntry), (recipe, options, entries) => {
        const body = Node.of(build(recipe))
        const progress = new Map(addressesOf(body).map((at) => [at, entries.next().value as Progress.Entry]))
        const picture = drawn(recipe)
        expect(Picture.collapse(Picture.annotate(picture, progress), options)).toEqual(
          Picture.annotate(Picture.collapse(picture, options), progress)
        )
      }),
      { numRuns: 300 }
    )
  })

  it("is read back by the real Mermaid like any other", async () => {
    await fc.assert(
      fc.asyncProperty(anyRepetition, anyCollapse, async (recipe, options) => {
        const short = Picture.collapse(drawn(recipe), options)
        fc.pre(isOrdinary(short))
        await expectToReadBack(Mermaid.fromPicture(short), short)
      }),
      { numRuns: 60 }
    )
  })

  it("is read as a tree of any kind", () => {
    fc.assert(
      fc.property(anyRepetition, anyCollapse, (recipe, options) => {
        const { nodes } = Picture.collapse(drawn(recipe), options)
        const lines = Tree.render(Picture.collapse(drawn(recipe), options))
          .trimEnd()
          .split("\n")
        const silent = nodes.filter(({ kind, label }) => label === "" && (kind === "fork" || kind === "join"))
        expect(lines.length).toBeGreaterThanOrEqual(nodes.length - silent.length)
      }),
      { numRuns: 300 }
    )
  })
})

describe("Equal siblings", () => {
  const branches = (n: number, of: (i: number) => Recipe): Recipe => ({
    tag: "parallel",
    roads: Object.fromEntries(Array.from({ length: n }, (_, i) => [`region ${i}`, of(i)]))
  })
  const step = (name: string): Recipe => ({ tag: "step", name, errors: ["E"] })
  const shape = (i: number): Recipe => ({ tag: "sequence", items: [step(`pack ${i}`), { tag: "timer", name: "rest" }] })

  it("are drawn once, with how many they are; names may differ in their numbers", () => {
    const { edges, groups, nodes } = Picture.collapse(drawn(branches(200, shape)), { repeated: 3 })
    expect(groups.map(({ label }) => label)).toEqual(["region 0 and 199 more"])
    expect(nodes.map(({ holds, label }) => [label, holds?.length])).toEqual([
      ["Generated", undefined],
      ["", undefined],
      ["pack #", 200],
      ["rest\n1d", 200],
      ["", undefined],
      ["completed", undefined],
      ["failed", undefined]
    ])
    expect(edges.length).toBe(6)
  })

  it("are all drawn where they are fewer than asked for, or differ", () => {
    const of = (recipe: Recipe, repeated: number) => Picture.collapse(drawn(recipe), { repeated }).groups.length
    expect(of(branches(3, shape), 4)).toBe(3)
    expect(of(branches(3, shape), 3)).toBe(1)
    expect(
      of(
        branches(3, (i) => (i === 1 ? step("pack 1") : shape(i))),
        2
      )
    ).toBe(2)
    expect(
      of(
        branches(3, (i) => step(`colour ${"rgb".charAt(i)}`)),
        2
      )
    ).toBe(3)
  })

  it("are none where one follows the other", () => {
    const loop = (i: number): Recipe => ({ tag: "loop", name: `loop ${i}`, body: step("pack") })
    const sequence: Recipe = { tag: "sequence", items: [loop(1), loop(2), loop(3), loop(4)] }
    expect(Picture.collapse(drawn(sequence), { repeated: 2 })).toEqual(drawn(sequence))
  })

  it("are counted by their statuses", () => {
    const recipe = branches(5, (i) => step(`pack ${i}`))
    const picture = Picture.collapse(drawn(recipe), { repeated: 3 })
    const status = ["done", "done", "current", "failed", "done"] as const
    const progress = new Map(
      status.map((status, i) => [`branch region ${i}`, { status, completed: status === "done" ? 1 : 0, failed: 0 }])
    )
    const { groups, nodes } = Picture.annotate(picture, progress)
    expect(groups[0]?.mark).toEqual({ status: "current", completed: 0, tally: { current: 1, failed: 1, done: 3 } })
    expect(nodes[2]?.mark).toEqual({ status: "current", completed: 3, tally: { current: 1, failed: 1, done: 3 } })
    expect(Tree.render({ ...picture, nodes, groups })).toContain(
      "pack # (may fail: E) — current, ×3, 1 current, 1 failed, 3 done"
    )
  })

  it("of nested ones the inner are found first", () => {
    const inner = (_: number): Recipe => branches(4, shape)
    const { groups, nodes } = Picture.collapse(drawn(branches(3, inner)), { repeated: 2 })
    expect(groups.map(({ label }) => label)).toEqual(["region 0 and 2 more", "region 0 and 3 more"])
    expect(nodes.find(({ label }) => label === "pack #")?.holds?.length).toBe(12)
  })
})

describe("A picture of 300 nodes", () => {
  const named = (name: string): Recipe => ({ tag: "step", name, errors: [] })
  const house = (i: number): Recipe => ({
    tag: "loop",
    name: `house ${i}`,
    body: { tag: "sequence", items: Array.from({ length: 9 }, (_, j) => named(`room ${j} of ${i}`)) }
  })
  const street: Recipe = { tag: "sequence", items: Array.from({ length: 30 }, (_, i) => house(i)) }

  it("is legible by depth, in any syntax", async () => {
    const picture = drawn(street)
    expect(picture.nodes.length).toBe(302)
    const short = Picture.collapse(picture, { depth: 0 })
    expect(short.nodes.length).toBe(32)
    expect(short.nodes[1]).toMatchObject({ kind: "collapsed", label: "house 0\n9 steps", id: "g_house_20_0" })
    await expect(Tree.render(short)).toMatchFileSnapshot("golden/street-by-depth.txt")
  })

  it("is a tree that can be read as a whole, too", async () => {
    await expect(Tree.render(drawn(street), { ascii: true })).toMatchFileSnapshot("golden/street.txt")
  })

  it("says of a collapsed group what its steps wait for", () => {
    const picture = Picture.collapse(Picture.make(workflows.interruptedByTimer), { depth: 0 })
    const waits: ReadonlyArray<Progress.Wait> = [{ _tag: "Signal", path: "", signal: "approve", until: 5 }]
    const { nodes } = Picture.annotate(
      picture,
      new Map([["body", { status: "current", completed: 0, failed: 0, waits }]])
    )
    expect(nodes[1]?.mark).toEqual({ status: "current", completed: 0, waits })
  })
})
