/**
 * Where a workflow is tested: a real engine on a journal in memory, in a time that advances by itself, whose steps are
 * looked on and may have stubs. `TestRun` and `checkRecovery` play on it.
 *
 * A stage outlives its processes: the journal, the calls and the time stay when one dies and the next takes over.
 */
import { Node, Step, WIO, type Codec, type Signal, type Workflow } from "@waymark/core"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import { Engine, type Options } from "../../Engine.ts"
import { CommandRejected, InvalidPayload } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import type { InstanceStatus, WaitsFor } from "../../Handle.ts"
import * as Reader from "../../internal/engine/reader.ts"
import { isTerminal, Journal } from "../../Journal.ts"
import { steadied } from "../generator/play.ts"
import { RunRests, StepNotStubbed, StubMisfit, StubUnknown } from "./errors.ts"
import { like, Rewriter } from "./rewrite.ts"
import type { Call, Stub, Stubs } from "./Stub.ts"
import * as Time from "./time.ts"

/** A signal that a run is given: sent once something waits for it and all else rests. */
export interface Delivery<out Payload> {
  readonly signal: Signal.Signal<string, Payload, unknown, unknown>
  readonly payload: NoInfer<Payload>
  /** Default: its place in the list. */
  readonly id?: string
  /** Which of several waiting parts it is for: a branch key. */
  readonly to?: string
  /** Not before so much time has passed since the start. */
  readonly after?: Duration.Input
}

/** One delivery for each payload. */
export type Deliveries<Payloads extends ReadonlyArray<unknown>> = {
  readonly [Index in keyof Payloads]: Delivery<Payloads[Index]>
}

/** What a stage is set up with. */
export interface Setting {
  readonly workflow: Workflow.Any
  readonly id: string
  readonly stubs: Stubs
  readonly signals: ReadonlyArray<Delivery<unknown>>
  /** Whether steps without a stub run for real. */
  readonly unstubbed: "run" | "refuse"
  /** In milliseconds since the epoch. */
  readonly startsAt: number
  /** Whether the same step has the same random UUID in every run. Default: no. */
  readonly steady?: boolean
}

/** What a test may run into, besides what its workflow does. */
export type StageError = StepNotStubbed | StubMisfit | InvalidPayload

/** The names of a definition's steps, and whether it computes some of its parts while it runs. */
export interface Steps {
  readonly names: ReadonlySet<string>
  readonly isComputed: boolean
}

/** Reads the names of a workflow's steps, those of its children included. */
export const stepsOf = (workflows: ReadonlyArray<Workflow.Any>): Steps => {
  const names = new Set<string>()
  const seen = new Set<Workflow.Any>()
  const stack: Array<Node.Node> = []
  let isComputed = false
  const open = (workflow: Workflow.Any): void => {
    if (seen.has(workflow)) return
    seen.add(workflow)
    stack.push(workflow.body)
  }
  workflows.forEach(open)
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node._tag === "RunIO" || node._tag === "HandleSignal" || node._tag === "Child") names.add(node.name)
    if (node._tag === "Child") open(node.workflow)
    if (node._tag === "FlatMap" || node._tag === "Gen") isComputed = true
    for (const part of Node.children(node)) stack.push(part.node)
  }
  return { names, isComputed }
}

/** Refuses a stub for a step that there cannot be. */
export const checkStubs = (workflow: Workflow.Any, steps: Steps, stubs: Stubs): Effect.Effect<void, StubUnknown> => {
  const stub = steps.isComputed ? undefined : Object.keys(stubs).find((name) => !steps.names.has(name))
  if (stub === undefined) return Effect.void
  return Effect.fail(new StubUnknown({ workflow: workflow.name, stub, steps: [...steps.names] }))
}

/** A process: an engine that was started, and how to end it as a shutdown does. */
export interface Process {
  readonly booting: Booting
  readonly engine: Engine["Service"]
  readonly workflow: Workflow.Any
  readonly close: Effect.Effect<void>
}

