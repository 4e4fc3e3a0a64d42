/** Choice rules: every operator on every kind of value, and what is wrong with rules. */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Choice from "../../src/internal/data/choice.ts"
import type { Json, JsonObject } from "../../src/internal/data/json.ts"
import { anyJson, errorOf, recorded, run, scopeOf, success } from "../support/data.ts"

const tryMatch = (rule: Json, input: Json = {}) =>
  Choice.matches(rule, scopeOf(input, { context: { k: "context" }, variables: { v: 7 } }))

const matches = (rule: Json, input: Json = {}): boolean => success(tryMatch(rule, input))

const compare = (operator: string, value: Json, operand: Json): boolean =>
  matches({ Variable: "$.x", [operator]: operand }, { x: value })

const moment = "2016-08-18T17:33:00Z"

/** A value of each kind, some that could be taken for another's. */
const values: ReadonlyArray<Json> = [
  null,
  true,
  false,
  0,
  1,
  1.5,
  "",
  " ",
  "1",
  "true",
  "null",
  moment,
  [],
  [1],
  {},
  { a: 1 }
]

const families = {
  String: { kind: (value: Json) => typeof value === "string", below: "a", between: "b", above: "ba" },
  Numeric: { kind: (value: Json) => typeof value === "number", below: -1.5, between: 0, above: 1e10 },
  Timestamp: {
    kind: (value: Json) => value === moment,
    below: "2016-08-18T17:32:59.999Z",
    between: moment,
    above: "2016-08-18T17:33:00.000000001Z"
  }
} as const

const orders = { Equals: [false, true, false], LessThan: [true, false, false], LessThanEquals: [true, true, false] }
const rest = { GreaterThan: [false, false, true], GreaterThanEquals: [false, true, true] }

describe("comparisons", () => {
  for (const [family, { kind, below, between, above }] of Object.entries(families)) {
    for (const [order, expected] of Object.entries({ ...orders, ...rest })) {
      const operator = `${family}${order}`

      it(`${operator} compares with what is below, the same and above`, () => {
        expect([below, between, above].map((value) => compare(operator, value, between))).toStrictEqual(expected)
      })

      it(`${operator} does not match values of another kind`, () => {
        for (const value of values.filter((value) => !kind(value))) {
          expect(compare(operator, value, between)).toBe(false)
        }
      })

      it(`${operator}Path does not match where the operand is of another kind`, () => {
        for (const operand of values.filter((value) => !kind(value))) {
          expect(matches({ Variable: "$.x", [`${operator}Path`]: "$.y" }, { x: between, y: operand })).toBe(false)
        }
      })

      it(`${operator}Path says what ${operator} says, of any two values`, () => {
        for (const x of [...values, below, between, above]) {
          for (const y of [...values, below, between, above]) {
            const byPath = matches({ Variable: "$.x", [`${operator}Path`]: "$.y" }, { x, y })
            expect(byPath).toBe(compare(operator, x, y))
          }
        }
      })
    }
  }

  it("BooleanEquals matches the same truth value only", () => {
    for (const value of values) {
      for (const operand of [true, false]) {
        expect(compare("BooleanEquals", value, operand)).toBe(value === operand)
        expect(matches({ Variable: "$.x", BooleanEqualsPath: "$.y" }, { x: value, y: operand })).toBe(value === operand)
      }
    }
  })

  it("strings are compared unit by unit, without regard for language", () => {
    expect(compare("StringLessThan", "Z", "a")).toBe(true)
    expect(compare("StringLessThan", "a", "ä")).toBe(true)
    expect(compare("StringEquals", "ä", "a\u0308")).toBe(false)
    expect(compare("StringEquals", "\t\n", "\t\r\n")).toBe(false)
    expect(compare("StringLessThan", "", " ")).toBe(true)
    expect(compare("StringEquals", moment, moment)).toBe(true)
  })

  it("timestamps with different offsets are the same moment", () => {
    expect(compare("TimestampEquals", "2016-08-18T19:33:00+02:00", moment)).toBe(true)
    expect(compare("TimestampLessThan", "2016-08-18T17:33:00+02:00", moment)).toBe(true)
    expect(compare("TimestampEquals", "2016-08-18", "2016-08-18")).toBe(false)
  })
})

