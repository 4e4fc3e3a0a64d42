/**
 * The runtime: it performs what executions ask for and journals what happened.
 *
 * Live instances are kept in memory, one mailbox each; their appends share commits. An instance that nobody runs, because
 * its process was killed or shut down, is claimed, recovered and carried on.
 */
import type { Query, RetryPolicy, Signal, Workflow } from "@waymark/core"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type {
  AppendRefused,
  CommandRejected,
  EngineStopped,
  InstanceExists,
  InstanceNotFound,
  InvalidCursor,
  InvalidPayload,
  NotStuck,
  PayloadTooLarge,
  PayloadUnreadable,
  QueryNotAvailable
} from "./Errors.ts"
import type { Event } from "./Event.ts"
import type {
  Decision,
  Ended,
  Handle,
  InstanceStatus,
  RequestError,
  Reuse,
  SignalError,
  SignalOptions,
  Unavailable
} from "./Handle.ts"
import * as internal from "./internal/engine/engine.ts"
import { resolve } from "./internal/engine/options.ts"
import { Observer } from "./internal/engine/observer.ts"
import * as Payloads from "./internal/engine/payloads.ts"
import { untilStopped, type StopSignal } from "./internal/engine/process.ts"
import { Journal } from "./Journal.ts"
import type { JournalError } from "./JournalError.ts"
import * as Lint from "./Lint.ts"
import type { ListOptions, Page, PurgeOptions } from "./Listing.ts"
import { PayloadCodec } from "./PayloadCodec.ts"
import type { StepRef } from "./Pending.ts"

/** When an engine keeps a snapshot of an instance, so that recovery need not read its whole journal. */
export interface Snapshots {
  /** After so many events since the last one. Default: 1,000. */
  readonly every?: number
  /** Also when an instance only waits, unless hardly anything has happened since the last one. Default: no. */
  readonly onIdle?: boolean
}

/**
 * How much instances may put on record. What is larger is refused before anything is written: the result of a step as a fault of the step that is not tried again,
 * an input or a signal's payload to the caller. A run with too many events is stuck. `Infinity` is no limit.
 */
export interface RecordLimits {
  /** The size of one payload: bytes of its JSON text in UTF-8, before any `PayloadCodec`. Default: 2 MiB. */
  readonly payload?: number
  /** The events of one run. Default: 50,000. */
  readonly history?: number
  /** From which part of a limit on the log warns, once for each instance and step. Default: 0.5; 1 is never. */
  readonly warnAt?: number
}

/** Which instance is run by hand: of a workflow, which first, and for how long at the most. */
export interface RunOne {
  /** Default: any that is hosted. */
  readonly workflow?: Workflow.Any
  /** The one that has waited longest, that was started last, or any. Default: `oldest`. */
  readonly order?: "oldest" | "newest" | "random"
  /** Default: 1 minute. */
  readonly timeLimit?: Duration.Input
}

