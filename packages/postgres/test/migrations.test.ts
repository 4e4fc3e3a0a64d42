import { Journal } from "@waymark/interpreter"
import { PgJournal } from "@waymark/postgres"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import { freshDatabase, onDatabase } from "./support/database.ts"
import { creation } from "./support/groups.ts"

const url = await freshDatabase()

const on = <A, E>(program: Effect.Effect<A, E, Journal>, options: Partial<PgJournal.Options> = {}) =>
  Effect.provide(program, PgJournal.layer({ url, ...options }))

const createOne = (id: string) => Effect.flatMap(Journal, (journal) => journal.create(creation(id)))

describe("the tables of the journal", () => {
  it("are made once, by however many processes start at the same time", async () => {
    const ids = Array.from({ length: 6 }, (_, index) => `w-${index}`)
    const starts = Effect.forEach(ids, (id) => on(createOne(id)), { concurrency: "unbounded" })
    expect((await Effect.runPromise(starts)).map(({ _tag }) => _tag)).toEqual(ids.map(() => "Created"))
    const recorded = onDatabase(url, (sql) => sql`select name from waymark_migrations`)
    expect(await Effect.runPromise(recorded)).toEqual([{ name: "journal" }])
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
