/** What an execution waits for, as data: whoever runs it performs these and reports back with a `Command`. */
import type { Effect } from "effect"
import type { RetryPolicy, Signal } from "@waymark/core"

/** The identity of a step within its run, and its name. */
export interface StepRef {
  readonly path: string
  readonly ordinal: number
  readonly name: string
}

/** An effect to run. */
export interface RunIO<out R = unknown> {
  readonly _tag: "RunIO"
  readonly step: StepRef
  /** Ends in the step's event, or in its typed failure. */
  readonly effect: Effect.Effect<unknown, unknown, R>
  /** Which attempt this is, from 1; the last one where it was given up. */
  readonly attempt: number
  /** When it may start, in milliseconds since the epoch; `Infinity` where it was given up. */
  readonly notBefore: number
  /** What the attempt before it failed with. */
  readonly lastError: string | undefined
  readonly retry: RetryPolicy.RetryPolicy | undefined
  /** Stable over attempts, restarts and machines. */
  readonly idempotencyKey: string
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
export type Pending<R = unknown> = RunIO<R> | SignalWait<R> | Timer

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
