/** The lines of a tree: what is said of each part of a picture, and what stands below it. */
import type { Progress } from "@waymark/interpreter"
import type { Edge, Group, Kind, Node, Picture } from "../Picture.ts"
import type { Options } from "../Tree.ts"
import { nesting, type Item, type Nesting } from "./nesting.ts"
import { said } from "./said.ts"

/** The signs that a tree is made of. */
interface Signs {
  readonly fork: string
  readonly last: string
  readonly bar: string
  readonly none: string
  readonly more: string
  readonly to: string
  readonly dash: string
  readonly times: string
  readonly status: { readonly [S in Progress.Status]: string }
}

const unicode: Signs = {
  fork: "├─ ",
  last: "└─ ",
  bar: "│  ",
  none: "   ",
  more: "⋯  ",
  to: "→",
  dash: "—",
  times: "×",
  status: { done: "✓", current: "●", failed: "✗", skipped: "–", pending: "○", compensated: "↺" }
}

const ascii: Signs = {
  fork: "|- ",
  last: "`- ",
  bar: "|  ",
  none: "   ",
  more: "~  ",
  to: "->",
  dash: "-",
  times: "x",
  status: { done: "[x]", current: "[>]", failed: "[!]", skipped: "[-]", pending: "[ ]", compensated: "[<]" }
}

/** Deeper than this, lines are not moved any further to the right. */
const DEEPEST = 24

/** What a kind is called beside a name; nothing where the name or its place says it. */
const kinds: { readonly [K in Kind]?: string } = {
  signal: "signal",
  timer: "timer",
  child: "child",
  send: "message",
  draft: "draft",
  dynamic: "decided at run time",
  choice: "choice"
}

/** What a kind of group is called before its name. */
const frames: { readonly [K in Group["kind"]]?: string } = {
  loop: "loop",
  machine: "machine",
  state: "state",
  embedded: "embedded"
}

/** Words that are not an author's. */
const worded = ({ times }: Signs, text: string): string => safe(text).replaceAll("×", times)

