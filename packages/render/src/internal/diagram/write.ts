/** A graph as the text of a diagram, such that reading it gives the graph again. */
import * as Graph from "./graph.ts"

/** What YAML takes for a text as it stands, and for nothing else. */
const plain = /^(?!(?:true|false|null|yes|no|on|off)$)\p{L}(?:[\p{L}\p{N} _.,()-]*[\p{L}\p{N}_.,()-])?$/iu

/** A title in such quotes that at most these are to be written twice in it. */
const quoted = (title: string): string => {
  if (plain.test(title)) return title
  return /["\\]/u.test(title) ? `'${title.replaceAll("'", "''")}'` : `"${title}"`
}

const retryOf = ({ attempts, backoffMs }: Graph.Retry): string =>
  [attempts !== undefined && `attempts=${attempts}`, backoffMs !== undefined && `backoffMs=${backoffMs}`]
    .filter((part) => part !== false)
    .join(", ")

const described = (id: string, text: string): string =>
  text.includes('"') ? `${id} : ${text}` : `state "${text}" as ${id}`

const noteOf = (id: string, { side, text }: Graph.State["notes"][number]): ReadonlyArray<string> =>
  text === "" || /[:;\n]/u.test(text)
    ? [`note ${side} of ${id}`, ...text.split("\n").map((line) => `  ${line}`), "end note"]
    : [`note ${side} of ${id} : ${text}`]

const isWord = (id: string): boolean => /^\w+$/.test(id)

/**
 * The classes of a place. Mermaid gives a class where a line says so of an id that is of `\w` alone, wherever that stands, or behind the end of an arrow; on a line of its
 * own, `id:::class` is read, and does nothing.
 */
const classesIn = (all: Graph.Place): ReadonlyArray<string> =>
  Graph.statesOf(all).flatMap(({ classes, id }) => (isWord(id) ? classes.map((name) => `class ${id} ${name}`) : []))

const declared = (state: Graph.State): ReadonlyArray<string> => {
  const { id, kind, regions, retry } = state
  const inside = regions.flatMap((region, index) => [...(index === 0 ? [] : ["--"]), ...place(region)])
  return [
    ...(kind === "step"
      ? state.descriptions.length === 0
        ? [id]
        : []
      : kind === "composite"
        ? [`state ${id} {`, ...inside.map(indented), "}"]
        : [`state ${id} <<${kind}>>`]),
    ...state.descriptions.map((text) => described(id, text)),
    ...(isWord(id) ? [] : state.classes.slice(0, -1).map((name) => `${id}:::${name}`)),
    ...(retry === undefined ? [] : [`${id} --> ${id}: ${retryOf(retry)}`])
  ]
}

const indented = (line: string): string => (line === "" ? line : `  ${line}`)

/**
 * A line that ends in this word and one that begins as a direction does are one direction to Mermaid. A bare `%%` keeps them apart;
 * what is indented belongs to another place, or to a note.
 */
const parted = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.flatMap((line, index) =>
    /direction$/iu.test(line) && /^(?:TB|BT|RL|LR)/iu.test(lines[index + 1] ?? "") ? [line, "%%"] : [line]
  )

const place = ({ arrows, direction, states }: Graph.Place): ReadonlyArray<string> => {
  // The last class of each state that has to have it behind an arrow's end.
  const late = new Map(
    states.flatMap(({ classes, id }) => (isWord(id) ? [] : classes.slice(-1).map((name) => [id, name])))
  )
  const ended = (id: string): string => {
    const name = late.get(id)
    late.delete(id)
    return name === undefined ? id : `${id}:::${name}`
  }
  return parted([
    ...(direction === undefined ? [] : [`direction ${direction}`]),
    ...states.flatMap(declared),
    ...arrows.map(({ from, label, to }) => `${ended(from)} --> ${ended(to)}${label === undefined ? "" : `: ${label}`}`),
    ...states.flatMap(({ id, notes }) => notes.flatMap((note) => noteOf(id, note)))
  ])
}

/** The text of a graph, with remarks before it. */
export const write = (graph: Graph.Graph, remarks: ReadonlyArray<string> = []): string =>
  [
    "---",
    `title: ${quoted(graph.title)}`,
    ...graph.matter,
    "---",
    "",
    ...remarks,
    "stateDiagram-v2",
    ...parted([
      ...(graph.accTitle === undefined ? [] : [`accTitle: ${graph.accTitle}`]),
      ...accDescr(graph.accDescr),
      ...(graph.scale === undefined ? [] : [`scale ${graph.scale} width`]),
      ...(graph.hideEmptyDescription ? ["hide empty description"] : []),
      ...graph.classDefs.map(({ names, style }) => `classDef ${names} ${style}`),
      ...place(graph.root),
      ...classesIn(graph.root),
      ...graph.styles.map(({ ids, style }) => `style ${ids.join(",")} ${style}`)
    ]).map(indented),
    ""
  ].join("\n")

const accDescr = (text: string | undefined): ReadonlyArray<string> => {
  if (text === undefined) return []
  return text.includes("\n") ? ["accDescr {", ...text.split("\n").map(indented), "}"] : [`accDescr: ${text}`]
}
