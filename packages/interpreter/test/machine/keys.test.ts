import { describe, expect, it } from "vitest"
import * as Keys from "../../src/internal/machine/keys.ts"

/** How many slots are passed, on average, from anywhere in the table to the next one that is free. */
const passed = ({ table }: Keys.Keys): number => {
  let sum = 0
  let run = 0
  for (let slot = table.length - 1; slot >= 0; slot--) {
    run = table[slot] === 0 ? 0 : run + 1
    sum += run
  }
  return sum / table.length
}

describe("the keys of branches", () => {
  const lists = {
    "numbered from 0": (n: number) => `${n}`,
    "numbered after a letter": (n: number) => `b${n}`,
    "numbered in the middle": (n: number) => `order-${n}-eu`,
    "all of one length": (n: number) => `item-${String(n).padStart(8, "0")}`
  }

  // 10,000 names fill three fifths of their table: where they are spread at random, some 3 slots are passed.
  it.each(Object.entries(lists))("stand apart: %s", (_, nameOf) => {
    const keys = Keys.of(Array.from({ length: 10_000 }, (_, n) => nameOf(n)))
    expect(passed(keys)).toBeLessThan(6)
  })

  it("are found by their names, and others are not", () => {
    const names = Array.from({ length: 1_000 }, (_, n) => `b${n}`)
    const keys = Keys.of(names)
    expect(names.map((name) => Keys.placeOf(keys, name))).toEqual(names.map((_, n) => n))
    expect(["", "b", "b1000", "b01"].map((name) => Keys.placeOf(keys, name))).toEqual(Array(4).fill(undefined))
  })
})
