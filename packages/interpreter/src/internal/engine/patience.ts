/** Waiting for a journal that is out of reach: an engine makes no progress without it, and loses nothing. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { JournalError } from "../../JournalError.ts"

const backOff = Schedule.min([Schedule.exponential("50 millis"), Schedule.spaced("5 seconds")])

/** Tries again for as long as the error says that it may help. */
export const whileRetryable = <A, R>(effect: Effect.Effect<A, JournalError, R>): Effect.Effect<A, JournalError, R> =>
  Effect.retry(effect, { schedule: backOff, while: ({ retryable }) => retryable })
