/**
 * The pure machine: a workflow in execution, as an immutable value.
 *
 * It says what it waits for (`pending`), turns commands into events (`step`) and folds events (`evolve`, `recover`).
 * Nothing here runs an effect or reads a clock: the engine, tests and pictures all use it, and an old value stays good.
 */
import type { Query, WIO, Workflow } from "@waymark/core"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type * as Command from "./Command.ts"
import type {
  CommandRejected,
  SnapshotMismatch,
  SnapshotRefused,
  WorkflowCancelled,
  WorkflowTerminated
} from "./Errors.ts"
import { QueryNotAvailable, type DefinitionThrew, type JournalCorrupt, type JournalMismatch } from "./Errors.ts"
import type { Event } from "./Event.ts"
import * as checkpoint from "./internal/machine/checkpoint.ts"
import * as commands from "./internal/machine/commands.ts"
import * as decided from "./internal/machine/decisions.ts"
import * as histories from "./internal/machine/history.ts"
import * as evolving from "./internal/machine/evolve.ts"
import type * as machine from "./internal/machine/machine.ts"
import * as readings from "./internal/machine/readings.ts"
import * as snapshots from "./internal/machine/snapshot/snapshot.ts"
import * as undoings from "./internal/machine/undoing.ts"
import type { Status } from "./Journal.ts"
import type { Pending, StepRef } from "./Pending.ts"
import type { Decision, Progress } from "./Progress.ts"

// Named here too, so that a library which exports what `pending` gives can name its type.
export type { Pending } from "./Pending.ts"

/** A workflow in execution: which instance and run, and where it stands. */
export interface Execution<out Output, out Error = never, out R = never, out State = Output> {
  readonly "~waymark/Execution": {
    readonly Output: (_: never) => Output
    readonly Error: (_: never) => Error
    readonly R: (_: never) => R
    readonly State: (_: never) => State
  }
}

/** Any execution, for constraints. */
export type Any = Execution<unknown, unknown, unknown, unknown>

/** An execution and the events that led to it from the one before. */
export interface Step<out E extends Any> {
  readonly execution: E
  readonly events: ReadonlyArray<Event>
}

/** When something happens, in milliseconds since the epoch, and under which epoch its events are written. */
export interface Moment {
  readonly at: number
  /** The writer's epoch; it becomes part of the events' ids. Default: 0. */
  readonly epoch?: number
  /** Whether each event says what it did to the state (`patch`). Default: false. */
  readonly audit?: boolean
}

/** How an execution is started. */
export interface Start extends Moment {
  readonly id: string
  /** Which run of the instance it is, from 0. Default: 0. */
  readonly run?: number
  /** The step that starts it, where it is a child. */
  readonly parent?: machine.Parent
}

export type { Parent, Stopping } from "./internal/machine/machine.ts"

/** What the compiler shows where a workflow is to be run that has drafts in it. */
interface HasDrafts {
  readonly "a step is only drafted": "write it before you run the workflow"
}
type Runnable<R> = [Extract<R, WIO.Unwritten<string>>] extends [never] ? unknown : HasDrafts

/** Why an execution could not be rebuilt from a journal. */
export type RecoveryError = JournalMismatch | JournalCorrupt | DefinitionThrew

const unwrap = (execution: Any): machine.Machine => execution as unknown as machine.Machine

/**
 * Begins a workflow: the execution, and the events of its start.
 *
 * @throws CommandRejected where the input does not fit its schema or a function of the workflow throws. `tryStart` gives
 * the same as a `Result`.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
 *
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.await<string>("a day", { for: "1 day" })
 * })
 * export const { execution, events } = Execution.start(Reminder, "water the plants", { id: "r-1", at: 0 })
 * ```
 */
export const start = <Name extends string, Input, Output, Error, R, State>(
  workflow: Workflow.Workflow<Name, Input, Output, Error, R, State> & Runnable<R>,
  input: NoInfer<Input>,
  options: Start
): Step<Execution<Output, Error, R, State>> => Result.getOrThrow(commands.start(workflow, input, options)) as never

/**
 * Begins a workflow, as a `Result`: for callers that bring an input they do not trust.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * export const refused = Execution.tryStart(Greeting, 42 as never, { id: "g-2", at: 0 }) // Failure: CommandRejected
 * ```
 */
