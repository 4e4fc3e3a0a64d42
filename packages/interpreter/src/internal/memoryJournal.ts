/**
 * The journal in memory: plain maps, where every operation is one synchronous piece of work and therefore atomic.
 *
 * It keeps payloads as JSON text, as databases do. So nobody can change a recorded event through an object they hold,
 * and a payload that no database takes is refused here too.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Event } from "../Event.ts"
import type {
  Append,
  Appended,
  Claim,
  Create,
  Created,
  Cursor,
  Delivered,
  Find,
  Found,
  Instance,
  Journal,
  LeaseToken,
  Listing,
  Note,
  Noted,
  Page,
  Purge,
  Release,
  Send,
  Sent,
  Span,
  Waking,
  Woken
} from "../Journal.ts"
import { JournalError } from "../JournalError.ts"
import { isTerminal } from "../Status.ts"
import * as Store from "../Store.ts"
import { compareCodePoints } from "./codePoints.ts"
import { Heap } from "./heap.ts"
import { Hub } from "./hub.ts"

/** Its patch is text too, where it has one. */
type StoredEvent = Store.AsText<Event>

interface StoredSignal {
  readonly signal: Store.AsText<Send>
  outcome: string | null
}

interface Stored {
  row: Instance
  /** That of the call by which its present life began. */
  readonly mark: string
  /** The first run of its present life: that which it was created or opened anew with. */
  firstRun: number
  owner: string | null
  /** Of one without an owner, from when on it may be claimed. */
  availableAt: number
  isWatched: boolean
  readonly runs: Map<number, Array<StoredEvent>>
  readonly signals: Map<string, StoredSignal>
  /** Those of `signals` without an outcome; a map keeps the order of arrival. */
  readonly pending: Map<string, StoredSignal>
  /** The values of its notes as text, by name; most instances never have one. */
  notes: Map<string, string> | undefined
}

/** An engine, as long as it says that it lives. */
interface Owner {
  leaseUntil: number
  /** Its instances were taken away, and it does not know yet. */
  isReaped: boolean
  /** What it got when it said so first since anything was taken away from it. */
  token: LeaseToken | undefined
  readonly held: Set<Stored>
}

class MemoryJournal {
  readonly hub = new Hub()
  readonly #instances = new Map<string, Stored>()
  readonly #owners = new Map<string, Owner>()
  #tokens = 0
  /** What may be claimed at once or will be at an instant. Entries whose instance has another instant by now are passed over. */
  readonly #available = new Heap<{ readonly stored: Stored; readonly at: number }>()

  create(create: Create, now: number): Created {
    const existing = this.#instances.get(create.id)
    if (existing !== undefined) return found(existing, create)
    const prepared = Store.prepareCreate(create)
    if (prepared._tag === "Rejected") return prepared
    return this.#begin(prepared, 1, now, undefined)
  }

  reopen(create: Create, epoch: number, now: number): Created | undefined {
    const existing = this.#instances.get(create.id)
    if (existing === undefined) return undefined
    if (!isTerminal(existing.row.status) || existing.row.epoch !== epoch || existing.mark === create.mark) {
      return found(existing, create)
    }
    const prepared = Store.prepareCreate(create)
    if (prepared._tag === "Rejected") return prepared
    if (prepared.run !== existing.row.run + 1) {
      return { _tag: "Rejected", reason: `${create.id} has come to run ${existing.row.run}: begin with the next one` }
    }
    for (const id of existing.pending.keys()) existing.signals.delete(id)
    existing.pending.clear()
    return this.#begin(prepared, epoch + 1, now, existing)
  }

