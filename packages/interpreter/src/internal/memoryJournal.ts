/**
 * The journal in memory: plain maps, where every operation is one synchronous piece of work and therefore atomic.
 *
 * It keeps payloads as JSON text, as databases do. So nobody can change a recorded event through an object they hold,
 * and a payload that no database takes is refused here too.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Event } from "../Event.ts"
import type {
  Append,
  Appended,
  Claim,
  Create,
  Created,
  Instance,
  Journal,
  Note,
  Noted,
  Page,
  Send,
  Sent
} from "../Journal.ts"
import { JournalError } from "../JournalError.ts"
import { isTerminal } from "../Status.ts"
import * as Store from "../Store.ts"

/** Its patch is text too, where it has one. */
type StoredEvent = Store.AsText<Event>

interface StoredSignal {
  readonly signal: Store.AsText<Send>
  outcome: string | null
}

interface Stored {
  row: Instance
  owner: string | null
  leaseUntil: number
  readonly runs: Map<number, Array<StoredEvent>>
  readonly signals: Map<string, StoredSignal>
  /** Those of `signals` without an outcome; a map keeps the order of arrival. */
  readonly pending: Map<string, StoredSignal>
  /** The values of its notes as text, by name; most instances never have one. */
  notes: Map<string, string> | undefined
}

class MemoryJournal {
  readonly #instances = new Map<string, Stored>()
  /** Instances that have not ended: all that a claim looks at. */
  readonly #open = new Set<Stored>()
  readonly #held = new Map<string, Set<Stored>>()

  create(create: Create, now: number): Result.Result<Created, string> {
    const existing = this.#instances.get(create.id)
    if (existing !== undefined) {
      return Result.succeed({ _tag: "Exists", instance: existing.row, started: startedOf(existing) })
    }
    const prepared = Store.prepareCreate(create)
    if (Result.isFailure(prepared)) return Result.fail(prepared.failure)
    const { run } = prepared.success
    const { id, workflow, version, status, wakeAt } = create
    const length = create.events.length
    const row = { id, workflow, version, run, status, epoch: 1, length, wakeAt, createdAt: now, updatedAt: now }
    const stored: Stored = {
      row,
      owner: null,
      leaseUntil: 0,
      runs: new Map([[run, store(create.events, prepared.success)]]),
      signals: new Map(),
      pending: new Map(),
      notes: undefined
    }
    this.#instances.set(id, stored)
    if (!isTerminal(status)) {
      this.#open.add(stored)
      this.#hold(stored, create.owner, now + create.lease)
    }
    return Result.succeed({ _tag: "Created", instance: row })
  }

  find(id: string): Option.Option<Instance> {
    return Option.fromUndefinedOr(this.#instances.get(id)?.row)
  }

  claim(claim: Claim, now: number): ReadonlyArray<Instance> {
    const versions = new Map(claim.workflows.map(({ name, version }) => [name, version]))
    const only = claim.id === undefined ? undefined : this.#instances.get(claim.id)
    const candidates = claim.id === undefined ? this.#open : only === undefined ? [] : [only]
    const due: Array<Stored> = []
    for (const stored of candidates) {
      const version = versions.get(stored.row.workflow)
      const fits = version !== undefined && stored.row.version <= version
      if (fits && stored.leaseUntil <= now && !isTerminal(stored.row.status)) due.push(stored)
    }
    return due
      .sort((a, b) => a.leaseUntil - b.leaseUntil)
      .slice(0, claim.limit)
      .map((stored) => {
        stored.row = { ...stored.row, epoch: stored.row.epoch + 1 }
        this.#hold(stored, claim.owner, now + claim.lease)
        return stored.row
      })
  }

  renew(owner: string, until: number): ReadonlyArray<string> {
    return Array.from(this.#held.get(owner) ?? [], (stored) => {
      stored.leaseUntil = until
      return stored.row.id
    })
  }

