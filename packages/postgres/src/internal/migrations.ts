/**
 * The tables, and the step from each version of them to the next. A step that was released is never changed.
 *
 * Written to be read by operators too: every table has a comment, and names are whole words. `fillfactor` leaves room
 * on the pages of instances and notes, whose rows change often, but not in any column that an index is on. The key of
 * signals begins with their id, since a planner without statistics may look them up by either column alone.
 */
import type * as PgClient from "@effect/sql-pg/PgClient"
import { JournalError } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import * as Migrator from "effect/sql/Migrator"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { isSqlError } from "effect/sql/SqlError"
import { persistently } from "./errors.ts"

const table = "waymark_migrations"

const journal = [
  `create table waymark_instances (
    id text primary key,
    workflow text not null,
    version integer not null,
    run integer not null,
    status text not null,
    ended boolean not null,
    epoch integer not null,
    length integer not null,
    wake_at timestamptz,
    owner text,
    lease_until timestamptz not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    creation uuid not null
  ) with (fillfactor = 80)`,
  "comment on table waymark_instances is 'Waymark: one row for each workflow instance'",
  "comment on column waymark_instances.version is 'the version of the workflow that started it'",
  "comment on column waymark_instances.epoch is 'raised by every claim; only the writer that knows the present one may append'",
  "comment on column waymark_instances.length is 'how many events its present run has'",
  "comment on column waymark_instances.wake_at is 'when its next timer is due'",
  "comment on column waymark_instances.owner is 'the engine that holds it, until lease_until'",
  "comment on column waymark_instances.creation is 'made by whoever created it, who thereby knows its own after a lost answer'",
  "create index waymark_instances_claimable on waymark_instances (lease_until) where not ended",
  "create index waymark_instances_held on waymark_instances (owner) where owner is not null",
  `create table waymark_events (
    instance text not null,
    run integer not null,
    seq integer not null,
    id text not null,
    at double precision not null,
    kind text not null,
    path text not null,
    ordinal integer not null,
    step text not null,
    attempt integer,
    trace text,
    payload json not null,
    primary key (instance, run, seq)
  )`,
  "comment on table waymark_events is 'Waymark: the journal. Rows are added, never changed'",
  "comment on column waymark_events.at is 'milliseconds since the epoch, exactly as the writer gave it'",
  "comment on column waymark_events.payload is 'json, not jsonb, which would refuse NUL and half surrogate pairs'",
  `create table waymark_signals (
    arrival bigint generated always as identity,
    instance text not null,
    id text not null,
    name text not null,
    recipient text,
    payload json not null,
    sent_at timestamptz not null default statement_timestamp(),
    outcome json,
    settled_at timestamptz,
    primary key (id, instance)
  )`,
  "comment on table waymark_signals is 'Waymark: the inbox of every instance. A settled signal stays, so that its id stays known'",
  "create index waymark_signals_pending on waymark_signals (instance, arrival) where outcome is null"
]

const notes = [
  "alter table waymark_events add column patch json",
  "comment on column waymark_events.patch is 'what the event did to the state, as a JSON Patch, where an audit is kept'",
  `create table waymark_notes (
    instance text not null,
    name text collate "C" not null,
    value json not null,
    primary key (instance, name)
  ) with (fillfactor = 80)`,
  "comment on table waymark_notes is 'Waymark: hints that spare work. All of them may be deleted at any time'",
  // Each statement of a function sees what is committed by then. The append that calls it has waited for the instance's
  // row, maybe for notes that were being written, and does not see those itself.
  `create function waymark_forget(ended text) returns boolean language plpgsql as $$
  begin
    delete from waymark_notes where instance = ended;
    return found;
  end $$`,
  "comment on function waymark_forget is 'Waymark: deletes the notes of an instance that ends'"
]

const run = (statements: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    for (const statement of statements) yield* sql.unsafe(statement)
  })

const steps = { "0001_journal": run(journal), "0002_notes": run(notes) }

const known = Object.keys(steps).length

/** Brings the tables up to date. Safe to run from many processes at once: all but one wait, and find it done. */
export const migrate = (sql: PgClient.PgClient): Effect.Effect<void, JournalError> =>
  Effect.gen(function* () {
    yield* Migrator.make({})({ table, loader: Migrator.fromRecord(steps) }).pipe(
      Effect.provideService(SqlClient.SqlClient, sql),
      Effect.catchTag("MigrationError", (error) => causeOf(error)),
      persistently("migrate")
    )
    const [latest] = yield* sql<{ readonly id: number }>`select max(migration_id) as id from ${sql(table)}`.pipe(
      persistently("migrate")
    )
    return yield* latest !== undefined && latest.id > known ? Effect.fail(tooNew(latest.id)) : Effect.void
  })

const tooNew = (found: number): JournalError => {
  const reason =
    `the tables have version ${found}; this version of @waymark/postgres knows up to ${known}. ` +
    "Upgrade @waymark/postgres, or use another database"
  return new JournalError({ operation: "migrate", reason, retryable: false })
}

/** A migration fails by its statement's error, except where the migrations themselves are at fault. */
const causeOf = (error: Migrator.MigrationError): Effect.Effect<never, SqlError> =>
  isSqlError(error.cause) ? Effect.fail(error.cause) : Effect.die(error)
