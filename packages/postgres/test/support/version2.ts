/** The tables as their second version was, made by the statements of that version. */
import type * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Migrator from "effect/sql/Migrator"
import * as SqlClient from "effect/sql/SqlClient"
import { makeVersion1 } from "./version1.ts"

const tables = [
  "alter table waymark_events add column patch json",
  `create table waymark_notes (
    instance text not null,
    name text collate "C" not null,
    value json not null,
    primary key (instance, name)
  ) with (fillfactor = 80)`,
  `create function waymark_forget(ended text) returns boolean language plpgsql as $$
  begin
    delete from waymark_notes where instance = ended;
    return found;
  end $$`
]

const at = "'2026-11-01 10:00:00.123456+00'::timestamptz"

const rows = [
  `insert into waymark_instances
    (id, workflow, version, run, status, ended, epoch, length, wake_at, owner, lease_until, created_at, updated_at,
      creation)
  values
    ('held', 'Withdrawal', 1, 0, 'running', false, 2, 1, null, 'engine', now() + interval '1 hour', ${at}, ${at},
      gen_random_uuid()),
    ('second-run', 'Withdrawal', 1, 1, 'waiting', false, 5, 1, '2099-01-01', null, ${at}, ${at}, ${at},
      gen_random_uuid()),
    ('over', 'Withdrawal', 1, 0, 'completed', true, 1, 1, null, null, ${at}, ${at}, ${at}, gen_random_uuid())`,
  `insert into waymark_events (instance, run, seq, id, at, kind, path, ordinal, step, payload, patch)
  values
    ('held', 0, 0, 'held-0', 1, 'started', '', 0, '', '1', '[]'),
    ('second-run', 0, 0, 'second-run-0-0', 1, 'started', '', 0, '', '"how it began"', null),
    ('second-run', 1, 0, 'second-run-1-0', 2, 'started', '', 0, '', '"how it went on"', null),
    ('over', 0, 0, 'over-0', 1, 'started', '', 0, '', '1', null)`,
  "insert into waymark_signals (instance, id, name, payload) values ('held', 's-1', 'approve', '1')",
  `insert into waymark_signals (instance, id, name, payload, outcome, settled_at)
  values ('over', 's-2', 'approve', '1', '{"_tag":"Consumed","reply":"thanks"}', now())`,
  "insert into waymark_notes values ('held', 'snapshot', '{\"at\":1}')"
]

/** Makes them, with an instance that an engine holds, one in its second run and one that has ended, beside those of version 1. */
export const makeVersion2 = (sql: PgClient.PgClient) =>
  Effect.gen(function* () {
    yield* makeVersion1(sql)
    const notes = Effect.forEach([...tables, ...rows], (statement) => sql.unsafe(statement), { discard: true })
    const loader = Migrator.fromRecord({ "0002_notes": notes })
    yield* Migrator.make({})({ table: "waymark_migrations", loader })
  }).pipe(Effect.provideService(SqlClient.SqlClient, sql))
