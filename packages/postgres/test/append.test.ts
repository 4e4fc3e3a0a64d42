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
