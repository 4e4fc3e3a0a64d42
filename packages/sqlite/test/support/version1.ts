/** A journal file as the first version of the tables had it, made by the statements of that version. */
import Database from "libsql"

const tables = `
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

const rows = `
insert into waymark_instances
  (id, workflow, version, run, status, ended, epoch, length, wake_at, owner, lease_until, created_at, updated_at)
values ('w-1', 'Withdrawal', 1, 0, 'waiting', 0, 3, 2, 99, 'gone', 1e15, 10, 11);

insert into waymark_events (instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload)
values
  ('w-1', 0, 0, 'event-0', 12, 'started', '', 0, '', null, null, '{"text":"as it was"}'),
  ('w-1', 0, 1, 'event-1', 13.5, 'attempt', '0:left', 1, 'hold', 2, 'trace', 'null');

insert into waymark_signals (instance, id, name, recipient, payload)
values ('w-1', 'signal-1', 'approve', 'item', '[1]');
`

/** Makes one, with an instance `w-1` at epoch 3 that has two events and a signal. */
export const makeVersion1 = (filename: string): void => {
  const db = new Database(filename)
  db.exec(tables)
  db.exec(rows)
  db.close()
}
