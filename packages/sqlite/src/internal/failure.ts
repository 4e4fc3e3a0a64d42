/** What can go wrong with a statement, and what the port makes of it. */
import { JournalError } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import Database from "libsql"

/** A request that no store could fulfil; its message is the reason. */
export class Refused extends Error {}

/** What a thrown value says. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Refuses a request with the reason that was found. */
export const orRefuse = <A>(result: Result.Result<A, string>): A => {
  if (Result.isFailure(result)) throw new Refused(result.failure)
  return result.success
}

const codeOf = (error: unknown): string => (error instanceof Database.SqliteError ? error.code : "")

/** What is the fault of what was to be written, so that the same without it may be kept. */
export const isAboutData = (error: unknown): boolean =>
  error instanceof Refused || /^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH)/.test(codeOf(error))

/** What passes by itself or by an operator's doing: another program's lock, a full disk, a failing one. */
const isPassing = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED|FULL|IOERR|NOMEM)/.test(codeOf(error))

/** Runs an operation; what it throws is a `JournalError`. */
export const attempt = <A>(operation: string, evaluate: () => A): Effect.Effect<A, JournalError> =>
  Effect.try({
    try: evaluate,
    catch: (cause) =>
      cause instanceof Refused
        ? new JournalError({ operation, reason: cause.message, retryable: false })
        : new JournalError({ operation, reason: messageOf(cause), retryable: isPassing(cause), cause })
  })