/** How a process is started. */
export interface Booting {
  readonly workflow: Workflow.Any
  readonly children: ReadonlyArray<Workflow.Any>
  readonly services: Layer.Layer<never, unknown>
  readonly journal: Journal["Service"]
  /** Done once the process has died: then its effects are gone, too. */
  readonly died?: Deferred.Deferred<void>
}

/** In so many turns in which nothing happens everything has come to rest. */
const QUIET = 25

/** How long an effect that neither ends nor sleeps may take in real time, in milliseconds, before virtual time goes on. */
const PATIENCE = 200

const options = {
  lint: "off",
  audit: true,
  poll: Time.HOUSEKEEPING,
  lease: 10 * Time.HOUSEKEEPING
} as const satisfies Partial<Options<[]>>

/** What became of a move: something happened, the instance has ended, nothing can happen any more, or the process is dead. */
export type Moved = "moved" | "ended" | "rests" | "died"

export class Stage {
  readonly setting: Setting
  readonly time: Time.Time
  readonly journal: Journal["Service"]
  readonly calls: Array<Call> = []
  /** Called as an effect starts. */
  onCall: (call: Call) => void = () => undefined
  #problem: StageError | undefined
  /** Whatever happens moves it. */
  #activity = 0
  #running = 0
  #asleep = 0
  readonly #keys = new Map<string, Array<string>>()
  readonly #sent = new Set<number>()
  readonly #instead = new Map<string, Workflow.Any>()

  constructor(setting: Setting, time: Time.Time, journal: Journal["Service"]) {
    this.setting = setting
    this.time = time
    this.journal = this.#observed(journal)
  }

  // ---- processes ------------------------------------------------------------------------------------------------

  /** Starts a process. */
  readonly boot = Effect.fnUntraced(function* (this: Stage, booting: Booting): Effect.fn.Return<Process> {
    const scope = yield* Scope.make()
    const rewriter = new Rewriter({
      runIO: (node) => like(node, { run: (state) => this.#run(booting, node, state) }),
      handleSignal: (node) => like(node, { handle: (state, payload) => this.#handle(booting, node, state, payload) }),
      child: (node) => this.#childInstead(booting, node)
    })
    const workflow = rewriter.workflow(booting.workflow)
    for (const child of booting.children) rewriter.workflow(child)
    const layer = Engine.layer({ workflows: rewriter.workflows, ...options }).pipe(
      Layer.provide([Layer.succeed(Journal, booting.journal), booting.services, Logger.layer([])])
    ) as Layer.Layer<Engine>
    const building = Layer.buildWithMemoMap(layer, Layer.makeMemoMapUnsafe(), scope)
    const context = yield* Time.within(this.time)(building)
    // A shutdown waits for effects, and what they wait for may be time.
    const close = Effect.gen({ self: this }, function* () {
      const closing = yield* Effect.forkChild(Time.within(this.time)(Scope.close(scope, Exit.void)))
      while (closing.pollUnsafe() === undefined) {
        yield* this.rest
        const next = this.time.next()
        if (closing.pollUnsafe() === undefined && next !== undefined) yield* this.time.goTo(next)
      }
    })
    return { booting, engine: Context.get(context, Engine), workflow, close }
  })

  /** Starts the instance. */
  start({ engine, workflow }: Process, input: unknown): Effect.Effect<unknown, InvalidPayload | CommandRejected> {
    return Effect.catchIf(
      Time.within(this.time)(engine.start(workflow, { id: this.setting.id, input })),
      (error): error is Exclude<typeof error, InvalidPayload | CommandRejected> =>
        !(error instanceof InvalidPayload || error instanceof CommandRejected),
      // Nobody else knows this journal: no other instance, no other writer, no failure.
      Effect.die
    )
  }

  /** Counts the operations of a journal: where there are some, something goes on. */
  #observed(journal: Journal["Service"]): Journal["Service"] {
    const counted = Object.entries(journal).map(([name, operation]: [string, unknown]) => {
      if (typeof operation !== "function") return [name, operation]
      const count = (...given: ReadonlyArray<unknown>): unknown => {
        this.#activity++
        return Reflect.apply(operation, journal, given) as unknown
      }
      return [name, count]
    })
    return Object.fromEntries(counted) as Journal["Service"]
  }

  // ---- steps ----------------------------------------------------------------------------------------------------

  #run(booting: Booting, node: Node.RunIO, state: unknown): Effect.Effect<unknown, unknown, unknown> {
    const stub = this.#stubOf(node.name)
    const own = () => node.run(state)
    return this.#perform(booting, node.name, { state, payload: undefined }, stub, own, node)
  }

  #handle(
    booting: Booting,
    node: Node.HandleSignal,
    state: unknown,
    payload: unknown
  ): Effect.Effect<unknown, unknown, unknown> {
    const stub = this.#stubOf(node.name)
    const codecs = { event: node.event, error: node.signal.error }
    const own = () => node.handle(state, payload)
    return this.#perform(booting, node.name, { state, payload }, stub, own, codecs, "run")
  }

  /** A child that has a stub is a workflow of one step: so its parent sees it start and end as it would the real one. */
  #childInstead(booting: Booting, node: Node.Child): Workflow.Any | undefined {
    const stub = this.#stubOf(node.name)
    if (stub === undefined) return undefined
    const { error, name, state } = node.workflow
    const known = this.#instead.get(node.name)
    if (known !== undefined) return known
    const never = () => Effect.never
    const codecs = { event: state, error }
    const body = WIO.runIO(node.name, {
      event: state.schema,
      error: error.schema,
      run: (input: unknown) =>
        this.#perform(booting, node.name, { state: input, payload: undefined }, stub, never, codecs) as Effect.Effect<
          unknown,
          unknown
        >,
      apply: (_, event): unknown => event
    })
    return Object.freeze({ ...node.workflow, name: `${name} (stub of ${node.name})`, body: Node.of(body) })
  }