export const tryStart = <Name extends string, Input, Output, Error, R, State>(
  workflow: Workflow.Workflow<Name, Input, Output, Error, R, State> & Runnable<R>,
  input: NoInfer<Input>,
  options: Start
): Result.Result<Step<Execution<Output, Error, R, State>>, CommandRejected> =>
  commands.start(workflow, input, options) as never

/**
 * What the execution waits for: effects to run, signals, timers. A body comes before the interruptions around it, and
 * branches in the order of their declaration.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const names = Execution.pending(started.execution).map(({ step }) => step.name) // ["greet"]
 * ```
 */
export const pending = <Output, Error, R, State>(
  execution: Execution<Output, Error, R, State>
): ReadonlyArray<Pending<R>> => readings.pending(unwrap(execution)) as ReadonlyArray<Pending<R>>

/**
 * What the execution waits for at one step: told by the step's identity, without looking at all the others.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
 *
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.await<string>("a day", { for: "1 day" })
 * })
 * const { execution } = Execution.start(Reminder, "water the plants", { id: "r-1", at: 0 })
 * export const timer = Execution.pendingAt(execution, { path: "", ordinal: 0 }) // a Timer, due at 86400000
 * ```
 */
export const pendingAt = <Output, Error, R, State>(
  execution: Execution<Output, Error, R, State>,
  { ordinal, path }: Pick<StepRef, "path" | "ordinal">
): Pending<R> | undefined => readings.at(unwrap(execution), path, ordinal) as Pending<R> | undefined

/**
 * Takes a command: the events it leads to, and the execution after them. An atomic group: append all or none.
 *
 * @example
 * ```ts
 * import { Result, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Command, Execution } from "@waymark/interpreter"
 *
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.await<string>("a day", { for: "1 day" })
 * })
 * const { execution } = Execution.start(Reminder, "water the plants", { id: "r-1", at: 0 })
 * const dayAfter = Execution.step(execution, Command.tick(86_400_000), { at: 86_400_000 })
 * export const status = Result.map(dayAfter, (step) => Execution.status(step.execution)) // "completed"
 * ```
 */
export const step = <E extends Any>(
  execution: E,
  command: Command.Command,
  moment: Moment
): Result.Result<Step<E>, CommandRejected> => commands.step(unwrap(execution), command, moment) as never

/**
 * The events that the execution still owes its journal: due times that are not on record, and its end. `step` includes
 * them; only a journal cut inside an atomic group leaves any.
 *
 * @example
 * ```ts
 * import { Effect, Result, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * // Nothing is owed: every group is whole.
 * export const owed = Execution.settle(started.execution, { at: 1 }).pipe(Result.map(({ events }) => events.length)) // 0
 * ```
 */
export const settle = <E extends Any>(execution: E, moment: Moment): Result.Result<Step<E>, CommandRejected> =>
  commands.settle(unwrap(execution), moment) as never

/**
 * Folds one recorded event in.
 *
 * @example
 * ```ts
 * import { Effect, Result, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Command, Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * const done = Execution.pending(started.execution).map(({ step }) =>
 *   Execution.step(started.execution, Command.succeed(step, "hello"), { at: 1 })
 * )
 * const { events } = Result.getOrThrow(Result.all(done))[0] ?? { events: [] }
 * export const next = events[0] && Execution.evolve(started.execution, events[0])
 * ```
 */
export const evolve = <E extends Any>(execution: E, event: Event): Result.Result<E, RecoveryError> =>
  evolving.evolve(unwrap(execution), event) as never

/**
 * Folds recorded events in, as `evolve` does one by one, and faster.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const same = Execution.evolveAll(started.execution, []) // a Success of the same execution
 * ```
 */
export const evolveAll = <E extends Any>(execution: E, events: Iterable<Event>): Result.Result<E, RecoveryError> =>
  evolving.evolveAll(unwrap(execution), events) as never

/**
 * Rebuilds an execution from the journal of one run: what an engine's `history` gives of that. It is the fold of `evolve` over the events: it runs no effect, reads no clock
 * and keeps no event.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const recovered = Execution.recover(Greeting, started.events) // stands where `started.execution` does
 * ```
 */
