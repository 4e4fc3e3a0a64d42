/** What is remembered of instances that could not be run here: their waits grow, and nothing is kept of those that do not come back. */
import { type Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { AppendRefused } from "@waymark/interpreter"
import { describe, expect, it } from "vitest"
import { Aside } from "../../src/internal/engine/aside.ts"
import { Backoff } from "../../src/internal/engine/backoff.ts"

const first = 1_000
const longest = 3_600_000

const withClock = <A, E>(test: (clock: Clock.Clock) => Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(Effect.clockWith(test).pipe(Effect.provide(TestClock.layer())))

const refused = (id: string) => new AppendRefused({ instance: id, reason: "too large" })

describe("the wait of an instance that could not be run", () => {
  it("is twice as long each time that it comes back, up to the longest one, and starts anew once it is forgotten", () =>
    withClock((clock) =>
      Effect.gen(function* () {
        const backoff = new Backoff(clock, first, longest)
        const waits: Array<number> = []
        for (let time = 0; time < 14; time++) {
          waits.push(backoff.next("x"))
          yield* TestClock.adjust(waits.at(-1) ?? 0)
          expect(backoff.sweep()).toEqual([])
        }
        expect(waits).toEqual(Array.from({ length: 14 }, (_, time) => Math.min(longest, first * 2 ** time)))
        backoff.forget("x")
        expect(backoff.next("x")).toBe(first)
      })
    ))
})

describe("instances that are set aside", () => {
  const ids = ["a", "b", "c", "d"]
  const move = fc.tuple(
    fc.constantFrom(...ids),
    fc.constantFrom("add", "given", "settled", "progressed", "sweep"),
    fc.integer({ min: 0, max: 100_000 })
  )

  it("are forgotten once they do not come back, whatever has become of them", () =>
    fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 40 }), (moves) =>
        withClock((clock) =>
          Effect.gen(function* () {
            const aside = new Aside(new Backoff(clock, first, longest))
            for (const [index, [id, kind, passes]] of moves.entries()) {
              if (kind === "add") aside.add(id, index, refused(id))
              if (kind === "given") aside.given(id, aside.get(id)?.epoch ?? 0, passes)
              if (kind === "settled") aside.settled(id)
              if (kind === "progressed") aside.progressed(id)
              if (kind === "sweep") aside.sweep()
              yield* TestClock.adjust(passes)
              expect(aside.size).toBeLessThanOrEqual(ids.length)
            }
            yield* TestClock.adjust(64 * longest + 1)
            aside.sweep()
            expect(aside.size).toBe(0)
            expect(ids.filter((id) => aside.has(id))).toEqual([])
          })
        )
      )
    ))

  it("by the thousand, each of which others take over: those of the last minutes are kept", () =>
    withClock((clock) =>
      Effect.gen(function* () {
        const aside = new Aside(new Backoff(clock, first, longest))
        let most = 0
        for (let second = 0; second < 2_000; second++) {
          aside.add(`gone-${second}`, 1, refused("gone"))
          yield* TestClock.adjust("1 second")
          aside.sweep()
          most = Math.max(most, aside.size)
        }
        expect(most).toBeLessThan(100)
      })
    ))

  it("are set aside still for as long as they may come back, and the reason is news once", () =>
    withClock((clock) =>
      Effect.gen(function* () {
        const aside = new Aside(new Backoff(clock, first, longest))
        const seen: Array<boolean> = []
        for (let epoch = 1; epoch < 10; epoch++) {
          const { isNews, wait } = aside.add("x", epoch, refused("x"))
          seen.push(isNews)
          yield* TestClock.adjust(2 * wait)
          aside.sweep()
          expect(aside.has("x")).toBe(true)
        }
        expect(seen).toEqual([true, false, false, false, false, false, false, false, false])
      })
    ))
})