describe("tests of types", () => {
  it.each<readonly [string, (value: Json) => boolean]>([
    ["IsNull", (value) => value === null],
    ["IsString", (value) => typeof value === "string"],
    ["IsNumeric", (value) => typeof value === "number"],
    ["IsBoolean", (value) => typeof value === "boolean"],
    ["IsTimestamp", (value) => value === moment],
    ["IsPresent", () => true]
  ])("%s, and its opposite", (operator, is) => {
    for (const value of values) {
      expect(compare(operator, value, true)).toBe(is(value))
      expect(compare(operator, value, false)).toBe(!is(value))
    }
  })

  it("IsPresent tells what is missing; every other operator fails on it", () => {
    expect(matches({ Variable: "$.y", IsPresent: true })).toBe(false)
    expect(matches({ Variable: "$.y", IsPresent: false })).toBe(true)
    expect(matches({ Variable: "$nope.a", IsPresent: false })).toBe(true)
    for (const rule of [
      { IsNull: true },
      { IsString: false },
      { StringEquals: "" },
      { NumericLessThan: 1 },
      { StringMatches: "*" }
    ]) {
      expect(errorOf(tryMatch({ Variable: "$.y", ...rule }))).toBe("States.Runtime")
    }
    expect(errorOf(tryMatch({ Variable: "$.x", StringEqualsPath: "$.y" }, { x: "a" }))).toBe("States.Runtime")
    expect(errorOf(tryMatch({ Variable: "$.y", StringEqualsPath: "$.x" }, { x: "a" }))).toBe("States.Runtime")
  })

  it("variables and the context object are read like the input", () => {
    expect(matches({ Variable: "$v", NumericEquals: 7 })).toBe(true)
    expect(matches({ Variable: "$$.k", StringEqualsPath: "$.x" }, { x: "context" })).toBe(true)
  })
})

describe("StringMatches", () => {
  it.each<readonly [string, string, boolean]>([
    ["foo23.log", "foo*.log", true],
    ["zebra.log", "*.log", true],
    ["foobar.zebra", "foo*.*", true],
    ["foo.log", "foo*.log", true],
    ["foo.log.gz", "foo*.log", false],
    ["fo.log", "foo*.log", false],
    ["", "*", true],
    ["", "", true],
    ["a", "", false],
    ["aba", "a*ba", true],
    ["aba", "ab*ba", false],
    ["a\nb", "a*b", true],
    ["a.b", "a?b", false],
    ["a*b", String.raw`a\*b`, true],
    ["axb", String.raw`a\*b`, false],
    [String.raw`a\b`, String.raw`a\\b`, true],
    [String.raw`a\xb`, String.raw`a\\*b`, true],
    ["(a)", "(*)", true]
  ])("%j is like %j: %j", (value, pattern, expected) => {
    expect(compare("StringMatches", value, pattern)).toBe(expected)
  })

  it("a text is like itself, with its stars and backslashes escaped, and with any part as a star", () => {
    const escape = (text: string) => text.replaceAll(/[\\*]/g, String.raw`\$&`)
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (before, middle, after) => {
        const text = before + middle + after
        expect(compare("StringMatches", text, escape(text))).toBe(true)
        expect(compare("StringMatches", text, `${escape(before)}*${escape(after)}`)).toBe(true)
      })
    )
  })

  it("what is no string is like nothing", () => {
    for (const value of values.filter((value) => typeof value !== "string")) {
      expect(compare("StringMatches", value, "*")).toBe(false)
    }
  })

  it("a backslash that escapes nothing is an error when it is tried", () => {
    for (const pattern of [String.raw`a\b`, "a\\"]) {
      expect(errorOf(tryMatch({ Variable: "$.x", StringMatches: pattern }, { x: "a" }))).toBe("States.Runtime")
    }
  })
})

describe("And, Or and Not", () => {
  const yes = { Variable: "$.x", IsPresent: true }
  const no = { Variable: "$.x", IsPresent: false }
  const fails = { Variable: "$.missing", IsNull: true }

  it("are what they are in logic", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), (truths) => {
        const rules = truths.map((truth) => (truth ? yes : no))
        expect(matches({ And: rules }, { x: 1 })).toBe(truths.every(Boolean))
        expect(matches({ Or: rules }, { x: 1 })).toBe(truths.some(Boolean))
        expect(matches({ Not: { And: rules } }, { x: 1 })).toBe(
          matches({ Or: rules.map((Not) => ({ Not })) }, { x: 1 })
        )
      })
    )
  })

  it("look no further than they have to", () => {
    expect(matches({ And: [no, fails] }, { x: 1 })).toBe(false)
    expect(matches({ Or: [yes, fails] }, { x: 1 })).toBe(true)
    expect(errorOf(tryMatch({ And: [yes, fails] }, { x: 1 }))).toBe("States.Runtime")
    expect(errorOf(tryMatch({ Not: fails }, { x: 1 }))).toBe("States.Runtime")
  })
})

