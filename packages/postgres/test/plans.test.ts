import * as PgClient from "@effect/sql-pg/PgClient"
import type { Journal, Listing } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import * as Effect from "effect/Effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import * as Database from "../src/internal/database.ts"
import { make } from "../src/internal/journal.ts"
import { migrate } from "../src/internal/migrations.ts"
import { freshDatabase } from "./support/database.ts"
import { creation, eventAt, groupAt, signalTo, wakeOf } from "./support/groups.ts"

/** The tables that grow. */
const tables = ["waymark_instances", "waymark_events", "waymark_signals", "waymark_notes"]

const listing = (options: Partial<Listing>): Listing => ({ order: "created", descending: true, limit: 50, ...options })

const workflows = [
  { name: "Withdrawal", version: 1 },
  { name: "Deposit", version: 1 }
]

let calls = 0

/** What engines do all the time, each call with instances of its own, and what operators and callers do now and then. */
const operations = (journal: Journal["Service"]): Readonly<Record<string, Effect.Effect<unknown, unknown>>> => {
  const id = `call-${++calls}`
  const later = `${id}-later`
  const made = journal.create([
    creation(id),
    creation(later),
    creation(`${id}-idle`, { owner: null, wakeAt: null, status: "waiting" })
  ])
  const waking = { owner: "one", workflows, limit: 9, notes: true, inbox: true, events: { from: 0, limit: 32 } }
  const after = { at: 1_700_000_100_000, id: "w-1000" }
  const settled = [{ id: `${id}-signal`, outcome: { _tag: "Consumed", reply: null } }] as const
  const byToken = (expected: number, ...events: ReadonlyArray<number>) =>
    Effect.suspend(() => {
      const token = journal.leaseToken?.("one")
      const group = groupAt(later, expected, { events: events.map((seq) => eventAt(later, seq)) })
      return token === undefined ? Effect.die("no token") : journal.append([{ ...group, leaseToken: token }])
    })
  return {
    renew: journal.renew("one", 60_000),
    create: made,
    "create, where it is taken": journal.create([creation(id)]),
    find: Single.find(journal, id),
    send: Single.send(journal, { ...signalTo(id, "one"), id: `${id}-signal` }),
    "find, with all that belongs to it": journal.find(
      [id, "w-17000", "nobody"].map((id) => ({ id, notes: true, inbox: true, events: { from: 0, limit: 32 } }))
    ),
    "send to several": journal.send(
      [id, "w-17000", "nobody"].map((id) => ({ ...signalTo(id, "one"), id: `${id}-both` }))
    ),
    wake: wakeOf(journal)([signalTo(later, "one")], waking),
    "wake of several": wakeOf(journal)(
      [`${id}-idle`, later, "w-17000", "nobody"].map((id) => ({ ...signalTo(id, "one"), id: `${id}-woken` })),
      waking
    ),
    attention: journal.attention("one"),
    append: journal.append([groupAt(later, 1, { events: [eventAt(later, 1), eventAt(later, 2)] })]),
    "append of one event": journal.append([groupAt(later, 3)]),
    "append by a token": byToken(4, 4, 5),
    "append of one event by a token": byToken(6, 6),
    "append that settles a signal": journal.append([groupAt(id, 1, { settled })]),
    "append that sends": journal.append([
      groupAt(id, 2, { sends: [signalTo(later, "one"), signalTo("w-17000", "one")] })
    ]),
    "append of one event that ends": journal.append([groupAt(later, 7, { status: "completed" })]),
    "append, done again": journal.append([groupAt(id, 2)]),
    read: journal.read({ instance: id, run: 0, from: 0, limit: 100 }),
    sent: journal.sent([
      { instance: id, id: `${id}-signal` },
      { instance: "w-7", id: "s-7-1" }
    ]),
    watch: journal.watch([id, "w-7"]),
    note: journal.note([{ instance: id, epoch: 1, name: "snapshot", value: 1 }]),
    release: journal.release("one", [{ id, epoch: 1, at: 0, known: ["another"] }]),
    claim: journal.claim({ owner: "one", workflows, order: "oldest", limit: 2 }),
    "claim of some": journal.claim({ owner: "one", workflows, order: "oldest", limit: 1, ids: ["w-17001", "w-17003"] }),
    "claim of the newest": journal.claim({ owner: "one", workflows, order: "newest", limit: 2 }),
    upcoming: journal.upcoming,
    held: journal.held("one"),
    reap: journal.reap,
    reopen: journal.reopen(creation(later, { events: [{ ...eventAt(later, 0), run: 1 }] }), 1),
    list: journal.list(listing({})),
    "list from a place on": journal.list(listing({ after })),
    "list from a place on, upwards": journal.list(listing({ after, descending: false })),
    "list of a workflow": journal.list(listing({ workflow: "Rare" })),
    "list of a span": journal.list(listing({ created: { from: 1_700_000_000_000, to: 1_700_000_000_040 } })),
    "list of a status": journal.list(listing({ statuses: ["stuck"] })),
    "list of statuses": journal.list(listing({ statuses: ["stuck", "failed"] })),
    "list of attributes": journal.list(listing({ attributes: { customer: "c-77" } })),
    "list of those that ended last": journal.list(listing({ statuses: ["completed", "failed"], order: "updated" })),
    purge: journal.purge({ statuses: ["completed"], before: 1_700_000_010_000, limit: 5 }),
    retire: Effect.andThen(journal.create([creation(`${id}-last`, { owner: id })]), journal.retire(id))
  }
}

