import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as TestClock from "effect/testing/TestClock"
import { afterAll, describe, expect, it } from "vitest"
import { Journal } from "../src/Journal.ts"
import { conformance, listening } from "../src/testing/conformance.ts"

describe("the journal in memory", () => {
  const runtime = ManagedRuntime.make(Journal.layerMemory)
  afterAll(() => runtime.dispose())

  it.each([...conformance, ...listening].map(({ name, effect }) => [name, effect] as const))("%s", (_, effect) =>
    expect(runtime.runPromise(effect)).resolves.toBeUndefined()
  )

  it("takes its time from Effect's clock", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      const before = yield* journal.now
      yield* TestClock.adjust("2 hours")
      return (yield* journal.now) - before
    })
    const layer = Layer.mergeAll(Journal.layerMemory, TestClock.layer())
    expect(await Effect.runPromise(program.pipe(Effect.provide(layer)))).toBe(7_200_000)
  })
})
