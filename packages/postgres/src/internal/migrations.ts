/**
 * The tables, and the step from each version of them to the next. A step that was released is never changed.
 *
 * Written to be read by operators too: every table has a comment, and names are whole words. `fillfactor` leaves room
 * on the pages of instances and notes, whose rows change often, but not in any column that an index is on: an append
 * changes `updated_at`, so there is an `ended_at` for the index that a purge reads. The key of signals begins with their
 * id, since a planner without statistics may look them up by either column alone.
 */
import type * as PgClient from "@effect/sql-pg/PgClient"
import { JournalError } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import * as Migrator from "effect/sql/Migrator"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { isSqlError } from "effect/sql/SqlError"
import { persistently } from "./errors.ts"

const table = "waymark_migrations"

const journal = [
  `create table waymark_instances (
    id text primary key,
    workflow text not null,
    version integer not null,
    run integer not null,
    status text not null,
    ended boolean not null,
    epoch integer not null,
    length integer not null,
    wake_at timestamptz,
    owner text,
    lease_until timestamptz not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    creation uuid not null
  ) with (fillfactor = 80)`,
  "comment on table waymark_instances is 'Waymark: one row for each workflow instance'",
  "comment on column waymark_instances.version is 'the version of the workflow that started it'",
  "comment on column waymark_instances.epoch is 'raised by every claim; only the writer that knows the present one may append'",
  "comment on column waymark_instances.length is 'how many events its present run has'",
  "comment on column waymark_instances.wake_at is 'when its next timer is due'",
  "comment on column waymark_instances.owner is 'the engine that holds it, until lease_until'",
  "comment on column waymark_instances.creation is 'made by whoever created it, who thereby knows its own after a lost answer'",
  "create index waymark_instances_claimable on waymark_instances (lease_until) where not ended",
  "create index waymark_instances_held on waymark_instances (owner) where owner is not null",
  `create table waymark_events (
    instance text not null,
    run integer not null,
    seq integer not null,
    id text not null,
    at double precision not null,
    kind text not null,
    path text not null,
    ordinal integer not null,
    step text not null,
    attempt integer,
    trace text,
    payload json not null,
    primary key (instance, run, seq)
  )`,
  "comment on table waymark_events is 'Waymark: the journal. Rows are added, never changed'",
  "comment on column waymark_events.at is 'milliseconds since the epoch, exactly as the writer gave it'",
  "comment on column waymark_events.payload is 'json, not jsonb, which would refuse NUL and half surrogate pairs'",
  `create table waymark_signals (
    arrival bigint generated always as identity,
    instance text not null,
    id text not null,
    name text not null,
    recipient text,
    payload json not null,
    sent_at timestamptz not null default statement_timestamp(),
    outcome json,
    settled_at timestamptz,
    primary key (id, instance)
  )`,
  "comment on table waymark_signals is 'Waymark: the inbox of every instance. A settled signal stays, so that its id stays known'",
  "create index waymark_signals_pending on waymark_signals (instance, arrival) where outcome is null"
]

const notes = [
  "alter table waymark_events add column patch json",
  "comment on column waymark_events.patch is 'what the event did to the state, as a JSON Patch, where an audit is kept'",
  `create table waymark_notes (
    instance text not null,
    name text collate "C" not null,
    value json not null,
    primary key (instance, name)
  ) with (fillfactor = 80)`,
  "comment on table waymark_notes is 'Waymark: hints that spare work. All of them may be deleted at any time'",
  // Each statement of a function sees what is committed by then. The append that calls it has waited for the instance's
  // row, maybe for notes that were being written, and does not see those itself.
  `create function waymark_forget(ended text) returns boolean language plpgsql as $$
  begin
    delete from waymark_notes where instance = ended;
    return found;
  end $$`,
  "comment on function waymark_forget is 'Waymark: deletes the notes of an instance that ends'"
]

