import type * as PgClient from "@effect/sql-pg/PgClient"
import type { Event } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { Journal } from "@waymark/interpreter"
import { PgJournal } from "@waymark/postgres"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import { texts } from "../src/internal/parameters.ts"
import { freshDatabase, onDatabase } from "./support/database.ts"
import { creation, eventAt, groupAt } from "./support/groups.ts"
import { makeVersion1 } from "./support/version1.ts"
import { makeVersion2 } from "./support/version2.ts"

const url = await freshDatabase()

const on = <A, E>(program: Effect.Effect<A, E, Journal>, options: Partial<PgJournal.Options> = {}) =>
  Effect.provide(program, PgJournal.layer({ url, ...options }))

const createOne = (id: string) =>
  Effect.flatMap(Journal, (journal) => Effect.map(journal.create([creation(id)]), ([created]) => created))

describe("the tables of the journal", () => {
  it("are made once, by however many processes start at the same time", async () => {
    const ids = Array.from({ length: 6 }, (_, index) => `w-${index}`)
    const starts = Effect.forEach(ids, (id) => on(createOne(id)), { concurrency: "unbounded" })
    expect((await Effect.runPromise(starts)).map((created) => created?._tag)).toEqual(ids.map(() => "Created"))
    const recorded = onDatabase(url, (sql) => sql`select name from waymark_migrations order by 1`)
    expect(await Effect.runPromise(recorded)).toEqual(
      [
        "append",
        "bytes",
        "journal",
        "lists",
        "lone",
        "notes",
        "ownership",
        "quiet",
        "room",
        "takeovers",
        "together",
        "wake"
      ].map((name) => ({
        name
      }))
    )
  })

  it("compare ids byte by byte", async () => {
    const compared = onDatabase(
      url,
      (sql) => sql<{ readonly column: string }>`
        select a.attrelid::regclass || '.' || a.attname as column from pg_attribute a join pg_collation c on c.oid = a.attcollation
        where c.collname = 'C' and a.attrelid in ('waymark_instances'::regclass, 'waymark_events'::regclass, 'waymark_signals'::regclass, 'waymark_notes'::regclass)
        order by a.attrelid::regclass::text, a.attname`
    )
    expect((await Effect.runPromise(compared)).map(({ column }) => column)).toEqual([
      "waymark_events.instance",
      "waymark_instances.id",
      "waymark_notes.instance",
      "waymark_notes.name",
      "waymark_signals.id",
      "waymark_signals.instance"
    ])
  })

  it("are left as they are by the next start, with all that is in them", async () => {
    expect(await Effect.runPromise(on(createOne("w-0")))).toMatchObject({ _tag: "Exists", started: { payload: 0 } })
  })

  it("need no prepared statements, and a secret address stays secret", async () => {
    const options = { url: Redacted.make(url), prepare: false, maxConnections: 1 }
    expect(await Effect.runPromise(on(createOne("w-0"), options))).toMatchObject({ _tag: "Exists" })
  })

  it("are refused when a later version made them", async () => {
    const later = onDatabase(url, (sql) => sql`insert into waymark_migrations values (99, now(), 'later')`)
    await Effect.runPromise(later)
    const error = await Effect.runPromise(Effect.flip(on(Effect.void)))
    expect(error).toMatchObject({ _tag: "JournalError", operation: "migrate", retryable: false })
    expect(error.message).toContain("version 99")
    expect(error.message).toContain("Upgrade @waymark/postgres")
  })
})

