/** Who is run apart, and when others may: what is kept of those that were there when processes died. */
import { type Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { LAST, Trials } from "../../src/internal/engine/trials.ts"

const length = 10_000
const limits = [1, 2, 2.5, 10, Infinity]

const withTrials = (limit: number, test: (trials: Trials, clock: Clock.Clock) => Effect.Effect<void>): Promise<void> =>
  Effect.runPromise(
    Effect.clockWith((clock) => test(new Trials({ clock, limit, length }), clock)).pipe(
      Effect.provide(TestClock.layer())
    )
  )

const isSuspect = (takeovers: number, limit: number): boolean =>
  takeovers > 0 && takeovers <= limit && takeovers > limit - 3
const isLast = (takeovers: number, limit: number): boolean => isSuspect(takeovers, limit) && takeovers + 1 > limit

/** Runs one apart at a time until all have come through; answers for how many there was room at once. */
const rounds = Effect.fnUntraced(function* (trials: Trials, count: number, takeovers: number, each = length) {
  const waiting = new Set(Array.from({ length: count }, (_, index) => `${index}`))
  const widths: Array<number> = []
  while (waiting.size > 0) {
    trials.sweep()
    const admitted = Array.from(waiting).filter((id) => trials.admits({ id, takeovers }))
    for (const id of admitted) {
      waiting.delete(id)
      trials.began(id)
    }
    widths.push(admitted.length)
    yield* TestClock.adjust(each)
  }
  return widths
})

describe("instances that were there when processes died", () => {
  it("are run apart the last three times before they are given up, and freely before that and where there is no limit", () =>
    Effect.runPromise(
      Effect.forEach(
        limits,
        (limit) =>
          Effect.clockWith((clock) =>
            Effect.sync(() => {
              for (let takeovers = 0; takeovers < 14; takeovers++) {
                const trials = new Trials({ clock, limit, length })
                expect(trials.admits({ id: "x", takeovers })).toBe(true)
                expect(trials.size).toBe(isSuspect(takeovers, limit) ? 1 : 0)
                // Beside the first one, whoever is no suspect, and nobody who is.
                expect(trials.admits({ id: "y", takeovers })).toBe(!isSuspect(takeovers, limit))
                expect(trials.admits({ id: "z", takeovers: 0 })).toBe(true)
              }
            })
          ),
        { discard: true }
      )
    ))

  it("come through, by the thousand, in twice as many each time, also where all their steps take for ever", () =>
    withTrials(10, (trials) =>
      Effect.gen(function* () {
        const widths = yield* rounds(trials, 10_000, 8)
        expect(widths.slice(0, 5)).toEqual([1, 2, 4, 8, 16])
        expect(widths.length).toBe(14)
      })
    ))

  it("are alone of their kind the last time, for as long as a last trial lasts", () =>
    withTrials(10, (trials) =>
      Effect.gen(function* () {
        expect(yield* rounds(trials, 20, 10, LAST * length)).toEqual(Array.from({ length: 20 }, () => 1))
        trials.sweep()
        // However many there is room for.
        expect(trials.admits({ id: "other", takeovers: 8 })).toBe(true)
        expect(trials.admits({ id: "last", takeovers: 10 })).toBe(false)
        trials.left("other")
        expect(trials.admits({ id: "last", takeovers: 10 })).toBe(true)
        expect(trials.admits({ id: "other", takeovers: 8 })).toBe(false)
      })
    ))

  it("wait for those that are under trial until these have run for so long, which counts from when they begin", () =>
    withTrials(10, (trials) =>
      Effect.gen(function* () {
        const [x, y] = [
          { id: "x", takeovers: 10 },
          { id: "y", takeovers: 10 }
        ]
        expect([trials.admits(x), trials.admits(y)]).toEqual([true, false])
        yield* TestClock.adjust(5 * length)
        trials.sweep()
        expect(trials.admits(y)).toBe(false)
        trials.began("x")
        yield* TestClock.adjust(LAST * length - 1)
        trials.sweep()
        expect(trials.admits(y)).toBe(false)
        yield* TestClock.adjust(1)
        trials.sweep()
        expect(trials.admits(y)).toBe(true)
      })
    ))

  const ids = ["a", "b", "c", "d", "e", "f"]
  const move = fc.oneof(
    { weight: 4, arbitrary: fc.record({ what: fc.constant("claimed"), id: fc.constantFrom(...ids) }) },
    {
      weight: 3,
      arbitrary: fc.record({ what: fc.constantFrom("began", "passed", "left"), id: fc.constantFrom(...ids) })
    },
    { weight: 1, arbitrary: fc.record({ what: fc.constantFrom("waits", "sweeps"), id: fc.constantFrom(...ids) }) }
  )
  const moves = fc.array(fc.tuple(move, fc.nat(12)), { maxLength: 60 })

  it("are never more at once than have come through and one, nor beside one that would be given up, whatever becomes of them", () =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom(...limits), moves, (limit, moves) =>
        withTrials(limit, (trials, clock) =>
          Effect.gen(function* () {
            /** Who is under trial with how many take-overs, and since when it runs. */
            const under = new Map<string, { readonly takeovers: number; since: number }>()
            let width = 1
            const now = () => Number(clock.currentTimeNanosUnsafe() / 1_000_000n)
            for (const [{ id, what }, takeovers] of moves) {
              if (what === "claimed") {
                under.delete(id)
                const isAdmitted = trials.admits({ id, takeovers })
                if (!isSuspect(takeovers, limit)) expect(isAdmitted).toBe(true)
                // One that nothing stands in the way of is not refused.
                else if (under.size === 0) expect(isAdmitted).toBe(true)
                if (isAdmitted && isSuspect(takeovers, limit)) under.set(id, { takeovers, since: Infinity })
              }
              const trial = under.get(id)
              if (what === "began") {
                trials.began(id)
                if (trial !== undefined) trial.since = now()
              }
              if (what === "passed") {
                trials.passed(id)
                if (under.delete(id)) width++
              }
              if (what === "left") expect(trials.left(id)).toBe(under.delete(id))
              if (what === "waits") yield* TestClock.adjust(length / 2)
              if (what === "sweeps") {
                trials.sweep()
                for (const [id, { since, takeovers }] of under) {
                  const lasts = isLast(takeovers, limit) ? LAST * length : length
                  if (since + lasts <= now() && under.delete(id)) width++
                }
              }
              expect(trials.size).toBe(under.size)
              expect(under.size).toBeLessThanOrEqual(width)
              if (Array.from(under.values()).some(({ takeovers }) => isLast(takeovers, limit)))
                expect(under.size).toBe(1)
            }
            // Nobody stands in the way for good.
            for (const id of ids) trials.began(id)
            yield* TestClock.adjust(LAST * length)
            trials.sweep()
            expect(trials.size).toBe(0)
            expect(trials.admits({ id: "z", takeovers: limit })).toBe(true)
          })
        )
      )
    ))
})
