/** A journal file as the second version of the tables had it, made by the statements of that version. */
import Database from "libsql"
import { makeVersion1 } from "./version1.ts"

const tables = `
update waymark_store set schema_version = 2;

alter table waymark_events add column patch text;

create table waymark_notes (
  instance text not null,
  name text not null,
  value text not null,
  primary key (instance, name)
) strict, without rowid;
`

const rows = `
insert into waymark_instances
  (id, workflow, version, run, status, ended, epoch, length, wake_at, owner, lease_until, created_at, updated_at)
values
  ('w-2', 'Withdrawal', 2, 4, 'running', 0, 7, 1, null, 'gone', 1e15, 20.25, 21.5),
  ('w-3', 'Withdrawal', 1, 0, 'completed', 1, 1, 1, null, null, 0, 30, 31);

insert into waymark_events (instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch)
values
  ('w-2', 3, 0, 'first', 20, 'started', '', 0, '', null, null, '3', null),
  ('w-2', 4, 0, 'second', 21, 'started', '', 0, '', null, null, '4', '[1]'),
  ('w-3', 0, 0, 'only', 30, 'started', '', 0, '', null, null, 'null', null);

insert into waymark_notes (instance, name, value) values ('w-2', 'snapshot', '{"at":1}');
`

/**
 * Makes one: what `makeVersion1` puts in; `w-2`, held by a process that is gone, in its second run, with a note; and `w-3`,
 * which has ended.
 */
export const makeVersion2 = (filename: string): void => {
  makeVersion1(filename)
  const db = new Database(filename)
  db.exec(tables)
  db.exec(rows)
  db.close()
}
