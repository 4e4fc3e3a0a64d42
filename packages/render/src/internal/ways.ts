/** A machine that says where its states go. */
import { Node } from "@waymark/core"
import * as ids from "./ids.ts"
import { drawGroup, edge, type Part, type Parts } from "./part.ts"
import * as Rope from "./rope.ts"

/** States with the ways between them: from the frame of one into the next. */
export const ways = (
  { initial, name, states }: Node.Machine,
  said: NonNullable<Node.Machine["ways"]>,
  parts: Parts,
  address: string
): Part => {
  const values = parts.map(({ value }) => value)
  const names = Object.keys(states)
  const frames = parts.map(({ slot }) => ids.branch(Node.address(address, slot)))
  const entryOf = (state: string): string => (values[names.indexOf(state)] as Part).entry
  const from = (state: string) => said[state] ?? []
  return {
    entry: entryOf(initial),
    exits: Rope.concat(
      names.flatMap((state, i) =>
        from(state)
          .filter(({ to }) => to === undefined)
          .map(({ label }) => Rope.of({ from: frames[i] as string, ...(label !== undefined && { label }) }))
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
            : edge(frames[i] as string, entryOf(to), "next", label)
        })
      )
    ])
  }
}