  #stubOf(name: string): Stub | undefined {
    return Object.hasOwn(this.setting.stubs, name) ? this.setting.stubs[name] : undefined
  }

  #perform(
    { died }: Booting,
    step: string,
    given: Pick<Call, "state" | "payload">,
    stub: Stub | undefined,
    own: () => Effect.Effect<unknown, unknown, unknown>,
    codecs: { readonly event: Codec.Codec<unknown>; readonly error: Codec.Codec<unknown> },
    unstubbed: Setting["unstubbed"] = this.setting.unstubbed
  ): Effect.Effect<unknown, unknown, unknown> {
    const performed = Effect.flatMap(Step.info, (info) => {
      const call = this.#called(step, given, info)
      if (stub !== undefined) return this.#fitting(call, codecs, stub.effect(call))
      if (unstubbed === "run") return this.#provided(call, Effect.suspend(own))
      return this.#stop(this.#notStubbed(call, "it has no stub, and no services are given for steps to run for real"))
    })
    const watched = this.#watched(performed)
    if (died === undefined) return watched
    return Effect.raceFirst(watched, Effect.andThen(Deferred.await(died), Effect.interrupt))
  }

  #called(step: string, given: Pick<Call, "state" | "payload">, info: Step.Info): Call {
    const { attempt, idempotencyKey, instance, now: at, ordinal, path, run } = info
    const keys = this.#keys.get(step) ?? []
    this.#keys.set(step, keys)
    if (!keys.includes(idempotencyKey)) keys.push(idempotencyKey)
    const nth = keys.indexOf(idempotencyKey)
    const call: Call = { step, ...given, attempt, nth, at, instance, run, path, ordinal, idempotencyKey }
    this.calls.push(call)
    this.onCall(call)
    return call
  }

  /** Knows of an effect that it runs, and whether it sleeps. */
  #watched<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    const change = (running: number, asleep: number) =>
      Effect.sync(() => {
        this.#activity++
        this.#running += running
        this.#asleep += asleep
      })
    return Effect.clockWith((clock) => {
      const sleep: Clock.Clock["sleep"] = (duration) =>
        Effect.acquireUseRelease(
          change(0, 1),
          () => clock.sleep(duration),
          () => change(0, -1)
        )
      return Effect.acquireUseRelease(
        change(1, 0),
        () =>
          Effect.provideService(effect, Clock.Clock, Object.assign(Object.create(clock) as typeof clock, { sleep })),
        () => change(-1, 0)
      )
    })
  }

  /** What a stub gives has to be what the step can come to. */
  #fitting(
    { path, step }: Call,
    codecs: { readonly event: Codec.Codec<unknown>; readonly error: Codec.Codec<unknown> },
    effect: Effect.Effect<unknown, unknown>
  ): Effect.Effect<unknown, unknown> {
    return Effect.flatMap(Effect.exit(effect), (exit) => {
      const error = Exit.findErrorOption(exit)
      const [what, value] = Exit.isSuccess(exit)
        ? (["event", exit.value] as const)
        : (["error", Option.getOrUndefined(error)] as const)
      if (Exit.isFailure(exit) && Option.isNone(error)) return exit
      const encoded = codecs[what].encode(value)
      if (Result.isSuccess(encoded)) return exit
      const { name: workflow } = this.setting.workflow
      return this.#stop(new StubMisfit({ workflow, step, path, what, reason: encoded.failure.message }))
    })
  }

  /** A service that is not there is the test's fault, not the step's. */
  #provided(call: Call, effect: Effect.Effect<unknown, unknown, unknown>): Effect.Effect<unknown, unknown, unknown> {
    const { steady = false } = this.setting
    const steadily = steady ? Effect.map(effect, (event) => steadied(event, call.idempotencyKey)) : effect
    return Effect.catchCause(steadily, (cause) => {
      const defects = cause.reasons.filter(Cause.isDieReason).map(({ defect }) => String(defect))
      const reason = defects.find((said) => said.startsWith("Error: Service not found"))
      return reason === undefined
        ? Effect.failCause(cause)
        : this.#stop(this.#notStubbed(call, reason.slice("Error: ".length)))
    })
  }

  #notStubbed({ path, step }: Call, reason: string): StepNotStubbed {
    const { stubs, workflow } = this.setting
    return new StepNotStubbed({ workflow: workflow.name, step, path, reason, stubs: Object.keys(stubs) })
  }

  /** The test cannot go on. */
  #stop(problem: StageError): Effect.Effect<never> {
    this.#problem ??= problem
    this.#activity++
    return Effect.never
  }

  // ---- going on -------------------------------------------------------------------------------------------------

  /** Lets everything happen that needs no time. */
  readonly rest: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    const seen = () => this.#activity + this.time.activity()
    for (;;) {
      let before = seen()
      for (let quiet = 0; quiet < QUIET; quiet++) {
        yield* Effect.yieldNow
        if (seen() === before) continue
        before = seen()
        quiet = 0
      }
      // What neither ends nor sleeps may wait for something real: that takes real time.
      for (let waited = 0; waited < PATIENCE && this.#isBusy && seen() === before; waited++) yield* aMoment
      if (seen() === before) return
    }
  })

  get #isBusy(): boolean {
    return this.#problem === undefined && this.#running > this.#asleep
  }

  /** Fails where the test cannot go on. */
  readonly check: Effect.Effect<void, StageError> = Effect.suspend(() =>
    this.#problem === undefined ? Effect.void : Effect.fail(this.#problem)
  )

  /** Where the instance stands. */
  status({ engine }: Process): Effect.Effect<InstanceStatus> {
    return Effect.orDie(Time.within(this.time)(engine.status(this.setting.id)))
  }

  /** Takes the next step: a signal that is waited for, or else the time at which something happens, not after `limit`. */
  readonly move = Effect.fnUntraced(function* (
    this: Stage,
    process: Process,
    limit = Infinity
  ): Effect.fn.Return<Moved, StageError> {
    yield* this.rest
    yield* this.check
    // A dead process gives no answers.
    const { died } = process.booting
    if (died !== undefined && Deferred.isDoneUnsafe(died)) return "died"
    const status = yield* this.status(process)
    if (isTerminal(status.status)) return "ended"
    const index = this.#due(status)
    if (index !== undefined) {
      yield* this.deliver(process, index)
      return "moved"
    }
    const next = Math.min(this.#nextTime(status), this.#nextDelivery())
    if (next === Infinity || next > limit) return "rests"
    yield* this.time.goTo(Math.max(next, this.time.now()))
    return "moved"
  })

  /** When something happens by itself. */
  #nextTime({ waitsFor }: InstanceStatus): number {
    const next = this.time.next() ?? Infinity
    // A long sleep is taken in parts. Where only the instance itself waits, there is nothing to see in between.
    if (this.#running > 0 || waitsFor.some(({ _tag }) => _tag === "Child" || _tag === "Send")) return next
    const due = Math.min(...waitsFor.map(dueOf))
    return due === Infinity || next === Infinity ? next : Math.max(due, this.time.now())
  }

  #afterOf({ after }: Delivery<unknown>): number {
    return this.setting.startsAt + Duration.toMillis(Duration.fromInputUnsafe(after ?? 0))
  }

  /** The first signal of the list that is waited for. */
  #due({ waitsFor }: InstanceStatus): number | undefined {
    const names = new Set(waitsFor.flatMap(({ _tag, step }) => (_tag === "Signal" ? [step.name] : [])))
    const index = this.setting.signals.findIndex(
      (delivery, place) =>
        !this.#sent.has(place) && names.has(delivery.signal.name) && this.#afterOf(delivery) <= this.time.now()
    )
    return index === -1 ? undefined : index
  }

  #nextDelivery(): number {
    const open = this.setting.signals.filter((_, index) => !this.#sent.has(index))
    return Math.min(...open.map((delivery) => this.#afterOf(delivery)).filter((after) => after > this.time.now()))
  }

  /** Sends a signal of the list. The same one again does no harm. */
  readonly deliver = Effect.fnUntraced(function* (this: Stage, { engine }: Process, index: number) {
    const delivery = this.setting.signals[index]
    if (delivery === undefined) return
    this.#sent.add(index)
    this.#activity++
    const { id = `signal-${index}`, payload, signal, to } = delivery
    const sending = engine.signal(this.setting.id, signal, payload, { id, ...(to !== undefined && { to }) })
    const caught = Effect.catchCause(sending, (cause) => {
      const failure = cause.reasons.find(Cause.isFailReason)
      // A refusal is an answer. What the signal's schema does not take is the test's fault.
      return failure?.error instanceof InvalidPayload ? this.#stop(failure.error) : Effect.void
    })
    yield* Effect.forkDetach(Time.within(this.time)(caught))
  })

  /** The signals that were sent: the next process hears of those that the one before has not settled. */
  get sent(): ReadonlyArray<number> {
    return [...this.#sent]
  }

  /** All events of the instance, run after run. */
  readonly runs: Effect.Effect<ReadonlyArray<ReadonlyArray<Event>>> = Effect.gen({ self: this }, function* () {
    const row = yield* this.journal.find(this.setting.id)
    return Option.isNone(row) ? [] : yield* Reader.all(this.journal, row.value)
  }).pipe(Effect.orDie)
}

const aMoment = Effect.promise(() => new Promise<void>((resolve) => void setTimeout(resolve, 1)))

const dueOf = (waiting: WaitsFor): number =>
  waiting._tag === "Timer" ? waiting.due : "notBefore" in waiting ? waiting.notBefore : Infinity

/** What an instance waits for, in words. */
const described = (waiting: WaitsFor): string => {
  const { _tag, step } = waiting
  switch (_tag) {
    case "RunIO":
      return step.name
    case "Signal":
      return `signal ${step.name}`
    case "Timer":
      return `timer ${step.name}`
    case "Child":
      return `child ${step.name} (${waiting.workflow})`
    case "Send":
      return `message ${step.name}`
  }
}

/** The run does not come to what was wanted. */
export const rests = (status: InstanceStatus, wanted: string): RunRests =>
  new RunRests({
    instance: status.id,
    status: status.status,
    waitsFor: status.waitsFor.map(described),
    wanted,
    error: status.error
  })

/** Sets a stage up. */
export const make = Effect.fnUntraced(function* (setting: Setting): Effect.fn.Return<Stage, never, Scope.Scope> {
  const time = yield* Time.make(setting.startsAt)
  const journal = Context.get(yield* Layer.build(Layer.fresh(Journal.layerMemory)), Journal)
  return new Stage(setting, time, journal)
})
