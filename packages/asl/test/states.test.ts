/** What each kind of state makes of its input, in both query languages. */
import { describe, expect, it } from "vitest"
import { written } from "../src/internal/data/timestamp.ts"
import { chain, failureOf, JSONATA, NOW, only, outputOf, run, TASK } from "./support/machines.ts"

describe("Pass", () => {
  it("hands its input on", async () => {
    expect(await outputOf(only({ Type: "Pass" }), { a: 1 })).toEqual({ a: 1 })
    expect(await outputOf(only({ Type: "Pass", ...JSONATA }), { a: 1 })).toEqual({ a: 1 })
  })

  it("puts its result where ResultPath says, into the raw input, or nowhere", async () => {
    const pass = { Type: "Pass", Result: 7, InputPath: "$.a" }
    expect(await outputOf(only({ ...pass, ResultPath: "$.b.c" }), { a: {} })).toEqual({ a: {}, b: { c: 7 } })
    expect(await outputOf(only({ ...pass, ResultPath: null }), { a: {} })).toEqual({ a: {} })
    expect(await outputOf(only({ ...pass, ResultPath: "$.b", OutputPath: "$.b" }), { a: {} })).toBe(7)
  })

  it("takes Result to the letter: nothing in it is evaluated", async () => {
    expect(await outputOf(only({ Type: "Pass", Result: { "x.$": "$.a" } }), { a: 1 })).toEqual({ "x.$": "$.a" })
  })

  it("evaluates Parameters and Output", async () => {
    const Parameters = { "sum.$": "States.MathAdd($.a, 2)", "name.$": "$$.State.Name", plain: "$.a" }
    expect(await outputOf(only({ Type: "Pass", Parameters }), { a: 1 })).toEqual({ sum: 3, name: "It", plain: "$.a" })
    const Output = { sum: "{% $states.input.a + 2 %}", name: "{% $states.context.State.Name %}" }
    expect(await outputOf(only({ Type: "Pass", ...JSONATA, Output }), { a: 1 })).toEqual({ sum: 3, name: "It" })
  })
})

it("a JSONPath state in a JSONata machine is one, and the machines within it are the outer one's", async () => {
  const inner = only({ Type: "Pass", Output: "{% $states.input.b %}" }, "Inner")
  const fork = { Type: "Parallel", QueryLanguage: "JSONPath", InputPath: "$.a", ResultPath: "$.c", Branches: [inner] }
  expect(await outputOf({ ...only(fork), ...JSONATA }, { a: { b: 1 } })).toEqual({ a: { b: 1 }, c: [1] })
})

describe("variables", () => {
  it("are seen by the states that come after, not by the one that sets them", async () => {
    const definition = chain(
      {
        Set: { Type: "Pass", Assign: { x: 1 } },
        Swap: { Type: "Pass", Assign: { x: "{% $x + 1 %}", y: "{% $x %}" }, Output: "{% $x %}" },
        Tell: { Type: "Pass", Output: { x: "{% $x %}", y: "{% $y %}", before: "{% $states.input %}" } }
      },
      JSONATA
    )
    expect(await outputOf(definition)).toEqual({ x: 2, y: 1, before: 1 })
  })

  it("of JSONPath are assigned from the result, and read as paths", async () => {
    const definition = chain({
      Set: { Type: "Pass", Result: { n: 4 }, ResultPath: "$.r", Assign: { "n.$": "$.n", list: [1] } },
      Tell: { Type: "Pass", Parameters: { "n.$": "$n", "first.$": "$list[0]" } }
    })
    expect(await outputOf(definition)).toEqual({ n: 4, first: 1 })
  })

  it("of a branch stay in it, and those around it are read there", async () => {
    const branch = chain({
      Inner: { Type: "Pass", Assign: { inner: "{% $outer & '!' %}" } },
      Use: { Type: "Pass", Output: "{% $inner %}" }
    })
    const definition = chain(
      {
        Set: { Type: "Pass", Assign: { outer: "o" } },
        Fork: { Type: "Parallel", Branches: [branch] },
        Gone: { Type: "Pass", Output: { out: "{% $states.input %}", inner: "{% $exists($inner) %}" } }
      },
      JSONATA
    )
    expect(await outputOf(definition)).toEqual({ out: ["o!"], inner: false })
  })
})

