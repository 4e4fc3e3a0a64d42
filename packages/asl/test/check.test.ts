/** What is found wrong with definitions: where, and all at once. */
import { Result } from "effect"
import { Asl, placeOf } from "@waymark/asl"
import { describe, expect, it } from "vitest"
import { chain, JSONATA, only, TASK } from "./support/machines.ts"

const problemsOf = (definition: unknown) =>
  Result.match(Asl.parse(definition, { name: "machine" }), {
    onFailure: ({ problems }) => problems,
    onSuccess: () => []
  })

/** The places of all problems. */
const places = (definition: unknown): ReadonlyArray<string> => problemsOf(definition).map(({ path }) => placeOf(path))

const pass = (more: object = {}) => only({ Type: "Pass", ...more })
const IT = "$.States.It"

describe("a definition without problems", () => {
  const valid: Readonly<Record<string, unknown>> = {
    text: JSON.stringify(pass()),
    comments: { ...pass({ Comment: "c" }), Comment: "c", Version: "1.0", TimeoutSeconds: 5 },
    languages: chain({
      A: { Type: "Pass", ...JSONATA, Output: "{% 1 %}" },
      B: { Type: "Pass", QueryLanguage: "JSONPath" }
    }),
    retries: only({
      ...TASK,
      Retry: [
        {
          ErrorEquals: ["A"],
          IntervalSeconds: 3,
          MaxAttempts: 0,
          BackoffRate: 1.5,
          MaxDelaySeconds: 9,
          JitterStrategy: "FULL"
        },
        { ErrorEquals: ["States.ALL"] }
      ]
    }),
    placeholder: only({ ...TASK, Resource: "${FunctionArn}" }),
    ownScheme: only({ ...TASK, Resource: "local:charge" }),
    cycle: {
      StartAt: "A",
      States: {
        A: { Type: "Choice", Choices: [{ Variable: "$.x", IsPresent: true, Next: "A" }], Default: "B" },
        B: { Type: "Succeed" }
      }
    }
  }
  for (const [name, definition] of Object.entries(valid)) {
    it(name, () => expect(problemsOf(definition)).toEqual([]))
  }
})

describe("a machine", () => {
  it("is JSON with StartAt and States, and nothing else", () => {
    expect(places("{")).toEqual(["$"])
    expect(places(7)).toEqual(["$"])
    expect(places({})).toEqual(["$.StartAt", "$.States"])
    expect(places({ StartAt: "A", States: {} })).toEqual(["$.States"])
    expect(places({ ...pass(), Start: "It", TimeoutSeconds: "5", QueryLanguage: "XPath" })).toEqual([
      "$.Start",
      "$.TimeoutSeconds",
      "$.QueryLanguage"
    ])
  })

  it("starts at, and goes to, states that it has, by ways that reach all of them", () => {
    expect(places({ ...pass(), StartAt: "Other" })).toEqual(["$.StartAt"])
    expect(places({ StartAt: "A", States: { A: { Type: "Pass", Next: "B" } } })).toEqual([
      "$.States.A.Next",
      "$.States"
    ])
    const unreached = { ...pass(), States: { ...pass().States, "Far away": { Type: "Succeed" } } }
    expect(places(unreached)).toEqual(['$.States["Far away"]'])
    const Catch = [{ ErrorEquals: ["E"], Next: "None" }]
    expect(places(only({ ...TASK, Catch }))).toEqual([`${IT}.Catch[0].Next`])
  })

  it("has names of limited length that nothing else in it has", () => {
    const long = "x".repeat(81)
    expect(places(only({ Type: "Pass" }, long))).toEqual([`$.States.${long}`])
    expect(places('{"StartAt":"__proto__","States":{"__proto__":{"Type":"Succeed"}}}')).toEqual(["$.States.__proto__"])
    const inner = { Type: "Parallel", Branches: [only({ Type: "Pass" }, "It")] }
    expect(places(only(inner))).toEqual([`${IT}.Branches[0].States.It`])
    expect(places('{"StartAt":"A","States":{"A":{"Type":"Succeed"},"A":{"Type":"Succeed"}}}')).toEqual(["$.States.A"])
  })
})

