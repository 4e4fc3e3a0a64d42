/**
 * How much an instance may put on record: the size of one payload, and the events of one run. Both are looked at before anything is
 * appended, with a warning well before.
 *
 * On the way of every step, so it is cheap: of most payloads a bound is enough that is found without making their text.
 */
import type { Schema } from "effect"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { CommandRejected, HistoryTooLong, PayloadTooLarge } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import { isTerminal } from "../../Status.ts"

/** The limits of an engine, with none left out. */
export interface Resolved {
  /** Bytes of one payload, as JSON text in UTF-8. */
  readonly payload: number
  /** Events of one run. */
  readonly history: number
  /** From which part of a limit on there are warnings. */
  readonly warnAt: number
}

const utf8 = new TextEncoder()

/** How many bytes a value has as JSON text. */
const sizeOf = (json: Schema.Json): number => utf8.encode(JSON.stringify(json)).length

// A character of a string is at most six bytes of JSON (`\u001f`), and no number is longer than -1.7976931348623157e+308.
const TEXT = 6
const NUMBER = 24

/** How many of so many bytes the text of a value surely leaves; less than none where it may have more. It gives up sooner than it looks at all of a large value. */
const leftOf = (bytes: number, value: Schema.Json): number => {
  switch (typeof value) {
    case "string":
      return bytes - TEXT * value.length - 2
    case "number":
      return bytes - NUMBER
    case "boolean":
      return bytes - 5
    default:
  }
  if (value === null) return bytes - 4
  if (Array.isArray(value)) {
    let left = bytes - 2 - value.length
    for (let index = 0; index < value.length && left >= 0; index++) left = leftOf(left, value[index] as Schema.Json)
    return left
  }
  let left = bytes - 2
  // Nested no more than 1,000 deep: that is all that a codec lets through.
  const fields = value as Schema.JsonObject
  for (const key in fields) {
    if (left < 0) break
    if (!Object.hasOwn(fields, key)) continue
    left = leftOf(left - TEXT * key.length - 4, fields[key] as Schema.Json)
  }
  return left
}

/** What a payload is, in words. */
const whatOf = ({ kind, step }: Pick<Event, "kind" | "step">): string => {
  switch (kind) {
    case "started":
      return "the input"
    case "completed":
      return `the event of step "${step}"`
    case "failed":
      return `the error of step "${step}"`
    case "signal":
      return `the event of signal "${step}"`
    case "child-ended":
      return `the outcome of child "${step}"`
    case "checkpoint":
      return `the state at checkpoint "${step}"`
    case "continued":
      return "the input of the next run"
    case "ended":
      return "what the workflow ends with"
    default:
      return `the payload of "${kind}" of "${step}"`
  }
}

const partOf = (payload: Schema.Json, name: string): Schema.Json =>
  Predicate.hasProperty(payload, name) ? (payload[name] as Schema.Json) : null

/** What of a payload comes from a workflow. The rest is the engine's, small, and not to be counted against anybody. */
const given = ({ kind, payload }: Event): Schema.Json => {
  switch (kind) {
    case "started":
    case "continued":
      return partOf(payload, "input")
    case "signal":
      return partOf(payload, "event")
    case "checkpoint":
      return partOf(payload, "state")
    case "child-ended":
    case "ended":
      return Predicate.hasProperty(payload, "output") ? partOf(payload, "output") : partOf(payload, "error")
    case "resolved":
      return Predicate.hasProperty(payload, "event") ? partOf(payload, "event") : partOf(payload, "error")
    case "completed":
    case "failed":
      return payload
    default:
      return null
  }
}

/** The size of a value that is large: that is too much, or deserves a warning. Of most it is not even asked. */
const weigh = ({ payload: limit, warnAt }: Resolved, json: Schema.Json): number | undefined => {
  if (leftOf(limit * warnAt, json) >= 0) return undefined
  const size = sizeOf(json)
  return size >= limit * warnAt ? size : undefined
}

