import { Duration } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RetryPolicy } from "@waymark/core"

const { delay, resolve } = RetryPolicy

describe("RetryPolicy.resolve", () => {
  it("fills in the defaults", () => {
    const defaults = { initial: 100, factor: 2, max: 60_000, attempts: 20, jitter: 0, while: [] }
    expect(resolve()).toEqual(defaults)
    expect(resolve({})).toEqual(defaults)
  })

  it("reads every kind of duration as milliseconds", () => {
    for (const initial of ["2 seconds", 2000, { seconds: 2 }, Duration.seconds(2), 2_000_000_000n, [2, 0]] as const) {
      expect(resolve({ initial, max: initial })).toMatchObject({ initial: 2000, max: 2000 })
    }
  })

  it("takes what the policy leaves open from the fallback", () => {
    const fallback = resolve({ initial: 7, factor: 3, max: 70, attempts: 4, jitter: 0.5, while: ["A"] })
    expect(resolve({}, fallback)).toEqual(fallback)
    expect(resolve({ attempts: 1, while: [] }, fallback)).toEqual({ ...fallback, attempts: 1, while: [] })
  })

  it("gives a value that cannot be changed, apart from the policy it was made of", () => {
    const tags = ["A"]
    const resolved = resolve({ while: tags })
    tags.push("B")
    expect(resolved.while).toEqual(["A"])
    expect([Object.isFrozen(resolved), Object.isFrozen(resolved.while)]).toEqual([true, true])
  })

  it.each([
    { factor: 1 },
    { attempts: 1 },
    { attempts: Infinity },
    { initial: 0 },
    { max: 0 },
    { jitter: 0 },
    { jitter: 1 },
    { initial: "2 minutes", max: "1 minute" }
  ] as const)("takes %o", (policy) => {
    expect(() => resolve(policy)).not.toThrow()
  })

  it.each([
    ["initial", { initial: -1 }, "-1"],
    ["initial", { initial: Infinity }, "Infinity"],
    ["initial", { initial: Number.NaN }, "NaN"],
    ["initial", { initial: "1 dya" as "1 day" }, '"1 dya"'],
    ["factor", { factor: 0.9 }, "0.9"],
    ["factor", { factor: Infinity }, "Infinity"],
    ["factor", { factor: Number.NaN }, "NaN"],
    ["max", { max: -1 }, "-1"],
    ["max", { max: "Infinity" }, '"Infinity"'],
    ["attempts", { attempts: 0 }, "0"],
    ["attempts", { attempts: 1.5 }, "1.5"],
    ["attempts", { attempts: Number.NaN }, "NaN"],
    ["jitter", { jitter: -0.1 }, "-0.1"],
    ["jitter", { jitter: 1.1 }, "1.1"],
    ["jitter", { jitter: Number.NaN }, "NaN"]
  ] as const)("refuses a wrong %s and names it: %o", (field, policy, shown) => {
    expect(() => resolve(policy)).toThrow(RangeError)
    expect(() => resolve(policy)).toThrow(`retry.${field} is ${shown}: give `)
  })
})

describe("RetryPolicy.delay", () => {
  const policies = fc.record({
    initial: fc.double({ min: 0, max: 1e6, noNaN: true }),
    factor: fc.double({ min: 1, max: 1e3, noNaN: true }),
    max: fc.double({ min: 0, max: 1e9, noNaN: true }),
    attempts: fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.constant(Infinity)),
    jitter: fc.double({ min: 0, max: 1, noNaN: true })
  })
  const random = fc.double({ min: 0, max: 1, noNaN: true })
  const attempt = fc.integer({ min: 1, max: 5000 })

  it("grows by the factor up to the longest wait, and ends with the attempts", () => {
    const policy = resolve({ initial: 100, factor: 3, max: 1000, attempts: 5 })
    expect([1, 2, 3, 4, 5, 6].map((n) => delay(policy, n, 0.5))).toEqual([100, 300, 900, 1000, undefined, undefined])
  })

  it("is used up at once where there is one attempt, and never where there are Infinity", () => {
    expect(delay(resolve({ attempts: 1 }), 1, 0)).toBeUndefined()
    expect(delay(resolve({ attempts: Infinity }), 1e9, 0)).toBe(60_000)
    expect(delay(resolve({ attempts: Infinity, initial: 0 }), 1e9, 0)).toBe(0)
  })

  it("is a whole number of milliseconds from 0 to the longest wait, or nothing left", () => {
    fc.assert(
      fc.property(policies, attempt, random, (given, n, chance) => {
        const policy = resolve(given)
        const wait = delay(policy, n, chance)
        const fits = wait !== undefined && Number.isSafeInteger(wait) && wait >= 0 && wait <= policy.max
        expect(n >= policy.attempts ? wait === undefined : fits).toBe(true)
      }),
      { numRuns: 1000 }
    )
  })

  it("never shrinks from attempt to attempt, where chance stays the same", () => {
    fc.assert(
      fc.property(policies, attempt, random, (given, n, chance) => {
        const policy = resolve({ ...given, attempts: Infinity })
        expect(delay(policy, n + 1, chance)).toBeGreaterThanOrEqual(delay(policy, n, chance) as number)
      }),
      { numRuns: 1000 }
    )
  })

  it("is only shortened by jitter, by no more than its part", () => {
    fc.assert(
      fc.property(policies, attempt, random, (given, n, chance) => {
        const policy = resolve({ ...given, attempts: Infinity })
        const full = delay({ ...policy, jitter: 0 }, n, chance) as number
        const wait = delay(policy, n, chance) as number
        expect(wait).toBeLessThanOrEqual(full)
        expect(wait).toBeGreaterThanOrEqual(Math.floor(full * (1 - policy.jitter)))
        expect(delay(policy, n, 0)).toBe(full)
      }),
      { numRuns: 1000 }
    )
  })
})
