/** The journal port over a client: each operation runs its statement and says in the port's words what came of it. */
import type * as PgClient from "@effect/sql-pg/PgClient"
import type * as PgConnection from "@effect/sql-pg/PgConnection"
import type { Instance, Journal, Note, Noted, Send, Sent } from "@waymark/interpreter"
import { JournalError, Store } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { SqlError } from "effect/sql/SqlError"
import * as append from "./append.ts"
import * as clock from "./clock.ts"
import * as creation from "./creation.ts"
import { persistently, toJournalError } from "./errors.ts"
import * as hints from "./hints.ts"
import * as leases from "./leases.ts"
import * as lists from "./lists.ts"
import { integer, integers, text, texts } from "./parameters.ts"
import { eventOf } from "./rows.ts"
import type { EventRow } from "./rows.ts"
import * as statements from "./statements.ts"

type SignalRow = Omit<Send, "to" | "sender"> & { readonly recipient: string | null }
interface SentRow {
  readonly status: Instance["status"]
  readonly outcome: string | null
}

const signalOf = ({ recipient, ...row }: SignalRow): Send => ({
  ...row,
  ...(recipient === null ? undefined : { to: recipient })
})

const unknown: Sent = { _tag: "Unknown" }

const refuse = (operation: string, reason: string) => new JournalError({ operation, reason, retryable: false })

const orRefuse = <A>(operation: string, result: Result.Result<A, string>): Effect.Effect<A, JournalError> =>
  Effect.mapError(Effect.fromResult(result), (reason) => refuse(operation, reason))

/** The journal of a client; `connect` makes connections of their own for those who listen. */
export const make = (
  sql: PgClient.PgClient,
  connect: Effect.Effect<PgConnection.PgConnection, SqlError, Scope.Scope>
): Journal["Service"] => {
  const query = <Row extends object>(operation: string, statement: string, parameters: ReadonlyArray<unknown>) =>
    persistently(operation)(sql.unsafe<Row>(statement, parameters))

  const time = clock.make(
    Effect.map(query<{ readonly now: number }>("now", statements.now, []), ([row]) => row?.now ?? 0)
  )
  const appendBatch = append.make(sql, time.observe)

  const find = (id: string) =>
    Effect.map(query<Instance>("find", statements.find, [text(id)]), ([row]) => Option.fromUndefinedOr(row))

  const send = Effect.fnUntraced(function* (send: Send): Effect.fn.Return<Sent, JournalError> {
    const payload = yield* orRefuse("send", Store.prepareSend(send))
    const { instance, id, name, to, sender } = send
    const parameters = [text(instance), text(id), text(name), text(to ?? null), text(payload), text(sender ?? null)]
    const [row] = yield* query<SentRow & { readonly name: string | null }>("send", statements.send, parameters)
    return row === undefined ? unknown : Store.answerTo(send, row.name, row.status, row.outcome)
  })

  const answers = Effect.fnUntraced(function* (
    operation: string,
    asked: ReadonlyArray<Pick<Send, "instance" | "id">>
  ): Effect.fn.Return<ReadonlyArray<Sent>, JournalError> {
    if (asked.length === 0) return []
    const rows = yield* query<SentRow & { readonly place: number }>(operation, statements.answers, [
      integers(asked.map((_, place) => place)),
      texts(asked.map(({ instance }) => instance)),
      texts(asked.map(({ id }) => id))
    ])
    const known = new Map(rows.map(({ place, status, outcome }) => [place, Store.sentOf(status, outcome)]))
    return asked.map((_, place) => known.get(place) ?? unknown)
  })

  const note = Effect.fnUntraced(function* (
    batch: ReadonlyArray<Note>
  ): Effect.fn.Return<ReadonlyArray<boolean>, JournalError> {
    const values = yield* orRefuse("note", Store.prepareNotes(batch))
    if (batch.length === 0) return []
    const rows = yield* query<{ readonly place: number }>("note", statements.note, [
      integers(batch.map((_, place) => place)),
      texts(batch.map(({ instance }) => instance)),
      integers(batch.map(({ epoch }) => epoch)),
      texts(batch.map(({ name }) => name)),
      texts(values)
    ])
    const written = new Set(rows.map(({ place }) => place))
    return batch.map((_, place) => written.has(place))
  })

  return {
    // Other processes write here too, and a hint may get lost.
    poll: 1_000,
    now: time.now,
    ...creation.make(sql),
    ...leases.make(sql),
    ...lists.make(sql),
    find,
    append: (batch) => Effect.mapError(appendBatch(batch), (error) => toJournalError("append", error)),
    read: ({ instance, run, from, limit }) =>
      Effect.map(
        query<EventRow>("read", statements.read, [text(instance), integer(run), integer(from), integer(limit)]),
        (rows) => rows.map(eventOf)
      ),
    send,
    sent: (instance, id) => Effect.map(answers("sent", [{ instance, id }]), ([sent = unknown]) => sent),
    answers: (asked) => answers("answers", asked),
    inbox: (instance) =>
      Effect.map(query<SignalRow>("inbox", statements.inbox, [text(instance)]), (rows) => rows.map(signalOf)),
    attention: (owner) =>
      Effect.map(query<{ readonly id: string }>("attention", statements.attention, [text(owner)]), (rows) =>
        rows.map(({ id }) => id)
      ),
    watch: (ids) => query<Instance>("watch", statements.watch, [texts(ids)]),
    listen: hints.make(connect),
    note,
    notes: (instance) => query<Noted>("notes", statements.notes, [text(instance)])
  }
}
