/**
 * A picture as a state diagram.
 *
 * Every state looks the same there, and so does every arrow. So what is no step says what it is in guillemets, as UML
 * does; and since a choice has no room for text, its question stands on the arrows that lead to it.
 */
import type * as Picture from "../../Picture.ts"
import { line, lines, noteText, visible } from "./escape.ts"
import { classes, frontMatter, paper } from "./head.ts"
import { edgeLabel, groupLabel, nodeLabel } from "./labels.ts"
import { indent, inOrder, ordered } from "./order.ts"
import type { Settings } from "./settings.ts"

/** What is drawn with a sign of its own: none but these have one. */
type Sign = "[*]" | "<<choice>>" | "<<fork>>" | "<<join>>"

/** How a kind is drawn: by a sign, or as a state, whose name may say what it is. */
const kinds: { readonly [K in Picture.Kind]: { readonly sign: Sign } | { readonly keyword?: string } } = {
  start: { sign: "[*]" },
  completed: { sign: "[*]" },
  failed: {},
  step: {},
  signal: { keyword: "signal" },
  timer: { keyword: "timer" },
  pure: {},
  fail: { keyword: "fail" },
  child: { keyword: "child" },
  send: { keyword: "send" },
  checkpoint: {},
  continued: {},
  draft: { keyword: "draft" },
  dynamic: { keyword: "dynamic" },
  choice: { sign: "<<choice>>" },
  again: { sign: "<<choice>>" },
  goto: { sign: "<<choice>>" },
  fork: { sign: "<<fork>>" },
  join: { sign: "<<join>>" },
  winner: {},
  collapsed: {}
}

/** A bar could not show a label. */
const signOf = ({ kind, label }: Picture.Node): Sign | undefined => {
  const drawn = kinds[kind]
  return "sign" in drawn && (kind !== "join" || label === "") ? drawn.sign : undefined
}

/** The name of a node with what it is, where that is no step. */
export const titled = ({ kind }: Pick<Picture.Node, "kind">, name: string): string => {
  const drawn = kinds[kind]
  return "keyword" in drawn ? `«${drawn.keyword}» ${name}` : name
}

/** What is noted at a state or a composite one. */
const noteLines = ({ id, note }: Picture.Node | Picture.Group): ReadonlyArray<string> =>
  note === undefined ? [] : [`note right of ${id} : ${noteText(note)}`]

/** A state, and below its name what else there is to say. */
const stateLines = (node: Picture.Node): ReadonlyArray<string> => {
  const sign = signOf(node)
  if (sign === "[*]") return []
  if (sign !== undefined) return [`state ${node.id} ${sign}`]
  const [name = "", ...details] = nodeLabel(node).split("\n")
  return [
    `state ${visible(titled(node, name))} as ${node.id}`,
    ...details.map((text) => `${node.id} : ${line(text)}`),
    ...noteLines(node)
  ]
}

// An arrow into a composite state crosses its title: that has some room below it.
const room = ["flowchart: { subGraphTitleMargin: { top: 0, bottom: 14 } }"]

const isNoted = ({ note }: Picture.Node | Picture.Group): boolean => note !== undefined

/** The innermost group around both ends of an edge, where both stand in it and not in one within. */
const placesOf = ({ edges, groups, nodes }: Picture.Picture): ReadonlyMap<string | undefined, Array<Picture.Edge>> => {
  const around = new Map([...nodes, ...groups].map(({ group, id }) => [id, group]))
  const places = new Map<string | undefined, Array<Picture.Edge>>()
  for (const edge of edges) {
    const group = around.get(edge.from)
    // An edge written in a group draws both its ends into that.
    const place = group === around.get(edge.to) ? group : undefined
    const there = places.get(place)
    if (there === undefined) places.set(place, [edge])
    else there.push(edge)
  }
  return places
}

/** Which way the picture and each group reads: as is asked for, as it says, or as what is around it. */
const directions = (
  { direction = "TB", groups }: Picture.Picture,
  settings: Settings
): ((group: string | undefined) => Picture.Direction) => {
  const asked = settings.direction === "TD" ? "TB" : settings.direction
  if (asked !== undefined) return () => asked
  const found = new Map<string | undefined, Picture.Direction>([[undefined, direction]])
  const of = (id: string | undefined): Picture.Direction => found.get(id) ?? direction
  // Groups come after those around them.
  for (const { direction: own, group, id } of groups) found.set(id, own ?? of(group))
  return of
}

export const state = (picture: Picture.Picture, settings: Settings): ReadonlyArray<string> => {
  const byId = new Map(picture.nodes.map((node) => [node.id, node]))
  const places = placesOf(picture)
  const directionOf = directions(picture, settings)
  const nameOf = (id: string): string => {
    const node = byId.get(id)
    return node !== undefined && signOf(node) === "[*]" ? "[*]" : id
  }
  const edgeLine = (edge: Picture.Edge): string => {
    const target = byId.get(edge.to)
    const question = target?.kind === "choice" ? target.label : ""
    const label = [edgeLabel(edge, settings), question].filter((text) => text !== "").join("\n")
    return `${nameOf(edge.from)} --> ${nameOf(edge.to)}${label === "" ? "" : ` : ${lines(label)}`}`
  }
  const edgesIn = (group: string | undefined, depth: number): ReadonlyArray<string> =>
    (places.get(group) ?? []).map((edge) => `${indent(depth)}${edgeLine(edge)}`)

  return [
    ...frontMatter(picture.nodes.find(({ kind }) => kind === "start")?.label, settings.theme, [
      ...(picture.groups.length === 0 ? [] : room),
      ...(picture.nodes.some(isNoted) || picture.groups.some(isNoted) ? paper : [])
    ]),
    ...settings.notes,
    "stateDiagram-v2",
    `  direction ${directionOf(undefined)}`,
    ...inOrder(ordered(picture)).flatMap((item) => {
      const at = indent(item.depth)
      switch (item._tag) {
        case "Open":
          return [
            `${at}state ${visible(groupLabel(item.group))} as ${item.group.id} {`,
            // It does not take over the one around it.
            `${at}  direction ${directionOf(item.group.id)}`
          ]
        case "Node":
          return stateLines(item.node).map((text) => `${at}${text}`)
        case "Close":
          return [
            ...edgesIn(item.group.id, item.depth + 1),
            `${at}}`,
            ...noteLines(item.group).map((text) => `${at}${text}`)
          ]
      }
    }),
    ...edgesIn(undefined, 0),
    ...classes(picture, settings.theme, (id) => {
      const node = byId.get(id)
      return node === undefined || signOf(node) !== "[*]" ? id : node.kind === "start" ? undefined : "root_end"
    })
  ]
}
