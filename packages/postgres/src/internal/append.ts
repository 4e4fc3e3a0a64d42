/**
 * Appending a batch: one statement, so one round trip, one commit, and no transaction left open by a lost connection.
 *
 * `held` locks the rows of the batch's instances, in the order of their ids: statements that overlap wait for each other
 * and never deadlock. Having waited, it sees the rows as they are then, not as they were when the statement began. That
 * is the fence: what is `good` is decided from rows that nobody can change until the commit. The rest of the statement
 * writes good groups only, and the answer tells how each row stood, by which the others are judged.
 *
 * `held` looks its rows up one by one, in a lateral query that the planner can't turn around: a prepared plan outlives
 * the size that the tables had when it was made, and a join planned for small tables reads large ones from end to end.
 *
 * `again` are groups that consume a signal which has its outcome already; they are not good. Only the instance's writer
 * settles signals, one append after the other, so the statement's snapshot is new enough for that.
 *
 * The notes of instances that end are deleted by a function, which sees those that the statement has waited for.
 *
 * A group may find its place taken by its own events, when an earlier try was committed and its answer got lost. Their
 * ids are compared by a second statement: this one's snapshot may be older than the commit that it waited for.
 */
import type * as PgClient from "@effect/sql-pg/PgClient"
import type { Append, Appended } from "@waymark/interpreter"
import { isTerminal, Store } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { insistently, isAboutData, reasonOf } from "./errors.ts"
import { booleans, doubles, fromMillis, integers, texts, toMillis } from "./parameters.ts"

const appendSql = `
with batch as (
  select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
    as g (place, instance, run, epoch, expected, added, status, ends, wake_at)
), held as (
  select g.place, i.epoch, i.run, i.length, i.status, i.ended
  from (select place, instance from batch order by instance) g
  cross join lateral (select * from waymark_instances where id = g.instance for update) i
), again as (
  select t.place from unnest($22, $23) as t (place, id)
  join batch g using (place)
  cross join lateral (
    select from waymark_signals s where s.instance = g.instance and s.id = t.id and s.outcome is not null
  ) s
), good as (
  select g.* from batch g join held h using (place)
  where g.epoch = h.epoch and not h.ended and (
    (g.run = h.run and g.expected = h.length and h.status <> 'continued')
    or (g.run = h.run + 1 and g.expected = 0 and g.added > 0 and h.status = 'continued')
  ) and (g.added = 0 or g.place not in (select place from again))
), recorded as (
  insert into waymark_events (instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch)
  select g.instance, g.run, e.seq, e.id, e.at, e.kind, e.path, e.ordinal, e.step, e.attempt, e.trace, e.payload::json,
    e.patch::json
  from unnest($10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
    as e (place, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch)
  join good g using (place)
), settled as (
  update waymark_signals s set
    outcome = coalesce(s.outcome, t.outcome::json),
    settled_at = coalesce(s.settled_at, clock_timestamp())
  from unnest($22, $23, $24) as t (place, id, outcome) join good g using (place)
  where s.id = t.id and s.instance = g.instance
), advanced as (
  update waymark_instances i set
    run = g.run,
    status = g.status,
    ended = g.ends,
    length = g.expected + g.added,
    wake_at = ${fromMillis("g.wake_at")},
    owner = case when g.ends then null else i.owner end,
    updated_at = clock_timestamp()
  from good g where i.id = g.instance
)
select h.place, h.epoch, h.run, h.length, h.status, g.place is not null as written,
  case when g.ends then waymark_forget(g.instance) end as forgot,
  ${toMillis("clock_timestamp()")} as now
from held h left join good g using (place)`

const idsSql = `
select g.place, e.id
from unnest($1, $2, $3, $4, $5) as g (place, instance, run, expected, added)
join waymark_events e on e.instance = g.instance and e.run = g.run
  and e.seq >= g.expected and e.seq < g.expected + g.added
order by g.place, e.seq`

interface HeldRow extends Store.Position {
  readonly place: number
  readonly written: boolean
  readonly now: number
}

/** A group and where its answer belongs. */
interface Entry {
  readonly place: number
  readonly writable: Store.Writable
}

type Answers = ReadonlyMap<number, Appended>

