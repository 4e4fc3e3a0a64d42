/**
 * The statements that change nothing but inboxes and notes, and what the others are made of.
 *
 * Statements that change instances lock their rows in the order of their ids first, so that no two of them deadlock: the order of the
 * columns' collation, which what they are given does not have by itself.
 *
 * A prepared plan outlives the size that the tables had when it was made, and a join that was planned for small tables
 * reads large ones from end to end. So no statement leaves the planner that choice. Rows are looked up one by one, in
 * lateral queries that a lock or a limit keeps apart; instances are changed by `overwrite`; what remains, appends among it, is
 * in functions of the database that do without such plans.
 */
import { toMillis } from "./parameters.ts"

/**
 * How many events the present run of an instance has: as many as its row says, and those that its owner has appended since without writing
 * it anew.
 */
export const lengthOf = (row: string): string => `greatest(${row}.recorded, (
    select e.seq + 1 from waymark_events e where e.instance = ${row}.id and e.run = ${row}.run order by e.seq desc limit 1
  ))`

/** The different values of an indexed column, by one look at the index for each, for a recursion `d (it)`; the last one is null. */
export const distinct = (column: string, condition: string): string => `
  (select ${column} as it from waymark_instances where ${condition} order by ${column} limit 1)
  union all
  select (
    select i.${column} from waymark_instances i where ${condition} and i.${column} > d.it order by i.${column} limit 1
  ) from d where d.it is not null`

/** Ids that a statement is given, each of them once, in the order in which rows are locked. */
export const inOrder = (ids: string): string =>
  `(select distinct given.id collate "C" as id from unnest(${ids}) as given (id) order by 1)`

/** The columns of an instance, as the port names them. */
export const instance = (row: string): string => `${row}.id, ${row}.workflow, ${row}.version, ${row}.run, ${row}.status,
  ${row}.epoch, ${lengthOf(row)} as length, ${toMillis(`${row}.wake_at`)} as "wakeAt", ${row}.takeovers,
  ${toMillis(`${row}.created_at`)} as "createdAt", ${toMillis(`${row}.updated_at`)} as "updatedAt", ${row}.attributes`

const required = [
  "id",
  "workflow",
  "version",
  "run",
  "status",
  "ended",
  "epoch",
  "recorded",
  "available_at",
  "created_at",
  "updated_at",
  "creation",
  "first_run"
]

/**
 * Changes the rows of instances, which `rows` has whole and locked, by column. It is an insert that meets them: that finds
 * each by its key, whatever the planner thinks of the table's size, where an update would join.
 */
export const overwrite = (rows: string, values: Readonly<Record<string, string>>): string => {
  const changed = Object.keys(values)
  const columns = Array.from(new Set([...required, ...changed]))
  return `
  insert into waymark_instances as i (${columns.join(", ")})
  select ${columns.map((column) => values[column] ?? `h.${column}`).join(", ")} from ${rows} h
  on conflict (id) do update set ${changed.map((column) => `${column} = excluded.${column}`).join(", ")}`
}

/** The columns of an event. */
export const event = "instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload"

/** The database's time. */
export const now = `select ${toMillis("clock_timestamp()")} as now`

/** Instances, with what else is asked about them. */
export const find = `
select f.place, ${instance("(f.instance)")}, f.notes, f.inbox, f.events from waymark_find($1, $2, $3, $4, $5, $6) f`

/** Events of a run; patches as text, which tells one that is null from none. */
export const read = `
select ${event}, patch::text as patch
from waymark_events where instance = $1 and run = $2 and seq >= $3 order by seq limit $4`

/** Puts signals into the inboxes of instances that have not ended, and answers how both stand. */
export const send = `
select d.place, d.status as standing, d.name, d.outcome from waymark_deliver($1, $2, $3, $4, $5, $6) d`

/** The same, and takes over whom they wake: the answers to signals have a place, what was taken over has none. */
export const wake = `
select w.place, w.standing, w.name, w.outcome, ${instance("(w.it)")}, w.notes, w.inbox, w.events
from waymark_wake($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) w`

/** How signals and their instances stand. */
export const sent = `
select a.place, i.status as standing, s.outcome::text as outcome
from unnest($1, $2, $3) as a (place, instance, id)
cross join lateral (
  select outcome from waymark_signals where id = a.id and instance = a.instance limit 1
) s
cross join lateral (select status from waymark_instances where id = a.instance limit 1) i`

/** The instances that an owner holds and that have pending signals. */
export const attention = `
select i.id from waymark_instances i
cross join lateral (select from waymark_signals where instance = i.id and outcome is null limit 1) s
where i.owner = $1`

/** Marks instances as watched, and answers their rows as they are then. */
export const watch = `select ${instance("i")} from waymark_watch($1) i`

/**
 * Writes notes, and answers which of the batch were written. It locks the rows of their instances, as a claim does:
 * what is `good` stays so until the commit.
 */
export const note = `
with batch as (
  select * from unnest($1, $2, $3, $4, $5) as n (place, instance, epoch, name, value)
), held as (
  select b.instance, i.epoch
  from (select distinct instance collate "C" as instance from batch order by instance) b
  cross join lateral (select epoch, ended from waymark_instances where id = b.instance for update) i
  where not i.ended
), good as (
  select b.* from batch b join held h on h.instance = b.instance and h.epoch = b.epoch
), latest as (
  select distinct on (instance, name) * from good order by instance, name, place desc
), gone as (
  delete from waymark_notes n using latest l where n.instance = l.instance and n.name = l.name and l.value is null
), kept as (
  insert into waymark_notes (instance, name, value)
  select instance, name, value::json from latest where value is not null
  on conflict (instance, name) do update set value = excluded.value
)
select place from good`
