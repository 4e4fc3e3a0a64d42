/** The transitions that leave a state: their names, where they lead, and the schema of what goes along. */
import type { Codec } from "@waymark/core"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Built } from "./build.ts"
import * as Graph from "./graph.ts"
import { unescaped } from "../mermaid/escape.ts"
import type { Remark } from "../remarks.ts"
import type { Asked } from "./handlers.ts"
import type { Transition } from "./types/implement.ts"

/** Where a transition leads: to a state, to the end of a branch, or to the end of everything. */
export type Goal =
  | { readonly _tag: "State"; readonly id: string }
  | { readonly _tag: "Branch"; readonly first: string }
  | { readonly _tag: "End" }

/** One way out of a state. */
export interface Way {
  /** Its names: the first is its own; where it leaves composite states, those of what follows come after. */
  readonly go: ReadonlyArray<string>
  readonly goal: Goal
  readonly schema: Codec.AnySchema
}

/** The schemas of an implementation. */
export interface Schemas {
  readonly payloads: Readonly<Record<string, Codec.AnySchema>>
  readonly branches: Readonly<Record<string, Codec.AnySchema>>
  readonly output: Codec.AnySchema
}

/** A graph by its states, for questions about one of them. */
export interface Index {
  readonly graph: Graph.Graph
  readonly title: string
  readonly root: Graph.Place
  readonly states: ReadonlyMap<
    string,
    { readonly state: Graph.State; readonly place: Graph.Place; readonly owner: Graph.State | undefined }
  >
  readonly branches: Built["branches"]
}

export const index = ({ branches, graph }: Built): Index => {
  const states = new Map<string, { state: Graph.State; place: Graph.Place; owner: Graph.State | undefined }>()
  const add = (place: Graph.Place, owner: Graph.State | undefined): void => {
    for (const state of place.states) {
      states.set(state.id, { state, place, owner })
      for (const region of state.regions) add(region, state)
    }
  }
  add(graph.root, undefined)
  return { graph, title: graph.title, root: graph.root, states, branches }
}

/** What a state is entered as: a composite state without regions as its first state. */
export const entered = (index: Index, id: string): string => {
  const regions = index.states.get(id)?.state.regions ?? []
  return regions.length === 1 ? entered(index, Graph.firstOf(regions[0] as Graph.Place)) : id
}

/** Which states an implementation has to give schemas for, and for which branches, by their first states. */
export const asked = (index: Index): Asked => {
  const all = [...index.states.values()].map(({ state }) => state)
  const divided = all.filter(({ regions }) => regions.length > 1)
  const undivided = all.filter(({ regions }) => regions.length === 1)
  return {
    entered: new Map(undivided.map(({ id }) => [id, entered(index, id)])),
    payloads: all
      .filter(({ kind, regions }) => kind !== "choice" && kind !== "join" && regions.length !== 1)
      .map(({ id }) => id),
    branches: [
      ...[...index.branches.forks.values()].flatMap(({ firsts }) => firsts),
      ...divided.flatMap(({ regions }) => regions.map(Graph.firstOf))
    ]
  }
}

/** The arrows out of a state. Those of the choice that it leads to stand for its own. */
export const arrowsOf = (index: Index, id: string): ReadonlyArray<Graph.Arrow> => {
  const from = (one: string) => index.states.get(one)?.place.arrows.filter((arrow) => arrow.from === one) ?? []
  return from(id).flatMap((arrow) => (index.states.get(arrow.to)?.state.kind === "choice" ? from(arrow.to) : [arrow]))
}

/**
 * What the diagram says of a state. What it says of a choice stands at the states before that, which are drawn with the choice's arrows; and what
 * it says of a join at its fork.
 */
