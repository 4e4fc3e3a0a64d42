import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Trie from "../../src/internal/machine/trie.ts"

interface Item extends Trie.Measured {
  readonly name: number
}

const item: fc.Arbitrary<Item> = fc.record({
  name: fc.nat(),
  due: fc.option(fc.nat({ max: 9 }), { nil: undefined }),
  retry: fc.option(fc.nat({ max: 9 }), { nil: undefined }),
  mask: fc.nat({ max: 7 })
})

/** Items to begin with, and others that are set one after the other, some of them at the end. */
const run = fc.record({
  first: fc.array(item, { maxLength: 80 }),
  sets: fc.array(fc.record({ at: fc.nat(), item }), { maxLength: 80 })
})

const itemsOf = (trie: Trie.Trie<Item>): ReadonlyArray<Item> => Array.from(Trie.entries(trie), ([, found]) => found)

/** What a vector of these is measured as. */
const measuredOf = (items: ReadonlyArray<Item>): Trie.Measured => {
  const nearest = (of: (item: Item) => number | undefined): number | undefined =>
    items.reduce((nearest: number | undefined, next) => Trie.nearer(nearest, of(next)), undefined)
  return {
    due: nearest(({ due }) => due),
    retry: nearest(({ retry }) => retry),
    mask: items.reduce((mask, next) => mask | next.mask, 0)
  }
}
const seen = ({ root: { due, mask, retry } }: Trie.Trie<Item>): Trie.Measured => ({ due, retry, mask })

describe("a measured vector", () => {
  it.each([
    ["copied", undefined],
    ["changed in place", {}]
  ])("holds what was set, and is measured by it: %s", (_, owner) => {
    fc.assert(
      fc.property(run, ({ first, sets }) => {
        const model = [...first]
        let trie = Trie.from(first, owner)
        for (const { at, item } of sets) {
          const index = at % (model.length + 1)
          model[index] = item
          trie = Trie.set(trie, index, item, owner)
          expect(trie.size).toBe(model.length)
          expect(seen(trie)).toEqual(measuredOf(model))
        }
        expect(itemsOf(trie)).toEqual(model)
      }),
      { numRuns: 300 }
    )
  })

  it("stays as it was where a copy has another item", () => {
    fc.assert(
      fc.property(run, ({ first, sets }) => {
        const trie = Trie.from(first, undefined)
        sets.reduce((all, { at, item }) => Trie.set(all, at % (all.size + 1), item, {}), trie)
        expect(itemsOf(trie)).toEqual(first)
        expect(trie.size).toBe(first.length)
        expect(seen(trie)).toEqual(measuredOf(first))
      })
    )
  })

  it("measures again an item that was itself changed in place", () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 80 }), fc.nat(), item, (items, at, after) => {
        const index = at % items.length
        const own = items.map((one) => ({ ...one }))
        const owner = {}
        const trie = Trie.from<Item>(own, owner)
        const changed = Object.assign(own[index] as Item, after)
        expect(seen(Trie.set(trie, index, changed, owner, items[index]))).toEqual(measuredOf(own))
      })
    )
  })
})
