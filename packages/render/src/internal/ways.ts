/** A machine that says where its states go. */
import { Node } from "@waymark/core"
import * as ids from "./ids.ts"
import { drawGroup, edge, type Part, type Parts } from "./part.ts"
import * as Rope from "./rope.ts"

/** Where a state is left: its last node, so that what follows is drawn below that; its frame where it ends at several. */
const leaving = ({ exits }: Part, frame: string): string => {
  const ends = new Set(Rope.toArray(exits).map(({ from }) => from))
  const [end] = ends
  return end !== undefined && ends.size === 1 ? end : frame
}

/** States with the ways between them: from the end of one to the beginning of the next. */
export const ways = (
  { initial, name, states }: Node.Machine,
  said: NonNullable<Node.Machine["ways"]>,
  parts: Parts,
  address: string
): Part => {
  const values = parts.map(({ value }) => value)
  const names = Object.keys(states)
  const frames = parts.map(({ slot }) => ids.branch(Node.address(address, slot)))
  const ends = values.map((value, i) => leaving(value, frames[i] as string))
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
        parts.map(({ slot, value }, i) =>
          drawGroup(frames[i] as string, Node.address(address, slot), "state", names[i] as string, value.drawn)
        )
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
