/** Waiting for a journal that is out of reach: an engine makes no progress without it, and loses nothing. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Journal } from "../../Journal.ts"
import { JournalError } from "../../JournalError.ts"

/** How long the first try is waited for that follows a failure. */
const FIRST = "50 millis"

const backOff = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("5 seconds")])

/** Tries again for as long as the error says that it may help. */
export const whileRetryable = <A, R>(effect: Effect.Effect<A, JournalError, R>): Effect.Effect<A, JournalError, R> => {
  // A schedule is only set up once something has failed: this is on the way of every step.
  const again = () => Effect.retry(effect, { schedule: backOff, while: ({ retryable }) => retryable })
  return Effect.catch(effect, (error) =>
    error.retryable ? Effect.andThen(Effect.sleep(FIRST), again()) : Effect.fail(error)
  )
}

/** How often an impatient reader tries again: for about two seconds. */
const TRIES = 5

const briefly = <A>(effect: Effect.Effect<A, JournalError>): Effect.Effect<A, JournalError> => {
  const again = Effect.retry(effect, { schedule: backOff, times: TRIES - 1, while: ({ retryable }) => retryable })
  return Effect.catch(effect, (error) =>
    error.retryable ? Effect.andThen(Effect.sleep(FIRST), again) : Effect.fail(error)
  ).pipe(
    Effect.mapError(({ cause, operation, reason }) => new JournalError({ operation, reason, retryable: false, cause }))
  )
}

/** A journal for a reader who may not wait for ever: what it cannot read within a few tries it does not try again. */
export const impatient = (journal: Journal["Service"]): Journal["Service"] => ({
  ...journal,
  read: (page) => briefly(journal.read(page)),
  notes: (instance) => briefly(journal.notes(instance)),
  inbox: (instance) => briefly(journal.inbox(instance))
})
