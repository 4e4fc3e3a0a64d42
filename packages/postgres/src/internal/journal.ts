/** The journal port over a database: each operation runs its statement and says in the port's words what came of it. */
import type * as PgConnection from "@effect/sql-pg/PgConnection"
import type { Instance, Journal, Note } from "@waymark/interpreter"
import { JournalError, Store } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { SqlError } from "effect/sql/SqlError"
import * as append from "./append.ts"
import * as clock from "./clock.ts"
import * as creation from "./creation.ts"
import { answered, type Database } from "./database.ts"
import { toJournalError } from "./errors.ts"
import * as find from "./find.ts"
import * as hints from "./hints.ts"
import * as leases from "./leases.ts"
import * as lists from "./lists.ts"
import { integer, integers, text, texts } from "./parameters.ts"
import { eventOf } from "./rows.ts"
import type { EventRow } from "./rows.ts"
import * as signals from "./signals.ts"
import * as statements from "./statements.ts"
import { Tokens } from "./tokens.ts"

const refuse = (operation: string, reason: string) => new JournalError({ operation, reason, retryable: false })

const orRefuse = <A>(operation: string, result: Result.Result<A, string>): Effect.Effect<A, JournalError> =>
  Effect.mapError(Effect.fromResult(result), (reason) => refuse(operation, reason))

/** The journal of a database; `connect` makes connections of their own for those who listen. */
export const make = (
  database: Database,
  connect: Effect.Effect<PgConnection.PgConnection, SqlError, Scope.Scope>
): Journal["Service"] => {
  const { query } = database
  const time = clock.make(
    Effect.map(query<{ readonly now: number }>("now", statements.now, []), ([row]) => row?.now ?? 0)
  )
  const tokens = new Tokens(database)
  const appendBatch = append.make(database, tokens, time.observe)

  const note = Effect.fnUntraced(function* (
    batch: ReadonlyArray<Note>
  ): Effect.fn.Return<ReadonlyArray<boolean>, JournalError> {
    const values = yield* orRefuse("note", Store.prepareNotes(batch))
    if (batch.length === 0) return []
    const rows = yield* query<{ readonly place: number }>("note", statements.note, [
      integers(batch.map((_, place) => place)),
      texts(batch.map(({ instance }) => instance)),
      integers(batch.map(({ epoch }) => epoch)),
      texts(batch.map(({ name }) => name)),
      texts(values)
    ])
    const written = new Set(rows.map(({ place }) => place))
    return batch.map((_, place) => written.has(place))
  })

  return {
    // Other processes write here too, and a hint may get lost.
    poll: 1_000,
    isRemote: true,
    now: time.now,
    ...creation.make(database),
    ...leases.make(database, tokens),
    ...lists.make(database),
    ...signals.make(database),
    find: find.make(database),
    append: (batch) => Effect.mapError(appendBatch(batch), (error) => toJournalError("append", error)),
    read: ({ instance, run, from, limit }) =>
      Effect.map(
        query<EventRow>("read", statements.read, [text(instance), integer(run), integer(from), integer(limit)]),
        (rows) => rows.map(eventOf)
      ),
    attention: (owner) =>
      Effect.map(query<{ readonly id: string }>("attention", statements.attention, [text(owner)]), (rows) =>
        rows.map(({ id }) => id)
      ),
    watch: (ids) => query<Instance>("watch", statements.watch, [texts(ids)]),
    listen: hints.make(connect, (effect) => answered(effect, database.limit)),
    note
  }
}
