/** Workflows that start others: what is drawn of those, how far that goes, and what an execution of the parent says of it. */
import { WIO, Workflow } from "@waymark/core"
import { Command, Execution } from "@waymark/interpreter"
import { Mermaid, Picture, Tree } from "@waymark/render"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { expectToReadBack } from "./support/mermaid.ts"
import { outline } from "./support/outline.ts"
import { expectStatesToReadBack } from "./support/stateDiagram.ts"

type Part = WIO.WIO<number, number, never, never, number>

const named = (name: string, body: Part) =>
  Workflow.make(name, { version: 1, input: Schema.Number, state: Schema.Number, error: Schema.Unknown, body })

const starts = (workflow: Workflow.Any, name = workflow.name): Part =>
  WIO.child(workflow, { name, id: name, input: (n) => n as never, await: false }) as unknown as Part

const wait = WIO.await<number>("wait", { for: "1 hour" })

/** Workflows that each start the next one twice, as deep as that. */
const tower = (deep: number): Workflow.Any => {
  let below: Workflow.Any = named("0", wait)
  for (let i = 1; i <= deep; i++) {
    below = named(`${i}`, starts(below, "one").pipe(WIO.andThen(starts(below, "other"))))
  }
  return below
}

describe("A child in a picture", () => {
  const Parcel = named("Parcel", WIO.loop("until it is there", wait, { while: (n) => n > 0 }))
  const Order = named("Order", starts(Parcel).pipe(WIO.andThen(wait)))
  const Shop = named("Shop", starts(Order, "first"))

  it("holds the workflow that it starts, with the children of that", async () => {
    const picture = Picture.make(Shop)
    expect(outline(picture).groups).toEqual([
      "child [workflow Order]",
      "child [workflow Parcel] in [workflow Order]",
      "loop [until it is there] in [workflow Parcel]"
    ])
    await expectToReadBack(Mermaid.render(Shop), picture)
    await expectStatesToReadBack(Mermaid.render(Shop, { syntax: "state" }), picture)
    expect(Tree.render(picture, { ascii: true }).split("\n")).toEqual([
      "Shop",
      "|- first (child; workflow Order; not awaited)",
      "|  `- workflow Order",
      "|     |- Parcel (child; not awaited)",
      "|     |  `- workflow Parcel: loop: until it is there",
      "|     |     |- wait (timer; 1h)",
      "|     |     `- again?",
      "|     `- wait (timer; 1h)",
      "`- completed",
      ""
    ])
  })

  it("has its workflow beside it as a single node where that is deeper than is asked for", () => {
    const { edges, nodes } = outline(Picture.collapse(Picture.make(Shop), { depth: 0 }))
    expect(nodes).toEqual([
      "start Shop",
      "child first | workflow Order | not awaited",
      "collapsed workflow Order | 3 steps",
      "completed completed"
    ])
    expect(edges).toEqual([
      "Shop -> first | workflow Order | not awaited",
      "first | workflow Order | not awaited *> workflow Order | 3 steps : starts",
      "first | workflow Order | not awaited -> completed"
    ])
    expect(outline(Picture.collapse(Picture.make(Shop), { depth: 1 })).groups).toEqual(["child [workflow Order]"])
    expect(Tree.render(Picture.collapse(Picture.make(Shop), { depth: 0 }), { ascii: true }).split("\n")).toEqual([
      "Shop",
      "|- first (child; workflow Order; not awaited)",
      "|  `- workflow Order (3 steps)",
      "`- completed",
      ""
    ])
  })

  it("is a node where its workflow is drawn around it already, so that what starts itself comes to an end", () => {
    const Again = named("Again", starts(named("Between", starts(named("Again", wait)))))
    expect(outline(Picture.make(Again))).toEqual({
      nodes: [
        "start Again",
        "child Between | not awaited",
        "child Again | not awaited in [workflow Between]",
        "completed completed"
      ],
      edges: [
        "Again -> Between | not awaited",
        "Between | not awaited *> Again | not awaited : starts",
        "Between | not awaited -> completed"
      ],
      groups: ["child [workflow Between]"]
    })
  })

  it("is a node below three others, so that workflows which start each other make no picture without end", () => {
    const { groups, nodes } = Picture.make(tower(40))
    expect(groups.length).toBe(3)
    expect(nodes.filter(({ kind }) => kind === "child").length).toBe(2 + 2 + 2 + 2)
  })

  it("is a node where its workflow is drawn already, so that many children of many make no picture without end", () => {
    const wide = (below: Workflow.Any, name: string) =>
      named(
        name,
        Array.from({ length: 19 }).reduce<Part>(
          (part, _, i) => part.pipe(WIO.andThen(starts(below, `${i}`))),
          starts(below, "first")
        )
      )
    const { groups, nodes } = Picture.make(wide(wide(wide(Parcel, "c"), "b"), "a"))
    expect(groups.filter(({ kind }) => kind === "child").length).toBe(3)
    expect(nodes.filter(({ kind }) => kind === "child").length).toBe(60)
  })

  it("keeps whose workflow it is part of where it is collapsed", () => {
    const [, inner] = Picture.make(Shop).groups
    const { nodes } = Picture.collapse(Picture.make(Shop), { depth: 1 })
    expect(inner?.child).toBeDefined()
    expect(nodes.find(({ kind }) => kind === "collapsed")?.child).toBe(inner?.child)
  })

  it("has one frame where it is undone, too", () => {
    const undone = starts(Parcel).pipe(WIO.compensateWith(wait as never)) as unknown as Part
    const { edges, groups } = outline(Picture.make(named("Undone", undone)))
    expect(groups[0]).toBe("child [workflow Parcel]")
    expect(groups.some((group) => group.startsWith("compensated"))).toBe(false)
    expect(edges.some((one) => one.startsWith("Parcel | not awaited") && one.endsWith(": undo"))).toBe(true)
  })

  it("is not drawn inside itself where it is decided at run time", () => {
    const Self: Workflow.Any = named("Self", WIO.pure((n: number) => n).pipe(WIO.flatMap((): Part => starts(Self))))
    const { events } = Execution.start(Self, 1, { id: "i-1", at: 0 })
    const { groups } = Result.getOrThrow(Picture.ofJournal(Self, events, { unfold: true }))
    expect(groups.map(({ kind }) => kind)).toEqual(["decided"])
  })

  it("says whose workflow its parts are where it is decided at run time, under the address that it has there", () => {
    const body = WIO.pure((n: number) => n).pipe(WIO.flatMap((): Part => starts(Order)))
    const Deciding = named("Deciding", body)
    const { events } = Execution.start(Deciding, 1, { id: "i-1", at: 0 })
    const { groups, nodes } = Result.getOrThrow(Picture.ofJournal(Deciding, events, { unfold: true }))
    const [outer, inner] = groups.filter(({ kind }) => kind === "child")
    expect([outer?.label, inner?.label]).toEqual(["workflow Order", "workflow Parcel"])
    expect(inner?.child).toBe(`${outer?.address}/workflow`)
    expect(nodes.filter(({ child }) => child === `${outer?.address}/workflow`).map(({ kind }) => kind)).toEqual([
      "child",
      "timer"
    ])
    expect(nodes.filter(({ child }) => child === `${inner?.address}/workflow`).map(({ kind }) => kind)).toEqual([
      "timer",
      "again"
    ])
  })

  it("is drawn once where decisions within decisions start it, too", () => {
    const again = WIO.pure((n: number) => n).pipe(WIO.flatMap((): Part => starts(Parcel, "other")))
    const body = WIO.pure((n: number) => n).pipe(WIO.flatMap((): Part => again.pipe(WIO.andThen(starts(Parcel)))))
    const Deciding = named("Deciding", body)
    const { events } = Execution.start(Deciding, 1, { id: "i-1", at: 0 })
    const { groups, nodes } = Result.getOrThrow(Picture.ofJournal(Deciding, events, { unfold: true }))
    expect(groups.filter(({ kind }) => kind === "child").length).toBe(1)
    expect(nodes.filter(({ kind }) => kind === "child").length).toBe(2)
  })

  it("is marked by what the parent's journal says; what it does itself is in another", () => {
    const begun = Execution.start(Shop, 1, { id: "i-1", at: 0 }).execution
    expect(Picture.ofExecution(begun).nodes[1]?.mark?.waits).toMatchObject([{ _tag: "Attempt" }])
    const [first] = Execution.pending(begun)
    if (first === undefined) throw new Error("no child is to be started")
    const { execution } = Result.getOrThrow(Execution.step(begun, Command.childStarted(first.step), { at: 0 }))
    const { groups, nodes } = Picture.ofExecution(execution)
    expect(nodes.map(({ label, mark }) => [label.split("\n")[0], mark?.status])).toEqual([
      ["Shop", "done"],
      ["first", "current"],
      ["Parcel", undefined],
      ["wait", undefined],
      ["again?", undefined],
      ["wait", undefined],
      ["completed", "pending"]
    ])
    expect(groups.map(({ mark }) => mark?.status)).toEqual([undefined, undefined, undefined])
    const collapsed = Picture.collapse(Picture.ofExecution(execution), { depth: 0 })
    expect(Picture.annotate(Picture.collapse(Picture.make(Shop), { depth: 0 }), Execution.progress(execution))).toEqual(
      collapsed
    )
    expect(collapsed.nodes.map(({ kind, mark }) => [kind, mark?.status])).toEqual([
      ["start", "done"],
      ["child", "current"],
      ["collapsed", undefined],
      ["completed", "pending"]
    ])
  })
})