describe("what is wrong with a rule", () => {
  const fine = { Variable: "$.x", IsNull: true }

  it.each<Json>([
    { ...fine, Next: "A", Comment: "c", Assign: {} },
    { And: [fine, { Not: { Or: [fine] } }], Next: "A" },
    { Variable: "$v", TimestampLessThan: moment, Next: "A" },
    { Variable: "$.xs[0]", StringMatches: "a*" }
  ])("nothing: %j", (rule) => {
    expect(Choice.problems(rule)).toStrictEqual([])
  })

  it.each<readonly [Json, ReadonlyArray<ReadonlyArray<string | number>>]>([
    [7, [[]]],
    [{ Variable: "$.x", Next: "A" }, [[]]],
    [{ ...fine, IsString: true }, [[]]],
    [{ IsNull: true }, [[]]],
    [{ Variable: 1, IsNull: true }, [["Variable"]]],
    [{ Variable: "x", IsNull: "yes" }, [["Variable"], ["IsNull"]]],
    [{ Variable: "$.x", StringEquals: 1 }, [["StringEquals"]]],
    [{ Variable: "$.x", NumericLessThan: "1" }, [["NumericLessThan"]]],
    [{ Variable: "$.x", BooleanEquals: "true" }, [["BooleanEquals"]]],
    [{ Variable: "$.x", TimestampEquals: "2016-08-18" }, [["TimestampEquals"]]],
    [{ Variable: "$.x", NumericEqualsPath: 1 }, [["NumericEqualsPath"]]],
    [{ Variable: "$.x", NumericEqualsPath: "y" }, [["NumericEqualsPath"]]],
    [{ Variable: "$.x", IsPresent: 1 }, [["IsPresent"]]],
    [{ Variable: "$.x", IsNull: true, Nxet: "A" }, [["Nxet"]]],
    [{ And: [] }, [["And"]]],
    [{ Or: fine }, [["Or"]]],
    [
      { And: [fine, { ...fine, Next: "A" }, { Variable: "$.", IsNull: true }] },
      [
        ["And", 1, "Next"],
        ["And", 2, "Variable"]
      ]
    ],
    [{ Not: { Not: { Variable: "$.x" } } }, [["Not", "Not"]]]
  ])("%j", (rule, places) => {
    const problems = Choice.problems(rule)
    expect(problems.map(({ path }) => path)).toStrictEqual(places)
    expect(problems.every(({ message, mend }) => message !== "" && mend !== "")).toBe(true)
  })

  it("a rule without problems fails at most for its data", () => {
    fc.assert(
      fc.property(
        anyJson,
        fc.constantFrom("StringEquals", "IsNull", "NumericLessThanPath", "And", "Not"),
        anyJson,
        (operand, operator, input) => {
          const rule: JsonObject = { Variable: "$.x", [operator]: operand }
          fc.pre(Choice.problems(rule).length === 0)
          const result = tryMatch(rule, input)
          expect(Result.isSuccess(result) || result.failure.error).toBe(
            Result.isSuccess(result) ? true : "States.Runtime"
          )
        }
      )
    )
  })

  it("paths are found however deep", () => {
    const rule = {
      Or: [{ Not: { Variable: "$a.b", StringEqualsPath: "$b" } }, { And: [{ Variable: "$.x", StringEquals: "$c" }] }]
    }
    expect(Choice.paths(rule).map(({ text }) => text)).toStrictEqual(["$a.b", "$b", "$.x"])
  })
})

describe("conditions", () => {
  const holds = (condition: Json) =>
    run(Choice.holds(condition, { states: { input: { a: 1 }, context: {} }, variables: {} }, recorded()))

  it("are true, false, or an expression that is", async () => {
    expect(success(await holds(true))).toBe(true)
    expect(success(await holds("{% $states.input.a = 1 %}"))).toBe(true)
    expect(success(await holds("{% $states.input.a = '1' %}"))).toBe(false)
  })

  it("that give anything else fail", async () => {
    for (const condition of [
      "{% 1 %}",
      "{% 'true' %}",
      "{% $states.input.b %}",
      "{% null %}",
      "true",
      "{% $states.input.b = %}"
    ]) {
      expect(errorOf(await holds(condition))).toBe("States.QueryEvaluationError")
    }
  })
})
