/**
 * State machines run with what their tasks answer written down: for trying a definition out, in a test or at a command line.
 *
 * It drives the pure machine by hand, in one process and in time of its own: waits are over at once. States that are ready together take
 * their turns in the order in which they became so.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { Step, TimedOut, type Workflow } from "@waymark/core"
import type { Pending } from "@waymark/interpreter"
import { Command, type Event, Execution } from "@waymark/interpreter"
import { parse, type StateMachine } from "../Asl.ts"
import type { AslFailure, AslInvalid } from "../Errors.ts"
import { Entered } from "../internal/compile/chance.ts"
import type { Json } from "../internal/data/json.ts"
import { AslResources, type TaskCall, type TaskError } from "../Resources.ts"
import * as TaskToken from "../TaskToken.ts"

/** What a task answers. */
export type Outcome = { readonly return: Json } | { readonly throw: TaskError }

/**
 * What tasks answer, by the name of the state or else of the resource: always the same, or one after the other (the last one again and again).
 * Or a function of the call.
 */
export type Mocks =
  | Readonly<Record<string, Outcome | ReadonlyArray<Outcome>>>
  | ((input: Json, call: TaskCall) => Outcome | undefined)

/** How a run ended. */
export interface Report {
  /** `WAITING`: for a signal that no mock sends, the answer to a task token among them. `STUCK`: another task has no mock, or something throws; `cause` says what. */
  readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "WAITING" | "STUCK"
  readonly output?: Json
  readonly error?: string
  readonly cause?: string
  /** The states in the order in which they were entered; those of child executions are not among them. */
  readonly entered: ReadonlyArray<string>
  readonly events: ReadonlyArray<Event.Event>
}

const isText = (value: unknown): boolean => value === undefined || typeof value === "string"

const isTaskError = (value: unknown): boolean =>
  Predicate.isObject(value) &&
  Object.entries(value).every(([key, part]) => (key === "error" || key === "cause") && isText(part))

/**
 * Whether a value is what a task answers: for mocks that come from a file. It is either a result or an error, whose fields begin with small
 * letters.
 *
 * @example
 * ```ts
 * import { Mock } from "@waymark/asl/mock"
 *
 * export const answers = [{ throw: { error: "Busy" } }, { throw: { Error: "Busy" } }].map(Mock.isOutcome) // [true, false]
 * ```
 */
export const isOutcome = (value: unknown): value is Outcome =>
  Predicate.isObject(value) && ("return" in value ? !("throw" in value) : isTaskError(value["throw"]))

const checked = (outcome: Outcome | undefined, name: string): Outcome | undefined => {
  if (outcome === undefined || isOutcome(outcome)) return outcome
  throw new Error(
    `the mock for "${name}" is no answer: give { "return": 42 } or { "throw": { "error": "Busy", "cause": "try later" } }`
  )
}

const answering = (mocks: Mocks): ((input: Json, call: TaskCall) => Outcome | undefined) => {
  if (typeof mocks === "function") return mocks
  const turns = new Map<string, number>()
  return (_, { resource, state }) => {
    const key = Object.hasOwn(mocks, state) ? state : resource
    const found = Object.hasOwn(mocks, key) ? mocks[key] : undefined
    if (found === undefined) return undefined
    const outcomes: ReadonlyArray<Outcome> = Array.isArray(found) ? found : [found]
    const turn = turns.get(key) ?? 0
    turns.set(key, turn + 1)
    return checked(outcomes[Math.min(turn, outcomes.length - 1)], key)
  }
}

interface Delivery {
  readonly state: string
  readonly to: string | undefined
  readonly answer: TaskToken.Answer
}

/** What all machines of a run share: its mocks, what they have answered, and its trace. */
interface Stage {
  readonly mocks: (input: Json, call: TaskCall) => Outcome | undefined
  readonly entered: Array<{ readonly state: string; readonly execution: unknown }>
  readonly deliveries: Array<Delivery>
  now: number
}