describe("a state", () => {
  it("has a known type, and goes on or ends, but not both", () => {
    expect(places(pass({ Type: "Pause" }))).toEqual([`${IT}.Type`])
    expect(places({ StartAt: "It", States: { It: { Type: "Pass" }, End: { Type: "Succeed" } } })).toContain(IT)
    expect(places(pass({ Next: "It" }))).toEqual([`${IT}.End`])
    expect(places(pass({ End: false }))).toContain(`${IT}.End`)
    expect(places(only({ Type: "Succeed", End: true }))).toEqual([`${IT}.End`])
  })

  it("has no field of another kind of state, and the mend names the one that was meant", () => {
    const [problem] = problemsOf(pass({ InputPaht: "$" }))
    expect(problem).toMatchObject({ path: ["States", "It", "InputPaht"], mend: "Did you mean InputPath?" })
    expect(places(pass({ Retry: [] }))).toEqual([`${IT}.Retry`])
    expect(places(only({ Type: "Fail", InputPath: "$" }))).toEqual([`${IT}.InputPath`])
    expect(places(only({ Type: "Wait", Seconds: 1, ResultPath: "$.a" }))).toEqual([`${IT}.ResultPath`])
  })

  it("has no field of the other query language", () => {
    expect(problemsOf(pass({ Output: 1 }))[0]?.mend).toContain('set QueryLanguage to "JSONata"')
    expect(places(pass({ ...JSONATA, Parameters: {}, ResultPath: null, InputPath: "$" }))).toEqual([
      `${IT}.Parameters`,
      `${IT}.ResultPath`,
      `${IT}.InputPath`
    ])
    expect(places({ ...only({ ...TASK, TimeoutSecondsPath: "$.t" }), ...JSONATA })).toEqual([
      `${IT}.TimeoutSecondsPath`
    ])
  })
})

describe("query languages", () => {
  it("of states may be either, in a machine of either", () => {
    const paths = { QueryLanguage: "JSONPath", InputPath: "$.a" }
    expect(places({ ...pass(paths), ...JSONATA })).toEqual([])
    expect(places({ ...pass({ ...paths, Output: 1 }), ...JSONATA })).toEqual([`${IT}.Output`])
    expect(places({ ...pass({ QueryLanguage: "JSONata" }), ...JSONATA })).toEqual([])
    expect(places(pass({ QueryLanguage: "XPath" }))).toEqual([`${IT}.QueryLanguage`])
  })

  it("are said by the outermost machine and by states, and by no machine within", () => {
    const inner = { ...only({ Type: "Pass" }, "Inner"), ...JSONATA }
    const map = { Type: "Map", ItemProcessor: inner }
    expect(places(only(map))).toEqual([`${IT}.ItemProcessor.QueryLanguage`])
    expect(places(only({ Type: "Map", Iterator: inner }))).toEqual([`${IT}.Iterator.QueryLanguage`])
    expect(places(only({ Type: "Parallel", Branches: [inner] }))).toEqual([`${IT}.Branches[0].QueryLanguage`])
  })

  it("have $states.errorOutput in Output and Assign of a catcher only", () => {
    const error = "{% $states.errorOutput.Error %}"
    const Catch = [{ ErrorEquals: ["E"], Next: "It", Output: error, Assign: { e: error } }]
    expect(places({ ...only({ ...TASK, Catch }), ...JSONATA })).toEqual([])
    const fields = { Arguments: error, Output: { a: [error] }, Assign: { e: error }, TimeoutSeconds: error }
    expect(places({ ...only({ ...TASK, ...fields }), ...JSONATA })).toEqual(
      ["Arguments", "Output.a[0]", "Assign.e", "TimeoutSeconds"].map((name) => `${IT}.${name}`)
    )
  })

  it("have $states.result in Output and Assign of states that have one only", () => {
    const result = "{% $states.result.a %}"
    const left = { Output: { a: [result] }, Assign: { r: result } }
    const inner = only({ Type: "Pass" }, "Inner")
    const Catch = [{ ErrorEquals: ["E"], Next: "It", Output: result }]
    const states = [
      { ...TASK, Catch },
      { Type: "Map", ItemProcessor: inner },
      { Type: "Parallel", Branches: [inner] }
    ]
    for (const state of states) {
      expect(places({ ...only({ ...state, ...left }), ...JSONATA })).toEqual([])
    }
    for (const state of [{ Type: "Pass" }, { Type: "Wait", Seconds: 1 }]) {
      expect(places({ ...only({ ...state, ...left }), ...JSONATA })).toEqual([`${IT}.Output.a[0]`, `${IT}.Assign.r`])
    }
    const before = { ...TASK, Arguments: result, TimeoutSeconds: result }
    expect(places({ ...only(before), ...JSONATA })).toEqual([`${IT}.Arguments`, `${IT}.TimeoutSeconds`])
  })
})

