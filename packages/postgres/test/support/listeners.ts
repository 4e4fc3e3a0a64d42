/** Who listens for hints on a database. */
import type * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"

/** Waits until so many listen, to all of their channels. */
export const untilListening = (sql: PgClient.PgClient, count: number) =>
  sql`
    select pid from pg_stat_activity
    where application_name = 'waymark' and datname = current_database() and query = 'LISTEN "waymark"' and state = 'idle'`.pipe(
    Effect.repeat({ until: (rows) => rows.length === count }),
    Effect.timeout("20 seconds")
  )