  release(owner: string, ids: ReadonlyArray<string> | undefined, now: number): void {
    const all = ids?.map((id) => this.#instances.get(id)) ?? Array.from(this.#held.get(owner) ?? [])
    for (const stored of all) if (stored?.owner === owner) this.#letGo(stored, now)
  }

  append(batch: ReadonlyArray<Append>, now: number): ReadonlyArray<Appended> {
    return Store.prepare(batch).map((prepared) =>
      prepared._tag === "Rejected" ? prepared : this.#append(prepared, now)
    )
  }

  #append(prepared: Store.Writable, now: number): Appended {
    const { group } = prepared
    const stored = this.#instances.get(group.instance)
    if (stored === undefined) return Store.unknown
    const answer = Store.judge(stored.row, group)
    if (answer._tag !== "Write" && answer._tag !== "Compare") return answer
    const run = stored.runs.get(group.run) ?? []
    if (answer._tag === "Compare") {
      const there = run.slice(group.expected, group.expected + group.events.length)
      return Store.compare(
        stored.row,
        group,
        there.map(({ id }) => id)
      )
    }
    if (Store.consumesAgain(group, (id) => (stored.signals.get(id)?.outcome ?? null) !== null)) {
      return Store.refuse(stored.row)
    }
    run.push(...store(group.events, prepared))
    stored.runs.set(group.run, run)
    const { status, wakeAt } = group
    stored.row = { ...stored.row, run: group.run, status, wakeAt, length: run.length, updatedAt: now }
    for (const [index, { id }] of group.settled.entries()) {
      const signal = stored.pending.get(id)
      if (signal === undefined) continue
      signal.outcome = prepared.outcomes[index] ?? null
      stored.pending.delete(id)
    }
    if (isTerminal(status)) {
      this.#open.delete(stored)
      stored.notes = undefined
      this.#letGo(stored, now)
    }
    return { _tag: "Appended" }
  }

  read({ instance, run, from, limit }: Page): ReadonlyArray<Event> {
    const events = this.#instances.get(instance)?.runs.get(run) ?? []
    return events.slice(from, from + limit).map(load)
  }

  send(send: Send): Result.Result<Sent, string> {
    const stored = this.#instances.get(send.instance)
    if (stored === undefined) return Result.succeed({ _tag: "Unknown" })
    const known = stored.signals.get(send.id)
    if (known === undefined && !isTerminal(stored.row.status)) {
      const text = Store.prepareSend(send)
      if (Result.isFailure(text)) return Result.fail(text.failure)
      const entry: StoredSignal = { signal: { ...send, payload: text.success }, outcome: null }
      stored.signals.set(send.id, entry)
      stored.pending.set(send.id, entry)
    }
    return Result.succeed(Store.answerTo(send, known?.signal.name ?? null, stored.row.status, known?.outcome ?? null))
  }

  sent(instance: string, id: string): Sent {
    const stored = this.#instances.get(instance)
    const signal = stored?.signals.get(id)
    return stored === undefined || signal === undefined
      ? { _tag: "Unknown" }
      : Store.sentOf(stored.row.status, signal.outcome)
  }

  inbox(instance: string): ReadonlyArray<Send> {
    const stored = this.#instances.get(instance)
    if (stored === undefined || isTerminal(stored.row.status)) return []
    return Array.from(stored.pending.values(), ({ signal }) => ({
      ...signal,
      payload: Store.payloadOf(signal.payload)
    }))
  }

