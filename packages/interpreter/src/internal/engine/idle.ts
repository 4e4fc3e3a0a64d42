/** Which live instances only wait, and since when: those that have waited longest leave memory first. */
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

  /** Those that rest since before an instant, the longest resting first; they may be at work again by now. */
  *before(instant: number): Generator<string> {
    for (const [id, since] of this.#since) {
      if (since > instant) return
      yield id
    }
  }
}
