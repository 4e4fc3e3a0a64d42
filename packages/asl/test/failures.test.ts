/** What becomes of states that fail: which names stand for an error, how it is tried again, and where it is caught. */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { delayOf, stands } from "../src/internal/compile/failure.ts"
import { failureOf, JSONATA, only, outputOf, run, TASK, type Json } from "./support/machines.ts"

const thrown = (error: string, cause = "why") => ({ throw: { error, cause } })

describe("names", () => {
  it("States.ALL stands for all but what ends the machine whatever is written", () => {
    for (const error of ["E", "States.Timeout", "States.TaskFailed", "States.QueryEvaluationError"]) {
      expect(stands(["States.ALL"], { error })).toBe(true)
    }
    expect(stands(["States.ALL"], {})).toBe(true)
    expect(stands(["States.ALL"], { error: "States.DataLimitExceeded" })).toBe(false)
    expect(stands(["States.DataLimitExceeded"], { error: "States.DataLimitExceeded" })).toBe(true)
    expect(stands(["States.ALL", "States.Runtime"], { error: "States.Runtime" })).toBe(false)
  })

  it("States.TaskFailed stands for all but timeouts; a missing heartbeat is a timeout", () => {
    const silent = { error: "States.Timeout", detail: "heartbeat" } as const
    expect(stands(["States.TaskFailed"], { error: "E" })).toBe(true)
    expect(stands(["States.TaskFailed"], { error: "States.Timeout" })).toBe(false)
    expect(stands(["States.TaskFailed"], silent)).toBe(false)
    expect(stands(["States.Timeout"], silent)).toBe(true)
    expect(stands(["States.HeartbeatTimeout"], silent)).toBe(true)
    expect(stands(["States.Timeout"], { error: "States.HeartbeatTimeout" })).toBe(true)
    expect(stands(["States.HeartbeatTimeout"], { error: "States.Timeout" })).toBe(false)
  })

  it("others stand for themselves", () => {
    expect(stands(["A", "B"], { error: "B" })).toBe(true)
    expect(stands(["A", "B"], { error: "C" })).toBe(false)
    expect(stands(["A"], {})).toBe(false)
  })
})

describe("Retry", () => {
  const ok = { return: "ok" }

  it("tries again with growing waits, and counts them in the context object", async () => {
    const Retry = [{ ErrorEquals: ["E"], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 3 }]
    const counts: Array<Json> = []
    const task = { ...TASK, Parameters: { "n.$": "$$.State.RetryCount", "at.$": "$$.State.EnteredTime" }, Retry }
    const { entered, events, status } = await run(only(task), {}, (input) => {
      counts.push(input)
      return counts.length < 4 ? thrown("E") : ok
    })
    expect(status).toBe("SUCCEEDED")
    expect(entered).toEqual(["It"])
    expect(counts).toEqual([0, 1, 2, 3].map((n) => ({ n, at: "2030-01-01T00:00:00Z" })))
    const fired = events.filter(({ kind }) => kind === "fired").map(({ at }) => at)
    expect(fired.map((at, index) => (at - (fired[index - 1] ?? events[0]?.at ?? 0)) / 1000)).toEqual([2, 6, 18])
  })

  it("is tried three times where it does not say otherwise, and never with MaxAttempts 0", async () => {
    const calls = async (retrier: object) => {
      let count = 0
      await run(
        only({ ...TASK, Retry: [{ ErrorEquals: ["States.ALL"], ...retrier }] }),
        {},
        () => (count++, thrown("E"))
      )
      return count
    }
    expect(await calls({})).toBe(4)
    expect(await calls({ MaxAttempts: 1 })).toBe(2)
    expect(await calls({ MaxAttempts: 0 })).toBe(1)
  })

  it("counts for each retrier, and asks only the first that names the error", async () => {
    const Retry = [
      { ErrorEquals: ["A"], MaxAttempts: 1 },
      { ErrorEquals: ["B"], MaxAttempts: 1 },
      { ErrorEquals: ["States.ALL"], MaxAttempts: 9 }
    ]
    const errors = ["A", "B", "C", "A"]
    let count = 0
    const report = await run(only({ ...TASK, Retry }), {}, () => thrown(errors[count++] ?? "none"))
    expect({ error: report.error, count }).toEqual({ error: "A", count: 4 })
  })

  it("enters a Parallel once, and its branches each time", async () => {
    const state = {
      Type: "Parallel",
      Branches: [only(TASK, "Inner")],
      Retry: [{ ErrorEquals: ["E"] }]
    }
    const report = await run(only(state), {}, { Inner: [thrown("E"), ok] })
    expect(report).toMatchObject({ status: "SUCCEEDED", output: ["ok"], entered: ["It", "Inner", "Inner"] })
  })

  it("never waits longer than MaxDelaySeconds, and with full jitter at most as long as without", () => {
    const retrier = fc.record({
      ErrorEquals: fc.constant(["E"]),
      IntervalSeconds: fc.integer({ min: 1, max: 1000 }),
      BackoffRate: fc.double({ min: 1, max: 5, noNaN: true }),
      MaxDelaySeconds: fc.integer({ min: 1, max: 10_000 })
    })
    fc.assert(
      fc.property(retrier, fc.nat({ max: 50 }), fc.string(), (given, before, seed) => {
        const plain = delayOf(given, before, seed)
        const jittered = delayOf({ ...given, JitterStrategy: "FULL" }, before, seed)
        expect(plain).toBeLessThanOrEqual(given.MaxDelaySeconds * 1000)
        expect(jittered).toBeLessThanOrEqual(plain)
        expect(jittered).toBeGreaterThanOrEqual(0)
      })
    )
  })

  it("spreads jitter", () => {
    const waits = Array.from({ length: 100 }, (_, index) =>
      delayOf({ ErrorEquals: ["E"], IntervalSeconds: 100, JitterStrategy: "FULL" }, 0, `seed ${index}`)
    )
    expect(Math.min(...waits)).toBeLessThan(20_000)
    expect(Math.max(...waits)).toBeGreaterThan(80_000)
  })
})

