/** Which types of states go along the edges of a picture: from where a type is known, along whatever keeps a state as it is. */
import type * as Picture from "../Picture.ts"
import type { States } from "./part.ts"
import * as types from "./types.ts"
import * as words from "./words.ts"

/** The types of a state; `undefined` where they are not known. */
type Types = ReadonlySet<string> | undefined

/** What is known of the source of other edges says nothing of the state: a failure, or where a group was. */
const carries = ({ kind }: Picture.Edge): boolean => kind === "next" || kind === "again"

const join = (one: Types, other: Types): Types =>
  one === undefined || other === undefined ? undefined : new Set([...one, ...other])

const isSame = (one: Types, other: Types): boolean => one?.size === other?.size

const by = (
  edges: ReadonlyArray<Picture.Edge>,
  end: "from" | "to"
): ReadonlyMap<string, ReadonlyArray<Picture.Edge>> => {
  const found = new Map<string, Array<Picture.Edge>>()
  for (const edge of edges) {
    const known = found.get(edge[end])
    if (known === undefined) found.set(edge[end], [edge])
    else known.push(edge)
  }
  return found
}

/** Gives each edge the type of its state, where that is known. */
export const stated = (
  nodes: ReadonlyArray<Picture.Node>,
  edges: ReadonlyArray<Picture.Edge>,
  known: ReadonlyMap<string, States>
): ReadonlyArray<Picture.Edge> => {
  /** What each node gives, as far as it is known by now. */
  const given = new Map<string, Types>()
  const keepers: Array<string> = []
  for (const { id } of nodes) {
    const { gives, keeps = false } = known.get(id) ?? {}
    if (keeps) keepers.push(id)
    else given.set(id, gives && new Set(gives))
  }
  const along = (edge: Picture.Edge): Types =>
    edge.state === undefined ? (carries(edge) ? given.get(edge.from) : undefined) : new Set([edge.state])
  // Round a loop a state may come back to where it was: what is not known yet is left out until it is.
  const isReady = (edge: Picture.Edge) => edge.state !== undefined || !carries(edge) || given.has(edge.from)
  const [incoming, outgoing] = [by(edges, "to"), by(edges, "from")]
  const isKeeper = new Set(keepers)
  const open = keepers.toReversed()
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const ready = (incoming.get(id) ?? []).filter(isReady)
    if (ready.length === 0) continue
    const now = ready.map(along).reduce(join)
    if (given.has(id) && isSame(given.get(id), now)) continue
    given.set(id, now)
    for (const { to } of outgoing.get(id) ?? []) if (isKeeper.has(to)) open.push(to)
  }
  return edges.map((edge) => {
    const found = along(edge) ?? (carries(edge) ? known.get(edge.to)?.takes : undefined)
    if (found === undefined || edge.state !== undefined) return edge
    return Object.freeze({ ...edge, state: words.printable(types.together([...found])) })
  })
}