  #begin(prepared: Store.WritableCreate, epoch: number, now: number, before: Stored | undefined): Created {
    const { create, run } = prepared
    const { attributes, events, id, mark, owner, status, version, wakeAt, workflow } = create
    const row: Instance = {
      id,
      workflow,
      version,
      run,
      status,
      epoch,
      length: events.length,
      wakeAt,
      takeovers: 0,
      createdAt: now,
      updatedAt: now,
      attributes
    }
    const stored: Stored = {
      row,
      mark,
      firstRun: run,
      owner: null,
      availableAt: Infinity,
      isWatched: false,
      runs: (before?.runs ?? new Map<number, Array<StoredEvent>>()).set(run, store(events, prepared)),
      signals: before?.signals ?? new Map(),
      pending: before?.pending ?? new Map(),
      notes: undefined
    }
    this.#instances.set(id, stored)
    if (isTerminal(status)) return { _tag: "Created", instance: row }
    if (owner === null) this.#letGo(stored, wakeAt, now)
    else this.#hold(stored, owner)
    return { _tag: "Created", instance: row }
  }

  find(wanted: ReadonlyArray<Find>): ReadonlyArray<Option.Option<Found>> {
    let left = Store.FOUND_BYTES
    return wanted.map((find) => {
      const stored = this.#instances.get(find.id)
      if (stored === undefined) return Option.none()
      const { row: instance, runs } = stored
      const page = left < 0 ? undefined : Store.wantedOf(find, instance)
      const events = page && runs.get(page.run)?.slice(page.from, page.from + page.limit)
      left -= events?.reduce((sum, event) => sum + sizeOf(event), 0) ?? 0
      return Option.some({
        instance,
        notes: find.notes === true ? this.#notes(stored) : [],
        inbox: find.inbox === true && !isTerminal(instance.status) ? this.#inbox(stored) : [],
        events: events === undefined || left < 0 ? null : events.map(load)
      })
    })
  }

  watch(ids: ReadonlyArray<string>): ReadonlyArray<Instance> {
    return ids.flatMap((id) => {
      const stored = this.#instances.get(id)
      if (stored === undefined) return []
      stored.isWatched = true
      return [stored.row]
    })
  }

  list(listing: Listing): ReadonlyArray<Instance> {
    const { after, descending, limit, order } = listing
    const atOf = (row: Instance): number => (order === "created" ? row.createdAt : row.updatedAt)
    const sign = descending ? -1 : 1
    const compare = (a: Cursor, b: Cursor): number => sign * (a.at - b.at) || compareCodePoints(a.id, b.id)
    const found: Array<Cursor & { readonly row: Instance }> = []
    for (const { row } of this.#instances.values()) {
      const place = { at: atOf(row), id: row.id, row }
      if (matches(row, listing) && (after === undefined || compare(place, after) > 0)) found.push(place)
    }
    return found
      .sort(compare)
      .slice(0, limit)
      .map(({ row }) => row)
  }

  purge({ before, limit, statuses, workflow }: Purge): number {
    const found = Array.from(this.#instances.values(), ({ row }) => row)
      .filter(
        ({ status, updatedAt, workflow: name }) =>
          isTerminal(status) && statuses.includes(status) && updatedAt < before && (workflow ?? name) === name
      )
      .sort((a, b) => a.updatedAt - b.updatedAt)
      .slice(0, limit)
    for (const { id } of found) this.#instances.delete(id)
    return found.length
  }

  claim(claim: Claim, now: number): ReadonlyArray<Instance> {
    const fits = fitting(claim.workflows)
    const found = claim.ids === undefined ? this.#due(claim, fits, now) : this.#these(claim.ids, fits)
    for (const stored of found) this.#take(stored, claim.owner)
    return found.map(({ row }) => row)
  }

  #take(stored: Stored, owner: string): void {
    stored.row = { ...stored.row, epoch: stored.row.epoch + 1 }
    this.#hold(stored, owner)
  }

  #these(ids: ReadonlyArray<string>, fits: (stored: Stored) => boolean): ReadonlyArray<Stored> {
    return Array.from(new Set(ids)).flatMap((id) => {
      const stored = this.#instances.get(id)
      return stored !== undefined && stored.owner === null && !isTerminal(stored.row.status) && fits(stored)
        ? [stored]
        : []
    })
  }

  /** Those that may be claimed by now, the longest waiting first unless another order is asked for. */
  #due({ limit, order }: Claim, fits: (stored: Stored) => boolean, now: number): ReadonlyArray<Stored> {
    const found: Array<Stored> = []
    const others: Array<Stored> = []
    const seen = new Set<Stored>()
    while (this.#available.first <= now && (order !== "oldest" || found.length < limit)) {
      const entry = this.#available.pop()
      if (entry === undefined) break
      const { at, stored } = entry
      // It was claimed or changed since, or stands here twice.
      if (stored.owner !== null || stored.availableAt !== at || seen.has(stored) || !this.#isOpen(stored)) continue
      seen.add(stored)
      ;(fits(stored) ? found : others).push(stored)
    }
    const picked = pick(found, order).slice(0, limit)
    const left = picked.length === found.length ? [] : found.filter((stored) => !picked.includes(stored))
    for (const stored of [...others, ...left])
      this.#available.push(stored.availableAt, { stored, at: stored.availableAt })
    return picked
  }

  upcoming(now: number): number | null {
    let next = Infinity
    for (const { availableAt } of this.#instances.values()) {
      if (availableAt > now && availableAt < next) next = availableAt
    }
    return next === Infinity ? null : next
  }

  #isOpen(stored: Stored): boolean {
    return this.#instances.get(stored.row.id) === stored && !isTerminal(stored.row.status)
  }

  renew(owner: string, leaseUntil: number): boolean {
    const known = this.#owner(owner)
    const { isReaped } = known
    known.leaseUntil = leaseUntil
    known.isReaped = false
    known.token ??= { owner, token: `${this.#tokens++}` }
    return !isReaped
  }

  leaseToken(owner: string): LeaseToken | undefined {
    return this.#owners.get(owner)?.token
  }

  reap(now: number): number {
    let count = 0
    for (const [name, owner] of this.#owners) {
      if (owner.leaseUntil > now) continue
      // Kept until its process has heard of it, should that wake up again; what nobody asks after for a day is gone.
      if (owner.held.size === 0 && owner.leaseUntil < now - DAY) this.#owners.delete(name)
      if (owner.held.size > 0) owner.isReaped = true
      owner.token = undefined
      count += owner.held.size
      for (const stored of Array.from(owner.held)) {
        stored.row = { ...stored.row, takeovers: stored.row.takeovers + 1 }
        this.#letGo(stored, stored.row.wakeAt, now)
      }
    }
    return count
  }

  held(owner: string): ReadonlyArray<Pick<Instance, "id" | "epoch">> {
    return Array.from(this.#owners.get(owner)?.held ?? [], ({ row: { epoch, id } }) => ({ id, epoch }))
  }

  release(owner: string, released: ReadonlyArray<Release>, now: number): void {
    for (const { at, epoch, id, known } of released) {
      const stored = this.#instances.get(id)
      if (stored?.owner === owner && stored.row.epoch === epoch) this.#letGo(stored, at, now, known)
    }
  }

  retire(owner: string, now: number): void {
    for (const stored of Array.from(this.#owners.get(owner)?.held ?? [])) this.#letGo(stored, stored.row.wakeAt, now)
    this.#owners.delete(owner)
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
    const reason = this.#misplaced(stored, group)
    if (reason !== undefined) return { _tag: "Rejected", reason }
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
    for (const event of store(group.events, prepared)) run.push(event)
    stored.runs.set(group.run, run)
    const { attributes = stored.row.attributes, status, wakeAt } = group
    const { length } = run
    const { createdAt, epoch, id, version, workflow } = stored.row
    // Field by field: a copy with other values takes ten times as long.
    stored.row = {
      id,
      workflow,
      version,
      run: group.run,
      status,
      epoch,
      length,
      wakeAt,
      takeovers: 0,
      createdAt,
      updatedAt: now,
      attributes
    }
    for (const [index, { id }] of group.settled.entries()) {
      const signal = stored.pending.get(id)
      if (signal === undefined) continue
      signal.outcome = prepared.outcomes[index] ?? null
      stored.pending.delete(id)
      const { instance, sender } = signal.signal
      if (sender !== undefined && sender !== stored.owner) this.hub.tell(sender, { _tag: "Settled", instance, id })
    }
    for (const send of group.sends ?? []) this.send(send, now)
    if (isTerminal(status)) {
      stored.notes = undefined
      this.#drop(stored)
      if (stored.isWatched) this.hub.tell(undefined, { _tag: "Ended", instance: group.instance })
    } else if (stored.owner === null) this.#letGo(stored, wakeAt, now)
    return { _tag: "Appended" }
  }

  /** Why a group may not rest on the token that it has. A store that believes it would write what it must not; this one looks. */
  #misplaced(
    { owner, row, runs }: Stored,
    { attributes, epoch, expected, leaseToken, run, sends = [], settled, status, wakeAt }: Append
  ): string | undefined {
    if (leaseToken === undefined || this.leaseToken(leaseToken.owner)?.token !== leaseToken.token) return undefined
    const length = runs.get(run)?.length ?? 0
    // What is there already is in its way.
    if (length > expected) return undefined
    const isTrue =
      owner === leaseToken.owner &&
      row.epoch === epoch &&
      row.run === run &&
      length === expected &&
      row.status === status &&
      row.wakeAt === wakeAt &&
      row.takeovers === 0 &&
      attributes === undefined &&
      settled.length + sends.length === 0
    return isTrue
      ? undefined
      : `${UNTRUE}: it goes on at ${expected} of run ${run}, at epoch ${epoch} and as ${status}, and the row says otherwise`
  }

  read({ instance, run, from, limit }: Page): ReadonlyArray<Event> {
    const events = this.#instances.get(instance)?.runs.get(run) ?? []
    return events.slice(from, from + limit).map(load)
  }

  /** `take` may take over an instance that nobody owns, and says whether it does. */
  send(send: Send, now: number, take: (stored: Stored) => boolean = () => false): Delivered {
    const text = Store.prepareSend(send)
    if (Result.isFailure(text)) return { _tag: "Rejected", reason: text.failure }
    const stored = this.#instances.get(send.instance)
    if (stored === undefined) return { _tag: "Unknown" }
    const known = stored.signals.get(send.id)
    if (known === undefined && !isTerminal(stored.row.status)) {
      const entry: StoredSignal = { signal: { ...send, payload: text.success }, outcome: null }
      stored.signals.set(send.id, entry)
      stored.pending.set(send.id, entry)
      if (stored.owner === null) {
        if (!take(stored)) this.#offer(stored, now, now)
      } else if (stored.owner !== send.sender) this.hub.tell(stored.owner, { _tag: "Signal", instance: send.instance })
    }
    return Store.answerTo(send, known?.signal.name ?? null, stored.row.status, known?.outcome ?? null)
  }

  wake(batch: ReadonlyArray<Send>, { limit, owner, workflows, ...find }: Waking, now: number): Woken {
    const fits = fitting(workflows)
    const taken: Array<string> = []
    const take = (stored: Stored): boolean => {
      if (taken.length >= limit || !fits(stored)) return false
      this.#take(stored, owner)
      taken.push(stored.row.id)
      return true
    }
    const delivered = batch.map((send) => this.send(send, now, take))
    return { delivered, claimed: this.find(taken.map((id) => ({ id, ...find }))).flatMap(Option.toArray) }
  }

  sent(instance: string, id: string): Sent {
    const stored = this.#instances.get(instance)
    const signal = stored?.signals.get(id)
    return stored === undefined || signal === undefined
      ? { _tag: "Unknown" }
      : Store.sentOf(stored.row.status, signal.outcome)
  }

  #inbox({ pending }: Stored): ReadonlyArray<Send> {
    return Array.from(pending.values(), ({ signal: { sender: _, ...signal } }) => ({
      ...signal,
      payload: Store.payloadOf(signal.payload)
    }))
  }

  attention(owner: string): ReadonlyArray<string> {
    const held = Array.from(this.#owners.get(owner)?.held ?? [])
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

  #notes({ notes }: Stored): ReadonlyArray<Noted> {
    return Array.from(notes ?? [])
      .sort(([a], [b]) => compareCodePoints(a, b))
      .map(([name, value]) => ({ name, value: Store.payloadOf(value) }))
  }

  #owner(name: string): Owner {
    const known = this.#owners.get(name)
    if (known !== undefined) return known
    const owner: Owner = { leaseUntil: 0, isReaped: false, token: undefined, held: new Set() }
    this.#owners.set(name, owner)
    return owner
  }

  #hold(stored: Stored, owner: string): void {
    this.#drop(stored)
    stored.owner = owner
    this.#owner(owner).held.add(stored)
  }

  #drop(stored: Stored): void {
    if (stored.owner !== null) this.#owners.get(stored.owner)?.held.delete(stored)
    stored.owner = null
    stored.availableAt = Infinity
  }

  /** Nobody owns it any more: it may be claimed from an instant on, or at once where a signal waits that nobody knows of. */
  #letGo(stored: Stored, at: number | null, now: number, known: ReadonlyArray<string> = []): void {
    this.#drop(stored)
    const hasNews = Array.from(stored.pending.keys()).some((id) => !known.includes(id))
    this.#offer(stored, hasNews ? now : Math.max(at ?? Infinity, 0), now)
  }

  #offer(stored: Stored, at: number, now: number): void {
    stored.availableAt = at
    if (at === Infinity) return
    this.#available.push(at, { stored, at })
    if (at <= now) this.hub.tell(undefined, { _tag: "Claimable" })
  }
}

