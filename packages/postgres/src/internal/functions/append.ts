/**
 * Functions of the database that append.
 *
 * On the way of every step: a function's statements are planned once for each connection, and each finds its row by the key. The row of an
 * instance is written anew where there is room on its page (see `fillfactor`), so that no index has to be written where its status stays.
 */
import { inOrder, lengthOf } from "../statements.ts"
import { eventsGiven } from "./events.ts"

// What the end of instances brings with it.
const finish = `finished := array(
        select g.id from unnest(instances, ends) with ordinality as g (id, ends, place) where g.ends and g.place <> all (refused)
      );
      delete from waymark_notes n where n.instance = any (finished);
      perform waymark_tell(null, json_build_object('_tag', 'Ended', 'instance', i.id))
      from waymark_instances i where i.id = any (finished) and i.watched;`

// What a row is to say from now on, and the groups that say so, in the order of their instances' ids.
const written = `status = g.status,
        ended = g.ends,
        recorded = g.expected + g.added,
        wake_at = to_timestamp(ceil(g.wake) / 1000),
        attributes = coalesce(g.attributes::jsonb, i.attributes),
        owner = case when not g.ends then i.owner end,
        takeovers = 0,
        updated_at = moment,
        ended_at = case when g.ends then moment end
      from (
        select unnest(instances collate "C") as instance, unnest(runs) as run, unnest(epochs) as epoch, unnest(expected) as expected,
          unnest(added) as added, unnest(statuses) as status, unnest(ends) as ends, unnest(wakes) as wake,
          unnest(attributes) as attributes
        -- All of them. Of a limit that it does not know the planner expects little, and so looks each up by its key.
        order by 1 limit cardinality(instances)
      ) g`