// Nobody owns these instances by the new rules; whoever comes first may have them. Their writers are fenced by that, as they
// would be after a lease. Whether one had something to do was not on record: so they all have, until somebody has looked.
const ownership = [
  `create table waymark_engines (
    owner text primary key,
    lease_until timestamptz not null,
    reaped boolean not null,
    renewal uuid,
    told boolean not null
  ) with (fillfactor = 50)`,
  "comment on table waymark_engines is 'Waymark: one row for each process that runs instances, or did within a day'",
  "comment on column waymark_engines.lease_until is 'when its instances may be given to others, unless it says that it lives'",
  "comment on column waymark_engines.reaped is 'that has happened, and it has not heard of it'",
  "comment on column waymark_engines.renewal is 'made by the call that said last that it lives, which so gets its answer again, should that get lost'",
  "create index waymark_engines_lapsed on waymark_engines (lease_until)",
  `alter table waymark_instances
    add column available_at timestamptz,
    add column ended_at timestamptz,
    add column first_run integer,
    add column watched boolean not null default false,
    add column attributes jsonb not null default '{}'`,
  "drop index waymark_instances_claimable",
  `update waymark_instances i set
    owner = null,
    wake_at = case when not ended then 'epoch'::timestamptz end,
    available_at = case when ended then 'infinity' else now() end,
    created_at = date_trunc('milliseconds', created_at),
    updated_at = date_trunc('milliseconds', updated_at),
    ended_at = case when ended then date_trunc('milliseconds', updated_at) end,
    first_run = coalesce((select min(run) from waymark_events e where e.instance = i.id), run)`,
  `alter table waymark_instances
    drop column lease_until,
    alter column available_at set not null,
    alter column first_run set not null`,
  "comment on column waymark_instances.wake_at is 'from when on somebody has to run it: its next timer; 1970 if at once'",
  "comment on column waymark_instances.owner is 'the engine that runs it, of those in waymark_engines'",
  "comment on column waymark_instances.available_at is 'from when on it may be claimed, where it has no owner'",
  "comment on column waymark_instances.ended_at is 'the same as updated_at, once it has ended'",
  "comment on column waymark_instances.first_run is 'the run that it was created or opened anew with'",
  "comment on column waymark_instances.watched is 'whether somebody wants to hear of its end'",
  "comment on column waymark_instances.attributes is 'by what it can be listed, as its workflow says'",
  // By workflow first: what nobody here can run would otherwise have to be passed over by every claim.
  `create index waymark_instances_available on waymark_instances (workflow, available_at)
    where owner is null and not ended`,
  "create index waymark_instances_created on waymark_instances (created_at)",
  "create index waymark_instances_workflow on waymark_instances (workflow, created_at)",
  "create index waymark_instances_status on waymark_instances (status, created_at)",
  "create index waymark_instances_ended on waymark_instances (status, ended_at) where ended_at is not null",
  `create index waymark_instances_attributes on waymark_instances using gin (attributes jsonb_path_ops)
    where attributes <> '{}'`,
  "alter table waymark_signals add column sender text",
  "create index waymark_signals_settled on waymark_signals (instance, id) where outcome is not null",
  "comment on column waymark_signals.sender is 'the engine that wants to hear of the outcome'",
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
  // Called by statements that hold the instance's row: as in waymark_forget, what was sent while they waited for it is seen.
  `create function waymark_available(text, timestamptz, text[]) returns timestamptz
  language plpgsql set enable_seqscan = off as $$
  begin
    if exists (
      select from waymark_signals s where s.instance = $1 and s.outcome is null and s.id <> all ($3)
    ) then return clock_timestamp(); end if;
    return coalesce($2, 'infinity');
  end $$`,
  "comment on function waymark_available is 'Waymark: from when on an instance may be claimed: at once where a signal waits, unless it is known'",
  `create function waymark_send(
    target text, signal text, called text, recipient text, payload json, sender text,
    out status text, out name text, out outcome text
  ) returns setof record language plpgsql as $$
  declare
    held record;
  begin
    select i.status, i.ended, i.owner, i.available_at into held
    from waymark_instances i where i.id = target for no key update;
    if not found then return; end if;
    if not held.ended then
      insert into waymark_signals as s (instance, id, name, recipient, payload, sender)
      values (target, signal, called, $4, $5, $6)
      on conflict on constraint waymark_signals_pkey do nothing;
      if found and held.owner is null and held.available_at > clock_timestamp() then
        update waymark_instances i set available_at = clock_timestamp() where i.id = target;
        perform waymark_tell(null, '{"_tag":"Claimable"}');
      elsif found and held.owner <> coalesce(sender, '') then
        perform waymark_tell(held.owner, json_build_object('_tag', 'Signal', 'instance', target));
      end if;
    end if;
    return query select held.status, s.name, s.outcome::text
      from (values (1)) as one left join waymark_signals s on s.id = signal and s.instance = target;
  end $$`,
  "comment on function waymark_send is 'Waymark: puts a signal into an inbox, and wakes whoever has to see it'",
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
  `create function waymark_watch(ids text[]) returns setof waymark_instances
  language plpgsql set enable_seqscan = off as $$
  begin
    update waymark_instances i set watched = true from (
      select h.id from (select distinct given.id from unnest(ids) as given (id) order by given.id) g
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

const takeovers = [
  "alter table waymark_instances add column takeovers integer not null default 0",
  "comment on column waymark_instances.takeovers is 'how often it was taken from engines that were not heard of, since anything was appended'"
]

// An append is on the way of every step. A function's statements are planned once for each connection, and each finds its row by the
// key, so a lone append costs a fraction of one large statement; and what a function decides needs no join. `waymark_forget` stays for
// engines that still append by a statement.
const appends = [
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
    again integer[] := '{}';
    owners text[] := '{}';
    written integer[];
    ended text[];
    watched text[];
    free text[];
    refused integer[] := '{}';
    hint record;
    receiver text;
  begin
    -- Instances that get messages are held as well, all in one order.
    if cardinality(mail_of) > 0 then
      perform from waymark_instances i where i.id = any (instances || mail_instances) order by i.id for update;
      moment := date_trunc('milliseconds', clock_timestamp());
    end if;
    if settles then
      select coalesce(array_agg(t.place) filter (where s.outcome is not null and added[t.place] > 0), '{}'),
        coalesce(array_agg(i.owner) filter (where i.owner is not null), '{}') into again, owners
      from unnest(settled_of, settled_instances, settled_ids) as t (place, instance, id)
      join waymark_instances i on i.id = t.instance
      left join waymark_signals s on s.instance = t.instance and s.id = t.id;
    end if;
    -- The lock, the fence and the row in one: having waited for a row it is looked at as it is then.
    with good as (
      update waymark_instances i set
        run = g.run,
        status = g.status,
        ended = g.ends,
        length = g.expected + g.added,
        wake_at = g.wake_at,
        attributes = coalesce(g.attributes::jsonb, i.attributes),
        owner = case when not g.ends then i.owner end,
        takeovers = 0,
        updated_at = moment,
        ended_at = case when g.ends then moment end
      from (
        select u.*, to_timestamp(ceil(u.wake) / 1000) as wake_at
        from unnest(instances, runs, epochs, expected, added, statuses, ends, wakes, attributes) with ordinality
          as u (instance, run, epoch, expected, added, status, ends, wake, attributes, place)
        order by u.instance
      ) g
      where i.id = g.instance and i.epoch = g.epoch and not i.ended and g.place <> all (again) and (
        (i.run = g.run and i.length = g.expected and (i.status <> 'continued' or g.added = 0))
        or (i.run + 1 = g.run and g.expected = 0 and g.added > 0 and i.status = 'continued')
      )
      returning g.place, i.id, i.ended, i.watched, i.owner is null and not i.ended as free
    )
    select coalesce(array_agg(g.place), '{}'), array_agg(g.id) filter (where g.ended),
      array_agg(g.id) filter (where g.ended and g.watched), array_agg(g.id) filter (where g.free)
      into written, ended, watched, free
    from good g;
    if cardinality(written) < cardinality(instances) then
      refused := array(select n from generate_subscripts(instances, 1) n where n <> all (written));
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
    if ended is not null then
      delete from waymark_notes n where n.instance = any (ended);
    end if;
    if watched is not null then
      perform waymark_tell(null, json_build_object('_tag', 'Ended', 'instance', w.id)) from unnest(watched) w (id);
    end if;
    insert into waymark_events (instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch)
    select e.instance, e.run, e.seq, e.id, e.at, e.kind, e.path, e.ordinal, e.step, e.attempt, e.trace, e.payload::json, e.patch::json
    from unnest(
      event_of, event_instances, event_runs, seqs, event_ids, ats, kinds, paths, ordinals, steps, attempts, traces, payloads, patches
    ) as e (place, instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch)
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
          and exists (select from waymark_instances i where i.id = m.instance and not i.ended)
        order by m.rank
        on conflict on constraint waymark_signals_pkey do nothing
        returning instance, sender
      loop
        update waymark_instances i set available_at = clock_timestamp()
        where i.id = hint.instance and i.owner is null and i.available_at > clock_timestamp();
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
      return query select r.place, i.epoch, i.run, i.length, i.status, null::double precision
        from unnest(refused) as r (place) left join waymark_instances i on i.id = instances[r.place];
    end if;
  end $$`,
  "comment on function waymark_append is 'Waymark: appends groups of events, one for each instance, each only if its writer still is the one; answers which were refused'"
]

