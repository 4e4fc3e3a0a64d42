/**
 * What an implementation gives for each state, looked at once more when it runs: for callers whose code no compiler has checked, or one
 * that takes `undefined` for an optional key.
 */
import * as Schema from "effect/Schema"
import type * as Graph from "./graph.ts"

/** An implementation does not fit its diagram: what is given for the state `state` is none, or says more than is heard. Mend it as `mend` says. */
export class HandlerInvalid extends Schema.TaggedError<HandlerInvalid>()("HandlerInvalid", {
  state: Schema.String,
  what: Schema.String,
  mend: Schema.String
}) {
  override get message(): string {
    return `Diagram.implement: "${this.state}" ${this.what}: ${this.mend}`
  }
}

/** What is given for the states of a place, under their ids. */
export type Handlers = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Handlers => typeof value === "object" && value !== null

/** Looks at an object with keys of which the first ones are functions. */
const keyed = (id: string, given: unknown, functions: ReadonlyArray<string>, others: ReadonlyArray<string>): void => {
  const known = [...functions, ...others].map((key) => `\`${key}\``).join(" and ")
  const object = isObject(given) ? given : {}
  for (const key of functions) {
    if (typeof object[key] === "function") continue
    throw new HandlerInvalid({ state: id, what: `is given no function \`${key}\``, mend: `give ${known}` })
  }
  for (const key of Object.keys(object)) {
    if (functions.includes(key) || others.includes(key)) continue
    throw new HandlerInvalid({
      state: id,
      what: `is given \`${key}\`, which says nothing here`,
      mend: `take it out, there is ${known} alone`
    })
  }
}

const step = (id: string, given: unknown, retry: Graph.Retry | undefined): void => {
  if (typeof given === "function") return
  if (!isObject(given) || !("part" in given)) return keyed(id, given, ["run"], ["timeouts"])
  keyed(id, given, ["part"], ["state"])
  if (retry === undefined) return
  throw new HandlerInvalid({
    state: id,
    what: "is given a part, but its arrow to itself says how a step is tried again",
    mend: "take the arrow out and give the steps of the part a retry policy, or give it a handler"
  })
}

const one = ({ id, kind, regions, retry }: Graph.State, given: unknown): void => {
  if (given === undefined || given === null) {
    throw new HandlerInvalid({ state: id, what: "is missing", mend: "the diagram has that state, so add it" })
  }
  if (kind === "step") return step(id, given, retry)
  if (kind === "composite") {
    keyed(id, given, regions.length > 1 ? ["fork", "join"] : [], ["states"])
    const { states } = given as { readonly states?: unknown }
    const inside = regions.flatMap((region) => region.states)
    return check(inside, isObject(states) ? states : {})
  }
  if (typeof given === "function") return
  throw new HandlerInvalid({ state: id, what: `is a ${kind}, but is given no function`, mend: "give it one" })
}

/** Throws where something is missing, too much or nothing that can run. */
export const check = (states: ReadonlyArray<Graph.State>, handlers: Handlers): void => {
  const asked = states.filter(({ kind }) => kind !== "choice")
  const ids = new Set(asked.map(({ id }) => id))
  for (const state of asked) one(state, Object.hasOwn(handlers, state.id) ? handlers[state.id] : undefined)
  for (const id of Object.keys(handlers)) {
    if (ids.has(id)) continue
    throw new HandlerInvalid({ state: id, what: "is no state of the diagram", mend: "take it out, or draw it there" })
  }
}

/** Throws where the schema of a state is none. */
export const checkSchemas = (schemas: Readonly<Record<string, unknown>>, ids: Iterable<string>): void => {
  for (const id of ids) {
    if (Object.hasOwn(schemas, id) && schemas[id] !== undefined && schemas[id] !== null) continue
    throw new HandlerInvalid({ state: id, what: "has no schema", mend: "say what it is entered with, or comes to" })
  }
}
