/** Hints between the engines of one process: how the stores that only one process has tell who listens. */
import * as Effect from "effect/Effect"
import type { Hint } from "../Journal.ts"

/** Who listens in this process, by owner. */
export class Hub {
  readonly #listeners = new Map<string, Set<(hint: Hint) => void>>()

  /** Tells one owner, or everybody: once the operation is over that has something to tell, which a listener may act upon. */
  tell(owner: string | undefined, hint: Hint): void {
    if (this.#listeners.size === 0) return
    queueMicrotask(() => {
      const told = owner === undefined ? this.#listeners.values() : [this.#listeners.get(owner) ?? []]
      for (const listeners of told) for (const hear of listeners) hear(hint)
    })
  }

  /** Hears what an owner is told, until it is interrupted. */
  listen(owner: string, hear: (hint: Hint) => void): Effect.Effect<never> {
    return Effect.acquireUseRelease(
      Effect.sync(() => {
        const listeners = this.#listeners.get(owner) ?? new Set()
        this.#listeners.set(owner, listeners.add(hear))
        return listeners
      }),
      () => Effect.never,
      (listeners) =>
        Effect.sync(() => {
          listeners.delete(hear)
          if (listeners.size === 0) this.#listeners.delete(owner)
        })
    )
  }
}