/** How an engine works. */
export interface Options<Workflows extends ReadonlyArray<Workflow.Any>> {
  /** The workflows it hosts. It takes over their unfinished instances, also those that older versions started. */
  readonly workflows: Workflows
  /** How long this process keeps its instances when it is not heard of. Default: 10 seconds, or three times `poll`. */
  readonly lease?: Duration.Input
  /**
   * How often it looks for orphaned instances and for signals whose wake-up was lost. A timer that was another process' until just now, as where that
   * was shut down, may fire so much late. Default: what the journal says, 1 second on Postgres, 5 seconds where there is only one process.
   */
  readonly poll?: Duration.Input
  /** The retry policy of steps that have none of their own, and of what theirs leaves out. */
  readonly retry?: RetryPolicy.RetryPolicy
  /** When snapshots are kept; `false` for never. They spare time, and nothing depends on them. Default: every 1,000 events. */
  readonly snapshots?: Snapshots | false
  /**
   * How many instances are kept in memory. Those that only wait leave it when others need the place, and come back when they have
   * something to do; one that is started when there is none waits on the journal. Default: 10,000.
   */
  readonly resident?: number
  /**
   * How long an instance that only waits stays in memory. While it does it belongs to this process: where that is killed, nobody else goes on
   * with it before the `lease` has lapsed.
   *
   * Where it has left, its next signal has to claim it, and its events are read. That is one statement where who sends hosts the workflow and the store has `wake`;
   * else all engines are told, and one claims it. Give more where instances are signalled every few seconds.
   *
   * Default: 1 second where the store has `wake`, as Postgres has, for what has 32 events at the most, waits for nothing but signals, and timers that are
   * not due within half a minute, and is waited for by nobody in this process, for its end or for a reply; 30 seconds for all others.
   */
  readonly idle?: Duration.Input
  /** How many effects run at once in this process; others wait in line. Default: as many as there are. */
  readonly concurrency?: number
  /** How many effects of a step run at once in this process, by the step's name. */
  readonly steps?: Readonly<Record<string, { readonly concurrency: number }>>
  /**
   * How often an instance is taken over from processes that were not heard of any more (killed, or frozen for longer than
   * their `lease`) with nothing put on record in between. Past that it is stuck: a step of it may kill the processes that run it.
   * `Engine.retry` lets it go on, counted anew. A shutdown, and leaving memory, do not count. Whoever ran in the same processes and got
   * nothing on record meanwhile is counted too. So those that were taken over nearly as often are run apart from each other, few at a time, and the last time
   * with no other of them; all the rest runs beside them. That lasts until something is on record, or for one `lease`: of steps that take longer it may be
   * somebody else's that is given up with the one that kills. Default: 10; `Infinity` is no limit.
   */
  readonly takeovers?: number
  /**
   * How long effects that run may go on when the engine is shut down, before they are interrupted. Default: 5 seconds.
   * It is measured in real time, also under a test's clock.
   */
  readonly grace?: Duration.Input
  /** `manual`: no instance runs by itself, only by `runOne`. Default: `auto`. */
  readonly mode?: "auto" | "manual"
  /** Whether each event is kept with what it did to the state, as a JSON Patch, for `history`. Default: no. */
  readonly audit?: boolean
  /** How large payloads and histories may become. */
  readonly limits?: RecordLimits
  /**
   * What is made of the linter's findings as the engine starts. `error`: those that would leave instances stuck fail it,
   * the others are logged; `warn`: all are logged; `off`: nobody looks. Default: `error`.
   */
  readonly lint?: "off" | "warn" | "error"
}

/**
 * Starts, signals and asks instances.
 *
 * @example
 * ```ts
 * import { Effect, Layer, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Engine, Journal } from "@waymark/interpreter"
 *
 * const Greeting = Workflow.make("Greeting", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.runIO("greet", {
 *     event: Schema.String,
 *     run: (name: string) => Effect.succeed(`hello ${name}`),
 *     apply: (_, greeting) => greeting
 *   })
 * })
 *
 * const program = Effect.gen(function*() {
 *   const engine = yield* Engine
 *   const greeting = yield* engine.start(Greeting, { id: "g-1", input: "Ann" })
 *   return yield* greeting.result
 * })
 *
 * const layer = Engine.layer({ workflows: [Greeting] }).pipe(Layer.provide(Journal.layerMemory))
 * export const greeted = await Effect.runPromise(program.pipe(Effect.provide(layer))) // "hello Ann"
 * ```
 */