const resources = ({ deliveries, mocks }: Stage): AslResources["Service"] => ({
  resolve: () => (input, call) =>
    Effect.suspend((): Effect.Effect<Json, TaskError> => {
      const outcome = mocks(input, call)
      const { token } = call
      // Nobody answers: whether time runs out is for the task's limits to say.
      if (outcome === undefined && token !== undefined) return Effect.succeed(null)
      if (outcome === undefined) {
        return Effect.die(new Error(`no mock for state "${call.state}" (${call.resource}): give one under either name`))
      }
      if (token === undefined) return "return" in outcome ? Effect.succeed(outcome.return) : Effect.fail(outcome.throw)
      const answer =
        "return" in outcome ? TaskToken.success(token, outcome.return) : TaskToken.failure(token, outcome.throw)
      deliveries.push({ state: call.state, to: TaskToken.addressOf(token)?.to, answer })
      return Effect.succeed(null)
    })
})

type Running = Execution.Execution<Json, unknown, AslResources>

/** Runs a pending effect as an engine would, once. */
const performed = (stage: Stage, pending: Pending.RunIO, instance: string) => {
  const { idempotencyKey, step } = pending
  const info: Step.Info = {
    instance,
    run: 0,
    path: step.path,
    ordinal: step.ordinal,
    step: step.name,
    attempt: 1,
    idempotencyKey,
    now: stage.now,
    details: undefined
  }
  const effect = pending.effect as Effect.Effect<unknown, unknown, AslResources>
  return Effect.exit(effect).pipe(
    Effect.provideService(AslResources, resources(stage)),
    Effect.provideService(Step.Current, info),
    Effect.provideService(Entered, (state, execution) => void stage.entered.push({ state, execution }))
  )
}

/** A machine on its way. */
interface Way {
  readonly id: string
  readonly events: Array<Event.Event>
  execution: Running
  stuck: string | undefined
}

const tell = (stage: Stage, way: Way, command: Command.Command): void => {
  const moved = Execution.step(way.execution, command, { at: stage.now })
  if (Result.isFailure(moved)) way.stuck = moved.failure.message
  else {
    way.execution = moved.success.execution
    way.events.push(...moved.success.events)
  }
}

const said = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/** Does what a machine waits for, where that needs no time. */
const serve = (stage: Stage, way: Way, pending: Pending.RunIO | Pending.Child): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { step } = pending
    if (pending._tag === "RunIO") {
      const exit = yield* performed(stage, pending, way.id)
      const failure = Exit.isFailure(exit) ? Cause.findErrorOption(exit.cause) : Option.none()
      if (Exit.isSuccess(exit)) tell(stage, way, Command.succeed(step, exit.value))
      else if (Option.isSome(failure)) tell(stage, way, Command.fail(step, failure.value))
      else way.stuck = said(Cause.squash(exit.cause))
    } else if (pending.phase === "Start") tell(stage, way, Command.childStarted(step))
    else {
      const child = yield* driven(stage, pending.workflow, pending.input, pending.id)
      if (child.stuck !== undefined) way.stuck = child.stuck
      else tell(stage, way, Command.childEnded(step, outcomeOf(child.events)))
    }
  })

/** Where all rests: an answer that a mock has given is delivered, else the next timer is due. Says whether there was either. */
const moved = (stage: Stage, way: Way): boolean => {
  const delivery = stage.deliveries.shift()
  if (delivery !== undefined) {
    const { answer, state, to } = delivery
    tell(
      stage,
      way,
      Command.signal(TaskToken.signalOf(state), answer, { id: answer.token, ...(to !== undefined && { to }) })
    )
    return true
  }
  const wakeAt = Execution.wakeAt(way.execution)
  if (wakeAt === undefined) return false
  stage.now = Math.max(stage.now, wakeAt)
  tell(stage, way, Command.tick(stage.now))
  return true
}

/** How far a run has come. One that could not even start is stuck without an execution. */
type Driven = Pick<Way, "events" | "stuck"> & { readonly execution?: Running }