describe("values", () => {
  it("are paths, places, templates, calls and expressions that can be read", () => {
    expect(places(pass({ InputPath: "a.b" }))).toEqual([`${IT}.InputPath`])
    expect(places(pass({ InputPath: "States.Format('x')" }))).toEqual([`${IT}.InputPath`])
    expect(places(pass({ ResultPath: "$.a[*]" }))).toEqual([`${IT}.ResultPath`])
    expect(places(pass({ ResultPath: "$$.a" }))).toEqual([`${IT}.ResultPath`])
    expect(places(pass({ ResultPath: "$variable" }))).toEqual([`${IT}.ResultPath`])
    expect(places(pass({ Parameters: { a: [{ "b.$": "no path" }] } }))).toEqual([`${IT}.Parameters.a[0]["b.$"]`])
    expect(places(pass({ Parameters: { "b.$": "States.Nothing($.a)" } }))).toEqual([`${IT}.Parameters["b.$"]`])
    const call = (text: string) => places(pass({ Parameters: { "b.$": text } }))
    for (const text of [
      "MathAdd(1, '2')",
      "MathRandom(null, 5)",
      "ArrayRange(0, 9, true)",
      "ArrayPartition($.a, '4')"
    ]) {
      expect(call(`States.${text}`)).toEqual([`${IT}.Parameters["b.$"]`])
      expect(call(`States.Array(States.${text})`)).toEqual([`${IT}.Parameters["b.$"]`])
    }
    expect(call("States.ArrayGetItem($.a, '0')")).toEqual([`${IT}.Parameters["b.$"]`])
    expect(call("States.MathAdd($.a, States.MathRandom(1, 9))")).toEqual([])
    const failing = (ErrorPath: string) => places(only({ Type: "Fail", ErrorPath }))
    for (const text of ["MathAdd(1, 2)", "Array()", "StringToJson($.a)", "Format('{}', States.MathAdd(1, '2'))"]) {
      expect(failing(`States.${text}`)).toEqual([`${IT}.ErrorPath`])
    }
    for (const text of ["Format('{}', $.a)", "ArrayGetItem($.a, 0)", "JsonToString($)", "Hash($.a, 'MD5')", "UUID()"]) {
      expect(failing(`States.${text}`)).toEqual([])
    }
    expect(places(pass({ Parameters: { b: 1, "b.$": "$.b" } }))).toEqual([`${IT}.Parameters["b.$"]`])
    expect(places(pass({ ...JSONATA, Output: { a: "{% 1 + %}" } }))).toEqual([`${IT}.Output.a`])
    const halves = { a: "{% 1", b: ["1 %}"], c: " {% 1 %}", d: " {% no expression %} " }
    expect(places(pass({ ...JSONATA, Output: halves }))).toEqual(["a", "b[0]", "c"].map((at) => `${IT}.Output.${at}`))
    expect(places(only({ Type: "Fail", ...JSONATA, Cause: "{% 1 %" }))).toEqual([`${IT}.Cause`])
    expect(places(only({ Type: "Fail", Error: "E", ErrorPath: "$.e" }))).toEqual([`${IT}.ErrorPath`])
  })

  it("are numbers within their bounds, and instants", () => {
    const wait = (more: object) => places(only({ Type: "Wait", ...more }))
    expect(wait({ Seconds: -1 })).toEqual([`${IT}.Seconds`])
    expect(wait({ Seconds: "5" })).toEqual([`${IT}.Seconds`])
    expect(wait({ Seconds: 0 })).toEqual([])
    expect(wait({ Timestamp: "tomorrow" })).toEqual([`${IT}.Timestamp`])
    expect(wait({})).toEqual([IT])
    expect(wait({ Seconds: 1, SecondsPath: "$.s" })).toEqual([`${IT}.SecondsPath`])
    expect(wait({ ...JSONATA, Seconds: "{% 5 %}" })).toEqual([])
    const task = (more: object) => places(only({ ...TASK, ...more }))
    expect(task({ TimeoutSeconds: 0 })).toEqual([`${IT}.TimeoutSeconds`])
    expect(task({ TimeoutSeconds: 5, HeartbeatSeconds: 5 })).toEqual([`${IT}.HeartbeatSeconds`])
    expect(task({ TimeoutSeconds: 5, TimeoutSecondsPath: "$.t" })).toEqual([`${IT}.TimeoutSecondsPath`])
    expect(task({ Resource: "charge" })).toEqual([`${IT}.Resource`])
    expect(task({ Resource: "arn:aws:lambda:us-east-1:1:function:f:" })).toEqual([`${IT}.Resource`])
    for (const Credentials of ["r", true, 5, null, ["r"]]) expect(task({ Credentials })).toEqual([`${IT}.Credentials`])
    expect(task({ Credentials: { "RoleArn.$": "no path" } })).toEqual([`${IT}.Credentials["RoleArn.$"]`])
    expect(task({ Credentials: { "user.$": "$.user", scopes: ["read"] } })).toEqual([])
  })

  it("of Assign are variables with names that can be used", () => {
    expect(places(pass({ Assign: { states: 1, "1st": 2, ok: 3, "o.$": "$.a" } }))).toEqual([
      `${IT}.Assign.states`,
      `${IT}.Assign["1st"]`
    ])
    expect(places(pass({ Assign: [] }))).toEqual([`${IT}.Assign`])
    const hyphen = (more: object) => places(pass({ Assign: { "a-b": 1, "-c": 2 }, ...more }))
    expect(hyphen({ InputPath: "$a-b" })).toEqual([`${IT}.Assign["-c"]`, `${IT}.InputPath`])
    expect(hyphen({ ...JSONATA, Output: "{% $a-b %}" })).toEqual([`${IT}.Assign["-c"]`, `${IT}.Output`])
    const prototype = JSON.parse('{"__proto__":1}') as unknown
    expect(places(pass({ Assign: prototype }))).toEqual([`${IT}.Assign.__proto__`])
  })
})