describe("Catch", () => {
  const caught = (catcher: object, state: object = TASK) => ({
    StartAt: "It",
    States: {
      It: { ...state, End: true, Catch: [{ ErrorEquals: ["States.ALL"], Next: "Caught", ...catcher }] },
      Caught: { Type: "Pass", End: true }
    }
  })

  it("goes on with the error output, in place of the input or beside it", async () => {
    const failing = { It: thrown("E", "why") }
    const output = { Error: "E", Cause: "why" }
    expect(await outputOf(caught({}), { a: 1 }, failing)).toEqual(output)
    expect(await outputOf(caught({ ResultPath: "$.error" }), { a: 1 }, failing)).toEqual({ a: 1, error: output })
    expect(await outputOf(caught({ ResultPath: null }), { a: 1 }, failing)).toEqual({ a: 1 })
  })

  it("of JSONata has Output and Assign", async () => {
    const definition = {
      ...JSONATA,
      StartAt: "It",
      States: {
        It: {
          ...TASK,
          End: true,
          Catch: [
            {
              ErrorEquals: ["E"],
              Next: "Caught",
              Output: "{% $states.errorOutput.Error & $states.input.a %}",
              Assign: { cause: "{% $states.errorOutput.Cause %}" }
            }
          ]
        },
        Caught: { Type: "Pass", Output: ["{% $states.input %}", "{% $cause %}"], End: true }
      }
    }
    expect(await outputOf(definition, { a: 1 }, { It: thrown("E") })).toEqual(["E1", "why"])
  })

  it("comes after Retry has given up", async () => {
    let count = 0
    const retry = { ...TASK, Retry: [{ ErrorEquals: ["E"], MaxAttempts: 2 }] }
    const { entered } = await run(caught({}, retry), {}, () => (count++, thrown("E")))
    expect({ count, entered }).toEqual({ count: 3, entered: ["It", "Caught"] })
  })

  it("catches what goes wrong before and after the work, but nothing that ends the machine", async () => {
    const task = { ...TASK, ResultPath: "$.a.b" }
    expect(await outputOf(caught({}, task), { a: 1 }, { It: { return: 1 } })).toMatchObject({
      Error: "States.ReferencePathConflict"
    })
    expect((await failureOf(caught({}, { ...TASK, InputPath: "$.none" }), {})).error).toBe("States.Runtime")
  })

  it("has an empty name where the failure has none", async () => {
    const Branches = [only({ Type: "Fail" }, "Inner")]
    const nameless = { Type: "Parallel", Branches }
    expect(await outputOf(caught({}, nameless))).toEqual({ Error: "", Cause: "" })
    expect(await failureOf(only(nameless))).toEqual({ status: "FAILED", error: undefined, cause: undefined })
  })

  it("catches a task's result that is too large, and by no name an output that is", async () => {
    const half = "x".repeat(200_000)
    const large = { It: { return: half + half } }
    expect(await outputOf(caught({}), {}, large)).toMatchObject({ Error: "States.DataLimitExceeded" })
    for (const name of ["States.ALL", "States.DataLimitExceeded"]) {
      const doubled = caught({ ErrorEquals: [name] }, { ...TASK, ResultPath: "$.b" })
      const failure = await failureOf(doubled, { a: half }, { It: { return: half } })
      expect(failure.error).toBe("States.DataLimitExceeded")
    }
    const Output = "{% $states.result & $states.result %}"
    const query = { ...caught({}, { ...TASK, Output }), ...JSONATA }
    expect((await failureOf(query, {}, { It: { return: half } })).error).toBe("States.DataLimitExceeded")
  })

  it("leaves an error that no catcher names", async () => {
    expect((await failureOf(caught({ ErrorEquals: ["Other"] }), {}, { It: thrown("E") })).error).toBe("E")
  })

  it("catches what a branch or an item fails with", async () => {
    const Branches = [only({ Type: "Fail", Error: "E", Cause: "why" }, "Inner")]
    expect(await outputOf(caught({ ResultPath: "$.e" }, { Type: "Parallel", Branches }), { a: 1 })).toEqual({
      a: 1,
      e: { Error: "E", Cause: "why" }
    })
    const map = { Type: "Map", ItemsPath: "$.i", ItemProcessor: Branches[0] }
    expect(await outputOf(caught({ ResultPath: "$.e" }, map), { i: [1, 2] })).toMatchObject({
      i: [1, 2],
      e: { Error: "E" }
    })
  })
})
