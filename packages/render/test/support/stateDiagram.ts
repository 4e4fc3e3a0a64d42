/** What the real Mermaid understood of a state diagram, from its own database, and what it must have understood of a picture. */
import type { Picture } from "@waymark/render"
import { expect } from "vitest"
import { counted, diagramOf, firstLines, shown, written } from "./mermaid.ts"

interface StateDb {
  getData(): {
    readonly direction: string
    readonly nodes: ReadonlyArray<{
      readonly id: string
      readonly label: string
      readonly description?: string | ReadonlyArray<string>
      readonly shape: string
      readonly cssClasses: string
      readonly isGroup: boolean
      readonly parentId?: string
      readonly dir?: string
    }>
    readonly edges: ReadonlyArray<{ readonly start: string; readonly end: string; readonly label: string }>
  }
  getClasses(): ReadonlyMap<string, { readonly styles: ReadonlyArray<string> }>
  getDiagramTitle(): string
}

export interface ParsedStates {
  readonly title: string
  readonly direction: string
  readonly states: ReadonlyMap<
    string,
    {
      readonly label: string
      readonly shape: string
      readonly group: string | undefined
      readonly classes: ReadonlyArray<string>
    }
  >
  readonly composites: ReadonlyMap<
    string,
    { readonly label: string; readonly group: string | undefined; readonly direction: string }
  >
  readonly relations: ReadonlyArray<{ readonly from: string; readonly to: string; readonly label: string }>
  readonly styles: ReadonlyMap<string, ReadonlyArray<string>>
  /** What is noted, by the state or composite that it is noted at. */
  readonly notes: ReadonlyMap<string, string>
}

/** A blank stands for what has no label: an empty one would show an id. */
const visible = (text: string): string => (text === "" ? "\u00a0" : text)

/** Parses a state diagram with Mermaid itself. */
export const parseStates = async (text: string): Promise<ParsedStates> => {
  const diagram = await diagramOf(text)
  expect(diagram.type).toBe("stateDiagram")
  const db = diagram.db as StateDb
  const { direction, edges: all, nodes: known } = db.getData()
  // A note is a node to Mermaid, with a group around it and an arrow without a head.
  const isNote = (id: string): boolean => /----(?:note|parent)/.test(id)
  const nodes = known.filter(({ id }) => !isNote(id))
  const edges = all.filter(({ end, start }) => !isNote(end) && !isNote(start))
  return {
    title: db.getDiagramTitle(),
    direction,
    states: new Map(
      nodes
        .filter(({ isGroup }) => !isGroup)
        .map(({ cssClasses, description = [], id, label, parentId, shape }) => [
          id,
          {
            label: [label, ...(typeof description === "string" ? [] : description)].map(shown).join("\n"),
            shape,
            group: parentId,
            classes: cssClasses.split(" ").filter((name) => name !== "" && !name.startsWith("statediagram-"))
          }
        ])
    ),
    composites: new Map(
      nodes
        .filter(({ isGroup }) => isGroup)
        .map(({ dir = "", id, label, parentId }) => [id, { label: shown(label), group: parentId, direction: dir }])
    ),
    relations: edges.map(({ end, label, start }) => ({ from: start, to: end, label: shown(label) })),
    styles: new Map([...db.getClasses()].map(([name, { styles }]) => [name, styles])),
    notes: new Map(
      known.filter(({ shape }) => shape === "note").map(({ id, label }) => [id.split("----")[0] ?? "", shown(label)])
    )
  }
}

/** How a kind of node is drawn: as a sign, or as a state with or without a word for what it is. */
const drawn = ({ kind, label }: Picture.Node): { readonly shape: string; readonly word?: string } => {
  switch (kind) {
    case "start":
      return { shape: "stateStart" }
    case "completed":
      return { shape: "stateEnd" }
    case "choice":
    case "again":
    case "goto":
      return { shape: "choice" }
    case "fork":
      return { shape: "fork" }
    case "join":
      return label === "" ? { shape: "join" } : { shape: "state" }
    case "signal":
    case "timer":
    case "fail":
    case "child":
    case "send":
    case "draft":
    case "dynamic":
      return { shape: "state", word: `«${kind}» ` }
    default:
      return { shape: "state" }
  }
}

/** Whatever stands at the ends of the diagram has Mermaid's own name for it. */
const named = ({ nodes }: Picture.Picture) => {
  const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]))
  return (id: string): string =>
    kinds.get(id) === "start" ? "root_start" : kinds.get(id) === "completed" ? "root_end" : id
}

/** What Mermaid must have understood of a picture. Written from the model alone, without a look at the writer. */
export const expectedStates = (picture: Picture.Picture, types = false) => {
  const name = named(picture)
  const question = new Map(picture.nodes.filter(({ kind }) => kind === "choice").map(({ id, label }) => [id, label]))
  return {
    states: picture.nodes.map((node) => {
      const { shape, word = "" } = drawn(node)
      return {
        id: name(node.id),
        group: node.group,
        shape,
        label: shape === "state" ? `${word}${counted(node)}`.split("\n").map(visible).join("\n") : undefined
      }
    }),
    composites: new Map(picture.groups.map(({ group, id, label }) => [id, { label: visible(label), group }])),
    relations: picture.edges.map(({ from, label, state, to }) => ({
      from: name(from),
      to: name(to),
      label: written(label, types && state !== label ? state : undefined, question.get(to))
    }))
  }
}

const sorted = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> =>
  values.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

/** The text, read by Mermaid, is the picture: no state, label, arrow or composite more or less. */
export const expectStatesToReadBack = async (
  text: string,
  picture: Picture.Picture,
  types = false
): Promise<ParsedStates> => {
  const parsed = await parseStates(text)
  const wanted = expectedStates(picture, types)
  expect([...parsed.states.keys()].toSorted()).toEqual(wanted.states.map(({ id }) => id).toSorted())
  for (const { group, id, label, shape } of wanted.states) {
    const state = parsed.states.get(id)
    // Mermaid's own names for a state, with and without lines below its name.
    const like = state?.shape === "rect" || state?.shape === "rectWithTitle" ? "state" : state?.shape
    expect({ id, shape: like, group: state?.group }).toEqual({ id, shape, group })
    if (label !== undefined) expect(firstLines(state?.label ?? "", label)).toBe(label)
  }
  const isMarked = picture.nodes.some(({ mark }) => mark !== undefined)
  expect([...parsed.composites.keys()].toSorted()).toEqual([...wanted.composites.keys()].toSorted())
  for (const [id, { group, label }] of wanted.composites) {
    const found = parsed.composites.get(id)
    // An execution says after it how often it has turned, and what has ended.
    const first = isMarked ? found?.label.slice(0, label.length) : found?.label
    expect({ id, group: found?.group, label: first }).toEqual({ id, group, label })
  }
  for (const { direction, group, id } of picture.groups) {
    const around = group === undefined ? parsed.direction : parsed.composites.get(group)?.direction
    // Unless another one was asked for, which then all have.
    if (direction !== undefined && (picture.direction ?? "TB") === parsed.direction) {
      expect(parsed.composites.get(id)?.direction).toBe(direction)
    } else expect(parsed.composites.get(id)?.direction).toBe(around)
  }
  expect(sorted(parsed.relations)).toEqual(sorted(wanted.relations))
  const notes = [...picture.nodes, ...picture.groups].flatMap(({ id, note }) =>
    note === undefined ? [] : [[id, note]]
  )
  expect(sorted([...parsed.notes])).toEqual(sorted(notes))
  return parsed
}
