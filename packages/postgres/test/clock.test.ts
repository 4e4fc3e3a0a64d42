import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { make } from "../src/internal/clock.ts"

/** A database whose clock is `offset` ahead of what has elapsed here, and whose answers take `travel` to arrive. */
const simulate = ({ offset = 5000.75, travel = 0 } = {}) => {
  const world = { elapsed: 0, offset, reads: 0 }
  const read = Effect.sync(() => {
    world.reads++
    const time = world.elapsed + world.offset
    world.elapsed += travel
    return time
  })
  return { world, clock: make(read, () => world.elapsed) }
}

describe("the database's clock", () => {
  it("is asked once a second, however often the time is wanted", async () => {
    const { world, clock } = simulate()
    const program = Effect.gen(function* () {
      for (world.elapsed = 0; world.elapsed < 10_000; world.elapsed += 10) yield* clock.now
      return world.reads
    })
    expect(await Effect.runPromise(program)).toBe(10)
  })

  it("is asked once by many who want the time at once", async () => {
    const { world, clock } = simulate()
    await Effect.runPromise(
      Effect.all(
        Array.from({ length: 20 }, () => clock.now),
        { concurrency: "unbounded" }
      )
    )
    expect(world.reads).toBe(1)
  })

  it("goes on between readings, in whole milliseconds, and never runs ahead of the database", async () => {
    const { world, clock } = simulate({ travel: 30 })
    const program = Effect.gen(function* () {
      for (let round = 0; round < 500; round++) {
        const now = yield* clock.now
        expect(Number.isInteger(now)).toBe(true)
        expect(now).toBeLessThanOrEqual(world.elapsed + world.offset)
        expect(now).toBeGreaterThanOrEqual(world.elapsed + world.offset - 31)
        world.elapsed += 7.3
      }
    })
    await Effect.runPromise(program)
  })

  it("comes with other answers too, so that a busy journal never asks", async () => {
    const { world, clock } = simulate()
    const program = Effect.gen(function* () {
      for (world.elapsed = 0; world.elapsed < 5000; world.elapsed += 100) {
        clock.observe(world.elapsed + world.offset)
        yield* clock.now
      }
    })
    await Effect.runPromise(program)
    expect(world.reads).toBe(0)
  })

  it("does not go backwards when the database's clock is set back", async () => {
    const { world, clock } = simulate()
    const program = Effect.gen(function* () {
      const before = yield* clock.now
      world.offset -= 600
      world.elapsed += 1001
      const after = yield* clock.now
      world.offset -= 10_000
      world.elapsed += 1001
      const still = yield* clock.now
      return { stepped: after - before, still: still - after }
    })
    const { stepped, still } = await Effect.runPromise(program)
    expect(stepped).toBe(401)
    expect(still).toBe(0)
  })
})
