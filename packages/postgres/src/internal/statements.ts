/**
 * The other statements, one for each operation of the port.
 *
 * Those that change many instances lock them in the order of their ids first, as appends do, so that none of them
 * deadlocks with another. Those that look for instances to claim skip what is locked: somebody is at it.
 */
import { fromMillis, leaseFor, toMillis } from "./parameters.ts"

const instance = (row: string): string => `${row}.id, ${row}.workflow, ${row}.version, ${row}.run, ${row}.status,
  ${row}.epoch, ${row}.length, ${toMillis(`${row}.wake_at`)} as "wakeAt",
  ${toMillis(`${row}.created_at`)} as "createdAt", ${toMillis(`${row}.updated_at`)} as "updatedAt"`

const event = "instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload"

// As text, which tells a patch that is null from none.
const eventWithPatch = `${event}, patch::text as patch`

/** The database's time. */
export const now = `select ${toMillis("clock_timestamp()")} as now`

/** Makes an instance and its first events, or nothing where the id is taken. */
export const create = `
with made as (
  insert into waymark_instances
    (id, workflow, version, run, status, ended, epoch, length, wake_at, owner, lease_until, created_at, updated_at,
      creation)
  values ($1, $2, $3, $4, $5, $6, 1, $7, ${fromMillis("$8")}, case when $6 then null else $9 end, ${leaseFor("$10")},
    statement_timestamp(), statement_timestamp(), $22)
  on conflict (id) do nothing
  returning *
), recorded as (
  insert into waymark_events (${event}, patch)
  select $1, $4, e.seq, e.id, e.at, e.kind, e.path, e.ordinal, e.step, e.attempt, e.trace, e.payload::json,
    e.patch::json
  from unnest($11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
    as e (seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch)
  where exists (select from made)
)
select ${instance("made")} from made`

/** The row of an instance. */
export const find = `select ${instance("i")} from waymark_instances i where i.id = $1`

/** The same, with the mark of whoever created it. */
export const findCreated = `select ${instance("i")}, i.creation from waymark_instances i where i.id = $1`

/** The first event of an instance's first run. */
export const started = `
select ${eventWithPatch} from waymark_events where instance = $1 and seq = 0 order by run limit 1`

const claimWhere = (condition: string, locked: string): string => `
with due as (
  select i.id, i.lease_until
  from waymark_instances i join unnest($3, $4) as w (name, version) on i.workflow = w.name and i.version <= w.version
  where not i.ended and i.lease_until <= statement_timestamp() ${condition}
  order by i.lease_until, i.id
  limit $5
  for update of i ${locked}
), taken as (
  update waymark_instances i set epoch = i.epoch + 1, owner = $1, lease_until = ${leaseFor("$2")}
  from due where i.id = due.id
  returning i.*
)
select ${instance("taken")} from taken join due using (id) order by due.lease_until, due.id`

/** Takes over what nobody holds. */
export const claim = claimWhere("", "skip locked")

/** Takes over one instance. It waits for whoever is at it: the asker has no other to go on with. */
export const claimOne = claimWhere("and i.id = $6", "")

/** Prolongs an owner's leases. */
export const renew = `
with held as (select id from waymark_instances where owner = $1 order by id for update)
update waymark_instances i set lease_until = ${leaseFor("$2")}
from held where i.id = held.id
returning i.id`

const releaseWhere = (condition: string): string => `
with held as (select id from waymark_instances where owner = $1 ${condition} order by id for update)
update waymark_instances i set owner = null, lease_until = statement_timestamp()
from held where i.id = held.id`

/** Gives back all that an owner holds. */
export const releaseAll = releaseWhere("")

/** Gives back some of what an owner holds. */
export const release = releaseWhere("and id = any ($2)")

/** Events of a run. */
export const read = `
select ${eventWithPatch} from waymark_events where instance = $1 and run = $2 and seq >= $3 order by seq limit $4`

/**
 * Puts a signal into the inbox of an instance that has not ended, and answers how both stand. A signal that another
 * sends in the same moment is not seen yet; then there is no outcome either, and the answer is the same.
 */
export const send = `
with target as (
  select id, status, ended from waymark_instances where id = $1
), added as (
  insert into waymark_signals (instance, id, name, recipient, payload)
  select target.id, $2, $3, $4, $5::json from target where not ended
  on conflict (id, instance) do nothing
)
select target.status, s.name, s.outcome::text as outcome
from target left join waymark_signals s on s.instance = target.id and s.id = $2`

/** How a signal and its instance stand. */
export const sent = `
select i.status, s.outcome::text as outcome
from waymark_signals s join waymark_instances i on i.id = s.instance
where s.instance = $1 and s.id = $2`

/** The pending signals of an instance. */
export const inbox = `
select s.instance, s.id, s.name, s.recipient, s.payload
from waymark_signals s join waymark_instances i on i.id = s.instance and not i.ended
where s.instance = $1 and s.outcome is null
order by s.arrival`

/** The held instances that have pending signals. */
export const attention = `
select i.id from waymark_instances i
where i.owner = $1
  and exists (select from waymark_signals s where s.instance = i.id and s.outcome is null)`

/**
 * Writes notes, and answers which of the batch were written. It locks the rows of their instances, as an append does:
 * what is `good` stays so until the commit.
 */
export const note = `
with batch as (
  select * from unnest($1, $2, $3, $4, $5) as n (place, instance, epoch, name, value)
), held as (
  select b.instance, i.epoch
  from (select distinct instance from batch order by instance) b
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

/** The notes of an instance. */
export const notes = "select name, value from waymark_notes where instance = $1 order by name"
