/** Which live instances only wait, since when, and for how long they stay in memory. */

/**
 * How long an instance that only waits stays, in milliseconds. While it does nobody else goes on with it before the lease has lapsed, should this
 * process be killed. So one stays `brief`ly that comes back by the statement that stores its signal, and others `long`.
 */
export interface Stay {
  readonly brief: number
  readonly long: number
}

/** What has something to do by itself in so many milliseconds does not leave memory before. */
export const MOMENT = 1_000

/** Those that are about to leave wait for each other: they leave at multiples of so many milliseconds. */
const TOGETHER = 250

/** When one leaves that came to rest at an instant. */
export const leaves = (since: number, stay: number): number => Math.ceil((since + stay) / TOGETHER) * TOGETHER

export class Idle {
  /** A map keeps the order in which they came to rest. */
  readonly #since = new Map<string, number>()

  /** An instance has come to rest. */
  rested(id: string, now: number): void {
    this.#since.delete(id)
    this.#since.set(id, now)
  }

  forget(id: string): void {
    this.#since.delete(id)
  }

  /** When it came to rest; it may be at work again by now. */
  since(id: string): number | undefined {
    return this.#since.get(id)
  }

  /** Those that came to rest, the longest resting first. */
  get all(): Iterable<string> {
    return this.#since.keys()
  }
}
