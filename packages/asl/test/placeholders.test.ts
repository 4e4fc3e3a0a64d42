/** What deployment tools put into definitions: placeholders, and CloudFormation's functions in place of an ARN. */
import { Effect, Layer, Result } from "effect"
import { Asl, AslResources, placeOf } from "@waymark/asl"
import { Mock } from "@waymark/asl/mock"
import { Engine, Journal } from "@waymark/interpreter"
import { Picture, Tree } from "@waymark/render"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { filled } from "../src/internal/data/placeholder.ts"
import { JSONATA, machineOf, only, outputOf, run, TASK } from "./support/machines.ts"

const problemsOf = (definition: unknown, substitutions?: Record<string, string | number | boolean>) =>
  Result.match(Asl.parse(definition, { name: "m", ...(substitutions && { substitutions }) }), {
    onFailure: ({ problems }) => problems.map(({ message, path }) => `${placeOf(path)}: ${message}`),
    onSuccess: () => []
  })

describe("a text with its placeholders filled in", () => {
  const values = { n: 5, yes: true, text: 'a "b" \\', spelled: "7", long: "arn:aws:x" }
  it.each([
    ['{"a":${n}}', '{"a":5}'],
    ['{"a": ${spelled}, "b": ${yes} }', '{"a": 7, "b": true }'],
    ['{"a":"${n}","b":"${yes}"}', '{"a":5,"b":true}'],
    ['{"a":"${spelled}"}', '{"a":"7"}'],
    ['{"a":"x ${n} ${long}/${n}"}', '{"a":"x 5 arn:aws:x/5"}'],
    ['{"${n}":1,"${yes}" : "${n}"}', '{"5":1,"true" : 5}'],
    ['{"a":"${text}"}', '{"a":"a \\"b\\" \\\\"}'],
    ['{"a":${none},"b":"${none} ${n}"}', '{"a":"${none}","b":"${none} 5"}'],
    ['{"a":"\\"${n}","b":"$n $ {n} ${"}', '{"a":"\\"5","b":"$n $ {n} ${"}'],
    ['{"a":"${toString}"}', '{"a":"${toString}"}']
  ])("%s", (text, expected) => expect(filled(text, values)).toBe(expected))

  it("is the same JSON where nothing has a value", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(filled(text, {}))).toEqual(JSON.parse(text))
        expect(filled(text, values)).toBe(text)
      })
    )
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

  it("are nothing else", () => {
    for (const Resource of [{}, { Ref: 5 }, { Ref: "a", More: "b" }, { "Fn::Join": ["", []] }, { "Fn::GetAtt": [1] }]) {
      expect(problemsOf(only({ ...TASK, Resource }))).toHaveLength(1)
    }
    const reader = { Resource: { Ref: "a" } }
    const map = { Type: "Map", ItemReader: reader, ItemProcessor: only({ Type: "Pass" }, "E") }
    expect(problemsOf(only(map))).toHaveLength(1)
  })
})
