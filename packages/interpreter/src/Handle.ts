/** One instance as its caller holds it: to ask, to tell and to wait for. */
import type { Query, Signal } from "@waymark/core"
import type * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type {
  AmbiguousSignal,
  AppendRefused,
  CommandRejected,
  EngineStopped,
  InstanceClosed,
  InstanceNotFound,
  InvalidPayload,
  NotStuck,
  PayloadTooLarge,
  PayloadUnreadable,
  QueryNotAvailable,
  SignalIdTaken,
  WorkflowCancelled,
  WorkflowNotHosted,
  WorkflowTerminated
} from "./Errors.ts"
import type { Event } from "./Event.ts"
import type { RecoveryError, Stopping } from "./Execution.ts"
import type { JournalError } from "./JournalError.ts"
import type { StepRef } from "./Pending.ts"
import type { Status } from "./Status.ts"

/** Why an instance could not be looked at. */
export type Unavailable =
  | InstanceNotFound
  | WorkflowNotHosted
  | RecoveryError
  | AppendRefused
  | PayloadUnreadable
  | JournalError

/** Ends that are no result: somebody has cancelled or terminated the instance. */
export type Ended = WorkflowCancelled | WorkflowTerminated

/**
 * Why a signal was not answered, besides the refusals that the signal itself declares. Where the instance was set aside
 * (its journal does not fit, or refuses it) the signal is stored all the same: send it again with its id later.
 */
export type SignalError =
  | InstanceNotFound
  | InstanceClosed
  | AmbiguousSignal
  | SignalIdTaken
  | InvalidPayload
  | PayloadTooLarge
  | RecoveryError
  | AppendRefused
  | PayloadUnreadable
  | EngineStopped
  | JournalError

/**
 * Why what an operator asks was not done. `CommandRejected` says why the instance cannot do it: a function of its
 * definition throws, for one. Where the instance was set aside the request is stored all the same, and dealt with later.
 */
export type RequestError = CommandRejected | Exclude<SignalError, AmbiguousSignal | SignalIdTaken>

/**
 * What an operator says that a step came to: its event or its typed error, as JSON, encoded by the step's schemas as it is
 * in the journal.
 */
export type Decision =
  | { readonly _tag: "Succeed"; readonly event: Schema.Json }
  | { readonly _tag: "Fail"; readonly error: Schema.Json }

/**
 * Whether an id that an instance has ended under may be used for another one: `never` (the one that is there is given back),
 * `after-failure` (where it failed, was cancelled or terminated) or `always`. The new one is the next run under that id.
 */
export type Reuse = "never" | "after-failure" | "always"

/** How a signal is sent. */
export interface SignalOptions {
  /** Makes sending it again harmless: the same id is consumed once and answered alike. Default: a random one. */
  readonly id?: string
  /**
   * Which of several waiting parts it is for: the key of a branch that it is in; the keys of branches within each other (`"a/x"`, and
   * a `/` in a key is written `~1`, a `~` as `~0`); or what `AmbiguousSignal` has listed (`"0:a/0:x"`), which names one alone.
   */
  readonly to?: string
}

/**
 * Something an instance waits for. Times are in milliseconds since the epoch, by the journal's clock; a `notBefore` of
 * `Infinity` says that a step was given up.
 */
export type WaitsFor =
  | {
      readonly _tag: "RunIO"
      readonly step: StepRef
      readonly attempt: number
      readonly notBefore: number
      readonly lastError: string | undefined
    }
  /**
   * `payload` is the JSON Schema (draft 2020-12) of what the signal carries. `lastError` says why a signal that arrived was not
   * handled the last time; it is tried again.
   */
  | {
      readonly _tag: "Signal"
      readonly step: StepRef
      readonly payload: Schema.Json
      readonly lastError: string | undefined
    }
  | { readonly _tag: "Timer"; readonly step: StepRef; readonly due: number }
  /** A child that is to be started, or one whose end is waited for. */
  | {
      readonly _tag: "Child"
      readonly step: StepRef
      readonly phase: "Start" | "Wait"
      readonly workflow: string
      readonly id: string
      readonly attempt: number
      readonly notBefore: number
      readonly lastError: string | undefined
    }
  /** A message that is to be stored with another instance. */
  | {
      readonly _tag: "Send"
      readonly step: StepRef
      readonly to: string
      readonly workflow: string
      readonly signal: string
      readonly attempt: number
      readonly notBefore: number
      readonly lastError: string | undefined
    }

