/** What may be told to an execution: the outcome of a step, a signal, the time. Plain data; the caller brings the outcome. */
import type { Schema } from "effect"
import type { Signal } from "@waymark/core"
import type { StepRef } from "./Pending.ts"

/** A command for `Execution.step`. */
export type Command =
  | { readonly _tag: "Succeed"; readonly step: StepRef; readonly event: unknown }
  | { readonly _tag: "Fail"; readonly step: StepRef; readonly error: unknown }
  | { readonly _tag: "Attempt"; readonly step: StepRef; readonly error: Schema.Json; readonly next: number | null }
  | {
      readonly _tag: "Signal"
      readonly signal: Signal.Any
      readonly payload: unknown
      readonly id: string
      readonly to: string | undefined
    }
  | { readonly _tag: "Handled"; readonly step: StepRef; readonly event: unknown; readonly id: string }
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "ChildStarted"; readonly step: StepRef }
  | { readonly _tag: "ChildEnded"; readonly step: StepRef; readonly outcome: ChildOutcome }
  | { readonly _tag: "Sent"; readonly step: StepRef; readonly undelivered: string | undefined }
  | { readonly _tag: "Cancel"; readonly reason: string }
  | { readonly _tag: "Terminate"; readonly reason: string }
  | { readonly _tag: "Retry"; readonly step: StepRef }
  | { readonly _tag: "Resolve"; readonly step: StepRef; readonly outcome: Resolution }

/** How a child ended, as its journal has it: encoded by the child's schemas. */
export type ChildOutcome =
  | { readonly outcome: "completed"; readonly output: Schema.Json }
  | { readonly outcome: "failed"; readonly error: Schema.Json }
  | { readonly outcome: "cancelled" | "terminated"; readonly reason: string }

/** What an operator decides that a step came to: its event, or its typed error. */
export type Resolution =
  | { readonly _tag: "Succeed"; readonly event: unknown }
  | { readonly _tag: "Fail"; readonly error: unknown }

/**
 * A step's effect succeeded with this event: a value as its schema has it, so where that is a class, an instance.
 *
 * @example
 * ```ts
 * import { Command, type Pending } from "@waymark/interpreter"
 *
 * export const done = (pending: Pending.RunIO) => Command.succeed(pending.step, { fee: 3 })
 * ```
 */
export const succeed = (step: StepRef, event: unknown): Command => ({ _tag: "Succeed", step, event })

/**
 * A step's effect ended in this typed failure: a value as its `error` schema has it, so where that is a class, an instance.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Command, type Pending } from "@waymark/interpreter"
 *
 * class NotEnoughFunds extends Schema.TaggedError<NotEnoughFunds>()("NotEnoughFunds", { missing: Schema.Number }) {}
 *
 * export const refused = (pending: Pending.RunIO) => Command.fail(pending.step, new NotEnoughFunds({ missing: 7 }))
 * ```
 */
export const fail = (step: StepRef, error: unknown): Command => ({ _tag: "Fail", step, error })

/**
 * An attempt of a step failed and is tried again at `next` (milliseconds since the epoch), or, where that is `null`,
 * given up: then the instance is stuck at it. `error` describes what went wrong.
 *
 * @example
 * ```ts
 * import { Command, type Pending } from "@waymark/interpreter"
 *
 * export const again = (pending: Pending.RunIO, now: number) =>
 *   Command.attempt(pending.step, { error: "connection lost", next: now + 1_000 })
 * ```
 */
export const attempt = (
  step: StepRef,
  failed: { readonly error: Schema.Json; readonly next: number | null }
): Command => ({
  _tag: "Attempt",
  step,
  ...failed
})

/**
 * A signal arrived. Its handler must be an effect that is known already, such as `Effect.succeed(event)`; for others
 * run `pending.handle(payload)` and use `handled`. `to` names the part that it is for, where several wait for it: by a
 * branch key, keys of branches within each other (`"a/x"`), or as the rejection has listed it (`"0:a/0:x"`).
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Signal } from "@waymark/core"
 * import { Command } from "@waymark/interpreter"
 *
 * const Approve = Signal.make("approve", { payload: Schema.Struct({ by: Schema.String }) })
 * export const approved = Command.signal(Approve, { by: "ann" }, { id: "approval-1" })
 * ```
 */
