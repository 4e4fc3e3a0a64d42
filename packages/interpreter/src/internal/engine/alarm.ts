/** Wakes instances when something is due. One sleeping fiber serves all of them, whatever their number. */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { JournalError } from "../../JournalError.ts"
import { Heap } from "../heap.ts"
import { whileRetryable } from "./patience.ts"

/** A longer sleep is taken in parts: the platform's timers end at about 24 days. */
const LONGEST = 24 * 60 * 60 * 1000

export interface Alarm {
  /** Wakes an instance at an instant of the journal's clock; `undefined` takes its alarm back. */
  readonly set: (id: string, at: number | undefined) => void
}

interface Entry {
  readonly id: string
  readonly at: number
}

export const make = (
  now: Effect.Effect<number, JournalError>,
  fork: (effect: Effect.Effect<void>) => Fiber.Fiber<unknown, unknown>,
  wake: (id: string, time: number) => void
): Alarm => {
  // Entries that were replaced stay in it until they come up, and are passed over then.
  let heap = new Heap<Entry>()
  const current = new Map<string, number>()
  let sleeper: Fiber.Fiber<unknown, unknown> | undefined
  let sleepsUntil = Infinity

  const isStale = ({ at, id }: Entry): boolean => current.get(id) !== at

  /** The first entry that was not replaced. */
  const first = (): Entry | undefined => {
    for (let entry = heap.peek(); entry !== undefined; entry = heap.peek()) {
      if (!isStale(entry)) return entry
      heap.pop()
    }
    return undefined
  }

  const ring = (time: number): void => {
    for (let entry = first(); entry !== undefined && entry.at <= time; entry = first()) {
      heap.pop()
      current.delete(entry.id)
      wake(entry.id, time)
    }
  }

  const sleep = (): void => {
    const next = first()?.at ?? Infinity
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
      if (at === undefined || at === Infinity) {
        if (!current.delete(id)) return
      } else {
        if (current.get(id) === at) return
        current.set(id, at)
        heap.push(at, { id, at })
        // Those behind a far instant would stay for as long.
        if (heap.size > 2 * current.size + 1_024) {
          heap = new Heap()
          for (const [id, at] of current) heap.push(at, { id, at })
        }
      }
      sleep()
    }
  }
}