/** Where an instance stands. */
export interface InstanceStatus {
  readonly id: string
  readonly workflow: string
  readonly version: number
  readonly run: number
  readonly status: Status
  /** How many events its journal holds, of the present run. */
  readonly length: number
  readonly createdAt: number
  /** When it was changed last; the last events may be a second younger. */
  readonly updatedAt: number
  readonly waitsFor: ReadonlyArray<WaitsFor>
  /** How and why it is brought to its end, while that goes on: one that was cancelled runs until all is undone. */
  readonly stopping: Stopping | undefined
  /**
   * While it is cancelled or fails: the names of the steps that undo what was completed, of handlers of the cancellation and of children to close,
   * as far as they are still to be done, the next one first.
   */
  readonly undoing: ReadonlyArray<string>
  /** Why it is stuck, whichever process found it so, or why this one has set it aside. */
  readonly error: string | undefined
}

/**
 * An instance of a workflow.
 *
 * @see {@link Engine} for an example
 */
export interface Handle<out Output, out Error = never> {
  readonly id: string
  /**
   * Waits for the end: the state it ended in, or the business failure. It follows an instance that continues as new. One
   * that is stuck has not ended, so this waits on; `status` says why it is stuck.
   */
  readonly result: Effect.Effect<Output, Error | Ended | EngineStopped | Unavailable>
  /**
   * Sends a signal and waits for its reply. It is stored first; where nothing waits for it yet it is kept until something
   * does, and this waits as long. With an `Effect.timeout` around it and an `id`, ask again later for the same answer.
   */
  readonly signal: <Name extends string, Payload, Reply, Refusal>(
    signal: Signal.Signal<Name, Payload, Reply, Refusal>,
    payload: NoInfer<Payload>,
    options?: SignalOptions
  ) => Effect.Effect<Reply, Refusal | SignalError>
  /** Asks a query of its present state. */
  readonly query: <Name extends string, Reply>(
    query: Query.Query<Name, Reply>
  ) => Effect.Effect<Reply, QueryNotAvailable | Unavailable>
  /** Where it stands and what it waits for. */
  readonly status: Effect.Effect<InstanceStatus, Unavailable>
  /**
   * Its journal so far, run after run. Each event has its `patch`, what it did to the state, where that was kept or can be
   * computed: where this engine hosts the workflow and the journal fits it.
   */
  readonly history: Effect.Effect<ReadonlyArray<Event>, InstanceNotFound | PayloadUnreadable | JournalError>
  /**
   * Asks it to end: what runs is interrupted, what was completed is undone, and it ends as cancelled. This goes on once the
   * request is on record, which may be long before that end. Asking again does no harm while that
   * goes on; one that has ended is `InstanceClosed`.
   */
  readonly cancel: (reason: string) => Effect.Effect<void, RequestError>
  /** Ends it at once, as terminated; nothing is undone. */
  readonly terminate: (reason: string) => Effect.Effect<void, RequestError>
  /**
   * Tries a step that was given up again, with all its attempts anew; without a `step` all of them, and whatever else it is stuck
   * for: a function of the definition that threw, a next run that could not begin, a full history, processes that died of it.
   *
   * Nothing but this, a cancellation or a termination sets such an instance going: neither a restart nor a newer version of its
   * workflow does by itself. So after a deploy that mends a definition, list what is stuck and retry it. What its steps came to
   * and could not be put on record is kept as long as it is in memory; after that they run again.
   */
  readonly retry: (step?: StepRef) => Effect.Effect<void, NotStuck | RequestError>
  /** Says what a step that was given up came to: its event, or its typed error, as JSON: as journals have them. */
  readonly resolve: (step: StepRef, outcome: Decision) => Effect.Effect<void, NotStuck | RequestError>
}