/** Why a value may not be put on record; `undefined` where it may. */
export const excess = (
  limits: Resolved,
  instance: string,
  what: string,
  json: Schema.Json,
  path = ""
): PayloadTooLarge | undefined => {
  const size = weigh(limits, json)
  const { payload: limit } = limits
  return size !== undefined && size > limit ? new PayloadTooLarge({ instance, path, what, size, limit }) : undefined
}

/** The first event whose payload may not be put on record. `heard` is told of those that are large. */
export const oversized = (
  limits: Resolved,
  events: ReadonlyArray<Event>,
  heard: { readonly large: (event: Event, message: string) => void }
): { readonly event: Event; readonly error: PayloadTooLarge } | undefined => {
  for (const event of events) {
    const size = weigh(limits, given(event))
    if (size === undefined) continue
    const { instance, path } = event
    const { payload: limit } = limits
    const what = whatOf(event)
    if (size > limit) return { event, error: new PayloadTooLarge({ instance, path, what, size, limit }) }
    heard.large(event, `${what} has ${size} bytes of JSON, and no more than ${limit} may be put on record`)
  }
  return undefined
}

/** Fails where the events that begin an instance may not be put on record; warns where they are large. */
export const within = (limits: Resolved, events: ReadonlyArray<Event>): Effect.Effect<void, PayloadTooLarge> => {
  const large: Array<Effect.Effect<void>> = []
  const found = oversized(limits, events, {
    large: ({ instance, step: workflow }, message) => {
      // What begins an instance bears the name of its workflow.
      large.push(Effect.annotateLogs(Effect.logWarning(message), { instance, workflow }))
    }
  })
  if (found !== undefined) return Effect.fail(found.error)
  return large.length === 0 ? Effect.void : Effect.all(large, { discard: true })
}

/** What a step itself came to. All other events follow from the state, which no other attempt changes. */
const ofTheStep: ReadonlySet<Event["kind"]> = new Set(["completed", "failed", "signal", "resolved"])

/** The same as an answer to a command. */
export const rejection = ({
  error,
  event
}: {
  readonly event: Event
  readonly error: PayloadTooLarge
}): CommandRejected => {
  const { instance, kind, path, step } = event
  const rejection = ofTheStep.has(kind) ? "InvalidPayload" : "InvalidState"
  return new CommandRejected({ instance, rejection, path, step, reason: error.message, cause: error })
}

/** Why nothing more of an execution is run; `undefined` where its history has room, or where it has ended or is being brought to its end. */
export const tooLong = ({ history: limit }: Resolved, execution: Execution.Any): HistoryTooLong | undefined => {
  const length = Execution.length(execution)
  if (length < limit || Execution.stopping(execution) !== undefined) return undefined
  const status = Execution.status(execution)
  if (isTerminal(status) || status === "continued") return undefined
  const [instance, run] = [Execution.id(execution), Execution.run(execution)]
  return new HistoryTooLong({ instance, workflow: Execution.workflow(execution).name, run, length, limit })
}

/** The warnings of one instance: one for each step, and one for each run. */
export class Warnings {
  readonly #limits: Resolved
  readonly #owner: { readonly warn: (message: string, step?: string) => void }
  #said: Set<string> | undefined

  constructor(limits: Resolved, owner: { readonly warn: (message: string, step?: string) => void }) {
    this.#limits = limits
    this.#owner = owner
  }

  /** A payload is large. */
  large({ kind, step }: Event, message: string): void {
    this.#once(`${kind} ${step}`, message, step)
  }

  /** So much of a run is on record. */
  long(execution: Execution.Any): void {
    const { history, warnAt } = this.#limits
    const length = Execution.length(execution)
    if (length < history * warnAt || length >= history) return
    const message = `its history has ${length} events, and no more is run at ${history}: see WIO.continueAsNew`
    this.#once(`run ${Execution.run(execution)}`, message)
  }

  #once(key: string, message: string, step?: string): void {
    if (this.#said?.has(key) === true) return
    ;(this.#said ??= new Set()).add(key)
    this.#owner.warn(message, step)
  }
}
