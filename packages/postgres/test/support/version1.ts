/** The tables as their first version was, made by the statements of that version. */
import type * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Migrator from "effect/sql/Migrator"
import * as SqlClient from "effect/sql/SqlClient"

const tables = [
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
  "create index waymark_signals_pending on waymark_signals (instance, arrival) where outcome is null"
]

const rows = [
  `insert into waymark_instances
    (id, workflow, version, run, status, ended, epoch, length, wake_at, owner, lease_until, created_at, updated_at,
      creation)
  values ('w-1', 'Withdrawal', 1, 0, 'waiting', false, 3, 2, null, 'gone', now(), now(), now(), gen_random_uuid())`,
  `insert into waymark_events (instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload)
  values
    ('w-1', 0, 0, 'event-0', 12, 'started', '', 0, '', null, null, '{"text":"as it was"}'),
    ('w-1', 0, 1, 'event-1', 13.5, 'attempt', '0:left', 1, 'hold', 2, 'trace', 'null')`,
  "insert into waymark_signals (instance, id, name, payload) values ('w-1', 'signal-1', 'approve', '[1]')"
]

/** Makes them, with an instance `w-1` at epoch 3 that has two events and a signal. */
export const makeVersion1 = (sql: PgClient.PgClient) => {
  const journal = Effect.forEach([...tables, ...rows], (statement) => sql.unsafe(statement), { discard: true })
  const loader = Migrator.fromRecord({ "0001_journal": journal })
  return Migrator.make({})({ table: "waymark_migrations", loader }).pipe(
    Effect.provideService(SqlClient.SqlClient, sql)
  )
}