export class Engine extends Context.Service<
  Engine,
  {
    /**
     * Starts an instance. The same id with an equal input gives the instance that is there already, so a start may be
     * repeated; with another input it is an error. `reuse` says whether the id of one that has ended may begin anew.
     *
     * The workflow need not be hosted here: then whoever hosts it runs it. One that is hosted is started by the very
     * value that the layer was given: another definition of its name is `WorkflowNotHosted`.
     *
     * @example
     * ```ts
     * import { Effect, Layer, Schema } from "effect"
     * import { WIO, Workflow } from "@waymark/core"
     * import { Engine, Journal } from "@waymark/interpreter"
     *
     * const Double = Workflow.make("Double", {
     *   version: 1,
     *   input: Schema.Number,
     *   state: Schema.Number,
     *   body: WIO.pure((n: number) => 2 * n)
     * })
     * const program = Effect.gen(function*() {
     *   const engine = yield* Engine
     *   const first = yield* engine.start(Double, { id: "monthly", input: 1 })
     *   yield* first.result
     *   // Its id may be used anew, with another input, once it has ended.
     *   const second = yield* engine.start(Double, { id: "monthly", input: 2, reuse: "always" })
     *   return [yield* second.result, (yield* second.status).run] as const
     * })
     * const layer = Engine.layer({ workflows: [Double] }).pipe(Layer.provide(Journal.layerMemory))
     * export const reused = await Effect.runPromise(program.pipe(Effect.provide(layer))) // [4, 1]
     * ```
     */
    readonly start: <Name extends string, Input, Output, Error, R, State>(
      workflow: Workflow.Workflow<Name, Input, Output, Error, R, State>,
      options: { readonly id: string; readonly input: NoInfer<Input>; readonly reuse?: Reuse }
    ) => Effect.Effect<
      Handle<Output, Error>,
      InstanceExists | InvalidPayload | PayloadTooLarge | CommandRejected | AppendRefused | EngineStopped | Unavailable
    >
    /** An instance that was started before, here or elsewhere. Nothing is asked of the journal yet. */
    readonly handle: <Name extends string, Input, Output, Error, R, State>(
      workflow: Workflow.Workflow<Name, Input, Output, Error, R, State>,
      id: string
    ) => Handle<Output, Error>
    /** Waits for the end of an instance. */
    readonly result: <Name extends string, Input, Output, Error, R, State>(
      workflow: Workflow.Workflow<Name, Input, Output, Error, R, State>,
      id: string
    ) => Effect.Effect<Output, Error | Ended | EngineStopped | Unavailable>
    /** Sends a signal to an instance and waits for its reply. */
    readonly signal: <Name extends string, Payload, Reply, Refusal>(
      id: string,
      signal: Signal.Signal<Name, Payload, Reply, Refusal>,
      payload: NoInfer<Payload>,
      options?: SignalOptions
    ) => Effect.Effect<Reply, Refusal | SignalError>
    /** Asks an instance a query. */
    readonly query: <Name extends string, Reply>(
      id: string,
      query: Query.Query<Name, Reply>
    ) => Effect.Effect<Reply, QueryNotAvailable | Unavailable>
    /** Where an instance stands and what it waits for. */
    readonly status: (id: string) => Effect.Effect<InstanceStatus, Unavailable>
    /** The journal of an instance so far, run after run, with what each event did to the state where that is known. */
    readonly history: (
      id: string
    ) => Effect.Effect<ReadonlyArray<Event>, InstanceNotFound | PayloadUnreadable | JournalError>
    /**
     * Asks an instance to end: what runs is interrupted, what was completed is undone, and it ends as cancelled. It goes on
     * once the request is on record. This, like what follows, works from every engine that shares the journal.
     */
    readonly cancel: (id: string, reason: string) => Effect.Effect<void, RequestError>
    /** Ends an instance at once, as terminated; nothing is undone. */
    readonly terminate: (id: string, reason: string) => Effect.Effect<void, RequestError>
    /**
     * Tries a step that was given up again, with all its attempts anew; without a `step` all of them, and whatever else an
     * instance is stuck for: see `Handle.retry`.
     */
    readonly retry: (id: string, step?: StepRef) => Effect.Effect<void, NotStuck | RequestError>
    /** Says what a step that was given up came to: its event, or its typed error, as JSON: as journals have them. */
    readonly resolve: (id: string, step: StepRef, outcome: Decision) => Effect.Effect<void, NotStuck | RequestError>
    /**
     * Instances by workflow, status, times and search attributes, a page at a time.
     *
     * @example
     * ```ts
     * import { Effect, Layer, Schema } from "effect"
     * import { WIO, Workflow } from "@waymark/core"
     * import { Engine, Journal } from "@waymark/interpreter"
     *
     * const Reminder = Workflow.make("Reminder", {
     *   version: 1,
     *   input: Schema.String,
     *   state: Schema.String,
     *   body: WIO.await<string>("a day", { for: "1 day" }),
     *   attributes: (text) => ({ length: text.length })
     * })
     * const program = Effect.gen(function*() {
     *   const engine = yield* Engine
     *   yield* engine.start(Reminder, { id: "r-1", input: "plants" })
     *   const { instances } = yield* engine.list({ workflow: Reminder, status: "waiting", attributes: { length: 6 } })
     *   return instances.map(({ id }) => id)
     * })
     * const layer = Engine.layer({ workflows: [Reminder] }).pipe(Layer.provide(Journal.layerMemory))
     * export const found = await Effect.runPromise(program.pipe(Effect.provide(layer))) // ["r-1"]
     * ```
     */
    readonly list: <Attributes = Workflow.SearchAttributes>(
      options?: ListOptions<Attributes>
    ) => Effect.Effect<Page<Attributes>, InvalidCursor | JournalError>
    /**
     * Deletes instances that have ended, with all that is on record of them; answers how many.
     *
     * @example
     * ```ts
     * import { Effect, Layer, Schema } from "effect"
     * import { WIO, Workflow } from "@waymark/core"
     * import { Engine, Journal } from "@waymark/interpreter"
     *
     * const Double = Workflow.make("Double", {
     *   version: 1,
     *   input: Schema.Number,
     *   state: Schema.Number,
     *   body: WIO.pure((n: number) => 2 * n)
     * })
     * const program = Effect.gen(function*() {
     *   const engine = yield* Engine
     *   const double = yield* engine.start(Double, { id: "d-1", input: 1 })
     *   yield* double.result
     *   const old = yield* engine.purge({ olderThan: "30 days" })
     *   const failed = yield* engine.purge({ olderThan: 0, status: ["failed", "terminated"] })
     *   return [old, failed, yield* engine.purge({ olderThan: 0, workflow: Double })] as const
     * })
     * const layer = Engine.layer({ workflows: [Double] }).pipe(Layer.provide(Journal.layerMemory))
     * export const purged = await Effect.runPromise(program.pipe(Effect.provide(layer))) // [0, 0, 1]
     * ```
     */
    readonly purge: (options: PurgeOptions) => Effect.Effect<number, JournalError>
    /**
     * Runs one waiting instance now, until it rests or ends or time is up (then its effects are interrupted, to run again); answers where it
     * stands, or nothing where none has anything to do. For engines in `manual` mode: tests, schedulers, workers driven by hand.
     *
     * @example
     * ```ts
     * import { Effect, Layer, Option, Schema } from "effect"
     * import { WIO, Workflow } from "@waymark/core"
     * import { Engine, Journal } from "@waymark/interpreter"
     *
     * const Greeting = Workflow.make("Greeting", {
     *   version: 1,
     *   input: Schema.String,
     *   state: Schema.String,
     *   body: WIO.runIO("greet", {
     *     event: Schema.String,
     *     run: (name: string) => Effect.succeed(`hello ${name}`),
     *     apply: (_, greeting) => greeting
     *   })
     * })
     * const program = Effect.gen(function*() {
     *   const engine = yield* Engine
     *   yield* engine.start(Greeting, { id: "g-1", input: "Ann" })
     *   const before = yield* engine.status("g-1")
     *   const ran = yield* engine.runOne({ workflow: Greeting, timeLimit: "5 seconds" })
     *   return [before.status, Option.map(ran, ({ status }) => status), yield* engine.runOne()] as const
     * })
     * const layer = Engine.layer({ workflows: [Greeting], mode: "manual" }).pipe(Layer.provide(Journal.layerMemory))
     * export const byHand = await Effect.runPromise(program.pipe(Effect.provide(layer)))
     * // ["running", Option.some("completed"), Option.none()]
     * ```
     */
    readonly runOne: (options?: RunOne) => Effect.Effect<Option.Option<InstanceStatus>, EngineStopped | Unavailable>
    /**
     * Stops: nothing is claimed or begun any more, effects that run may end within the engine's `grace`, and the instances are given back, those
     * that only wait at once.
     * A second call ends it at once. The end of the layer does the same.
     *
     * During the grace what is started or signalled is stored for other processes. After it whoever still waits fails with
     * `EngineStopped`, and so does all but `status`, `query`, `history`, `list` and `purge`, which need the journal only.
     *
     * @example
     * ```ts
     * import { Effect, Fiber, Layer, Schema } from "effect"
     * import { WIO, Workflow } from "@waymark/core"
     * import { Engine, Journal } from "@waymark/interpreter"
     *
     * const Waiting = Workflow.make("Waiting", {
     *   version: 1,
     *   input: Schema.String,
     *   state: Schema.String,
     *   body: WIO.await<string>("a day", { for: "1 day" })
     * })
     * const program = Effect.gen(function*() {
     *   const engine = yield* Engine
     *   const waiting = yield* engine.start(Waiting, { id: "w-1", input: "plants" })
     *   const asking = yield* Effect.forkChild(Effect.flip(waiting.result), { startImmediately: true })
     *   yield* engine.shutdown
     *   return [(yield* Fiber.join(asking))._tag, (yield* waiting.status).status] as const
     * })
     * const layer = Engine.layer({ workflows: [Waiting], grace: "1 second" }).pipe(Layer.provide(Journal.layerMemory))
     * export const stopped = await Effect.runPromise(program.pipe(Effect.provide(layer))) // ["EngineStopped", "waiting"]
     * ```
     */
    readonly shutdown: Effect.Effect<void>
  }
