/** Intrinsic functions: their grammar, and what each of them gives and refuses. */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Intrinsic from "../../src/internal/data/intrinsic.ts"
import { equal, type Json } from "../../src/internal/data/json.ts"
import { anyJson, errorOf, recorded, scopeOf, success } from "../support/data.ts"

const tryCall = (text: string, input: Json = {}, random?: ReadonlyArray<number>) =>
  Intrinsic.evaluate(
    success(Intrinsic.parse(text)),
    scopeOf(input, { context: { Execution: { Id: "e" } }, variables: { v: 7 } }),
    recorded(random)
  )

const call = (text: string, input: Json = {}, random?: ReadonlyArray<number>): Json =>
  success(tryCall(text, input, random))

/** A text as a string of the grammar. */
const literal = (text: string): string => `'${text.replaceAll(/[\\'{}]/g, String.raw`\$&`)}'`

describe("the grammar", () => {
  it("arguments are strings, numbers, words, paths and calls", () => {
    const text = "States.Array('a', 1, -1.5, 2e3, true, false, null, $.x, $.y[0], $$.Execution.Id, $v, States.Array())"
    expect(call(text, { x: { z: 1 }, y: [9] })).toStrictEqual([
      "a",
      1,
      -1.5,
      2000,
      true,
      false,
      null,
      { z: 1 },
      9,
      "e",
      7,
      []
    ])
  })

  it("what ends an argument may stand in a string and in brackets", () => {
    expect(
      call("States.Array('a, b)', $.xs[?(@.n == ')' || @.n == ',')].n, $['k,)'])", {
        xs: [{ n: ")" }, { n: "," }],
        "k,)": 1
      })
    ).toStrictEqual(["a, b)", [")", ","], 1])
    expect(call("States.ArrayLength( $.xs[0, 1] )", { xs: [1, 2, 3] })).toBe(2)
  })

  it("any text can be written as a string", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(call(`States.Array(${literal(text)})`)).toStrictEqual([text])
        expect(call(`States.Format(${literal(text)})`)).toBe(text)
      })
    )
  })

  it("a backslash escapes a quote, a brace or a backslash", () => {
    expect(call(String.raw`States.Array('\\n \' \{\}')`)).toStrictEqual([String.raw`\n ' {}`])
  })

  it("a path that leads nowhere is no failure of the function", () => {
    expect(errorOf(tryCall("States.Format('{}', $.missing)"))).toBe("States.Runtime")
    expect(errorOf(tryCall("States.Format('{}', $unknown)"))).toBe("States.Runtime")
  })

  it("ten functions within one another are taken, and no more", () => {
    const nested = (depth: number): string => (depth === 0 ? "1" : `States.Array(${nested(depth - 1)})`)
    expect(call(nested(10))).toStrictEqual([[[[[[[[[[1]]]]]]]]]])
    expect(Result.isFailure(Intrinsic.parse(nested(11)))).toBe(true)
  })

  it.each([
    ["States.Unheard(1)", 'no intrinsic function "States.Unheard"'],
    ["States.toString(1)", 'no intrinsic function "States.toString"'],
    ["States.Format", '"(" is missing'],
    ["States.Array(1", '")" is missing'],
    ["States.Array(1,)", "no argument"],
    ["States.Array(a)", "no argument"],
    ['States.Array("a")', "no argument"],
    ["States.Array('a)", "not closed"],
    [String.raw`States.Array('a\b')`, "escapes nothing"],
    [String.raw`States.Format('\n{}', 1)`, "escapes nothing"],
    ["States.Array(1) ", "left over"],
    ["States.Array($.)", "a name is missing"],
    ["States.ArrayLength()", "0 arguments"],
    ["States.ArrayLength(1, 2)", "2 arguments"],
    ["States.MathRandom(1)", "1 arguments"],
    ["States.UUID(1)", "1 arguments"],
    ["States.Format()", "0 arguments"]
  ])("%s is refused: %s", (text, message) => {
    const parsed = Intrinsic.parse(text)
    expect(Result.isFailure(parsed) && parsed.failure.message).toContain(message)
  })
})

