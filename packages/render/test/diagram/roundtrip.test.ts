/** What is written reads back, and Mermaid reads the same. */
import { Diagram, Mermaid, Picture } from "@waymark/render"
import DOMPurify from "dompurify"
import { Result } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parse } from "../support/mermaid.ts"
import { expectStatesToReadBack, parseStates } from "../support/stateDiagram.ts"
import { arrowsIn, arrowsOn, decoded, nameOf, statesOn } from "./support/arrows.ts"
import { graph } from "./support/graphs.ts"
import { implemented } from "./support/implementing.ts"

Object.assign(DOMPurify, { addHook() {}, removeHook() {}, sanitize: String })
const { default: mermaid } = await import("mermaid")
mermaid.initialize({ maxEdges: 100_000, maxTextSize: 10_000_000 })

const read = (text: string): Diagram.Graph => Result.getOrThrow(Diagram.read(text))

interface Shown {
  readonly id: string
  readonly cssClasses: string
}

interface Doc {
  readonly stmt: string
  readonly id?: string
  readonly type?: string
  readonly doc?: ReadonlyArray<Doc>
  readonly description?: string
  readonly state1?: { readonly id: string }
  readonly state2?: { readonly id: string }
}

/** Signs by their number, as Mermaid keeps them while it reads. */
const written = (text = ""): string => text.replaceAll(/ﬂ°°(\d+)¶ß/g, "#$1;")

/** The arrows that Mermaid finds, as `place: from --> to: label`. */
const arrowsOf = (docs: ReadonlyArray<Doc>, place: string): ReadonlyArray<string> =>
  docs.flatMap(({ description, doc = [], id, state1, state2, stmt, type }) => {
    const end = (one: string | undefined) =>
      one?.startsWith("root_") === true ? "[*]" : /_(?:start|end)$/u.test(one ?? "") ? "[*]" : one
    if (stmt === "relation") return [`${place}: ${end(state1?.id)} --> ${end(state2?.id)}: ${written(description)}`]
    return stmt === "state" ? arrowsOf(doc, type === "divider" ? place : (id ?? "")) : []
  })

/** The states whose classes Mermaid can be told: those at the top, and those whose ids are words to it. */
const toldIn = ({ states }: Diagram.Place): ReadonlyArray<Diagram.State> => [
  ...states,
  ...states.flatMap(({ regions }) => regions.flatMap(statesIn)).filter(({ id }) => /^\w+$/.test(id))
]

const ours = (place: Diagram.Place, name: string): ReadonlyArray<string> => [
  ...place.states.flatMap(({ id, retry }) =>
    retry === undefined
      ? []
      : [
          `${name}: ${id} --> ${id}: ${[retry.attempts && `attempts=${retry.attempts}`, retry.backoffMs && `backoffMs=${retry.backoffMs}`].filter(Boolean).join(", ")}`
        ]
  ),
  ...place.arrows.map(({ from, label, to }) => `${name}: ${from} --> ${to}: ${label ?? ""}`),
  ...place.states.flatMap(({ id, regions }) => regions.flatMap((region) => ours(region, id)))
]

describe("a diagram that is written", () => {
  it("reads back as the same graph", () => {
    fc.assert(
      fc.property(graph, (one) => {
        expect(read(Diagram.write(one))).toEqual(one)
      }),
      { numRuns: 300 }
    )
  })

  it("is read by Mermaid with the same arrows, in the same places", async () => {
    await fc.assert(
      fc.asyncProperty(graph, async (one) => {
        const diagram = await mermaid.mermaidAPI.getDiagramFromText(Diagram.write(one))
        const { getRootDocV2 } = diagram.db as unknown as { getRootDocV2: () => { readonly doc: ReadonlyArray<Doc> } }
        expect(arrowsOf(getRootDocV2.call(diagram.db).doc, "root").toSorted()).toEqual(
          ours(one.root, "root").toSorted()
        )
        const { nodes } = (
          diagram.db as unknown as { getData: () => { readonly nodes: ReadonlyArray<Shown> } }
        ).getData()
        const classesOf = (id: string) => nodes.find((node) => node.id === id)?.cssClasses.split(" ")
        for (const { classes, id } of toldIn(one.root)) {
          // What is called so is not drawn by Mermaid, which calls the whole diagram by that.
          if (classes.length > 0 && id !== "root")
            expect([id, classesOf(id)?.includes(classes.at(-1) ?? "")]).toEqual([id, true])
        }
      }),
      { numRuns: 30, endOnFailure: true }
    )
  })
})