/**
 * Some 20,000 instances, as after a while: most wait for signals or far timers, of workflows of which this engine runs two;
 * one in five has ended. What is due is foreign, but for a few.
 */
const fill = [
  `insert into waymark_instances
    (id, workflow, version, run, status, ended, epoch, recorded, wake_at, owner, available_at, created_at, updated_at,
      ended_at, creation, first_run, attributes)
  select 'w-' || n, case when n % 1000 = 0 then 'Rare' when n % 3 = 0 then 'Deposit' when n % 3 = 1 then 'Foreign'
      else 'Withdrawal' end,
    1, 0, case when n <= 4000 then 'completed' when n % 500 = 0 then 'stuck' else 'waiting' end, n <= 4000, 1, 3, null, null,
    case when n % 3 = 1 then '2020-01-01'::timestamptz when n % 2 = 0 then 'infinity' else '2099-01-01' end,
    to_timestamp(1700000000 + n * 0.02), to_timestamp(1700000000 + n),
    case when n <= 4000 then to_timestamp(1700000000 + n) end, gen_random_uuid(), 0,
    case when n % 4 = 0 then jsonb_build_object('customer', 'c-' || n % 2000) else '{}' end
  from generate_series(1, 20000) n`,
  `insert into waymark_events (instance, run, seq, id, at, kind, path, ordinal, step, payload)
  select 'w-' || n, 0, seq, n || '.' || seq, 0, case when seq = 0 then 'started' else 'completed' end, '', seq, 'step', '1'
  from generate_series(1, 20000) n, generate_series(0, 2) seq`,
  `insert into waymark_signals (instance, id, name, payload, outcome)
  select 'w-' || n, 's-' || n || '-' || k, 'approve', 'null', case when k = 1 then '{"_tag":"Consumed","reply":1}' end::json
  from generate_series(1, 20000) n, generate_series(1, 2) k where k = 1 or n % 10 = 0`,
  "insert into waymark_notes (instance, name, value) select 'w-' || n, 'snapshot', '1' from generate_series(4001, 20000) n"
]

/** How often each table was read from end to end so far, and how many rows were read at all. */
const readings = (sql: PgClient.PgClient) =>
  Effect.gen(function* () {
    yield* sql`select pg_stat_force_next_flush()`
    yield* sql`select pg_stat_clear_snapshot()`
    const rows = yield* sql<{ readonly name: string; readonly scans: number; readonly rows: number }>`
      select relname::text as name, seq_scan::integer as scans, (seq_tup_read + coalesce(idx_tup_fetch, 0))::integer as rows
      from pg_stat_user_tables where relname = any (${tables}) order by relname`
    return rows
  })