describe("Choice", () => {
  const ends = { A: { Type: "Pass", Result: "A", End: true }, B: { Type: "Pass", Result: "B", End: true } }
  const choice = (state: object) => ({ StartAt: "If", States: { If: { Type: "Choice", ...state }, ...ends } })

  it("takes the first rule that matches, else the Default", async () => {
    const definition = choice({
      Choices: [
        { Variable: "$.n", NumericGreaterThan: 10, Next: "A" },
        { Variable: "$.n", NumericGreaterThan: 5, Next: "B" }
      ],
      Default: "B"
    })
    expect(await outputOf(definition, { n: 11 })).toBe("A")
    expect((await run(definition, { n: 6 })).entered).toEqual(["If", "B"])
    expect(await outputOf(definition, { n: 1 })).toBe("B")
  })

  it("fails where none matches and there is no Default", async () => {
    const Choices = [
      { Variable: "$.n", NumericEquals: 1, Next: "A" },
      { Variable: "$.n", NumericEquals: 2, Next: "B" }
    ]
    expect((await failureOf(choice({ Choices }), { n: 3 })).error).toBe("States.NoChoiceMatched")
  })

  it("assigns and puts out by the rule that was taken, else by the state", async () => {
    const definition = {
      ...JSONATA,
      StartAt: "If",
      States: {
        If: {
          Type: "Choice",
          Choices: [{ Condition: "{% $states.input.ok %}", Next: "Tell", Output: "rule", Assign: { by: "rule" } }],
          Default: "Tell",
          Output: "state",
          Assign: { by: "state" }
        },
        Tell: { Type: "Pass", Output: ["{% $states.input %}", "{% $by %}"], End: true }
      }
    }
    expect(await outputOf(definition, { ok: true })).toEqual(["rule", "rule"])
    expect(await outputOf(definition, { ok: false })).toEqual(["state", "state"])
  })

  it("fails where a Condition is neither true nor false", async () => {
    const definition = { ...choice({ Choices: [{ Condition: "{% 1 %}", Next: "A" }], Default: "B" }) }
    const States = { ...definition.States, A: { Type: "Pass", End: true }, B: { Type: "Pass", End: true } }
    expect((await failureOf({ ...definition, ...JSONATA, States })).error).toBe("States.QueryEvaluationError")
  })
})

describe("Succeed and Fail", () => {
  it("Succeed ends the machine with its input, or what OutputPath or Output make of it", async () => {
    expect(await outputOf(only({ Type: "Succeed", OutputPath: "$.a" }), { a: 1 })).toBe(1)
    expect(await outputOf(only({ Type: "Succeed", ...JSONATA, Output: "{% $states.input.a %}" }), { a: 1 })).toBe(1)
  })

  it("Fail gives its error and cause: written, from paths, from intrinsic functions, or none", async () => {
    expect(await failureOf(only({ Type: "Fail", Error: "E", Cause: "C" }))).toEqual({
      status: "FAILED",
      error: "E",
      cause: "C"
    })
    const paths = { Type: "Fail", ErrorPath: "$.e", CausePath: "States.Format('it was {}', $.e)" }
    expect(await failureOf(only(paths), { e: "E" })).toEqual({ status: "FAILED", error: "E", cause: "it was E" })
    expect(await failureOf(only({ Type: "Fail" }))).toEqual({ status: "FAILED", error: undefined, cause: undefined })
    const jsonata = { Type: "Fail", ...JSONATA, Error: "{% $states.input.e %}" }
    expect((await failureOf(only(jsonata), { e: "E" })).error).toBe("E")
    expect((await failureOf(only(jsonata), { e: 1 })).error).toBe("States.QueryEvaluationError")
  })
})

