/** All functions of the database, as this version has them: the tables' last step makes them anew. */
import { appends } from "./append.ts"
import { creation } from "./creation.ts"
import { instances } from "./instances.ts"
import { leases } from "./leases.ts"
import { signals } from "./signals.ts"

/** Those that this version or one before it has made. */
const names = [
  "waymark_append",
  "waymark_append_one",
  "waymark_append_own",
  "waymark_available",
  "waymark_create",
  "waymark_deliver",
  "waymark_find",
  "waymark_forget",
  "waymark_lease_holds",
  "waymark_lease_revoke",
  "waymark_purge",
  "waymark_send",
  "waymark_settle",
  "waymark_tell",
  "waymark_wake",
  "waymark_watch"
]

/** By their names, whatever they take: what a version before has made may take something else. */
const drop = `do $$
declare
  it regprocedure;
begin
  for it in
    select p.oid from pg_proc p
    where p.proname in (${names.map((name) => `'${name}'`).join(", ")})
      and p.pronamespace = (select c.relnamespace from pg_class c where c.oid = 'waymark_instances'::regclass)
  loop
    execute 'drop function ' || it;
  end loop;
end $$`

/** The statements that make them, in the place of those that are there. */
export const functions: ReadonlyArray<string> = [drop, ...signals, ...leases, ...instances, ...appends, ...creation]
