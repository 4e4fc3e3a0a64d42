/** Rings when something is due. One sleeping fiber serves all that is set, whatever its number. */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { JournalError } from "../../JournalError.ts"
import { Agenda } from "./agenda.ts"
import { whileRetryable } from "./patience.ts"

/** A longer sleep is taken in parts: the platform's timers end at about 24 days. */
const LONGEST = 24 * 60 * 60 * 1000

export interface Alarm {
  /** Rings for an id at an instant of the journal's clock; `undefined` takes that back. */
  readonly set: (id: string, at: number | undefined) => void
}

/** The first multiple of so many milliseconds from an instant on: what may wait for others rings with them. */
export const rounded = (at: number, millis: number): number => Math.ceil(at / millis) * millis

export const make = (
  now: Effect.Effect<number, JournalError>,
  fork: (effect: Effect.Effect<void>) => Fiber.Fiber<unknown, unknown>,
  wake: (id: string, time: number) => void
): Alarm => {
  const agenda = new Agenda<string>()
  let sleeper: Fiber.Fiber<unknown, unknown> | undefined
  let sleepsUntil = Infinity

  const ring = (time: number): void => {
    for (const id of agenda.take(time)) wake(id, time)
  }

  const sleep = (): void => {
    const next = agenda.first
    if (next === sleepsUntil) return
    sleeper?.interruptUnsafe()
    sleeper = undefined
    sleepsUntil = next
    if (next === Infinity) return
    sleeper = fork(
      whileRetryable(now).pipe(
        Effect.flatMap((time) => Effect.sleep(Math.min(LONGEST, Math.max(0, next - time)))),
        // It is asked again because the journal's clock decides, and this machine's may be ahead of it.
        Effect.andThen(whileRetryable(now)),
        // A clock that gives no answer must not stop the alarm for good: nothing is due, and it is asked again.
        Effect.catch((error) =>
          Effect.logWarning(error.message).pipe(Effect.andThen(Effect.sleep("1 second")), Effect.as(-Infinity))
        ),
        Effect.map((time) => {
          sleepsUntil = Infinity
          sleeper = undefined
          ring(time)
          sleep()
        })
      )
    )
  }

  return {
    set: (id, at) => {
      if (at === undefined || at === Infinity ? agenda.delete(id) : agenda.set(id, at, id)) sleep()
    }
  }
}
