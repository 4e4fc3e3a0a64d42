/**
 * Time that advances by itself: Effect's test clock, and who sleeps on it until when.
 *
 * A stage jumps to the next sleeper whenever everything rests. An engine looks for orphans and prolongs its leases now and
 * then; those sleeps, `HOUSEKEEPING` and longer, are no reason to jump.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scheduler from "effect/Scheduler"
import type * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"

/** Sleeps of this length and longer are the engine's own: some thirty years. */
export const HOUSEKEEPING = 1e12

/** A virtual clock. */
export interface Time {
  /** What an effect needs to live in this time. */
  readonly context: Context.Context<Clock.Clock | Scheduler.Scheduler>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** When the next sleeper wakes. */
  readonly next: () => number | undefined
  /** Goes to an instant; who is due on the way is woken in order. */
  readonly goTo: (instant: number) => Effect.Effect<void>
  /** How many sleeps have begun and ended: as long as this changes, something is going on. */
  readonly activity: () => number
}

/** The live time in which a test runs may be very short: nobody is to be warned of a clock that stands. */
const SILENT = { warningDelay: "1 day" } as const

/** Makes a clock that stands at an instant. */
export const make = Effect.fnUntraced(function* (startsAt: number): Effect.fn.Return<Time, never, Scope.Scope> {
  const context = yield* Layer.build(Layer.fresh(TestClock.layer(SILENT)))
  const clock = Context.get(context, Clock.Clock) as TestClock.TestClock
  yield* clock.setTime(startsAt)
  const sleepers = new Map<symbol, number>()
  let activity = 0
  const sleep: Clock.Clock["sleep"] = (duration) => {
    const millis = Duration.toMillis(duration)
    if (millis >= HOUSEKEEPING) return clock.sleep(duration)
    return Effect.acquireUseRelease(
      Effect.sync(() => {
        activity++
        const sleeper = Symbol("sleeper")
        sleepers.set(sleeper, clock.currentTimeMillisUnsafe() + millis)
        return sleeper
      }),
      () => clock.sleep(duration),
      (sleeper) =>
        Effect.sync(() => {
          activity++
          sleepers.delete(sleeper)
        })
    )
  }
  return {
    context: Context.add(context, Clock.Clock, { ...clock, sleep }) as Time["context"],
    now: () => clock.currentTimeMillisUnsafe(),
    next: () => (sleepers.size === 0 ? undefined : Math.min(...sleepers.values())),
    goTo: (instant) => Effect.provideContext(clock.setTime(instant), context),
    activity: () => activity
  }
})

/** Runs an effect in a time. */
export const within =
  (time: Time) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.provideContext(effect, time.context) as Effect.Effect<A, E, R>
