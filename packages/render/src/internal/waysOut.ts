/** Where the states of machines go, by the edges that leave them: for what has no edges, such as a tree. */
import type { Picture } from "../Picture.ts"
import { around, type Item, type Nesting } from "./nesting.ts"

const nameOf = ({ value }: Item): string => value.label.split("\n")[0] ?? ""

/** What an item is in, from itself outwards. */
const outwards = ({ items }: Nesting, id: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  for (let at = id; items.has(at); at = around(items.get(at) as Item)) found.push(at)
  return found
}

/** For each state of a machine that says its ways: `left (chooseLeft)`, or `end` where it leaves the machine. */
export const waysOut = (picture: Picture, nested: Nesting): ReadonlyMap<string, ReadonlyArray<string>> => {
  const { items } = nested
  const machines = new Set(picture.groups.filter(({ kind }) => kind === "machine").map(({ id }) => id))
  const found = new Map<string, Set<string>>()
  if (machines.size === 0) return new Map()
  const gotos = new Set(picture.nodes.filter(({ kind }) => kind === "goto").map(({ id }) => id))
  for (const { from, kind, label, to } of picture.edges) {
    // What comes to a `goto` may go anywhere, and what leaves one is no state.
    if (kind !== "next" || gotos.has(to) || gotos.has(from)) continue
    const [leaves, enters] = [outwards(nested, from), outwards(nested, to)]
    for (const [i, state] of leaves.entries()) {
      const machine = leaves[i + 1]
      if (machine === undefined || !machines.has(machine) || (enters.includes(state) && from !== to)) continue
      const goal = enters[enters.indexOf(machine) - 1]
      const name = goal === undefined ? "end" : nameOf(items.get(goal) as Item)
      const ways = found.get(state) ?? new Set()
      found.set(state, ways.add(label === undefined ? name : `${name} (${label.replaceAll("\n", " / ")})`))
    }
  }
  return new Map([...found].map(([state, ways]) => [state, [...ways]]))
}
