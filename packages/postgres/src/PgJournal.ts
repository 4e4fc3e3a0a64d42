/**
 * The journal in Postgres, for any number of processes at once.
 *
 * Every operation is one statement or one call of a function, so there is no session state: a pooler in transaction mode works (set `prepare` to
 * false where it does not keep prepared statements, and see `listen`). An engine that listens for hints has one connection more for that. Who may write is decided inside the append, by epoch and expected
 * sequence under the instance's row lock. Time is the database's. Statements that fail for a passing reason are tried
 * again for a few seconds before the operation fails with a `JournalError` that is `retryable`.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import type { Journal as Service } from "@waymark/interpreter"
import { Journal, JournalError } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Redacted from "effect/Redacted"
import { make } from "./internal/journal.ts"
import { migrate } from "./internal/migrations.ts"
import { persistently } from "./internal/errors.ts"

/** Where the journal is, and how it is reached. */
export interface Options {
  /** Such as `postgres://user:password@host:5432/database`. The tables are made there when they are missing. */
  readonly url: string | Redacted.Redacted
  /** At most so many connections; 10 if left out. */
  readonly maxConnections?: number
  /** Whether statements are prepared by name; true if left out. For poolers that can't keep them. */
  readonly prepare?: boolean
  /**
   * Where hints of other processes are listened for: the address of the server itself where `url` is that of a pooler which
   * shares connections between transactions, since nothing is heard through one; `false` where nobody listens, and engines
   * look for themselves. Default: at `url`.
   */
  readonly listen?: string | Redacted.Redacted | false
}

const secret = (url: string | Redacted.Redacted): Redacted.Redacted =>
  typeof url === "string" ? Redacted.make(url) : url

// A payload comes back in one message, so the limit on those must not be lower than the one on values, 1 GiB.
const maxMessageSize = 2 ** 30

/** A statement that has waited for a row must see what was committed meanwhile. At a stricter level signals would be slept through. */
const inspect = Effect.fnUntraced(function* (sql: PgClient.PgClient) {
  const [row] = yield* sql<{ readonly level: string }>`select current_setting('transaction_isolation') as level`.pipe(
    persistently("open")
  )
  if (row?.level === "read committed") return
  const reason =
    `transactions are "${row?.level}" here, by default; the journal needs "read committed". ` +
    "Set default_transaction_isolation to that for its role: alter role … set default_transaction_isolation = 'read committed'"
  return yield* new JournalError({ operation: "open", reason, retryable: false })
})

/**
 * A journal in a Postgres database. Building the layer brings the tables up to date, also when many processes start at
 * once.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Journal } from "@waymark/interpreter"
 * import { PgJournal } from "@waymark/postgres"
 *
 * const program = Effect.gen(function*() {
 *   const journal = yield* Journal
 *   return yield* journal.find([{ id: "w-1" }])
 * })
 *
 * export const onPostgres = program.pipe(
 *   Effect.provide(PgJournal.layer({ url: "postgres://localhost/waymark" }))
 * )
 * ```
 */
export const layer = ({ url, listen = url, ...options }: Options): Layer.Layer<Service, JournalError> =>
  Layer.effect(
    Journal,
    Effect.gen(function* () {
      const config = { applicationName: "waymark", ...options, url: secret(url), maxMessageSize }
      const sql = yield* PgClient.make(config).pipe(persistently("open"))
      yield* inspect(sql)
      yield* migrate(sql)
      // Who listens says nothing, and would not notice that nobody is there any more.
      const listener = { ...config, url: secret(listen === false ? url : listen), keepAlive: "30 seconds" } as const
      const journal = make(sql, PgConnection.make(listener))
      return listen === false ? { ...journal, listen: () => Effect.never } : journal
    })
  ).pipe(Layer.provide(Reactivity.layer))
