/**
 * Whether an engine is there to answer. What it has to do in the background ends with it, so whoever waits for that has to be told,
 * and whoever comes later must not begin to wait.
 */
import * as Effect from "effect/Effect"
import { EngineStopped } from "../../Errors.ts"

/** What a caller asks for. */
export type Asked = Omit<ConstructorParameters<typeof EngineStopped>[0], "_tag">

export class Presence {
  #isGone = false
  /** A set, since thousands may wait, and each leaves by itself. */
  readonly #waiting = new Set<() => void>()

  /** The engine answers nobody any more. */
  end(): void {
    this.#isGone = true
    for (const tell of Array.from(this.#waiting)) tell()
    this.#waiting.clear()
  }

  /** What a caller asks for, for as long as the engine is there. It does not begin where the engine has gone. */
  during<A, E, R>(asked: Asked, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | EngineStopped, R> {
    return Effect.suspend(() =>
      this.#isGone ? Effect.fail(new EngineStopped(asked)) : Effect.raceFirst(effect, this.#gone(asked))
    )
  }

  #gone(asked: Asked): Effect.Effect<never, EngineStopped> {
    return Effect.callback((resume) => {
      const tell = (): void => resume(Effect.fail(new EngineStopped(asked)))
      this.#waiting.add(tell)
      return Effect.sync(() => void this.#waiting.delete(tell))
    })
  }
}
