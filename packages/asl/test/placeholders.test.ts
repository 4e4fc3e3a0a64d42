/** What deployment tools put into definitions: placeholders, and CloudFormation's functions in place of an ARN. */
import { Effect, Layer, Result } from "effect"
import { Asl, AslResources, placeOf } from "@waymark/asl"
import { Mock } from "@waymark/asl/mock"
import { Engine, Journal } from "@waymark/interpreter"
import { Picture, Tree } from "@waymark/render"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { JSONATA, machineOf, only, outputOf, run, TASK } from "./support/machines.ts"

const problemsOf = (definition: unknown, substitutions?: Asl.Substitutions) =>
  Result.match(Asl.parse(definition, { name: "m", ...(substitutions && { substitutions }) }), {
    onFailure: ({ problems }) => problems.map(({ message, path }) => `${placeOf(path)}: ${message}`),
    onSuccess: () => []
  })

const arn = "arn:aws:lambda:us-east-1:123456789012:function:ask"

/** What a result comes to, given as text and as a value; as text only where a placeholder stands without quotes. */
const resultsOf = async (result: string, substitutions: Asl.Substitutions) => {
  const text = `{"StartAt":"It","States":{"It":{"Type":"Pass","Result":${result},"End":true}}}`
  const forms = /:\s*\$\{/.test(result) ? [text] : [text, JSON.parse(text) as unknown]
  return Promise.all(
    forms.map(
      async (form) => (await Effect.runPromise(Mock.run(machineOf(form, { substitutions }), {}, {}))).output ?? null
    )
  )
}

describe("a definition with its placeholders filled in", () => {
  const values = { n: 5, yes: true, text: 'a "b" \\', spelled: "7", long: "arn:aws:x", version: "1.10", zero: "-0" }
  it.each([
    ['{"a":${n}}', { a: 5 }],
    ['{"a": ${spelled}, "b": ${yes} }', { a: 7, b: true }],
    ['{"a":"${n}","b":"${yes}"}', { a: 5, b: true }],
    ['{"a":"${spelled}"}', { a: "7" }],
    [
      '{"a":"app-${version}","b":"${version}","c":"${zero}","d":"x${zero}"}',
      { a: "app-1.10", b: "1.10", c: "-0", d: "x-0" }
    ],
    ['{"a":"x ${n} ${long}/${n}"}', { a: "x 5 arn:aws:x/5" }],
    ['{"${n}":1,"${yes}" : "${n}"}', { 5: 1, true: 5 }],
    ['{"${n}"            : 1}', { 5: 1 }],
    ['{"a":"${text}"}', { a: 'a "b" \\' }],
    ['{"a":"${none} ${n}"}', { a: "${none} 5" }],
    ['{"a":"\\"${n}","b":"$n $ {n} ${"}', { a: '"5', b: "$n $ {n} ${" }],
    ['{"a":"\\u0024{n}-\\u0024{n}"}', { a: "5-5" }],
    ['{"a":["${n}",["${long}"]]}', { a: [5, ["arn:aws:x"]] }],
    ['{"a":"${toString}"}', { a: "${toString}" }]
  ])("%s, as text and as a value", async (result, expected) => {
    for (const output of await resultsOf(result, values)) expect(output).toEqual(expected)
  })

  it("is the same where nothing has a value", async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (text) => {
        for (const given of [{}, values]) {
          for (const output of await resultsOf(text, given)) expect(output).toEqual(JSON.parse(text))
        }
      }),
      { numRuns: 50 }
    )
  })

  it("is filled once: what a value holds is not looked at again", async () => {
    expect(await resultsOf('{"a":"${n}"}', { n: "${m}", m: "no" })).toEqual([{ a: "${m}" }, { a: "${m}" }])
  })

  it("holds what a value is as it is written, where the placeholder stands without quotes", async () => {
    const given = { list: '["x",{"n":1}]', version: "1.10", more: "2, 3" }
    expect(await resultsOf('{"a": ${list},"b":${version},"c":[1,${more}]}', given)).toEqual([
      { a: ["x", { n: 1 }], b: 1.1, c: [1, 2, 3] }
    ])
    const comment = (Comment: string) => `{"StartAt":"It","States":{"It":{"Type":"Succeed","Comment":${Comment}}}}`
    expect(problemsOf(comment("${V}"), { V: 7 })).toEqual(["$.States.It.Comment: it is 7"])
    expect(problemsOf(comment("${V}"), { V: "seven" })).toEqual([
      '$.States.It.Comment: the value of ${V} is no JSON there: "seven"'
    ])
    expect(problemsOf(`{\n"StartAt":\n\n\n}`)[0]).toMatch(/^\$: it is not JSON.*$/)
  })

  it("has each of its placeholders told once", () => {
    const text = '{"StartAt":"${N}","States":{"It":{"Type":"Wait","Seconds":${S},"Comment":"${N}-${C}","End":true}}}'
    const [N, S, C] = ["N", "S", "C"].map((name) => ({ name, missingAt: [] }))
    expect(Asl.placeholders(text, { S: 5 })).toEqual([N, S, C])
    expect(Asl.placeholders(text)).toEqual([N, { ...S, missingAt: [["States", "It", "Seconds"]] }, C])
    expect(Asl.placeholders(only({ ...TASK, Resource: { Ref: "Ask" } }))).toEqual([{ name: "Ask", missingAt: [] }])
    for (const none of ["{", undefined, {}]) expect(Asl.placeholders(none)).toEqual([])
  })

  it("has no key twice", () => {
    const result = '{"${a}":1,"x":2}'
    const text = `{"StartAt":"It","States":{"It":{"Type":"Pass","Result":${result},"End":true}}}`
    for (const form of [text, JSON.parse(text) as unknown]) {
      expect(problemsOf(form, { a: "x" })).toEqual(['$.States.It.Result.x: the key "x" is there twice'])
      expect(problemsOf(form)).toEqual([])
    }
  })
})

