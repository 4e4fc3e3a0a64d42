import type { Event } from "@waymark/interpreter"
import { Journal } from "@waymark/interpreter"
import { PgJournal } from "@waymark/postgres"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import { freshDatabase, onDatabase } from "./support/database.ts"
import { creation, eventAt, groupAt } from "./support/groups.ts"
import { makeVersion1 } from "./support/version1.ts"

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
    expect(await Effect.runPromise(recorded)).toEqual([{ name: "journal" }, { name: "notes" }, { name: "ownership" }])
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
        row: yield* journal.find("w-1"),
        events: yield* journal.read({ instance: "w-1", run: 0, from: 0, limit: 10 }),
        inbox: yield* journal.inbox("w-1"),
        notes: yield* journal.notes("w-1")
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
      const notes = yield* journal.notes("w-1")
      yield* journal.append([groupAt("w-1", 3, { epoch: 3, status: "completed" })])
      return { written, appended, events, notes, left: yield* journal.notes("w-1") }
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
