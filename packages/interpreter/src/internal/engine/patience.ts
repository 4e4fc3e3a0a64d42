/** Waiting for a journal that is out of reach: an engine makes no progress without it, and loses nothing. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { JournalError } from "../../JournalError.ts"

/** How long the first try is waited for that follows a failure. */
const FIRST = "50 millis"

/** How long somebody waits for a journal that is out of reach. */
export type Patience = <A, R>(effect: Effect.Effect<A, JournalError, R>) => Effect.Effect<A, JournalError, R>

const backOff = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("5 seconds")])

/** Tries again for as long as the error says that it may help. */
export const whileRetryable = <A, R>(effect: Effect.Effect<A, JournalError, R>): Effect.Effect<A, JournalError, R> => {
  // A schedule is only set up once something has failed: this is on the way of every step.
  const again = () => Effect.retry(effect, { schedule: backOff, while: ({ retryable }) => retryable })
  return Effect.catch(effect, (error) =>
    error.retryable ? Effect.andThen(Effect.sleep(FIRST), again()) : Effect.fail(error)
  )
}

/** How often an impatient reader tries again. */
const TRIES = 5

/** After how long a failure is its last one, in milliseconds. */
const BRIEF = 2_000

/**
 * The same for whoever may not wait for ever: what it cannot have within a few tries fails as it failed last. A journal may take long for
 * each of them, as where its host does not answer: who has waited for that needs no other try.
 */
export const briefly = <A, R>(effect: Effect.Effect<A, JournalError, R>): Effect.Effect<A, JournalError, R> =>
  Effect.clockWith((clock) => {
    const began = clock.currentTimeNanosUnsafe()
    const mayRetry = ({ retryable }: JournalError): boolean =>
      retryable && clock.currentTimeNanosUnsafe() - began < BigInt(BRIEF) * 1_000_000n
    const again = () => Effect.retry(effect, { schedule: backOff, times: TRIES - 1, while: mayRetry })
    return Effect.catch(effect, (error) =>
      mayRetry(error) ? Effect.andThen(Effect.sleep(FIRST), again()) : Effect.fail(error)
    )
  })
