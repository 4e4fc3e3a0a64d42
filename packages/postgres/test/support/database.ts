/** A fresh database for a test file. */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Redacted from "effect/Redacted"
import type { SqlError } from "effect/sql/SqlError"
import { afterAll, inject } from "vitest"
import "./globalSetup.ts"

/** Runs statements on a database, over connections of their own. */
export const onDatabase = <A, E>(
  url: string,
  body: (sql: PgClient.PgClient) => Effect.Effect<A, E>
): Effect.Effect<A, E | SqlError> =>
  Effect.scoped(Effect.flatMap(PgClient.make({ url: Redacted.make(url), maxConnections: 2 }), body)).pipe(
    Effect.provide(Reactivity.layer)
  )

/** Makes a database, which is dropped after the tests of the file, and gives its address; `as` says what is not the server's default. */
export const freshDatabase = async (as = ""): Promise<string> => {
  const answer = await fetch(inject("postgres"))
  const server = await answer.text()
  if (!answer.ok) throw new Error(server)
  const name = `waymark_${globalThis.crypto.randomUUID().replaceAll("-", "")}`
  const run = (statement: string) => Effect.runPromise(onDatabase(server, (sql) => sql.unsafe(statement)))
  await run(`create database ${name} ${as}`)
  afterAll(() => run(`drop database ${name} with (force)`))
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** Waits until so many statements of journals wait for a lock. */
export const untilWaiting = (sql: PgClient.PgClient, count: number) =>
  // Within a transaction the server shows the same activities again, unless it is told to look anew.
  Effect.andThen(
    sql`select pg_stat_clear_snapshot()`,
    sql<{ readonly waiting: number }>`select count(*)::integer as waiting from pg_stat_activity
      where application_name = 'waymark' and datname = current_database() and wait_event_type = 'Lock'`
  ).pipe(Effect.repeat({ until: ([row]) => row?.waiting === count }), Effect.timeout("20 seconds"))
