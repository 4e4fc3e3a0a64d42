/**
 * Who reads the inboxes of instances that are live here. What was read may have been settled by the time it is told, so an instance remembers what
 * it settles for as long as anybody reads.
 */
import * as Effect from "effect/Effect"

export class Hearing {
  /** For how many readers of its inbox an instance has to remember what it has settled. */
  readonly #reading = new Map<string, number>()

  /** Is anything being read from the inbox of an instance that will be told to it? */
  has(id: string): boolean {
    return this.#reading.has(id)
  }

  /** Somebody begins to read about the signals of an instance, and will tell it; answers how to say that he does so no more. */
  begin(id: string): () => void {
    this.#reading.set(id, (this.#reading.get(id) ?? 0) + 1)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      const others = (this.#reading.get(id) ?? 1) - 1
      if (others === 0) this.#reading.delete(id)
      else this.#reading.set(id, others)
    }
  }

  /** Reads about the signals of an instance and tells it. */
  hear<A, E>(id: string, read: Effect.Effect<A, E>, tell: (read: A) => void): Effect.Effect<A, E> {
    return Effect.suspend(() => {
      const end = this.begin(id)
      return Effect.ensuring(
        Effect.tap(read, (found) => Effect.sync(() => tell(found))),
        Effect.sync(end)
      )
    })
  }
}
