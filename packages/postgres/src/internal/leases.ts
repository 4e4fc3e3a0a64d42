/**
 * Who runs what: claims, leases, and giving back.
 *
 * An engine's row in `waymark_engines` is locked before any of its instances is, and those in the order of their ids. Between the two its token is
 * revoked, which waits for what it appends under that.
 * From when on an instance may be claimed is decided while its row is held, by `waymark_available`: a signal that is sent
 * meanwhile either is seen by that, or waits for the row and then finds nobody who owns it.
 */
import type { Claim, Instance, Journal, JournalError } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import { answered, type Database, type Running } from "./database.ts"
import { toJournalError } from "./errors.ts"
import { tellClaimable } from "./hints.ts"
import {
  availableFrom,
  double,
  doubles,
  fromMillis,
  integer,
  integers,
  text,
  texts,
  toMillis,
  uuid
} from "./parameters.ts"
import { distinct, inOrder, instance, overwrite } from "./statements.ts"
import type { Tokens } from "./tokens.ts"

const claimFrom = (candidates: string, order: string): string => `
with ${candidates}, taken as (${overwrite("due", { epoch: "h.epoch + 1", owner: "$1", available_at: "'infinity'" })}
  returning i.*
)
select ${instance("taken")} from taken join due using (id) order by ${order}`

const isDue = `workflow = w.name and version <= w.version and owner is null and not ended
        and available_at <= statement_timestamp()`

/** What somebody else is at is passed by. */
const claimOldestSql = claimFrom(
  `due as (
    select i.* from unnest($2, $3) as w (name, version)
    cross join lateral (
      select * from waymark_instances where ${isDue} order by available_at, id limit $4 for update skip locked
    ) i
    order by available_at, id limit $4
  )`,
  "due.available_at, due.id"
)

/** These orders are no index's: all that are due are looked at first. */
const claimBySql = (order: string): string =>
  claimFrom(
    `candidates as materialized (
      select i.* from unnest($2, $3) as w (name, version)
      cross join lateral (select id, created_at from waymark_instances where ${isDue} offset 0) i
    ), due as (
      select i.*, row_number() over () as place from (select id from candidates order by ${order}) c
      cross join lateral (
        select * from waymark_instances where id = c.id and (owner is null and not ended) is true for update skip locked
      ) i
      limit $4
    )`,
    "due.place"
  )

const claimSql: Readonly<Record<Claim["order"], string>> = {
  oldest: claimOldestSql,
  newest: claimBySql("created_at desc, id"),
  random: claimBySql("random()")
}

/**
 * Waits for whoever is at one of them: the asker has no other to go on with. What it must be besides is written so that only
 * the key serves to find it.
 */
const claimTheseSql = claimFrom(
  `due as (
    select i.* from ${inOrder("$4")} w
    cross join lateral (
      select * from waymark_instances o
      where o.id = w.id and (o.owner is null and not o.ended and exists (
        select from unnest($2, $3) as v (name, version) where v.name = o.workflow and v.version >= o.version
      )) is true
      for update
    ) i
  )`,
  "due.id"
)

const upcomingSql = `
with recursive d (it) as (${distinct("workflow", "owner is null and not ended")})
select ${toMillis("min(n.at)")} as at from d cross join lateral (
  select min(available_at) as at from waymark_instances
  where workflow = d.it and owner is null and not ended
    and available_at > statement_timestamp() and available_at < 'infinity'
) n`

// A call whose answer got lost is repeated, and must not be told that all is well since the first one told otherwise. The same goes for the next
// call where nothing was heard of the first one at all: it may still be carried out.
//
// The token is the one that was given before, unless that was revoked meanwhile. The server makes it: a try that comes late must not bring back one that was.
const renewSql = `
with renewed as (
  insert into waymark_engines as e (owner, lease_until, reaped, renewal, told)
  values ($1, clock_timestamp() + $2 * interval '1 millisecond', false, $3, true)
  on conflict (owner) do update set
    lease_until = excluded.lease_until,
    reaped = false,
    renewal = excluded.renewal,
    told = not e.reaped and (e.told or e.renewal is distinct from excluded.renewal)
  returning told
), given as (
  insert into waymark_leases (owner, token) select $1, gen_random_uuid() from renewed on conflict (owner) do nothing returning token
)
select told, coalesce((select token from given), (select token from waymark_leases where owner = $1))::text as token
from renewed`

// What a row must be besides is written so that only the key serves to find it, as above: where statistics say that next to nothing has an owner, each
// would be looked for among all that one owns.
const giveBack = (held: string, from: string, known: string, also: Readonly<Record<string, string>> = {}): string => `
  held as (${held}), given as (${overwrite("held", {
    owner: "null",
    available_at: `waymark_available(h.id, ${availableFrom(from)}, ${known})`,
    ...also
  })}
    returning i.available_at
  )`

const claimable = tellClaimable("exists (select from given where available_at <= clock_timestamp())")

const heldOf = `
    select i.* from (select * from picked order by id) p
    cross join lateral (
      select * from waymark_instances where id = p.id and (owner = p.owner) is true for update
    ) i`

/**
 * Owners that hold something are read from the index of their instances. Those without a row never said that they live;
 * they are as good as dead, and get one, to hear of it. Who is renewing just now is passed by.
 */