/** Runs a machine until it has ended, waits, or is stuck. */
const driven = (stage: Stage, workflow: Workflow.Any, input: unknown, id: string): Effect.Effect<Driven> =>
  Effect.gen(function* () {
    const started = Execution.tryStart(workflow as StateMachine, input as Json, { id, at: stage.now })
    if (Result.isFailure(started)) return { events: [], stuck: said(started.failure) }
    const { events, execution } = started.success
    const way: Way = { id, events: [...events], execution, stuck: undefined }
    const over = (): boolean => way.stuck !== undefined || Option.isSome(Execution.result(way.execution))
    while (!over()) {
      const ready = Execution.pending(way.execution).filter(({ _tag }) => _tag === "RunIO" || _tag === "Child")
      // In rounds: what became ready together has its turn before what follows from it.
      for (const { step } of ready) {
        const pending = Execution.pendingAt(way.execution, step)
        if (!over() && (pending?._tag === "RunIO" || pending?._tag === "Child")) yield* serve(stage, way, pending)
      }
      if (ready.length === 0 && !moved(stage, way)) break
    }
    return way
  })

/** How a child ended, as its last event tells its parent. */
const outcomeOf = (events: ReadonlyArray<Event.Event>): Command.ChildOutcome =>
  events[events.length - 1]?.payload as never

/**
 * Runs a state machine with mocked tasks.
 *
 * @example
 * ```ts
 * import { Effect, Result } from "effect"
 * import { Asl } from "@waymark/asl"
 * import { Mock } from "@waymark/asl/mock"
 *
 * const definition = {
 *   StartAt: "Ask",
 *   States: { Ask: { Type: "Task", Resource: "arn:aws:lambda:us-east-1:123456789012:function:ask", End: true } }
 * }
 * const machine = Result.getOrThrow(Asl.parse(definition, { name: "ask" }))
 * export const report = await Effect.runPromise(Mock.run(machine, {}, { Ask: { return: 42 } }))
 * // report.status: "SUCCEEDED", report.output: 42, report.entered: ["Ask"]
 * ```
 */
export const run = (
  machine: StateMachine,
  input: Json,
  mocks: Mocks = {},
  options: { readonly id?: string; readonly now?: number } = {}
): Effect.Effect<Report> =>
  Effect.gen(function* () {
    const { id = "mock", now = Date.now() } = options
    const stage: Stage = { mocks: answering(mocks), entered: [], deliveries: [], now }
    const { events, execution, stuck } = yield* driven(stage, machine, input, id)
    const [first] = stage.entered
    const entered = stage.entered.flatMap(({ execution, state }) => (execution === first?.execution ? [state] : []))
    if (execution === undefined || stuck !== undefined) {
      return { status: "STUCK", ...(stuck !== undefined && { cause: stuck }), entered, events }
    }
    const result = Execution.result(execution)
    if (Option.isNone(result)) return { status: "WAITING", entered, events }
    if (Result.isSuccess(result.value)) return { status: "SUCCEEDED", output: result.value.success, entered, events }
    const failure: unknown = result.value.failure
    if (failure instanceof TimedOut) return { status: "TIMED_OUT", entered, events }
    const { cause, error } = failure as AslFailure
    return {
      status: "FAILED",
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
      entered,
      events
    }
  })

/**
 * Reads a definition and runs it with mocked tasks; where it cannot run, all of its problems are the failure. For command lines.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Mock } from "@waymark/asl/mock"
 *
 * const definition = '{ "StartAt": "Hello", "States": { "Hello": { "Type": "Pass", "Result": "hello", "End": true } } }'
 * export const report = await Effect.runPromise(Mock.runDefinition(definition, {})) // report.output: "hello"
 * ```
 */
export const runDefinition = (
  definition: unknown,
  input: Json,
  mocks: Mocks = {},
  { name = "machine", ...options }: { readonly name?: string; readonly id?: string; readonly now?: number } = {}
): Effect.Effect<Report, AslInvalid> =>
  Effect.flatMap(Effect.fromResult(parse(definition, { name })), (machine) => run(machine, input, mocks, options))
