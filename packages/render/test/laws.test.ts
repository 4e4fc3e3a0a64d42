/** The laws of pictures, over workflows of every shape with names of every kind. */
import { Node } from "@waymark/core"
import { Mermaid, Picture } from "@waymark/render"
import * as fc from "fast-check"
import { describe, expect, it, vi } from "vitest"
import { expectToReadBack } from "./support/mermaid.ts"
import { expectStatesToReadBack } from "./support/stateDiagram.ts"
import { anyName, anyRecipe, build, chain, isOrdinary, type Recipe, workflow } from "./support/recipes.ts"

// Mermaid itself reads hundreds of pictures: seconds on a machine of one's own, minutes where others have it.
vi.setConfig({ testTimeout: 240_000 })

/** The address and tag of every static node, by a plain walk. */
const placesOf = (
  node: Node.Node,
  at = ""
): ReadonlyArray<{ readonly address: string; readonly tag: Node.Node["_tag"] }> => [
  { address: at, tag: node._tag },
  ...Node.children(node).flatMap((child) => placesOf(child.node, Node.address(at, child.slot)))
]

/** What draws no node of its own, or only where it can end. */
const frames = new Set<Node.Node["_tag"]>([
  ...(["AndThen", "AnswerQuery", "Catch", "Compensate", "Embed", "InterruptWith", "Loop", "Machine"] as const),
  ...(["OnCancel", "Saga", "Uncancellable"] as const)
])

const isMeeting = ({ kind }: Picture.Node) => kind === "join" || kind === "winner"
const isMarker = ({ kind }: Picture.Node) => kind === "start" || kind === "completed" || kind === "failed"

describe("V1: rendering is total, and equal workflows give equal bytes", () => {
  it("workflows built twice from one recipe give the same text", () => {
    fc.assert(
      fc.property(anyRecipe, (recipe) => {
        expect(Mermaid.render(workflow(build(recipe)))).toBe(Mermaid.render(workflow(build(recipe))))
      }),
      { numRuns: 500 }
    )
  })

  it("the real Mermaid reads any workflow back: every node, label, edge and group", async () => {
    await fc.assert(
      fc.asyncProperty(anyRecipe, anyName, async (recipe, name) => {
        const drawn = workflow(build(recipe), { name: `w${name}` })
        fc.pre(isOrdinary(Picture.make(drawn)))
        const { direction } = await expectToReadBack(Mermaid.render(drawn), Picture.make(drawn))
        expect(direction).toBe("TB")
      }),
      { numRuns: 200 }
    )
  })

  it("and as a state diagram: every state, relation and composite", async () => {
    await fc.assert(
      fc.asyncProperty(anyRecipe, anyName, fc.constantFrom("TD", "LR"), async (recipe, name, direction) => {
        const drawn = workflow(build(recipe), { name: `w${name}` })
        fc.pre(isOrdinary(Picture.make(drawn)))
        const text = Mermaid.render(drawn, { syntax: "state", direction })
        const parsed = await expectStatesToReadBack(text, Picture.make(drawn))
        expect(parsed.direction).toBe(direction === "TD" ? "TB" : "LR")
      }),
      { numRuns: 200 }
    )
  })

  it("a sequence gives the same bytes whichever way its andThens are nested", () => {
    const leaves = fc.array(anyRecipe, { minLength: 2, maxLength: 8 })
    fc.assert(
      fc.property(leaves, fc.infiniteStream(fc.nat()), (recipes, cuts) => {
        const parts = recipes.map(build)
        const anyCut = (length: number) => 1 + ((cuts.next().value as number) % (length - 1))
        const toTheLeft = Mermaid.render(workflow(chain(parts)))
        expect(Mermaid.render(workflow(chain(parts, () => 1)))).toBe(toTheLeft)
        expect(Mermaid.render(workflow(chain(parts, anyCut)))).toBe(toTheLeft)
      })
    )
  })

  it("a chain of 10,000 steps is drawn whole", () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `step ${i}`)
    const long = workflow(
      names.map((name) => build({ tag: "step", name, errors: ["E"] })).reduce((all, next) => chain([all, next]))
    )
    const text = Mermaid.render(long)
    const { edges, nodes } = Picture.make(long)
    expect(nodes.length).toBe(10_003)
    expect(edges.length).toBe(20_001)
    expect(text).toContain('n_step_20_0["step 0"]')
    expect(text).toContain("n_step_20_9998 --> n_step_20_9999")
  })

  it("nesting 2,000 deep is no limit", () => {
    let recipe: Recipe = { tag: "step", name: "deep", errors: ["E"] }
    for (let i = 0; i < 500; i++) {
      const loop: Recipe = { tag: "loop", name: "l", body: recipe }
      const caught: Recipe = { tag: "catch", body: loop, handler: { tag: "pure", name: undefined } }
      const asked: Recipe = { tag: "query", name: "q", body: caught }
      recipe = { tag: "sequence", items: [asked, { tag: "timer", name: "t" }] }
    }
    const { groups, nodes } = Picture.make(workflow(build(recipe)))
    expect(groups.length).toBe(1_000)
    expect(nodes.length).toBe(500 * 3 + 1 + 2)
  })
})