it("a branch assigns no variable of the machine around it", () => {
  const Branches = [only({ Type: "Pass", Assign: { x: 2 } }, "Inner")]
  const definition = chain({ Set: { Type: "Pass", Assign: { "x.$": "$.a" } }, Fork: { Type: "Parallel", Branches } })
  expect(places(definition)).toEqual(["$.States.Fork.Branches[0].States.Inner.Assign"])
})

describe("Retry and Catch", () => {
  const retry = (...Retry: ReadonlyArray<object>) => places(only({ ...TASK, Retry }))

  it("name errors, within bounds", () => {
    expect(retry({})).toEqual([`${IT}.Retry[0].ErrorEquals`])
    expect(retry({ ErrorEquals: [] })).toEqual([`${IT}.Retry[0].ErrorEquals`])
    expect(retry({ ErrorEquals: ["E", 1] })).toEqual([`${IT}.Retry[0].ErrorEquals`])
    const numbers = {
      ErrorEquals: ["E"],
      IntervalSeconds: 0,
      MaxAttempts: -1,
      BackoffRate: 0.5,
      JitterStrategy: "SOME"
    }
    expect(retry(numbers)).toEqual(
      ["IntervalSeconds", "MaxAttempts", "BackoffRate", "JitterStrategy"].map((name) => `${IT}.Retry[0].${name}`)
    )
    expect(retry({ ErrorEquals: ["E"], IntervalSeconds: 5, MaxDelaySeconds: 5 })).toEqual([
      `${IT}.Retry[0].MaxDelaySeconds`
    ])
  })

  it("have States.ALL last and alone", () => {
    expect(retry({ ErrorEquals: ["States.ALL"] }, { ErrorEquals: ["E"] })).toEqual([`${IT}.Retry[0].ErrorEquals`])
    expect(retry({ ErrorEquals: ["States.ALL", "E"] })).toEqual([`${IT}.Retry[0].ErrorEquals`])
    const Catch = [{ ErrorEquals: ["States.ALL", "E"], Next: "It", ResultPath: "$$" }]
    expect(places(only({ ...TASK, Catch }))).toEqual([`${IT}.Catch[0].ResultPath`, `${IT}.Catch[0].ErrorEquals`])
  })
})

