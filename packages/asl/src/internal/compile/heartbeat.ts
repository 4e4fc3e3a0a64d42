/** The heartbeat of a task that runs in this process: silent for too long, it fails with an error that `Retry` and `Catch` know. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Step } from "@waymark/core"
import { AslFailure } from "../../Errors.ts"
import type { At } from "./query.ts"

/** A heartbeat that fails to come: its name is that of any timeout, while `Retry` and `Catch` may name it more closely. */
export const silent = (): AslFailure => new AslFailure({ error: "States.Timeout", detail: "heartbeat" })

/** Runs an effect that has to call `Step.heartbeat` as often as the state's `HeartbeatSeconds` say, where it has any. */
export const withHeartbeat = <A, R>(
  at: At,
  effect: Effect.Effect<A, AslFailure, R>
): Effect.Effect<A, AslFailure, R> => {
  const limit = at.flow.work?.heartbeat
  if (limit === undefined) return effect
  return Effect.gen(function* () {
    let last = yield* Clock.currentTimeMillis
    const beat = yield* Step.Heartbeats
    const heard = (details: Parameters<typeof beat>[0]) =>
      Effect.andThen(
        Effect.map(Clock.currentTimeMillis, (now) => void (last = now)),
        beat(details)
      )
    const silence: Effect.Effect<never, AslFailure> = Effect.gen(function* () {
      for (;;) {
        const left = last + limit * 1000 - (yield* Clock.currentTimeMillis)
        if (left <= 0) break
        yield* Effect.sleep(left)
      }
      return yield* Effect.fail(silent())
    })
    return yield* Effect.raceFirst(Effect.provideService(effect, Step.Heartbeats, heard), silence)
  })
}
