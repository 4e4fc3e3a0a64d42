/**
 * The tables of a journal file, and the step from each version of them to the next.
 *
 * Times are milliseconds since the epoch. `waymark_store` has one row: the version of the tables, and the process that
 * holds the file, so that whoever is refused can be told by whom.
 */
import type { Database } from "libsql"

const version1 = `
create table waymark_store (
  schema_version integer not null,
  holder_pid integer
) strict;

insert into waymark_store (schema_version) values (1);

create table waymark_instances (
  id text primary key,
  workflow text not null,
  version integer not null,
  run integer not null,
  status text not null,
  ended integer not null,
  epoch integer not null,
  length integer not null,
  wake_at real,
  owner text,
  lease_until real not null,
  created_at real not null,
  updated_at real not null
) strict, without rowid;

create index waymark_instances_claimable on waymark_instances (lease_until) where ended = 0;
create index waymark_instances_held on waymark_instances (owner) where owner is not null;

create table waymark_events (
  instance text not null,
  run integer not null,
  seq integer not null,
  id text not null,
  at real not null,
  kind text not null,
  path text not null,
  ordinal integer not null,
  step text not null,
  attempt integer,
  trace text,
  payload text not null,
  primary key (instance, run, seq)
) strict, without rowid;

create table waymark_signals (
  arrival integer primary key autoincrement,
  instance text not null,
  id text not null,
  name text not null,
  recipient text,
  payload text not null,
  outcome text,
  unique (instance, id)
) strict;

create index waymark_signals_pending on waymark_signals (instance, arrival) where outcome is null;
`

const version2 = `
alter table waymark_events add column patch text;

create table waymark_notes (
  instance text not null,
  name text not null,
  value text not null,
  primary key (instance, name)
) strict, without rowid;
`

/** What takes the tables from version n to n + 1, by n. A step that was released is never changed. */
const steps: ReadonlyArray<string> = [version1, version2]

/** The version that this code reads and writes. */
export const known = steps.length

/** The version of the tables in a file; 0 where it has none. */
export const found = (db: Database): number => {
  const table = db.prepare("select 1 from sqlite_schema where type = 'table' and name = 'waymark_store'").all()
  if (table.length === 0) return 0
  const [row] = db.prepare("select schema_version from waymark_store").all() as Array<{ schema_version: number }>
  return row?.schema_version ?? 0
}

/** Brings the tables of a file to the known version. */
export const migrate = (db: Database): void => {
  db.transaction(() => {
    for (const step of steps.slice(found(db))) db.exec(step)
    db.exec(`update waymark_store set schema_version = ${known}`)
  }).immediate()
}
