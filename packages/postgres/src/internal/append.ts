/**
 * Appending a batch: one statement, so one round trip, one commit, and no transaction left open by a lost connection.
 *
 * `held` locks the rows of the batch's instances, in the order of their ids: statements that overlap wait for each other
 * and never deadlock. Having waited, it sees the rows as they are then, not as they were when the statement began. That
 * is the fence: what is `good` is decided from rows that nobody can change until the commit. The rest of the statement
 * writes good groups only, and the answer tells how each row stood, by which the others are judged.
 *
 * `again` are groups that consume a signal which has its outcome already; they are not good. Only the instance's writer
 * settles signals, one append after the other, so the statement's snapshot is new enough for that.
 *
 * Messages to other instances are put into their inboxes by the same statement, which holds their rows too, and wakes
 * those that nobody owns. An instance that nobody owns and that its last writer still appends to can be claimed from when on
 * that one says.
 *
 * The notes of instances that end are deleted by a function, which sees those that the statement has waited for. Who has
 * to hear of an end or of an outcome is told with the answer; mostly that is nobody.
 *
 * A group may find its place taken by its own events, when an earlier try was committed and its answer got lost. Their
 * ids are compared by a second statement: this one's snapshot may be older than the commit that it waited for.
 */
import type * as PgClient from "@effect/sql-pg/PgClient"
import type { Append, Appended } from "@waymark/interpreter"
import { isTerminal, Store } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { writeApart } from "./apart.ts"
import type { Answers } from "./apart.ts"
import { insistently } from "./errors.ts"
import { availableFrom, booleans, doubles, fromMillis, integers, presently, texts, toMillis } from "./parameters.ts"
import { eventsFrom, eventValues, parametersOfEvents } from "./rows.ts"
import { event, overwrite } from "./statements.ts"

/** A message of a batch is for another instance, whose row is held too; the batch may have a group for that one. */
const mail = `mail as (
  select * from unnest($26, $27, $28, $29, $30, $31, $32)
    with ordinality as m (place, instance, id, name, recipient, payload, sender, rank)
), `

const sent = `sent as (
  insert into waymark_signals (instance, id, name, recipient, payload, sender)
  select m.instance, m.id, m.name, m.recipient, m.payload::json, m.sender
  from mail m join good g using (place) join held h on h.id = m.instance
  where not h.ended
  order by m.rank
  on conflict (id, instance) do nothing
  returning instance, sender
), woken as (
  select distinct h.id from sent s join held h on h.id = s.instance where h.owner is null
), `

const toldOfMail = `
  union all
  select h.owner, json_build_object('_tag', 'Signal', 'instance', h.id)
  from sent s join held h on h.id = s.instance
  where h.owner is not null and h.owner is distinct from s.sender
  union all
  select null, '{"_tag":"Claimable"}'::json where exists (select from woken)`

/** The row after its group, or after a message has come for it. */
const advanced = {
  run: "coalesce(h.new_run, h.run)",
  status: "coalesce(h.new_status, h.status)",
  ended: "coalesce(h.ends, h.ended)",
  length: "coalesce(h.new_length, h.length)",
  wake_at: "case when h.place is null then h.wake_at else h.new_wake_at end",
  attributes: "coalesce(h.new_attributes, h.attributes)",
  owner: "case when h.ends then null else h.owner end",
  available_at: `case
      when h.ends or h.owner is not null then h.available_at
      when h.woken then least(h.available_at, clock_timestamp())
      else waymark_available(
        h.id, ${availableFrom("h.new_wake_at")},
        array(select t.id from unnest($11, $12) as t (place, id) where t.place = h.place)
      )
    end`,
  takeovers: "case when h.place is null then h.takeovers else 0 end",
  updated_at: "case when h.place is null then h.updated_at else h.now end",
  ended_at: "case when h.ends then h.now end"
}

