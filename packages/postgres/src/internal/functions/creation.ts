/** The function of the database that makes instances. */
import { eventsGiven } from "./events.ts"

export const creation: ReadonlyArray<string> = [
  `create function waymark_create(
    ids text[], workflows text[], versions integer[], runs integer[], statuses text[], ends boolean[], lengths integer[],
    wakes double precision[], owners text[], attributes text[], creations text[],
    event_of integer[], event_instances text[], event_runs integer[], seqs integer[], event_ids text[], ats double precision[],
    kinds text[], paths text[], ordinals integer[], steps text[], attempts integer[], traces text[], payloads text[], patches text[]
  ) returns double precision[]
  language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
  #variable_conflict use_column
  declare
    -- One time for all of them.
    moment timestamptz := date_trunc('milliseconds', clock_timestamp());
    done integer;
    there integer[] := '{}';
  begin
    insert into waymark_instances (
      id, epoch, workflow, version, run, status, ended, recorded, wake_at, owner, available_at, created_at, attributes, creation,
      first_run, updated_at, ended_at
    )
    select b.id, 1, b.workflow, b.version, b.run, b.status, b.ends, b.length, b.wake_at, b.owner,
      case when b.ends or b.owner is not null then 'infinity'
        when b.wake_at <= 'epoch' then moment else coalesce(b.wake_at, 'infinity') end,
      moment, b.attributes::jsonb, b.creation::uuid, b.run, moment, case when b.ends then moment end
    from (
      select g.*, to_timestamp(ceil(g.wake) / 1000) as wake_at, case when not g.ends then g.holder end as owner
      from (
        select unnest(ids collate "C") as id, unnest(workflows) as workflow, unnest(versions) as version, unnest(runs) as run,
          unnest(statuses) as status, unnest(ends) as ends, unnest(lengths) as length, unnest(wakes) as wake,
          unnest(owners) as holder, unnest(attributes) as attributes, unnest(creations) as creation
        order by 1
      ) g
    ) b
    on conflict (id) do nothing;
    get diagnostics done = row_count;
    -- A row that is written bears the number of its transaction (not so in a block with an exception clause); no two have one id.
    if done < cardinality(ids) then
      there := array(
        select g.place from unnest(ids) with ordinality as g (id, place)
        where (select i.xmin from waymark_instances i where i.id = g.id) is distinct from pg_current_xact_id()::xid
      );
    end if;
    insert into waymark_events (instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch)
    ${eventsGiven}
    where e.place <> all (there);
    -- Most are run by who makes them.
    if array_position(owners, null) is not null then
      perform waymark_tell(null, '{"_tag":"Claimable"}') from unnest(owners, ends, wakes) with ordinality as g (holder, ends, wake, place)
      where g.holder is null and not g.ends and to_timestamp(ceil(g.wake) / 1000) <= clock_timestamp() and g.place <> all (there)
      limit 1;
    end if;
    return array_prepend(floor(extract(epoch from moment) * 1000)::double precision, there::double precision[]);
  end $$`,
  "comment on function waymark_create is 'Waymark: makes instances with their first events; answers with the time, then with the places of those whose ids were taken'"
]
