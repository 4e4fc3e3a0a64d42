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

/** What a browser shows for a label: Mermaid's marks become HTML entities, and those the characters they stand for. */
const shown = (text: string): string => {
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
  const diagram = await mermaid.mermaidAPI.getDiagramFromText(text)
  expect(diagram.type).toMatch(/^flowchart/)
  const db = diagram.db as unknown as FlowDb
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
  "decision"
])

/** What Mermaid must have understood of a picture. Written from the model alone, without a look at the writer. */
export const expected = ({ edges, groups, nodes }: Picture.Picture) => ({
  nodes: nodes.map(({ id, label, mark }) => ({
    id,
    label: mark !== undefined && mark.completed > 1 ? `${label}${label === "" ? "" : " "}×${mark.completed}` : label
  })),
  edges: edges.map(({ from, kind, label, to }) => ({
    from,
    to,
    label: label ?? "",
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

/** The text, read by Mermaid, is the picture: no node, label, edge or group more or less. */
export const expectToReadBack = async (text: string, picture: Picture.Picture): Promise<Parsed> => {
  const parsed = await parse(text)
  const wanted = expected(picture)
  expect(parsed.nodes.map(({ id, label }) => ({ id, label }))).toEqual(wanted.nodes)
  expect(parsed.edges.map(({ dashed, from, label, to }) => ({ from, to, label, dashed }))).toEqual(wanted.edges)
  expect(parsed.edges.every(({ arrow }) => arrow === "arrow_point")).toBe(true)
  expect(parsed.groups.length).toBe(wanted.groups.size)
  for (const { id, label, members } of parsed.groups) {
    expect(label).toBe(wanted.groups.get(id)?.label)
    expect(members.toSorted()).toEqual(wanted.groups.get(id)?.members.toSorted())
  }
  return parsed
}