/** Most batches carry no messages, and are spared what these cost. */
const appendSql = (hasMail: boolean): string => `
with batch as (
  select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    as g (place, instance, run, epoch, expected, added, status, ends, wake_at, attributes)
), ${hasMail ? mail : ""}held as (
  select i.*
  from (
    select instance from batch ${hasMail ? "union select instance from mail" : ""} order by instance
  ) g
  cross join lateral (select * from waymark_instances where id = g.instance for update) i
), again as (
  select t.place from unnest($11, $12) as t (place, id)
  join batch g using (place)
  cross join lateral (
    select from waymark_signals s where s.instance = g.instance and s.id = t.id and s.outcome is not null limit 1
  ) s
), good as (
  select g.*, h.owner, h.watched from batch g join held h on h.id = g.instance
  where g.epoch = h.epoch and not h.ended and (
    (g.run = h.run and g.expected = h.length and (h.status <> 'continued' or g.added = 0))
    or (g.run = h.run + 1 and g.expected = 0 and g.added > 0 and h.status = 'continued')
  ) and (g.added = 0 or g.place not in (select place from again))
), recorded as (
  insert into waymark_events (${event}, patch)
  select g.instance, g.run, ${eventValues}, e.patch::json from ${eventsFrom(14)} join good g using (place)
), settled as (
  select s.settled_instance as instance, s.settled_id as id, s.settled_sender as sender, g.owner
  from (
    select array_agg(g.instance) as instances, array_agg(t.id) as ids, array_agg(t.outcome) as outcomes
    from unnest($11, $12, $13) as t (place, id, outcome) join good g using (place)
  ) t
  cross join lateral waymark_settle(t.instances, t.ids, t.outcomes) s
  join good g on g.instance = s.settled_instance
  where t.ids is not null
), ${hasMail ? sent : ""}changed as (
  select h.*, g.place, g.run as new_run, g.status as new_status, g.ends, g.expected + g.added as new_length,
    ${fromMillis("g.wake_at")} as new_wake_at, g.attributes::jsonb as new_attributes, ${presently} as now,
    ${
      hasMail
        ? `w.id is not null as woken
  from held h left join good g on g.instance = h.id left join woken w on w.id = h.id
  where g.place is not null or w.id is not null`
        : `false as woken
  from held h join good g on g.instance = h.id`
    }
), advanced as (${overwrite("changed", advanced)}
), hints (listener, hint) as (
  select null, json_build_object('_tag', 'Ended', 'instance', instance) from good where ends and watched
  union all
  select sender, json_build_object('_tag', 'Settled', 'instance', instance, 'id', id)
  from settled where sender is not null and sender is distinct from owner${hasMail ? toldOfMail : ""}
)
select b.place, h.epoch, h.run, h.length, h.status, g.place is not null as written,
  case when g.ends then waymark_forget(g.instance) end as forgot,
  (select count(waymark_tell(listener, hint)) from hints) as told,
  ${toMillis("clock_timestamp()")} as now
from batch b join held h on h.id = b.instance left join good g using (place)`

const plain = appendSql(false)
const withMail = appendSql(true)

const idsSql = `
select g.place, e.id
from unnest($1, $2, $3, $4, $5) as g (place, instance, run, expected, added)
cross join lateral (
  select id, seq from waymark_events
  where instance = g.instance and run = g.run and seq >= g.expected and seq < g.expected + g.added
  offset 0
) e
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

const parametersOf = (entries: ReadonlyArray<Entry>): Array<unknown> => {
  const groups = entries.map(({ writable }) => writable.group)
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
    texts(entries.map(({ writable }) => writable.attributes)),
    integers(settled.map(({ place }) => place)),
    texts(settled.map(({ id }) => id)),
    texts(settled.map(({ outcome }) => outcome)),
    ...parametersOfEvents(
      entries.map(({ place, writable: { group, payloads, patches } }) => ({
        place,
        events: group.events,
        payloads,
        patches
      }))
    )
  ]
}

const parametersOfMail = (entries: ReadonlyArray<Entry>): ReadonlyArray<unknown> => {
  const mail = entries.flatMap(({ place, writable: { group, messages } }) =>
    (group.sends ?? []).map((send, index) => ({ place, send, payload: messages[index] ?? "null" }))
  )
  return [
    integers(mail.map(({ place }) => place)),
    texts(mail.map(({ send }) => send.instance)),
    texts(mail.map(({ send }) => send.id)),
    texts(mail.map(({ send }) => send.name)),
    texts(mail.map(({ send }) => send.to ?? null)),
    texts(mail.map(({ payload }) => payload)),
    texts(mail.map(({ send }) => send.sender ?? null))
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

  const write = Effect.fnUntraced(function* (
    entries: ReadonlyArray<Entry>
  ): Effect.fn.Return<Answers<Appended>, SqlError> {
    const hasMail = entries.some(({ writable }) => writable.messages.length > 0)
    const parameters = parametersOf(entries)
    const rows = yield* insistently(
      hasMail
        ? sql.unsafe<HeldRow>(withMail, [...parameters, ...parametersOfMail(entries)])
        : sql.unsafe<HeldRow>(plain, parameters)
    )
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

  return Effect.fnUntraced(function* (
    batch: ReadonlyArray<Append>
  ): Effect.fn.Return<ReadonlyArray<Appended>, SqlError> {
    const prepared = Store.prepare(batch)
    const entries = prepared.flatMap((writable, place) => (writable._tag === "Writable" ? [{ place, writable }] : []))
    const answers = yield* writeApart(entries, write)
    return prepared.map((group, place) => (group._tag === "Rejected" ? group : (answers.get(place) ?? Store.unknown)))
  })
}

const appended: Appended = { _tag: "Appended" }
