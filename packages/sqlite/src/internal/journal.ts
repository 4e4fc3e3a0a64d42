/**
 * The journal port over an open file. Every operation is one synchronous transaction, so none sees another half done.
 *
 * A batch of appends is one commit. What makes a single group impossible to keep (a row that is there although the
 * instance says it isn't, a payload past SQLite's limit) undoes the batch; it is tried again without that group, which
 * is answered `Rejected`, so that a neighbour never pays for it.
 */
import type {
  Append,
  Appended,
  Claim,
  Create,
  Created,
  Event,
  Instance,
  Journal,
  Note,
  Noted,
  Page,
  Send,
  Sent
} from "@waymark/interpreter"
import { isTerminal, JournalError, Store } from "@waymark/interpreter"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import Database from "libsql"
import type { EventRow, InstanceRow, NoteRow, SignalRow } from "./rows.ts"
import { eventOf, instanceOf, noteOf, signalOf } from "./rows.ts"
import type { Statements } from "./statements.ts"
import { prepare } from "./statements.ts"

/** A request that no store could fulfil; its message is the reason. */
class Refused extends Error {}

/** A group that can't be kept. */
class BadGroup extends Error {
  readonly index: number
  constructor(index: number, cause: unknown) {
    super(messageOf(cause), { cause })
    this.index = index
  }
}

class SqliteJournal {
  readonly #db: Database.Database
  readonly #sql: Statements

  constructor(db: Database.Database) {
    this.#db = db
    this.#sql = prepare(db)
  }

  create(create: Create, now: number): Created {
    return this.#transaction(() => {
      const taken = this.#row(create.id)
      if (taken !== undefined) {
        const [started] = this.#sql.started.all(create.id) as ReadonlyArray<EventRow>
        if (started === undefined) throw new Refused(`${create.id} is taken, and its first event is lost`)
        return { _tag: "Exists", instance: instanceOf(taken), started: eventOf(started) }
      }
      const { run, ...texts } = orRefuse(Store.prepareCreate(create))
      const { id, workflow, version, status, wakeAt, events } = create
      const ended = isTerminal(status)
      this.#sql.insertInstance.run(
        id,
        workflow,
        version,
        run,
        status,
        ended ? 1 : 0,
        events.length,
        wakeAt,
        ended ? null : create.owner,
        now + create.lease,
        now,
        now
      )
      this.#insert(events, texts)
      const length = events.length
      const instance = { id, workflow, version, run, status, epoch: 1, length, wakeAt, createdAt: now, updatedAt: now }
      return { _tag: "Created", instance }
    })
  }

  find(id: string): Option.Option<Instance> {
    return Option.map(Option.fromUndefinedOr(this.#row(id)), (row) => instanceOf(row))
  }

  claim({ workflows, id, limit, owner, lease }: Claim, now: number): ReadonlyArray<Instance> {
    return this.#transaction(() => {
      const named = JSON.stringify(workflows)
      const rows =
        id === undefined
          ? this.#sql.claimable.all(named, now, limit)
          : this.#sql.claimableById.all(named, now, id, limit)
      return (rows as ReadonlyArray<InstanceRow>).map((row) => {
        this.#sql.claim.run(owner, now + lease, row.id)
        return instanceOf(row, row.epoch + 1)
      })
    })
  }

  renew(owner: string, until: number): ReadonlyArray<string> {
    return this.#transaction(() => {
      this.#sql.renew.run(until, owner)
      return idsOf(this.#sql.held.all(owner))
    })
  }

  release(owner: string, ids: ReadonlyArray<string> | undefined, now: number): void {
    this.#transaction(() => {
      if (ids === undefined) this.#sql.release.run(now, owner)
      else for (const id of ids) this.#sql.releaseOne.run(now, owner, id)
    })
  }

  append(batch: ReadonlyArray<Append>, now: number): ReadonlyArray<Appended> {
    const prepared = Array.from(Store.prepare(batch))
    for (;;) {
      try {
        return this.#transaction(() =>
          prepared.map((group, index) => (group._tag === "Rejected" ? group : this.#append(group, index, now)))
        )
      } catch (error) {
        if (!(error instanceof BadGroup)) throw error
        prepared[error.index] = { _tag: "Rejected", reason: error.message }
      }
    }
  }

  #append({ group, outcomes, ...texts }: Store.Writable, index: number, now: number): Appended {
    const row = this.#row(group.instance)
    if (row === undefined) return Store.unknown
    const answer = Store.judge(row, group)
    if (answer._tag === "Compare") {
      return Store.compare(
        row,
        group,
        idsOf(this.#sql.eventIds.all(group.instance, group.run, group.expected, group.events.length))
      )
    }
    if (answer._tag !== "Write") return answer
    if (Store.consumesAgain(group, (id) => (this.#signal(group.instance, id)?.outcome ?? null) !== null)) {
      return Store.refuse(row)
    }
    try {
      this.#insert(group.events, texts)
    } catch (error) {
      throw isAboutData(error) ? new BadGroup(index, error) : error
    }
    const { instance, run, status, wakeAt } = group
    const length = group.expected + group.events.length
    if (isTerminal(status)) {
      this.#sql.end.run(run, status, length, wakeAt, now, now, instance)
      this.#sql.forget.run(instance)
    } else this.#sql.advance.run(run, status, length, wakeAt, now, instance)
    for (const [position, { id }] of group.settled.entries()) this.#sql.settle.run(outcomes[position], instance, id)
    return { _tag: "Appended" }
  }

  read({ instance, run, from, limit }: Page): ReadonlyArray<Event.Event> {
    return (this.#sql.read.all(instance, run, from, limit) as ReadonlyArray<EventRow>).map(eventOf)
  }

  send(send: Send): Sent {
    return this.#transaction(() => {
      const known = this.#signal(send.instance, send.id)
      if (known === undefined) return { _tag: "Unknown" }
      if (known.id === null && !isTerminal(known.status)) {
        const payload = orRefuse(Store.prepareSend(send))
        this.#sql.insertSignal.run(send.instance, send.id, send.name, send.to ?? null, payload)
      }
      return Store.answerTo(send, known.name, known.status, known.outcome)
    })
  }

  sent(instance: string, id: string): Sent {
    const known = this.#signal(instance, id)
    return known === undefined || known.id === null ? { _tag: "Unknown" } : Store.sentOf(known.status, known.outcome)
  }

  inbox(instance: string): ReadonlyArray<Send> {
    return (this.#sql.inbox.all(instance) as ReadonlyArray<SignalRow>).map(signalOf)
  }

  attention(owner: string): ReadonlyArray<string> {
    return idsOf(this.#sql.attention.all(owner))
  }

  note(batch: ReadonlyArray<Note>): ReadonlyArray<boolean> {
    const values = orRefuse(Store.prepareNotes(batch))
    return this.#transaction(() =>
      batch.map((note, index) => {
        const row = this.#row(note.instance)
        if (row === undefined || !Store.takes(row, note)) return false
        const value = values[index] ?? null
        if (value === null) this.#sql.deleteNote.run(note.instance, note.name)
        else this.#sql.putNote.run(note.instance, note.name, value)
        return true
      })
    )
  }

  notes(instance: string): ReadonlyArray<Noted> {
    return (this.#sql.notes.all(instance) as ReadonlyArray<NoteRow>).map(noteOf)
  }

  #row(id: string): InstanceRow | undefined {
    return (this.#sql.find.all(id) as ReadonlyArray<InstanceRow>)[0]
  }

  #signal(instance: string, id: string) {
    type Known = {
      readonly status: Instance["status"]
      readonly id: string | null
      readonly name: string | null
      readonly outcome: string | null
    }
    return (this.#sql.signal.all(id, instance) as ReadonlyArray<Known>)[0]
  }

  #insert(events: ReadonlyArray<Event.Event>, { payloads, patches }: Store.Texts): void {
    for (const [index, event] of events.entries()) {
      this.#sql.insertEvent.run(
        event.instance,
        event.run,
        event.seq,
        event.id,
        event.at,
        event.kind,
        event.path,
        event.ordinal,
        event.step,
        event.attempt ?? null,
        event.trace ?? null,
        payloads[index],
        patches[index] ?? null
      )
    }
  }

  #transaction<A>(body: () => A): A {
    this.#db.exec("begin immediate")
    try {
      const result = body()
      this.#db.exec("commit")
      return result
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (this.#db.inTransaction) this.#db.exec("rollback")
      throw error
    }
  }
}

const idsOf = (rows: ReadonlyArray<unknown>): ReadonlyArray<string> =>
  (rows as ReadonlyArray<{ readonly id: string }>).map(({ id }) => id)

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const orRefuse = <A>(result: Result.Result<A, string>): A => {
  if (Result.isFailure(result)) throw new Refused(result.failure)
  return result.success
}

const codeOf = (error: unknown): string => (error instanceof Database.SqliteError ? error.code : "")

const isAboutData = (error: unknown): boolean => /^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH)/.test(codeOf(error))

