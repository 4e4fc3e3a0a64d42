/**
 * A run of a workflow under test: on a real engine, with stubs in the place of steps, in a time that advances by itself.
 *
 * Nothing is mocked but what the stubs stand for. Events are encoded and decoded by the schemas of their steps, retries wait
 * as long as their policy says, timeouts and races go as in production, and a year takes no time. Whenever everything rests
 * the run sends the first of its signals that is waited for, and else goes to the next moment at which something is due.
 *
 * `toEnd` is the short way: it plays a run to its end and gives what came of it. `make` gives a run to be stopped on the way.
 *
 * Time is virtual for whatever asks Effect's clock. An effect that waits for something real (a socket, a promise that takes its
 * time) is waited for a fifth of a second while nothing else happens; give what takes longer a stub.
 */
import type { Query, Signal, Workflow } from "@waymark/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { CommandRejected, EngineStopped, InvalidPayload, QueryNotAvailable } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import type { Ended, InstanceStatus, RequestError, SignalError, SignalOptions, Unavailable } from "../../Handle.ts"
import { isTerminal } from "../../Status.ts"
import type { RunRests, StubUnknown } from "./errors.ts"
import type { Call, Stubs } from "./Stub.ts"
import * as Staging from "./stage.ts"
import { checkStubs, stepsOf, type Steps } from "./steps.ts"
import * as Time from "./time.ts"

export type { Deliveries, Delivery, StageError } from "./stage.ts"

/** How a workflow is run in a test. */
export interface Options<Input, Payloads extends ReadonlyArray<unknown> = ReadonlyArray<never>> {
  readonly input: Input
  /** By the names of the steps that they stand in for; of signals whose handlers they are, and of children. */
  readonly stubs?: Stubs
  /**
   * What steps without a stub run with. Where this is left out they do not run at all: to come to one is a `StepNotStubbed`.
   * `Layer.empty` lets those run that need nothing. It may leave out what only stubbed steps need.
   */
  readonly services?: Layer.Layer<never, unknown>
  /** Sent in their order, each once something waits for it and all else rests. */
  readonly signals?: Staging.Deliveries<Payloads>
  /** Workflows that are started as children by parts which are computed during the run; the others are known. */
  readonly children?: ReadonlyArray<Workflow.Any>
  /** The instance's id. Default: `test`. */
  readonly id?: string
  /** When it starts, in milliseconds since the epoch. Default: 0. */
  readonly startsAt?: number
}

/** Why a run cannot begin. */
export type StartError = StubUnknown | InvalidPayload | CommandRejected

/** A run of a workflow under test. */
export interface TestRun<out Output, out Error = never, out State = Output> {
  /** Plays on to the end: the state it ended in, or the business failure. */
  readonly result: Effect.Effect<Output, Error | Ended | EngineStopped | Unavailable | RunRests | Staging.StageError>
  /** Lets everything happen that needs no time and no signal. */
  readonly rest: Effect.Effect<void, Staging.StageError>
  /** Lets so much time pass, and what is due in it happen. */
  readonly advance: (duration: Duration.Input) => Effect.Effect<void, Staging.StageError>
  /** Plays on until it rests at a step, a signal or a timer with this name, or until its status is as wanted. */
  readonly until: (
    wanted: string | ((status: InstanceStatus) => boolean)
  ) => Effect.Effect<InstanceStatus, RunRests | Staging.StageError>
  /** Sends a signal, and lets happen what needs no time: its reply, or its refusal. One that nothing waits for is `RunRests`. */
  readonly signal: <Name extends string, Payload, Reply, Refusal>(
    signal: Signal.Signal<Name, Payload, Reply, Refusal>,
    payload: NoInfer<Payload>,
    options?: SignalOptions
  ) => Effect.Effect<Reply, Refusal | SignalError | RunRests | Staging.StageError>
  /** Asks a query of its present state. */
  readonly query: <Name extends string, Reply>(
    query: Query.Query<Name, Reply>
  ) => Effect.Effect<Reply, QueryNotAvailable | Unavailable>
  /** Asks it to end, and lets happen what needs no time. */
  readonly cancel: (reason: string) => Effect.Effect<void, RequestError | RunRests | Staging.StageError>
  /** Where it stands and what it waits for. */
  readonly status: Effect.Effect<InstanceStatus>
  /** The state it rests in, as its journal has it. */
  readonly state: Effect.Effect<State, Execution.RecoveryError>
  /** Its journal so far, run after run. */
  readonly events: Effect.Effect<ReadonlyArray<Event>>
  /** What time it is, in milliseconds since the epoch. */
  readonly now: Effect.Effect<number>
  /**
   * The calls of the steps with a name so far, each attempt one; of all steps where it is left out.
   *
   * @throws TypeError where the definition can have no such step: to count the calls of a misspelt name proves nothing.
   */
  readonly calls: (step?: string) => ReadonlyArray<Call>
}

