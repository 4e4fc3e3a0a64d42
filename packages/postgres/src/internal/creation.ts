/**
 * Making instances: new ones, and another life for those that have ended.
 *
 * Each of them keeps the mark of the call that makes it. Where an answer gets lost and the call is repeated, the rows are there
 * already: by the mark it knows its own, whoever repeats it and whatever has become of them meanwhile.
 */
import type { Attributes, Create, Created, Instance, Journal } from "@waymark/interpreter"
import { isTerminal, JournalError, Store } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { writeApart } from "./apart.ts"
import type { Answers, Rejected } from "./apart.ts"
import type { Database } from "./database.ts"
import { toJournalError } from "./errors.ts"
import { tellClaimable } from "./hints.ts"
import { availableFrom, booleans, doubles, fromMillis, integer, integers, texts } from "./parameters.ts"
import { Columns, eventOf, events, eventValues } from "./rows.ts"
import type { EventRow } from "./rows.ts"
import { event, instance } from "./statements.ts"

// The row has ended as this statement sees it, not only by the time that its lock is free: so all its signals are seen too.
const reopenSql = `
with batch as (
  select id, workflow, version, run, status, ends, length, ${fromMillis("wake_at")} as wake_at,
    case when ends then null else owner end as owner, attributes::jsonb as attributes, creation::uuid as creation,
    date_trunc('milliseconds', statement_timestamp()) as now
  from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    as b (id, workflow, version, run, status, ends, length, wake_at, owner, attributes, creation)
), ended as (
  select i.id from batch b
  cross join lateral (
    select id from waymark_instances
    where id = b.id and ended and epoch = $26 and run = b.run - 1 and creation <> b.creation
    for update
  ) i
), forgotten as (
  delete from waymark_signals s using ended where s.instance = ended.id and s.outcome is null
), made as (
  update waymark_instances i set
    workflow = b.workflow, version = b.version, run = b.run, status = b.status, ended = b.ends, recorded = b.length,
    wake_at = b.wake_at, owner = b.owner,
    available_at = case when b.ends or b.owner is not null then 'infinity' else ${availableFrom("b.wake_at")} end,
    created_at = b.now, attributes = b.attributes, creation = b.creation, first_run = b.run,
    epoch = i.epoch + 1, watched = false, updated_at = b.now, ended_at = case when b.ends then b.now end
  from batch b join ended using (id) where i.id = b.id
  returning i.*
), recorded as (
  insert into waymark_events (${event}, patch)
  select e.instance, e.run, ${eventValues}, e.patch::json from ${events} join made on made.id = e.instance
)
select ${instance("made")}, ${tellClaimable("made.owner is null and made.available_at <= clock_timestamp()")} as told
from made`

// The event in one column: its own names are those of the row.
const existingSql = `
select w.place, ${instance("i")}, i.creation, row_to_json(e) as started
from unnest($1, $2) as w (place, wanted)
cross join lateral (select * from waymark_instances where id = w.wanted limit 1) i
cross join lateral (
  select ${event}, patch::text as patch from waymark_events where instance = i.id and run = i.first_run and seq = 0
  limit 1
) e`

interface Entry {
  readonly place: number
  readonly writable: Store.WritableCreate
}

interface Reopened extends Instance {
  readonly told: boolean | null
}

interface Existing extends Instance {
  readonly place: number
  readonly creation: string
  readonly started: EventRow
}

/** What is there now where nothing was in the way. */
const born = ({ attributes, create, run }: Store.WritableCreate, now: number): Created => ({
  _tag: "Created",
  instance: {
    id: create.id,
    workflow: create.workflow,
    version: create.version,
    run,
    status: create.status,
    epoch: 1,
    length: create.events.length,
    wakeAt: create.wakeAt === null ? null : Math.ceil(create.wakeAt),
    takeovers: 0,
    createdAt: now,
    updatedAt: now,
    // As they are kept.
    attributes: Store.payloadOf(attributes) as Attributes
  }
})

/** What is there instead: it is the call's own where it was made by its mark. */
const found = ({ place: _, creation, started, ...instance }: Existing, mark: string | undefined): Created =>
  creation === mark ? { _tag: "Created", instance } : { _tag: "Exists", instance, started: eventOf(started) }

