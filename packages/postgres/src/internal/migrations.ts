/**
 * The tables, and the step from each version of them to the next. What a released step does to tables is never changed. Functions are no part of
 * what is kept: a step that changes one makes all of them anew, as they are by then, so those of the steps before are not made at all.
 *
 * Written to be read by operators too: every table has a comment, and names are whole words. `fillfactor` leaves room
 * on the pages of instances and notes, whose rows change often, but not in any column that an index is on: an append
 * changes `updated_at`, so there is an `ended_at` for the index that a purge reads. The key of signals begins with their
 * id, since a planner without statistics may look them up by either column alone.
 */
import type * as PgClient from "@effect/sql-pg/PgClient"
import { JournalError } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import * as Migrator from "effect/sql/Migrator"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { isSqlError } from "effect/sql/SqlError"
import { persistently } from "./errors.ts"
import { functions } from "./functions/index.ts"

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
  "comment on table waymark_notes is 'Waymark: hints that spare work. All of them may be deleted at any time'"
]

// Nobody owns these instances by the new rules; whoever comes first may have them. Their writers are fenced by that, as they
// would be after a lease. Whether one had something to do was not on record: so they all have, until somebody has looked.
const ownership = [
  `create table waymark_engines (
    owner text primary key,
    lease_until timestamptz not null,
    reaped boolean not null,
    renewal uuid,
    told boolean not null
  ) with (fillfactor = 50)`,
  "comment on table waymark_engines is 'Waymark: one row for each process that runs instances, or did within a day'",
  "comment on column waymark_engines.lease_until is 'when its instances may be given to others, unless it says that it lives'",
  "comment on column waymark_engines.reaped is 'that has happened, and it has not heard of it'",
  "comment on column waymark_engines.renewal is 'made by the call that said last that it lives, which so gets its answer again, should that get lost'",
  "create index waymark_engines_lapsed on waymark_engines (lease_until)",
  `alter table waymark_instances
    add column available_at timestamptz,
    add column ended_at timestamptz,
    add column first_run integer,
    add column watched boolean not null default false,
    add column attributes jsonb not null default '{}'`,
  "drop index waymark_instances_claimable",
  `update waymark_instances i set
    owner = null,
    wake_at = case when not ended then 'epoch'::timestamptz end,
    available_at = case when ended then 'infinity' else now() end,
    created_at = date_trunc('milliseconds', created_at),
    updated_at = date_trunc('milliseconds', updated_at),
    ended_at = case when ended then date_trunc('milliseconds', updated_at) end,
    first_run = coalesce((select min(run) from waymark_events e where e.instance = i.id), run)`,
  `alter table waymark_instances
    drop column lease_until,
    alter column available_at set not null,
    alter column first_run set not null`,
  "comment on column waymark_instances.wake_at is 'from when on somebody has to run it: its next timer; 1970 if at once'",
  "comment on column waymark_instances.owner is 'the engine that runs it, of those in waymark_engines'",
  "comment on column waymark_instances.available_at is 'from when on it may be claimed, where it has no owner'",
  "comment on column waymark_instances.ended_at is 'the same as updated_at, once it has ended'",
  "comment on column waymark_instances.first_run is 'the run that it was created or opened anew with'",
  "comment on column waymark_instances.watched is 'whether somebody wants to hear of its end'",
  "comment on column waymark_instances.attributes is 'by what it can be listed, as its workflow says'",
  // By workflow first: what nobody here can run would otherwise have to be passed over by every claim.
  `create index waymark_instances_available on waymark_instances (workflow, available_at)
    where owner is null and not ended`,
  "create index waymark_instances_created on waymark_instances (created_at)",
  "create index waymark_instances_workflow on waymark_instances (workflow, created_at)",
  "create index waymark_instances_status on waymark_instances (status, created_at)",
  "create index waymark_instances_ended on waymark_instances (status, ended_at) where ended_at is not null",
  `create index waymark_instances_attributes on waymark_instances using gin (attributes jsonb_path_ops)
    where attributes <> '{}'`,
  "alter table waymark_signals add column sender text",
  "create index waymark_signals_settled on waymark_signals (instance, id) where outcome is not null",
  "comment on column waymark_signals.sender is 'the engine that wants to hear of the outcome'"
]

const takeovers = [
  "alter table waymark_instances add column takeovers integer not null default 0",
  "comment on column waymark_instances.takeovers is 'how often it was taken from engines that were not heard of, since anything was appended'"
]

// Where there is room on the page of a row for its next version, and its status stays, no index has to be written: with pages filled to 80 %
// four of ten updates found none, and each cost the entries of all indexes. The table is larger for that, by two and a half times where its
// rows are never updated; pages that are there already are as full as they were.
const room = ["alter table waymark_instances set (fillfactor = 30)"]

// An append that changes nothing in the row of an instance but its length leaves the row as it is: that is most of them, and writing it was a third of
// what an append costs. The column has another name so that who does not know of this fails. What says that an engine holds
// its instances is lost where the server crashes, and has to be: so are commits then, where somebody has turned `synchronous_commit` off.
const quiet = [
  "alter table waymark_instances rename column length to recorded",
  "comment on column waymark_instances.recorded is 'how many events its present run had when this row was written; its owner may have appended others'",
  "create unlogged table waymark_leases (owner text primary key, token uuid not null)",
  "comment on table waymark_leases is 'Waymark: one row for each engine from which nothing was taken since it was given the token'"
]

// Ids are compared byte by byte: by the rules of a language, or by the C library's, that is a tenth of what an append costs the database. Indexes that
// ids are in are built anew, about a second for a million events, and nobody reads or writes meanwhile. All tables are locked first: others lock
// them in another order, and a deadlock halfway would cost all that was built.
const bytes = [
  "lock table waymark_instances, waymark_events, waymark_signals, waymark_notes in access exclusive mode",
  'alter table waymark_instances alter column id type text collate "C"',
  'alter table waymark_events alter column instance type text collate "C"',
  'alter table waymark_signals alter column instance type text collate "C", alter column id type text collate "C"',
  'alter table waymark_notes alter column instance type text collate "C"'
]

// Each index costs a start and an end: what is listed is found by one, workflow by workflow and status by status, and by its attributes, which
// may be those of most, by another one of its own.
const lists = [
  "create index waymark_instances_listed on waymark_instances (workflow, status, created_at)",
  "create index waymark_instances_described on waymark_instances (created_at) where attributes <> '{}'",
  "drop index waymark_instances_created",
  "drop index waymark_instances_workflow",
  "drop index waymark_instances_status",
  ...functions
]

const run = (statements: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    for (const statement of statements) yield* sql.unsafe(statement)
  })

const steps = {
  "0001_journal": run(journal),
  "0002_notes": run(notes),
  "0003_ownership": run(ownership),
  "0004_takeovers": run(takeovers),
  // These were about functions only.
  "0005_append": run([]),
  "0006_together": run([]),
  "0007_lone": run([]),
  "0008_room": run(room),
  "0009_quiet": run(quiet),
  "0010_bytes": run(bytes),
  // As those above.
  "0011_wake": run([]),
  "0012_lists": run(lists)
}

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