describe("tables of version 1", () => {
  const event = { instance: "w-1", run: 0, path: "", step: "" } as const
  const before: ReadonlyArray<Event.Event> = [
    { ...event, seq: 0, id: "event-0", at: 12, kind: "started", ordinal: 0, payload: { text: "as it was" } },
    {
      ...event,
      seq: 1,
      id: "event-1",
      at: 13.5,
      kind: "attempt",
      path: "0:left",
      ordinal: 1,
      step: "hold",
      attempt: 2,
      trace: "trace",
      payload: null
    }
  ]

  it("are brought up to date by however many processes start at once, and keep all that is in them", async () => {
    const old = await freshDatabase()
    await Effect.runPromise(onDatabase(old, makeVersion1))
    const everything = Effect.gen(function* () {
      const journal = yield* Journal
      return {
        row: yield* Single.find(journal, "w-1"),
        events: yield* journal.read({ instance: "w-1", run: 0, from: 0, limit: 10 }),
        inbox: yield* Single.inbox(journal, "w-1"),
        notes: yield* Single.notes(journal, "w-1")
      }
    })
    const starts = Effect.all(
      Array.from({ length: 4 }, () => on(everything, { url: old })),
      { concurrency: "unbounded" }
    )
    for (const { row, ...all } of await Effect.runPromise(starts)) {
      expect(row).toMatchObject({ value: { id: "w-1", status: "waiting", epoch: 3, length: 2 } })
      const inbox = [{ instance: "w-1", id: "signal-1", name: "approve", payload: [1] }]
      expect(all).toStrictEqual({ events: before, inbox, notes: [] })
    }
  })

  it("take patches and notes from then on, and the notes go with the end", async () => {
    const old = await freshDatabase()
    await Effect.runPromise(onDatabase(old, makeVersion1))
    const patched = { ...eventAt("w-1", 2), patch: [{ op: "add", path: "/held", value: 1 }] }
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      const written = yield* journal.note([{ instance: "w-1", epoch: 3, name: "snapshot", value: { at: 2 } }])
      const appended = yield* journal.append([groupAt("w-1", 2, { epoch: 3, events: [patched] })])
      const events = yield* journal.read({ instance: "w-1", run: 0, from: 0, limit: 10 })
      const notes = yield* Single.notes(journal, "w-1")
      yield* journal.append([groupAt("w-1", 3, { epoch: 3, status: "completed" })])
      return { written, appended, events, notes, left: yield* Single.notes(journal, "w-1") }
    })
    expect(await Effect.runPromise(on(program, { url: old }))).toStrictEqual({
      written: [true],
      appended: [{ _tag: "Appended" }],
      events: [...before, patched],
      notes: [{ name: "snapshot", value: { at: 2 } }],
      left: []
    })
  })
})

describe("tables of version 2", () => {
  const at = Date.parse("2026-11-01T10:00:00.123Z")

  const brought = async <A, E>(program: Effect.Effect<A, E, Journal>) => {
    const old = await freshDatabase()
    await Effect.runPromise(onDatabase(old, makeVersion2))
    return Effect.runPromise(on(program, { url: old }))
  }

  it("keep their rows, in whole milliseconds and without attributes", async () => {
    const rows = await brought(
      Effect.gen(function* () {
        const journal = yield* Journal
        return yield* journal.list({ workflow: "Withdrawal", order: "created", descending: false, limit: 3 })
      })
    )
    const row = {
      workflow: "Withdrawal",
      version: 1,
      createdAt: at,
      updatedAt: at,
      attributes: {},
      length: 1,
      takeovers: 0
    }
    expect(rows).toEqual([
      { ...row, id: "held", run: 0, status: "running", epoch: 2, wakeAt: 0 },
      { ...row, id: "over", run: 0, status: "completed", epoch: 1, wakeAt: null },
      { ...row, id: "second-run", run: 1, status: "waiting", epoch: 5, wakeAt: 0 }
    ])
  })

  it("are owned by nobody, and what has not ended may be claimed at once, also after one that has died before it looked", async () => {
    const { claimed, held } = await brought(
      Effect.gen(function* () {
        const journal = yield* Journal
        const held = yield* journal.held("engine")
        const workflows = [{ name: "Withdrawal", version: 1 }]
        const claim = (owner: string) => journal.claim({ owner, workflows, order: "oldest", limit: 9 })
        const first = yield* claim("dies")
        yield* journal.reap
        return { held, claimed: [first, yield* claim("lives")] }
      })
    )
    expect(held).toEqual([])
    expect(claimed.map((rows) => rows.map(({ epoch, id }) => `${id} at ${epoch}`).sort())).toEqual([
      ["held at 3", "second-run at 6", "w-1 at 4"],
      ["held at 4", "second-run at 7", "w-1 at 5"]
    ])
  })

  it("go on: their signals, notes, patches and starts are there, and what has ended can be opened anew and purged", async () => {
    const found = await brought(
      Effect.gen(function* () {
        const journal = yield* Journal
        const again = creation("over", { events: [{ ...eventAt("over", 0), run: 1 }], status: "failed" })
        return {
          inbox: yield* Single.inbox(journal, "held"),
          settled: yield* Single.sent(journal, "over", "s-2"),
          notes: yield* Single.notes(journal, "held"),
          patch: (yield* journal.read({ instance: "held", run: 0, from: 0, limit: 1 }))[0]?.patch,
          started: (yield* journal.create([creation("second-run")]))[0],
          reopened: (yield* journal.reopen(again, 1))._tag,
          purged: yield* journal.purge({ statuses: ["completed", "failed"], before: 4e12, limit: 9 })
        }
      })
    )
    expect(found).toMatchObject({
      inbox: [{ id: "s-1" }],
      settled: { _tag: "Settled", outcome: { reply: "thanks" } },
      notes: [{ name: "snapshot", value: { at: 1 } }],
      patch: [],
      started: { _tag: "Exists", started: { payload: "how it began" } },
      reopened: "Created",
      purged: 1
    })
  })
})

