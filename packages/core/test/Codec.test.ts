import { Effect, Option, Result, Schema, SchemaGetter } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Codec } from "@waymark/core"

class Held extends Schema.Class<Held>("Held")({ amount: Schema.Number, since: Schema.Date }) {
  get double(): number {
    return this.amount * 2
  }
}
class Paid extends Schema.TaggedClass<Paid>()("Paid", { held: Held, tags: Schema.Array(Schema.String) }) {}
class Late extends Schema.TaggedError<Late>()("Late", { by: Schema.Number }) {}
interface Tree {
  readonly value: number
  readonly children: ReadonlyArray<Tree>
}
const Tree = Schema.Struct({
  value: Schema.Number,
  children: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree))
})

const held = new Held({ amount: 3, since: new Date(5) })
const values: ReadonlyArray<readonly [name: string, schema: Codec.AnySchema, value: unknown, json: unknown]> = [
  ["a string", Schema.String, "ü\u0000\u2028", "ü\u0000\u2028"],
  ["a number", Schema.Number, 1.5, 1.5],
  ["a number that JSON has no word for", Schema.Number, -Infinity, "-Infinity"],
  ["a bigint", Schema.BigInt, 2n ** 70n, "1180591620717411303424"],
  ["a date", Schema.Date, new Date(0), "1970-01-01T00:00:00.000Z"],
  ["nothing", Schema.Void, undefined, null],
  ["null", Schema.Null, null, null],
  ["an option", Schema.Option(Schema.Date), Option.some(new Date(0)), undefined],
  ["no option", Schema.Option(Schema.Date), Option.none(), undefined],
  ["a struct with an optional part", Schema.Struct({ a: Schema.optionalKey(Schema.BigInt) }), { a: 1n }, { a: "1" }],
  ["a struct without it", Schema.Struct({ a: Schema.optionalKey(Schema.BigInt) }), {}, {}],
  ["a class", Held, held, { amount: 3, since: "1970-01-01T00:00:00.005Z" }],
  ["a tagged class", Paid, new Paid({ held, tags: ["a"] }), undefined],
  ["a tagged error", Late, new Late({ by: 2 }), { _tag: "Late", by: 2 }],
  ["a union", Schema.Union([Held, Paid, Late]), new Late({ by: 2 }), { _tag: "Late", by: 2 }],
  ["a map", Schema.ReadonlyMap(Schema.String, Schema.Date), new Map([["a", new Date(0)]]), undefined],
  ["bytes", Schema.Uint8Array, new Uint8Array([1, 2]), "AQI="],
  ["a number written as text", Schema.NumberFromString, 12, "12"],
  ["a tree", Tree, { value: 1, children: [{ value: 2, children: [] }] }, undefined]
]