  attention(owner: string): ReadonlyArray<string> {
    const held = Array.from(this.#held.get(owner) ?? [])
    return held.filter((stored) => stored.pending.size > 0).map((stored) => stored.row.id)
  }

  note(batch: ReadonlyArray<Note>): Result.Result<ReadonlyArray<boolean>, string> {
    return Result.map(Store.prepareNotes(batch), (values) =>
      batch.map((note, index) => {
        const stored = this.#instances.get(note.instance)
        if (stored === undefined || !Store.takes(stored.row, note)) return false
        const value = values[index] ?? null
        if (value === null) stored.notes?.delete(note.name)
        else (stored.notes ??= new Map()).set(note.name, value)
        return true
      })
    )
  }

  notes(instance: string): ReadonlyArray<Noted> {
    return Array.from(this.#instances.get(instance)?.notes ?? [])
      .sort(([a], [b]) => compareCodePoints(a, b))
      .map(([name, value]) => ({ name, value: Store.payloadOf(value) }))
  }

  #hold(stored: Stored, owner: string, until: number): void {
    this.#letGo(stored, until)
    stored.owner = owner
    const held = this.#held.get(owner)
    if (held === undefined) this.#held.set(owner, new Set([stored]))
    else held.add(stored)
  }

  #letGo(stored: Stored, leaseUntil: number): void {
    stored.leaseUntil = leaseUntil
    if (stored.owner === null) return
    const held = this.#held.get(stored.owner)
    held?.delete(stored)
    if (held?.size === 0) this.#held.delete(stored.owner)
    stored.owner = null
  }
}

const store = (events: ReadonlyArray<Event>, { payloads, patches }: Store.Texts): Array<StoredEvent> =>
  events.map((event, index) => {
    const payload = payloads[index] ?? "null"
    const patch = patches[index] ?? null
    // A copy that adds no field is several times as fast as one that may: hence two of them, here and below.
    return patch === null ? { ...event, payload } : { ...event, payload, patch }
  })

const load = (event: StoredEvent): Event => {
  const payload = Store.payloadOf(event.payload)
  return typeof event.patch === "string"
    ? { ...event, payload, patch: Store.payloadOf(event.patch) }
    : { ...event, payload }
}

/** The order of databases, where a string is bytes of UTF-8. JavaScript's own puts surrogate pairs before U+E000. */
const compareCodePoints = (a: string, b: string): number => {
  const [left, right] = [Array.from(a), Array.from(b)]
  const at = left.findIndex((character, index) => character !== right[index])
  return at === -1 ? left.length - right.length : (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? -1)
}

const startedOf = (stored: Stored): Event => {
  const [[first] = []] = stored.runs.values()
  // Impossible: `create` refuses an instance without events, and nothing takes events away.
  if (first === undefined) throw new Error(`${stored.row.id} has lost its first event`)
  return load(first)
}

const orRefuse =
  (operation: string) =>
  <A>(result: Result.Result<A, string>): Effect.Effect<A, JournalError> =>
    Effect.mapError(Effect.fromResult(result), (reason) => new JournalError({ operation, reason, retryable: false }))

/** Makes an empty journal. */
export const make: Effect.Effect<Journal["Service"]> = Effect.sync(() => {
  const journal = new MemoryJournal()
  const now = Clock.currentTimeMillis
  return {
    // Whoever writes here is in this process, and its engines are told.
    poll: 5_000,
    now,
    create: (create) => Effect.flatMap(now, (now) => orRefuse("create")(journal.create(create, now))),
    find: (id) => Effect.sync(() => journal.find(id)),
    claim: (claim) => Effect.map(now, (now) => journal.claim(claim, now)),
    renew: (owner, lease) => Effect.map(now, (now) => journal.renew(owner, now + lease)),
    release: (owner, ids) => Effect.map(now, (now) => journal.release(owner, ids, now)),
    append: (batch) => Effect.map(now, (now) => journal.append(batch, now)),
    read: (page) => Effect.sync(() => journal.read(page)),
    send: (send) => Effect.suspend(() => orRefuse("send")(journal.send(send))),
    sent: (instance, id) => Effect.sync(() => journal.sent(instance, id)),
    inbox: (instance) => Effect.sync(() => journal.inbox(instance)),
    attention: (owner) => Effect.sync(() => journal.attention(owner)),
    note: (batch) => Effect.suspend(() => orRefuse("note")(journal.note(batch))),
    notes: (instance) => Effect.sync(() => journal.notes(instance))
  }
})
