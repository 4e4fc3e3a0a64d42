/** What an engine hears from the operating system: that its process is to stop, and that it is to stop at once. */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"

/** How an operating system asks a process to stop. */
export type StopSignal = "SIGTERM" | "SIGINT" | "SIGHUP"

/**
 * The signals of this process for as long as the scope is open: one listener for all of them, since a signal that finds none kills
 * the process.
 */
const heard = Effect.fnUntraced(function* (signals: ReadonlyArray<StopSignal>) {
  const queue = yield* Queue.unbounded<StopSignal>()
  const hear = (signal: NodeJS.Signals): void => void Queue.offerUnsafe(queue, signal as StopSignal)
  yield* Effect.acquireRelease(
    Effect.sync(() => signals.forEach((signal) => process.on(signal, hear))),
    () => Effect.sync(() => signals.forEach((signal) => process.off(signal, hear)))
  )
  return Queue.take(queue)
})

/** Waits until the process is told to stop, then stops; told once more, it stops at once. */
export const untilStopped = (shutdown: Effect.Effect<void>, signals: ReadonlyArray<StopSignal>): Effect.Effect<void> =>
  Effect.scoped(
    Effect.gen(function* () {
      const told = yield* heard(signals)
      yield* Effect.logInfo(`${yield* told}: the engine stops once what runs has ended; told again, it stops at once`)
      const atOnce = Effect.flatMap(told, (signal) =>
        Effect.andThen(Effect.logInfo(`${signal}: the engine stops at once`), shutdown)
      )
      yield* Effect.raceFirst(shutdown, atOnce)
    })
  )
