/** What a snapshot writes of a value comes back as it was, whatever schema is at hand; or it is not written by that schema. */
import { Codec, Failure, Product } from "@waymark/core"
import { Option, Schema } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isJson, isList, whole } from "../../src/internal/machine/snapshot/whole.ts"

const Paid = Schema.Struct({ id: Schema.String })

const schemas = {
  unknown: Schema.Unknown,
  paid: Paid,
  "a list of them": Schema.Array(Paid),
  "an option of one": Schema.Option(Paid),
  "a number or a text": Schema.Union([Schema.Number, Schema.String]),
  "an instant or a text": Schema.Union([Schema.Date, Schema.String]),
  "a date": Schema.Date,
  "a map": Schema.ReadonlyMap(Schema.String, Paid)
}
const codecs = Object.values(schemas).map((schema) => Codec.make(schema as Codec.AnySchema))

const values = fc.letrec<{ readonly any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, undefined, "NaN", "2020-01-01", Number.NaN, Infinity, 1, true, new Date(0)),
    fc.string(),
    fc.double({ noNaN: true }).map((n) => n + 0),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.record({ id: fc.oneof(fc.string(), tie("any")), items: tie("any") }, { requiredKeys: [] }),
    tie("any").map(Option.some),
    tie("any").map((value) => new Map([["k", value]]))
  )
})).any

const stored = (json: unknown): unknown => JSON.parse(JSON.stringify(json))

describe("a value", () => {
  it("comes back as it was from a schema that it is written by", () => {
    fc.assert(
      fc.property(values, fc.constantFrom(...codecs), (value, codec) => {
        const json = whole(codec, value)
        if (json === undefined) return
        const back = codec.decode(stored(json))
        expect(back).toMatchObject({ _tag: "Success" })
        expect((back as { readonly success: unknown }).success).toEqual(value)
      }),
      { numRuns: 3_000 }
    )
  })

  it("comes back as it was where it is JSON", () => {
    fc.assert(
      fc.property(values, (value) => {
        if (isJson(value)) expect(stored(value)).toEqual(value)
      })
    )
  })

  it.each<[what: string, schema: Codec.AnySchema, value: unknown]>([
    ["fields that the schema does not know", Paid, { id: "a", items: [] }],
    ["those of what an option holds", Schema.Option(Paid), Option.some({ id: "a", items: [] })],
    ["those of what a map holds", schemas["a map"], new Map([["k", { id: "a", items: [] }]])],
    ["a text that is read as an instant", schemas["an instant or a text"], "2020-01-01"],
    ["a text that is read as a number", schemas["a number or a text"], "NaN"],
    ["hidden fields", Paid, Object.defineProperty({ id: "a" }, "hidden", { value: 1 })],
    ["symbols", Paid, { id: "a", [Symbol.iterator]: 1 }],
    ["records of branches", Schema.Struct({ left: Schema.Number }), Product.make({ left: 1 })],
    ["failures", Schema.Unknown, Failure.make(1, 2)]
  ])("is not written by a schema that loses or changes it: %s", (_, schema, value) => {
    expect(whole(Codec.make(schema), value)).toBeUndefined()
  })

  it("is no JSON with holes, instances, or depth without end", () => {
    const holes = Object.assign([1], { 2: 2 })
    const endless: Array<unknown> = []
    endless.push(endless)
    for (const value of [holes, endless, new Date(0), { a: undefined }, Number.NaN, Product.make({ a: 1 }), 1n]) {
      expect(isJson(value)).toBe(false)
    }
    expect(isList(holes)).toBe(false)
    expect(isList(Object.assign([1], { more: 2 }))).toBe(false)
  })

  it("may have fields that are undefined", () => {
    const Optional = Schema.Struct({ id: Schema.String, note: Schema.optional(Schema.String) })
    expect(whole(Codec.make(Optional), { id: "a", note: undefined })).toBeDefined()
  })
})
