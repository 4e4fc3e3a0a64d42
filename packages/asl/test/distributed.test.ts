/** Distributed maps: where items come from, how they are put together, how many may fail, and where results go. */
import { Effect, Result } from "effect"
import { Asl, AslItems } from "@waymark/asl"
import { Mock } from "@waymark/asl/mock"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { grouped, recordsOf } from "../src/internal/compile/reading.ts"
import { failureOf, JSONATA, only, outputOf, run, type Json } from "./support/machines.ts"

const processor = (state: Readonly<Record<string, unknown>> = { Type: "Pass" }) => ({
  ...only(state, "Each"),
  ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }
})
const map = { Type: "Map", ItemProcessor: processor() }

const choosy = {
  ...map,
  ItemProcessor: {
    ...processor(),
    StartAt: "Odd?",
    States: {
      "Odd?": { Type: "Choice", Choices: [{ Variable: "$", NumericEquals: 1, Next: "No" }], Default: "Each" },
      No: { Type: "Fail", Error: "E", Cause: "odd" },
      Each: { Type: "Pass", End: true }
    }
  }
}

describe("executions of items", () => {
  it("are their own: they have another id and input, and are not among the states that the machine enters", async () => {
    const told = {
      ...map,
      ItemProcessor: processor({
        Type: "Pass",
        Parameters: { "i.$": "$$.Execution.Input", "n.$": "$$.Execution.Name" }
      })
    }
    const report = await run(only(told), ["a", "b"])
    expect(report.output).toEqual([
      { i: "a", n: "mock-It-0" },
      { i: "b", n: "mock-It-1" }
    ])
    expect(report.entered).toEqual(["It"])
  })

  it("are of a machine that is named after the one around it and the map's label", async () => {
    const told = only({ Type: "Pass", Parameters: { "m.$": "$$.StateMachine", "e.$": "$$.Execution.Id" } }, "Each")
    const labelled = { ...map, Label: "L", ItemProcessor: { ...processor(), ...told } }
    const arn = (type: string) => `arn:aws:states:us-east-1:123456789012:${type}:machine/L`
    expect(await outputOf(only(labelled), [1])).toEqual([
      { m: { Id: arn("stateMachine"), Name: "machine/L" }, e: `${arn("execution")}:mock-L-0` }
    ])
  })

  it("see no variables of the machine around them", async () => {
    const inner = processor({ Type: "Pass", Output: "{% $exists($x) %}" })
    const definition = {
      ...JSONATA,
      StartAt: "Set",
      States: {
        Set: { Type: "Pass", Assign: { x: 1 }, Next: "It" },
        It: { Type: "Map", Items: [1], ItemProcessor: inner, End: true }
      }
    }
    expect(await outputOf(definition)).toEqual([false])
  })
})

it("a map that names no mode is distributed where it has a field that only those have", async () => {
  const each = only({ Type: "Pass", Parameters: { "i.$": "$$.Execution.Input" } }, "Each")
  const unsaid = { Type: "Map", ItemProcessor: each }
  expect(await outputOf(only(unsaid), [1])).toEqual([{ i: [1] }])
  expect(await outputOf(only({ ...unsaid, Label: "l" }), [1])).toEqual([{ i: 1 }])
  expect(await outputOf(only({ ...unsaid, ItemBatcher: { MaxItemsPerBatch: 2 } }), [1, 2])).toEqual([
    { i: { Items: [1, 2] } }
  ])
})

it("the fields of an object are items, told by their keys", async () => {
  const ItemSelector = { "k.$": "$$.Map.Item.Key", "v.$": "$$.Map.Item.Value" }
  expect(await outputOf(only({ ...map, ItemSelector }), { a: 1, b: 2 })).toEqual([
    { k: "a", v: 1 },
    { k: "b", v: 2 }
  ])
  expect(await outputOf(only(map), { a: 1, b: null })).toEqual([
    { Key: "a", Value: 1 },
    { Key: "b", Value: null }
  ])
})