export const remarkOn = (index: Index, id: string): Remark => {
  const stateOf = (one: string) => index.states.get(one)?.state
  const join = index.branches.forks.get(id)?.join
  const last = join ?? id
  const goals = index.states.get(last)?.place.arrows.filter(({ from }) => from === last) ?? []
  const choices = goals.map(({ to }) => stateOf(to)).filter((state) => state?.kind === "choice")
  const others = [...(join === undefined ? [] : [stateOf(join)]), ...choices]
  const textsOf = (state: Graph.State | undefined) => state?.notes.map(({ text }) => text) ?? []
  const note = [
    ...textsOf(stateOf(id)),
    ...others.flatMap((state) => [...(state?.descriptions ?? []), ...textsOf(state)])
  ]
  return {
    title: (stateOf(id)?.descriptions ?? []).flatMap((text) => unescaped(text).split("\n")),
    note: note.filter((text) => text !== "").map(unescaped)
  }
}

/** The ways out of a state. */
export const waysOf = (index: Index, schemas: Schemas, id: string): ReadonlyArray<Way> => {
  const follow = (arrow: Graph.Arrow, from: string): ReadonlyArray<Way> => {
    const { owner, place } = index.states.get(from) as { owner: Graph.State | undefined; place: Graph.Place }
    if (arrow.to === "[*]") {
      if (owner === undefined) return [{ go: [], goal: { _tag: "End" }, schema: schemas.output }]
      return owner.regions.length === 1 ? leave(owner.id) : [branch(Graph.firstOf(place))]
    }
    if (index.states.get(arrow.to)?.state.kind === "join") return [branch(index.branches.of.get(from) ?? "")]
    const payload = schemas.payloads[entered(index, arrow.to)] as Codec.AnySchema
    return [{ go: [], goal: { _tag: "State", id: arrow.to }, schema: payload }]
  }
  const branch = (first: string): Way => ({
    go: [],
    goal: { _tag: "Branch", first },
    schema: schemas.branches[first] as Codec.AnySchema
  })
  const leave = (from: string): ReadonlyArray<Way> =>
    arrowsOf(index, from).flatMap((arrow) => {
      const own = arrow.to === "[*]" ? "end" : arrow.to
      const name = arrow.from === from ? own : (arrow.label ?? "")
      return follow(arrow, from).map((way) => ({ ...way, go: [name, ...way.go] }))
    })
  return leave(id)
}

interface Go {
  readonly [name: string]: Go | ((payload: unknown) => Transition<string>)
}

/** The functions by which a handler names the way to take. */
export const goOf = (id: string, ways: ReadonlyArray<Way>): Go => {
  // Without a prototype, so that "constructor" is a name like any other.
  const root = Object.create(null) as Record<string, unknown>
  for (const { go } of ways) {
    let at = root
    for (const name of go.slice(0, -1)) at = (at[name] ??= Object.create(null)) as Record<string, unknown>
    at[go.at(-1) as string] = (payload: unknown): Transition<string> =>
      Object.freeze({ "~waymark/transition": id, go, payload })
  }
  return root as Go
}

/** What is on record of a transition: its name, or its names, and what went along. */
export interface Taken {
  readonly go: string | ReadonlyArray<string>
  readonly payload: unknown
}

const recorded = (go: ReadonlyArray<string>): Taken["go"] => (go.length === 1 ? (go[0] as string) : go)

/** What else a handler gives, where nobody has looked at its types, stays as it is: the schema refuses it, and says so. */
export const taken = (given: Transition<string>): Taken =>
  Predicate.hasProperty(given, "~waymark/transition") ? { go: recorded(given.go), payload: given.payload } : given

/** The schema of what is on record. */
export const takenSchema = (ways: ReadonlyArray<Way>): Codec.AnySchema =>
  Schema.Union(
    ways.map(({ go, schema }) =>
      Schema.Struct({
        go: go.length === 1 ? Schema.Literal(go[0] as string) : Schema.Tuple(go.map((name) => Schema.Literal(name))),
        payload: schema
      })
    )
  ) as Codec.AnySchema

/** The way that was taken. */
export const wayOf = (ways: ReadonlyArray<Way>, { go }: Taken): Way =>
  ways.find((way) => JSON.stringify(recorded(way.go)) === JSON.stringify(go)) as Way
