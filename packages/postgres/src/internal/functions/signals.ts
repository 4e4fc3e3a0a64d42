/** Functions of the database about signals: the inboxes, and who is told of what. */
import { inOrder, lengthOf } from "../statements.ts"

export const signals: ReadonlyArray<string> = [
  // A channel's name has 63 bytes at most, a payload 8000. Who gets no hint looks by himself after a while.
  `create function waymark_tell(listener text, hint json) returns boolean language plpgsql as $$
  begin
    if octet_length(hint::text) >= 8000 then return false; end if;
    perform pg_notify(
      'waymark' || coalesce('_' || left(encode(sha256(convert_to(listener, 'UTF8')), 'hex'), 40), ''),
      hint::text
    );
    return true;
  end $$`,
  "comment on function waymark_tell is 'Waymark: a hint for one engine, or for all of them'",
  `create function waymark_available(text, timestamptz, text[]) returns timestamptz
  language plpgsql set enable_seqscan = off as $$
  begin
    if exists (
      select from waymark_signals s where s.instance = $1 and s.outcome is null and s.id <> all ($3)
    ) then return clock_timestamp(); end if;
    return coalesce($2, 'infinity');
  end $$`,
  "comment on function waymark_available is 'Waymark: from when on an instance may be claimed: at once where a signal waits, unless it is known'",
  `create function waymark_settle(instances text[], ids text[], outcomes text[])
  returns table (settled_instance text, settled_id text, settled_sender text)
  language plpgsql set enable_seqscan = off as $$
  begin
    return query update waymark_signals s set
        outcome = coalesce(s.outcome, t.outcome::json),
        settled_at = coalesce(s.settled_at, clock_timestamp())
      from unnest(instances, ids, outcomes) as t (instance, id, outcome)
      where s.id = t.id and s.instance = t.instance
      returning s.instance, s.id, s.sender;
  end $$`,
  "comment on function waymark_settle is 'Waymark: gives signals their outcomes, unless they have them'",
  // Processes of the version before the last four parameters call it without them.
  `create function waymark_deliver(
    instances text[], ids text[], names text[], recipients text[], payloads text[], senders text[],
    taker text default null, workflows text[] default '{}', versions integer[] default '{}', most integer default 0
  ) returns table (place integer, status text, name text, outcome text, is_taken boolean)
  language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
  #variable_conflict use_column
  declare
    -- Those that are there by now: one that comes later is none of this call's.
    held text[] := array(
      select i.id from ${inOrder("instances")} g
      cross join lateral (select o.id from waymark_instances o where o.id = g.id for no key update) i
    );
    arrived text[];
    origins text[];
    taken text[] := '{}';
  begin
    with stored as (
      insert into waymark_signals (instance, id, name, recipient, payload, sender)
      select m.instance, m.id, m.name, m.recipient, m.payload::json, m.sender
      from unnest(instances, ids, names, recipients, payloads, senders) with ordinality
        as m (instance, id, name, recipient, payload, sender, rank)
      where m.instance = any (held) and (select not i.ended from waymark_instances i where i.id = m.instance)
      order by m.rank
      on conflict on constraint waymark_signals_pkey do nothing
      returning instance, sender
    )
    select array_agg(s.instance), array_agg(s.sender) into arrived, origins from stored s;
    if arrived is not null and taker is not null then
      -- With its length: whoever asks may have begun to look before these rows could be had.
      with claimed as (
        update waymark_instances i
        set epoch = i.epoch + 1, owner = taker, available_at = 'infinity', recorded = ${lengthOf("i")}
        where i.id = any (array(
          select o.id from ${inOrder("arrived")} w
          cross join lateral (
            select o.id from waymark_instances o where o.id = w.id and (o.owner is null and exists (
              select from unnest(workflows, versions) as v (name, version) where v.name = o.workflow and v.version >= o.version
            )) is true offset 0
          ) o
          limit most
        ))
        returning i.id
      )
      select coalesce(array_agg(c.id), '{}') into taken from claimed c;
    end if;
    if arrived is not null then
      update waymark_instances i set available_at = clock_timestamp()
      where i.id = any (arrived) and (i.owner is null and i.available_at > clock_timestamp()) is true;
      -- Whoever has sent them all takes over by itself what it may.
      if found then
        perform waymark_tell(null, json_build_object('_tag', 'Claimable', 'sender',
          (select case when count(distinct a.sender) = 1 and count(a.sender) = count(*) then min(a.sender) end from unnest(origins) as a (sender))
        ));
      end if;
      perform waymark_tell(i.owner, json_build_object('_tag', 'Signal', 'instance', i.id))
      from (select distinct a.instance, a.sender from unnest(arrived, origins) as a (instance, sender)) a
      cross join lateral (select o.id, o.owner from waymark_instances o where o.id = a.instance offset 0) i
      where i.owner <> coalesce(a.sender, '') and i.id <> all (taken);
    end if;
    return query select m.rank::integer, i.status, s.name, s.outcome::text, m.instance = any (taken)
      from unnest(instances, ids) with ordinality as m (instance, id, rank)
      cross join lateral (select o.status from waymark_instances o where o.id = m.instance offset 0) i
      left join lateral (select o.name, o.outcome from waymark_signals o where o.id = m.id and o.instance = m.instance offset 0) s on true
      where m.instance = any (held);
  end $$`,
  "comment on function waymark_deliver is 'Waymark: puts signals into inboxes, and wakes whoever has to see them, or takes over what nobody owns'",
  // First the answers to all signals, then what was taken over: a statement that reads sees what those before it have written.
  `create function waymark_wake(
    instances text[], ids text[], names text[], recipients text[], payloads text[], senders text[],
    taker text, workflows text[], versions integer[], most integer,
    with_notes boolean, with_inbox boolean, first integer, few integer, most_bytes integer
  ) returns table (place integer, standing text, name text, outcome text, it waymark_instances, notes json, inbox json, events json)
  language plpgsql set plan_cache_mode = force_generic_plan as $$
  declare
    answer record;
    taken text[] := '{}';
  begin
    for answer in select * from waymark_deliver(instances, ids, names, recipients, payloads, senders, taker, workflows, versions, most) loop
      place := answer.place;
      standing := answer.status;
      name := answer.name;
      outcome := answer.outcome;
      return next;
      if answer.is_taken and not instances[place] = any (taken) then taken := taken || instances[place]; end if;
    end loop;
    return query select null::integer, null::text, null::text, null::text, f.instance, f.notes, f.inbox, f.events
      from waymark_find(
        taken, array_fill(with_notes, array[cardinality(taken)]), array_fill(with_inbox, array[cardinality(taken)]),
        array_fill(first, array[cardinality(taken)]), array_fill(few, array[cardinality(taken)]), most_bytes
      ) f;
  end $$`,
  "comment on function waymark_wake is 'Waymark: puts signals into inboxes, takes over whom they wake, and finds those'"
]