/** As instances were listed up to version 11. */
const listedAsBefore = (sql: PgClient.PgClient) =>
  Effect.forEach(
    [
      "drop index waymark_instances_listed, waymark_instances_described",
      "create index waymark_instances_created on waymark_instances (created_at)",
      "create index waymark_instances_workflow on waymark_instances (workflow, created_at)",
      "create index waymark_instances_status on waymark_instances (status, created_at)"
    ],
    (statement) => sql.unsafe(statement),
    { discard: true }
  )

describe("tables of version 10", () => {
  it("get functions that processes of before go on to call, with what they have prepared", async () => {
    const old = await freshDatabase()
    const call = "select * from waymark_deliver($1, $2, $3, $4, $5, $6)"
    const [text, none] = [(value: string) => texts([value]), texts([null])]
    const program = onDatabase(old, (sql) =>
      Effect.gen(function* () {
        const send = (id: string) =>
          sql.unsafe<object>(call, [text("w-0"), text(id), text("approve"), none, text("null"), none])
        yield* listedAsBefore(sql)
        yield* sql.unsafe("drop function waymark_wake")
        yield* sql.unsafe("alter function waymark_deliver rename to waymark_delivers")
        yield* sql.unsafe(`create function waymark_deliver(text[], text[], text[], text[], text[], text[])
          returns table (place integer, status text, name text, outcome text) language sql as
          'select place, status, name, outcome from waymark_delivers($1, $2, $3, $4, $5, $6)'`)
        yield* sql.unsafe("delete from waymark_migrations where name in ('wake', 'lists')")
        const before = yield* send("s-1")
        const open = Effect.flatMap(Journal, (journal) =>
          Effect.all([journal.now, Effect.succeed(typeof journal.wake)])
        )
        const [, wake] = yield* Effect.provide(open, PgJournal.layer({ url: old }))
        const after = yield* send("s-2")
        const functions = yield* sql.unsafe<object>(
          "select proname as name, pronargs::integer as parameters from pg_proc where proname in ('waymark_deliver', 'waymark_wake') order by 1"
        )
        return { before, wake, after, functions }
      })
    )
    await Effect.runPromise(on(createOne("w-0"), { url: old }))
    const answer = { place: 1, status: "running", name: "approve", outcome: null }
    expect(await Effect.runPromise(program)).toEqual({
      before: [answer],
      wake: "function",
      after: [{ ...answer, is_taken: false }],
      functions: [
        { name: "waymark_deliver", parameters: 10 },
        { name: "waymark_wake", parameters: 15 }
      ]
    })
  })
})

describe("tables of version 3", () => {
  it("keep their rows, and count from then on", async () => {
    const old = await freshDatabase()
    const back = onDatabase(old, (sql) =>
      Effect.all(
        [
          listedAsBefore(sql),
          sql`alter table waymark_instances drop column takeovers`,
          sql`alter table waymark_instances rename column recorded to length`,
          sql`drop table waymark_leases`,
          // Those of other versions take something else.
          sql`create function waymark_append_own(instances text[]) returns integer language sql as 'select 1'`,
          sql`delete from waymark_migrations where name in ('takeovers', 'append', 'together', 'lone', 'room', 'quiet', 'bytes', 'wake', 'lists')`
        ],
        { discard: true }
      )
    )
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      const workflows = [{ name: creation("w-0").workflow, version: 1 }]
      const [before] = yield* journal.list({ order: "created", descending: false, limit: 1 })
      // Its owner has never said that it lives.
      yield* journal.reap
      const [row] = yield* journal.watch(["w-0"])
      const [after] = yield* journal.claim({ owner: "lives", workflows, order: "oldest", limit: 1 })
      return [before, row, after].map((found) => found?.takeovers)
    })
    await Effect.runPromise(on(createOne("w-0"), { url: old }))
    await Effect.runPromise(back)
    expect(await Effect.runPromise(on(program, { url: old }))).toEqual([0, 1, 1])
    const functions = onDatabase(
      old,
      (sql) => sql`select pronargs::integer as parameters from pg_proc where proname = 'waymark_append_own'`
    )
    expect(await Effect.runPromise(functions)).toEqual([{ parameters: 25 }])
  })
})