/** What passes by itself or by an operator's doing: another program's lock, a full disk, a failing one. */
const isPassing = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED|FULL|IOERR|NOMEM)/.test(codeOf(error))

const attempt = <A>(operation: string, evaluate: () => A): Effect.Effect<A, JournalError> =>
  Effect.try({
    try: evaluate,
    catch: (cause) =>
      cause instanceof Refused
        ? new JournalError({ operation, reason: cause.message, retryable: false })
        : new JournalError({ operation, reason: messageOf(cause), retryable: isPassing(cause), cause })
  })

/** The journal of an open file. */
export const make = (db: Database.Database): Journal["Service"] => {
  const journal = new SqliteJournal(db)
  const at = <A>(operation: string, evaluate: (now: number) => A) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => attempt(operation, () => evaluate(now)))
  return {
    // Whoever writes here is in this process, and its engines are told.
    poll: 5_000,
    now: Clock.currentTimeMillis,
    create: (create) => at("create", (now) => journal.create(create, now)),
    find: (id) => attempt("find", () => journal.find(id)),
    claim: (claim) => at("claim", (now) => journal.claim(claim, now)),
    renew: (owner, lease) => at("renew", (now) => journal.renew(owner, now + lease)),
    release: (owner, ids) => at("release", (now) => journal.release(owner, ids, now)),
    append: (batch) => at("append", (now) => journal.append(batch, now)),
    read: (page) => attempt("read", () => journal.read(page)),
    send: (send) => attempt("send", () => journal.send(send)),
    sent: (instance, id) => attempt("sent", () => journal.sent(instance, id)),
    inbox: (instance) => attempt("inbox", () => journal.inbox(instance)),
    attention: (owner) => attempt("attention", () => journal.attention(owner)),
    note: (batch) => attempt("note", () => journal.note(batch)),
    notes: (instance) => attempt("notes", () => journal.notes(instance))
  }
}
