import type { Event } from "@waymark/interpreter"
import { Journal } from "@waymark/interpreter"
import { SqliteJournal } from "@waymark/sqlite"
import * as Effect from "effect/Effect"
import Database from "libsql"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { temporaryDirectory } from "./support/directory.ts"
import { makeVersion1 } from "./support/version1.ts"

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
    inbox: yield* journal.inbox("w-1"),
    notes: yield* journal.notes("w-1")
  }
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
    const found = Effect.all([Effect.flatMap(Journal, (journal) => journal.find("w-1")), everything])
    const [row, all] = await on(filename, found)
    expect(row).toMatchObject({
      value: { id: "w-1", status: "waiting", epoch: 3, length: 2, wakeAt: 99, updatedAt: 11 }
    })
    expect(all).toStrictEqual({ events: before, inbox, notes: [] })
    expect(look(filename, "select schema_version from waymark_store")).toMatchObject([{ schema_version: 2 }])
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
