/** A machine that says where its states go. */
import { Node } from "@waymark/core"
import * as ids from "./ids.ts"
import { drawGroup, edge, noted, type Part, type Parts } from "./part.ts"
import * as Remarks from "./remarks.ts"
import * as Rope from "./rope.ts"
import * as words from "./words.ts"

/** Whether a state is one node of the same name: around that a frame would say nothing more. */
const isNode = ({ drawn }: Part, name: string): boolean => {
  const [item] = Rope.isOne(drawn) ? Rope.toArray(drawn) : []
  return item?._tag === "Node" && item.node.label.split("\n")[0] === words.printable(name)
}

/** Where a state is left: its last node, so that what follows is drawn below that; its frame where it ends at several. */
const leaving = (part: Part, name: string, frame: string): string => {
  if (isNode(part, name)) return part.entry
  const ends = new Set(Rope.toArray(part.exits).map(({ from }) => from))
  const [end] = ends
  return end !== undefined && ends.size === 1 ? end : frame
}

/** A node by what a diagram has it called, with what is noted at it. */
const told = (drawn: Part["drawn"], { note, title }: Remarks.Remark): Part["drawn"] => {
  const [item] = Rope.toArray(drawn)
  if (item?._tag !== "Node") return drawn
  const [name, ...details] = item.node.label.split("\n")
  const label = words.printable([...(title.length === 0 ? [name] : title), ...details].join("\n"))
  return Rope.of({ ...item, node: { ...item.node, label, ...noted(note) } })
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
  const frames = parts.map(({ slot }) => ids.branch(Node.address(address, slot)))
  const ends = values.map((value, i) => leaving(value, names[i] as string, frames[i] as string))
  const entryOf = (state: string): string => (values[names.indexOf(state)] as Part).entry
  const from = (state: string) => said[state] ?? []
  return {
    entry: entryOf(initial),
    exits: Rope.concat(
      names.flatMap((state, i) =>
        from(state)
          .filter(({ to }) => to === undefined)
          .map(({ label }) => Rope.of({ from: ends[i] as string, ...(label !== undefined && { label }) }))
      )
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
          if (isNode(value, state)) return told(value.drawn, remark)
          const label = remark.title.length === 0 ? state : remark.title.join(", ")
          return drawGroup(frames[i] as string, Node.address(address, slot), "state", label, value.drawn, remark.note)
        })
      )
    ),
    edges: Rope.concat([
      ...values.map(({ edges }) => edges),
      ...names.flatMap((state, i) =>
        from(state).map(({ label, to }) => {
          if (to === undefined) return Rope.empty
          // No syntax has an arrow from a frame into itself.
          return to === state
            ? Rope.concat(
                [...new Set(Rope.toArray((values[i] as Part).exits).map((exit) => exit.from))].map((exit) =>
                  edge(exit, entryOf(to), "next", label)
                )
              )
            : edge(ends[i] as string, entryOf(to), "next", label)
        })
      )
    ])
  }
}