describe("Wait", () => {
  const waits = async (state: object, input: object = {}) => {
    const { events } = await run(only({ Type: "Wait", ...state }), input as never)
    const at = (kind: string) => events.find((event) => event.kind === kind)?.at ?? 0
    return (at("fired") - at("started")) / 1000
  }

  it("waits for seconds or until an instant, written or computed", async () => {
    expect(await waits({ Seconds: 90 })).toBe(90)
    expect(await waits({ SecondsPath: "$.s" }, { s: 5 })).toBe(5)
    expect(await waits({ Timestamp: "2030-01-01T00:01:00Z" })).toBe(60)
    expect(await waits({ TimestampPath: "$.t" }, { t: "2030-01-01T01:00:00Z" })).toBe(3600)
    expect(await waits({ TimestampPath: "$.t" }, { t: "2030-01-01T00:00:07.999Z" })).toBe(7)
    expect(await waits({ ...JSONATA, Seconds: "{% $states.input.s * 2 %}" }, { s: 5 })).toBe(10)
    expect(await waits({ ...JSONATA, Timestamp: "{% $states.input.t %}" }, { t: "2030-01-01T00:00:07Z" })).toBe(7)
  })

  it("does not wait for what is past", async () => {
    expect(await waits({ Timestamp: "2020-01-01T00:00:00Z" })).toBe(0)
  })

  it("fails where what it is given is no number of seconds and no instant", async () => {
    const errorOf = async (state: object, input: object) =>
      (await failureOf(only({ Type: "Wait", ...state }), input as never)).error
    for (const s of [1.5, -1, "1", null, true, 100_000_000]) {
      expect(await errorOf({ SecondsPath: "$.s" }, { s })).toBe("States.Runtime")
      expect(await errorOf({ ...JSONATA, Seconds: "{% $states.input.s %}" }, { s })).toBe("States.QueryEvaluationError")
    }
    expect(await errorOf({ TimestampPath: "$.t" }, { t: "tomorrow" })).toBe("States.Runtime")
    expect(await errorOf({ SecondsPath: "$.none" }, {})).toBe("States.Runtime")
  })

  it("puts out what it was given; expressions of Output are evaluated when it has waited", async () => {
    expect(
      await outputOf(only({ Type: "Wait", Seconds: 1, InputPath: "$.a", OutputPath: "$.b" }), { a: { b: 2 } })
    ).toBe(2)
    const late = {
      Type: "Wait",
      ...JSONATA,
      Seconds: 60,
      Output: "{% $toMillis($now()) - $toMillis($states.context.State.EnteredTime) %}"
    }
    expect(await outputOf(only(late))).toBe(60_000)
  })
})

describe("Task", () => {
  it("gives its resource the effective input, and pipes the result", async () => {
    const task = {
      ...TASK,
      Parameters: { "x.$": "$.a" },
      ResultSelector: { "y.$": "$.r" },
      ResultPath: "$.out",
      OutputPath: "$.out"
    }
    const echo = (input: unknown) => ({ return: { r: input as never } })
    expect(await outputOf(only(task), { a: 1 }, echo)).toEqual({ y: { x: 1 } })
  })

  it("of JSONata has Arguments, Output and Assign", async () => {
    const definition = chain(
      {
        Ask: {
          ...TASK,
          Arguments: { x: "{% $states.input.a %}" },
          Assign: { got: "{% $states.result.x %}" },
          Output: "{% $states.result %}"
        },
        Tell: { Type: "Pass", Output: ["{% $states.input %}", "{% $got %}"] }
      },
      JSONATA
    )
    expect(await outputOf(definition, { a: 1 }, (input) => ({ return: input }))).toEqual([{ x: 1 }, 1])
  })

  it("refuses a result, and an output, that is too large", async () => {
    const large = "x".repeat(262_144)
    expect((await failureOf(only(TASK), {}, { It: { return: large } })).error).toBe("States.DataLimitExceeded")
    expect(await outputOf(only(TASK), {}, { It: { return: large.slice(2) } })).toHaveLength(262_142)
    const doubled = { ...TASK, Parameters: { "a.$": "$.a", "b.$": "$.a" } }
    const half = "x".repeat(140_000)
    expect((await failureOf(only(doubled), { a: half }, { It: { return: 1 } })).error).toBe("States.DataLimitExceeded")
  })

  it("refuses variables that are too large, in one Assign and in all", async () => {
    const text = "x".repeat(200_000)
    const assigning = (Assign: object) => only({ Type: "Pass", Assign })
    expect(await outputOf(assigning({ "a.$": "$" }), text)).toBe(text)
    const twice = { "a.$": "$", "b.$": "$" }
    expect((await failureOf(assigning(twice), text)).error).toBe("States.DataLimitExceeded")
    const query = { a: "{% $states.input %}", b: "{% $states.input %}" }
    expect((await failureOf({ ...assigning(query), ...JSONATA }, text)).error).toBe("States.DataLimitExceeded")
    const names = Array.from({ length: 50 }, (_, at) => `S${at}`)
    const more = chain(
      Object.fromEntries(names.map((name) => [name, { Type: "Pass", Assign: { [`${name}.$`]: "$" } }]))
    )
    const report = await run(more, "x".repeat(262_000))
    expect(report).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" })
    expect(report.entered).toEqual(names.slice(0, 41))
  })

  it("without a mock is stuck, and says for what", async () => {
    const { cause, status } = await failureOf(only(TASK))
    expect(status).toBe("STUCK")
    expect(cause).toContain('no mock for state "It"')
  })
})

