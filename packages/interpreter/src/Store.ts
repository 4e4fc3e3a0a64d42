/**
 * What the stores behind the `Journal` port have in common: the rules by which a group of an append is answered, and the
 * JSON text that payloads, patches and notes are kept as. A new store is written on top of these and held to the
 * conformance suite.
 *
 * The rules, for one group and the row of its instance. The first that applies answers:
 *
 * 1. The group carries another epoch than the row, or there is no row: `Fenced`. A stale writer learns nothing else.
 * 2. It continues the present run where that ends, or opens the next run after a `continued` one: it is written, unless
 *    its events consume a signal that has its outcome already: `Conflict`. A run that is `continued` takes no events, but a
 *    group without any: its next run may not be able to begin.
 * 3. Its events are there already, told by their ids: `Appended`. Hence a writer that does not know how its commit ended
 *    appends the same events again, even those that ended the instance. A group without events can't be recognised.
 * 4. The instance has ended: `Fenced`.
 * 5. Otherwise: `Conflict`.
 */
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type { Event } from "./Event.ts"
import type {
  Append,
  Appended,
  Attributes,
  Create,
  Created,
  Find,
  Instance,
  Note,
  Outcome,
  Page,
  Send,
  Sent
} from "./Journal.ts"
import type { Status } from "./Status.ts"
import { isTerminal } from "./Status.ts"

export { Hub } from "./internal/hub.ts"
export { together } from "./internal/together.ts"

/** What a row says about where its journal stands. */
export type Position = Pick<Instance, "epoch" | "run" | "length" | "status">

/** The JSON of consecutive events in the form in which it is kept. */
export interface Texts {
  /** One for each event. */
  readonly payloads: ReadonlyArray<string>
  /** One for each event, `null` where it has none; empty where none of them has one, which is the rule. */
  readonly patches: ReadonlyArray<string | null>
}

/** A group in the form in which it is kept: the texts of its events, and one for each settlement's outcome. */
export interface Writable extends Texts {
  readonly _tag: "Writable"
  readonly group: Append
  readonly outcomes: ReadonlyArray<string>
  /** `null` where they stay as they are. */
  readonly attributes: string | null
  /** The payloads of its messages. */
  readonly messages: ReadonlyArray<string>
}

type Rejected = Extract<Appended, { readonly _tag: "Rejected" }>

const loneSurrogate = /\p{Surrogate}/u

/** The platform's own way is many times faster, where it is known. */
const isWellFormed = (text: string & { readonly isWellFormed?: () => boolean }): boolean =>
  text.isWellFormed?.() ?? !loneSurrogate.test(text)

/** Why a name, key or id can't be kept by every store; `undefined` where it can. Payloads may hold anything. */
const flawOf = (what: string, text: string): string | undefined =>
  text.includes("\u0000") || !isWellFormed(text)
    ? `${what} ${JSON.stringify(text)} has a NUL character or half a surrogate pair: take it out of the name or key`
    : undefined

