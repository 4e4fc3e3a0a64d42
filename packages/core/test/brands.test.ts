/** `Failure` and `Product`: values that the library makes and tells from all others. */
import { Result, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { Codec, Failure, Product } from "@waymark/core"

describe("a Failure", () => {
  const failure = Failure.make({ amount: 1 }, "too large")

  it("holds the state that was reached and the error, and cannot be changed", () => {
    expect([failure._tag, failure.state, failure.error]).toEqual(["Failure", { amount: 1 }, "too large"])
    expect(Object.isFrozen(failure)).toBe(true)
    expect(JSON.parse(JSON.stringify(failure))).toEqual({ _tag: "Failure", state: { amount: 1 }, error: "too large" })
  })

  it("is told from what only looks like one", () => {
    expect(Failure.is(failure)).toBe(true)
    const lookAlikes = [undefined, null, 1, "Failure", () => failure, [failure], Result.fail(1)]
    for (const other of [...lookAlikes, { _tag: "Failure", state: 1, error: 2 }, JSON.parse(JSON.stringify(failure))]) {
      expect(Failure.is(other)).toBe(false)
    }
  })
})

// oxlint-disable typescript/no-misused-spread -- what a spread loses is what these are about
describe("a Product", () => {
  const fields = { left: { n: 1 }, right: "done", "": 0, constructor: 1, __proto__own: 2 }
  const product = Product.make(fields)

  it("is a plain record to whoever looks at it", () => {
    expect(product).toEqual(fields)
    expect(product.left).toBe(fields.left)
    expect(JSON.stringify(product)).toBe(JSON.stringify(fields))
    expect(Object.keys(product)).toEqual(Object.keys(fields))
    expect(Reflect.ownKeys(product)).toEqual(Object.keys(fields))
    expect(Object.entries(product)).toEqual(Object.entries(fields))
    expect({ ...product }).toStrictEqual(fields)
    const seen: Array<string> = []
    for (const key in product) seen.push(key)
    expect(seen).toEqual(Object.keys(fields))
  })

  it("gives its states with their type", () => {
    const states: ReadonlyArray<number | string> = Product.values(Product.make({ left: 1, right: "done" }))
    expect(states).toEqual([1, "done"])
  })

  it("is written by the schema of a record", () => {
    const codec = Codec.make(Schema.Struct({ left: Schema.Struct({ n: Schema.Number }), right: Schema.String }))
    expect(Result.getOrThrow(codec.encode(product))).toEqual({ left: { n: 1 }, right: "done" })
  })

  it("cannot be changed, and does not change with what it was made of", () => {
    const given: Record<string, unknown> = { left: 1 }
    const made = Product.make(given)
    given["left"] = 2
    given["right"] = 2
    expect(made).toEqual({ left: 1 })
    expect(() => Object.assign(made, { left: 2 })).toThrow(TypeError)
  })

  it("has no fields but its own, whatever they are called", () => {
    const hostile = Product.make({ ["__proto__"]: 1, toString: 2 })
    expect(Object.entries(hostile)).toEqual([
      ["__proto__", 1],
      ["toString", 2]
    ])
    expect(Product.is(hostile)).toBe(true)
    expect("hasOwnProperty" in Product.make({})).toBe(false)
  })

  it("is told from what only looks like one: a copy, a spread, a record", () => {
    expect([Product.is(product), Product.is(Product.make({}))]).toEqual([true, true])
    const lookAlikes = [
      fields,
      { ...product },
      structuredClone(fields),
      JSON.parse(JSON.stringify(product)),
      Object.create(null)
    ]
    for (const other of [...lookAlikes, undefined, null, 1, "x", [], () => product])
      expect(Product.is(other)).toBe(false)
  })
})
