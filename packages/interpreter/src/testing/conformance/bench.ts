/**
 * What the conformance cases are written with: fresh instances, groups to append and comparisons that say what was
 * expected. Ids are unique per call, so all cases may share one database, and several runs of them too.
 */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import type { Event, Kind } from "../../Event.ts"
import type { Append, Appended, Claim, Create, Created, Instance, Release, Send } from "../../Journal.ts"
import { Journal } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import * as Single from "../single.ts"

/** A journal did something else than the port says. */
export class ConformanceFailure extends Schema.TaggedError<ConformanceFailure>()("ConformanceFailure", {
  what: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `${this.what}\n  expected ${this.expected}\n  but got  ${this.actual}`
  }
}

/** One sentence about the behaviour of a journal, and the program that tries it. */
export interface Case {
  readonly name: string
  readonly effect: Effect.Effect<void, ConformanceFailure | JournalError, Journal>
}

/** Long enough that no case sees it lapse. */
export const longLease = 600_000

/** A string that nobody has used. */
export const fresh = (what: string): string => `${what}-${globalThis.crypto.randomUUID()}`

const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 500 ? `${text.slice(0, 500)}… (${text.length} characters)` : text
}

/** Fails unless the two are equal by structure. */
export const same = <A>(what: string, actual: A, expected: A): Effect.Effect<void, ConformanceFailure> =>
  Equal.equals(actual, expected)
    ? Effect.void
    : Effect.fail(new ConformanceFailure({ what, expected: show(expected), actual: show(actual) }))

/** Fails unless the two lists hold the same members. */
export const sameMembers = (what: string, actual: ReadonlyArray<string>, expected: ReadonlyArray<string>) =>
  same(what, Array.from(actual).sort(), Array.from(expected).sort())

/** Events of a run, from a sequence number on, one for each payload; `also` replaces fields of all of them. */
export const eventsOf = (
  instance: string,
  payloads: ReadonlyArray<Schema.Json>,
  { run = 0, from = 0, kind = "completed", also }: EventOptions = {}
): ReadonlyArray<Event> =>
  payloads.map((payload, index) => ({
    instance,
    run,
    seq: from + index,
    id: fresh("event"),
    at: 1_700_000_000_000 + from + index,
    kind: run === 0 && from + index === 0 ? "started" : kind,
    path: "0:left/2:item",
    ordinal: from + index,
    step: "hold funds",
    payload,
    ...also
  }))

interface EventOptions {
  readonly run?: number
  readonly from?: number
  readonly kind?: Kind
  readonly also?: Partial<Event>
}

/** A new instance that somebody owns. */
export interface Owned extends Create {
  readonly owner: string
}

/** What makes a new instance of a workflow that no other case knows, held by an owner that no other case is. */
export const creation = (options: Partial<Owned> = {}): Owned => {
  const id = options.id ?? fresh("instance")
  return {
    mark: globalThis.crypto.randomUUID(),
    id,
    workflow: fresh("workflow"),
    version: 1,
    events: eventsOf(id, [{ workflow: "w", version: 1, input: null }]),
    status: "running",
    wakeAt: 0,
    attributes: {},
    owner: fresh("owner"),
    ...options
  }
}

/** Creates one instance. */
export const createOne = Effect.fnUntraced(function* (
  create: Create
): Effect.fn.Return<Created, ConformanceFailure | JournalError, Journal> {
  const journal = yield* Journal
  const [created] = yield* journal.create([create])
  if (created !== undefined) return created
  return yield* new ConformanceFailure({ what: `creating ${create.id}`, expected: "an answer", actual: "none" })
})

const createWell = Effect.fnUntraced(function* (create: Create) {
  yield* same("creating a new instance", (yield* createOne(create))._tag, "Created")
})

