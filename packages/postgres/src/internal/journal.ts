/** The journal port over a client: each operation runs its statement and says in the port's words what came of it. */
import type * as PgClient from "@effect/sql-pg/PgClient"
import type { Create, Created, Event, Instance, Journal, Note, Noted, Send, Sent } from "@waymark/interpreter"
import { isTerminal, JournalError, Store } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Result from "effect/Result"
import * as append from "./append.ts"
import * as clock from "./clock.ts"
import { persistently, toJournalError } from "./errors.ts"
import { boolean, double, doubles, integer, integers, text, texts, uuid } from "./parameters.ts"
import * as statements from "./statements.ts"

type EventRow = Omit<Event.Event, "attempt" | "trace" | "patch"> & {
  readonly attempt: number | null
  readonly trace: string | null
  readonly patch: string | null
}
type SignalRow = Omit<Send, "to"> & { readonly recipient: string | null }
interface CreatedRow extends Instance {
  readonly creation: string
}
interface SentRow {
  readonly status: Instance["status"]
  readonly outcome: string | null
}

const eventOf = (row: EventRow): Event.Event => ({
  instance: row.instance,
  run: row.run,
  seq: row.seq,
  id: row.id,
  at: row.at,
  kind: row.kind,
  path: row.path,
  ordinal: row.ordinal,
  step: row.step,
  ...(row.attempt === null ? undefined : { attempt: row.attempt }),
  payload: row.payload,
  ...(row.trace === null ? undefined : { trace: row.trace }),
  ...(row.patch === null ? undefined : { patch: Store.payloadOf(row.patch) })
})

const signalOf = ({ recipient, ...row }: SignalRow): Send => ({
  ...row,
  ...(recipient === null ? undefined : { to: recipient })
})

const instanceOf = ({ creation: _, ...instance }: CreatedRow): Instance => instance

const unknown: Sent = { _tag: "Unknown" }

const refuse = (operation: string, reason: string) => new JournalError({ operation, reason, retryable: false })

const orRefuse = <A>(operation: string, result: Result.Result<A, string>): Effect.Effect<A, JournalError> =>
  Effect.mapError(Effect.fromResult(result), (reason) => refuse(operation, reason))

/** The journal of a client. */
export const make = Effect.fnUntraced(function* (
  sql: PgClient.PgClient
): Effect.fn.Return<Journal["Service"], JournalError> {
  const query = <Row extends object>(operation: string, statement: string, parameters: ReadonlyArray<unknown>) =>
    persistently(operation)(sql.unsafe<Row>(statement, parameters))
  const ids = (operation: string, statement: string, parameters: ReadonlyArray<unknown>) =>
    Effect.map(query<{ readonly id: string }>(operation, statement, parameters), (rows) => rows.map(({ id }) => id))

  const time = clock.make(
    Effect.map(query<{ readonly now: number }>("now", statements.now, []), ([row]) => row?.now ?? 0)
  )
  const appendBatch = append.make(sql, time.observe)

  const find = (id: string) =>
    Effect.map(query<Instance>("find", statements.find, [text(id)]), ([row]) => Option.fromUndefinedOr(row))

  const create = Effect.fnUntraced(function* (create: Create): Effect.fn.Return<Created, JournalError> {
    const { run, payloads, patches } = yield* orRefuse("create", Store.prepareCreate(create))
    const { id, events } = create
    const creation = globalThis.crypto.randomUUID()
    const [made] = yield* query<Instance>("create", statements.create, [
      text(id),
      text(create.workflow),
      integer(create.version),
      integer(run),
      text(create.status),
      boolean(isTerminal(create.status)),
      integer(events.length),
      double(create.wakeAt),
      text(create.owner),
      double(create.lease),
      integers(events.map(({ seq }) => seq)),
      texts(events.map(({ id }) => id)),
      doubles(events.map(({ at }) => at)),
      texts(events.map(({ kind }) => kind)),
      texts(events.map(({ path }) => path)),
      integers(events.map(({ ordinal }) => ordinal)),
      texts(events.map(({ step }) => step)),
      integers(events.map(({ attempt }) => attempt ?? null)),
      texts(events.map(({ trace }) => trace ?? null)),
      texts(payloads),
      texts(patches),
      uuid(creation)
    ])
    if (made !== undefined) return { _tag: "Created", instance: made }
    const [instance] = yield* query<CreatedRow>("create", statements.findCreated, [text(id)])
    const [started] = yield* query<EventRow>("create", statements.started, [text(id)])
    if (instance === undefined || started === undefined) {
      return yield* refuse("create", `${id} is taken, but its row or its first event is gone`)
    }
    // The creation is this call's own where an earlier try of it was committed and the answer got lost.
    return instance.creation === creation && instance.epoch === 1
      ? { _tag: "Created", instance: instanceOf(instance) }
      : { _tag: "Exists", instance: instanceOf(instance), started: eventOf(started) }
  })

  const send = Effect.fnUntraced(function* (send: Send): Effect.fn.Return<Sent, JournalError> {
    const payload = yield* orRefuse("send", Store.prepareSend(send))
    const { instance, id, name, to } = send
    const parameters = [text(instance), text(id), text(name), text(to ?? null), text(payload)]
    const [row] = yield* query<SentRow & { readonly name: string | null }>("send", statements.send, parameters)
    return row === undefined ? unknown : Store.answerTo(send, row.name, row.status, row.outcome)
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
    // Other processes write here too, and nobody tells this one.
    poll: 1_000,
    now: time.now,
    create,
    find,
    claim: ({ owner, lease, workflows, limit, id }) => {
      const names = texts(workflows.map(({ name }) => name))
      const versions = integers(workflows.map(({ version }) => version))
      const parameters = [text(owner), double(lease), names, versions, integer(limit)]
      return id === undefined
        ? query("claim", statements.claim, parameters)
        : query("claim", statements.claimOne, [...parameters, text(id)])
    },
    renew: (owner, lease) => ids("renew", statements.renew, [text(owner), double(lease)]),
    release: (owner, ids) =>
      Effect.asVoid(
        ids === undefined
          ? query("release", statements.releaseAll, [text(owner)])
          : query("release", statements.release, [text(owner), texts(ids)])
      ),
    append: (batch) => Effect.mapError(appendBatch(batch), (error) => toJournalError("append", error)),
    read: ({ instance, run, from, limit }) =>
      Effect.map(
        query<EventRow>("read", statements.read, [text(instance), integer(run), integer(from), integer(limit)]),
        (rows) => rows.map(eventOf)
      ),
    send,
    sent: (instance, id) =>
      Effect.map(query<SentRow>("sent", statements.sent, [text(instance), text(id)]), ([row]) =>
        row === undefined ? unknown : Store.sentOf(row.status, row.outcome)
      ),
    inbox: (instance) =>
      Effect.map(query<SignalRow>("inbox", statements.inbox, [text(instance)]), (rows) => rows.map(signalOf)),
    attention: (owner) => ids("attention", statements.attention, [text(owner)]),
    note,
    notes: (instance) => query<Noted>("notes", statements.notes, [text(instance)])
  }
})