/** The text that a JSON value is kept as, or in what it is none. Lone surrogates and NUL become escapes. */
const toText = (value: Schema.Json): Result.Result<string, string> => {
  try {
    const text: string | undefined = JSON.stringify(value)
    return text === undefined ? Result.fail(`is ${typeof value}, which is not JSON`) : Result.succeed(text)
  } catch (error) {
    return Result.fail(`is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The same, with what it is about said in what is wrong. */
const textOf = (what: string, value: Schema.Json): Result.Result<string, string> =>
  Result.mapError(toText(value), (why) => `${what} ${why}`)

const none: ReadonlyArray<never> = []

const inWords = ({ kind, seq, step }: Event): string => `event ${seq} (${kind} "${step}")`

/** Why an event can't be kept at its place in a group; `undefined` where it can. */
const misplaced = (
  { expected, instance, run }: Pick<Append, "instance" | "run" | "expected">,
  event: Event,
  index: number
): string | undefined => {
  if (event.instance !== instance || event.run !== run || event.seq !== expected + index) {
    const should = `${instance}, run ${run}, seq ${expected + index}`
    return `event ${event.id} is for ${event.instance}, run ${event.run}, seq ${event.seq}, not ${should}`
  }
  const flaw =
    flawOf("instance", event.instance) ??
    flawOf("event id", event.id) ??
    flawOf("path", event.path) ??
    flawOf("step", event.step) ??
    flawOf("trace", event.trace ?? "")
  return flaw === undefined ? undefined : `event ${event.seq}: ${flaw}`
}

/** The JSON of consecutive events as text, or the first event that can't be kept and why. */
const textsOf = (place: Pick<Append, "instance" | "run" | "expected" | "events">): Result.Result<Texts, string> => {
  const { events } = place
  const payloads = events.map(() => "")
  let patches: Array<string | null> | undefined
  for (let index = 0; index < events.length; index++) {
    const event = events[index] as Event
    const why = misplaced(place, event, index)
    if (why !== undefined) return Result.fail(why)
    const text = toText(event.payload)
    if (Result.isFailure(text)) return Result.fail(`the payload of ${inWords(event)} ${text.failure}`)
    payloads[index] = text.success
    if (event.patch === undefined) continue
    const patch = toText(event.patch)
    if (Result.isFailure(patch)) return Result.fail(`the patch of ${inWords(event)} ${patch.failure}`)
    patches ??= Array.from({ length: events.length }, () => null)
    patches[index] = patch.success
  }
  return Result.succeed({ payloads, patches: patches ?? none })
}

const rejected = (reason: string): Rejected => ({ _tag: "Rejected", reason })

const prepareGroup = (group: Append): Writable | Rejected => {
  const texts = textsOf(group)
  if (Result.isFailure(texts)) return rejected(texts.failure)
  const { payloads, patches } = texts.success
  const { attributes, sends = none, settled } = group
  // Most have events only.
  if (settled.length === 0 && sends.length === 0 && attributes === undefined)
    return { _tag: "Writable", group, payloads, patches, outcomes: none, attributes: null, messages: none }
  const outcomes: Array<string> = []
  for (const { id, outcome } of settled) {
    const text = textOf(`the outcome of signal ${id}`, { ...outcome })
    if (Result.isFailure(text)) return rejected(text.failure)
    outcomes.push(text.success)
  }
  const messages: Array<string> = []
  for (const send of sends) {
    const text = prepareSend(send)
    if (Result.isFailure(text)) return rejected(text.failure)
    messages.push(text.success)
  }
  const text = attributes === undefined ? Result.succeed(null) : attributesOf(attributes)
  if (Result.isFailure(text)) return rejected(text.failure)
  return { _tag: "Writable", group, payloads, patches, outcomes, attributes: text.success, messages }
}

/** The text of search attributes. No index takes a NUL or half a surrogate pair, so neither a name nor a value may have one. */
const attributesOf = (attributes: Attributes): Result.Result<string, string> =>
  Result.flatMap(textOf("the search attributes", attributes), (text) => {
    // An escape: its backslash is not itself escaped.
    const isRefused = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i.test(text)
    return isRefused
      ? Result.fail(`the search attributes ${text} have a NUL character or half a surrogate pair: take it out`)
      : Result.succeed(text)
  })

/** Looks at a batch before anything is written: each group in the form in which it is kept, or why it can't be. */
export const prepare = (batch: ReadonlyArray<Append>): ReadonlyArray<Writable | Rejected> => {
  const seen = new Set<string>()
  return batch.map((group) => {
    if (seen.has(group.instance))
      return rejected(`the batch has two groups for ${group.instance}: append one after the other`)
    seen.add(group.instance)
    return prepareGroup(group)
  })
}

/** The answer for an instance that isn't there: nobody can be its writer. */
export const unknown: Appended = { _tag: "Fenced", epoch: 0 }

/**
 * Answers a group by the row of its instance. `Write` means that nothing stands against writing it; `Compare`, that the
 * place of its events is taken, so `compare` answers with the ids that are there.
 */
export const judge = (
  row: Position,
  group: Append
): Appended | { readonly _tag: "Write" } | { readonly _tag: "Compare" } => {
  if (row.epoch !== group.epoch) return { _tag: "Fenced", epoch: row.epoch }
  const end = group.expected + group.events.length
  const isClosed = row.status === "continued" && group.events.length > 0
  const continues = group.run === row.run && group.expected === row.length && !isClosed
  const opens =
    group.run === row.run + 1 && group.expected === 0 && row.status === "continued" && group.events.length > 0
  if ((continues || opens) && !isTerminal(row.status)) return { _tag: "Write" }
  const taken = group.run < row.run || (group.run === row.run && end <= row.length)
  return taken && group.events.length > 0 ? { _tag: "Compare" } : refuse(row)
}

/** Answers a group whose place is taken, by the ids of the events that are there, in order. */
export const compare = (row: Position, group: Append, ids: ReadonlyArray<string>): Appended =>
  ids.length === group.events.length && group.events.every((event, index) => event.id === ids[index])
    ? { _tag: "Appended" }
    : refuse(row)

/**
 * Whether a group consumes a signal that has its outcome already, which `isSettled` tells of an id. A signal is consumed
 * once, whatever its writer believes. A group without events consumes none: repeating a refusal changes nothing.
 */
export const consumesAgain = (group: Append, isSettled: (id: string) => boolean): boolean =>
  group.events.length > 0 && group.settled.some(({ id }) => isSettled(id))

/** The answer for a group that does not fit the row of its instance. */
export const refuse = (row: Position): Appended =>
  isTerminal(row.status) ? { _tag: "Fenced", epoch: row.epoch } : { _tag: "Conflict", length: row.length }

/** A new instance in the form in which it is kept. */
export interface WritableCreate extends Texts {
  readonly _tag: "Writable"
  readonly create: Create
  readonly run: number
  readonly attributes: string
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const flawOfMark = (mark: string): string | undefined =>
  uuid.test(mark)
    ? undefined
    : `the mark ${JSON.stringify(mark)} is no UUID in lower case: make one by crypto.randomUUID()`

/** Looks at a new instance before anything is written: the form in which it is kept, or why it can't be. */
export const prepareCreate = (create: Create): WritableCreate | Extract<Created, { readonly _tag: "Rejected" }> => {
  const [first] = create.events
  if (first === undefined) return rejected(`${create.id} has no event to start with`)
  const flaw = flawOf("workflow", create.workflow) ?? flawOf("owner", create.owner ?? "") ?? flawOfMark(create.mark)
  if (flaw !== undefined) return rejected(flaw)
  const texts = textsOf({ instance: create.id, run: first.run, expected: 0, events: create.events })
  if (Result.isFailure(texts)) return rejected(texts.failure)
  const attributes = attributesOf(create.attributes)
  if (Result.isFailure(attributes)) return rejected(attributes.failure)
  return { _tag: "Writable", create, run: first.run, ...texts.success, attributes: attributes.success }
}

/** Looks at a signal before anything is written: its payload as text. */
export const prepareSend = (send: Send): Result.Result<string, string> => {
  const flaw =
    flawOf("signal id", send.id) ??
    flawOf("signal", send.name) ??
    flawOf("key", send.to ?? "") ??
    flawOf("sender", send.sender ?? "")
  return flaw === undefined ? textOf(`the payload of signal ${send.id}`, send.payload) : Result.fail(flaw)
}

/** How many bytes of payloads and patches `find` gives at the most, of all instances together. */
export const FOUND_BYTES = 4 * 1024 * 1024

/** Which events of an instance `find` looks for; none where they are not asked for, or more than are wanted. */
export const wantedOf = (
  { events }: Find,
  { id, length, run }: Pick<Instance, "id" | "length" | "run">
): Page | undefined =>
  // One more than there should be: whoever reads is to see a journal that has too many.
  events !== undefined && length - events.from <= events.limit
    ? { instance: id, run, from: events.from, limit: events.limit + 1 }
    : undefined

/** Looks at notes before anything is written: the value of each as text, `null` where the note is taken away. */
export const prepareNotes = (batch: ReadonlyArray<Note>): Result.Result<ReadonlyArray<string | null>, string> => {
  const values: Array<string | null> = []
  for (const { instance, name, value } of batch) {
    const flaw = flawOf("instance", instance) ?? flawOf("note", name)
    if (flaw !== undefined) return Result.fail(flaw)
    const text = value === null ? Result.succeed(null) : textOf(`the note "${name}" of ${instance}`, value)
    if (Result.isFailure(text)) return Result.fail(text.failure)
    values.push(text.success)
  }
  return Result.succeed(values)
}

/** Whether an instance takes a note: from its present writer, as long as it goes on. */
export const takes = (row: Pick<Position, "epoch" | "status">, note: Note): boolean =>
  row.epoch === note.epoch && !isTerminal(row.status)

/** The payload, patch or value of a note that a text was made of. */
export const payloadOf = (text: string): Schema.Json => JSON.parse(text) as Schema.Json

/** What a sender is answered whose id may be that of another signal: `known` is the name that is stored under it. */
export const answerTo = (send: Send, known: string | null, status: Status, outcome: string | null): Sent =>
  known !== null && known !== send.name ? { _tag: "Taken", name: known } : sentOf(status, outcome)

/** What became of a signal: its outcome where there is one, else whether the instance goes on. */
export const sentOf = (status: Status, outcome: string | null): Sent => {
  if (outcome !== null) return { _tag: "Settled", outcome: JSON.parse(outcome) as Outcome }
  return isTerminal(status) ? { _tag: "Closed", status } : { _tag: "Pending" }
}

/** An event or a signal as it is kept: its payload is text. */
export type AsText<A extends { readonly payload: Schema.Json }> = Omit<A, "payload"> & { readonly payload: string }
