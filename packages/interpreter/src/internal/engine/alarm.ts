/** Wakes instances when something is due. One sleeping fiber serves all of them, whatever their number. */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { JournalError } from "../../JournalError.ts"
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
  wake: (id: string) => void
): Alarm => {
  // A binary heap by time. Entries that were replaced stay in it until they come up, and are passed over then.
  const heap: Array<Entry> = []
  const current = new Map<string, number>()
  let sleeper: Fiber.Fiber<unknown, unknown> | undefined
  let sleepsUntil = Infinity

  const swap = (a: number, b: number): void => {
    const kept = heap[a] as Entry
    heap[a] = heap[b] as Entry
    heap[b] = kept
  }
  const atOf = (index: number): number => heap[index]?.at ?? Infinity
  const push = (entry: Entry): void => {
    heap.push(entry)
    for (let i = heap.length - 1; i > 0;) {
      const parent = (i - 1) >> 1
      if (atOf(parent) <= atOf(i)) return
      swap(i, parent)
      i = parent
    }
  }
  const pop = (): Entry => {
    const top = heap[0] as Entry
    const last = heap.pop() as Entry
    if (heap.length === 0) return top
    heap[0] = last
    for (let i = 0; ;) {
      const [left, right] = [2 * i + 1, 2 * i + 2]
      const least = atOf(right) < atOf(left) ? right : left
      if (atOf(i) <= atOf(least)) return top
      swap(i, least)
      i = least
    }
  }
  const isStale = ({ at, id }: Entry): boolean => current.get(id) !== at

  const ring = (time: number): void => {
    while (heap.length > 0 && (isStale(heap[0] as Entry) || atOf(0) <= time)) {
      const entry = pop()
      if (isStale(entry)) continue
      current.delete(entry.id)
      wake(entry.id)
    }
  }

  const sleep = (): void => {
    while (heap.length > 0 && isStale(heap[0] as Entry)) pop()
    const next = atOf(0)
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
        push({ id, at })
      }
      sleep()
    }
  }
}