describe("Choice", () => {
  const choice = (rules: ReadonlyArray<unknown>, more: object = {}) =>
    places({
      StartAt: "It",
      States: { It: { Type: "Choice", Choices: rules, Default: "End", ...more }, End: { Type: "Succeed" } }
    })
  const RULE = `${IT}.Choices[0]`

  it("has rules, each with one comparison and a way to go", () => {
    expect(choice([])).toEqual([`${IT}.Choices`])
    expect(choice([{ Variable: "$.a", IsNull: true }])).toEqual([`${RULE}.Next`])
    expect(choice([{ Next: "End" }])).not.toEqual([])
    expect(choice([{ Variable: "$.a", Next: "End" }])).not.toEqual([])
    expect(choice([{ Variable: "$.a", IsNull: true, IsString: true, Next: "End" }])).not.toEqual([])
    expect(choice([{ Variable: "$.a", StringEquals: 5, Next: "End" }])).toEqual([`${RULE}.StringEquals`])
    expect(choice([{ And: [], Next: "End" }])).toEqual([`${RULE}.And`])
    expect(choice([{ Not: { Variable: "$.a", IsNull: true, Next: "End" }, Next: "End" }])).toEqual([`${RULE}.Not.Next`])
    expect(choice([{ Variable: "$.a", IsNull: true, Next: "End", Comment: "c" }])).toEqual([])
    expect(choice([{ Variable: "$.a", IsNull: true, Next: "End" }], { Next: "End" })).toEqual([`${IT}.Next`])
  })

  it("of JSONata has Conditions", () => {
    expect(choice([{ Condition: "{% true %}", Next: "End" }], JSONATA)).toEqual([])
    expect(choice([{ Condition: "true", Next: "End" }], JSONATA)).toEqual([`${RULE}.Condition`])
    expect(choice([{ Variable: "$.a", IsNull: true, Next: "End" }], JSONATA)).toContain(`${RULE}.Condition`)
    expect(choice([{ Condition: "{% true %}", Next: "End" }])).toEqual([`${RULE}.Condition`])
  })
})