/** What people read of a state, line by line. */
const linesOf = (descriptions: ReadonlyArray<string>): ReadonlyArray<string> =>
  descriptions.flatMap((text) => decoded(text).split("\n"))

const retriesIn = (place: Diagram.Place): ReadonlyArray<string> =>
  place.states.flatMap(({ descriptions, id, regions, retry }) => [
    ...(retry === undefined ? [] : [linesOf(descriptions)[0] ?? id]),
    ...regions.flatMap(retriesIn)
  ])

const statesIn = (place: Diagram.Place): ReadonlyArray<Diagram.State> =>
  place.states.flatMap((state) => [state, ...state.regions.flatMap(statesIn)])

/** Which way each composite state without regions reads: as what is around it, where it does not say. */
const directionsIn = (
  place: Diagram.Place,
  around: Diagram.Direction
): ReadonlyArray<readonly [string, Diagram.Direction]> => {
  const direction = place.direction ?? around
  return place.states.flatMap(({ id, regions }) => [
    ...(regions.length === 1 ? [[id, regions[0]?.direction ?? direction] as const] : []),
    ...regions.flatMap((region) => directionsIn(region, direction))
  ])
}

describe("a diagram that is implemented", () => {
  it("is drawn with its own descriptions and notes", () => {
    fc.assert(
      fc.property(graph, (one) => {
        const drawn = statesOn(Picture.make(implemented(Diagram.write(one))))
        for (const { descriptions, id, kind, notes } of statesIn(one.root)) {
          if (kind !== "step" && kind !== "composite") continue
          const found = drawn.find((item) => nameOf(item) === id)
          // One frame, and not one more around it.
          expect(drawn.filter((item) => nameOf(item) === id)).toHaveLength(1)
          // A frame has one line for its title.
          const title = linesOf(descriptions).join(kind === "composite" ? ", " : "\n")
          expect(`${found?.label}\n`.startsWith(`${title || id}\n`)).toBe(true)
          for (const { text } of notes) expect(found?.note ?? "").toContain(text)
        }
      }),
      { numRuns: 60, endOnFailure: true }
    )
  })

  it("is drawn with its own states, arrows, labels and retries, which Mermaid reads back", async () => {
    await fc.assert(
      fc.asyncProperty(graph, async (one) => {
        const workflow = implemented(Diagram.write(one))
        const picture = Picture.make(workflow)
        expect(arrowsOn(picture)).toEqual(arrowsIn(one.root))
        for (const { kind, label } of picture.nodes) if (kind === "pure") expect(label).not.toBe("")
        const retried = picture.nodes.flatMap(({ label }) => {
          const [name = "", ...more] = label.split("\n")
          return more.some((text) => text.startsWith("retry")) ? [name] : []
        })
        expect(retried.toSorted()).toEqual(retriesIn(one.root).toSorted())
        const text = Mermaid.render(workflow, { syntax: "state" })
        const parsed = await expectStatesToReadBack(text, picture)
        expect(parsed.direction).toBe(one.root.direction ?? "TB")
        for (const [name, direction] of directionsIn(one.root, "TB")) {
          const frame = statesOn(picture).find((item) => nameOf(item) === name)
          expect([name, parsed.composites.get(frame?.id ?? "")?.direction]).toEqual([name, direction])
        }
        const turned = await parseStates(Mermaid.render(workflow, { syntax: "state", direction: "LR" }))
        for (const { direction } of [turned, ...turned.composites.values()]) expect(direction).toBe("LR")
        const chart = await parse(Mermaid.render(workflow))
        expect(chart.direction).toBe(one.root.direction ?? "TB")
        // It shows more than a diagram can say, so it is no text of one.
        expect(Result.isFailure(Diagram.read(text))).toBe(true)
      }),
      { numRuns: 60, endOnFailure: true }
    )
  })
})