describe("Parallel", () => {
  const branch = (state: Readonly<Record<string, unknown>>, name: string) => only(state, name)

  it("gives each branch its effective input, and collects their outputs in order", async () => {
    const Branches = [
      branch({ Type: "Pass" }, "A"),
      branch({ Type: "Wait", Seconds: 9 }, "B"),
      branch({ Type: "Pass", Result: 3 }, "C")
    ]
    const parallel = {
      Type: "Parallel",
      Parameters: { "n.$": "$.n" },
      Branches,
      ResultSelector: { "all.$": "$" },
      ResultPath: "$.r"
    }
    expect(await outputOf(only(parallel), { n: 1 })).toEqual({ n: 1, r: { all: [{ n: 1 }, { n: 1 }, 3] } })
  })

  it("fails as the first branch that fails, and gives the others up", async () => {
    const Branches = [branch({ Type: "Wait", Seconds: 9 }, "A"), branch({ Type: "Fail", Error: "E", Cause: "C" }, "B")]
    const { events, ...report } = await run(only({ Type: "Parallel", Branches }))
    expect(report).toMatchObject({ status: "FAILED", error: "E", cause: "C", entered: ["It", "A", "B"] })
    expect(events.some(({ kind }) => kind === "fired")).toBe(false)
  })
})

