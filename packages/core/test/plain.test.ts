import { Result, Schema } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Codec } from "@waymark/core"
import { copyOf } from "../src/internal/plain.ts"

type Plain = Schema.Codec<unknown, unknown>

/** A schema, and values that fit it. */
interface Given {
  readonly schema: Plain
  readonly values: fc.Arbitrary<unknown>
}

const names = fc.constantFrom("a", "b", "_tag", "length", "toString", "valueOf", "", "0", "1", "ü")
const number = fc.oneof(fc.double(), fc.constantFrom(0, -0, NaN, Infinity, 1e300))

const scalars: ReadonlyArray<Given> = [
  { schema: Schema.String, values: fc.string() },
  { schema: Schema.String.annotate({ description: "a name" }), values: fc.string() },
  { schema: Schema.String.pipe(Schema.brand("Id")), values: fc.string() },
  { schema: Schema.NonEmptyString, values: fc.string() },
  { schema: Schema.Number, values: number },
  { schema: Schema.Finite, values: number },
  { schema: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })), values: fc.integer({ min: -2, max: 11 }) },
  { schema: Schema.NumberFromString, values: fc.oneof(number, fc.constantFrom("1", "x")) },
  { schema: Schema.Boolean, values: fc.boolean() },
  { schema: Schema.Null, values: fc.constant(null) },
  { schema: Schema.Literal("held"), values: fc.constantFrom("held", "paid") },
  { schema: Schema.Literals(["held", 1, true]), values: fc.constantFrom("held", 1, true, "1") },
  { schema: Schema.Literals([0, 1]), values: fc.constantFrom(0, -0, 1) },
  {
    schema: Schema.Number.check(Schema.isInt().and(Schema.isGreaterThan(0))),
    values: fc.constantFrom(-1, 0.5, 2)
  },
  { schema: Schema.mutable(Schema.Array(Schema.Number)), values: fc.array(number) },
  { schema: Schema.Union([Schema.Number, Schema.String]), values: fc.oneof(number, fc.constantFrom("NaN", "x")) },
  { schema: Schema.Date, values: fc.oneof(fc.date(), fc.constant("1970-01-01T00:00:00.000Z")) },
  { schema: Schema.Struct({}), values: fc.jsonValue() },
  { schema: Schema.Record(Schema.String, Schema.Number), values: fc.dictionary(fc.string(), number) },
  { schema: Schema.Tuple([Schema.String, Schema.Number]), values: fc.tuple(fc.string(), number) }
]

const { given } = fc.letrec<{ given: Given }>((tie) => ({
  given: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(...scalars),
    tie("given").map(({ schema, values }) => ({ schema: Schema.Array(schema), values: fc.array(values) })),
    tie("given").map(({ schema, values }) => ({ schema: Schema.NullOr(schema), values: fc.option(values) })),
    fc.dictionary(names, fc.tuple(tie("given"), fc.boolean()), { maxKeys: 4 }).map((fields) => ({
      schema: Schema.Struct(
        Object.fromEntries(
          Object.entries(fields).map(([name, [{ schema }, isOptional]]) => [
            name,
            isOptional ? Schema.optionalKey(schema) : schema
          ])
        )
      ),
      values: fc.record(Object.fromEntries(Object.entries(fields).map(([name, [{ values }]]) => [name, values])))
    }))
  )
}))

/** A value in which a part is another one, is missing, or is there besides. */
const spoilt = (value: unknown): fc.Arbitrary<unknown> => {
  if (Array.isArray(value)) {
    return fc.anything().map((more) => [...(value as ReadonlyArray<unknown>), more])
  }
  if (typeof value !== "object" || value === null) return fc.anything()
  return fc.tuple(fc.constantFrom(...Object.keys(value), "more"), fc.option(fc.anything())).map(([name, part]) => {
    const { [name]: _, ...others } = value as Readonly<Record<string, unknown>>
    return part === null ? others : { [name]: part, ...others }
  })
}

const cases = given.chain(({ schema, values }) =>
  fc.tuple(
    fc.constant(schema),
    fc.oneof(
      values,
      values.chain(spoilt),
      fc.anything(),
      values.map((value) => (typeof value === "object" ? (Object.create(value) as unknown) : value))
    )
  )
)

