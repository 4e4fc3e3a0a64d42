/** A machine that says where its states go. */
import { Node } from "@waymark/core"
import type * as Picture from "../Picture.ts"
import * as ids from "./ids.ts"
import { directed, drawGroup, edge, type Exit, noted, type Part, type Parts } from "./part.ts"
import * as Remarks from "./remarks.ts"
import * as Rope from "./rope.ts"
import * as words from "./words.ts"

const isSaying = (node: Node.Node | undefined): node is Node.Machine =>
  node?._tag === "Machine" && node.ways !== undefined

const isNameless = (node: Node.Node | undefined): boolean => node?._tag === "Pure" && node.name === undefined

/**
 * Whether an item of a sequence only gives a machine that says its ways what its first state is entered with, or makes something
 * else of what it ends with: the arrows say so.
 */
export const isBeside = (nodes: ReadonlyArray<Node.Node>, i: number): boolean => {
  if (!isNameless(nodes[i])) return false
  let before = i - 1
  while (isNameless(nodes[before])) before--
  return isSaying(nodes[i + 1]) || isSaying(nodes[before])
}

/** The machine that a part is, if that is all there is to it. */
const machineOf = (node: Node.Node): Node.Machine | undefined => {
  const [only, ...others] = Node.items(node).filter((item) => !isNameless(item))
  return others.length === 0 && isSaying(only) ? only : undefined
}

/** The frame of a part that is a machine of a name: around that, one of the same name would say nothing more. */
export const frameOf = (node: Node.Node, { drawn }: Part, name: string): string | undefined => {
  const [own] = machineOf(node)?.name === name ? Rope.toArray(drawn) : []
  return own?._tag === "Open" ? own.group.id : undefined
}

/** Whether a state is one node of the same name: around that a frame would say nothing more. */
const isNode = ({ drawn }: Part, name: string): boolean => {
  const [item] = Rope.isOne(drawn) ? Rope.toArray(drawn) : []
  return item?._tag === "Node" && item.node.label.split("\n")[0] === words.printable(name)
}

/** Where a state is left: its last node, so that what follows is drawn below that; its frame where it ends at several. */
const leaving = (part: Part, frame: string): ReadonlyArray<Exit> => {
  const ends = new Set(Rope.toArray(part.exits).map(({ from }) => from))
  const [end] = ends
  return [{ from: end !== undefined && ends.size === 1 ? end : frame }]
}

/** What two ways in one are called. */
const called = (...labels: ReadonlyArray<string | undefined>): string | undefined =>
  labels.filter((label) => label !== undefined && label !== "").join(", ") || undefined

type Said = Pick<Picture.Group, "note" | "ways">

/** A node or frame by what a diagram has it called, with what is said of it. */
const told = (drawn: Part["drawn"], { title }: Remarks.Remark, said: Said): Part["drawn"] => {
  const [item, ...inside] = Rope.toArray(drawn)
  if (item?._tag === "Open") {
    const label = title.length === 0 ? item.group.label : words.printable(title.join(", "))
    const group = { ...item.group, label, ...said }
    return Rope.concat([{ ...item, group }, ...inside].map((one) => Rope.of(one)))
  }
  if (item?._tag !== "Node") return drawn
  const [name, ...details] = item.node.label.split("\n")
  const label = words.printable([...(title.length === 0 ? [name] : title), ...details].join("\n"))
  return Rope.of({ ...item, node: { ...item.node, label, ...said } })
}

/** States with the ways between them: from the end of one to the beginning of the next. */
export const ways = (
  machine: Node.Machine,
  said: NonNullable<Node.Machine["ways"]>,
  parts: Parts,
  address: string
): Part => {
  const { initial, name, states } = machine
  const values = parts.map(({ value }) => value)
  const names = Object.keys(states)
  const own = parts.map(({ node, value }, i) => frameOf(node, value, names[i] as string))
  const frames = parts.map(({ slot }, i) => own[i] ?? ids.branch(Node.address(address, slot)))
  const entryOf = (state: string): string => (values[names.indexOf(state)] as Part).entry
  /** The ends that a way leaves a state from: of a machine all, since each of its own ways goes on by all that follow. */
  const endsOf = (i: number, to: string | undefined): ReadonlyArray<Exit> => {
    const [{ node, value }, frame] = [parts[i] as Parts[number], frames[i] as string]
    const exits = Rope.toArray(value.exits)
    if (isNode(value, names[i] as string)) return [{ from: value.entry }]
    if (machineOf(node) !== undefined && exits.length > 0) return exits
    // No syntax has an arrow from a frame into itself.
    return to === names[i]
      ? [...new Set(exits.map(({ from }) => from))].map((from) => ({ from }))
      : leaving(value, frame)
  }
  const calledOf = (state: string): string => words.printable(Remarks.of(machine, state).title[0] ?? state)
  const goalsOf = (state: string): ReadonlyArray<Picture.Way> =>
    Object.freeze(
      (said[state] ?? []).map(({ label, to }) =>
        Object.freeze({
          ...(to !== undefined && { to: calledOf(to) }),
          ...(label !== undefined && { label: words.printable(label) })
        })
      )
    )
  const exits = names.flatMap((state, i) =>
    (said[state] ?? []).flatMap(({ label, to }) =>
      endsOf(i, to).map((end) => ({ from: end.from, label: called(end.label, label), to }))
    )
  )
  return {
    entry: entryOf(initial),
    exits: Rope.concat(
      exits
        .filter(({ to }) => to === undefined)
        .map(({ from, label }) => Rope.of({ from, ...(label !== undefined && { label }) }))
    ),
    raised: Rope.concat(values.map(({ raised }) => raised)),
    drawn: drawGroup(
      ids.group(address),
      address,
      "machine",
      name,
      Rope.concat(
        parts.map(({ slot, value }, i) => {
          const state = names[i] as string
          const remark = Remarks.of(machine, state)
          const goals = goalsOf(state)
          const more = { ...noted(remark.note), ...(goals.length > 0 && { ways: goals }) }
          if (own[i] !== undefined || isNode(value, state)) return told(value.drawn, remark, more)
          const label = remark.title.length === 0 ? state : remark.title.join(", ")
          return drawGroup(frames[i] as string, Node.address(address, slot), "state", label, value.drawn, more)
        })
      ),
      directed(Remarks.directionOf(machine))
    ),
    edges: Rope.concat([
      ...values.map(({ edges }) => edges),
      ...exits.map(({ from, label, to }) => (to === undefined ? Rope.empty : edge(from, entryOf(to), "next", label)))
    ])
  }
}