/** They are numbered from 1 on, as arrays are in the database. */
const parametersOf = (entries: ReadonlyArray<Entry>): ReadonlyArray<unknown> => {
  const creates = entries.map(({ writable }) => writable.create)
  const columns = new Columns(creates.reduce((count, { events }) => count + events.length, 0))
  entries.forEach(({ writable }, index) => columns.add(index + 1, writable.create.events, writable))
  return [
    texts(creates.map(({ id }) => id)),
    texts(creates.map(({ workflow }) => workflow)),
    integers(creates.map(({ version }) => version)),
    integers(entries.map(({ writable }) => writable.run)),
    texts(creates.map(({ status }) => status)),
    booleans(creates.map(({ status }) => isTerminal(status))),
    integers(creates.map(({ events }) => events.length)),
    doubles(creates.map(({ wakeAt }) => wakeAt)),
    texts(creates.map(({ owner }) => owner)),
    texts(entries.map(({ writable }) => writable.attributes)),
    texts(creates.map(({ mark }) => mark)),
    ...columns.parameters
  ]
}

/** Makes the operations. */
export const make = ({ call, run }: Database): Pick<Journal["Service"], "create" | "reopen"> => {
  const existing = (entries: ReadonlyArray<Entry>) =>
    run<Existing>(existingSql, [
      integers(entries.map(({ place }) => place)),
      texts(entries.map(({ writable }) => writable.create.id))
    ])

  const write = Effect.fnUntraced(function* (
    entries: ReadonlyArray<Entry>
  ): Effect.fn.Return<Answers<Created>, SqlError> {
    // The first of each id. Others of it are judged below, by their marks.
    const seen = new Set<string>()
    const firsts = entries.filter(({ writable: { create } }) => !seen.has(create.id) && seen.add(create.id))
    const [now = 0, ...there] = yield* call("waymark_create", parametersOf(firsts))
    const taken = new Set(there)
    const answers = new Map<number, Created>()
    firsts.forEach(({ place, writable }, index) => {
      if (!taken.has(index + 1)) answers.set(place, born(writable, now))
    })
    const others = entries.filter(({ place }) => !answers.has(place))
    if (others.length === 0) return answers
    const marks = new Map(others.map(({ place, writable }) => [place, writable.create.mark]))
    for (const row of yield* existing(others)) answers.set(row.place, found(row, marks.get(row.place)))
    const gone = others.filter(({ place }) => !answers.has(place))
    // What was in the way has been purged meanwhile.
    return gone.length === 0 ? answers : new Map([...answers, ...(yield* write(gone))])
  })

  const create = Effect.fnUntraced(function* (
    batch: ReadonlyArray<Create>
  ): Effect.fn.Return<ReadonlyArray<Created>, SqlError> {
    const prepared = batch.map(Store.prepareCreate)
    const entries = prepared.flatMap((writable, place) => (writable._tag === "Writable" ? [{ place, writable }] : []))
    const answers = yield* writeApart(entries, write)
    return prepared.flatMap((one, place) => (one._tag === "Rejected" ? one : (answers.get(place) ?? [])))
  })

  const reopen = Effect.fnUntraced(function* (
    create: Create,
    epoch: number
  ): Effect.fn.Return<Created, SqlError | JournalError> {
    const writable = Store.prepareCreate(create)
    if (writable._tag === "Rejected") return writable
    const written = yield* writeApart([{ place: 0, writable }], ([entry]) =>
      entry === undefined ? Effect.succeed<Answers<Created>>(new Map()) : reopenOne(entry, epoch)
    )
    const [answer] = written.values()
    if (answer !== undefined) return answer
    const reason = `there is no instance "${create.id}" to open anew: create it`
    return yield* new JournalError({ operation: "reopen", reason, retryable: false })
  })

  const reopenOne = Effect.fnUntraced(function* (
    entry: Entry,
    epoch: number
  ): Effect.fn.Return<Answers<Created | Rejected>, SqlError> {
    const [row] = yield* run<Reopened>(reopenSql, [...parametersOf([entry]), integer(epoch)])
    if (row !== undefined) {
      const { told: _, ...instance } = row
      return new Map<number, Created>([[0, { _tag: "Created", instance }]])
    }
    const [there] = yield* existing([entry])
    if (there === undefined) return new Map()
    const { id, mark } = entry.writable.create
    const isSame = isTerminal(there.status) && there.epoch === epoch && there.creation !== mark
    return new Map<number, Created | Rejected>([
      isSame && there.run + 1 !== entry.writable.run
        ? [0, { _tag: "Rejected", reason: `${id} has come to run ${there.run}: begin with the next one` }]
        : [0, found(there, mark)]
    ])
  })

  return {
    create: (batch) => Effect.mapError(create(batch), (error) => toJournalError("create", error)),
    reopen: (create, epoch) =>
      Effect.mapError(reopen(create, epoch), (error) =>
        error._tag === "JournalError" ? error : toJournalError("reopen", error)
      )
  }
}
