/** What went wrong in Postgres: whether it passes, whose data it is about, and how the port is told. */
import * as PgTypes from "@effect/sql-pg/PgTypes"
import { JournalError } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import type { SqlError } from "effect/sql/SqlError"
import { isSqlError } from "effect/sql/SqlError"

/** The SQLSTATE, where the server has answered at all. */
const codeOf = ({ reason }: SqlError): string =>
  Predicate.hasProperty(reason.cause, "code") && typeof reason.cause.code === "string" ? reason.cause.code : ""

// 08 connection, 40001 serialization, 40P01 deadlock, 53 resources, 55P03 lock timeout, 57014 statement timeout or
// somebody's cancel, 57P01 to 57P03 and 57P05 the server is going down, coming up or tired of this connection, 25P03 idle for too
// long, 25006 a primary that has become a standby, 58 the server's own disk.
const passing = /^(08...|40001|40P01|53...|55P03|57014|57P0[1235]|25P03|25006|58...)$/

/** Whether the same statement may succeed a little later. */
export const isPassing = (error: SqlError): boolean =>
  error.reason._tag === "ConnectionError" || passing.test(codeOf(error))

// 22 data exception, 23 integrity constraint, 54 program limit: of the statement's own values, not of the server.
const aboutData = /^(22|23|54)...$/

/** Whether the statement's values are at fault, so that it fails again however often it is tried. */
export const isAboutData = (error: SqlError): boolean =>
  error.reason.cause instanceof PgTypes.CodecError || aboutData.test(codeOf(error))

/** Whether the statement was never sent, or the server says that it has undone it. What fails otherwise may be carried out still. */
export const isAnswer = ({ reason: { cause } }: SqlError): boolean =>
  cause instanceof PgTypes.CodecError ||
  (Predicate.hasProperty(cause, "severityUnlocalized") && cause.severityUnlocalized === "ERROR")

/** Whether an event is in the way of another one with its number. */
export const isEventThere = ({ reason: { cause } }: SqlError): boolean =>
  Predicate.hasProperty(cause, "constraint") && cause.constraint === "waymark_events_pkey"

/** What the server or the driver says. */
export const reasonOf = (error: SqlError): string => {
  const { cause, message } = error.reason
  const said = cause instanceof Error && cause.message !== message ? `${message}: ${cause.message}` : message
  const code = codeOf(error)
  return code === "" ? said : `${said} (${code})`
}

/** The failure of an operation. */
export const toJournalError = (operation: string, error: SqlError): JournalError =>
  new JournalError({ operation, reason: reasonOf(error), retryable: isPassing(error), cause: error })

/** Waits 50 ms, then twice as long each time: about three seconds in all, the length of a restart. */
const patience = { schedule: Schedule.exponential("50 millis"), times: 6, while: isPassing }

/** A connection that is lost inside a transaction is a defect, which neither `retry` nor `catch` would see. */
export const failing = <A, R>(self: Effect.Effect<A, SqlError, R>): Effect.Effect<A, SqlError, R> =>
  Effect.catchDefect(self, (defect) => (isSqlError(defect) ? Effect.fail(defect) : Effect.die(defect)))

/** Tries a statement that may be repeated again while its failure is a passing one. */
export const insistently = <A, R>(self: Effect.Effect<A, SqlError, R>): Effect.Effect<A, SqlError, R> =>
  Effect.retry(failing(self), patience)

/** The same, for an operation of the port. */
export const persistently =
  (operation: string) =>
  <A, R>(self: Effect.Effect<A, SqlError, R>): Effect.Effect<A, JournalError, R> =>
    Effect.mapError(insistently(self), (error) => toJournalError(operation, error))