const withoutPatch = ({ patch: _, ...event }: Event): Event => event

/**
 * Begins a run. It stands still until it is told to go on; it ends with its scope.
 *
 * Use it where a test looks at a workflow on its way.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Signal, WIO, Workflow } from "@waymark/core"
 * import { Stub, TestRun } from "@waymark/interpreter/testing"
 *
 * const Answer = Signal.make("answer", { payload: Schema.String })
 * const Question = Workflow.make("Question", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.runIO("ask", {
 *     event: Schema.Void,
 *     run: (question: string) => Effect.log(`sends a letter: ${question}`),
 *     apply: (question) => question
 *   }).pipe(
 *     WIO.andThen(
 *       WIO.handleSignal(Answer, {
 *         event: Schema.String,
 *         handle: (_: string, answer) => Effect.succeed(answer),
 *         apply: (_, answer) => answer
 *       })
 *     )
 *   )
 * })
 *
 * const test = Effect.gen(function*() {
 *   const run = yield* TestRun.make(Question, { input: "when?", stubs: { ask: Stub.after("1 hour", Stub.succeed(undefined)) } })
 *   yield* run.advance("59 minutes")
 *   const early = (yield* run.status).waitsFor // still the letter
 *   yield* run.until("answer")
 *   yield* run.signal(Answer, "tomorrow")
 *   return { early, result: yield* run.result, asked: run.calls("ask").map(({ state }) => state) }
 * })
 * export const tested = await Effect.runPromise(Effect.scoped(test)) // "tomorrow", after having asked "when?"
 * ```
 */
export const make = Effect.fnUntraced(function* <
  Name extends string,
  Input,
  Output,
  Error,
  R,
  State,
  const Payloads extends ReadonlyArray<unknown> = []
>(
  workflow: Workflow.Workflow<Name, Input, Output, Error, R, State>,
  options: Options<NoInfer<Input>, Payloads>
): Effect.fn.Return<TestRun<Output, Error, State>, StartError, Scope.Scope> {
  const { children = [], id = "test", input, services, signals = [], startsAt = 0, stubs = {} } = options
  const steps = stepsOf([workflow, ...children])
  yield* checkStubs(workflow, steps, stubs)
  const stage = yield* Staging.make({
    workflow,
    id,
    stubs,
    signals: signals as ReadonlyArray<Staging.Delivery<unknown>>,
    unstubbed: services === undefined ? "refuse" : "run",
    startsAt
  })
  const booting = { workflow, children, services: services ?? Layer.empty, journal: stage.journal }
  const process = yield* Effect.acquireRelease(stage.boot(booting), ({ close }) => close)
  yield* stage.start(process, input)
  const { engine } = process
  const inTime = Time.within(stage.time)
  const rest = Effect.andThen(stage.rest, stage.calls.check)
  const status = stage.status(process)

  /** Plays on until something holds. */
  const play = Effect.fnUntraced(function* (
    what: string,
    holds: (status: InstanceStatus) => boolean
  ): Effect.fn.Return<InstanceStatus, RunRests | Staging.StageError> {
    for (;;) {
      yield* rest
      const now = yield* status
      if (holds(now)) return now
      const moved = yield* stage.move(process)
      if (moved !== "moved") return yield* Staging.rests(yield* status, what)
    }
  })

  /** What somebody outside asks: an answer without any time, or none. */
  const asked = Effect.fnUntraced(function* <A, E>(what: string, asking: Effect.Effect<A, E>) {
    const fiber = yield* Effect.forkChild(inTime(asking))
    yield* rest
    if (fiber.pollUnsafe() !== undefined) return yield* Fiber.join(fiber)
    yield* Fiber.interrupt(fiber)
    return yield* Staging.rests(yield* status, what)
  })

  const advance = Effect.fnUntraced(function* (duration: Duration.Input) {
    const target = stage.time.now() + Duration.toMillis(Duration.fromInputUnsafe(duration))
    for (;;) {
      const moved = yield* stage.move(process, target)
      if (moved !== "moved") break
    }
    yield* stage.time.goTo(target)
    yield* rest
  })

  const run: TestRun<Output, Error, State> = {
    result: Effect.andThen(
      play("its end", ({ status }) => isTerminal(status)),
      inTime(engine.result(workflow, id))
    ),
    rest,
    advance,
    until: (wanted) =>
      typeof wanted === "string"
        ? play(`"${wanted}"`, ({ waitsFor }) => waitsFor.some(({ step }) => step.name === wanted))
        : play("what was wanted", wanted),
    signal: (signal, payload, options) =>
      asked(`an answer to signal "${signal.name}"`, engine.signal(id, signal, payload, options)),
    query: (query) => inTime(engine.query(id, query)),
    cancel: (reason) => asked("an answer to the cancellation", engine.cancel(id, reason)),
    status,
    state: Effect.flatMap(stage.runs, (runs) =>
      Effect.map(Effect.fromResult(Execution.recover(workflow, (runs.at(-1) ?? []).map(withoutPatch))), Execution.state)
    ),
    events: Effect.map(stage.runs, (runs) => runs.flat().map(withoutPatch)),
    now: Effect.sync(stage.time.now),
    calls: (step) => callsOf(workflow, steps, stage.calls.list, step)
  }
  return run
})

