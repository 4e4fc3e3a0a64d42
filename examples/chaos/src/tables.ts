/**
 * The database as somebody from outside sees it: plain SQL over a connection of its own, no code of Waymark. The tables of
 * chaos itself are made here: what was asked for, what was done to whom, and the ledger of effects.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import { Array as Arr, Data, Effect, Redacted, Schedule, type Scope } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import Database from "libsql"
import * as path from "node:path"

/** A statement failed, and went on failing. */
export class TablesFailed extends Data.TaggedError("TablesFailed")<{
  readonly statement: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `${String(this.cause)} in: ${this.statement}`
  }
}

type Value = string | number | null

/** A database seen from outside. */
export interface Tables {
  /** The column in which the row of an instance has how many events there are. */
  readonly length: string
  readonly query: <Row extends object>(statement: string) => Effect.Effect<ReadonlyArray<Row>, TablesFailed>
  readonly insert: (table: string, rows: ReadonlyArray<Record<string, Value>>) => Effect.Effect<void, TablesFailed>
}

/** The tables of chaos, in words that both stores understand. */
const own = [
  `create table chaos_instances (
    id text primary key, workflow text not null, result text not null, completed integer not null
  )`,
  `create table chaos_signals (
    instance text not null, id text not null, name text not null, expected text, heard text, primary key (instance, id)
  )`,
  "create table chaos_faults (kind text not null, process text, began double precision not null, ended double precision not null)",
  `create table chaos_effects (
    id text primary key, key text not null, instance text not null, run integer not null, path text not null,
    ordinal integer not null, step text not null, attempt integer not null, process text not null,
    began double precision not null, ended double precision, outcome text, late integer not null
  )`,
  "create index chaos_effects_of on chaos_effects (instance, run, ordinal)",
  `create table chaos_changes (
    what text not null, instance text not null, before integer not null, after integer, at double precision not null
  )`
]

/**
 * Postgres tells of itself what no look from outside would see: every change of an epoch, every change of a row of a
 * journal, and every event of a writer that had been succeeded by then.
 */
const watchers = [
  `create function chaos_note_epoch() returns trigger language plpgsql as $$
  begin
    insert into chaos_changes values ('epoch', new.id, old.epoch, new.epoch, extract(epoch from clock_timestamp()) * 1000);
    return null;
  end $$`,
  `create trigger chaos_epochs after update on waymark_instances
    for each row when (old.epoch is distinct from new.epoch) execute function chaos_note_epoch()`,
  `create function chaos_note_event() returns trigger language plpgsql as $$
  begin
    insert into chaos_changes values ('event', old.instance, old.seq, null, extract(epoch from clock_timestamp()) * 1000);
    return null;
  end $$`,
  `create trigger chaos_events after update or delete on waymark_events
    for each row execute function chaos_note_event()`,
  // Nobody claims an instance while something of it is being written, so its epoch stays what it is here.
  `create function chaos_note_stale() returns trigger language plpgsql as $$
  begin
    if split_part(new.id, '.', 3)::integer < (select epoch from waymark_instances where id = new.instance) then
      insert into chaos_changes values ('stale', new.instance, new.seq, null, extract(epoch from clock_timestamp()) * 1000);
    end if;
    return null;
  end $$`,
  `create trigger chaos_stale after insert on waymark_events
    for each row when (new.id ~ '^\\d+\\.\\d+\\.\\d+$') execute function chaos_note_stale()`
]

/** Makes the tables of chaos. */
export const prepare = (tables: Tables): Effect.Effect<void, TablesFailed> =>
  Effect.forEach(own, (statement) => tables.query(statement), { discard: true })

/** Lets Postgres keep watch, once Waymark's tables are there. */
export const watch = (tables: Tables): Effect.Effect<void, TablesFailed> =>
  Effect.forEach(watchers, (statement) => tables.query(statement), { discard: true })

// ---- Postgres ---------------------------------------------------------------------------------------------------

/** A connection to Postgres that outlives restarts of the server. */
export const connection = (url: string, maxConnections: number) =>
  PgClient.make({ url: Redacted.make(url), maxConnections, applicationName: "chaos" }).pipe(
    Effect.provide(Reactivity.layer)
  )

/** Tries again while the server is away; a statement that is at fault itself fails after that. */
export const stubbornly = <A, E, R>(
  statement: string,
  self: Effect.Effect<A, E, R>
): Effect.Effect<A, TablesFailed, R> =>
  self.pipe(
    // A connection that is lost at the wrong moment is a defect.
    Effect.catchDefect((defect) => Effect.fail(defect)),
    Effect.retry({ schedule: Schedule.spaced("100 millis"), times: 200, while: (error) => !isAtFault(error) }),
    Effect.mapError((cause) => new TablesFailed({ statement, cause }))
  )

const isAtFault = (error: unknown): boolean => /syntax|does not exist|already exists|violates/.test(describe(error))

const describe = (error: unknown): string => {
  const parts: Array<string> = []
  for (let at: unknown = error; at instanceof Error || (typeof at === "object" && at !== null);) {
    parts.push("message" in at ? String(at.message) : "")
    at = "reason" in at ? at.reason : "cause" in at ? at.cause : undefined
  }
  return parts.join(": ")
}

/** The tables of a Postgres database. */
export const onPostgres = (url: string, connections = 2): Effect.Effect<Tables, TablesFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const sql = yield* stubbornly("connect", connection(url, connections))
    return {
      length: "recorded",
      query: <Row extends object>(statement: string) => stubbornly(statement, sql.unsafe<Row>(statement)),
      insert: (table, rows) =>
        Effect.forEach(
          Arr.chunksOf(rows, 500),
          (page) => stubbornly(`insert into ${table}`, sql`insert into ${sql(table)} ${sql.insert([...page])}`),
          { discard: true }
        )
    }
  })

// ---- SQLite -----------------------------------------------------------------------------------------------------

/** The files of a directory that a SQLite run lives in. */
export const files = (directory: string) => ({
  journal: path.join(directory, "journal.db"),
  ledger: path.join(directory, "ledger.db")
})

/** Opens the ledger, with the journal beside it where that is there already. */
export const openFiles = (
  directory: string,
  withJournal: boolean
): Effect.Effect<Database.Database, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const { journal, ledger } = files(directory)
      const db = new Database(ledger)
      db.pragma("journal_mode = WAL")
      db.pragma("busy_timeout = 10000")
      if (withJournal) db.prepare("attach ? as journal").run(journal)
      return db
    }),
    (db) => Effect.sync(() => db.close())
  )

/** The tables of a directory, those of the journal among them. */
export const onSqlite = (db: Database.Database): Tables => {
  const attempt = <A>(statement: string, evaluate: () => A): Effect.Effect<A, TablesFailed> =>
    Effect.try({ try: evaluate, catch: (cause) => new TablesFailed({ statement, cause }) })
  return {
    length: "length",
    query: <Row extends object>(statement: string) =>
      attempt(statement, () => {
        const prepared = db.prepare(statement)
        if (prepared.reader) return prepared.all() as ReadonlyArray<Row>
        prepared.run()
        return []
      }),
    insert: (table, rows) =>
      attempt(`insert into ${table}`, () => {
        const columns = Object.keys(rows[0] ?? {})
        if (columns.length === 0) return
        const marks = columns.map(() => "?").join(", ")
        const prepared = db.prepare(`insert into ${table} (${columns.join(", ")}) values (${marks})`)
        db.transaction(() => {
          for (const row of rows) prepared.run(columns.map((column) => row[column] ?? null))
        })()
      })
  }
}