describe("V2: ids come from addresses, so that a change is seen where it was made", () => {
  it("ids are bare words, and no two things share one", () => {
    fc.assert(
      fc.property(anyRecipe, (recipe) => {
        const { groups, nodes } = Picture.make(workflow(build(recipe)))
        const ids = [...nodes, ...groups].map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        for (const id of ids) expect(id).toMatch(/^[a-z]_[a-zA-Z0-9_]*$/)
      }),
      { numRuns: 500 }
    )
  })

  it("inserting a step takes away only the edges that led past it, and adds only what touches it", () => {
    const kinds = [
      ...(["step", "timer", "loop", "branch", "machine", "parallel", "race", "forEach"] as const),
      ...(["saga", "compensate", "onCancel"] as const)
    ]
    const named = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 8 })
    const item = (name: string, kind: (typeof kinds)[number]): Recipe => {
      const step: Recipe = { tag: "step", name, errors: ["E"] }
      const timer: Recipe = { tag: "timer", name }
      switch (kind) {
        case "step":
          return step
        case "timer":
          return timer
        case "loop":
          return { tag: "loop", name, body: step }
        case "branch":
        case "machine":
          return { tag: kind, name, roads: { a: step, b: timer } }
        case "forEach":
          return { tag: kind, name, body: step, mode: "settle", places: 2 }
        // Whatever has no name of its own is called after its neighbour: it stands inside something that has one.
        case "parallel":
        case "race":
          return { tag: "loop", name, body: { tag: kind, roads: { a: step, b: timer } } }
        case "saga":
          return { tag: "loop", name, body: { tag: kind, body: { tag: "sequence", items: [step, timer] } } }
        case "compensate":
        case "onCancel":
          return { tag: "loop", name, body: { tag: kind, body: step, handler: timer } }
      }
    }
    fc.assert(
      fc.property(named, fc.infiniteStream(fc.constantFrom(...kinds)), fc.nat(), (names, kindOf, where) => {
        const items = names.map((name) => item(name, kindOf.next().value as (typeof kinds)[number]))
        const at = where % (items.length + 1)
        const inserted: Recipe = { tag: "step", name: "the new step", errors: [] }
        const draw = (recipes: ReadonlyArray<Recipe>) =>
          Picture.make(workflow(build({ tag: "sequence", items: recipes })))
        const before = draw(items)
        const after = draw(items.toSpliced(at, 0, inserted))
        const id = "n_the_20_new_20_step"
        const lines = ({ edges, groups, nodes }: Picture.Picture) =>
          [...nodes, ...groups, ...edges].map((x) => JSON.stringify(x))

        const left = new Set(lines(after))
        const gone = lines(before).filter((line) => !left.has(line))
        const followers = new Set(
          after.edges.filter(({ from, kind }) => from === id && kind === "next").map(({ to }) => to)
        )
        expect(followers.size).toBe(1)
        for (const line of gone) {
          const { kind, to } = JSON.parse(line) as Picture.Edge
          expect(kind).toBe("next")
          expect(followers).toContain(to)
        }
        const there = new Set(lines(before))
        for (const line of lines(after).filter((line) => !there.has(line))) expect(line).toContain(`"${id}"`)
      })
    )
  })

  it("a nameless change is called after the step before it, so that others keep their ids", () => {
    const dot: Recipe = { tag: "pure", name: undefined }
    const step = (name: string): Recipe => ({ tag: "step", name, errors: [] })
    const ids = (...items: ReadonlyArray<Recipe>) =>
      Picture.make(workflow(build({ tag: "sequence", items })))
        .nodes.filter((node) => !isMarker(node))
        .map(({ id }) => id)
    expect(ids(step("a"), dot, step("b"), dot)).toEqual(["n_a", "n_a_3e_Pure", "n_b", "n_b_3e_Pure"])
    expect(ids(dot, step("a"), dot, step("b"), dot)).toEqual(["n__3e_Pure", "n_a", "n_a_3e_Pure", "n_b", "n_b_3e_Pure"])
  })
})