describe("the kind of a field", () => {
  const withComment = (values: Asl.Substitutions) => problemsOf({ ...only({ Type: "Pass" }), Comment: "${V}" }, values)

  it("decides whether a value is text", () => {
    for (const V of [7, true, "7", "true"]) expect(withComment({ V })).toEqual([])
    const errors = [{ ErrorEquals: ["${V}"], MaxAttempts: "${V}" }]
    expect(problemsOf(only({ ...TASK, Retry: errors }), { V: 7 })).toEqual([])
    expect(problemsOf({ ...only({ Type: "Pass" }, "7"), StartAt: "${V}" }, { V: 7 })).toEqual([])
  })

  it("gives what a failure says as text", async () => {
    const definition = only({ Type: "Fail", Error: "${E}", Cause: "${E}" })
    const report = await Effect.runPromise(Mock.run(machineOf(definition, { substitutions: { E: 404 } }), {}, {}))
    expect(report).toMatchObject({ status: "FAILED", error: "404", cause: "404" })
  })

  const choice = (operator: object) => ({
    StartAt: "It",
    States: {
      It: { Type: "Choice", Choices: [{ Variable: "$.a", ...operator, Next: "Yes" }], Default: "No" },
      Yes: { Type: "Pass", Result: "yes", End: true },
      No: { Type: "Pass", Result: "no", End: true }
    }
  })
  it.each([
    [{ NumericEquals: "${V}" }, "5", 5],
    [{ NumericEquals: "${V}" }, 5, 5],
    [{ StringEquals: "${V}" }, 5, "5"],
    [{ StringEquals: "${V}" }, "5", "5"],
    [{ BooleanEquals: "${V}" }, "true", true]
  ])("decides what a rule compares with: %j with %j", async (operator, V, a) => {
    const machine = machineOf(choice(operator), { substitutions: { V } })
    expect(await Effect.runPromise(Mock.run(machine, { a }, {}))).toMatchObject({ output: "yes" })
  })

  it("decides whether a text is the number that it spells, and nothing else is one", () => {
    const wait = (S: string) => problemsOf(only({ Type: "Wait", Seconds: "${S}" }), { S })
    expect(wait("5")).toEqual([])
    for (const text of ["", " 5", "05", "0x5", "five", "-5", "1.5"]) {
      expect(wait(text)).toEqual([`$.States.It.Seconds: it is ${JSON.stringify(text)}`])
    }
  })

  it("is asked of each place by itself", () => {
    const states = { It: { Type: "Wait", Seconds: "${N}", Comment: "${V}", Next: "E" }, E: { Type: "Fail", Error: 5 } }
    expect(problemsOf({ StartAt: "It", States: states }, { N: -5, V: 7 })).toEqual([
      "$.States.It.Seconds: it is -5",
      "$.States.E.Error: it is 5"
    ])
  })
})

