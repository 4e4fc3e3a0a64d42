/**
 * Whether an engine is there to answer. What it has to do in the background ends with it, so whoever waits for that has to be told,
 * and whoever comes later must not begin to wait.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
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

  /**
   * What somebody here is going to tell, for as long as the engine is there. `listen` is given whom to tell, which is not to be done at
   * once, and answers how not to; or nothing where there is nobody who would tell, which is the answer then. It takes no fiber, on the way
   * of every result.
   */
  told<A>(
    asked: Asked,
    listen: (tell: (value: A | undefined) => void) => (() => void) | undefined
  ): Effect.Effect<A | undefined, EngineStopped> {
    return Effect.callback((resume) => {
      if (this.#isGone) return resume(Effect.fail(new EngineStopped(asked)))
      const unlisten = listen((value) => {
        leave()
        resume(Effect.succeed(value))
      })
      if (unlisten === undefined) return resume(Effect.succeed(undefined))
      const stopped = (): void => {
        leave()
        resume(Effect.fail(new EngineStopped(asked)))
      }
      const leave = (): void => {
        this.#waiting.delete(stopped)
        unlisten()
      }
      this.#waiting.add(stopped)
      return Effect.sync(leave)
    })
  }

  /**
   * What a caller asks for, for as long as the engine is there. It does not begin where the engine has gone. A race would take three
   * fibers where this takes one, on the way of every start.
   */
  during<A, E, R>(asked: Asked, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | EngineStopped, R> {
    return Effect.contextWith((context: Context.Context<R>) =>
      Effect.callback<A, E | EngineStopped>((resume) => {
        if (this.#isGone) return resume(Effect.fail(new EngineStopped(asked)))
        const fiber = Effect.runForkWith(context)(effect)
        const tell = (): void => {
          resume(Effect.fail(new EngineStopped(asked)))
          fiber.interruptUnsafe()
        }
        this.#waiting.add(tell)
        fiber.addObserver((exit) => {
          this.#waiting.delete(tell)
          resume(exit)
        })
        return Fiber.interrupt(fiber)
      })
    )
  }
}