describe("failures", () => {
  it("fail the map where none, or too many, are tolerated", async () => {
    const error = "States.ExceedToleratedFailureThreshold"
    expect((await failureOf(only(choosy), [0, 1, 2])).error).toBe(error)
    expect((await failureOf(only({ ...choosy, ToleratedFailureCount: 1 }), [1, 1, 2])).error).toBe(error)
    expect((await failureOf(only({ ...choosy, ToleratedFailurePercentage: 33 }), [0, 1, 2])).error).toBe(error)
  })

  it("up to the limits are described among the results", async () => {
    const described = {
      ExecutionArn: "arn:aws:states:us-east-1:123456789012:execution:machine/It:mock-It-1",
      Name: "mock-It-1",
      StateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:machine/It",
      Input: "1",
      Status: "FAILED",
      Error: "E",
      Cause: "odd"
    }
    expect(await outputOf(only({ ...choosy, ToleratedFailureCount: 1 }), [0, 1, 2])).toEqual([0, described, 2])
    expect(await outputOf(only({ ...choosy, ToleratedFailurePercentage: 34 }), [0, 1, 2])).toEqual([0, described, 2])
    const byPath = { ...choosy, ItemsPath: "$.i", ToleratedFailureCountPath: "$.most" }
    expect(await outputOf(only(byPath), { i: [1, 0], most: 1 })).toMatchObject([{ Status: "FAILED" }, 0])
  })

  it("are limited by whole numbers and percentages only, which may be spelled in strings", async () => {
    const limited = (field: string) => only({ ...map, ItemsPath: "$.i", [`${field}Path`]: "$.most" })
    for (const most of [-1, 1.5, "1.5", "one", "", null]) {
      expect((await failureOf(limited("ToleratedFailureCount"), { i: [], most })).error).toBe("States.Runtime")
    }
    for (const most of [-1, 100.5, "100.5", "-1"]) {
      expect((await failureOf(limited("ToleratedFailurePercentage"), { i: [], most })).error).toBe("States.Runtime")
    }
    for (const most of [1.5, "1.5"]) {
      expect(await outputOf(limited("ToleratedFailurePercentage"), { i: [1], most })).toEqual([1])
    }
    expect(await outputOf(limited("ToleratedFailureCount"), { i: [1], most: "1" })).toEqual([1])
    expect((await failureOf(limited("MaxConcurrency"), { i: [1], most: "1" })).error).toBe("States.Runtime")
  })

  it("without a name are described without one", async () => {
    const nameless = { ...map, ItemProcessor: processor({ Type: "Fail" }), ToleratedFailureCount: 1 }
    const [described] = (await outputOf(only(nameless), [0])) as ReadonlyArray<object>
    expect(described).toMatchObject({ Status: "FAILED", Cause: "" })
    expect(described).not.toHaveProperty("Error")
  })
})

describe("batches", () => {
  it("are not limited by 0", async () => {
    const batched = { ...map, ItemBatcher: { MaxItemsPerBatch: 0, MaxInputBytesPerBatch: 0 } }
    expect(await outputOf(only(batched), [1, 2, 3])).toEqual([{ Items: [1, 2, 3] }])
  })

  it("hold as many items as they may, and what they share", async () => {
    const batched = { ...map, ItemsPath: "$.i", ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { "x.$": "$.x" } } }
    expect(await outputOf(only(batched), { i: [1, 2, 3], x: 9 })).toEqual([
      { BatchInput: { x: 9 }, Items: [1, 2] },
      { BatchInput: { x: 9 }, Items: [3] }
    ])
  })

  it("lose no item, keep their order, and hold no more than they may unless one alone is larger", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string()),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 60 }),
        (items, most, bytes) => {
          const groups = grouped(items, most, bytes)
          expect(groups.flat()).toEqual(items)
          for (const group of groups) {
            expect(group.length).toBeGreaterThan(0)
            expect(group.length).toBeLessThanOrEqual(most)
            const size = group.reduce<number>((sum, item) => sum + Buffer.byteLength(JSON.stringify(item)) + 1, 0)
            expect(group.length === 1 || size <= bytes).toBe(true)
          }
        }
      )
    )
  })
})

