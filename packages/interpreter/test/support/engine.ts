/** Engines under a clock of their own, one after the other or side by side on one journal. */
import { Context, Effect, Exit, Fiber, Layer, Logger, Scope } from "effect"
import { TestClock } from "effect/testing"
import type { Workflow } from "@waymark/core"
import { Engine, Journal, type Options } from "@waymark/interpreter"

/** An engine that was started, and how to end it as a shutdown does. */
export interface Booted {
  readonly engine: Engine["Service"]
  readonly close: Effect.Effect<void>
}

/** Starts an engine on a journal, with the services that its workflows need. Its log stays out of the test's output. */
export const boot = Effect.fnUntraced(function* (
  journal: Journal["Service"],
  workflows: ReadonlyArray<Workflow.Any>,
  options: Partial<Omit<Options<ReadonlyArray<Workflow.Any>>, "workflows">> = {},
  services: Layer.Layer<never> = Layer.empty,
  log: Array<string> = []
) {
  const scope = yield* Scope.make()
  const layer = Engine.layer({ workflows, ...options }).pipe(
    Layer.provide([
      Layer.succeed(Journal, journal),
      services,
      Logger.layer([Logger.make(({ message }) => void log.push(String(message)))])
    ])
  ) as Layer.Layer<Engine>
  const context = yield* Layer.buildWithScope(layer, scope)
  const booted: Booted = { engine: Context.get(context, Engine), close: Scope.close(scope, Exit.void) }
  return booted
})

/** Lets virtual time pass until an effect has ended. It fails where that takes longer than an hour of it. */
export const await_ = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(effect)
  for (let seconds = 0; seconds < 3600; seconds++) {
    // Real work (fibers, microtasks) is let through before and after each step of the clock.
    for (let turn = 0; turn < 10; turn++) yield* Effect.yieldNow
    if (fiber.pollUnsafe() !== undefined) return yield* Fiber.join(fiber)
    yield* TestClock.adjust("1 second")
  }
  yield* Fiber.interrupt(fiber)
  return yield* Effect.die(new Error("it did not end within an hour of virtual time"))
})

/** Lets everything run that needs no time. */
export const settle: Effect.Effect<void> = Effect.gen(function* () {
  for (let turn = 0; turn < 50; turn++) yield* Effect.yieldNow
})

/** Runs a test on a fresh journal in memory and a virtual clock. */
export const run = <A, E>(test: (journal: Journal["Service"]) => Effect.Effect<A, E, Scope.Scope>): Promise<A> =>
  Effect.runPromise(
    Effect.flatMap(Journal, test).pipe(
      Effect.provide(Journal.layerMemory),
      Effect.provide(TestClock.layer()),
      Effect.scoped
    )
  )