describe("States.Format", () => {
  it.each<readonly [string, string]>([
    ["States.Format('no place')", "no place"],
    ["States.Format('{}{}', 'a', 'b')", "ab"],
    ["States.Format('<{}>', '')", "<>"],
    ["States.Format('{} {} {}', 1.5, true, null)", "1.5 true null"],
    [String.raw`States.Format('\{\} {} it\'s \\', 1)`, String.raw`{} 1 it's \\`.slice(0, -1)],
    [String.raw`States.Format('\{{}\}', 1)`, "{1}"],
    ["States.Format($.escaped, 1)", "{1}"],
    ["States.Format($.template, $.name)", "Hello Ada"],
    ["States.Format('{}', '{}')", "{}"]
  ])("%s", (text, expected) => {
    expect(call(text, { template: "Hello {}", name: "Ada", escaped: String.raw`\{{}\}` })).toBe(expected)
  })

  it("objects and arrays come out as Java writes them", () => {
    expect(call("States.Format('{}', $.x)", { x: { a: 1, b: [true, null, "s"], c: {} } })).toBe(
      "{a=1, b=[true, null, s], c={}}"
    )
  })

  it.each([
    "States.Format('{}')",
    "States.Format('a', 1)",
    "States.Format('{} {}', 1)",
    "States.Format(1)",
    "States.Format('{a} {}', 1)",
    "States.Format('{{}}', 1)",
    "States.Format('}')",
    "States.Format($.open, 1)",
    "States.Format($.a)"
  ])("%s fails", (text) => {
    expect(errorOf(tryCall(text, { a: [], open: "{ {}" }))).toBe("States.Runtime")
  })
})

describe("JSON", () => {
  it("a value that is written is read again", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(call("States.StringToJson(States.JsonToString($.x))", { x: value })).toStrictEqual(value)
      })
    )
  })

  it("is written without blanks", () => {
    expect(call("States.JsonToString($)", { a: [1, "é"], b: null })).toBe('{"a":[1,"é"],"b":null}')
  })

  it("nothing but blanks is null", () => {
    expect(call("States.StringToJson('')")).toBeNull()
    expect(call("States.StringToJson('  ')")).toBeNull()
  })

  it("braces and quotes of JSON need no escapes in a string", () => {
    expect(call(`States.StringToJson('{"a": {}}')`)).toStrictEqual({ a: {} })
  })

  it("only true asks for what is not done", () => {
    expect(call("States.JsonMerge($.l, $.l, 'deep')", { l: { a: 1 } })).toStrictEqual({ a: 1 })
  })

  it("the second object's fields win, at the first level only", () => {
    const input = { l: { a: { x: 1 }, b: 1 }, r: { a: { y: 2 }, c: 3 } }
    expect(call("States.JsonMerge($.l, $.r, false)", input)).toStrictEqual({ a: { y: 2 }, b: 1, c: 3 })
  })

  it.each([
    "States.StringToJson('{')",
    "States.StringToJson('a')",
    "States.StringToJson($.l)",
    "States.StringToJson(1)",
    "States.JsonMerge($.l, $.l, true)",
    "States.JsonMerge($.l, 1, false)",
    "States.JsonMerge($.xs, $.l, false)"
  ])("%s fails", (text) => {
    expect(errorOf(tryCall(text, { l: {}, xs: [] }))).toBe("States.Runtime")
  })
})