describe("readers and writers", () => {
  const resource = "arn:aws:states:::s3:getObject"
  const attempt = (state: object, items: Partial<AslItems.Service>, input: Json = {}) => {
    const machine = Result.getOrThrow(Asl.parse(only({ ...map, ...state }), { name: "m" }))
    const nothing: AslItems.Service = { read: () => Effect.succeed([]), write: () => Effect.succeed({}) }
    return Effect.runPromise(
      Effect.provideService(Mock.run(machine, input), AslItems.Current, { ...nothing, ...items })
    )
  }
  const reading = (text: string | ReadonlyArray<Json>, ReaderConfig: object) =>
    attempt({ ItemReader: { Resource: resource, ReaderConfig } }, { read: () => Effect.succeed(text) })

  it("read CSV, JSON and JSONL, up to MaxItems", async () => {
    const csv = 'name,says\r\nAnn,"one, ""two"""\nBob,\n'
    expect((await reading(csv, { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" })).output).toEqual([
      { name: "Ann", says: 'one, "two"' },
      { name: "Bob", says: "" }
    ])
    const given = { InputType: "CSV", CSVHeaderLocation: "GIVEN", CSVHeaders: ["a"], CSVDelimiter: "PIPE" }
    expect((await reading("1|2\n3|4", given)).output).toEqual([{ a: "1" }, { a: "3" }])
    expect((await reading("[1,2,3]", { InputType: "JSON", MaxItems: 2 })).output).toEqual([1, 2])
    expect((await reading('{"a":1}\n\n2\n', { InputType: "JSONL" })).output).toEqual([{ a: 1 }, 2])
    expect((await reading([7], {})).output).toEqual([7])
    const pointed = { InputType: "JSON", ItemsPointer: "/a~1b/0" }
    expect((await reading('{"a/b":[[5,6]]}', pointed)).output).toEqual([5, 6])
    expect((await reading('{"a/b":[]}', pointed)).error).toBe("States.ItemReaderFailed")
  })

  it("tell each item the object or the bucket that it is from", async () => {
    const from = async (Resource: string, Parameters: object, more: object = {}) => {
      const ItemSelector = { "s.$": "$$.Map.Item.Source" }
      const state = { ItemReader: { Resource, Parameters }, ItemSelector, ...more }
      return (await attempt(state, { read: () => Effect.succeed([1]) })).output
    }
    expect(await from(resource, { Bucket: "b", Key: "k/x.json" })).toEqual([{ s: "S3://b/k/x.json" }])
    expect(await from("arn:aws:states:::s3:listObjectsV2", { Bucket: "b", Prefix: "p" })).toEqual([{ s: "S3://b" }])
    expect(await from("local:list", {})).toEqual([{ s: "local:list" }])
    const batches = { ItemSelector: undefined, ItemBatcher: { MaxItemsPerBatch: 1 } }
    const ItemProcessor = processor({ Type: "Pass", Parameters: { "s.$": "$$.Map.Item.Source" } })
    expect(await from(resource, { Bucket: "b", Key: "k" }, { ...batches, ItemProcessor })).toEqual([{ s: "S3://b/k" }])
  })

  it("put into a batch no more than an execution may start from", async () => {
    const ItemProcessor = processor({ Type: "Pass", Parameters: { "n.$": "States.ArrayLength($.Items)" } })
    for (const ItemBatcher of [{ MaxItemsPerBatch: 9 }, { MaxInputBytesPerBatch: 9_999_999 }]) {
      const state = { ItemReader: { Resource: resource }, ItemProcessor, ItemBatcher }
      const read = () => Effect.succeed(["a", "b", "c"].map((letter) => letter.repeat(100_000)))
      expect((await attempt(state, { read })).output).toEqual([{ n: 2 }, { n: 1 }])
    }
  })

  it("need a MaxItemsPath that leads to a whole number", async () => {
    const most = (input: Json) =>
      attempt({ ItemReader: { Resource: resource, ReaderConfig: { MaxItemsPath: "$.most" } } }, {}, input)
    for (const wrong of [-1, "1", 1.5, null, 100_000_001]) {
      expect((await most({ most: wrong })).error).toBe("States.ItemReaderFailed")
    }
    expect((await most({})).error).toBe("States.Runtime")
    expect((await most({ most: 1 })).output).toEqual([])
  })

  it("give the resource its parameters; what it fails with is States.ItemReaderFailed, and so is what is no list", async () => {
    const calls: Array<AslItems.ItemsCall> = []
    const ReaderConfig = { ManifestType: "S3_INVENTORY" }
    const reader = { Resource: resource, Parameters: { "Bucket.$": "$.b" }, ReaderConfig }
    const read = (call: AslItems.ItemsCall) => {
      calls.push(call)
      return Effect.fail({ error: "S3.NoSuchKey" })
    }
    const report = await attempt({ ItemReader: reader }, { read }, { b: "books" })
    expect(report).toMatchObject({ status: "FAILED", error: "States.ItemReaderFailed" })
    expect(calls).toEqual([{ resource, parameters: { Bucket: "books" }, config: ReaderConfig, state: "It" }])
    expect((await reading("{", { InputType: "JSON" })).error).toBe("States.ItemReaderFailed")
    expect((await reading("7", { InputType: "JSON" })).error).toBe("States.ItemReaderFailed")
    const unread = [
      { InputType: "MANIFEST" },
      { InputType: "PARQUET" },
      { ManifestType: "S3_INVENTORY" },
      { ManifestType: "ATHENA_DATA", InputType: "JSONL" }
    ]
    for (const config of unread) {
      expect(await reading("[1]", config)).toMatchObject({ error: "States.ItemReaderFailed" })
      expect((await reading([1], config)).output).toEqual([1])
    }
  })

  it("write results, and hand on where they are", async () => {
    const written: Array<AslItems.ItemResult> = []
    const WriterConfig = { OutputType: "JSONL" }
    const ResultWriter = { Resource: "arn:aws:states:::s3:putObject", Parameters: { Bucket: "out" }, WriterConfig }
    const state = { ...choosy, ResultWriter, ToleratedFailureCount: 1 }
    const write = (call: AslItems.ItemsCall, results: ReadonlyArray<AslItems.ItemResult>) => {
      written.push(...results)
      return Effect.succeed({ ...(call.parameters as object), Key: call.config["OutputType"] ?? null })
    }
    const report = await attempt(state, { write }, [1, 2])
    expect(report.output).toEqual({
      MapRunArn: "arn:aws:states:us-east-1:123456789012:mapRun:m/It:mock",
      ResultWriterDetails: { Bucket: "out", Key: "JSONL" }
    })
    expect(written).toEqual([
      { index: 0, input: 1, status: "FAILED", error: "E", cause: "odd" },
      { index: 1, input: 2, status: "SUCCEEDED", output: 2 }
    ])
    const nested = { ...map, ResultWriter: { WriterConfig: { Transformation: "FLATTEN" } } }
    expect((await attempt(nested, {}, [[1, 2], 3])).output).toEqual([1, 2, 3])
    const whole = { ...map, ResultWriter: { WriterConfig: { Transformation: "NONE" } } }
    expect((await attempt(whole, {}, ["a"])).output).toMatchObject([
      { Status: "SUCCEEDED", Input: '"a"', Output: '"a"' }
    ])
    const failing = { write: () => Effect.fail({ error: "S3.AccessDenied" }) }
    expect((await attempt(state, failing, [2])).error).toBe("States.ResultWriterFailed")
  })

  it("read CSV with doubled quotes and backslashes, in quotes and without", () => {
    expect(recordsOf('a,{""k"":""v""},"b ""c"", d"', ",")).toEqual([["a", '{"k":"v"}', 'b "c", d']])
    expect(recordsOf('C:\\\\x,a\\,b,\\"c\\",\\d,"e\\"f\\\\"', ",")).toEqual([["C:\\x", "a,b", '"c"', "d", 'e"f\\']])
    expect(recordsOf('""|x\n\\|"|,', "|")).toEqual([
      ["", "x"],
      ['|"', ","]
    ])
  })

  it("read every CSV text that is written by the rules", () => {
    const written = (record: ReadonlyArray<string>) =>
      record.map((field) => `"${field.replaceAll("\\", "\\\\").replaceAll('"', '""')}"`).join(",")
    const records = fc.array(fc.array(fc.string(), { minLength: 2, maxLength: 4 }))
    fc.assert(
      fc.property(records, (given) => {
        expect(recordsOf(given.map(written).join("\n"), ",")).toEqual(given)
      })
    )
  })
})