describe("Map", () => {
  const processor = (state: Readonly<Record<string, unknown>> = { Type: "Pass" }) => ({
    ItemProcessor: only(state, "Each")
  })
  const map = { Type: "Map", ...processor() }

  it("runs its processor for each item, and keeps their order", async () => {
    expect(await outputOf(only(map), [1, 2, 3])).toEqual([1, 2, 3])
    const slow = { ...map, ...processor({ Type: "Wait", SecondsPath: "$" }) }
    expect(await outputOf(only(slow), [3, 1, 2])).toEqual([3, 1, 2])
    expect(await outputOf(only(map), [])).toEqual([])
  })

  it("runs as many at once as MaxConcurrency says", async () => {
    const slow = { ...map, ...processor({ Type: "Wait", Seconds: 10 }) }
    const took = async (more: object, input: object) => {
      const { events } = await run(only({ ...slow, ...more }), input as never)
      return ((events.at(-1)?.at ?? 0) - (events[0]?.at ?? 0)) / 1000
    }
    expect(await took({}, [1, 2, 3])).toBe(10)
    expect(await took({ MaxConcurrency: 0 }, [1, 2, 3])).toBe(10)
    expect(await took({ MaxConcurrency: 2 }, [1, 2, 3])).toBe(20)
    expect(await took({ ItemsPath: "$.i", MaxConcurrencyPath: "$.c" }, { i: [1, 2, 3], c: 1 })).toBe(30)
    expect(await took({ ...JSONATA, MaxConcurrency: "{% $count($states.input) %}" }, [1, 2, 3])).toBe(10)
  })

  it("selects what each item starts from, and tells it which it is", async () => {
    const ItemSelector = { "i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "all.$": "$.more" }
    const selected = { ...map, ItemsPath: "$.items", ItemSelector }
    expect(await outputOf(only(selected), { items: ["a", "b"], more: 7 })).toEqual([
      { i: 0, v: "a", all: 7 },
      { i: 1, v: "b", all: 7 }
    ])
    const legacy = { Type: "Map", Iterator: map.ItemProcessor, Parameters: ItemSelector, ItemsPath: "$.items" }
    expect(await outputOf(only(legacy), { items: ["a"], more: 7 })).toEqual([{ i: 0, v: "a", all: 7 }])
    const open = { ...map, ItemsPath: "$.items[?(@.open == true)]" }
    expect(await outputOf(only(open), { items: [{ open: true, n: 1 }, { open: false }, { open: true }] })).toEqual([
      { open: true, n: 1 },
      { open: true }
    ])
    const jsonata = {
      ...map,
      ...JSONATA,
      Items: "{% $states.input.items %}",
      ItemSelector: "{% $states.context.Map.Item.Value & '!' %}"
    }
    expect(await outputOf(only(jsonata), { items: ["a"] })).toEqual(["a!"])
  })

  it("tells each item that it is from the state's own data", async () => {
    const each = only({ Type: "Pass", Parameters: { "s.$": "$$.Map.Item" } }, "Each")
    expect(await outputOf(only({ Type: "Map", ItemProcessor: each }), ["a"])).toEqual([
      { s: { Index: 0, Value: "a", Source: "STATE_DATA" } }
    ])
  })

  it("refuses what is no list", async () => {
    expect((await failureOf(only(map), { a: 1 })).error).toBe("States.Runtime")
    expect((await failureOf(only({ ...map, ...JSONATA }), "text")).error).toBe("States.QueryEvaluationError")
    expect((await failureOf(only({ ...map, MaxConcurrencyPath: "$[0]" }), ["x"])).error).toBe("States.Runtime")
  })

  it("fails as the first item that fails", async () => {
    const failing = { ...map, ...processor({ Type: "Fail", Error: "E" }) }
    expect((await failureOf(only(failing), [1, 2])).error).toBe("E")
  })
})

it("the context object names execution, machine, state and time", async () => {
  const Parameters = { "c.$": "$$" }
  const { c } = (await outputOf(only({ Type: "Pass", Parameters }), { a: 1 })) as { readonly c: unknown }
  expect(c).toEqual({
    Execution: {
      Id: "arn:aws:states:us-east-1:123456789012:execution:machine:mock",
      Input: { a: 1 },
      Name: "mock",
      RoleArn: "arn:aws:iam::123456789012:role/machine",
      StartTime: "2030-01-01T00:00:00Z",
      RedriveCount: 0
    },
    StateMachine: { Id: "arn:aws:states:us-east-1:123456789012:stateMachine:machine", Name: "machine" },
    State: { Name: "It", EnteredTime: "2030-01-01T00:00:00Z", RetryCount: 0 }
  })
})

it("the times of the context object have a fraction only where it is not zero", () => {
  expect(written(NOW)).toBe("2030-01-01T00:00:00Z")
  expect(written(NOW + 40)).toBe("2030-01-01T00:00:00.040Z")
})

it("a machine that takes longer than its TimeoutSeconds has timed out", async () => {
  const definition = { ...only({ Type: "Wait", Seconds: 60 }), TimeoutSeconds: 5 }
  expect((await run(definition)).status).toBe("TIMED_OUT")
})

it("goes round as long as a Choice says", async () => {
  const definition = {
    StartAt: "Add",
    States: {
      Add: { Type: "Pass", Parameters: { "n.$": "States.MathAdd($.n, 1)" }, Next: "Enough" },
      Enough: { Type: "Choice", Choices: [{ Variable: "$.n", NumericLessThan: 50, Next: "Add" }], Default: "Done" },
      Done: { Type: "Succeed" }
    }
  }
  expect(await outputOf(definition, { n: 0 })).toEqual({ n: 50 })
})