const rowsOfInstances = (sql: PgClient.PgClient) =>
  Effect.map(readings(sql), (tables) => tables.find(({ name }) => name === "waymark_instances")?.rows ?? 0)

/** Runs each operation, and tells which of them read a table from end to end, or more rows than it needs. */
const misread = (sql: PgClient.PgClient, journal: Journal["Service"], most: number) =>
  Effect.gen(function* () {
    const found: Array<string> = []
    for (const [name, operation] of Object.entries(operations(journal))) {
      const before = yield* readings(sql)
      yield* operation
      const after = yield* readings(sql)
      for (const [index, table] of after.entries()) {
        const scans = table.scans - (before[index]?.scans ?? 0)
        const rows = table.rows - (before[index]?.rows ?? 0)
        if (scans > 0 || rows > most) found.push(`${name} reads ${rows} rows of ${table.name}, in ${scans} scans`)
      }
    }
    return found
  })

/** A journal on one connection, which goes on with what it has prepared at first, and tables of which no statistics are taken by themselves. */
const onOneConnection = <A, E>(
  url: string,
  program: (sql: PgClient.PgClient, journal: Journal["Service"]) => Effect.Effect<A, E>
) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.make({ url: Redacted.make(url), maxConnections: 1 })
    yield* migrate(sql)
    for (const table of tables) yield* sql.unsafe(`alter table ${table} set (autovacuum_enabled = false)`)
    return yield* program(sql, make(Database.make(sql, Infinity), Effect.die("nobody listens here")))
  }).pipe(Effect.scoped, Effect.provide(Reactivity.layer), Effect.runPromise)

/** Runs all operations so often: Postgres keeps to one plan from the sixth time on. */
const rounds = (journal: Journal["Service"], count: number) =>
  Effect.gen(function* () {
    for (let round = 0; round < count; round++) yield* Effect.all(Object.values(operations(journal)), { discard: true })
  })

