import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Few } from "../../src/internal/engine/few.ts"

describe("a map of few entries", () => {
  it("holds what a map holds, whatever is set and deleted", () => {
    const key = fc.constantFrom("a", "b", "c")
    const change = fc.oneof(fc.record({ set: key, value: fc.nat(9) }), fc.record({ delete: key }))
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        const [few, map] = [new Few<number>(), new Map<string, number>()]
        for (const change of changes) {
          if ("set" in change) {
            few.set(change.set, change.value)
            map.set(change.set, change.value)
          } else {
            few.delete(change.delete)
            map.delete(change.delete)
          }
          expect(few.size).toBe(map.size)
          expect(few.keys().toSorted()).toEqual(Array.from(map.keys()).toSorted())
          expect(few.values().toSorted()).toEqual(Array.from(map.values()).toSorted())
          for (const key of ["a", "b", "c"]) {
            expect(few.has(key)).toBe(map.has(key))
            expect(few.get(key)).toBe(map.get(key))
          }
        }
      })
    )
  })
})