export const appends: ReadonlyArray<string> = [
  `create function waymark_append(
    instances text[], runs integer[], epochs integer[], expected integer[], added integer[], statuses text[], ends boolean[],
    wakes double precision[], attributes text[],
    settled_of integer[], settled_instances text[], settled_ids text[], outcomes text[],
    event_of integer[], event_instances text[], event_runs integer[], seqs integer[], event_ids text[], ats double precision[],
    kinds text[], paths text[], ordinals integer[], steps text[], attempts integer[], traces text[], payloads text[], patches text[],
    mail_of integer[], mail_instances text[], mail_ids text[], mail_names text[], mail_recipients text[], mail_payloads text[],
    mail_senders text[]
  ) returns table (place integer, epoch integer, run integer, length integer, status text, now double precision)
  language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
  #variable_conflict use_column
  declare
    moment timestamptz := date_trunc('milliseconds', clock_timestamp());
    settles boolean := cardinality(settled_of) > 0;
    again text[] := '{}';
    owners text[] := '{}';
    written integer;
    finished text[];
    free text[];
    refused integer[] := '{}';
    hint record;
    receiver text;
  begin
    -- Instances that get messages are held as well, all in one order.
    if cardinality(mail_of) > 0 then
      perform from ${inOrder("instances || mail_instances")} g
      cross join lateral (select from waymark_instances o where o.id = g.id for update) i;
      moment := date_trunc('milliseconds', clock_timestamp());
    end if;
    if settles then
      select coalesce(array_agg(t.instance) filter (where s.outcome is not null and added[t.place] > 0), '{}'),
        coalesce(array_agg(i.owner) filter (where i.owner is not null), '{}') into again, owners
      from unnest(settled_of, settled_instances, settled_ids) as t (place, instance, id)
      cross join lateral (select o.owner from waymark_instances o where o.id = t.instance offset 0) i
      left join lateral (
        select o.outcome from waymark_signals o where o.instance = t.instance and o.id = t.id offset 0
      ) s on true;
    end if;
    -- The lock, the fence and the row in one: having waited for a row it is looked at as it is then.
    with good as (
      update waymark_instances i set
        run = g.run,
        ${written}
      where i.id = g.instance and i.epoch = g.epoch and not i.ended and g.instance <> all (again) and (
        (i.run = g.run and ${lengthOf("i")} = g.expected and (i.status <> 'continued' or g.added = 0))
        or (i.run + 1 = g.run and g.expected = 0 and g.added > 0 and i.status = 'continued')
      )
      returning case when i.owner is null and not i.ended then i.id end as free
    )
    select count(*), array_agg(g.free) filter (where g.free is not null) into written, free from good g;
    -- A row that is written bears the number of its transaction (not so in a block with an exception clause).
    if written < cardinality(instances) then
      refused := array(
        select g.place from unnest(instances) with ordinality as g (id, place)
        where (select i.xmin from waymark_instances i where i.id = g.id) is distinct from pg_current_xact_id()::xid
      );
    end if;
    -- Statements of their own: they see what was sent and noted while the one before has waited for rows that it holds now.
    if free is not null then
      update waymark_instances i set available_at = waymark_available(
        i.id,
        case when i.wake_at <= 'epoch' then moment else coalesce(i.wake_at, 'infinity') end,
        array(select t.id from unnest(settled_instances, settled_ids) t (instance, id) where t.instance = i.id)
      )
      where i.id = any (free);
    end if;
    if true = any (ends) then
      ${finish}
    end if;
    insert into waymark_events (instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch)
    ${eventsGiven}
    where e.place <> all (refused);
    if settles then
      for hint in
        select s.settled_instance, s.settled_id, s.settled_sender from (
          select array_agg(t.instance) as instances, array_agg(t.id) as ids, array_agg(t.outcome) as outcomes
          from unnest(settled_of, settled_instances, settled_ids, outcomes) as t (place, instance, id, outcome)
          where t.place <> all (refused)
        ) t
        cross join lateral waymark_settle(t.instances, t.ids, t.outcomes) s
        where t.ids is not null and s.settled_sender <> all (owners)
      loop
        perform waymark_tell(
          hint.settled_sender, json_build_object('_tag', 'Settled', 'instance', hint.settled_instance, 'id', hint.settled_id)
        );
      end loop;
    end if;
    if cardinality(mail_of) > 0 then
      for hint in
        insert into waymark_signals (instance, id, name, recipient, payload, sender)
        select m.instance, m.id, m.name, m.recipient, m.payload::json, m.sender
        from unnest(mail_of, mail_instances, mail_ids, mail_names, mail_recipients, mail_payloads, mail_senders) with ordinality
          as m (place, instance, id, name, recipient, payload, sender, rank)
        where m.place <> all (refused)
          and (select not i.ended from waymark_instances i where i.id = m.instance)
        order by m.rank
        on conflict on constraint waymark_signals_pkey do nothing
        returning instance, sender
      loop
        update waymark_instances i set available_at = clock_timestamp()
        where i.id = hint.instance and (i.owner is null and i.available_at > clock_timestamp()) is true;
        if found then
          perform waymark_tell(null, '{"_tag":"Claimable"}');
        else
          select i.owner into receiver from waymark_instances i where i.id = hint.instance;
          if receiver is distinct from hint.sender and receiver is not null then
            perform waymark_tell(receiver, json_build_object('_tag', 'Signal', 'instance', hint.instance));
          end if;
        end if;
      end loop;
    end if;
    return query select 0, null::integer, null::integer, null::integer, null::text,
      floor(extract(epoch from clock_timestamp()) * 1000)::double precision;
    if cardinality(refused) > 0 then
      return query select r.place, i.epoch, i.run, ${lengthOf("i")}, i.status, null::double precision
        from unnest(refused) as r (place) left join waymark_instances i on i.id = instances[r.place];
    end if;
  end $$`,
  "comment on function waymark_append is 'Waymark: appends groups of events, one for each instance, each only if its writer still is the one; answers which were refused'",
  `create function waymark_append_one(
    holder text, given uuid,
    target text, of_run integer, writer integer, expected integer, becomes text, ends boolean, wake double precision, described text,
    event_id text, happened double precision, event_kind text, event_path text, number integer, called text, try integer, traced text,
    content text, difference text
  ) returns double precision
  language plpgsql
  set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
  #variable_conflict use_variable
  declare
    moment timestamptz := date_trunc('milliseconds', clock_timestamp());
    is_watched boolean;
  begin
    if given is not null then
      if not waymark_lease_holds(holder, given) then return null; end if;
    else
      update waymark_instances i set
        status = becomes,
        ended = ends,
        recorded = expected + 1,
        wake_at = to_timestamp(ceil(wake) / 1000),
        attributes = coalesce(described::jsonb, i.attributes),
        owner = case when not ends then i.owner end,
        takeovers = 0,
        updated_at = moment,
        ended_at = case when ends then moment end
      where i.id = target and i.epoch = writer and i.run = of_run
        and case when i.recorded < expected then ${lengthOf("i")} else i.recorded end = expected
        and (not i.ended and i.status <> 'continued' and i.owner is not null) is true
      returning i.watched into is_watched;
      if not found then return null; end if;
      if ends then
        delete from waymark_notes n where n.instance = target;
        if is_watched then
          perform waymark_tell(null, json_build_object('_tag', 'Ended', 'instance', target));
        end if;
      end if;
    end if;
    insert into waymark_events (instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch) values (
      target, of_run, expected, event_id, happened, event_kind, event_path, number, called, try, traced, content::json, difference::json
    );
    return floor(extract(epoch from clock_timestamp()) * 1000);
  end $$`,
  "comment on function waymark_append_one is 'Waymark: appends one event to an instance that its writer owns, and to nothing else where a token is given; answers with the time, or with nothing if it was not written'",
  `create function waymark_append_own(
    holder text, given uuid,
    instances text[], runs integer[], epochs integer[], expected integer[], added integer[], statuses text[], ends boolean[],
    wakes double precision[], attributes text[],
    event_of integer[], event_instances text[], event_runs integer[], seqs integer[], event_ids text[], ats double precision[],
    kinds text[], paths text[], ordinals integer[], steps text[], attempts integer[], traces text[], payloads text[], patches text[]
  ) returns double precision[]
  language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
  #variable_conflict use_column
  declare
    moment timestamptz := date_trunc('milliseconds', clock_timestamp());
    written integer;
    finished text[];
    refused integer[] := '{}';
  begin
    if given is not null and not waymark_lease_holds(holder, given) then return '{}'; end if;
    if cardinality(instances) > 0 then
      update waymark_instances i set
        ${written}
      -- In these words no index but the key is thought of: the one of what is owned would do where statistics say that little is.
      where i.id = g.instance and i.epoch = g.epoch and i.run = g.run
        and case when i.recorded < g.expected then ${lengthOf("i")} else i.recorded end = g.expected
        and (not i.ended and i.status <> 'continued' and i.owner is not null) is true;
      get diagnostics written = row_count;
      if written < cardinality(instances) then
        refused := array(
          select g.place from unnest(instances) with ordinality as g (id, place)
          where (select i.xmin from waymark_instances i where i.id = g.id) is distinct from pg_current_xact_id()::xid
        );
      end if;
      if true = any (ends) then
        ${finish}
      end if;
    end if;
    insert into waymark_events (instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch)
    ${eventsGiven}
    where e.place <> all (refused);
    return array_prepend(floor(extract(epoch from clock_timestamp()) * 1000)::double precision, refused::double precision[]);
  end $$`,
  "comment on function waymark_append_own is 'Waymark: appends events to instances that their writers own, and writes the rows of those that are named; answers with the time, then with the places of those that were not written, or with nothing if the token does not stand'"
]