const parametersOf = (entries: ReadonlyArray<Entry>) => {
  const groups = entries.map(({ writable }) => writable.group)
  const events = entries.flatMap(({ place, writable: { group, payloads, patches } }) =>
    group.events.map((event, index) => ({
      place,
      event,
      payload: payloads[index] ?? "null",
      patch: patches[index] ?? null
    }))
  )
  const patched = entries.some(({ writable }) => writable.patches.length > 0)
  const settled = entries.flatMap(({ place, writable: { group, outcomes } }) =>
    group.settled.map(({ id }, index) => ({ place, id, outcome: outcomes[index] ?? "null" }))
  )
  return [
    integers(entries.map(({ place }) => place)),
    texts(groups.map(({ instance }) => instance)),
    integers(groups.map(({ run }) => run)),
    integers(groups.map(({ epoch }) => epoch)),
    integers(groups.map(({ expected }) => expected)),
    integers(groups.map((group) => group.events.length)),
    texts(groups.map(({ status }) => status)),
    booleans(groups.map(({ status }) => isTerminal(status))),
    doubles(groups.map(({ wakeAt }) => wakeAt)),
    integers(events.map(({ place }) => place)),
    integers(events.map(({ event }) => event.seq)),
    texts(events.map(({ event }) => event.id)),
    doubles(events.map(({ event }) => event.at)),
    texts(events.map(({ event }) => event.kind)),
    texts(events.map(({ event }) => event.path)),
    integers(events.map(({ event }) => event.ordinal)),
    texts(events.map(({ event }) => event.step)),
    integers(events.map(({ event }) => event.attempt ?? null)),
    texts(events.map(({ event }) => event.trace ?? null)),
    texts(events.map(({ payload }) => payload)),
    // `unnest` fills up the shorter lists with nulls.
    texts(patched ? events.map(({ patch }) => patch) : []),
    integers(settled.map(({ place }) => place)),
    texts(settled.map(({ id }) => id)),
    texts(settled.map(({ outcome }) => outcome))
  ]
}

/** Makes the operation; `observe` is given the database's time with each answer. */
export const make = (sql: PgClient.PgClient, observe: (time: number) => void) => {
  const idsOf = Effect.fnUntraced(function* (entries: ReadonlyArray<Entry>) {
    const groups = entries.map(({ writable }) => writable.group)
    const rows = yield* insistently(
      sql.unsafe<{ readonly place: number; readonly id: string }>(idsSql, [
        integers(entries.map(({ place }) => place)),
        texts(groups.map(({ instance }) => instance)),
        integers(groups.map(({ run }) => run)),
        integers(groups.map(({ expected }) => expected)),
        integers(groups.map((group) => group.events.length))
      ])
    )
    const ids = new Map<number, Array<string>>()
    for (const { place, id } of rows) ids.set(place, [...(ids.get(place) ?? []), id])
    return ids
  })

  const write = Effect.fnUntraced(function* (entries: ReadonlyArray<Entry>): Effect.fn.Return<Answers, SqlError> {
    const rows = yield* insistently(sql.unsafe<HeldRow>(appendSql, parametersOf(entries)))
    const held = new Map(rows.map((row) => [row.place, row]))
    for (const { now } of rows.slice(0, 1)) observe(now)
    const answers = new Map<number, Appended>()
    const taken: Array<Entry & { readonly row: HeldRow }> = []
    for (const { place, writable } of entries) {
      const row = held.get(place)
      const answer = row === undefined ? Store.unknown : row.written ? appended : Store.judge(row, writable.group)
      if (answer._tag !== "Compare" && answer._tag !== "Write") answers.set(place, answer)
      else if (row !== undefined) taken.push({ place, writable, row })
    }
    if (taken.length > 0) {
      const ids = yield* idsOf(taken)
      for (const { place, writable, row } of taken) {
        answers.set(place, Store.compare(row, writable.group, ids.get(place) ?? []))
      }
    }
    return answers
  })

  /** One group that the database can't keep fails the whole statement: halving finds it, and the others are written. */
  const writeApart = (entries: ReadonlyArray<Entry>): Effect.Effect<Answers, SqlError> =>
    Effect.catch(write(entries), (error) => {
      const [first] = entries
      if (first === undefined || !isAboutData(error)) return Effect.fail(error)
      if (entries.length === 1) {
        return Effect.succeed(new Map([[first.place, { _tag: "Rejected", reason: reasonOf(error) }]]))
      }
      const middle = Math.ceil(entries.length / 2)
      return Effect.map(
        Effect.forEach([entries.slice(0, middle), entries.slice(middle)], writeApart),
        (halves) => new Map(halves.flatMap((half) => Array.from(half)))
      )
    })

  return Effect.fnUntraced(function* (
    batch: ReadonlyArray<Append>
  ): Effect.fn.Return<ReadonlyArray<Appended>, SqlError> {
    const prepared = Store.prepare(batch)
    const entries = prepared.flatMap((writable, place) => (writable._tag === "Writable" ? [{ place, writable }] : []))
    const answers: Answers = entries.length === 0 ? new Map() : yield* writeApart(entries)
    return prepared.map((group, place) => (group._tag === "Rejected" ? group : (answers.get(place) ?? Store.unknown)))
  })
}

const appended: Appended = { _tag: "Appended" }