/** What would break a line, or move what a terminal shows. */
const safe = (text: string): string =>
  text
    .replaceAll(/\p{Cc}/gu, (char) =>
      char < " " ? String.fromCodePoint(0x2400 + (char.codePointAt(0) ?? 0)) : "\uFFFD"
    )
    .replaceAll(/[\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\uFFFD")

interface Line {
  readonly text: string
  readonly below: ReadonlyArray<string>
}

/** What the lines of a picture are made from. */
interface Source extends Nesting {
  readonly signs: Signs
  readonly types: boolean
  /** The roads that leave from a choice, and the workflows that children start. */
  readonly roads: ReadonlyMap<string, ReadonlyArray<string>>
  readonly incoming: ReadonlyMap<string, ReadonlyArray<Edge>>
  readonly outgoing: ReadonlyMap<string, ReadonlyArray<Edge>>
}

const by = <A>(
  values: ReadonlyArray<A>,
  keyOf: (value: A) => string | undefined
): ReadonlyMap<string, ReadonlyArray<A>> => {
  const found = new Map<string, Array<A>>()
  for (const value of values) {
    const key = keyOf(value)
    if (key === undefined) continue
    const known = found.get(key)
    if (known === undefined) found.set(key, [value])
    else known.push(value)
  }
  return found
}

const sourceOf = (picture: Picture, options: Options): Source => sourceIn(picture, options, nesting(picture))

/** The child whose workflow a node is, which was drawn small. */
const starterOf = ({ nodes }: Picture, { address, frame }: Node): string | undefined =>
  frame?.kind === "child" ? nodes.find((node) => node.kind === "child" && node.address === address)?.id : undefined

/** What stands below a node: the roads that leave from it, or the workflow that it starts. */
const roadsOf = (picture: Picture): Source["roads"] => {
  const below = [
    ...(picture.lanes ?? []).map(({ id, of }) => ({ id, of })),
    ...picture.nodes.map((node) => ({ id: node.id, of: starterOf(picture, node) }))
  ]
  return new Map([...by(below, ({ of }) => of)].map(([id, all]) => [id, all.map((one) => one.id)] as const))
}

const sourceIn = (picture: Picture, options: Options, nested: Nesting): Source => ({
  ...nested,
  signs: options.ascii === true ? ascii : unicode,
  types: options.types === true,
  roads: roadsOf(picture),
  incoming: by(picture.edges, ({ to }) => to),
  outgoing: by(picture.edges, ({ from }) => from)
})

/** A part of a fork that says nothing: its frame does. */
const isSilent = ({ kind, label }: Node): boolean => label === "" && (kind === "fork" || kind === "join")

const unique = (texts: ReadonlyArray<string | undefined>): ReadonlyArray<string> =>
  [...new Set(texts.filter((text) => text !== undefined && text !== ""))] as ReadonlyArray<string>

const failuresOf = ({ outgoing }: Source, { id, kind }: Node): ReadonlyArray<string> => {
  const tags = unique((outgoing.get(id) ?? []).map((edge) => (edge.kind === "failure" ? edge.label : undefined)))
  return tags.length === 0 ? [] : [`${kind === "fail" ? "fails" : "may fail"}: ${tags.join(", ")}`]
}

/** The types of the states that come to a node; nothing where one of them is not known. */
const statesOf = ({ incoming, types }: Source, { id, kind }: Node): ReadonlyArray<string> => {
  const ways = types ? (incoming.get(id) ?? []) : []
  if (ways.length === 0 || ways.some(({ state }) => state === undefined)) return []
  // Said by a word: a sign between a name and a type would look like an arrow, or like one more name.
  return [`${kind === "completed" ? "with" : "takes"} ${safe(unique(ways.map(({ state }) => state)).join(" | "))}`]
}

const marked = ({ signs }: Source, { kind, mark }: Node | Group, text: string): string => {
  // How the whole has ended is said where it ends.
  if (mark === undefined || kind === "start") return text
  const words = [...(mark.status === "pending" ? [] : [mark.status]), ...said(mark)].join(", ")
  return `${signs.status[mark.status]} ${text}${words === "" ? "" : ` ${signs.dash} ${worded(signs, words)}`}`
}

const inOneLine = (text: string): string => text.replaceAll("\n", " / ")

/** Where a state of a machine goes: `left (chooseLeft)`, or `end` where it leaves the machine. */
const leadsTo = ({ signs }: Source, { ways = [] }: Node | Group): string => {
  const goals = unique(ways.map(({ label, to = "end" }) => (label === undefined ? to : `${to} (${inOneLine(label)})`)))
  return goals.length === 0 ? "" : ` ${signs.to} ${safe(goals.join(", "))}`
}

const noteOf = ({ note }: Node | Group): ReadonlyArray<string> =>
  note === undefined ? [] : [`note: ${safe(inOneLine(note))}`]

const ofNode = (source: Source, node: Node): string => {
  const { kind, label } = node
  const [first = "", ...details] = (label === "" ? (kind === "pure" ? "change" : kind) : label).split("\n")
  const called = kinds[kind] === first ? undefined : kinds[kind]
  const all = [
    ...(called === undefined ? [] : [called]),
    ...[...details, ...failuresOf(source, node)].map((text) => worded(source.signs, text)),
    ...statesOf(source, node),
    ...noteOf(node)
  ]
  const text = `${safe(first)}${all.length === 0 ? "" : ` (${all.join("; ")})`}`
  return marked(source, node, text + leadsTo(source, node))
}

const ofGroup = (source: Source, group: Group): string => {
  const kind = frames[group.kind]
  const label = safe(group.label)
  const text = kind === undefined || kind === label ? label || group.kind : `${kind}: ${label}`
  const notes = noteOf(group).map((note) => ` (${note})`)
  return marked(source, group, text + notes.join("") + leadsTo(source, group))
}

/** Frames that say nothing are left out, and what is in them stands in their place. */
const shown = (source: Source, ids: ReadonlyArray<string>): ReadonlyArray<string> =>
  ids.flatMap((id) => {
    const { items, parts } = source
    const item = items.get(id) as Item
    // The workflow that a child starts stands below the child.
    if (item._tag === "Group") return item.value.kind === "child" ? shown(source, parts.get(id) ?? []) : [id]
    if (item._tag === "Node") {
      const { frame, kind } = item.value
      return isSilent(item.value) || kind === "start" || frame?.kind === "child" ? [] : [id]
    }
    // A road stands below its choice.
    if (item.value.of !== undefined && items.has(item.value.of)) return []
    return item.value.kind === "fork" && item.value.label === "" ? shown(source, parts.get(id) ?? []) : [id]
  })

const lineOf = (source: Source, id: string): Line => {
  const { items, parts, roads } = source
  const item = items.get(id) as Item
  if (item._tag === "Node") return { text: ofNode(source, item.value), below: roads.get(id) ?? [] }
  const below = shown(source, parts.get(id) ?? [])
  if (item._tag === "Group") return { text: ofGroup(source, item.value), below }
  const label = safe(item.value.label)
  const [only] = below
  // A road or handler of one step is one line.
  if (only === undefined || below.length > 1) return { text: label, below }
  const inner = lineOf(source, only)
  return { text: label === "" ? inner.text : `${label}: ${inner.text}`, below: inner.below }
}

const indent = ({ bar, more, none }: Signs, bars: ReadonlyArray<boolean>): string =>
  (bars.length > DEEPEST ? more : "") +
  bars
    .slice(-DEEPEST)
    .map((goesOn) => (goesOn ? bar : none))
    .join("")

export const lines = (picture: Picture, options: Options): ReadonlyArray<string> => {
  const source = sourceOf(picture, options)
  const { signs } = source
  const start = picture.nodes.find(({ kind }) => kind === "start")
  const found = start === undefined ? [] : [ofNode(source, start)]
  interface Visit {
    readonly id: string
    /** Of each level above: whether something follows there. */
    readonly bars: ReadonlyArray<boolean>
    readonly isLast: boolean
  }
  const stack: Array<Visit> = []
  const push = (ids: ReadonlyArray<string>, bars: ReadonlyArray<boolean>): void => {
    for (const [i, id] of ids.toReversed().entries()) stack.push({ id, bars, isLast: i === 0 })
  }
  push(shown(source, source.parts.get("") ?? []), [])
  for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
    const { bars, id, isLast } = visit
    const { below, text } = lineOf(source, id)
    found.push(`${indent(signs, bars)}${isLast ? signs.last : signs.fork}${text}`)
    push(below, [...bars, !isLast])
  }
  return found
}