describe("what is no JSON", () => {
  const cyclic: Record<string, unknown> = { Type: "Pass", End: true }
  cyclic["Result"] = { deep: [cyclic] }
  it.each([{}, { V: 7 }])("is a problem, with the substitutions %j", (values) => {
    expect(problemsOf(undefined, values)).toEqual(["$: a state machine is undefined"])
    expect(problemsOf(only({ Type: "Pass", Result: { a: 5n } }), values)).toEqual([
      "$.States.It.Result.a: it is a bigint, which JSON does not have"
    ])
    const found = problemsOf({ StartAt: "It", States: { It: cyclic } }, values)
    expect(found).toEqual(["$.States.It.Result.deep[0]: it holds itself"])
  })

  it("has an end to its depth, as text and as a value", () => {
    const deep = (depth: number) => JSON.parse("[".repeat(depth) + "]".repeat(depth)) as unknown
    for (const field of ["Result", "Parameters"]) {
      const nested = (depth: number) => only({ Type: "Pass", [field]: deep(depth) })
      for (const form of [nested(10_000), JSON.stringify(nested(4_000))]) {
        const [found, ...more] = problemsOf(form)
        expect(found).toMatch(/\[0\]: it is more than 500 levels deep$/)
        expect(more).toEqual([])
      }
      // Three levels are around it: the machine, its states and the state.
      expect(problemsOf(nested(497))).toEqual([])
      expect(problemsOf(nested(498))).toHaveLength(1)
    }
  })

  it("is not what is there twice, beside one another", () => {
    const shared = { a: "${V}" }
    expect(problemsOf(only({ Type: "Pass", Result: [shared, shared] }), { V: 7 })).toEqual([])
  })
})

describe("placeholders", () => {
  it("have their values wherever they stand, in a text and in a value", () => {
    const text = '{"StartAt":"It","States":{"It":{"Type":"Wait","Seconds":${S},"Next":"${N}"},"E":{"Type":"Succeed"}}}'
    expect(problemsOf(text, { S: 5, N: "E" })).toEqual([])
    const value = JSON.parse(text.replace("${S}", '"${S}"')) as unknown
    expect(problemsOf(value, { S: 5, N: "E" })).toEqual([])
    expect(problemsOf(value, { S: -5, N: "E" })).toEqual(["$.States.It.Seconds: it is -5"])
    expect(problemsOf(value, { S: 5 })).toContain('$.States.It.Next: there is no state "${N}"')
  })

  it("run with their values", async () => {
    const definition = only({ Type: "Pass", Result: { table: "${T}-${S}", limit: "${N}" } })
    const substitutions = { T: "orders", S: "test", N: 5 }
    const report = await Effect.runPromise(Mock.run(machineOf(definition, { substitutions }), {}, {}))
    expect(report.output).toEqual({ table: "orders-test", limit: 5 })
    expect(await outputOf(definition)).toEqual({ table: "${T}-${S}", limit: "${N}" })
  })

  const unfilled: Readonly<Record<string, unknown>> = {
    "$.TimeoutSeconds": { ...only({ Type: "Pass" }), TimeoutSeconds: "${N}" },
    "$.States.It.Seconds": only({ Type: "Wait", Seconds: "${N}" }),
    "$.States.It.TimeoutSeconds": only({ ...TASK, ...JSONATA, TimeoutSeconds: "${N}" }),
    "$.States.It.Retry[0].MaxAttempts": only({ ...TASK, Retry: [{ ErrorEquals: ["E"], MaxAttempts: "${N}" }] }),
    "$.States.It.MaxConcurrency": only({ Type: "Map", MaxConcurrency: "${N}", Iterator: only({ Type: "Pass" }, "E") }),
    "$.States.It.Choices[0].And[1].NumericLessThan": {
      StartAt: "It",
      States: {
        It: {
          Type: "Choice",
          Choices: [
            {
              And: [
                { Variable: "$.a", NumericEquals: 1 },
                { Variable: "$.a", NumericLessThan: "${N}" }
              ],
              Next: "E"
            }
          ]
        },
        E: { Type: "Succeed" }
      }
    }
  }
  for (const [place, definition] of Object.entries(unfilled)) {
    it(`may stand in place of a number, at ${place}: it is drawn, and nothing runs before it has a value`, async () => {
      expect(Tree.render(Picture.make(machineOf(definition)))).toContain("It")
      const report = await run(definition)
      expect(report).toMatchObject({ status: "STUCK", entered: [], events: [] })
      expect(report.cause).toContain(`${place} is \${N}: nothing runs before`)
      expect(problemsOf(definition, { N: 5 })).toEqual([])
    })
  }

  it.each([
    ['{"Type":"Pass","Result":{"limit":[1,{"a":2},${Limit}]},"End":true}', "$.States.It.Result.limit[2]"],
    ['{"Type":"Pass","Comment":${Limit},"End":true}', "$.States.It.Comment"],
    ['{"Type":"Wait","Seconds":${Limit},"End":true}', "$.States.It.Seconds"],
    ['{"Type":"Pass","Result":{"a":1,${Limit}:2},"End":true}', "$.States.It.Result"]
  ])("without quotes have to have values before anything runs: %s", async (state, place) => {
    const report = await run(`{"StartAt":"It","States":{"It":${state}}}`)
    expect(report).toMatchObject({ status: "STUCK", entered: [], events: [] })
    expect(report.cause).toContain(`: ${place} is \${Limit}: nothing runs`)
  })

  it("without quotes are each told once, by the place with its names filled in", async () => {
    const text = '{"StartAt":"${N}","States":{"${N}":{"Type":"Wait","Seconds":${S},"End":true}}}'
    const report = await Effect.runPromise(Mock.run(machineOf(text, { substitutions: { N: "It" } }), {}, {}))
    expect(report.cause).toContain(": $.States.It.Seconds is ${S}: nothing runs")
  })

  it("in place of a number have to stand alone, and stand for nothing else", () => {
    const wait = (more: object) => problemsOf(only({ Type: "Wait", ...more }))
    expect(wait({ Seconds: "1${N}" })).toEqual(['$.States.It.Seconds: it is "1${N}"'])
    expect(wait({ Timestamp: "${T}" })).toEqual(['$.States.It.Timestamp: it is "${T}"'])
    const rule = { Variable: "$.a", BooleanEquals: "${B}", Next: "E" }
    const choice = { StartAt: "It", States: { It: { Type: "Choice", Choices: [rule] }, E: { Type: "Succeed" } } }
    expect(problemsOf(choice)).toHaveLength(1)
    expect(problemsOf(choice, { B: true })).toEqual([])
  })

  it("without a value let an engine start nothing, and say so", async () => {
    const machine = machineOf(only({ Type: "Wait", Seconds: "${N}" }))
    const layer = Engine.layer({ workflows: [machine] }).pipe(
      Layer.provide(Journal.layerMemory),
      Layer.provide(AslResources.layer({}))
    )
    const started = Effect.flatMap(Engine, (engine) => engine.start(machine, { id: "1", input: {} }))
    const refusal = await Effect.runPromise(Effect.provide(Effect.flip(started), layer))
    expect(refusal).toMatchObject({ _tag: "CommandRejected" })
    expect(refusal.message).toContain("$.States.It.Seconds is ${N}")
  })
})