describe("arrays", () => {
  it("parts put together are the array, and all but the last have the size", () => {
    fc.assert(
      fc.property(fc.array(anyJson), fc.integer({ min: 1, max: 9 }), (values, size) => {
        const parts = call(`States.ArrayPartition($, ${size})`, values) as ReadonlyArray<ReadonlyArray<Json>>
        expect(parts.flat()).toStrictEqual(values)
        expect(parts.slice(0, -1).every((part) => part.length === size)).toBe(true)
        expect(parts.every((part) => part.length > 0)).toBe(true)
      })
    )
  })

  it("what is unique is there once, and everything is", () => {
    const some = fc.constantFrom<Json>(1, "1", null, [1], { a: 1, b: 2 }, { b: 2, a: 1 })
    fc.assert(
      fc.property(fc.array(fc.oneof(anyJson, some)), (values) => {
        const unique = call("States.ArrayUnique($)", values) as ReadonlyArray<Json>
        for (const value of values) {
          expect(unique.filter((one) => equal(one, value))).toHaveLength(1)
        }
        expect(unique.every((one) => values.some((value) => equal(one, value)))).toBe(true)
      })
    )
  })

  it("what is unique comes in the order of Java's hashes", () => {
    const unique = (values: Json) => call("States.ArrayUnique($)", values)
    expect(unique([1, 2, 3, 3, 4])).toStrictEqual([1, 2, 3, 4])
    expect(unique([4, 3, 2, 3, 1])).toStrictEqual([1, 2, 3, 4])
    expect(unique([true, false, true])).toStrictEqual([false, true])
    expect(
      unique([
        [1, 2],
        [1, 2],
        [2, 1]
      ])
    ).toStrictEqual([
      [2, 1],
      [1, 2]
    ])
    expect(unique([1, null, 1])).toStrictEqual([null, 1])
    expect(unique(["b", "a", "c", "a"])).toStrictEqual(["a", "b", "c"])
    expect(unique([1, "1", "01"])).toStrictEqual([1, "1", "01"])
    expect(unique([0.25, -7, 5_000_000_000, { a: 1, b: 2 }, { b: 2, a: 1 }])).toHaveLength(4)
  })

  it("fields in another order are another object to look for", () => {
    const input = { all: [{ a: 1, b: 2 }], same: { a: 1, b: 2 }, turned: { b: 2, a: 1 } }
    expect(call("States.ArrayContains($.all, $.same)", input)).toBe(true)
    expect(call("States.ArrayContains($.all, $.turned)", input)).toBe(false)
  })

  it.each<readonly [string, Json]>([
    ["States.ArrayPartition($.xs, 3.9)", [["a", 2, { k: 1 }], [null]]],
    ["States.ArrayPartition($.none, 4)", []],
    ["States.ArrayContains($.xs, null)", true],
    ["States.ArrayContains($.xs, 'b')", false],
    ["States.ArrayContains($.xs, '2')", true],
    ["States.ArrayContains($.xs, $.xs[2])", true],
    ["States.ArrayContains($.xs, 0)", false],
    ["States.ArrayContains($.none, null)", false],
    ["States.ArrayGetItem($.xs, 0)", "a"],
    ["States.ArrayGetItem($.xs, 3)", null],
    ["States.ArrayGetItem($.xs, 1.9)", 2],
    ["States.ArrayGetItem($.none, 9)", null],
    ["States.ArrayLength($.none)", 0],
    ["States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]],
    ["States.ArrayRange(0, 10, 3)", [0, 3, 6, 9]],
    ["States.ArrayRange(1, 9, 9)", [1]],
    ["States.ArrayRange(9, 1, -4)", [9, 5, 1]],
    ["States.ArrayRange(1.6, 3.9, 1.5)", [1, 2, 3]],
    ["States.ArrayRange(5.4, -0.6, -2.4)", [5, 3, 1]],
    ["States.ArrayRange(3, 3, -1)", [3]],
    ["States.ArrayRange(1, 5, -1)", []],
    ["States.ArrayRange(5, 1, 1)", []]
  ])("%s", (text, expected) => {
    expect(call(text, { xs: ["a", 2, { k: 1 }, null], none: [] })).toStrictEqual(expected)
  })

  it("a range has a thousand elements and no more", () => {
    expect((call("States.ArrayRange(1, 1000, 1)") as ReadonlyArray<Json>).length).toBe(1000)
    expect(errorOf(tryCall("States.ArrayRange(0, 1000, 1)"))).toBe("States.Runtime")
  })

  it.each([
    "States.ArrayPartition($.o, 1)",
    "States.ArrayPartition($.xs, 0)",
    "States.ArrayPartition($.xs, -1)",
    "States.ArrayPartition($.xs, 0.9)",
    "States.ArrayRange(1, 9, 0.9)",
    "States.ArrayPartition($.xs, '1')",
    "States.ArrayContains('abc', 'a')",
    "States.ArrayGetItem($.xs, 1)",
    "States.ArrayGetItem($.xs, -1)",
    "States.ArrayGetItem($.o, 0)",
    "States.ArrayLength($.o)",
    "States.ArrayLength('abc')",
    "States.ArrayLength(null)",
    "States.ArrayUnique(null)",
    "States.ArrayRange(1, 9, 0)",
    "States.ArrayRange('1', 9, 1)",
    "States.ArrayRange(1, null, 1)"
  ])("%s fails", (text) => {
    expect(errorOf(tryCall(text, { xs: [1], o: {} }))).toBe("States.Runtime")
  })
})

describe("numbers", () => {
  it.each<readonly [string, number]>([
    ["States.MathAdd(1, -1)", 0],
    ["States.MathAdd(0.5, 0)", 1],
    ["States.MathAdd(-0.5, 0)", 0],
    ["States.MathAdd(-1.5, 0)", -1],
    ["States.MathAdd(2.49, 0)", 2],
    ["States.MathAdd(0.5, 0.5)", 2],
    ["States.MathAdd(2147483647, 0)", 2_147_483_647],
    ["States.MathAdd(-2147483648, 0)", -2_147_483_648]
  ])("%s: halves go up", (text, expected) => {
    expect(call(text)).toBe(expected)
  })

  it.each([
    "States.MathAdd('1', 1)",
    "States.MathAdd(null, 1)",
    "States.MathAdd(2147483647, 1)",
    "States.MathAdd(3000000000, 0)"
  ])("%s fails", (text) => {
    expect(errorOf(tryCall(text))).toBe("States.Runtime")
  })

  it("what is random is what was drawn", () => {
    expect(call("States.Array(States.MathRandom(1, 11), States.MathRandom(1, 11))", {}, [0, 0.99])).toStrictEqual([
      1, 10
    ])
  })

  it("a seed gives one number, from the start to below the end", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: -1000, max: 1000 }),
        fc.integer({ min: 1, max: 5000 }),
        (seed, start, size) => {
          const text = `States.MathRandom(${start}, ${start + size}, ${seed})`
          const number = call(text, {}, [0]) as number
          expect(call(text, {}, [0.9])).toBe(number)
          expect(number).toBeGreaterThanOrEqual(start)
          expect(number).toBeLessThan(start + size)
        }
      )
    )
  })

  it("a seed gives what java.util.Random gives", () => {
    // `new Random(42).nextInt(10)` and `nextInt(16)` in Java.
    expect(call("States.MathRandom(0, 10, 42)")).toBe(0)
    expect(call("States.MathRandom(0, 16, 42)")).toBe(11)
  })

  it.each([
    "States.MathRandom(1, 1)",
    "States.MathRandom(1.4, 1.9)",
    "States.MathRandom(5, 1)",
    "States.MathRandom('1', 2)",
    "States.MathRandom(1, 5, 'a')"
  ])("%s fails", (text) => {
    expect(errorOf(tryCall(text))).toBe("States.Runtime")
  })
})

