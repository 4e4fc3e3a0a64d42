/** `Task`: its arguments are recorded first, so that a call that is made again after a crash is the same call. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Step, WIO, type Workflow } from "@waymark/core"
import type * as Definition from "../../Definition.ts"
import { AslFailure } from "../../Errors.ts"
import { AslResources, type TaskCall, type TaskError } from "../../Resources.ts"
import * as TaskToken from "../../TaskToken.ts"
import { largestNumber } from "../data/limits.ts"
import type { Json, JsonObject } from "../data/json.ts"
import { recorded } from "./chance.ts"
import { child, machineOf } from "./child.ts"
import { guarded } from "./failure.ts"
import type { Flow, Left, Work } from "./flow.ts"
import { resulting } from "./forks.ts"
import { silent, withHeartbeat } from "./heartbeat.ts"
import * as Query from "./query.ts"
import type { At, Compiled } from "./query.ts"
import { entering, failing, leaving, sequence, type Part, type Way } from "./steps.ts"

/** Machines that tasks may start, by their names and ARNs. */
export type Machines = Readonly<Record<string, Workflow.Any>>

const TOKEN = ".waitForTaskToken"

/** A failure of a task as one of the state. */
export const failureOf = ({ cause, error }: TaskError): AslFailure =>
  new AslFailure({ ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) })

const tokenOf = (at: At): Effect.Effect<string> =>
  Effect.map(Step.info, ({ instance, path }) =>
    TaskToken.make({ instance, state: at.name, ...(path !== "" && { to: path }) }, at.recorded.uuid())
  )

const seconds = (compiled: Compiled<Definition.Task>, at: At, input: Json) =>
  Effect.gen(function* () {
    const { language, state } = compiled
    const { HeartbeatSeconds, HeartbeatSecondsPath, TimeoutSeconds, TimeoutSecondsPath } = state
    const read = (field: string, value: number | string | undefined, path: string | undefined, most: number) =>
      Query.numberOf(language, { field, value, path, least: 1, most }, at, input)
    const timeout = yield* read("TimeoutSeconds", TimeoutSeconds, TimeoutSecondsPath, largestNumber)
    const below = (timeout ?? largestNumber + 1) - 1
    return { timeout, heartbeat: yield* read("HeartbeatSeconds", HeartbeatSeconds, HeartbeatSecondsPath, below) }
  })

/** What is evaluated before the call. */
const prepared = (compiled: Compiled<Definition.Task>, given: At): Effect.Effect<Work, AslFailure> =>
  Effect.gen(function* () {
    const { language, state } = compiled
    const token = state.Resource.endsWith(TOKEN) ? yield* tokenOf(given) : undefined
    const at: At = token === undefined ? given : { ...given, flow: { ...given.flow, work: { token } } }
    const selected = yield* Query.selected(compiled, at)
    const input = yield* Query.effectiveInput(compiled, at)
    const { heartbeat, timeout } = yield* seconds(compiled, at, selected)
    const { Credentials } = state
    const credentials = Credentials && (yield* Query.template(language, Credentials, at, selected, "Credentials"))
    return {
      input,
      ...(token !== undefined && { token }),
      ...(timeout !== undefined && { timeout }),
      ...(heartbeat !== undefined && { heartbeat }),
      ...(credentials !== undefined && { credentials })
    }
  })

/** Calls the resource. One that nobody knows is no failure of the task: it leaves the instance stuck until somebody does. */
const called = (at: At, resource: string): Effect.Effect<Json, AslFailure, AslResources> =>
  Effect.gen(function* () {
    const found = (yield* AslResources).resolve(resource)
    if (found === undefined) {
      const message = `state "${at.name}" calls ${resource}, which AslResources does not have: give it there`
      return yield* Effect.die(Step.doNotRetry(new Error(message)))
    }
    const call: TaskCall = {
      resource,
      state: at.name,
      token: at.flow.work?.token,
      credentials: at.flow.work?.credentials,
      context: Query.contextOf(at)
    }
    return yield* Effect.mapError(found(at.flow.work?.input ?? null, call), failureOf)
  })

/** Too long a time is no more than a name: AWS gives it no cause. */
const timedOut = (): AslFailure => new AslFailure({ error: "States.Timeout" })

/** Limits a part to what the flow's work says, across restarts. */
const limited = (part: Part<Way>, name: string, key: "timeout" | "heartbeat"): Part<Way> =>
  WIO.timeout(part as never, `${name}: ${key}`, {
    for: (flow: Flow) => (flow.work?.[key] ?? 0) * 1000,
    onTimeout: failing(`${name}: timed out`, () => (key === "heartbeat" ? silent() : timedOut()))
  } as never) as never

const answered = (compiled: Compiled<Definition.Task>): Part => {
  const { name, state } = compiled
  const signal = TaskToken.signalOf(name)
  const wait = WIO.handleSignal(signal, {
    event: TaskToken.Answer.fields.answer,
    handle: (flow: Flow, { answer, token }) =>
      token === flow.work?.token ? Effect.succeed(answer) : Effect.fail(new TaskToken.TaskTimedOut({ state: name })),
    apply: (flow, answer): Flow => ({ ...flow, result: answer as Json })
  })
  const heartbeats = state.HeartbeatSeconds !== undefined || state.HeartbeatSecondsPath !== undefined
  const one = heartbeats ? limited(wait, name, "heartbeat") : wait
  return WIO.loop(
    `${name}: heartbeats`,
    one as never,
    {
      while: (flow: Flow) => (flow.result as JsonObject)["_tag"] === "heartbeat"
    } as never
  ) as never
}

/** The call only asks; what comes of it is told by whoever has the token. */
const asking = (compiled: Compiled<Definition.Task>): Part<Way> => {
  const { name, state } = compiled
  const ask = WIO.runIO(`${name}: request`, {
    event: Schema.Null,
    error: AslFailure,
    run: (flow: Flow) =>
      Effect.gen(function* () {
        yield* called({ name, flow, recorded: yield* recorded }, state.Resource)
        return null
      }),
    apply: (flow) => flow
  })
  const leave = leaving(
    name,
    `${name}: output`,
    (at) => {
      const answer = at.flow.result as TaskToken.Answer["answer"]
      return answer._tag === "success"
        ? Query.resulted(compiled, at, answer.output)
        : Effect.fail(failureOf(answer as TaskError))
    },
    state.Next
  )
  return sequence(ask, answered(compiled), leave)
}

const calling = (compiled: Compiled<Definition.Task>): Part<Way> => {
  const { name, state } = compiled
  const call = (at: At): Effect.Effect<Left, AslFailure, AslResources> =>
    Effect.flatMap(withHeartbeat(at, called(at, state.Resource)), (result) => Query.resulted(compiled, at, result))
  return leaving(name, name, call, state.Next)
}

export const task = (compiled: Compiled<Definition.Task>, machines: Machines): Part<Way> => {
  const { name, state } = compiled
  const started = machineOf(state, machines)
  const enter = entering(name, (at) => prepared(compiled, at))
  const work =
    started !== undefined
      ? sequence(child(compiled, started), resulting(compiled))
      : state.Resource.endsWith(TOKEN)
        ? asking(compiled)
        : calling(compiled)
  const limits = state.TimeoutSeconds !== undefined || state.TimeoutSecondsPath !== undefined
  const whole = limits ? limited(work, name, "timeout") : work
  return guarded(compiled, sequence(enter, whole))
}
