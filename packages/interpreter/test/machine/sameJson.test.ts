/** Equal values of JSON. */
import * as fc from "fast-check"
import { expect, it } from "vitest"
import type { Schema } from "effect"
import { sameJson } from "../../src/internal/sameJson.ts"

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Schema.Json>

/** Its text with the keys of objects in order. */
const text = (value: Schema.Json): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part
  )

/** The same value, made anew, with its keys turned round. */
const turned = (value: Schema.Json): Schema.Json => {
  if (Array.isArray(value)) return value.map(turned)
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value as Schema.JsonObject).toReversed()
  return Object.fromEntries(entries.map(([key, part]) => [key, turned(part)]))
}

it("are those whose text is the same, whatever the order of keys", () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(sameJson(a, turned(a))).toBe(true)
      expect(sameJson(a, b)).toBe(text(a) === text(b))
    }),
    { numRuns: 1_000 }
  )
})

it("tells a list from an object with the same keys, a key from none, and one value from another", () => {
  const pairs: ReadonlyArray<readonly [Schema.Json, Schema.Json]> = [
    [["a"], { 0: "a" }],
    [{ a: null }, {}],
    [{ a: 1 }, { b: 1 }],
    [{ a: { b: [1, 2] } }, { a: { b: [1, 3] } }],
    [null, {}],
    ["1", 1]
  ]
  for (const [a, b] of pairs) expect([sameJson(a, b), sameJson(b, a)]).toEqual([false, false])
})
