/**
 * Rows are locked in one order by all statements, whatever the rules by which the database sorts text: where two of them took the same rows in
 * different orders, each could wait for the other.
 */
import { Journal, type JournalError } from "@waymark/interpreter"
import { PgJournal } from "@waymark/postgres"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { freshDatabase, onDatabase, untilWaiting } from "./support/database.ts"
import { creation, groupAt, signalTo } from "./support/groups.ts"

// In English a small letter is before its capital, and both before what comes later in the alphabet.
const url = await freshDatabase("template template0 locale_provider icu icu_locale 'en-US'")

/** By bytes the capital is first. */
const [first, second] = ["B", "a"] as const
const both = [second, first] as const

type Service = Journal["Service"]
const workflows = [{ name: "Withdrawal", version: 1 }]

/** What locks the rows of instances, by its name: those of owner "one" with epoch 1. */
const operations: Readonly<Record<string, (journal: Service) => Effect.Effect<unknown, JournalError>>> = {
  append: ({ append }) => append(both.map((id) => groupAt(id, 1))),
  "append with a message": ({ append }) => append([groupAt(second, 1, { sends: [signalTo(first, "one")] })]),
  release: ({ release }) =>
    release(
      "one",
      both.map((id) => ({ id, epoch: 1, at: null, known: [] }))
    ),
  retire: ({ retire }) => retire("one"),
  send: ({ send }) => send(both.map((id) => signalTo(id, "two"))),
  watch: ({ watch }) => watch(both),
  note: ({ note }) => note(both.map((instance) => ({ instance, epoch: 1, name: "n", value: 1 }))),
  reap: ({ reap }) => reap,
  claim: ({ claim, release }) =>
    Effect.andThen(release("one", []), claim({ owner: "two", workflows, order: "oldest", limit: 9, ids: both }))
}

describe("rows are locked in the order of their ids' bytes", () => {
  for (const [name, operate] of Object.entries(operations)) {
    it(`by ${name}`, async () => {
      const owner = name === "claim" ? null : "one"
      const program = Effect.gen(function* () {
        const journal = yield* Journal
        yield* journal.create(both.map((id) => creation(id, { owner })))
        const isHeld = yield* onDatabase(url, (sql) =>
          sql.withTransaction(
            Effect.gen(function* () {
              yield* sql`select from waymark_instances where id = ${second} for update`
              const fiber = yield* Effect.forkChild(operate(journal))
              yield* untilWaiting(sql, 1)
              const free = yield* sql`select id from waymark_instances where id = ${first} for update skip locked`
              return { fiber, isHeld: free.length === 0 }
            })
          )
        )
        yield* Fiber.join(isHeld.fiber)
        yield* onDatabase(url, (sql) => sql`truncate waymark_instances, waymark_events, waymark_signals, waymark_notes`)
        return isHeld.isHeld
      })
      expect(await Effect.runPromise(Effect.provide(program, PgJournal.layer({ url })))).toBe(true)
    })
  }

  it("by create", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("other")])
      return yield* onDatabase(url, (sql) => {
        const insert = (id: string) => sql`insert into waymark_instances
          select (jsonb_populate_record(i, ${JSON.stringify({ id })}::jsonb)).* from waymark_instances i where id = 'other'`
        return sql.withTransaction(
          Effect.gen(function* () {
            // As long as this is open nobody knows whether the id is free.
            yield* insert(second)
            yield* Effect.forkDetach(journal.create(both.map((id) => creation(id))))
            yield* untilWaiting(sql, 1)
            yield* sql`set local lock_timeout = '200ms'`
            return yield* insert(first)
          })
        )
      })
    })
    const error = await Effect.runPromise(Effect.flip(Effect.provide(program, PgJournal.layer({ url }))))
    expect(error).toMatchObject({ reason: { _tag: "LockTimeoutError" } })
  })
})
