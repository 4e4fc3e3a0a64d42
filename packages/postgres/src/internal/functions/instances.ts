/** Functions of the database that find instances, watch them and delete them. */
import { inOrder, lengthOf } from "../statements.ts"

export const instances: ReadonlyArray<string> = [
  `create function waymark_find(
    ids text[], with_notes boolean[], with_inbox boolean[], froms integer[], limits integer[], most_bytes integer
  ) returns table (place integer, instance waymark_instances, notes json, inbox json, events json)
  language plpgsql stable
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
  #variable_conflict use_column
  begin
    return query select f.place, f.it, f.notes, f.inbox,
      -- The first ones, as far as they fit: the others are read in pages.
      case when sum(coalesce(octet_length(f.events::text), 0)) over (order by f.place) <= most_bytes then f.events end
    from (
      select w.place::integer, i.it,
        case when w.notes then (
          select json_agg(json_build_array(n.name, n.value) order by n.name) from waymark_notes n where n.instance = w.id
        ) end as notes,
        case when w.inbox and not (i.it).ended then (
          select json_agg(json_build_array(s.id, s.name, s.recipient, s.payload) order by s.arrival)
          from waymark_signals s where s.instance = w.id and s.outcome is null
        ) end as inbox,
        -- Measured first: what is too large to be sent is not put together.
        case when ${lengthOf("(i.it)")} - w.first <= w.most and (
          select coalesce(sum(octet_length(e.payload::text) + coalesce(octet_length(e.patch::text), 0)), 0) <= most_bytes
          from waymark_events e
          where e.instance = w.id and e.run = (i.it).run and e.seq >= w.first and e.seq <= w.first + w.most
        ) then (
          select coalesce(json_agg(json_build_array(
            e.seq, e.id, e.at, e.kind, e.path, e.ordinal, e.step, e.attempt, e.payload, e.trace, e.patch::text
          ) order by e.seq), '[]')
          from waymark_events e
          -- One more than there should be: whoever reads is to see a journal that has too many.
          where e.instance = w.id and e.run = (i.it).run and e.seq >= w.first and e.seq <= w.first + w.most
        ) end as events
      from unnest(ids, with_notes, with_inbox, froms, limits) with ordinality as w (id, notes, inbox, first, most, place)
      cross join lateral (select o as it from waymark_instances o where o.id = w.id offset 0) i
      offset 0
    ) f
    order by f.place;
  end $$`,
  "comment on function waymark_find is 'Waymark: instances, with as much of their notes, signals and events as is asked for'",
  `create function waymark_watch(ids text[]) returns setof waymark_instances
  language plpgsql set enable_seqscan = off as $$
  begin
    update waymark_instances i set watched = true from (
      select h.id from ${inOrder("ids")} g
      cross join lateral (
        select o.id from waymark_instances o where o.id = g.id and not o.watched and not o.ended for no key update
      ) h
    ) w where i.id = w.id;
    return query select i.* from unnest(ids) with ordinality as g (id, place)
      join waymark_instances i on i.id = g.id order by g.place;
  end $$`,
  "comment on function waymark_watch is 'Waymark: marks instances whose end somebody wants to hear of'",
  `create function waymark_purge(which_workflow text, statuses text[], before timestamptz, most integer) returns integer
  language plpgsql set enable_seqscan = off as $$
  declare
    doomed text[];
  begin
    doomed := array(
      select i.id from unnest(statuses) as w (status)
      cross join lateral (
        select o.id, o.ended_at from waymark_instances o
        where o.status = w.status and o.ended_at is not null and o.ended_at < before
          and (which_workflow is null or o.workflow = which_workflow)
        order by o.ended_at limit most for update skip locked
      ) i
      order by i.ended_at limit most
    );
    delete from waymark_events e where e.instance = any (doomed);
    delete from waymark_signals s where s.instance = any (doomed) and s.outcome is null;
    delete from waymark_signals s where s.instance = any (doomed) and s.outcome is not null;
    delete from waymark_notes n where n.instance = any (doomed);
    delete from waymark_instances i where i.id = any (doomed);
    return cardinality(doomed);
  end $$`,
  "comment on function waymark_purge is 'Waymark: deletes instances that have ended, the oldest first, with all that belongs to them'"
]
