/** What an execution waits for, as data: whoever runs it performs these and reports back with a `Command`. */
import type { Effect, Schema } from "effect"
import type { Codec, Node, RetryPolicy, Signal, Workflow } from "@waymark/core"

/** The identity of a step within its run, and its name. */
export interface StepRef {
  readonly path: string
  readonly ordinal: number
  readonly name: string
}

/** What is attempted, and tried again where it fails for no reason of the business. */
interface Attempted {
  readonly step: StepRef
  /** Which attempt this is, from 1; the last one where it was given up. */
  readonly attempt: number
  /** When it may start, in milliseconds since the epoch; `Infinity` where it was given up. */
  readonly notBefore: number
  /** What the attempt before it failed with. */
  readonly lastError: string | undefined
  /** Stable over attempts, restarts and machines. */
  readonly idempotencyKey: string
  /** When the step opened, in milliseconds since the epoch. */
  readonly openedAt: number
}

/** An effect to run. */
export interface RunIO<out R = unknown> extends Attempted {
  readonly _tag: "RunIO"
  /** Ends in the step's event, or in its typed failure. */
  readonly effect: Effect.Effect<unknown, unknown, R>
  /** How its event is written down, and its typed failure. */
  readonly event: Codec.Codec<unknown>
  readonly error: Codec.Codec<unknown>
  readonly retry: RetryPolicy.RetryPolicy | undefined
  readonly timeouts: Node.RunIO["timeouts"]
}

/** A child workflow to start, or one to wait for. */
export interface Child extends Attempted {
  readonly _tag: "Child"
  /** `Start`: it is to be created, unless this parent has created it. `Wait`: how it ends is to be told. */
  readonly phase: "Start" | "Wait"
  readonly workflow: Workflow.Any
  readonly id: string
  readonly input: unknown
}

/** A message to another instance: of the workflow, or the engine's own when a child is closed. */
export interface Send extends Attempted {
  readonly _tag: "Send"
  /** The instance that it is for, and the name of the workflow that this should be. */
  readonly to: string
  readonly workflow: string
  readonly signal: string
  readonly payload: Schema.Json
}

/** A signal that would be accepted. */
export interface SignalWait<out R = unknown> {
  readonly _tag: "Signal"
  readonly step: StepRef
  readonly signal: Signal.Any
  /** Turns a payload into the event to record, or refuses it. */
  readonly handle: (payload: unknown) => Effect.Effect<unknown, unknown, R>
  /** The reply that an event gives. */
  readonly reply: (event: unknown) => unknown
  /** Stable over attempts, restarts and machines; handling one signal adds its id. */
  readonly idempotencyKey: string
}

/** A timer that will fire. */
export interface Timer {
  readonly _tag: "Timer"
  readonly step: StepRef
  /** When it is due, in milliseconds since the epoch. */
  readonly due: number
}

/** Anything an execution waits for. */
export type Pending<R = unknown> = RunIO<R> | SignalWait<R> | Timer | Child | Send

/**
 * One string for a step's identity, to key maps by.
 *
 * @example
 * ```ts
 * import { Pending } from "@waymark/interpreter"
 *
 * export const key = Pending.key({ path: "0:left", ordinal: 2, name: "charge" }) // "0:left#2"
 * ```
 */
export const key = (step: StepRef): string => `${step.path}#${step.ordinal}`
