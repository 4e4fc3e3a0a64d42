/**
 * The database's clock, without asking it each time.
 *
 * Every answer that carries the database's time is a reading. Between readings the time is the last one plus what has
 * passed since its answer was *received*: since the answer was made before that, the estimate is never ahead of the
 * database. It is at most a round trip behind. So a timer never fires early by the clock that everybody shares.
 */
import type { JournalError } from "@waymark/interpreter"
import { Store } from "@waymark/interpreter"
import * as Effect from "effect/Effect"

/** How old a reading may be: clocks drift apart by less than a millisecond meanwhile. */
const maxAge = 1000

/** The clock, and the place for readings that come with other answers. */
export interface DatabaseClock {
  readonly now: Effect.Effect<number, JournalError>
  readonly observe: (time: number) => void
}

/** Makes a clock; `read` asks the database, in milliseconds since the epoch. */
export const make = (
  read: Effect.Effect<number, JournalError>,
  elapsed: () => number = () => performance.now()
): DatabaseClock => {
  let reading = { time: 0, at: Number.NEGATIVE_INFINITY }
  let last = 0

  const age = () => elapsed() - reading.at
  const estimate = () => reading.time + age()
  const observe = (time: number): void => {
    // All readings are lower bounds, so the highest is the best, as long as it is young.
    if (age() > maxAge || time > estimate()) reading = { time, at: elapsed() }
  }
  // Should the database's clock be set back, time stands still until it has caught up.
  const show = () => (last = Math.max(last, Math.floor(estimate())))

  // After the database was out of reach thousands may want the time at once.
  const readAgain = Store.together(Effect.map(read, observe))
  return {
    observe,
    now: Effect.suspend(() => (age() > maxAge ? Effect.map(readAgain, show) : Effect.sync(show)))
  }
}