export const recover = <Name extends string, Input, Output, Error, R, State>(
  workflow: Workflow.Workflow<Name, Input, Output, Error, R, State>,
  events: Iterable<Event>
): Result.Result<Execution<Output, Error, R, State>, RecoveryError> => evolving.recover(workflow, events) as never

/**
 * Where the execution stands.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const status = Execution.status(started.execution) // "running"
 * ```
 */
export const status = (execution: Any): Status => readings.status(unwrap(execution))

/**
 * The state it rests in now: of a parallel, the record of its branches' states.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const state = Execution.state(started.execution) // "Ann"
 * ```
 */
export const state = <Output, Error, R, State>(execution: Execution<Output, Error, R, State>): State =>
  readings.state(unwrap(execution)) as State

/**
 * How it ended, where it has.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const result = Execution.result(started.execution) // None: it has not ended
 * ```
 */
export const result = <Output, Error, R, State>(
  execution: Execution<Output, Error, R, State>
): Option.Option<Result.Result<Output, Error | WorkflowCancelled | WorkflowTerminated>> =>
  readings.result(unwrap(execution)) as never

/**
 * What the next run begins with, where this one has continued as new.
 *
 * Whoever runs executions then starts the workflow again, with this input, the same id and the next run.
 *
 * @example
 * ```ts
 * import { Option, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
 *
 * const Endless = Workflow.make("Endless", {
 *   version: 1,
 *   input: Schema.Number,
 *   state: Schema.Number,
 *   body: WIO.continueAsNew((n: number) => n + 1)
 * })
 * const { execution } = Execution.start(Endless, 1, { id: "e-1", at: 0 })
 * export const next = Option.getOrUndefined(Execution.continuation(execution)) // 2
 * ```
 */
export const continuation = (execution: Any): Option.Option<unknown> => readings.continuation(unwrap(execution))

/**
 * How and why it is brought to its end by somebody, from the request on: what still runs of one that is cancelled only undoes what was
 * done, and of one that is terminated only closes its children. Nothing where it comes to an end of its own.
 *
 * @example
 * ```ts
 * import { Result, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Command, Execution } from "@waymark/interpreter"
 *
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.uncancellable(WIO.await<string>("a day", { for: "1 day" }))
 * })
 * const { execution } = Execution.start(Reminder, "water the plants", { id: "r-1", at: 0 })
 * const told = Execution.step(execution, Command.cancel("it rains"), { at: 1 })
 * export const stopping = Result.map(told, (step) => Execution.stopping(step.execution)) // { how: "cancelled", reason: "it rains" }
 * ```
 */
export const stopping = (execution: Any): machine.Stopping | undefined => readings.stopping(unwrap(execution))

/**
 * What is still to be done because the execution is cancelled, has failed, or gave a part up: the names of the steps that undo, of handlers of a
 * cancellation, and of children to close, the next one first. Also what waits for something under way to come to its end. Nothing while all is well.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const rest = Execution.undoing(started.execution) // []
 * ```
 */
export const undoing = (execution: Any): ReadonlyArray<string> => undoings.undoing(unwrap(execution))

/**
 * The position and the states of an execution as a small JSON value: as large as the live nesting and the states, however long its
 * history is. With the events that follow, `restore` gives the same execution as the whole journal does.
 *
 * @throws SnapshotRefused where there is none: a state that no schema describes, or functions within functions without end. The execution
 * is as good as before; recover it from its journal. `trySnapshot` gives the same as a `Result`.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const json = JSON.stringify(Execution.snapshot(started.execution))
 * ```
 */
export const snapshot = (execution: Any): Schema.Json => Result.getOrThrow(trySnapshot(execution))

/**
 * The snapshot of an execution, as a `Result`.
 *
 * @see {@link snapshot}
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const taken = Execution.trySnapshot(started.execution) // a Success
 * ```
 */
export const trySnapshot = (execution: Any): Result.Result<Schema.Json, SnapshotRefused> =>
  snapshots.take(unwrap(execution))

/**
 * Gives an execution back from its snapshot. Functions of the workflow are found again by where they stand: the snapshot holds none. One of a
 * definition with another shape is refused; then recover from the journal.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * const json = Execution.snapshot(started.execution)
 * export const restored = Execution.restore(Greeting, json) // stands where `started.execution` does
 * ```
 */