/** What a parser makes of a value, or why it can't. */
const outcome = (result: Result.Result<unknown, { readonly message: string }>): unknown =>
  Result.isSuccess(result) ? { made: result.success, keys: keysOf(result.success) } : result.failure.message

/** The order of keys is that of the text. */
const keysOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null
    ? Object.entries(value).map(([name, part]) => [name, keysOf(part)] as const)
    : undefined

describe("a schema of scalars, structs and lists", () => {
  it("reads what the parser reads, and refuses what that refuses", () => {
    fc.assert(
      fc.property(cases, ([schema, value]) => {
        const parse = Schema.decodeUnknownResult(Schema.toCodecJson(schema))
        expect(outcome(Codec.make(schema).decode(value))).toStrictEqual(outcome(parse(value)))
      }),
      { numRuns: 2_000 }
    )
  })

  it("writes what the parser writes, and refuses what that refuses", () => {
    fc.assert(
      fc.property(cases, ([schema, value]) => {
        if (copyOf(schema.ast) === undefined) return
        const parsed = Schema.encodeUnknownResult(Schema.toCodecJson(schema))(value)
        expect(outcome(Codec.make(schema).encode(value))).toStrictEqual(outcome(Result.map(parsed, stored)))
      }),
      { numRuns: 2_000 }
    )
  })

  it("makes a new value each time, all the way down", () => {
    const schema = Schema.Struct({ at: Schema.Struct({ x: Schema.Number }), tags: Schema.Array(Schema.String) })
    const given = { at: { x: 1 }, tags: ["a"] }
    const { decode, encode } = Codec.make(schema)
    for (const made of [Result.getOrThrow(decode(given)), Result.getOrThrow(encode(given)) as typeof given]) {
      expect(made).toStrictEqual(given)
      expect([made === given, made.at === given.at, made.tags === given.tags]).toEqual([false, false, false])
    }
  })

  it("answers odd values as the parser does", () => {
    class Place {
      readonly x = 1
      get y(): number {
        return 2
      }
    }
    const Point = Schema.Struct({ x: Schema.Number, y: Schema.Number })
    const Named = Schema.Struct({ n: Schema.String, more: Schema.optionalKey(Schema.String) })
    const odd: ReadonlyArray<readonly [Plain, unknown]> = [
      [Point, new Place()],
      [Named, new Proxy({}, { get: () => "x" })],
      [Named, Object.create({ n: "inherited" })],
      [Named, { n: "x", more: undefined }],
      [Schema.Array(Schema.Number), Object.assign([1, 2], { more: 3 })],
      [Schema.Array(Schema.NullOr(Schema.Number)), Array(2)],
      [Schema.Array(Schema.Number), { 0: 1, length: 1 }]
    ]
    for (const [schema, value] of odd) {
      const parse = Schema.decodeUnknownResult(Schema.toCodecJson(schema))
      expect(outcome(Codec.make(schema).decode(value))).toStrictEqual(outcome(parse(value)))
    }
  })

  it("is taken over without the parser where nothing else is in it", () => {
    const taken = Schema.Struct({
      _tag: Schema.Literal("Held"),
      id: Schema.String.pipe(Schema.brand("Id")),
      amount: Schema.Int,
      note: Schema.optionalKey(Schema.NullOr(Schema.String)),
      places: Schema.Array(Schema.Struct({ x: Schema.Finite, y: Schema.Finite }))
    })
    expect(copyOf(taken.ast)).toBeDefined()
    const left: ReadonlyArray<Plain> = [
      Schema.Struct({ at: Schema.Date }),
      Schema.Struct({ note: Schema.optional(Schema.String) }),
      Schema.Array(Schema.String).check(Schema.isMinLength(1)),
      // Text may be a number there.
      Schema.Union([Schema.Number, Schema.String]),
      Schema.Union([Schema.Literal(1), Schema.Literal("a")], { mode: "oneOf" }),
      Schema.Tuple([Schema.String]),
      Schema.Record(Schema.String, Schema.String),
      Schema.Struct({}),
      Schema.Trim
    ]
    for (const { ast } of left) expect(copyOf(ast)).toBeUndefined()
  })
})

/** What a parser writes, as it is kept: minus zero is zero. */
const stored = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown
