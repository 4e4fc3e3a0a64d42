/** How tasks are done: called, asked for with a token, polled, as other machines; and how long they may take. */
import { Effect, Fiber, Layer, Result } from "effect"
import { Activities, AslFailure, AslResources, TaskToken, type Resource, type TaskCall } from "@waymark/asl"
import { Mock } from "@waymark/asl/mock"
import { Step } from "@waymark/core"
import { Engine, Journal } from "@waymark/interpreter"
import { TestRun } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { chain, JSONATA, machineOf, only, outputOf, run, TASK, type Json } from "./support/machines.ts"

const ARN = TASK.Resource
const services = (resource: Resource, name: string = ARN) => AslResources.layer({ [name]: resource })
const never: Resource = () => Effect.never

/** Plays a machine to its end on a real engine, in virtual time. */
const play = (definition: unknown, resource: Resource, input: Json = {}) =>
  Effect.runPromise(TestRun.toEnd(machineOf(definition), { input, services: services(resource) }))

const errorOf = (result: Result.Result<unknown, unknown>): string | undefined =>
  Result.isFailure(result) && result.failure instanceof AslFailure ? result.failure.error : undefined

describe("a call", () => {
  it("is told its state, its credentials and the context object", async () => {
    const calls: Array<TaskCall> = []
    const task = only({ ...TASK, Credentials: { "RoleArn.$": "$.role" } })
    await play(task, (_, call) => Effect.sync(() => (calls.push(call), null)), { role: "r" })
    expect(calls).toMatchObject([
      {
        resource: ARN,
        state: "It",
        token: undefined,
        credentials: { RoleArn: "r" },
        context: { State: { Name: "It" } }
      }
    ])
  })

  it("of a resource that nobody has leaves the instance stuck, and says so", async () => {
    const rests = await Effect.runPromise(
      Effect.flip(TestRun.toEnd(machineOf(only(TASK)), { input: {}, services: services(never, "other:one") }))
    )
    expect((rests as Error).message).toContain("which AslResources does not have")
  })
})

describe("limits", () => {
  it("TimeoutSeconds end a call, and Retry counts that as States.Timeout", async () => {
    const { result, took } = await play(
      only({ ...TASK, TimeoutSeconds: 30, Retry: [{ ErrorEquals: ["States.Timeout"], MaxAttempts: 1 }] }),
      never
    )
    expect(errorOf(result)).toBe("States.Timeout")
    expect(took).toBe(61_000)
  })

  it("may come from the input, and has to be a whole number", async () => {
    const timed = only({ ...TASK, TimeoutSecondsPath: "$.s" })
    expect((await play(timed, never, { s: 7 })).took).toBe(7000)
    for (const s of [0, 1.5, 100_000_000]) {
      expect(errorOf((await play(timed, never, { s })).result)).toBe("States.Runtime")
      for (const field of ["TimeoutSeconds", "HeartbeatSeconds"]) {
        const queried = only({ ...TASK, ...JSONATA, [field]: "{% $states.input.s %}" })
        expect(errorOf((await play(queried, never, { s })).result)).toBe("States.QueryEvaluationError")
      }
    }
  })

  it("are computed with HeartbeatSeconds below TimeoutSeconds only", async () => {
    const timed = (h: number) => play(only({ ...TASK, TimeoutSeconds: 5, HeartbeatSecondsPath: "$.h" }), never, { h })
    expect(errorOf((await timed(5)).result)).toBe("States.Runtime")
    expect((await timed(4)).took).toBe(4000)
  })

  it("HeartbeatSeconds end a call that gives no sign for so long", async () => {
    const silent = await play(only({ ...TASK, HeartbeatSeconds: 10 }), never)
    const busy: Resource = () =>
      Effect.gen(function* () {
        for (let round = 0; round < 3; round++) {
          yield* Effect.sleep("8 seconds")
          yield* Step.heartbeat(round)
        }
        return yield* Effect.never
      })
    const slow = await play(only({ ...TASK, HeartbeatSeconds: 10 }), busy)
    expect({ error: errorOf(slow.result), took: slow.took }).toEqual({ error: "States.Timeout", took: 34_000 })
    expect({ error: errorOf(silent.result), took: silent.took }).toEqual({
      error: "States.Timeout",
      took: 10_000
    })
  })
})

it("a heartbeat of a call that is missing is caught by its own name, across the journal", async () => {
  const Catch = [{ ErrorEquals: ["States.HeartbeatTimeout"], Next: "Caught" }]
  const definition = {
    StartAt: "It",
    States: { It: { ...TASK, HeartbeatSeconds: 10, Catch, End: true }, Caught: { Type: "Pass", End: true } }
  }
  const { result } = await play(definition, never)
  expect(Result.getOrThrow(result)).toEqual({ Error: "States.Timeout", Cause: "" })
})

const placeOf = (token: string): string => TaskToken.addressOf(token)?.to ?? ""

describe("a task token", () => {
  const asking = {
    ...TASK,
    Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    Parameters: { "t.$": "$$.Task.Token" }
  }

  it("is handed out, and its answer is the task's result or failure", async () => {
    const given: Array<Json> = []
    const mock = (outcome: Mock.Outcome) => (input: Json) => {
      given.push(input)
      return outcome
    }
    expect(await outputOf(only({ ...asking, ResultPath: "$.r" }), { a: 1 }, mock({ return: 7 }))).toEqual({
      a: 1,
      r: 7
    })
    const { t } = given[0] as { readonly t: string }
    expect(TaskToken.addressOf(t)).toEqual({ instance: "mock", state: "It" })
    const report = await Effect.runPromise(
      Mock.run(machineOf(only(asking)), {}, mock({ throw: { error: "E", cause: "c" } }))
    )
    expect(report).toMatchObject({ status: "FAILED", error: "E", cause: "c" })
  })

  it("leads to its item; one of another try is refused", async () => {
    const tokens: Array<string> = []
    const map = only({
      Type: "Map",
      ItemProcessor: only({ ...asking, Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken" }, "Each")
    })
    const machine = machineOf(map)
    const resource: Resource = (_, { token = "" }) => Effect.sync(() => (tokens.push(token), null))
    const program = Effect.gen(function* () {
      const engine = yield* Engine
      const handle = yield* engine.start(machine, { id: "i", input: ["a", "b"] })
      yield* Effect.yieldNow.pipe(Effect.repeat({ until: () => tokens.length === 2 }))
      const answer = (token: string, made: TaskToken.Answer) => {
        const { instance, state, ...to } = TaskToken.addressOf(token) ?? { instance: "", state: "" }
        return engine.signal(instance, TaskToken.signalOf(state), made, {
          id: `${token} ${JSON.stringify(made)}`,
          ...to
        })
      }
      const [first = "", second = ""] = tokens.toSorted((a, b) => placeOf(a).localeCompare(placeOf(b)))
      const refused = yield* Effect.flip(answer(first, TaskToken.success(second, 0)))
      yield* answer(second, TaskToken.heartbeat(second))
      yield* answer(second, TaskToken.success(second, 2))
      yield* answer(first, TaskToken.success(first, 1))
      return { refused, output: yield* handle.result }
    })
    const layer = Engine.layer({ workflows: [machine] }).pipe(
      Layer.provide(Journal.layerMemory),
      Layer.provide(services(resource, asking.Resource))
    )
    const { output, refused } = await Effect.runPromise(Effect.provide(program, layer))
    expect(refused).toBeInstanceOf(TaskToken.TaskTimedOut)
    expect(output).toEqual([1, 2])
  })

  it("that no mock answers waits, until a limit ends it", async () => {
    const mocked = async (more: object) => {
      const { cause, error, status } = await Effect.runPromise(Mock.run(machineOf(only({ ...asking, ...more })), {}))
      return { cause, error, status }
    }
    expect(await mocked({})).toEqual({ status: "WAITING" })
    expect(await mocked({ TimeoutSeconds: 4 })).toEqual({ status: "FAILED", error: "States.Timeout" })
    for (const name of ["States.Timeout", "States.HeartbeatTimeout", "States.ALL"]) {
      const Catch = [
        { ErrorEquals: ["States.TaskFailed"], Next: "Wrong" },
        { ErrorEquals: [name], Next: "Caught" }
      ]
      const states = {
        StartAt: "It",
        States: {
          It: { ...asking, HeartbeatSeconds: 5, Catch, Next: "Wrong" },
          Caught: { Type: "Pass", End: true },
          Wrong: { Type: "Fail" }
        }
      }
      expect(await outputOf(states)).toEqual({ Error: "States.Timeout", Cause: "" })
    }
  })

  it("that nobody answers ends by the limits of its task", async () => {
    const quiet: Resource = () => Effect.succeed(null)
    const ended = async (more: object) => {
      const machine = machineOf(only({ ...asking, ...more }))
      const run = await Effect.runPromise(
        TestRun.toEnd(machine, { input: {}, services: services(quiet, asking.Resource) })
      )
      return [errorOf(run.result), run.took]
    }
    expect(await ended({ HeartbeatSeconds: 5 })).toEqual(["States.Timeout", 5000])
    expect(await ended({ TimeoutSeconds: 50, HeartbeatSeconds: 5 })).toEqual(["States.Timeout", 5000])
    expect(await ended({ TimeoutSeconds: 4 })).toEqual(["States.Timeout", 4000])
  })

  it("is no token where it was not made by one", () => {
    for (const text of ["", "x", Buffer.from("[1]").toString("base64url")])
      expect(TaskToken.addressOf(text)).toBeUndefined()
  })
})

describe("another machine", () => {
  const inner = "arn:aws:states:us-east-1:123456789012:stateMachine:inner"
  const starting = (suffix: string) => ({
    Type: "Task",
    Resource: `arn:aws:states:::states:startExecution${suffix}`,
    Parameters: { StateMachineArn: inner, "Input.$": "$" }
  })
  const outcome = (suffix: string, definition: unknown) =>
    Effect.runPromise(
      Mock.run(machineOf(only(starting(suffix)), { machines: { [inner]: machineOf(definition, { name: "inner" }) } }), {
        a: 1
      })
    )

  it("is a child, and its end the task's result", async () => {
    const pass = only({ Type: "Pass", OutputPath: "$.a" }, "Inner")
    expect(await outcome(".sync:2", pass)).toMatchObject({
      entered: ["It"],
      output: { Output: 1, Status: "SUCCEEDED" }
    })
    expect(await outcome(".sync", pass)).toMatchObject({ output: { Output: "1" } })
    expect(await outcome("", pass)).toMatchObject({ output: { ExecutionArn: expect.any(String) as string } })
  })

  it("that fails is States.TaskFailed", async () => {
    const report = await outcome(".sync", only({ Type: "Fail", Error: "E", Cause: "why" }, "Inner"))
    expect(report).toMatchObject({ status: "FAILED", error: "States.TaskFailed" })
    const slow = await outcome(".sync", { ...only({ Type: "Wait", Seconds: 60 }, "Inner"), TimeoutSeconds: 5 })
    expect(slow.error).toBe("States.TaskFailed")
    expect(JSON.parse(slow.cause ?? "")).toMatchObject({ Status: "TIMED_OUT" })
    expect(JSON.parse(report.cause ?? "")).toMatchObject({
      Status: "FAILED",
      Error: "E",
      Cause: "why",
      Input: '{"a":1}'
    })
  })
})

describe("an activity", () => {
  const name = "arn:aws:states:us-east-1:123456789012:activity:approve"
  const working = (worker: (activities: Activities.Activities) => Effect.Effect<unknown>) => {
    const activities = Activities.make()
    const machine = machineOf(
      chain({ First: { Type: "Task", Resource: name }, Second: { Type: "Task", Resource: name } })
    )
    const layer = Engine.layer({ workflows: [machine] }).pipe(
      Layer.provide(Journal.layerMemory),
      Layer.provide(services(activities.resource(name), name))
    )
    const program = Effect.gen(function* () {
      const engine = yield* Engine
      const work = yield* Effect.forkChild(worker(activities))
      const handle = yield* engine.start(machine, { id: "i", input: 1 })
      const result = yield* Effect.result(handle.result)
      yield* Fiber.interrupt(work)
      return result
    })
    return Effect.runPromise(Effect.provide(program, layer))
  }

  it("is polled, worked at and answered", async () => {
    const result = await working((activities) =>
      Effect.forever(
        Effect.gen(function* () {
          const { input, token } = yield* activities.poll(name)
          yield* activities.heartbeat(token)
          yield* activities.succeed(token, Number(input) * 2)
        })
      )
    )
    expect(Result.getOrThrow(result)).toBe(4)
  })

  it("fails as its worker says, and hears no answer to another", async () => {
    const late: Array<boolean> = []
    const result = await working((activities) =>
      Effect.gen(function* () {
        const { token } = yield* activities.poll(name)
        late.push(yield* activities.succeed("another token", 1))
        yield* activities.fail(token, { error: "E" })
      })
    )
    expect(errorOf(result)).toBe("E")
    expect(late).toEqual([false])
  })
})

describe("mocks that are no answers", () => {
  it.each([
    { throw: { Error: "Busy", Cause: "x" } },
    { throw: "Busy" },
    { return: 1, throw: { error: "Busy" } },
    [{ throw: { error: "Busy", Cause: "x" } }]
  ])("leave the run stuck, and it says with what: %j", async (mock) => {
    const report = await run(
      only({ ...TASK, Retry: [{ ErrorEquals: ["Busy"] }] }),
      {},
      { [TASK.Resource]: mock as never }
    )
    expect(report).toMatchObject({ status: "STUCK" })
    expect(report.cause).toContain(`the mock for "${TASK.Resource}" is no answer`)
  })
})