describe("CloudFormation's functions in place of an ARN", () => {
  it("are placeholders, which resources go by", async () => {
    const resources = {
      "${Ask.Arn}": [{ "Fn::GetAtt": ["Ask", "Arn"] }, { "Fn::GetAtt": "Ask.Arn" }, { "Fn::Sub": "${Ask.Arn}" }],
      "${Ask}": [{ Ref: "Ask" }]
    }
    for (const [name, functions] of Object.entries(resources)) {
      for (const Resource of functions) {
        expect(await outputOf(only({ ...TASK, Resource }), {}, { [name]: { return: 1 } })).toBe(1)
      }
    }
  })

  it("have the values of their placeholders", async () => {
    for (const Resource of [
      { "Fn::GetAtt": ["Ask", "Arn"] },
      { "Fn::Sub": "${Ask.Arn}" },
      { Ref: "Ask.Arn" },
      "${Ask.Arn}"
    ]) {
      const machine = machineOf(only({ ...TASK, Resource }), { substitutions: { "Ask.Arn": arn } })
      const report = await Effect.runPromise(Mock.run(machine, {}, { [arn]: { return: 1 } }))
      expect(report).toMatchObject({ status: "SUCCEEDED", output: 1 })
      expect(problemsOf(only({ ...TASK, Resource }), { "Ask.Arn": "ask" })).toHaveLength(1)
    }
  })

  it("stay what they are in data", async () => {
    const Result = { Type: "Task", Resource: { Ref: "Ask" } }
    expect(await outputOf(only({ Type: "Pass", Result }))).toEqual(Result)
  })

  it("stand for a resource", () => {
    for (const Resource of [{ "Fn::Sub": "charge" }, { "Fn::GetAtt": [] }, { "Fn::GetAtt": "" }, { Ref: "" }]) {
      expect(problemsOf(only({ ...TASK, Resource }))).toEqual([
        `$.States.It.Resource: it is ${JSON.stringify(Resource)}`
      ])
    }
    expect(problemsOf(only({ ...TASK, Resource: { "Fn::Sub": "local:${Stage}" } }))).toEqual([])
  })

  it("are nothing else", () => {
    for (const Resource of [{}, { Ref: 5 }, { Ref: "a", More: "b" }, { "Fn::Join": ["", []] }, { "Fn::GetAtt": [1] }]) {
      expect(problemsOf(only({ ...TASK, Resource }))).toHaveLength(1)
    }
    for (const field of ["Comment", "TimeoutSeconds"]) {
      expect(problemsOf(only({ ...TASK, [field]: { Ref: "a" } }))).toEqual([`$.States.It.${field}: it is {"Ref":"a"}`])
    }
    const reader = { Resource: { Ref: "a" } }
    const map = { Type: "Map", ItemReader: reader, ItemProcessor: only({ Type: "Pass" }, "E") }
    expect(problemsOf(only(map))).toHaveLength(1)
  })
})
