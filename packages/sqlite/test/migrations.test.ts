import type { Event } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { Journal } from "@waymark/interpreter"
import { SqliteJournal } from "@waymark/sqlite"
import * as Effect from "effect/Effect"
import Database from "libsql"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { temporaryDirectory } from "./support/directory.ts"
import { makeVersion1 } from "./support/version1.ts"
import { makeVersion2 } from "./support/version2.ts"

const on = <A, E>(filename: string, program: Effect.Effect<A, E, Journal>) =>
  Effect.runPromise(program.pipe(Effect.provide(SqliteJournal.layer({ filename }))))

const look = (filename: string, statement: string) => {
  const db = new Database(filename)
  const rows = db.prepare(statement).all()
  db.close()
  return rows
}

const before: ReadonlyArray<Event.Event> = [
  {
    instance: "w-1",
    run: 0,
    seq: 0,
    id: "event-0",
    at: 12,
    kind: "started",
    path: "",
    ordinal: 0,
    step: "",
    payload: { text: "as it was" }
  },
  {
    instance: "w-1",
    run: 0,
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
const next: Event.Event = {
  instance: "w-1",
  run: 0,
  seq: 2,
  id: "event-2",
  at: 14,
  kind: "completed",
  path: "0:left",
  ordinal: 1,
  step: "hold",
  payload: 1,
  patch: [{ op: "add", path: "/held", value: 1 }]
}

const everything = Effect.gen(function* () {
  const journal = yield* Journal
  return {
    events: yield* journal.read({ instance: "w-1", run: 0, from: 0, limit: 10 }),
    inbox: yield* Single.inbox(journal, "w-1"),
    notes: yield* Single.notes(journal, "w-1")
  }
})

const rows = Effect.gen(function* () {
  const journal = yield* Journal
  return yield* journal.list({ order: "created", descending: false, limit: 10 })
})

const claim = Effect.gen(function* () {
  const journal = yield* Journal
  const workflows = [{ name: "Withdrawal", version: 2 }]
  return yield* journal.claim({ owner: "present", workflows, order: "oldest", limit: 10 })
})

const goOn = Effect.gen(function* () {
  const journal = yield* Journal
  const group = { instance: "w-1", run: 0, epoch: 3, expected: 2, events: [next], settled: [] }
  return {
    written: yield* journal.note([{ instance: "w-1", epoch: 3, name: "snapshot", value: { at: 2 } }]),
    appended: yield* journal.append([{ ...group, status: "running", wakeAt: null }])
  }
})

describe("a journal file of version 1", () => {
  const inbox = [{ instance: "w-1", id: "signal-1", name: "approve", to: "item", payload: [1] }]

  it("is brought up to date when it is opened, and keeps all that is in it", async () => {
    const filename = path.join(temporaryDirectory(), "waymark.db")
    makeVersion1(filename)
    const found = Effect.all([Effect.flatMap(Journal, (journal) => Single.find(journal, "w-1")), everything])
    const [row, all] = await on(filename, found)
    expect(row).toMatchObject({
      value: { id: "w-1", status: "waiting", epoch: 3, length: 2, wakeAt: 0, updatedAt: 11 }
    })
    expect(all).toStrictEqual({ events: before, inbox, notes: [] })
    expect(look(filename, "select schema_version from waymark_store")).toMatchObject([{ schema_version: 5 }])
  })

  it("takes patches and notes from then on, and still has them when it is opened again", async () => {
    const filename = path.join(temporaryDirectory(), "waymark.db")
    makeVersion1(filename)
    expect(await on(filename, goOn)).toEqual({ written: [true], appended: [{ _tag: "Appended" }] })
    const notes = [{ name: "snapshot", value: { at: 2 } }]
    expect(await on(filename, everything)).toStrictEqual({ events: [...before, next], inbox, notes })
  })

  it("has the tables that a new one has", async () => {
    const directory = temporaryDirectory()
    const [old, fresh] = [path.join(directory, "old.db"), path.join(directory, "new.db")]
    makeVersion1(old)
    for (const filename of [old, fresh]) await on(filename, Effect.void.pipe(Effect.andThen(Journal)))
    const schema = "select type, name, sql from sqlite_schema order by name"
    expect(look(old, schema)).toEqual(look(fresh, schema))
  })
})

describe("a journal file of version 2", () => {
  const withdrawal = { workflow: "Withdrawal", attributes: {}, takeovers: 0 }
  const [first, second, third] = [
    { ...withdrawal, id: "w-1", version: 1, run: 0, status: "waiting", epoch: 3, length: 2, wakeAt: 0 },
    { ...withdrawal, id: "w-2", version: 2, run: 4, status: "running", epoch: 7, length: 1, wakeAt: 0 },
    { ...withdrawal, id: "w-3", version: 1, run: 0, status: "completed", epoch: 1, length: 1, wakeAt: null }
  ] as const
  const made = () => {
    const filename = path.join(temporaryDirectory(), "waymark.db")
    makeVersion2(filename)
    return filename
  }

  it("keeps its instances, their times in whole milliseconds", async () => {
    expect(await on(made(), rows)).toStrictEqual([
      { ...first, createdAt: 10, updatedAt: 11 },
      { ...second, createdAt: 20, updatedAt: 22 },
      { ...third, createdAt: 30, updatedAt: 31 }
    ])
  })

  it("has nobody own what has not ended, so that it can be claimed at once", async () => {
    const filename = made()
    expect(await on(filename, claim)).toMatchObject([
      { id: "w-1", epoch: 4 },
      { id: "w-2", epoch: 8 }
    ])
    // Claimed by a process that is gone before it wrote anything: nobody knows yet what they wait for.
    expect(await on(filename, claim)).toMatchObject([
      { id: "w-1", epoch: 5 },
      { id: "w-2", epoch: 9 }
    ])
  })

  it("still tells with what an instance began that has come to a later run", async () => {
    const mark = globalThis.crypto.randomUUID()
    const create = { mark, id: "w-2", workflow: "other", version: 1, events: [], status: "running", wakeAt: 0 } as const
    const again = Effect.flatMap(Journal, (journal) => journal.create([{ ...create, attributes: {}, owner: null }]))
    expect(await on(made(), again)).toMatchObject([{ _tag: "Exists", started: { run: 3, payload: 3 } }])
  })

  it("keeps signals, notes and patches", async () => {
    const read = Effect.gen(function* () {
      const journal = yield* Journal
      return [
        yield* Single.inbox(journal, "w-1"),
        yield* Single.notes(journal, "w-2"),
        yield* journal.read({ instance: "w-2", run: 4, from: 0, limit: 10 })
      ]
    })
    const [inbox, notes, events] = await on(made(), read)
    expect(inbox).toMatchObject([{ id: "signal-1" }])
    expect(notes).toStrictEqual([{ name: "snapshot", value: { at: 1 } }])
    expect(events).toMatchObject([{ id: "second", patch: [1] }])
  })

  it("has the tables that a new one has", async () => {
    const [old, fresh] = [made(), path.join(temporaryDirectory(), "new.db")]
    for (const filename of [old, fresh]) await on(filename, Effect.void.pipe(Effect.andThen(Journal)))
    const schema = "select type, name, sql from sqlite_schema order by name"
    expect(look(old, schema)).toEqual(look(fresh, schema))
  })
})

describe("a journal file of version 3", () => {
  it("keeps its instances, which nobody has been seen to be killed by, and has the tables that a new one has", async () => {
    const directory = temporaryDirectory()
    const [old, fresh] = [path.join(directory, "old.db"), path.join(directory, "new.db")]
    makeVersion2(old)
    await on(old, rows)
    const db = new Database(old)
    for (const column of ["takeovers", "mark"]) db.exec(`alter table waymark_instances drop column ${column}`)
    db.exec("update waymark_store set schema_version = 3")
    db.close()
    expect((await on(old, rows)).map(({ id, takeovers }) => [id, takeovers])).toEqual([
      ["w-1", 0],
      ["w-2", 0],
      ["w-3", 0]
    ])
    await on(fresh, rows)
    const schema = "select type, name, sql from sqlite_schema order by name"
    expect(look(old, schema)).toEqual(look(fresh, schema))
    expect(await on(old, claim)).toMatchObject([{ takeovers: 0 }, { takeovers: 0 }])
    expect(await on(old, claim)).toMatchObject([{ takeovers: 1 }, { takeovers: 1 }])
  })
})