>()("@waymark/interpreter/Engine") {
  /**
   * Waits until the operating system tells this process to stop, and shuts the engine down; told once more, it ends at once: effects
   * that run are interrupted. It is all that a worker has to run, first of all, since a signal that finds no listener kills the process. For
   * Node; the log says what was heard.
   *
   * @example
   * ```ts
   * import { Effect, Layer } from "effect"
   * import { Engine, Journal } from "@waymark/interpreter"
   *
   * const layer = Engine.layer({ workflows: [], grace: "20 seconds" }).pipe(Layer.provide(Journal.layerMemory))
   * export const worker = Engine.untilStopped().pipe(Effect.provide(layer))
   * // await Effect.runPromise(worker)
   * ```
   */
  static untilStopped(signals: ReadonlyArray<StopSignal> = ["SIGTERM", "SIGINT"]): Effect.Effect<void, never, Engine> {
    return Effect.flatMap(Engine, ({ shutdown }) => untilStopped(shutdown, signals))
  }

  /**
   * An engine that hosts workflows. It needs a journal and the services of the workflows' steps. It fails where the linter
   * finds that a workflow would get stuck, unless `lint` says otherwise.
   *
   * @throws TypeError where two of the workflows have one name: a journal finds its workflow by it. An option that cannot be is a defect, a
   * RangeError that names it, as is a name in `steps` that no step of the workflows has.
   */
  static layer<const Workflows extends ReadonlyArray<Workflow.Any>>(
    options: Options<Workflows>
  ): Layer.Layer<Engine, Lint.LintFailed, Journal | Workflow.Services<Workflows[number]>> {
    const names = options.workflows.map(({ name }) => name)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) {
      throw new TypeError(`Engine.layer: two workflows are named "${twice}": rename one, or host them in two engines`)
    }
    return Layer.effect(
      Engine,
      Effect.gen(function* () {
        yield* inspect(options.workflows, options.lint)
        const stored = yield* Journal
        const context = yield* Effect.context<Workflow.Services<Workflows[number]>>()
        const observer = new Observer(context)
        const codec = yield* PayloadCodec
        const journal = observer.counting(Payloads.through(stored, codec))
        return yield* internal.make(journal, context, {
          ...resolve(options, journal),
          observer,
          stored,
          encoders: Payloads.encoders(codec),
          readers: Payloads.readers(codec)
        })
      })
    )
  }
}

const inspect = Effect.fnUntraced(function* (
  workflows: ReadonlyArray<Workflow.Any>,
  mode: Options<[]>["lint"] = "error"
) {
  if (mode === "off") return
  const findings = workflows.flatMap(Lint.check)
  const errors = mode === "error" ? findings.filter(({ severity }) => severity === "error") : []
  if (errors.length > 0) return yield* new Lint.LintFailed({ findings: errors })
  for (const { message, rule } of findings) yield* Effect.logWarning(`${message} (${rule})`)
})