/** A new instance, created, whose owner lives. Without the lease another case that reaps would take it away. */
export const begin = Effect.fnUntraced(function* (options: Partial<Owned> = {}) {
  const journal = yield* Journal
  const create = creation(options)
  yield* journal.renew(create.owner, longLease)
  yield* createWell(create)
  return create
})

/** A new instance, created, that nobody owns. It can be claimed at once, unless `wakeAt` says otherwise. */
export const unowned = Effect.fnUntraced(function* (options: Partial<Omit<Create, "owner">> = {}) {
  const create: Create = { ...creation(options), owner: null }
  yield* createWell(create)
  return create
})

/** The next group of an instance that has one event: epoch 1, one event more. */
export const groupOf = (instance: string, options: Partial<Append> = {}): Append => ({
  instance,
  run: 0,
  epoch: 1,
  expected: 1,
  events: eventsOf(instance, [{ done: true }], { run: options.run ?? 0, from: options.expected ?? 1 }),
  status: "running",
  wakeAt: 0,
  settled: [],
  ...options
})

/** Appends one group. */
export const append = Effect.fnUntraced(function* (group: Append) {
  const journal = yield* Journal
  return (yield* journal.append([group]))[0]
})

/** Appends one group, which must succeed. */
export const appendWell = Effect.fnUntraced(function* (group: Append) {
  yield* same(`appending to ${group.instance}`, yield* append(group), appended)
})

/** The answer of an append that was written. */
export const appended: Appended = { _tag: "Appended" }

/** Claims instances of a workflow, for an owner that lives. */
export const claim = Effect.fnUntraced(function* (workflow: string, options: Partial<Claim> = {}) {
  const journal = yield* Journal
  const workflows = [{ name: workflow, version: 1 }]
  const claim: Claim = { owner: fresh("owner"), workflows, limit: 100, order: "oldest", ...options }
  yield* journal.renew(claim.owner, longLease)
  return yield* journal.claim(claim)
})

/** Lets an owner's lease lapse, and reaps. */
export const lapse = Effect.fnUntraced(function* (owner: string) {
  const journal = yield* Journal
  yield* journal.renew(owner, 0)
  yield* tick
  return yield* journal.reap
})

/** Gives one instance back: at once, unless `at` says otherwise. */
export const release = Effect.fnUntraced(function* (owner: string, released: Partial<Release> & Pick<Release, "id">) {
  const journal = yield* Journal
  yield* journal.release(owner, [{ epoch: 1, at: 0, known: [], ...released }])
})

/** The row of an instance that must be there. */
export const rowOf = Effect.fnUntraced(function* (
  id: string
): Effect.fn.Return<Instance, ConformanceFailure | JournalError, Journal> {
  const journal = yield* Journal
  const row = yield* Single.find(journal, id)
  if (row._tag === "Some") return row.value
  return yield* new ConformanceFailure({ what: `finding ${id}`, expected: "its row", actual: "nothing" })
})

/** The events of a run, read in one page. */
export const eventsIn = Effect.fnUntraced(function* (instance: string, run = 0) {
  const journal = yield* Journal
  return yield* journal.read({ instance, run, from: 0, limit: 100_000 })
})

/** What a refused write must not change: row, events and what became of a signal. */
export const footprint = Effect.fnUntraced(function* (instance: string, signal = "none") {
  const journal = yield* Journal
  const row = yield* rowOf(instance)
  return { row, events: yield* eventsIn(instance), sent: yield* Single.sent(journal, instance, signal) }
})

/** A signal for an instance. */
export const signalTo = (instance: string, options: Partial<Send> = {}): Send => ({
  instance,
  id: fresh("signal"),
  name: "approve",
  payload: { by: "ann" },
  ...options
})

/** Waits until the journal's clock shows a later millisecond. Cases run on the live clock. */
export const tick = Effect.gen(function* () {
  const journal = yield* Journal
  const start = yield* journal.now
  while ((yield* journal.now) <= start + 1) yield* Effect.sleep(1)
})