describe("V3: whatever a journal speaks of is in the picture", () => {
  it("every leaf stands there once, and so does every fork and choice, and every loop and machine that can end", () => {
    fc.assert(
      fc.property(anyRecipe, (recipe) => {
        const body = build(recipe)
        const { nodes } = Picture.make(workflow(body))
        const drawn = nodes
          .filter((node) => node.child === undefined && !isMarker(node) && !isMeeting(node))
          .map(({ address }) => address)
        const places = placesOf(Node.of(body))
        const wanted = places.filter(({ tag }) => !frames.has(tag)).map(({ address }) => address)
        const turns = new Set(
          places.filter(({ tag }) => tag === "Loop" || tag === "Machine").map(({ address }) => address)
        )
        expect(drawn.filter((address) => !turns.has(address)).toSorted()).toEqual(wanted.toSorted())
        expect(new Set(drawn).size).toBe(drawn.length)
      }),
      { numRuns: 500 }
    )
  })

  it("every edge joins what is drawn, and only what happens to a whole group comes from one", () => {
    const ofGroups = new Set<Picture.EdgeKind>(["interruption", "compensation", "cancellation"])
    fc.assert(
      fc.property(anyRecipe, (recipe) => {
        const { edges, groups, nodes } = Picture.make(workflow(build(recipe)))
        const isNode = new Set(nodes.map(({ id }) => id))
        const isAnything = new Set([...nodes, ...groups].map(({ id }) => id))
        for (const { from, kind, to } of edges) {
          expect(isNode).toContain(to)
          expect(ofGroups.has(kind) ? isAnything : isNode).toContain(from)
        }
      }),
      { numRuns: 500 }
    )
  })

  it("what undoes a part, or is done when it is cancelled, leads nowhere", () => {
    fc.assert(
      fc.property(anyRecipe, (recipe) => {
        const body = build(recipe)
        const { edges, groups, nodes } = Picture.make(workflow(body))
        const addressOf = new Map([...nodes, ...groups].map(({ address, id }) => [id, address]))
        const asides = placesOf(Node.of(body)).flatMap(({ address, tag }) =>
          tag === "Compensate"
            ? [Node.address(address, "undo")]
            : tag === "OnCancel"
              ? [Node.address(address, "handler")]
              : []
        )
        for (const aside of asides) {
          const isInside = (id: string) => {
            const address = addressOf.get(id)
            return address === aside || address?.startsWith(`${aside}/`) === true
          }
          for (const { from, to } of edges) if (isInside(from)) expect(isInside(to)).toBe(true)
        }
      }),
      { numRuns: 500 }
    )
  })

  it("progress changes nothing but classes and counters", async () => {
    const statuses = fc.constantFrom("pending", "current", "done", "failed", "skipped")
    const entry = fc.record({ status: statuses, completed: fc.nat(5), failed: fc.nat(5) })
    await fc.assert(
      fc.asyncProperty(anyRecipe, fc.infiniteStream(entry), async (recipe, entries) => {
        const body = build(recipe)
        const drawn = workflow(body)
        const progress = new Map(placesOf(Node.of(body)).map(({ address }) => [address, entries.next().value as never]))
        const picture = Picture.make(drawn)
        fc.pre(isOrdinary(picture))
        const before = await expectToReadBack(Mermaid.render(drawn), picture)
        const marked = Picture.annotate(picture, progress)
        const after = await expectToReadBack(Mermaid.renderProgress(drawn, progress), marked)
        expect(after.edges).toEqual(before.edges)
        expect(after.groups).toEqual(before.groups)
        expect(after.nodes.map(({ id, shape }) => ({ id, shape }))).toEqual(
          before.nodes.map(({ id, shape }) => ({ id, shape }))
        )
        for (const [i, { label }] of after.nodes.entries()) {
          const [name = "", ...rest] = (before.nodes[i]?.label ?? "").split("\n")
          const counted = [2, 3, 4, 5].map((n) => (name === "" ? `×${n}` : `${name} ×${n}`))
          expect([name, ...counted].map((first) => [first, ...rest].join("\n"))).toContain(label)
        }
        for (const [i, { classes }] of after.nodes.entries()) {
          const node = marked.nodes[i]
          expect(node?.mark === undefined).toBe(node?.child !== undefined)
          const drafts = node?.kind === "draft" ? ["draft"] : []
          expect(classes).toEqual([...drafts, ...(node?.mark === undefined ? [] : [node.mark.status])])
        }
      }),
      { numRuns: 200 }
    )
  })
})

describe("Labels", () => {
  it("any name reads back as it was written, on nodes, edges and groups", async () => {
    await fc.assert(
      fc.asyncProperty(anyName, async (name) => {
        fc.pre(!/^(\d+|__proto__)$/.test(name))
        // What no document can hold is shown by what stands for it.
        const shown = name.replaceAll("\0", "␀").replaceAll(/\p{Surrogate}/gu, "�")
        const parsed = await expectToReadBack(
          ...((drawn) => [Mermaid.render(drawn), Picture.make(drawn)] as const)(
            workflow(
              build({
                tag: "loop",
                name,
                body: {
                  tag: "catch",
                  body: { tag: "parallel", roads: { [name]: { tag: "step", name, errors: [name] } } },
                  handler: { tag: "signal", name }
                }
              })
            )
          )
        )
        expect(parsed.nodes.map(({ label }) => label)).toEqual([
          "Generated",
          "",
          shown,
          "",
          shown,
          "again?",
          "completed"
        ])
        expect(parsed.groups.map(({ label }) => label)).toEqual([shown, shown])
        expect(parsed.edges.map(({ label }) => label)).toContain(shown)
      }),
      { numRuns: 200 }
    )
  })

  it("a very long name reads back whole", async () => {
    const name = 'once "upon" a #time; '.repeat(2_000).trim()
    const drawn = workflow(build({ tag: "step", name, errors: [] }))
    const { nodes } = await expectToReadBack(Mermaid.render(drawn), Picture.make(drawn))
    expect(nodes[1]?.label).toBe(name)
  })
})
