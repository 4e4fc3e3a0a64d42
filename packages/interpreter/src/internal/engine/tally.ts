/** Of which instances something is under way. */
import * as Effect from "effect/Effect"

export class Tally {
  /** How often, of those of which anything is. */
  readonly #counts = new Map<string, number>()

  has(id: string): boolean {
    return this.#counts.has(id)
  }

  /** Something begins; answers how to say that it is over. */
  begin(id: string): () => void {
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      const others = (this.#counts.get(id) ?? 1) - 1
      if (others === 0) this.#counts.delete(id)
      else this.#counts.set(id, others)
    }
  }

  /** It is under way for as long as an effect runs. */
  during<A, E>(id: string, effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.suspend(() => Effect.ensuring(effect, Effect.sync(this.begin(id))))
  }
}