describe("text", () => {
  it("what is encoded is decoded again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(call("States.Base64Decode(States.Base64Encode($.x))", { x: text })).toBe(text)
      })
    )
  })

  it.each<readonly [string, Json]>([
    ["States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="],
    ["States.Base64Encode('é')", "w6k="],
    ["States.Base64Decode('w6k')", "é"],
    ["States.Base64Decode('YW Jj!')", "abc"],
    ["States.Base64Decode('YQ==Yg==')", "a"],
    ["States.Hash(1, 'MD5')", "c4ca4238a0b923820dcc509a6f75849b"],
    ["States.StringSplit('1,2,3', ',')", ["1", "2", "3"]],
    ["States.StringSplit('a.b+c', '.+')", ["a", "b", "c"]],
    ["States.StringSplit(',a,,b,', ',')", ["a", "b"]],
    ["States.StringSplit('abc', '')", ["abc"]],
    ["States.StringSplit('abc', 'x')", ["abc"]],
    ["States.StringSplit('', ',')", []],
    ["States.Hash('abc', 'MD5')", "900150983cd24fb0d6963f7d28e17f72"],
    ["States.Hash('abc', 'SHA-1')", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["States.Hash('abc', 'SHA-256')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    ["States.UUID()", "9f1c2b34-5d6e-4f70-8192-a3b4c5d6e7f8"]
  ])("%s", (text, expected) => {
    expect(call(text)).toStrictEqual(expected)
  })

  it("ten thousand characters are taken, and no more", () => {
    for (const name of ["Base64Encode($.x)", "Base64Decode($.x)", "Hash($.x, 'MD5')"]) {
      expect(Result.isSuccess(tryCall(`States.${name}`, { x: "a".repeat(10_000) }))).toBe(true)
      expect(errorOf(tryCall(`States.${name}`, { x: "a".repeat(10_004) }))).toBe("States.Runtime")
    }
  })

  it.each([
    "States.Base64Encode(1)",
    "States.Base64Encode(null)",
    "States.Base64Decode(1)",
    "States.StringSplit(1, ',')",
    "States.StringSplit('a', 1)",
    "States.Hash('a', 'SHA1')",
    "States.Hash('a', 'md5')",
    "States.Hash('a', null)"
  ])("%s fails", (text) => {
    expect(errorOf(tryCall(text))).toBe("States.Runtime")
  })
})
