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
import { creation, groupAt, signalTo, wakeOf } from "./support/groups.ts"

// As of Postgres 15, where it was built with ICU. In English capitals stand among small letters.
const url = await freshDatabase("template template0 locale_provider icu icu_locale 'en-US'")

/** By bytes the capitals are first, and "d" is the last of all. */
const [last, ...others] = ["d", "a", "E", "C", "B"] as const
const ids = [last, ...others]

type Service = Journal["Service"]
const workflows = [{ name: "Withdrawal", version: 1 }]

/** What locks the rows of instances, by its name: those of owner "one" with epoch 1. */
const operations: Readonly<Record<string, (journal: Service) => Effect.Effect<unknown, JournalError>>> = {
  append: ({ append }) => append(ids.map((id) => groupAt(id, 1))),
  "append with a message": ({ append }) =>
    append([groupAt(last, 1, { sends: others.map((id) => signalTo(id, "one")) })]),
  // With so many more known signals than instances that the planner may begin with those.
  release: ({ release }) =>
    release(
      "one",
      ids.map((id) => ({ id, epoch: 1, at: null, known: ["s-1", "s-2", "s-3", "s-4"] }))
    ),
  retire: ({ retire }) => retire("one"),
  send: ({ send }) => send(ids.map((id) => signalTo(id, "two"))),
  wake: (journal) =>
    wakeOf(journal)(
      ids.map((id) => signalTo(id, "two")),
      { owner: "two", workflows, limit: 2, inbox: true }
    ),
  watch: ({ watch }) => watch(ids),
  note: ({ note }) => note(ids.map((instance) => ({ instance, epoch: 1, name: "n", value: 1 }))),
  reap: ({ reap }) => reap,
  claim: ({ claim }) => claim({ owner: "two", workflows, order: "oldest", limit: 9, ids })
}

/** Runs a program on tables in which nothing is. */
const alone = <A, E>(program: Effect.Effect<A, E, Journal>): Promise<A> => {
  const empty = onDatabase(
    url,
    (sql) => sql`truncate waymark_instances, waymark_events, waymark_signals, waymark_notes`
  )
  return Effect.runPromise(Effect.provide(Effect.andThen(empty, program), PgJournal.layer({ url })))
}

describe("rows are locked in the order of their ids' bytes", () => {
  for (const [name, operate] of Object.entries(operations)) {
    it(`by ${name}`, async () => {
      const owner = name === "claim" || name === "wake" ? null : "one"
      const program = Effect.gen(function* () {
        const journal = yield* Journal
        yield* journal.create(ids.map((id) => creation(id, { owner })))
        const found = yield* onDatabase(url, (sql) =>
          sql.withTransaction(
            Effect.gen(function* () {
              yield* sql`select from waymark_instances where id = ${last} for update`
              const fiber = yield* Effect.forkChild(operate(journal))
              yield* untilWaiting(sql, 1)
              const free = yield* sql<{
                readonly id: string
              }>`select id from waymark_instances where id <> ${last} for update skip locked`
              return { fiber, free: free.map(({ id }) => id) }
            })
          )
        )
        yield* Fiber.join(found.fiber)
        return found.free
      })
      expect(await alone(program)).toEqual([])
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
            yield* insert(last)
            yield* Effect.forkDetach(journal.create(ids.map((id) => creation(id))))
            yield* untilWaiting(sql, 1)
            yield* sql`set local lock_timeout = '200ms'`
            return yield* insert("E")
          })
        )
      })
    })
    const error = await alone(Effect.flip(program))
    expect(error).toMatchObject({ reason: { _tag: "LockTimeoutError" } })
  })
})
