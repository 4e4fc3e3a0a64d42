/** One run for all who ask while it lasts. */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/**
 * Runs an effect once for all who ask for it while it runs: each gets what it comes to. Use it for what thousands may want at once, such
 * as a journal's time after it was out of reach; a lock would let them in one by one. Where whoever runs it is interrupted, one of the others does.
 */
export const together = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  let running: Deferred.Deferred<Effect.Effect<A, E, R>> | undefined
  // Uninterruptible from taking the part of whoever runs it until its end is sure to be told.
  const ask: Effect.Effect<A, E, R> = Effect.uninterruptibleMask((restore) =>
    Effect.suspend(() => {
      if (running !== undefined) return restore(Effect.flatten(Deferred.await(running)))
      const mine = Deferred.makeUnsafe<Effect.Effect<A, E, R>>()
      running = mine
      return Effect.onExit(restore(effect), (exit) =>
        Effect.sync(() => {
          running = undefined
          const isLeft = Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)
          Deferred.doneUnsafe(mine, Effect.succeed(isLeft ? ask : exit))
        })
      )
    })
  )
  return ask
}
