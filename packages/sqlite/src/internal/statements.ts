/** Every statement that the journal always has prepared; those of lists are put together where they are asked for. */
import type { Database } from "libsql"

/** The columns of an instance, as `InstanceRow` has them. */
export const instance = `id, workflow, version, run, first_run, status, epoch, length, wake_at, owner, available_at, watched,
  created_at, updated_at, attributes, takeovers, mark`

const event = "instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch"

// Two parameters, both the present: from when on an instance may be claimed that its owner has lost.
const again = `case
    when exists (select 1 from waymark_signals s where s.instance = waymark_instances.id and s.outcome is null) then ?
    when wake_at <= 0 then ?
    else wake_at
  end`

// What claims look at: those of a workflow, up to a version, that may be claimed by now.
const claimable = `select ${instance} from waymark_instances indexed by waymark_instances_available
  where workflow = ? and version <= ? and available_at <= ?`

// What is taken from an owner that has died, or seems to have.
const takenOver = `update waymark_instances set owner = null, takeovers = takeovers + 1, available_at = ${again}`

/** What takes all that anybody owns away from them, for whoever opens a file. Two parameters, both the present. */
export const takeAll = `${takenOver} where owner is not null`

/** The statements, as text. Named parameters are avoided: positions bind faster. */
export const texts = {
  insertInstance: `
    insert into waymark_instances (id, workflow, version, run, first_run, status, ended, epoch, length, wake_at, owner,
      available_at, watched, created_at, updated_at, attributes, mark)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)`,
  find: `select ${instance} from waymark_instances where id = ?`,
  started: `select ${event} from waymark_events where instance = ? and run = ? and seq = 0`,
  watch: "update waymark_instances set watched = 1 where id = ? and watched = 0 and ended = 0",

  oldest: `${claimable} order by available_at limit ?`,
  newest: `${claimable} order by created_at desc limit ?`,
  random: `${claimable} order by random() limit ?`,
  // From workflow to workflow, and in each to its next one: the index begins with the workflow.
  upcoming: `
    with recursive waiting (workflow) as (
      select min(workflow) from waymark_instances where available_at is not null
      union all
      select (select min(i.workflow) from waymark_instances i where i.available_at is not null and i.workflow > w.workflow)
      from waiting w where w.workflow is not null)
    select min((
      select min(i.available_at) from waymark_instances i where i.workflow = w.workflow and i.available_at > ?)) as at
    from waiting w`,
  claim: "update waymark_instances set epoch = epoch + 1, owner = ?, available_at = null where id = ?",
  held: "select id, epoch from waymark_instances where owner = ?",
  release: `
    update waymark_instances set owner = null, available_at = case
      when exists (
        select 1 from waymark_signals s where s.instance = waymark_instances.id and s.outcome is null
          and s.id not in (select value from json_each(?))) then ?
      else ?
    end
    where id = ? and owner = ? and epoch = ? returning available_at`,
  takeOver: `${takenOver} where owner = ? returning available_at`,
  giveBack: `
    update waymark_instances set owner = null, available_at = ${again} where owner = ? returning available_at`,
  offer: `update waymark_instances set available_at = ${again} where id = ? returning available_at`,
  offerNow: "update waymark_instances set available_at = ? where id = ?",

  // Who never said that it lives counts as one that stopped saying so just now.
  meet: "insert into waymark_engines (owner, lease_until, reaped) values (?, ?, 0) on conflict do nothing",
  isReaped: "select 1 from waymark_engines where owner = ? and reaped = 1",
  renew: `
    insert into waymark_engines (owner, lease_until, reaped) values (?, ?, 0)
    on conflict (owner) do update set lease_until = excluded.lease_until, reaped = 0`,
  lapsed: "select owner from waymark_engines where lease_until <= ?",
  reaped: "update waymark_engines set reaped = 1 where owner = ?",
  forgetEngine: "delete from waymark_engines where owner = ?",
  forgetEngines: "delete from waymark_engines where lease_until <= ?",

  insertEvent: `insert into waymark_events (${event}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  eventIds: "select id from waymark_events where instance = ? and run = ? and seq >= ? order by seq limit ?",
  advance: `
    update waymark_instances set run = ?, status = ?, length = ?, wake_at = ?, updated_at = ?, takeovers = 0 where id = ?`,
  end: `
    update waymark_instances set run = ?, status = ?, length = ?, wake_at = ?, updated_at = ?,
      ended = 1, owner = null, available_at = null, takeovers = 0 where id = ?`,
  settle: `
    update waymark_signals set outcome = ? where instance = ? and id = ? and outcome is null returning sender`,
  read: `select ${event} from waymark_events where instance = ? and run = ? and seq >= ? order by seq limit ?`,

  describe: "update waymark_instances set attributes = ? where id = ?",
  insertAttribute: "insert into waymark_attributes (name, value, instance) values (?, ?, ?)",

  insertSignal: `
    insert into waymark_signals (instance, id, name, recipient, payload, sender) values (?, ?, ?, ?, ?, ?)`,
  signal: `
    select i.status, i.owner, s.id, s.name, s.outcome from waymark_instances i
    left join waymark_signals s on s.instance = i.id and s.id = ?
    where i.id = ?`,
  inbox: `
    select s.instance, s.id, s.name, s.recipient, s.payload from waymark_signals s
    join waymark_instances i on i.id = s.instance and i.ended = 0
    where s.instance = ? and s.outcome is null order by s.arrival`,
  attention: `
    select id from waymark_instances i
    where owner = ? and exists (select 1 from waymark_signals s where s.instance = i.id and s.outcome is null)`,

  putNote: `
    insert into waymark_notes (instance, name, value) values (?, ?, ?)
    on conflict (instance, name) do update set value = excluded.value`,
  deleteNote: "delete from waymark_notes where instance = ? and name = ?",
  notes: "select name, value from waymark_notes where instance = ? order by name",

  // One workflow where it is named, twice; else any.
  purgeable: `
    select id from waymark_instances indexed by waymark_instances_ended
    where ended = 1 and updated_at < ? and status in (select value from json_each(?)) and (? is null or workflow = ?)
    order by updated_at, id limit ?`,
  deleteEvents: "delete from waymark_events where instance = ?",
  deleteSignals: "delete from waymark_signals where instance = ?",
  deletePending: "delete from waymark_signals where instance = ? and outcome is null",
  deleteNotes: "delete from waymark_notes where instance = ?",
  deleteAttributes: "delete from waymark_attributes where instance = ?",
  deleteInstance: "delete from waymark_instances where id = ?"
} as const

/** A prepared statement, as far as the journal uses it. Rows are told their type where they are read. */
export interface Prepared {
  readonly run: (...parameters: ReadonlyArray<unknown>) => unknown
  readonly all: (...parameters: ReadonlyArray<unknown>) => ReadonlyArray<unknown>
}

/** The statements of a database. */
export type Statements = Readonly<Record<keyof typeof texts, Prepared>>

/** Prepares them. */
export const prepare = (db: Database): Statements =>
  Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, db.prepare(text) as Prepared] as const)
  ) as Statements
