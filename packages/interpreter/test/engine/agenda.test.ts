import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Agenda } from "../../src/internal/engine/agenda.ts"

describe("an agenda", () => {
  it("gives what is due, the earliest first, whatever was set anew and taken back", () => {
    const key = fc.constantFrom("a", "b", "c", "d")
    const change = fc.oneof(
      { weight: 3, arbitrary: fc.record({ set: key, at: fc.nat(9), item: fc.nat(2) }) },
      { weight: 1, arbitrary: fc.record({ delete: key }) },
      { weight: 1, arbitrary: fc.record({ take: fc.nat(9) }) }
    )
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400, size: "max" }), (changes) => {
        const agenda = new Agenda<number>()
        const model = new Map<string, { readonly at: number; readonly item: number }>()
        for (const change of changes) {
          if ("set" in change) {
            const { at, item, set } = change
            const before = model.get(set)
            expect(agenda.set(set, at, item)).toBe(before?.at !== at || before.item !== item)
            model.set(set, { at, item })
          } else if ("delete" in change) expect(agenda.delete(change.delete)).toBe(model.delete(change.delete))
          else {
            const due = [...model].filter(([, { at }]) => at <= change.take)
            for (const [key] of due) model.delete(key)
            const taken = agenda.take(change.take)
            const items = due.map(([, { item }]) => item)
            expect(taken.toSorted()).toEqual(items.toSorted())
          }
          expect(agenda.size).toBe(model.size)
          expect(agenda.first).toBe(Math.min(Infinity, ...[...model.values()].map(({ at }) => at)))
        }
        const left = [...model.values()].map(({ at }) => at).toSorted()
        const order = Array.from({ length: 10 }, (_, now) => agenda.take(now).map(() => now)).flat()
        expect(order).toEqual(left)
      })
    )
  })
})
