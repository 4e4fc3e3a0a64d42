/** What the conformance suite covers, held against the cases that there are: none is gone, and a new one has its area. */
import { describe, expect, it } from "vitest"
import { conformance, listening } from "../src/testing/conformance.ts"
import { areas } from "./support/areas.ts"

const names = [...conformance, ...listening].map(({ name }) => name)
const isIn = (entry: string, name: string): boolean =>
  entry.endsWith("…") ? name.startsWith(entry.slice(0, -1)) : name === entry

describe("the conformance suite", () => {
  it("has no two cases of one name", () => {
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it.each(Object.entries(areas))("covers %s by cases that there are", (_, entries) => {
    expect(entries.filter((entry) => !names.some((name) => isIn(entry, name)))).toEqual([])
    expect(entries.length).toBeGreaterThan(5)
  })

  it("has each case in one area", () => {
    const places = (name: string) =>
      Object.values(areas).filter((entries) => entries.some((entry) => isIn(entry, name)))
    expect(names.filter((name) => places(name).length !== 1)).toEqual([])
  })
})