export const signal = <Name extends string, Payload, Reply, Error>(
  signal: Signal.Signal<Name, Payload, Reply, Error>,
  payload: NoInfer<Payload>,
  options: { readonly id: string; readonly to?: string }
): Command => ({ _tag: "Signal", signal, payload, id: options.id, to: options.to })

/**
 * A signal's handler succeeded with this event.
 *
 * @example
 * ```ts
 * import { Command, type Pending } from "@waymark/interpreter"
 *
 * export const handled = (pending: Pending.SignalWait) => Command.handled(pending.step, { by: "ann" }, { id: "approval-1" })
 * ```
 */
export const handled = (step: StepRef, event: unknown, options: { readonly id: string }): Command => ({
  _tag: "Handled",
  step,
  event,
  id: options.id
})

/**
 * A child workflow was started.
 *
 * @example
 * ```ts
 * import { Command, type Pending } from "@waymark/interpreter"
 *
 * export const started = (pending: Pending.Child) => Command.childStarted(pending.step)
 * ```
 */
export const childStarted = (step: StepRef): Command => ({ _tag: "ChildStarted", step })

/**
 * A child workflow has ended.
 *
 * @example
 * ```ts
 * import { Command, type Pending } from "@waymark/interpreter"
 *
 * export const ended = (pending: Pending.Child) => Command.childEnded(pending.step, { outcome: "completed", output: 3 })
 * ```
 */
export const childEnded = (step: StepRef, outcome: ChildOutcome): Command => ({ _tag: "ChildEnded", step, outcome })

/**
 * A message to another instance is stored there; or was not, and why.
 *
 * @example
 * ```ts
 * import { Command, type Pending } from "@waymark/interpreter"
 *
 * export const delivered = (pending: Pending.Send) => Command.sent(pending.step)
 * ```
 */
export const sent = (step: StepRef, undelivered?: string): Command => ({ _tag: "Sent", step, undelivered })

/**
 * The instance is to be cancelled: what runs is interrupted, what was done is undone, and it ends as cancelled.
 *
 * @example
 * ```ts
 * import { Command } from "@waymark/interpreter"
 *
 * export const cancelled = Command.cancel("the customer called")
 * ```
 */
export const cancel = (reason: string): Command => ({ _tag: "Cancel", reason })

/**
 * The instance is over at once; nothing is undone.
 *
 * @example
 * ```ts
 * import { Command } from "@waymark/interpreter"
 *
 * export const over = Command.terminate("started by mistake")
 * ```
 */
export const terminate = (reason: string): Command => ({ _tag: "Terminate", reason })

/**
 * A step that was given up is to be tried again, with all its attempts anew.
 *
 * @example
 * ```ts
 * import { Command, type Pending } from "@waymark/interpreter"
 *
 * export const again = (pending: Pending.RunIO) => Command.retry(pending.step)
 * ```
 */
export const retry = (step: StepRef): Command => ({ _tag: "Retry", step })

/**
 * An operator says what a step that was given up came to.
 *
 * @example
 * ```ts
 * import { Command, type Pending } from "@waymark/interpreter"
 *
 * export const done = (pending: Pending.RunIO) => Command.resolve(pending.step, { _tag: "Succeed", event: { fee: 3 } })
 * ```
 */
export const resolve = (step: StepRef, outcome: Resolution): Command => ({ _tag: "Resolve", step, outcome })

/**
 * It is now this late, in milliseconds since the epoch: timers that are due fire.
 *
 * @example
 * ```ts
 * import { Command } from "@waymark/interpreter"
 *
 * export const tomorrow = Command.tick(Date.now() + 86_400_000)
 * ```
 */
export const tick = (now: number): Command => ({ _tag: "Tick", now })