// What thousands may ask at once, as when all that waits is signalled after a restart: each a call for all of them. `waymark_send` stays
// for engines that still send one by one.
const together = [
  `create function waymark_deliver(
    instances text[], ids text[], names text[], recipients text[], payloads text[], senders text[]
  ) returns table (place integer, status text, name text, outcome text)
  language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
  #variable_conflict use_column
  declare
    -- Those that are there by now: one that comes later is none of this call's.
    held text[] := array(
      select i.id from waymark_instances i where i.id = any (instances) order by i.id for no key update
    );
    arrived text[];
    origins text[];
  begin
    with stored as (
      insert into waymark_signals (instance, id, name, recipient, payload, sender)
      select m.instance, m.id, m.name, m.recipient, m.payload::json, m.sender
      from unnest(instances, ids, names, recipients, payloads, senders) with ordinality
        as m (instance, id, name, recipient, payload, sender, rank)
      where m.instance = any (held)
        and exists (select from waymark_instances i where i.id = m.instance and not i.ended)
      order by m.rank
      on conflict on constraint waymark_signals_pkey do nothing
      returning instance, sender
    )
    select array_agg(s.instance), array_agg(s.sender) into arrived, origins from stored s;
    if arrived is not null then
      update waymark_instances i set available_at = clock_timestamp()
      where i.id = any (arrived) and i.owner is null and i.available_at > clock_timestamp();
      if found then
        perform waymark_tell(null, '{"_tag":"Claimable"}');
      end if;
      perform waymark_tell(i.owner, json_build_object('_tag', 'Signal', 'instance', i.id))
      from (select distinct a.instance, a.sender from unnest(arrived, origins) as a (instance, sender)) a
      join waymark_instances i on i.id = a.instance
      where i.owner <> coalesce(a.sender, '');
    end if;
    return query select m.rank::integer, i.status, s.name, s.outcome::text
      from unnest(instances, ids) with ordinality as m (instance, id, rank)
      join waymark_instances i on i.id = m.instance
      left join waymark_signals s on s.id = m.id and s.instance = m.instance
      where m.instance = any (held);
  end $$`,
  "comment on function waymark_deliver is 'Waymark: puts signals into inboxes, and wakes whoever has to see them'",
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
        case when (i.it).length - w.first <= w.most and (
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
  "comment on function waymark_find is 'Waymark: instances, with as much of their notes, signals and events as is asked for'"
]

// What a workflow that runs alone appends is one event of one instance. Values need no joins, no lists and no aggregates, the start of which
// costs more than such an append itself. What stands in its way is found, and answered, by the append of many.
const lone = [
  `create function waymark_append_one(
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
    update waymark_instances i set
      status = becomes,
      ended = ends,
      length = expected + 1,
      wake_at = to_timestamp(ceil(wake) / 1000),
      attributes = coalesce(described::jsonb, i.attributes),
      owner = case when not ends then i.owner end,
      takeovers = 0,
      updated_at = moment,
      ended_at = case when ends then moment end
    where i.id = target and i.epoch = writer and i.run = of_run and i.length = expected
      and not i.ended and i.status <> 'continued' and i.owner is not null
    returning i.watched into is_watched;
    if not found then return null; end if;
    if ends then
      delete from waymark_notes n where n.instance = target;
      if is_watched then
        perform waymark_tell(null, json_build_object('_tag', 'Ended', 'instance', target));
      end if;
    end if;
    insert into waymark_events (instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch) values (
      target, of_run, expected, event_id, happened, event_kind, event_path, number, called, try, traced, content::json, difference::json
    );
    return floor(extract(epoch from clock_timestamp()) * 1000);
  end $$`,
  "comment on function waymark_append_one is 'Waymark: appends one event to an instance that its writer owns; answers with the time, or with nothing if it was not written'"
]

// Part of version 8: what the end of instances brings with it.
const finish = `finished := array(
        select g.id from unnest(instances, ends) with ordinality as g (id, ends, place) where g.ends and g.place <> all (refused)
      );
      delete from waymark_notes n where n.instance = any (finished);
      perform waymark_tell(null, json_build_object('_tag', 'Ended', 'instance', i.id))
      from waymark_instances i where i.id = any (finished) and i.watched;`

// Part of version 8: the events, of what its functions are given.
const recorded = `select e.instance, e.run, e.seq, e.id, e.at, e.kind, e.path, e.ordinal, e.step, e.attempt, e.trace, e.payload::json, e.patch::json
    from (
      select unnest(event_of) as place, unnest(event_instances) as instance, unnest(event_runs) as run, unnest(seqs) as seq,
        unnest(event_ids) as id, unnest(ats) as at, unnest(kinds) as kind, unnest(paths) as path, unnest(ordinals) as ordinal,
        unnest(steps) as step, unnest(attempts) as attempt, unnest(traces) as trace, unnest(payloads) as payload,
        unnest(patches) as patch
    ) e`

// The row of an instance is written anew by each of its appends. Where there is room on its page for that, and its status stays, no index has
// to be written: with pages filled to 80 % four of ten updates found none, and each cost the entries of all indexes. The table is larger for
// that, by two and a half times where its rows are never updated; pages that are there already are as full as they were. What such a function is
// given is taken apart in the list of a `select`: in a `from` each column of it would be a table of its own first.
const room = [
  "alter table waymark_instances set (fillfactor = 30)",
  `create or replace function waymark_append(
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
      perform from waymark_instances i where i.id = any (instances || mail_instances) order by i.id for update;
      moment := date_trunc('milliseconds', clock_timestamp());
    end if;
    if settles then
      select coalesce(array_agg(t.instance) filter (where s.outcome is not null and added[t.place] > 0), '{}'),
        coalesce(array_agg(i.owner) filter (where i.owner is not null), '{}') into again, owners
      from unnest(settled_of, settled_instances, settled_ids) as t (place, instance, id)
      join waymark_instances i on i.id = t.instance
      left join waymark_signals s on s.instance = t.instance and s.id = t.id;
    end if;
    -- The lock, the fence and the row in one: having waited for a row it is looked at as it is then.
    with good as (
      update waymark_instances i set
        run = g.run,
        status = g.status,
        ended = g.ends,
        length = g.expected + g.added,
        wake_at = to_timestamp(ceil(g.wake) / 1000),
        attributes = coalesce(g.attributes::jsonb, i.attributes),
        owner = case when not g.ends then i.owner end,
        takeovers = 0,
        updated_at = moment,
        ended_at = case when g.ends then moment end
      from (
        select unnest(instances) as instance, unnest(runs) as run, unnest(epochs) as epoch, unnest(expected) as expected,
          unnest(added) as added, unnest(statuses) as status, unnest(ends) as ends, unnest(wakes) as wake,
          unnest(attributes) as attributes
        -- All of them. Of a limit that it does not know the planner expects little, and so looks each up by its key.
        order by 1 limit cardinality(instances)
      ) g
      where i.id = g.instance and i.epoch = g.epoch and not i.ended and g.instance <> all (again) and (
        (i.run = g.run and i.length = g.expected and (i.status <> 'continued' or g.added = 0))
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
    ${recorded}
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
          and exists (select from waymark_instances i where i.id = m.instance and not i.ended)
        order by m.rank
        on conflict on constraint waymark_signals_pkey do nothing
        returning instance, sender
      loop
        update waymark_instances i set available_at = clock_timestamp()
        where i.id = hint.instance and i.owner is null and i.available_at > clock_timestamp();
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
      return query select r.place, i.epoch, i.run, i.length, i.status, null::double precision
        from unnest(refused) as r (place) left join waymark_instances i on i.id = instances[r.place];
    end if;
  end $$`,
  `create or replace function waymark_append_one(
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
    update waymark_instances i set
      status = becomes,
      ended = ends,
      length = expected + 1,
      wake_at = to_timestamp(ceil(wake) / 1000),
      attributes = coalesce(described::jsonb, i.attributes),
      owner = case when not ends then i.owner end,
      takeovers = 0,
      updated_at = moment,
      ended_at = case when ends then moment end
    where i.id = target and i.epoch = writer and i.run = of_run and i.length = expected
      and (not i.ended and i.status <> 'continued' and i.owner is not null) is true
    returning i.watched into is_watched;
    if not found then return null; end if;
    if ends then
      delete from waymark_notes n where n.instance = target;
      if is_watched then
        perform waymark_tell(null, json_build_object('_tag', 'Ended', 'instance', target));
      end if;
    end if;
    insert into waymark_events (instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch) values (
      target, of_run, expected, event_id, happened, event_kind, event_path, number, called, try, traced, content::json, difference::json
    );
    return floor(extract(epoch from clock_timestamp()) * 1000);
  end $$`,
  `create function waymark_append_own(
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
    update waymark_instances i set
      status = g.status,
      ended = g.ends,
      length = g.expected + g.added,
      wake_at = to_timestamp(ceil(g.wake) / 1000),
      attributes = coalesce(g.attributes::jsonb, i.attributes),
      owner = case when not g.ends then i.owner end,
      takeovers = 0,
      updated_at = moment,
      ended_at = case when g.ends then moment end
    from (
      select unnest(instances) as instance, unnest(runs) as run, unnest(epochs) as epoch, unnest(expected) as expected,
        unnest(added) as added, unnest(statuses) as status, unnest(ends) as ends, unnest(wakes) as wake,
        unnest(attributes) as attributes
      order by 1 limit cardinality(instances)
    ) g
    -- In these words no index but the key is thought of: the one of what is owned would do where statistics say that little is.
    where i.id = g.instance and i.epoch = g.epoch and i.run = g.run and i.length = g.expected
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
    insert into waymark_events (instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch)
    ${recorded}
    where e.place <> all (refused);
    return array_prepend(floor(extract(epoch from clock_timestamp()) * 1000)::double precision, refused::double precision[]);
  end $$`,
  "comment on function waymark_append_own is 'Waymark: appends events to instances that their writers own; answers with the time, then with the places of those that were not written'",
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
      id, epoch, workflow, version, run, status, ended, length, wake_at, owner, available_at, created_at, attributes, creation,
      first_run, updated_at, ended_at
    )
    select b.id, 1, b.workflow, b.version, b.run, b.status, b.ends, b.length, b.wake_at, b.owner,
      case when b.ends or b.owner is not null then 'infinity'
        when b.wake_at <= 'epoch' then moment else coalesce(b.wake_at, 'infinity') end,
      moment, b.attributes::jsonb, b.creation::uuid, b.run, moment, case when b.ends then moment end
    from (
      select g.*, to_timestamp(ceil(g.wake) / 1000) as wake_at, case when not g.ends then g.holder end as owner
      from (
        select unnest(ids) as id, unnest(workflows) as workflow, unnest(versions) as version, unnest(runs) as run,
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
    ${recorded}
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

const run = (statements: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    for (const statement of statements) yield* sql.unsafe(statement)
  })

const steps = {
  "0001_journal": run(journal),
  "0002_notes": run(notes),
  "0003_ownership": run(ownership),
  "0004_takeovers": run(takeovers),
  "0005_append": run(appends),
  "0006_together": run(together),
  "0007_lone": run(lone),
  "0008_room": run(room)
}

const known = Object.keys(steps).length

/** Brings the tables up to date. Safe to run from many processes at once: all but one wait, and find it done. */
export const migrate = (sql: PgClient.PgClient): Effect.Effect<void, JournalError> =>
  Effect.gen(function* () {
    yield* Migrator.make({})({ table, loader: Migrator.fromRecord(steps) }).pipe(
      Effect.provideService(SqlClient.SqlClient, sql),
      Effect.catchTag("MigrationError", (error) => causeOf(error)),
      persistently("migrate")
    )
    const [latest] = yield* sql<{ readonly id: number }>`select max(migration_id) as id from ${sql(table)}`.pipe(
      persistently("migrate")
    )
    return yield* latest !== undefined && latest.id > known ? Effect.fail(tooNew(latest.id)) : Effect.void
  })

const tooNew = (found: number): JournalError => {
  const reason =
    `the tables have version ${found}; this version of @waymark/postgres knows up to ${known}. ` +
    "Upgrade @waymark/postgres, or use another database"
  return new JournalError({ operation: "migrate", reason, retryable: false })
}

/** A migration fails by its statement's error, except where the migrations themselves are at fault. */
const causeOf = (error: Migrator.MigrationError): Effect.Effect<never, SqlError> =>
  isSqlError(error.cause) ? Effect.fail(error.cause) : Effect.die(error)
