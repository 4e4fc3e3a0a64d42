/**
 * The database as the journal's operations see it: the one place where their statements run.
 *
 * What fails for a passing reason is tried again, and every call ends within a limit, also where the server is gone without a word: frozen, or
 * behind a network that drops what is sent. Nobody knows then what became of the statement, as where a connection is cut while it commits,
 * so it fails by the same error. A statement has half of the limit: another one, over another connection, has its chance before the call
 * fails. The connection that hangs belongs to its statement until that is cancelled or, where it can't be, until the connection is closed.
 */
import type * as PgClient from "@effect/sql-pg/PgClient"
import type { JournalError } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import { failing, insistently, toJournalError } from "./errors.ts"
import { within } from "./within.ts"

/** How a statement is run, where that is not as usual. */
export interface Running {
  /** Planned anew each time, for the values that it has. */
  readonly isUnprepared?: boolean
  /**
   * It takes as long as there is to do, and has ten times the limit: what it got done is lost where it is cut short, and the next try begins
   * anew, for ever where there is too much for each of them.
   */
  readonly isLong?: boolean
  /** Another limit for the call, in milliseconds. */
  readonly limit?: number
  /** It is not tried again: whoever asks has something else to do before. */
  readonly isOnce?: boolean
}

/** How many times the limit a long statement has. */
const LONG = 10

/** Runs statements, each of which may be repeated: an earlier try may have been committed. */
export interface Database {
  /** The limit for a call, in milliseconds. */
  readonly limit: number
  readonly run: <Row extends object>(
    statement: string,
    parameters: ReadonlyArray<unknown>,
    running?: Running
  ) => Effect.Effect<ReadonlyArray<Row>, SqlError>
  /** Calls a function that answers with numbers. */
  readonly call: (
    name: string,
    parameters: ReadonlyArray<unknown>,
    running?: Running
  ) => Effect.Effect<ReadonlyArray<number>, SqlError>
  /** The same as `run`, for an operation of the port. */
  readonly query: <Row extends object>(
    operation: string,
    statement: string,
    parameters: ReadonlyArray<unknown>,
    running?: Running
  ) => Effect.Effect<ReadonlyArray<Row>, JournalError>
}

const unanswered = (limit: number): SqlError => {
  const cause = new Error(
    `nothing was heard within ${limit} ms, and what was asked for may have been done; ` +
      "where statements take that long in ordinary times, give PgJournal.layer a longer `timeout`"
  )
  const message = "the database does not answer"
  return new SqlError({ reason: new ConnectionError({ cause, message, operation: "query" }) })
}

/**
 * Ends an effect after so many milliseconds by an error like that of a lost connection, where the server does not answer; `limit` is that of
 * the whole call.
 */
export const answered = <A, R>(
  effect: Effect.Effect<A, SqlError, R>,
  millis: number,
  limit = millis
): Effect.Effect<A, SqlError, R> => within(effect, millis, () => unanswered(limit))

/** Runs statements over the connections of a client; `limit` is in milliseconds. */
export const make = (sql: PgClient.PgClient, limit: number): Database => {
  const run: Database["run"] = <Row extends object>(
    text: string,
    parameters: ReadonlyArray<unknown>,
    { isLong = false, isOnce = false, isUnprepared = false, limit: most = isLong ? LONG * limit : limit }: Running = {}
  ) => {
    const statement = sql.unsafe<Row>(text, parameters)
    const once = answered(isUnprepared ? statement.unprepared : statement, most / 2)
    return isOnce ? failing(once) : answered(insistently(once), most)
  }
  return {
    limit,
    run,
    call: (name, parameters, running) => {
      const given = parameters.map((_, index) => `$${index + 1}`).join(", ")
      const rows = run<{ readonly answer: ReadonlyArray<number> }>(
        `select ${name}(${given}) as answer`,
        parameters,
        running
      )
      return Effect.flatMap(rows, ([row]) =>
        row === undefined ? Effect.die(`${name} has not answered`) : Effect.succeed(row.answer)
      )
    },
    query: (operation, statement, parameters, running) =>
      Effect.mapError(run(statement, parameters, running), (error) => toJournalError(operation, error))
  }
}
