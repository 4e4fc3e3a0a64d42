import { Store } from "@waymark/interpreter"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { describe, expect, it } from "vitest"
import { settle } from "./support/engine.ts"

/** Something that waits at a gate, and how often it was run. */
const gated = () => {
  const gate = Deferred.makeUnsafe<number, string>()
  const world = { runs: 0 }
  const asked = Store.together(
    Effect.suspend(() => {
      world.runs++
      return Deferred.await(gate)
    })
  )
  return { asked, gate, world }
}

const many = (asked: Effect.Effect<number, string>) =>
  Effect.forEach(Array.from({ length: 1000 }), () => Effect.forkChild(asked, { startImmediately: true }))

describe("what is asked for together", () => {
  it("is run once, and everybody gets its value", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const { asked, gate, world } = gated()
        const fibers = yield* many(asked)
        Deferred.doneUnsafe(gate, Effect.succeed(7))
        expect(new Set(yield* Effect.forEach(fibers, Fiber.join))).toEqual(new Set([7]))
        expect(world.runs).toBe(1)
        yield* asked
        expect(world.runs).toBe(2)
      })
    ))

  it("fails for everybody where it fails, and is run again for whoever asks then", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const { asked, gate, world } = gated()
        const fibers = yield* many(asked)
        Deferred.doneUnsafe(gate, Effect.fail("no"))
        const exits = yield* Effect.forEach(fibers, Fiber.await)
        expect(exits.every((exit) => Exit.isFailure(exit))).toBe(true)
        expect(world.runs).toBe(1)
        yield* Effect.exit(asked)
        expect(world.runs).toBe(2)
      })
    ))

  it("is run by another one where whoever runs it is interrupted", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const { asked, gate, world } = gated()
        const [first, ...others] = yield* many(asked)
        if (first !== undefined) yield* Fiber.interrupt(first)
        yield* settle
        expect(world.runs).toBe(2)
        Deferred.doneUnsafe(gate, Effect.succeed(7))
        expect(new Set(yield* Effect.forEach(others, Fiber.join))).toEqual(new Set([7]))
        expect(world.runs).toBe(2)
      })
    ))

  it("is run by another one also where whoever ran it fails while it is interrupted", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        let runs = 0
        const asked = Store.together(
          Effect.suspend(() =>
            ++runs === 1 ? Effect.onInterrupt(Effect.never, () => Effect.die("and more")) : Effect.succeed(7)
          )
        )
        const first = yield* Effect.forkChild(asked, { startImmediately: true })
        const second = yield* Effect.forkChild(asked, { startImmediately: true })
        yield* Fiber.interrupt(first)
        expect(yield* Fiber.join(second)).toBe(7)
      })
    ))
})