export const restore = <Name extends string, Input, Output, Error, R, State>(
  workflow: Workflow.Workflow<Name, Input, Output, Error, R, State>,
  json: unknown
): Result.Result<Execution<Output, Error, R, State>, SnapshotMismatch | DefinitionThrew> =>
  snapshots.restore(workflow, json) as never

/**
 * What each event of a journal did: the event, and the difference between the states before and after it as a JSON Patch. For the first event, what
 * was before is `null`. A patch that was stored with its event (`audit`) is given as it is.
 *
 * It takes what `recover` takes. Events before a checkpoint which do not fit the definition any more have no patch; the patch of that checkpoint is
 * the whole state.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const trail = Execution.history(Greeting, started.events) // [{ kind: "started", patch: [{ op: "replace", … }], … }]
 * ```
 */
export const history = (
  workflow: Workflow.Any,
  events: Iterable<Event>
): Result.Result<ReadonlyArray<Event>, RecoveryError> => histories.history(workflow, events)

/**
 * What led from the state of one execution to that of another, as a JSON Patch (RFC 6902); from nothing where there is none before.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const patch = Execution.patch(undefined, started.execution) // [{ op: "replace", path: "", value: "Ann" }]
 * ```
 */
export const patch = (before: Any | undefined, after: Any): Schema.Json =>
  histories.patchOf(before === undefined ? undefined : unwrap(before), unwrap(after))

/**
 * Whether a workflow has checkpoints: then recovery needs the journal as a whole, since it begins at the last of them.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const none = Execution.hasCheckpoints(Execution.workflow(started.execution)) // false
 * ```
 */
export const hasCheckpoints = (workflow: Workflow.Any): boolean => checkpoint.isIn(workflow)

/**
 * Asks a query of the present state.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Query, WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
 *
 * const Length = Query.make("length", { reply: Schema.Number })
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.await<string>("a day", { for: "1 day" }).pipe(WIO.query(Length, (text) => text.length))
 * })
 * const { execution } = Execution.start(Reminder, "plants", { id: "r-1", at: 0 })
 * export const length = Execution.query(execution, Length) // a Success of 6
 * ```
 */
export const query = <Name extends string, Reply>(
  execution: Any,
  query: Query.Query<Name, Reply>
): Result.Result<Reply, QueryNotAvailable | DefinitionThrew> =>
  Result.flatMap(
    readings.query(unwrap(execution), query),
    Option.match({
      onNone: () => Result.fail(new QueryNotAvailable({ instance: id(execution), query: query.name })),
      onSome: (reply) => Result.succeed(reply as Reply)
    })
  )

/**
 * What changed between two executions of one instance: the steps that are waited for no more, and those that are now.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const opened = Execution.diff(undefined, started.execution).opened.map(({ step }) => step.name) // ["greet"]
 * ```
 */
export const diff = <R>(
  before: Execution<unknown, unknown, R, unknown> | undefined,
  after: Execution<unknown, unknown, R, unknown>
): { readonly closed: ReadonlyArray<StepRef>; readonly opened: ReadonlyArray<Pending<R>> } =>
  readings.diff(before === undefined ? undefined : unwrap(before), unwrap(after)) as never

/**
 * The steps that only the later of two executions waits for, as `diff` tells them: for those who begin what opened and have nothing to give up.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const names = Execution.opened(undefined, started.execution).map(({ step }) => step.name) // ["greet"]
 * ```
 */
export const opened = <R>(
  before: Execution<unknown, unknown, R, unknown> | undefined,
  after: Execution<unknown, unknown, R, unknown>
): ReadonlyArray<Pending<R>> =>
  readings.opened(before === undefined ? undefined : unwrap(before), unwrap(after)) as never

/**
 * The steps that wait for a signal, all of them or those that `to` names, as in `SignalOptions`.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const waiting = Execution.waiting(started.execution, "approve") // []: nothing waits for it
 * ```
 */
export const waiting = (execution: Any, signal: string, to?: string): ReadonlyArray<Pending> =>
  readings.waiting(unwrap(execution), signal, to)

