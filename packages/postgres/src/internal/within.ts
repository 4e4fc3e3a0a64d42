/** Time limits for what may not let itself be interrupted in time, such as a statement whose server does not answer. */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** The platform's timers count no further: about 24 days. */
const LONGEST = 2 ** 31 - 1

/**
 * Fails as `late` says after so many milliseconds; what it gave up is interrupted, and ends in its own time. Whoever is interrupted while it
 * waits, waits for that end: so nothing is under way any more that its caller has ended. It counts by the process' own timers, since
 * the other side does not go by a clock that a test has put in place.
 */
export const within = <A, E, R, L>(
  effect: Effect.Effect<A, E, R>,
  millis: number,
  late: () => L
): Effect.Effect<A, E | L, R> =>
  millis > LONGEST
    ? effect
    : Effect.contextWith((context: Context.Context<R>) =>
        Effect.callback<A, E | L>((resume) => {
          const fiber = Effect.runForkWith(context)(effect)
          const timer = setTimeout(() => {
            resume(Effect.fail(late()))
            fiber.interruptUnsafe()
          }, millis)
          fiber.addObserver((exit) => {
            clearTimeout(timer)
            resume(exit)
          })
          return Effect.suspend(() => {
            clearTimeout(timer)
            return Fiber.interrupt(fiber)
          })
        })
      )