describe("Map and Parallel", () => {
  const each = only({ Type: "Pass" }, "Each")
  const map = (more: object) => places(only({ Type: "Map", ...more }))

  it("have machines, looked at as the outermost is", () => {
    expect(map({})).toEqual([IT])
    expect(map({ ItemProcessor: each, Iterator: only({ Type: "Pass" }, "Other") })).toEqual([`${IT}.Iterator`])
    expect(map({ ItemProcessor: { ...each, StartAt: "None" } })).toEqual([`${IT}.ItemProcessor.StartAt`])
    expect(places(only({ Type: "Parallel" }))).toEqual([`${IT}.Branches`])
    expect(places(only({ Type: "Parallel", Branches: [{}] }))).toEqual([
      `${IT}.Branches[0].StartAt`,
      `${IT}.Branches[0].States`
    ])
    expect(places(only({ Type: "Parallel", Branches: [{ ...each, TimeoutSeconds: 5 }] }))).toEqual([
      `${IT}.Branches[0].TimeoutSeconds`
    ])
  })

  it("have limits, selectors and readers where they belong", () => {
    const inline = { ItemProcessor: each }
    expect(map({ ...inline, ItemSelector: {}, Parameters: {} })).toEqual([`${IT}.Parameters`])
    expect(map({ ...inline, MaxConcurrency: -1 })).toEqual([`${IT}.MaxConcurrency`])
    expect(map({ ...inline, ItemsPath: null })).toEqual([`${IT}.ItemsPath`])
    expect(map({ ...inline, ToleratedFailurePercentage: 101 })).toEqual([`${IT}.ToleratedFailurePercentage`])
    const ItemBatcher = { MaxItemsPerBatch: 1 }
    const said = { ItemProcessor: { ...each, ProcessorConfig: { Mode: "INLINE" } } }
    expect(map({ ...said, ItemBatcher, Label: "l" })).toEqual([`${IT}.ItemBatcher`, `${IT}.Label`])
    expect(map({ ...inline, ItemBatcher, Label: "l" })).toEqual([])
    const distributed = { ItemProcessor: { ...each, ProcessorConfig: { Mode: "DISTRIBUTED" } } }
    expect(map({ ...distributed, ItemBatcher: {} })).toEqual([`${IT}.ItemBatcher`])
    expect(map({ ...distributed, ResultWriter: {} })).toEqual([`${IT}.ResultWriter`])
    expect(map({ ...distributed, ResultWriter: { WriterConfig: { OutputType: "CSV" } } })).toEqual([
      `${IT}.ResultWriter.WriterConfig.OutputType`
    ])
    expect(map({ ...distributed, ItemReader: { ReaderConfig: { InputType: "XML" } } })).toEqual([
      `${IT}.ItemReader.ReaderConfig.InputType`,
      `${IT}.ItemReader.Resource`
    ])
    for (const ItemsPath of ["$.a[*]", "$.a[0:2]", "$..a", "$.a.length()", "$.a[-1]"]) {
      expect(map({ ...inline, ItemsPath })).toEqual([`${IT}.ItemsPath`])
    }
    for (const filter of ["@.b == $.c", "@.b == @.c", "1 == @.b", "@.b =~ /x/", "@.b in ['x']", "$.b", "@.a && $.b"]) {
      expect(map({ ...inline, ItemsPath: `$.a[?(${filter})]` })).toEqual([`${IT}.ItemsPath`])
    }
    for (const ItemsPath of ["$$.Execution.Input", "$.a[?(@.b)]", "$.a[?(@.b >= 5 && !(@.c == 'x'))]"]) {
      expect(map({ ...inline, ItemsPath })).toEqual([])
    }
    for (const name of ["MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath"]) {
      expect(map({ ...inline, [name]: "$$.Execution.Input.n" })).toEqual([`${IT}.${name}`])
      expect(map({ ...inline, [name]: "$n" })).toEqual([])
    }
    for (const Label of ["orders", "a-b_c.d", "a".repeat(40), "${Stage}"]) {
      expect(map({ ...distributed, Label })).toEqual([])
    }
    for (const Label of ["", "a".repeat(41), "a b", "a:b", "a[0]", "a*", "a\u0007", 5]) {
      expect(map({ ...distributed, Label })).toEqual([`${IT}.Label`])
    }
    const labelled = (...labels: ReadonlyArray<string>) => {
      const inner = (at: number) => ({ ...distributed.ItemProcessor, ...only({ Type: "Pass" }, `Inner ${at}`) })
      const maps = labels.map((Label, at) => only({ Type: "Map", Label, ItemProcessor: inner(at) }, `Map ${at}`))
      return places(only({ Type: "Parallel", Branches: maps }))
    }
    expect(labelled("a", "b")).toEqual([])
    expect(labelled("a", "a")).toEqual([`${IT}.Branches[1].States["Map 1"].Label`])
    const reader = (ReaderConfig: object) => map({ ...distributed, ItemReader: { Resource: "local:r", ReaderConfig } })
    const config = `${IT}.ItemReader.ReaderConfig`
    expect(reader({ Transformation: "LOAD_AND_FLATTEN" })).toEqual([config])
    expect(reader({ Transformation: "LOAD_AND_FLATTEN", InputType: "JSONL" })).toEqual([])
    expect(reader({ ManifestType: "S3_INVENTORY" })).toEqual([])
    expect(reader({ ManifestType: "S3_INVENTORY", InputType: "CSV" })).toEqual([`${config}.InputType`])
    expect(reader({ ManifestType: "ATHENA_DATA", InputType: "CSV" })).toEqual([])
    expect(reader({ MaxItemsPath: "$$.n" })).toEqual([`${IT}.ItemReader.ReaderConfig.MaxItemsPath`])
    expect(reader({ MaxItems: 100_000_000 })).toEqual([])
    expect(reader({ MaxItems: 100_000_001 })).toEqual([`${IT}.ItemReader.ReaderConfig.MaxItems`])
    const batcher = (ItemBatcher: object) => map({ ...distributed, ItemBatcher })
    for (const name of ["MaxItemsPerBatch", "MaxInputBytesPerBatch"]) {
      expect(batcher({ [name]: 0 })).toEqual([])
      expect(batcher({ [`${name}Path`]: "$$.n" })).toEqual([`${IT}.ItemBatcher.${name}Path`])
      expect(batcher({ [`${name}Path`]: "$n" })).toEqual([])
    }
    expect(map({ ...inline, ...JSONATA, Items: "text" })).toEqual([`${IT}.Items`])
    expect(map({ ...inline, ...JSONATA, Items: "{% $states.input %}", MaxConcurrency: "{% 1 %}" })).toEqual([])
  })
})

