/**
 * How long instances are left alone that could not be run here: ever longer, each time in a row. One that does not come back has gone
 * elsewhere, or has ended there, of which nobody here hears. So it is forgotten some time later, and what is kept is no more than what comes back.
 */
import type * as Clock from "effect/Clock"

/** For how many times as long as it was left alone an instance is remembered: others may take their turns with it meanwhile. */
const REMEMBERED = 64

interface Entry {
  readonly times: number
  /** By a clock that never jumps, in milliseconds. */
  readonly until: number
}

export class Backoff {
  readonly #entries = new Map<string, Entry>()
  readonly #clock: Clock.Clock
  readonly #first: number
  readonly #longest: number

  /** From `first` milliseconds to `longest`. */
  constructor(clock: Clock.Clock, first: number, longest: number) {
    this.#clock = clock
    this.#first = first
    this.#longest = longest
  }

  /** How many instances are remembered. */
  get size(): number {
    return this.#entries.size
  }

  /** How long an instance is left alone this time, in milliseconds. */
  next(id: string): number {
    const times = this.#entries.get(id)?.times ?? 0
    const wait = Math.min(this.#longest, this.#first * 2 ** times)
    this.#entries.set(id, { times: times + 1, until: this.#now() + REMEMBERED * wait })
    return wait
  }

  /** What comes next is another story. */
  forget(id: string): void {
    this.#entries.delete(id)
  }

  /** Forgets those that have not come back, and says which they are. */
  sweep(): ReadonlyArray<string> {
    const now = this.#now()
    const gone = Array.from(this.#entries).flatMap(([id, { until }]) => (until < now ? [id] : []))
    for (const id of gone) this.#entries.delete(id)
    return gone
  }

  #now(): number {
    return Number(this.#clock.currentTimeNanosUnsafe() / 1_000_000n)
  }
}