/** Whether an instance is one of these workflows, and of no later version. */
const fitting = (workflows: Claim["workflows"]): ((stored: Stored) => boolean) => {
  const versions = new Map(workflows.map(({ name, version }) => [name, version]))
  return ({ row }) => row.version <= (versions.get(row.workflow) ?? -1)
}

/** How the reason begins for which a group is rejected that vouches by its lease for what is not so. */
export const UNTRUE = "what it vouches for by its lease is not so"

/** How long an owner without instances is remembered, in milliseconds. */
const DAY = 86_400_000

const isWithin = (at: number, { from = -Infinity, to = Infinity }: Span = {}): boolean => from <= at && at < to

const matches = (row: Instance, { attributes = {}, created, statuses, updated, workflow }: Listing): boolean =>
  (workflow ?? row.workflow) === row.workflow &&
  (statuses === undefined || statuses.includes(row.status)) &&
  isWithin(row.createdAt, created) &&
  isWithin(row.updatedAt, updated) &&
  Object.entries(attributes).every(([name, value]) => Equal.equals(row.attributes[name], value))

const pick = (found: ReadonlyArray<Stored>, order: Claim["order"]): ReadonlyArray<Stored> => {
  switch (order) {
    case "oldest":
      return found
    case "newest":
      return found.toSorted((a, b) => b.row.createdAt - a.row.createdAt)
    case "random":
      return found
        .map((stored) => ({ stored, at: Math.random() }))
        .sort((a, b) => a.at - b.at)
        .map(({ stored }) => stored)
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

const sizeOf = ({ patch, payload }: StoredEvent): number =>
  payload.length + (typeof patch === "string" ? patch.length : 0)

/** What is there instead: it is the call's own where it was made by its mark. */
const found = (there: Stored, { mark }: Create): Created =>
  there.mark === mark
    ? { _tag: "Created", instance: there.row }
    : { _tag: "Exists", instance: there.row, started: startedOf(there) }

const startedOf = ({ firstRun, row, runs }: Stored): Event => {
  const [first] = runs.get(firstRun) ?? []
  // Impossible: `create` refuses an instance without events, and nothing takes events away.
  if (first === undefined) throw new Error(`${row.id} has lost its first event`)
  return load(first)
}

const refuse = (operation: string, reason: string) => new JournalError({ operation, reason, retryable: false })

const orRefuse =
  (operation: string) =>
  <A>(result: Result.Result<A, string>): Effect.Effect<A, JournalError> =>
    Effect.mapError(Effect.fromResult(result), (reason) => refuse(operation, reason))

/** Makes an empty journal. */
export const make: Effect.Effect<Journal["Service"]> = Effect.sync(() => {
  const journal = new MemoryJournal()
  const now = Clock.currentTimeMillis
  const reopen: Journal["Service"]["reopen"] = (create, epoch) =>
    Effect.flatMap(now, (now) => {
      const created = journal.reopen(create, epoch, now)
      return created === undefined
        ? Effect.fail(refuse("reopen", `there is no instance "${create.id}" to open anew: create it`))
        : Effect.succeed(created)
    })
  return {
    // Whoever writes here is in this process, and its engines are told.
    poll: 5_000,
    now,
    create: (batch) => Effect.map(now, (now) => batch.map((create) => journal.create(create, now))),
    reopen,
    find: (wanted) => Effect.sync(() => journal.find(wanted)),
    list: (listing) => Effect.sync(() => journal.list(listing)),
    purge: (purge) => Effect.sync(() => journal.purge(purge)),
    claim: (claim) => Effect.map(now, (now) => journal.claim(claim, now)),
    upcoming: Effect.map(now, (now) => journal.upcoming(now)),
    renew: (owner, lease) => Effect.map(now, (now) => journal.renew(owner, now + lease)),
    leaseToken: (owner) => journal.leaseToken(owner),
    reap: Effect.map(now, (now) => journal.reap(now)),
    held: (owner) => Effect.sync(() => journal.held(owner)),
    release: (owner, released) => Effect.map(now, (now) => journal.release(owner, released, now)),
    retire: (owner) => Effect.map(now, (now) => journal.retire(owner, now)),
    append: (batch) => Effect.map(now, (now) => journal.append(batch, now)),
    read: (page) => Effect.sync(() => journal.read(page)),
    send: (batch) => Effect.map(now, (now) => batch.map((send) => journal.send(send, now))),
    wake: (batch, waking) => Effect.map(now, (now) => journal.wake(batch, waking, now)),
    sent: (asked) => Effect.sync(() => asked.map(({ id, instance }) => journal.sent(instance, id))),
    attention: (owner) => Effect.sync(() => journal.attention(owner)),
    watch: (ids) => Effect.sync(() => journal.watch(ids)),
    listen: (owner, hear) => journal.hub.listen(owner, hear),
    note: (batch) => Effect.suspend(() => orRefuse("note")(journal.note(batch)))
  }
})
