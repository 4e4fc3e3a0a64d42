/** JSONata: what expressions give, what Step Functions adds to the language, and what can be read from them. */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Json } from "../../src/internal/data/json.ts"
import * as Jsonata from "../../src/internal/data/jsonata.ts"
import { anyJson, recorded, run, success } from "../support/data.ts"

const tryEvaluate = (template: Json, input: Json = {}, random?: ReadonlyArray<number>) =>
  run(
    Jsonata.evaluate(
      template,
      { states: { input, context: { Execution: { Id: "e" } } }, variables: { v: 7, list: [1, 2, 3] } },
      recorded(random),
      "Output"
    )
  )

const evaluate = async (template: Json, input: Json = {}, random?: ReadonlyArray<number>): Promise<Json> =>
  success(await tryEvaluate(template, input, random))

const failure = async (expression: string, input: Json = {}): Promise<string> => {
  const result = await tryEvaluate(`{% ${expression} %}`, input)
  return Result.isFailure(result) ? `${result.failure.error}: ${result.failure.cause}` : JSON.stringify(result.success)
}

describe("templates", () => {
  it("without expressions stay as they are", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyJson.filter((value) => !JSON.stringify(value).includes("{%")),
        async (template) => {
          expect(await evaluate(template)).toStrictEqual(template)
          expect(Jsonata.problems(template)).toStrictEqual([])
        }
      )
    )
  })

  it("give any value as it is", async () => {
    await fc.assert(
      fc.asyncProperty(anyJson, async (value) => {
        expect(await evaluate("{% $states.input %}", value)).toStrictEqual(value)
        expect(await evaluate({ a: ["{% $states.input.x %}"] }, { x: value })).toStrictEqual({ a: [value] })
      })
    )
  })

  it("have expressions at every depth, and only in strings that are one from end to end", async () => {
    const template = {
      sum: "{% $states.input.a + $v %}",
      list: ["{%$states.context.Execution.Id%}", { deep: "{%\n$list[1]\n%}" }],
      kept: [" {% $v %}", "{% $v %} ", "{% $v", "$v", "{%}", "$.a", 1, null],
      "a.$": "$.a"
    }
    expect(await evaluate(template, { a: 1 })).toStrictEqual({
      sum: 8,
      list: ["e", { deep: 2 }],
      kept: template.kept,
      "a.$": "$.a"
    })
  })

  it.each<readonly [string, Json]>([
    ["null", null],
    ["$states.input.n", null],
    ["$states.input.one", [1]],
    ["$states.input.items.id", [1, 2]],
    ["$states.input.items[id = 2].id", 2],
    ["[$states.input.items[id = 2].id]", [2]],
    ["{'a': $states.input.missing, 'b': 1}", { b: 1 }],
    ["[]", []],
    ["'\"'", '"'],
    ["1/0", "Infinity"],
    ["[-1/0]", ["-Infinity"]],
    ["-0", 0],
    ["$string(1e20)", "100000000000000000000"]
  ])("%s", async (expression, expected) => {
    const input = { n: null, one: [1], items: [{ id: 1 }, { id: 2 }] }
    expect(await evaluate(`{% ${expression} %}`, input)).toStrictEqual(expected)
  })
})

describe("what fails", () => {
  it.each([
    ["$states.input.missing", "returned nothing"],
    ["$missing", "returned nothing"],
    ["$states.input[x = 1]", "returned nothing"],
    ["missing", "returned nothing"],
    ["1 +", "S0207"],
    ["$unheard(1)", "T1006"],
    ["$eval('1')", "T1006"],
    ["'a' + 1", "T2001"],
    ["$number('a')", "D3030"],
    ["$error('stop')", "stop"],
    ["$sum", "no JSON"],
    ["function($x) { $x }", "no JSON"],
    ["[$sum]", "no JSON"],
    ["/a/", "no JSON"]
  ])("%s: %s", async (expression, cause) => {
    expect(await failure(expression)).toContain("States.QueryEvaluationError")
    expect(await failure(expression)).toContain(cause)
  })

  it("names the field and the expression", async () => {
    const result = await tryEvaluate({ a: [1, { b: "{% $nope %}" }] })
    expect(Result.isFailure(result) && result.failure.cause).toBe(
      "The JSONata expression '$nope' specified for the field 'Output/a[1]/b' returned nothing (undefined)."
    )
  })

  it("an expression that goes on for ever is stopped, and meanwhile others have their turn", async () => {
    let turns = 0
    const turn = () => {
      turns += 1
      pending = setImmediate(turn)
    }
    let pending = setImmediate(turn)
    expect(await failure("($f := function($x) { $f($x + 1) }; $f(1))")).toContain("steps")
    clearImmediate(pending)
    expect(turns).toBeGreaterThan(50)
  })

  it("an expression nests a hundred deep, and no deeper", async () => {
    const sum = (terms: number): string => Array.from({ length: terms }, () => "1").join("+")
    expect(await failure(sum(100))).toBe("100")
    expect(await failure(sum(101))).toContain("nests deeper")
  })

  it("a value has a largest size", async () => {
    expect(await failure("$count([1..873782])")).toBe("873782")
    expect(await failure("$count([1..873783])")).toContain("memory limit")
    expect(await failure("$count($range(1, 360146, 1))")).toContain("memory limit")
  })
})

