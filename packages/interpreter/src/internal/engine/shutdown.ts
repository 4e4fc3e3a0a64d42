/** The end of an engine: what rests is given back, what is under way may come to its end and is given back then; asked twice, it ends at once. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"

/** `drain` is cut short by a second call; `leave` runs once, however often it is asked for, and every call waits for it. */
export const make = (drain: Effect.Effect<void>, leave: Effect.Effect<void>): Effect.Effect<Effect.Effect<void>> =>
  Effect.gen(function* () {
    const hurry = yield* Deferred.make<void>()
    const gone = yield* Deferred.make<void>()
    let calls = 0
    return Effect.suspend(() => {
      if (calls++ > 0) return Effect.andThen(Deferred.succeed(hurry, undefined), Deferred.await(gone))
      const ordered = Effect.andThen(Effect.raceFirst(drain, Deferred.await(hurry)), leave)
      return Effect.uninterruptible(Effect.ensuring(ordered, Deferred.succeed(gone, undefined)))
    })
  })