it("tells everything at once, with the mend", () => {
  const definition = { StartAt: "A", States: { A: { Type: "Wait", Second: 5, Next: "B" } } }
  const failure = Result.getOrThrow(Result.flip(Asl.parse(definition, { name: "bad" })))
  expect(failure.message.split("\n")).toEqual([
    'the definition of "bad" has 4 problems',
    "$.States.A.Second: a Wait state has no field Second. Did you mean Seconds?",
    "$.States.A: a Wait state has none of Seconds, SecondsPath, Timestamp, TimestampPath. Add one of them.",
    '$.States.A.Next: there is no state "B". Give one of A.',
    '$.States: no state ends the machine. Let one have "End": true, or add a Succeed or Fail state.'
  ])
})

it("tells the mends of expressions and paths as sentences", () => {
  const definition = only({ Type: "Pass", ...JSONATA, Output: "{% ($a := { 1 } %}" })
  const told = Result.match(Asl.parse(definition, { name: "m" }), { onFailure: String, onSuccess: String })
  expect(told).toMatch(/is no JSONata at character \d+: .*\. Mend the expression\.$/)
  for (const flawed of [definition, pass({ InputPath: "a" }), pass({ Parameters: { "a.$": 5 } })]) {
    const problems = problemsOf(flawed)
    expect(problems).not.toEqual([])
    for (const { mend } of problems) expect(mend).toMatch(/^[^a-z].*[.?]$/)
  }
})
