/**
 * The journal in Postgres, for any number of processes at once.
 *
 * Every operation is one statement or one call of a function, seldom a second one for what the first has left, so there is no session state: a pooler in transaction mode works (set `prepare` to
 * false where it does not keep prepared statements, and see `listen`). An engine that listens for hints has one connection more for that. Who may write is decided inside the append, by epoch and expected
 * sequence under the instance's row lock, or by the token of its engine's lease where the row is left alone. Time is the database's. Statements that fail for a passing reason are tried
 * again for a few seconds before the operation fails with a `JournalError` that is `retryable`. So does one that is not answered in time
 * (see `timeout`).
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import type { Journal as Service } from "@waymark/interpreter"
import { Journal, JournalError } from "@waymark/interpreter"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Redacted from "effect/Redacted"
import * as Database from "./internal/database.ts"
import { persistently } from "./internal/errors.ts"
import { make } from "./internal/journal.ts"
import { migrate } from "./internal/migrations.ts"

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
  /**
   * How long an operation waits for a database that does not answer, as where its host is frozen or a network drops what is sent, before it
   * fails with a `JournalError` that is `retryable`: what it asked for may have been done. "30 seconds" if left out; a number is
   * in milliseconds. Half of it is one statement's, which is cancelled then, so that it can be tried once more over another connection; the
   * connection that hangs is closed. Give more where statements take longer than that in ordinary times. Renewals of an engine's
   * lease have half of the lease at the most: keep that longer than a few round trips, since where all connections are dead at once each
   * costs half of that, and the lease may be lost. What takes as long as there is to do has ten times as long: `list`, `purge`, claims in
   * another order than the oldest first, and taking instances from processes that died; bringing the tables up to date has no limit. As many slow lists at
   * once as there are connections hold renewals up: ask for pages, or from a process of its own. No timeout of the server is set: where it has a
   * `statement_timeout`, keep that longer than half of this one, so that what is given up here is told apart from it.
   */
  readonly timeout?: Duration.Input
}

/** The shortest limit that makes sense, in milliseconds: a statement has half of it. */
const SHORTEST = 10

const say = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : String(value))

const limitOf = (timeout: Duration.Input): number => {
  // Effect reads NaN as no time at all; here it is a mistake.
  const read = Number.isNaN(timeout) ? Option.none() : Option.map(Duration.fromInput(timeout), Duration.toMillis)
  const limit = Option.getOrElse(read, () => Number.NaN)
  if (limit >= SHORTEST) return limit
  throw new RangeError(
    `PgJournal.layer: timeout is ${say(timeout)}: give a length of time from ${SHORTEST} ms, ` +
      'as "30 seconds" or a number of milliseconds'
  )
}

const secret = (url: string | Redacted.Redacted): Redacted.Redacted =>
  typeof url === "string" ? Redacted.make(url) : url

// A payload comes back in one message, so the limit on those must not be lower than the one on values, 1 GiB.
const maxMessageSize = 2 ** 30

/** A statement that has waited for a row must see what was committed meanwhile. At a stricter level signals would be slept through. */
const inspect = Effect.fnUntraced(function* ({ query }: Database.Database) {
  const statement = "select current_setting('transaction_isolation') as level"
  const [row] = yield* query<{ readonly level: string }>("open", statement, [])
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
export const layer = ({
  url,
  listen = url,
  timeout = "30 seconds",
  ...options
}: Options): Layer.Layer<Service, JournalError> =>
  Layer.effect(
    Journal,
    Effect.gen(function* () {
      const limit = limitOf(timeout)
      // Who only listens, or waits for what takes long, would not notice that nobody is there any more.
      const keepAlive = "30 seconds"
      const config = { applicationName: "waymark", ...options, url: secret(url), maxMessageSize, keepAlive } as const
      const sql = yield* PgClient.make(config).pipe(persistently("open"))
      const database = Database.make(sql, limit)
      yield* inspect(database)
      yield* migrate(sql)
      const listener = { ...config, url: secret(listen === false ? url : listen) }
      const journal = make(database, PgConnection.make(listener))
      return listen === false ? { ...journal, listen: () => Effect.never } : journal
    })
  ).pipe(Layer.provide(Reactivity.layer))
