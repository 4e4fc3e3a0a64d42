/** The real Mermaid, made to parse in bare Node, and what it understood of a text as plain data. */
import type { Picture } from "@waymark/render"
import DOMPurify from "dompurify"
import { expect } from "vitest"

// Mermaid sanitizes labels while it parses, for which its DOMPurify would need a document.
Object.assign(DOMPurify, { addHook() {}, removeHook() {}, sanitize: String })
const { default: mermaid } = await import("mermaid")
mermaid.initialize({ maxEdges: 100_000, maxTextSize: 10_000_000 })

interface FlowDb {
  getDirection(): string
  getVertices(): ReadonlyMap<
    string,
    { readonly id: string; readonly text: string; readonly type?: string; readonly classes: ReadonlyArray<string> }
  >
  getEdges(): ReadonlyArray<{
    readonly start: string
    readonly end: string
    readonly text: string
    readonly stroke: string
    readonly type: string
  }>
  getSubGraphs(): ReadonlyArray<{ readonly id: string; readonly title: string; readonly nodes: ReadonlyArray<string> }>
  getClasses(): ReadonlyMap<string, { readonly styles: ReadonlyArray<string> }>
}

export interface Parsed {
  readonly direction: string
  readonly nodes: ReadonlyArray<{
    id: string
    label: string
    shape: string | undefined
    classes: ReadonlyArray<string>
  }>
  readonly edges: ReadonlyArray<{ from: string; to: string; label: string; dashed: boolean; arrow: string }>
  readonly groups: ReadonlyArray<{ id: string; label: string; members: ReadonlyArray<string> }>
  readonly styles: ReadonlyMap<string, ReadonlyArray<string>>
}

const named: Readonly<Record<string, string>> = { quot: '"', amp: "&", lt: "<", gt: ">" }

/** A diagram as Mermaid has read it. */
export const diagramOf = async (text: string): Promise<{ readonly type: string; readonly db: unknown }> => {
  // Titles and settings are read before, and given to the diagram by whoever renders it.
  const front = /^---\n(?:title: (?<title>.*)\n)?/.exec(text)?.groups?.["title"]
  return mermaid.mermaidAPI.getDiagramFromText(text, front === undefined ? {} : { title: JSON.parse(front) as string })
}

/** The settings that Mermaid reads in the front matter of a text. */
export const settingsOf = async (text: string): Promise<Readonly<Record<string, unknown>>> => {
  const { config } = await mermaid.parse(text)
  return { ...config }
}

/** What a browser shows for a label: Mermaid's marks become HTML entities, and those the characters they stand for. */
export const shown = (text: string): string => {
  const lines = text.replaceAll("<br/>", "\n")
  expect(lines, "no sign of HTML but the ends of lines").not.toMatch(/[&<>]/)
  return lines
    .replaceAll("ﬂ°°", "&#")
    .replaceAll("ﬂ°", "&")
    .replaceAll("¶ß", ";")
    .replaceAll(/&(#\d+|\w+);/g, (_, name: string) =>
      name.startsWith("#") ? String.fromCodePoint(Number(name.slice(1))) : (named[name] ?? `unknown entity ${name}`)
    )
}

/** Parses a flowchart with Mermaid itself. */
export const parse = async (text: string): Promise<Parsed> => {
  const diagram = await diagramOf(text)
  expect(diagram.type).toMatch(/^flowchart/)
  const db = diagram.db as FlowDb
  const groups = db.getSubGraphs().map(({ id, nodes, title }) => ({ id, label: shown(title), members: nodes }))
  const isGroup = new Set(groups.map(({ id }) => id))
  return {
    direction: db.getDirection(),
    // An edge from a group makes Mermaid list the group among the vertices too.
    nodes: [...db.getVertices().values()]
      .filter(({ id }) => !isGroup.has(id))
      .map(({ classes, id, text, type }) => ({ id, label: shown(text), shape: type, classes: [...classes] })),
    edges: db.getEdges().map(({ end, start, stroke, text, type }) => ({
      from: start,
      to: end,
      label: shown(text),
      dashed: stroke === "dotted",
      arrow: type
    })),
    groups,
    styles: new Map([...db.getClasses()].map(([name, { styles }]) => [name, styles]))
  }
}

/** What may happen, where it does, is dashed: what follows as a matter of course is not. */
const dashed: ReadonlySet<Picture.EdgeKind> = new Set([
  "goto",
  "failure",
  "interruption",
  "compensation",
  "cancellation",
  "decision",
  "start"
])

/** A label with what stands after its name, as often as it was completed, and without what else a mark has to say. */
export const counted = ({ label, mark }: Picture.Node): string => {
  if (mark === undefined || mark.completed < 2) return label
  const [name, ...rest] = label.split("\n")
  return [`${name === "" ? "" : `${name} `}×${mark.completed}`, ...rest].join("\n")
}

/** The first lines of a label: those that a node has before an execution adds any. */
export const firstLines = (text: string, of: string): string =>
  text.split("\n").slice(0, of.split("\n").length).join("\n")

/** What there is to say, in lines. */
export const written = (...texts: ReadonlyArray<string | undefined>): string =>
  texts.filter((text) => text !== undefined && text !== "").join("\n")

/** What Mermaid must have understood of a picture. Written from the model alone, without a look at the writer. */
export const expected = ({ edges, groups, nodes }: Picture.Picture, types = false) => ({
  nodes: nodes.map((node) => ({ id: node.id, label: counted(node), extra: node.mark !== undefined })),
  edges: edges.map(({ from, kind, label, state, to }) => ({
    from,
    to,
    label: written(label, types && state !== label ? state : undefined),
    dashed: dashed.has(kind)
  })),
  groups: new Map(
    groups.map(({ id, label }) => [
      id,
      {
        label,
        members: [...nodes, ...groups].filter(({ group }) => group === id).map((member) => member.id)
      }
    ])
  )
})

const byId = <A extends { readonly id: string }>(values: ReadonlyArray<A>) =>
  new Map(values.map((value) => [value.id, value]))

/**
 * The text, read by Mermaid, is the picture: no node, label, edge or group more or less. Nodes in the picture's order. `types` where
 * the text was asked for the types of states.
 */
export const expectToReadBack = async (text: string, picture: Picture.Picture, types = false): Promise<Parsed> => {
  const parsed = await parse(text)
  const wanted = expected(picture, types)
  const read = byId(parsed.nodes)
  for (const { extra, id, label } of wanted.nodes) {
    const found = read.get(id)?.label
    expect({ id, label: extra && found !== undefined ? firstLines(found, label) : found }).toEqual({ id, label })
  }
  expect(parsed.nodes.length).toBe(wanted.nodes.length)
  expect(parsed.edges.map(({ dashed, from, label, to }) => ({ from, to, label, dashed }))).toEqual(wanted.edges)
  expect(parsed.edges.every(({ arrow }) => arrow === "arrow_point")).toBe(true)
  expect(parsed.groups.length).toBe(wanted.groups.size)
  for (const { id, label, members } of parsed.groups) {
    // An execution says after it how often it has turned, and what has ended.
    expect(label.startsWith(wanted.groups.get(id)?.label ?? "no such group")).toBe(true)
    if (picture.nodes.every(({ mark }) => mark === undefined)) expect(label).toBe(wanted.groups.get(id)?.label)
    expect(members.toSorted()).toEqual(wanted.groups.get(id)?.members.toSorted())
  }
  return { ...parsed, nodes: wanted.nodes.flatMap(({ id }) => read.get(id) ?? []) }
}