describe("the statements of the journal", () => {
  it("read no growing table from end to end, be they planned when it was empty, grown or analysed", async () => {
    const found = await onOneConnection(await freshDatabase(), (sql, journal) =>
      Effect.gen(function* () {
        yield* rounds(journal, 8)
        for (const statement of fill) yield* sql.unsafe(statement)
        const asPlannedEmpty = yield* misread(sql, journal, 5000)
        yield* sql`analyze`
        yield* rounds(journal, 6)
        return { asPlannedEmpty, analysed: yield* misread(sql, journal, 1000) }
      })
    )
    expect(found).toEqual({ asPlannedEmpty: [], analysed: [] })
  }, 60_000)

  it("find instances that are made or appended to by their keys, also while statistics say that there are few", async () => {
    const found = await onOneConnection(await freshDatabase(), (sql, journal) =>
      Effect.gen(function* () {
        yield* rounds(journal, 2)
        yield* sql`analyze`
        yield* rounds(journal, 8)
        for (const statement of fill) yield* sql.unsafe(statement)
        return yield* misread(sql, journal, 1000)
      })
    )
    const hot =
      /^(?:create|append|append of one event|append by a token|append of one event by a token|append that settles a signal) reads/
    expect(found.filter((reading) => hot.test(reading))).toEqual([])
  }, 60_000)

  it("find what has an owner by its key, whatever is done with it, also while statistics say that next to nothing has an owner", async () => {
    const read = await onOneConnection(await freshDatabase(), (sql, journal) =>
      Effect.gen(function* () {
        const ids = Array.from({ length: 40 }, (_, index) => `owned-${index}`)
        yield* journal.create(ids.map((id) => creation(id)))
        for (const statement of fill) yield* sql.unsafe(statement)
        yield* sql`update waymark_instances set owner = null`
        yield* sql`analyze`
        yield* sql`update waymark_instances set owner = 'one', available_at = 'infinity'
          where id like 'owned-%' or id in (select id from waymark_instances where not ended limit 2000)`
        const before = yield* rowsOfInstances(sql)
        for (const id of ids) yield* journal.append([groupAt(id, 1)])
        for (const id of ids) yield* journal.send([signalTo(id, "two")])
        const waking = { owner: "two", workflows, limit: 9, inbox: true, events: { from: 0, limit: 9 } }
        for (const id of ids) yield* wakeOf(journal)([{ ...signalTo(id, "two"), id: "again" }], waking)
        for (const expected of [2, 3, 4]) yield* journal.append(ids.map((id) => groupAt(id, expected)))
        yield* journal.release(
          "one",
          ids.map((id) => ({ id, epoch: 1, at: null, known: [] }))
        )
        const read = (yield* rowsOfInstances(sql)) - before
        yield* journal.retire("one")
        return [read, (yield* rowsOfInstances(sql)) - before - read]
      })
    )
    expect(read[0]).toBeLessThan(2_000)
    // Two thousand, each looked at a few times.
    expect(read[1]).toBeLessThan(20_000)
  }, 60_000)

  it("find signals, and what they are sent to, by their keys, also where these were planned while there were few", async () => {
    const read = await onOneConnection(await freshDatabase(), (sql, journal) =>
      Effect.gen(function* () {
        const use = Effect.fnUntraced(function* (id: string, other: string) {
          yield* journal.create([creation(id)])
          yield* journal.send([{ ...signalTo(id, "two"), id: `for ${id}` }, signalTo(other, "two")])
          yield* journal.create([creation(`${id}-idle`, { owner: null, wakeAt: null })])
          const waking = { owner: "two", workflows, limit: 9, inbox: true, events: { from: 0, limit: 9 } }
          yield* wakeOf(journal)(
            [signalTo(`${id}-idle`, "two"), { ...signalTo(other, "two"), id: `from ${id}` }],
            waking
          )
          const settled = [{ id: `for ${id}`, outcome: { _tag: "Consumed", reply: null } }] as const
          yield* journal.append([groupAt(id, 1, { settled, sends: [signalTo(other, "one")] })])
        })
        const others = Array.from({ length: 20 }, (_, index) => `other-${index}`)
        yield* journal.create(others.map((id) => creation(id, { owner: null, wakeAt: null })))
        yield* sql`analyze`
        yield* use("first", "other-0")
        for (const statement of fill) yield* sql.unsafe(statement)
        yield* sql`update waymark_instances set owner = 'one', available_at = 'infinity' where not ended`
        const before = yield* readings(sql)
        yield* use("second", "w-17000")
        const after = yield* readings(sql)
        return Object.fromEntries(after.map(({ name, rows }, index) => [name, rows - (before[index]?.rows ?? 0)]))
      })
    )
    expect(read["waymark_instances"]).toBeLessThan(200)
    expect(read["waymark_signals"]).toBeLessThan(200)
  }, 60_000)

  // An update that finds no room on its page writes an entry into every index of the table.
  it("write no index where an append changes none of what instances are found by", async () => {
    const updates = await onOneConnection(await freshDatabase(), (sql, journal) =>
      Effect.gen(function* () {
        // Twice each: for so many there is room by all means, be what was there before cleared away by then or not.
        for (let life = 0; life < 10; life++) {
          const ids = Array.from({ length: 100 }, (_, index) => `lives-${life}-${index}`)
          yield* journal.create(ids.map((id) => creation(id)))
          for (const expected of [1, 2]) yield* journal.append(ids.map((id) => groupAt(id, expected)))
        }
        yield* sql`select pg_stat_force_next_flush()`
        return yield* sql<{ all: number; heapOnly: number }>`
          select n_tup_upd::integer as all, n_tup_hot_upd::integer as "heapOnly"
          from pg_stat_user_tables where relname = 'waymark_instances'`
      })
    )
    expect(updates).toEqual([{ all: 2_000, heapOnly: 2_000 }])
  })
})