const reapSql = `
with recursive d (it) as (${distinct("owner", "owner is not null")}), strangers as (
  insert into waymark_engines (owner, lease_until, reaped, told)
  select it, statement_timestamp(), true, true from d
  where it is not null and not exists (select from waymark_engines where owner = it)
  on conflict (owner) do nothing
  returning owner
), lapsed as (
  select e.owner from (select it from d where it is not null order by it) d
  cross join lateral (
    select owner from waymark_engines where owner = d.it and lease_until <= clock_timestamp() for update skip locked
  ) e
), dead as materialized (
  select owner from (select owner from strangers union all select owner from lapsed offset 0) e
  where waymark_lease_revoke(owner)
), marked as (
  update waymark_engines e set reaped = true from lapsed l where e.owner = l.owner
), forgotten as (
  delete from waymark_engines where owner in (
    select owner from waymark_engines
    where lease_until < statement_timestamp() - interval '1 day'
      and owner not in (select it from d where it is not null)
    for update skip locked
  ) returning owner
), left_over as (
  delete from waymark_leases l using forgotten f where l.owner = f.owner
), picked as (
  select i.id, dead.owner from dead
  cross join lateral (select id from waymark_instances where owner = dead.owner offset 0) i
), ${giveBack(heldOf, "h.wake_at", "'{}'", { takeovers: "h.takeovers + 1" })}
select (select count(*)::integer from given) as count, ${claimable} as told`

const retireSql = `
with engine as (
  delete from waymark_engines where owner = $1 returning owner
), revoked as materialized (
  select waymark_lease_revoke($1) as done from (select count(*) from engine) first
), picked as (
  select i.id, i.owner from revoked
  cross join lateral (select id, owner from waymark_instances where owner = $1 and revoked.done offset 0) i
), ${giveBack(heldOf, "h.wake_at", "'{}'")}
select (select count(*)::integer from given) as count, ${claimable} as told`

// What is known is joined to a row that is locked: else it might be joined first, and rows locked in the order that this makes.
const releaseSql = `
with known as (
  select id, array_agg(signal) as signals from unnest($5, $6) as k (id, signal) group by id
), ${giveBack(
  `
    select i.*, r.at, known.signals
    from (select * from unnest($2, $3, $4) as r (id, epoch, at) order by id collate "C") r
    cross join lateral (
      select * from waymark_instances where id = r.id and (owner = $1 and epoch = r.epoch) is true for update
    ) i
    left join known on known.id = i.id`,
  fromMillis("h.at"),
  "coalesce(h.signals, '{}')"
)}
select (select count(*)::integer from given) as count, ${claimable} as told`

const heldSql = "select id, epoch from waymark_instances where owner = $1"

/** A renewal has half of its lease at the most, so that its second try comes in time; and so many milliseconds at the least. */
const SHORTEST = 1_000

interface Renewed {
  readonly told: boolean
  /** None where it was revoked in this moment. */
  readonly token: string | null
}

interface Counted {
  readonly count: number
}

/** Makes the operations. */
export const make = (
  { limit: usual, query, run }: Database,
  tokens: Tokens
): Pick<Journal["Service"], "claim" | "upcoming" | "renew" | "leaseToken" | "reap" | "held" | "release" | "retire"> => {
  const counted = (operation: string, statement: string, parameters: ReadonlyArray<unknown>, running?: Running) =>
    Effect.map(query<Counted>(operation, statement, parameters, running), ([row]) => row?.count ?? 0)

  /** The marks of renewals without an answer, by owner. */
  const unanswered = new Map<string, string>()

  return {
    claim: ({ owner, workflows, limit, order, ids }) => {
      const names = texts(workflows.map(({ name }) => name))
      const versions = integers(workflows.map(({ version }) => version))
      const parameters = [text(owner), names, versions]
      return ids === undefined
        ? query<Instance>("claim", claimSql[order], [...parameters, integer(limit)], {
            isLong: order !== "oldest"
          })
        : query<Instance>("claim", claimTheseSql, [...parameters, texts(ids)])
    },
    upcoming: Effect.map(
      query<{ readonly at: number | null }>("upcoming", upcomingSql, []),
      ([row]) => row?.at ?? null
    ),
    renew: (owner, lease): Effect.Effect<boolean, JournalError> =>
      Effect.suspend(() => {
        const mark = unanswered.get(owner) ?? globalThis.crypto.randomUUID()
        unanswered.set(owner, mark)
        const limit = Math.min(usual, Math.max(SHORTEST, lease / 2))
        const parameters = [text(owner), double(lease), uuid(mark)]
        return Effect.map(query<Renewed>("renew", renewSql, parameters, { limit }), ([row]) => {
          unanswered.delete(owner)
          tokens.give(owner, row?.token ?? null)
          return row?.told ?? true
        })
      }),
    leaseToken: (owner) => tokens.of(owner),
    reap: counted("reap", reapSql, [], { isLong: true }),
    held: (owner) => query("held", heldSql, [text(owner)]),
    release: (owner, released) => {
      if (released.length === 0) return Effect.void
      const known = released.flatMap(({ id, known }) => known.map((signal) => ({ id, signal })))
      const given = run(releaseSql, [
        text(owner),
        texts(released.map(({ id }) => id)),
        integers(released.map(({ epoch }) => epoch)),
        doubles(released.map(({ at }) => at)),
        texts(known.map(({ id }) => id)),
        texts(known.map(({ signal }) => signal))
      ])
      const settled = tokens.areSettled ? given : answered(Effect.andThen(tokens.settled, given), usual)
      return Effect.asVoid(Effect.mapError(settled, (error) => toJournalError("release", error)))
    },
    retire: (owner) =>
      Effect.suspend(() => {
        tokens.give(owner, null)
        return Effect.asVoid(counted("retire", retireSql, [text(owner)]))
      })
  }
}