/**
 * The same steps as `to` would name them, each so that it names no other: for messages about a signal that several wait for.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Signal, WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
 *
 * const Approve = Signal.make("approve", { payload: Schema.String })
 * const approval = WIO.handleSignal(Approve, {
 *   event: Schema.String,
 *   handle: (_: string, by) => Effect.succeed(by),
 *   apply: (state, by) => `${state}, approved by ${by}`
 * })
 * const Both = Workflow.make("Both", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.parallel(
 *     { legal: approval, sales: approval },
 *     { fork: (state: string) => ({ legal: state, sales: state }), join: ({ legal, sales }) => `${legal}; ${sales}` }
 *   )
 * })
 * const { execution } = Execution.start(Both, "the contract", { id: "c-1", at: 0 })
 * export const addresses = Execution.addresses(execution, "approve") // ["0:legal", "0:sales"]
 * ```
 */
export const addresses = (execution: Any, signal: string, to?: string): ReadonlyArray<string> =>
  readings.addresses(unwrap(execution), signal, to)

/**
 * The nearest instant at which something is to happen by itself: a timer, or the next attempt of a step. An attempt that has begun counts until it
 * has reported, so this may be in the past; see `timerAt`.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const wakeAt = Execution.wakeAt(started.execution) // undefined: nothing happens by itself
 * ```
 */
export const wakeAt = (execution: Any): number | undefined => readings.wakeAt(unwrap(execution))

/**
 * When the nearest timer fires. For whoever drives an execution while an attempt runs that is not its step's first: until that has reported, `wakeAt` is
 * when it was due, though timers fire after that.
 *
 * @example
 * ```ts
 * import { Effect, Result, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Command, Execution } from "@waymark/interpreter"
 *
 * const fetch = WIO.runIO("fetch", {
 *   event: Schema.Number,
 *   run: () => Effect.succeed(42),
 *   apply: (_: number, price) => price
 * })
 * const Price = Workflow.make("Price", {
 *   version: 1,
 *   input: Schema.Number,
 *   state: Schema.Number,
 *   body: WIO.race(fetch, WIO.await<number>("at most", { for: "1 minute" }))
 * })
 * const { execution } = Execution.start(Price, 0, { id: "p-1", at: 0 })
 * const again = Command.attempt({ path: "0:left", ordinal: 0, name: "fetch" }, { error: "no answer", next: 1_000 })
 * const failed = Execution.step(execution, again, { at: 500 })
 * export const wakeAt = Result.map(failed, (step) => Execution.wakeAt(step.execution)) // 1_000
 * export const timerAt = Result.map(failed, (step) => Execution.timerAt(step.execution)) // 60_000
 * ```
 */
export const timerAt = (execution: Any): number | undefined => unwrap(execution).root.due

/**
 * How far it has come, for each static node of the workflow.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
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
 * const started = Execution.start(Greeting, "Ann", { id: "g-1", at: 0 })
 * export const entry = Execution.progress(started.execution).get("") // { status: "current", completed: 0, failed: 0 }
 * ```
 */
export const progress = (execution: Any): Progress => readings.progress(unwrap(execution))

/**
 * What the `flatMap`s and `gen`s of a run have decided on, by its journal: what a picture of it unfolds. After a checkpoint, only what came
 * after it is known.
 *
 * Use it where it is to be seen what stands in the place of such a step. It folds the journal once more, since an execution keeps only
 * what is still under way.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
 *
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.Number,
 *   state: Schema.Number,
 *   body: WIO.pure((days: number) => days).pipe(
 *     WIO.flatMap((days) => WIO.await<number>(`${days} days`, { for: days * 86_400_000 }))
 *   )
 * })
 * const { events } = Execution.start(Reminder, 3, { id: "r-1", at: 0 })
 * export const decided = Execution.decisions(Reminder, events) // a Success of one decision: for the timer "3 days"
 * ```
 */
export const decisions = (
  workflow: Workflow.Any,
  events: Iterable<Event>
): Result.Result<ReadonlyArray<Decision>, RecoveryError> => decided.decisions(workflow, events)

/** The workflow that it runs. */
export const workflow = (execution: Any): Workflow.Any => unwrap(execution).workflow
/** The instance that it is. */
export const id = (execution: Any): string => unwrap(execution).id
/** Which run of the instance it is, from 0. */
export const run = (execution: Any): number => unwrap(execution).run
/** How many events it holds: the next sequence number. */
export const length = (execution: Any): number => unwrap(execution).length
/** The step of another instance that has started it, where it is a child. */
export const parent = (execution: Any): machine.Parent | undefined => unwrap(execution).parent
