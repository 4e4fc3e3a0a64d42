/** One instance as its caller holds it: to ask, to tell and to wait for. */
import type { Query, Signal } from "@waymark/core"
import type * as Effect from "effect/Effect"
import type {
  AmbiguousSignal,
  AppendRefused,
  InstanceClosed,
  InstanceNotFound,
  InvalidPayload,
  QueryNotAvailable,
  SignalIdTaken,
  WorkflowNotHosted
} from "./Errors.ts"
import type { Event } from "./Event.ts"
import type { RecoveryError } from "./Execution.ts"
import type { JournalError } from "./JournalError.ts"
import type { StepRef } from "./Pending.ts"
import type { Status } from "./Status.ts"

/** Why an instance could not be looked at. */
export type Unavailable = InstanceNotFound | WorkflowNotHosted | RecoveryError | AppendRefused | JournalError

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
  | RecoveryError
  | AppendRefused
  | JournalError

/** How a signal is sent. */
export interface SignalOptions {
  /** Makes sending it again harmless: the same id is consumed once and answered alike. Default: a random one. */
  readonly id?: string
  /** Which of several waiting parts it is for: a branch key. */
  readonly to?: string
}

/** Something an instance waits for. Times are in milliseconds since the epoch, by the journal's clock. */
export type WaitsFor =
  | {
      readonly _tag: "RunIO"
      readonly step: StepRef
      readonly attempt: number
      readonly notBefore: number
      readonly lastError: string | undefined
    }
  /** `lastError` says why a signal that arrived was not handled the last time; it is tried again. */
  | { readonly _tag: "Signal"; readonly step: StepRef; readonly lastError: string | undefined }
  | { readonly _tag: "Timer"; readonly step: StepRef; readonly due: number }

/** Where an instance stands. */
export interface InstanceStatus {
  readonly id: string
  readonly workflow: string
  readonly version: number
  readonly run: number
  readonly status: Status
  /** How many events its journal holds. */
  readonly length: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly waitsFor: ReadonlyArray<WaitsFor>
  /** Why it is stuck or set aside. */
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
   * Waits for the end: the state it ended in, or the business failure. An instance that is stuck has not ended, so this
   * waits on; `status` says why it is stuck.
   */
  readonly result: Effect.Effect<Output, Error | Unavailable>
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
  /** Its journal so far. */
  readonly history: Effect.Effect<ReadonlyArray<Event>, InstanceNotFound | JournalError>
}