describe("the functions of Step Functions", () => {
  it.each<readonly [string, Json]>([
    [
      "$partition([1,2,3,4], 2)",
      [
        [1, 2],
        [3, 4]
      ]
    ],
    ["$partition([1,2,3], 2)", [[1, 2], [3]]],
    ["$partition([1,2], 5)", [[1, 2]]],
    ["$partition([1,2], 1.9)", [[1], [2]]],
    ["$partition([1,2])", [[1, 2]]],
    ["$range(0, 6, 2)", [0, 2, 4, 6]],
    ["$range(0, 7, 2)", [0, 2, 4, 6]],
    ["$range(3, -3, -3)", [3, 0, -3]],
    ["$range(1, 9, 9)", 1],
    ["$range(2, 2, 5)", 2],
    ["$range(-1.7, 2, 1)", [-1, 0, 1, 2]],
    ["$hash('input', 'SHA-1')", "140f86aae51ab9e1cda9b4254fe98a74eb54c1a1"],
    ["$hash('abc', 'MD5')", "900150983cd24fb0d6963f7d28e17f72"],
    ["$random(42)", 0.7275636800328681],
    ["$uuid()", "9f1c2b34-5d6e-4f70-8192-a3b4c5d6e7f8"],
    ["$parse('{\"a\":[1,null]}')", { a: [1, null] }],
    ["$parse('1.1')", 1.1],
    ["$parse('null')", null],
    ["$map(['1', '2'], $parse)", [1, 2]],
    ["$list ~> $partition(2)", [[1, 2], [3]]]
  ])("%s", async (expression, expected) => {
    expect(await evaluate(`{% ${expression} %}`)).toStrictEqual(expected)
  })

  it.each([
    "$partition([], 1)",
    "$partition($missing, 1)",
    "$partition([1], 0)",
    "$range(1, 5)",
    "$range(1, 5, 0)",
    "$range(5, 1, 1)",
    "$hash('a')",
    "$parse($missing)"
  ])("%s gives nothing", async (expression) => {
    expect(await failure(expression)).toContain("returned nothing")
  })

  it.each([
    "$partition([1], -1)",
    "$partition('a', 1)",
    "$partition([1], 'a')",
    "$partition([1], 1, 1)",
    "$range($missing, 1, 1)",
    "$range('1', 2, 1)",
    "$hash(1, 'MD5')",
    "$hash('a', 'SHA1')",
    "$hash('a', 1)",
    "$parse('')",
    "$parse('{')",
    "$parse(1)",
    "$random('a')",
    "$uuid(1)"
  ])("%s is refused", async (expression) => {
    expect(await failure(expression)).toContain("threw an error")
  })

  it("chance and time are what is recorded", async () => {
    expect(await evaluate("{% [$random(), $random()] %}", {}, [0.25, 0.75])).toStrictEqual([0.25, 0.75])
    expect(await evaluate("{% $now() %}")).toBe("2026-01-02T03:04:05.678Z")
    expect(await evaluate("{% $now('[Y]-[M01]', '+0000') %}")).toBe("2026-01")
    expect(await evaluate("{% $millis() = $toMillis($now()) %}")).toBe(true)
  })

  it("what is shuffled has the same elements, and the same draws give the same order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer(), { minLength: 2 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        async (values, stream) => {
          const draws = [...stream.take(values.length)]
          const shuffled = await evaluate("{% $shuffle($states.input) %}", values, draws)
          expect([...(shuffled as ReadonlyArray<number>)].sort()).toStrictEqual([...values].sort())
          expect(await evaluate("{% $shuffle($states.input) %}", values, draws)).toStrictEqual(shuffled)
        }
      ),
      { numRuns: 50 }
    )
  })
})

describe("what is wrong with an expression, before it is evaluated", () => {
  it("a syntax error has its place in the template and in the expression", () => {
    const [problem, ...rest] = Jsonata.problems({ a: ["fine", "{% 1 + %}"] })
    expect(rest).toStrictEqual([])
    expect(problem?.path).toStrictEqual(["a", 1])
    expect(problem?.message).toContain("character 3")
  })

  it.each([
    "a",
    "a.b",
    "$sum(items)",
    "{'k': v}",
    "$",
    "$$",
    "$ + 1",
    "$states.input.($$.a)",
    "$map($list, function($x) { y })"
  ])("%s refers to an input that there is not", (expression) => {
    expect(Jsonata.problems(`{% ${expression} %}`)).toHaveLength(1)
  })

  it.each([
    "$states.input.a.b",
    "$states.input.(a + b)",
    "$states.input[a = 1]",
    "$list[$ > 1]",
    "$states.input.{'k': v}",
    "$states.input{k: v}",
    "$states.input^(>price)",
    "$states.input ~> |a|{'b': c}|",
    "$states.input.xs@$x.($x.a)",
    "$map($list, function($x) { $x.a })",
    "($x := 1; $x)"
  ])("%s is fine", (expression) => {
    expect(Jsonata.problems(`{% ${expression} %}`)).toStrictEqual([])
  })
})

describe("what expressions use", () => {
  it.each<readonly [string, ReadonlyArray<string>, ReadonlyArray<string>]>([
    ["$a + $b.c", ["a", "b"], []],
    ["$states.input.a & $states.context.b & $states.result", [], ["context", "input", "result"]],
    ["($x := $y; $x)", ["y"], []],
    ["($x := $x + 1; $x)", ["x"], []],
    ["(($x := 1); $x)", ["x"], []],
    ["($f := function($n) { $n = 0 ? 0 : $f($n - 1) }; $f(3))", [], []],
    ["function($a, $b) { $a + $b + $c }", ["c"], []],
    ["$map($list, $string)", ["list"], []],
    ["$states.input.xs@$i.ys#$k[$k = 0 and $i.a = $j]", ["j"], ["input"]],
    ["$sum([1..$n])", ["n"], []],
    ["'$a'", [], []],
    ["1 +", [], []]
  ])("%s", (expression, variables, states) => {
    const uses = Jsonata.uses({ list: [`{% ${expression} %}`, "$kept"] })
    expect([...uses.variables].sort()).toStrictEqual(variables)
    expect([...uses.states].sort()).toStrictEqual(states)
  })
})
