/** Every statement that the journal runs, prepared once. Named parameters are avoided: positions bind faster. */
import type { Database } from "libsql"

const instance = "id, workflow, version, run, status, epoch, length, wake_at, created_at, updated_at"
const event = "instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch"

// One parameter: the workflows that a claim names, as JSON.
const named = `exists (
        select 1 from json_each(?) w
        where w.value ->> 'name' = workflow and w.value ->> 'version' >= version)`

/** A prepared statement, as far as the journal uses it. Rows are told their type where they are read. */
export interface Prepared {
  readonly run: (...parameters: ReadonlyArray<unknown>) => unknown
  readonly all: (...parameters: ReadonlyArray<unknown>) => ReadonlyArray<unknown>
}

/** The statements of a database. */
export type Statements = ReturnType<typeof prepare>

/** Prepares them. */
export const prepare = (db: Database) => {
  const statement = (sql: string): Prepared => db.prepare(sql) as Prepared
  return {
    insertInstance: statement(`
      insert into waymark_instances
        (id, workflow, version, run, status, ended, epoch, length, wake_at, owner, lease_until, created_at, updated_at)
      values (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)`),
    find: statement(`select ${instance} from waymark_instances where id = ?`),
    started: statement(`select ${event} from waymark_events where instance = ? and seq = 0 order by run limit 1`),
    claimable: statement(`
      select ${instance} from waymark_instances
      where ended = 0 and ${named} and lease_until <= ?
      order by lease_until limit ?`),
    claimableById: statement(`
      select ${instance} from waymark_instances
      where ended = 0 and ${named} and lease_until <= ? and id = ?
      limit ?`),
    claim: statement("update waymark_instances set epoch = epoch + 1, owner = ?, lease_until = ? where id = ?"),
    renew: statement("update waymark_instances set lease_until = ? where owner = ?"),
    held: statement("select id from waymark_instances where owner = ?"),
    release: statement("update waymark_instances set owner = null, lease_until = ? where owner = ?"),
    releaseOne: statement("update waymark_instances set owner = null, lease_until = ? where owner = ? and id = ?"),
    insertEvent: statement(`insert into waymark_events (${event}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    eventIds: statement(
      "select id from waymark_events where instance = ? and run = ? and seq >= ? order by seq limit ?"
    ),
    advance: statement(`
      update waymark_instances set run = ?, status = ?, length = ?, wake_at = ?, updated_at = ? where id = ?`),
    end: statement(`
      update waymark_instances set run = ?, status = ?, length = ?, wake_at = ?, updated_at = ?,
        ended = 1, owner = null, lease_until = ? where id = ?`),
    forget: statement("delete from waymark_notes where instance = ?"),
    settle: statement("update waymark_signals set outcome = ? where instance = ? and id = ? and outcome is null"),
    read: statement(`
      select ${event} from waymark_events where instance = ? and run = ? and seq >= ? order by seq limit ?`),
    insertSignal: statement(
      "insert into waymark_signals (instance, id, name, recipient, payload) values (?, ?, ?, ?, ?)"
    ),
    signal: statement(`
      select i.status, s.id, s.name, s.outcome from waymark_instances i
      left join waymark_signals s on s.instance = i.id and s.id = ?
      where i.id = ?`),
    inbox: statement(`
      select s.instance, s.id, s.name, s.recipient, s.payload from waymark_signals s
      join waymark_instances i on i.id = s.instance and i.ended = 0
      where s.instance = ? and s.outcome is null order by s.arrival`),
    attention: statement(`
      select id from waymark_instances i
      where owner = ? and exists (select 1 from waymark_signals s where s.instance = i.id and s.outcome is null)`),
    putNote: statement(`
      insert into waymark_notes (instance, name, value) values (?, ?, ?)
      on conflict (instance, name) do update set value = excluded.value`),
    deleteNote: statement("delete from waymark_notes where instance = ? and name = ?"),
    notes: statement("select name, value from waymark_notes where instance = ? order by name")
  }
}
