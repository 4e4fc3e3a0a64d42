/** Which live instances only wait, and since when: those that have waited longest leave memory first. */

/** How long they stay, in milliseconds: those that soon have something to do, or would cost more to bring back, stay for long. */
export interface Stay {
  readonly brief: number
  readonly long: number
}

export class Idle {
  readonly #stay: Stay
  /** Maps keep the order in which they came to rest. */
  readonly #brief = new Map<string, number>()
  readonly #long = new Map<string, number>()

  constructor(stay: Stay) {
    this.#stay = stay
  }

  /** An instance has come to rest. */
  rested(id: string, now: number, isBrief: boolean): void {
    this.forget(id)
    const since = isBrief ? this.#brief : this.#long
    since.set(id, now)
  }

  forget(id: string): void {
    this.#brief.delete(id)
    this.#long.delete(id)
  }

  /** Those that have stayed for as long as they may; they may be at work again by now. */
  *over(now: number): Generator<string> {
    yield* before(this.#brief, now - this.#stay.brief)
    yield* before(this.#long, now - this.#stay.long)
  }

  /** All of them, those first that cost little to bring back. */
  *all(): Generator<string> {
    yield* this.#brief.keys()
    yield* this.#long.keys()
  }

  /** When the next one has stayed for as long as it may. */
  get next(): number {
    return Math.min(first(this.#brief) + this.#stay.brief, first(this.#long) + this.#stay.long)
  }
}

const first = (since: ReadonlyMap<string, number>): number => {
  for (const [, instant] of since) return instant
  return Infinity
}

function* before(since: ReadonlyMap<string, number>, instant: number): Generator<string> {
  for (const [id, at] of since) {
    if (at > instant) return
    yield id
  }
}