const callsOf = (
  workflow: Workflow.Any,
  steps: Steps,
  calls: ReadonlyArray<Call>,
  step: string | undefined
): ReadonlyArray<Call> => {
  if (step === undefined) return calls.slice()
  if (!steps.isComputed && !steps.names.has(step)) {
    throw new TypeError(
      `calls("${step}"): workflow "${workflow.name}" has no such step: ${[...steps.names].join(", ")}`
    )
  }
  return calls.filter((call) => call.step === step)
}

/** What came of a run that was played to its end. */
export interface Played<out Output, out Error = never, out State = Output> {
  readonly result: Result.Result<Output, Error | Ended | Unavailable>
  /** The state it ended in. */
  readonly state: State
  readonly events: ReadonlyArray<Event>
  /** How long it took, in milliseconds of its own time. */
  readonly took: number
  /** @see {@link TestRun.calls} */
  readonly calls: (step?: string) => ReadonlyArray<Call>
}

/**
 * Plays a workflow to its end, and tells what came of it. A run that does not get there by itself is `RunRests`.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Stub, TestRun } from "@waymark/interpreter/testing"
 *
 * const Payment = Workflow.make("Payment", {
 *   version: 1,
 *   input: Schema.Number,
 *   state: Schema.Union([Schema.Number, Schema.String]),
 *   body: WIO.runIO("charge", {
 *     event: Schema.String,
 *     run: (_: number) => Effect.die("there is no bank here"),
 *     apply: (_, receipt) => receipt,
 *     retry: { initial: "1 second", attempts: 3 }
 *   })
 * })
 *
 * const run = await Effect.runPromise(
 *   TestRun.toEnd(Payment, {
 *     input: 40,
 *     stubs: { charge: Stub.attempts(Stub.die("lost"), Stub.die("lost again"), Stub.succeed("receipt")) }
 *   })
 * )
 * export const { result, took } = run // Success("receipt"), after 3,000 ms
 * export const attempts = run.calls("charge").length // 3
 * ```
 */
export const toEnd = <
  Name extends string,
  Input,
  Output,
  Error,
  R,
  State,
  const Payloads extends ReadonlyArray<unknown> = []
>(
  workflow: Workflow.Workflow<Name, Input, Output, Error, R, State>,
  options: Options<NoInfer<Input>, Payloads>
): Effect.Effect<Played<Output, Error, State>, StartError | RunRests | Staging.StageError | Execution.RecoveryError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const run = yield* make(workflow, options)
      yield* run.until(({ status }) => isTerminal(status))
      const result = yield* Effect.result(run.result)
      const took = (yield* run.now) - (options.startsAt ?? 0)
      return {
        result: result as Played<Output, Error, State>["result"],
        state: yield* run.state,
        events: yield* run.events,
        took,
        calls: run.calls
      }
    })
  )
