import { Journal } from "@waymark/interpreter"
import { PgJournal } from "@waymark/postgres"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { freshDatabase, onDatabase } from "./support/database.ts"
import { creation, eventAt, groupAt, idsIn } from "./support/groups.ts"

describe("one event of one instance", () => {
  it("is appended without the call for many, which is asked once the event is not written", async () => {
    const url = await freshDatabase()
    const append = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("alone")])
      yield* onDatabase(url, (sql) => sql`alter function waymark_append rename to waymark_append_many`)
      const first = eventAt("alone", 1)
      const written = yield* journal.append([groupAt("alone", 1, { events: [first] })])
      const again = groupAt("alone", 1, { events: [first] })
      const unanswered = yield* Effect.flip(journal.append([again]))
      yield* onDatabase(url, (sql) => sql`alter function waymark_append_many rename to waymark_append`)
      const answered = yield* journal.append([again])
      const late = yield* journal.append([groupAt("alone", 2, { epoch: 0 })])
      return { written, unanswered: unanswered.reason, answered, late, length: (yield* idsIn("alone")).length }
    })
    expect(await Effect.runPromise(Effect.provide(append, PgJournal.layer({ url })))).toEqual({
      written: [{ _tag: "Appended" }],
      unanswered: expect.stringContaining("waymark_append"),
      answered: [{ _tag: "Appended" }],
      late: [{ _tag: "Fenced", epoch: 1 }],
      length: 2
    })
  })
})

describe("events of several instances", () => {
  it("are appended without the call that knows signals, which is asked about what is not written", async () => {
    const url = await freshDatabase()
    const groups = (ids: ReadonlyArray<string>) =>
      ids.map((id) => groupAt(id, 1, { events: [eventAt(id, 1), eventAt(id, 2)] }))
    const append = Effect.gen(function* () {
      const journal = yield* Journal
      const owned = ["a", "b", "late", "new"]
      yield* journal.create([...owned.map((id) => creation(id)), creation("free", { owner: null, wakeAt: null })])
      const first = groups(["a", "b"])
      yield* onDatabase(url, (sql) => sql`alter function waymark_append rename to waymark_append_any`)
      const written = yield* journal.append(first)
      const unanswered = yield* Effect.flip(journal.append(first))
      yield* onDatabase(url, (sql) => sql`alter function waymark_append_any rename to waymark_append`)
      const mixed = yield* journal.append([
        ...first.slice(0, 1),
        groupAt("free", 1, { wakeAt: 0 }),
        groupAt("late", 1, { epoch: 0 }),
        groupAt("new", 1),
        groupAt("nobody", 1)
      ])
      const workflows = [{ name: "Withdrawal", version: 1 }]
      const claimed = yield* journal.claim({ owner: "two", workflows, order: "oldest", limit: 10 })
      const lengths = yield* Effect.forEach([...owned, "free"], (id) => Effect.map(idsIn(id), ({ length }) => length))
      return { written, unanswered: unanswered.reason, mixed, claimed: claimed.map(({ id }) => id), lengths }
    })
    expect(await Effect.runPromise(Effect.provide(append, PgJournal.layer({ url })))).toEqual({
      written: [{ _tag: "Appended" }, { _tag: "Appended" }],
      unanswered: expect.stringContaining("waymark_append"),
      mixed: [
        { _tag: "Appended" },
        { _tag: "Appended" },
        { _tag: "Fenced", epoch: 1 },
        { _tag: "Appended" },
        { _tag: "Fenced", epoch: 0 }
      ],
      claimed: ["free"],
      lengths: [3, 3, 1, 2, 2]
    })
  })
})