describe("a codec", () => {
  for (const [name, schema, value, json] of values) {
    it(`writes ${name} as JSON and reads it back`, () => {
      const codec = Codec.make(schema)
      const encoded = Result.getOrThrow(codec.encode(value))
      expect(encoded).toEqual(json ?? encoded)
      const stored: unknown = JSON.parse(JSON.stringify(encoded))
      expect(stored).toEqual(encoded)
      const decoded = Result.getOrThrow(codec.decode(stored))
      expect(decoded).toStrictEqual(value)
      expect(Result.getOrThrow(codec.encode(decoded))).toEqual(encoded)
    })
  }

  const scalars: ReadonlyArray<readonly [string, Codec.AnySchema]> = [
    ["a string", Schema.String],
    ["a string with a check", Schema.NonEmptyString],
    ["a brand of strings", Schema.String.pipe(Schema.brand("Id"))],
    ["a string that is transformed", Schema.Trim],
    ["a number", Schema.Number],
    ["a number with a check", Schema.Int],
    ["a number written as text", Schema.NumberFromString],
    ["a boolean", Schema.Boolean],
    ["a literal", Schema.Literal("a")],
    ["a date", Schema.Date]
  ]
  for (const [name, schema] of scalars) {
    it(`reads ${name} as the schema does`, () => {
      const decode = Schema.decodeUnknownResult(Schema.toCodecJson(schema))
      const json = fc.oneof(
        fc.jsonValue(),
        fc.constantFrom("", " a ", "a", "12", "NaN", "Infinity", 0, 1.5, 1e300, true)
      )
      fc.assert(
        fc.property(json, (value) => {
          const read = Codec.make(schema).decode(value)
          expect(Result.getSuccess(read)).toStrictEqual(Result.getSuccess(decode(value)))
        })
      )
    })
  }

  it("gives instances back, with their methods", () => {
    const { decode, encode } = Codec.make(Paid)
    const decoded = Result.getOrThrow(decode(Result.getOrThrow(encode(new Paid({ held, tags: [] })))))
    expect(decoded).toBeInstanceOf(Paid)
    expect(decoded.held.double).toBe(6)
    expect(Result.getOrThrow(Codec.make(Late).decode({ _tag: "Late", by: 1 }))).toBeInstanceOf(Error)
  })

  it("is the same for the same schema, and another for another", () => {
    expect(Codec.make(Held)).toBe(Codec.make(Held))
    expect(Codec.make(Held).schema).toBe(Held)
    expect(Codec.make(Schema.Struct({}))).not.toBe(Codec.make(Schema.Struct({})))
  })

  it("answers a value that does not fit with a failure that says what was expected", () => {
    const { decode, encode } = Codec.make(Paid)
    for (const answer of [
      encode({}),
      encode(undefined),
      decode(1),
      decode({ _tag: "Paid" }),
      decode({ _tag: "Late", by: 1 })
    ]) {
      expect(answer).toMatchObject({ _tag: "Failure" })
    }
    expect(Codec.make(Schema.Struct({ a: Schema.String })).decode({ a: 1 })).toMatchObject({
      _tag: "Failure",
      failure: { _tag: "SchemaError", message: expect.stringMatching(/^Expected string.*"a"/su) as string }
    })
  })

  const bug = new Error("a bug")
  const throwing = (): never => {
    throw bug
  }
  const later = SchemaGetter.transformEffect<number, number>((n) => Effect.promise(async () => n))
  const troubled: Readonly<Record<string, readonly [Codec.AnySchema, unknown]>> = {
    "a check that throws": [Schema.Number.check(Schema.makeFilter(throwing)), 1],
    "a transformation that throws": [
      Schema.Number.pipe(
        Schema.decodeTo(Schema.Number, {
          decode: SchemaGetter.transform(throwing),
          encode: SchemaGetter.transform(throwing)
        })
      ),
      1
    ],
    "an asynchronous transformation": [
      Schema.Number.pipe(Schema.decodeTo(Schema.Number, { decode: later, encode: later })),
      1
    ],
    "a definition that throws": [Schema.suspend(throwing), 1],
    "a value that throws when looked at": [
      Schema.Struct({ a: Schema.Number }),
      Object.defineProperty({}, "a", { get: throwing, enumerable: true })
    ]
  }
  for (const [what, [schema, value]] of Object.entries(troubled)) {
    it(`answers ${what} with a failure, both ways, each time`, () => {
      const { decode, encode } = Codec.make(schema)
      for (const answer of [encode(value), decode(value), encode(value), decode(value)]) {
        expect(answer).toMatchObject({ _tag: "Failure", failure: { _tag: "SchemaError" } })
      }
    })
  }

  it("says what a schema threw", () => {
    const checked = Schema.Number.check(Schema.makeFilter(throwing))
    const given: ReadonlyArray<readonly [Codec.AnySchema, unknown]> = [
      [Schema.suspend(throwing), 1],
      [Schema.Struct({ a: checked }), { a: 1 }],
      [Schema.Struct({ a: checked, at: Schema.Date }), { a: 1, at: new Date(0) }]
    ]
    for (const [schema, value] of given) {
      expect(Result.merge(Codec.make(schema).encode(value))).toMatchObject({
        message: expect.stringContaining("the schema threw while encoding: a bug") as string
      })
    }
  })

  it("writes what is read back as it was, and nothing else", () => {
    const { encode } = Codec.make(Schema.Any)
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSparseArray: true
    })
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), anything), (value) => {
        const written = encode(value)
        if (Result.isSuccess(written)) expect(read(written.success)).toStrictEqual(written.success)
        else expect(isJson(value)).toBe(false)
      }),
      { numRuns: 2_000 }
    )
    // A list that has only its last item is not walked through.
    expect(encode(Object.assign([], { [2 ** 32 - 2]: 1 }))).toMatchObject({ _tag: "Failure" })
    expect(encode(Array(2))).toMatchObject({
      _tag: "Failure",
      failure: { message: expect.stringContaining("is undefined") as string }
    })
    expect(encode(-0)).toEqual(Result.succeed(0))
    expect(encode([{ a: -0 }])).toEqual(Result.succeed([{ a: 0 }]))
  })

  it("never throws, whatever it is given to read", () => {
    const codecs = values.map(([, schema]) => Codec.make(schema))
    fc.assert(
      fc.property(
        fc.constantFrom(...codecs),
        fc.anything({ withBigInt: true, withDate: true, withSparseArray: true }),
        (codec, value) => {
          expect([Result.isResult(codec.decode(value)), Result.isResult(codec.encode(value))]).toEqual([true, true])
        }
      ),
      { numRuns: 1000 }
    )
  })
})

/** What a store gives back of a value: plain objects, and no minus zero. */
const read = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown

/** Whether a value is JSON, all of it; minus zero counts as zero. */
const isJson = (value: unknown): boolean => {
  if (typeof value === "number") return Number.isFinite(value)
  if (value === null || typeof value === "string" || typeof value === "boolean") return true
  if (typeof value !== "object") return false
  if (Array.isArray(value)) return Array.from<unknown>(value).every(isJson)
  return [Object.prototype, null].includes(Object.getPrototypeOf(value) as null) && Object.values(value).every(isJson)
}

describe("Codec.tagOf", () => {
  it("gives a tag that is a string, and nothing for any other value", () => {
    expect(Codec.tagOf(new Late({ by: 1 }))).toBe("Late")
    for (const value of [undefined, null, 1, "x", {}, { _tag: 1 }, () => 1]) expect(Codec.tagOf(value)).toBeUndefined()
  })
})
