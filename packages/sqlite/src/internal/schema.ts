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

// `available_at` says of an instance that nobody owns from when on it may be claimed; it is null where only a signal can
// bring that about, and where the instance is owned or has ended. So the index that claims use holds no more than it must.
//
// Appends write `status`, `length`, `wake_at` and `updated_at`, and no index of an open instance has those: lists cost
// what is listed, not what runs. `going` in listing.ts names the statuses that the index of statuses leaves out.
const version3 = `
drop index waymark_instances_claimable;
drop index waymark_instances_held;
alter table waymark_instances rename to waymark_instances_before;

create table waymark_instances (
  id text primary key,
  workflow text not null,
  version integer not null,
  run integer not null,
  first_run integer not null,
  status text not null,
  ended integer not null,
  epoch integer not null,
  length integer not null,
  wake_at real,
  owner text,
  available_at real,
  watched integer not null,
  created_at integer not null,
  updated_at integer not null,
  attributes text not null
) strict, without rowid;

insert into waymark_instances
select id, workflow, version, run, coalesce((select min(run) from waymark_events e where e.instance = b.id), run),
  -- What was under way had no instant before: whoever has it next finds out what there is to do.
  status, ended, epoch, length, case when ended = 0 then 0 end, null, case when ended = 0 then 0 end, 0,
  cast(round(created_at) as integer), cast(round(updated_at) as integer), '{}'
from waymark_instances_before b;

drop table waymark_instances_before;

create index waymark_instances_available on waymark_instances (workflow, available_at) where available_at is not null;
create index waymark_instances_held on waymark_instances (owner) where owner is not null;
create index waymark_instances_created on waymark_instances (created_at, id);
create index waymark_instances_workflow on waymark_instances (workflow, created_at, id);
create index waymark_instances_status on waymark_instances (status, created_at, id)
  where status not in ('running', 'waiting', 'continued');
create index waymark_instances_open on waymark_instances (created_at, id) where ended = 0;
create index waymark_instances_ended on waymark_instances (updated_at, id) where ended = 1;

create table waymark_engines (
  owner text primary key,
  lease_until real not null,
  reaped integer not null
) strict, without rowid;

create table waymark_attributes (
  name text not null,
  value text not null,
  instance text not null,
  primary key (name, value, instance)
) strict, without rowid;

create index waymark_attributes_instance on waymark_attributes (instance);

alter table waymark_signals add column sender text;
`

// No index has it: appends write it too.
const version4 = `
alter table waymark_instances add column takeovers integer not null default 0;
`

// The mark of the call by which its present life began: whoever repeats that call is told so. None is empty.
const version5 = `
alter table waymark_instances add column mark text not null default '';
`

/** What takes the tables from version n to n + 1, by n. A step that was released is never changed. */
const steps: ReadonlyArray<string> = [version1, version2, version3, version4, version5]

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
