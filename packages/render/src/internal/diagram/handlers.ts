/**
 * What an implementation gives for each state, looked at once more when it runs: for callers whose code no compiler has checked, or one
 * that takes `undefined` for an optional key.
 */
import * as Schema from "effect/Schema"
import type * as Graph from "./graph.ts"
import { elsewhere, payloadless, standing, type Why, type Wrong } from "./unwanted.ts"

/**
 * An implementation does not fit its diagram: what is given for `state`, a state or else one of the options, is none, or says more than is heard.
 * Mend it as `mend` says.
 *
 * @example
 * ```ts
 * import { Result, Schema } from "effect"
 * import { Diagram } from "@waymark/render"
 *
 * const Parcel = Diagram.make("---\ntitle: Parcel\n---\nstateDiagram-v2\n[*] --> pack\npack --> [*]")
 * const unchecked: object = { version: 1, payloads: { pack: Schema.String }, output: Schema.String, states: {} }
 *
 * export const told = Result.try(() => Parcel.implement(unchecked as never)) // a HandlerInvalid of "pack"
 * ```
 */
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

const one = ({ id, kind, regions, retry }: Graph.State, given: unknown, why: Why): void => {
  if (given === undefined || given === null) {
    throw new HandlerInvalid({ state: id, what: "is missing", mend: "the diagram has that state, so add it" })
  }
  if (kind === "step") return step(id, given, retry)
  if (kind === "composite") {
    keyed(id, given, regions.length > 1 ? ["fork", "join"] : [], ["states"])
    const { states } = given as { readonly states?: unknown }
    const inside = regions.flatMap((region) => region.states)
    return check(inside, isObject(states) ? states : {}, why)
  }
  if (typeof given === "function") return
  throw new HandlerInvalid({ state: id, what: `is a ${kind}, but is given no function`, mend: "give it one" })
}

/** Throws where a key is none that is asked for: `why` says of a state why not, and a misspelt one stands for one of those that are missing. */
const checkKeys = (
  given: Handlers,
  asked: ReadonlyArray<string>,
  why: Why,
  none: Wrong = { what: "is no state of the diagram", mend: "take it out, or draw it there" }
): void => {
  const missing = asked.filter((id) => !Object.hasOwn(given, id)).map((id) => `"${id}"`)
  const meant = `did you mean ${missing.slice(0, 3).join(" or ")}, which ${missing.length === 1 ? "is" : "are"} missing?`
  for (const id of Object.keys(given)) {
    if (asked.includes(id)) continue
    const { mend, what } = why(id) ?? { ...none, ...(missing.length > 0 && { mend: meant }) }
    throw new HandlerInvalid({ state: id, what, mend })
  }
}

/** Throws where something is missing, too much or nothing that can run. */
const check = (states: ReadonlyArray<Graph.State>, handlers: Handlers, why: Why): void => {
  const asked = states.filter(({ kind }) => kind !== "choice")
  checkKeys(
    handlers,
    asked.map(({ id }) => id),
    why
  )
  for (const state of asked) one(state, Object.hasOwn(handlers, state.id) ? handlers[state.id] : undefined, why)
}

/** Throws where something that should be a schema is none. */
const checkSchema = (state: string, schema: unknown, mend: string): void => {
  if (!Schema.isSchema(schema)) throw new HandlerInvalid({ state, what: "has no schema", mend })
}

const checkSchemas = (schemas: Handlers, asked: ReadonlyArray<string>, mend: string): void => {
  for (const id of asked) checkSchema(id, schemas[id], mend)
}

const objectIn = (options: Handlers, key: string): Handlers => {
  const given = options[key]
  if (isObject(given)) return given
  throw new HandlerInvalid({ state: key, what: "is missing", mend: "give an object with something for each state" })
}

/** The states that schemas are asked for: of what they are entered with, and of what the branches come to that begin with them. */
export interface Asked {
  readonly payloads: ReadonlyArray<string>
  readonly branches: ReadonlyArray<string>
  /** For composite states without regions, which have no payload of their own, the state that they are entered as. */
  readonly entered: ReadonlyMap<string, string>
}

/** Throws where the options of an implementation do not fit a diagram with these states. */
export const checkOptions = (given: unknown, states: ReadonlyArray<Graph.State>, asked: Asked): void => {
  const options = isObject(given) ? given : {}
  const all = standing(states)
  const payloads = objectIn(options, "payloads")
  checkKeys(payloads, asked.payloads, payloadless(all, asked.entered))
  checkSchemas(payloads, asked.payloads, "say in `payloads` what it is entered with")
  if (asked.branches.length > 0) {
    const branches = objectIn(options, "branches")
    const none = { what: "begins no branch or region", mend: "take it out, or draw one that it begins" }
    checkKeys(branches, asked.branches, () => undefined, none)
    checkSchemas(branches, asked.branches, "say in `branches` what its branch comes to")
  }
  checkSchema("output", options["output"], "say what the workflow ends with")
  if (options["error"] !== undefined) checkSchema("error", options["error"], "say what the workflow can fail with")
  check(states, objectIn(options, "states"), elsewhere(all))
}
