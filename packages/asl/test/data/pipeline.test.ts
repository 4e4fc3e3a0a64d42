/** Payload templates, and the way of the data through a state. */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Json } from "../../src/internal/data/json.ts"
import * as Template from "../../src/internal/data/payloadTemplate.ts"
import * as Pipeline from "../../src/internal/data/pipeline.ts"
import { anyJson, errorOf, recorded, scopeOf, success } from "../support/data.ts"

const fill = (template: Json, input: Json = {}) =>
  Template.evaluate(
    template,
    scopeOf(input, { context: { Map: { Item: { Value: 5 } } }, variables: { v: [1, 2] } }),
    recorded()
  )

describe("payload templates", () => {
  it("without a key that ends in .$ stay as they are", () => {
    fc.assert(
      fc.property(
        anyJson.filter((value) => !JSON.stringify(value).includes('.$"')),
        (template) => {
          expect(success(fill(template))).toStrictEqual(template)
          expect(Template.problems(template)).toStrictEqual([])
        }
      )
    )
  })

  it("take values from paths and functions, at every depth", () => {
    const template = {
      "all.$": "$",
      "one.$": "$.a",
      fixed: "$.a",
      within: {
        "item.$": "$$.Map.Item.Value",
        list: [{ "second.$": "$v[1]" }, "$.a", ["x", { "n.$": "States.ArrayLength($v)" }]]
      }
    }
    expect(success(fill(template, { a: [1] }))).toStrictEqual({
      all: { a: [1] },
      one: [1],
      fixed: "$.a",
      within: { item: 5, list: [{ second: 2 }, "$.a", ["x", { n: 2 }]] }
    })
  })

  it("a path that leads nowhere names the field", () => {
    const failed = fill({ a: { "b.$": "$.missing" } })
    expect(errorOf(failed)).toBe("States.Runtime")
    expect(Result.isFailure(failed) && failed.failure.cause).toContain("'b.$'")
    expect(errorOf(fill({ "b.$": "$.xs[*].y.z" }, { xs: [{ y: 1 }] }))).toBe('no error: {"b":[]}')
  })

  it("a path cannot be applied to an input that is null, but to one in it that is", () => {
    expect(errorOf(fill({ "a.$": "$" }, null))).toBe("States.Runtime")
    expect(success(fill({ "a.$": "$$.Map.Item.Value" }, null))).toStrictEqual({ a: 5 })
    expect(success(fill({ "a.$": "$.x" }, { x: null }))).toStrictEqual({ a: null })
  })

  it("a function that fails fails the template", () => {
    expect(errorOf(fill({ "a.$": "States.ArrayLength('x')" }))).toBe("States.Runtime")
  })

  it("have every problem told, with its place", () => {
    const problems = Template.problems({
      "a.$": 1,
      "b.$": "no path",
      list: [{ "c.$": "$." }, { "d.$": "States.Nope()" }],
      e: 1,
      "e.$": "$.e",
      "fine.$": "$.a"
    })
    expect(problems.map(({ path }) => path)).toStrictEqual([
      ["a.$"],
      ["b.$"],
      ["list", 0, "c.$"],
      ["list", 1, "d.$"],
      ["e.$"]
    ])
  })

  it("tell which variables they read", () => {
    const template = {
      "a.$": "$x.y",
      b: [{ "c.$": "States.Format('{} {}', $y, States.Array($z[0], $$.a, $.b))" }],
      d: "$w"
    }
    expect([...Template.variables(template)].sort()).toStrictEqual(["x", "y", "z"])
  })
})

const input: Json = { a: { b: 1 }, c: [1, 2] }
const scope = scopeOf(input, { variables: { v: { w: 9 } }, context: { k: "context" } })

describe("the input of a state", () => {
  it.each<readonly [Pipeline.InputFields, Json]>([
    [{}, input],
    [{ InputPath: "$" }, input],
    [{ InputPath: "$.a" }, { b: 1 }],
    [{ InputPath: "$.c[*]" }, [1, 2]],
    [{ InputPath: null }, {}],
    [{ InputPath: "$$.k" }, "context"],
    [{ InputPath: "$v.w" }, 9],
    [{ Parameters: { "x.$": "$.a.b" } }, { x: 1 }],
    [
      { InputPath: "$.a", Parameters: { "x.$": "$.b", "y.$": "$v.w" } },
      { x: 1, y: 9 }
    ],
    [{ InputPath: null, Parameters: { "x.$": "$" } }, { x: {} }]
  ])("%j", (fields, expected) => {
    expect(success(Pipeline.effectiveInput(fields, scope, recorded()))).toStrictEqual(expected)
  })

  it.each<Pipeline.InputFields>([
    { InputPath: "$.missing" },
    { InputPath: "$nope" },
    { Parameters: { "x.$": "$.missing" } }
  ])("%j leads nowhere", (fields) => {
    expect(errorOf(Pipeline.effectiveInput(fields, scope, recorded()))).toBe("States.Runtime")
  })
})

describe("the output of a state", () => {
  it.each<readonly [Pipeline.OutputFields, Json]>([
    [{}, { r: [5] }],
    [{ ResultSelector: { "x.$": "$.r[0]", "y.$": "$v.w" } }, { x: 5, y: 9 }],
    [{ ResultPath: null }, input],
    [{ ResultPath: "$" }, { r: [5] }],
    [{ ResultPath: "$.a.n" }, { a: { b: 1, n: { r: [5] } }, c: [1, 2] }],
    [{ ResultPath: "$.d", OutputPath: "$.d.r" }, [5]],
    [{ OutputPath: null }, {}],
    [{ OutputPath: "$.r[*]" }, [5]],
    [{ OutputPath: "$v" }, { w: 9 }],
    [{ ResultSelector: { "s.$": "$.r" }, ResultPath: "$.c", OutputPath: "$.c.s[0]" }, 5]
  ])("%j", (fields, expected) => {
    expect(success(Pipeline.effectiveOutput(fields, scope, { r: [5] }, recorded()))).toStrictEqual(expected)
  })

  it.each<readonly [Pipeline.OutputFields, string]>([
    [{ ResultPath: "$.c.d" }, "States.ReferencePathConflict"],
    [{ ResultPath: "$$.d" }, "States.Runtime"],
    [{ OutputPath: "$.a" }, "States.Runtime"],
    [{ ResultSelector: { "x.$": "$.a" } }, "States.Runtime"]
  ])("%j fails with %s", (fields, error) => {
    expect(errorOf(Pipeline.effectiveOutput(fields, scope, { r: [5] }, recorded()))).toBe(error)
  })

  it("variables are all computed before the first is set", () => {
    const swap = { "v.$": "$.a.b", "old.$": "$v.w", fixed: "$v" }
    expect(success(Pipeline.assigned(swap, scope, recorded()))).toStrictEqual({ v: 1, old: 9, fixed: "$v" })
    expect(errorOf(Pipeline.assigned({ "x.$": "$y" }, scope, recorded()))).toBe("States.Runtime")
  })
})
