/** A step with an effect: it runs at least once, and what it recorded is taken again on replay. */
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import { format } from "effect/Formatter"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { AnySchema } from "../Codec.ts"
import * as Codec from "../Codec.ts"
import * as Given from "../internal/given.ts"
import { make } from "../internal/node.ts"
import type { RetryPolicy } from "../RetryPolicy.ts"
import { resolve } from "../RetryPolicy.ts"
import type { WIO } from "../WIO.ts"

/** A step with an effect. */
export interface RunIO {
  readonly _tag: "RunIO"
  readonly name: string
  readonly event: Codec.Codec<unknown>
  readonly error: Codec.Codec<unknown>
  readonly run: (state: unknown) => Effect.Effect<unknown, unknown, unknown>
  readonly apply: (state: unknown, event: unknown) => unknown
  readonly retry: RetryPolicy | undefined
  readonly timeouts: Timeouts
}

/** How long the parts of a step's life may take, in milliseconds; `undefined` where there is no limit. */
export interface Timeouts {
  /** From when the step could start until an attempt does. Too late: it is given up, since waiting on would not help. */
  readonly scheduleToStart: number | undefined
  /** One attempt. Too long: it is interrupted and tried again by the policy. */
  readonly startToClose: number | undefined
  /** All attempts and the waits between them. Too long: the attempt is interrupted, and the step is given up. */
  readonly scheduleToClose: number | undefined
  /** Between two calls of `Step.heartbeat`. Too long: the attempt is interrupted and tried again by the policy. */
  readonly heartbeat: number | undefined
}

/** The four timeouts of a step, each left out where there is no limit. */
export type TimeoutOptions = { readonly [K in keyof Timeouts]?: Duration.Input }

const limit = (name: string, field: keyof Timeouts, input: Duration.Input | undefined): number | undefined => {
  if (input === undefined) return undefined
  const millis = Option.getOrUndefined(Option.map(Duration.fromInput(input), Duration.toMillis))
  if (millis === undefined || !(millis > 0) || !Number.isFinite(millis)) {
    throw new RangeError(`WIO.runIO(${name}): timeouts.${field} is ${format(input)}: give a finite length above zero`)
  }
  return millis
}

const limits = (name: string, options: TimeoutOptions = {}): Timeouts =>
  Object.freeze({
    scheduleToStart: limit(name, "scheduleToStart", options.scheduleToStart),
    startToClose: limit(name, "startToClose", options.startToClose),
    scheduleToClose: limit(name, "scheduleToClose", options.scheduleToClose),
    heartbeat: limit(name, "heartbeat", options.heartbeat)
  })

/** A copy that nobody can change any more, with its numbers checked where the step is written. */
const frozen = (policy: RetryPolicy): RetryPolicy => {
  resolve(policy)
  const { initial, max, while: tags } = policy
  return Object.freeze({
    ...policy,
    ...(typeof initial === "object" && { initial: Duration.toMillis(initial) }),
    ...(typeof max === "object" && { max: Duration.toMillis(max) }),
    ...(tags && { while: Object.freeze([...tags]) })
  })
}

/** The tags that a retry policy may name. */
type TagsOf<E> = E extends { readonly _tag: infer Tag extends string } ? Tag : never

/**
 * Runs an Effect and records its event; `apply` says what state the event makes of the one before.
 *
 * The effect runs at least once. Once its event is recorded it never runs again. A typed failure is a business
 * outcome: it needs an `error` schema, is journaled too, and replay takes the same road. A defect is tried again by
 * `retry`, and so is an attempt that exceeds one of its `timeouts`. A step that is given up leaves the instance stuck:
 * `Engine.retry` or `Engine.resolve` gets it going again. To act on a time limit as part of the business, use
 * `WIO.timeout`.
 *
 * A running effect may report how far it is with `Step.heartbeat`, ask who it is with `Step.info`, and say of an error
 * that trying again makes no sense, or when it does, with `Step.doNotRetry` and `Step.retryAfter`.
 *
 * @throws RangeError where a number of `retry` or of `timeouts` makes no sense.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO } from "@waymark/core"
 *
 * export const charge = WIO.runIO("charge", {
 *   event: Schema.Struct({ receipt: Schema.String }),
 *   run: (order: { readonly amount: number }) => Effect.succeed({ receipt: `r-${order.amount}` }),
 *   apply: (order, { receipt }) => ({ ...order, receipt }),
 *   retry: { initial: "1 second", attempts: 5 }
 * })
 * ```
 */
export const runIO = <In, Event extends AnySchema, Out, R, Error extends AnySchema = typeof Schema.Never>(
  name: string,
  options: {
    readonly event: Event
    readonly error?: Error
    readonly run: (state: In) => Effect.Effect<Event["Type"], NoInfer<Error["Type"]>, R>
    readonly apply: (state: In, event: Event["Type"]) => Out
    readonly retry?: RetryPolicy<TagsOf<NoInfer<Error["Type"]>>>
    readonly timeouts?: TimeoutOptions
  }
): WIO<In, Out, Error["Type"], R, In | Out> =>
  make<RunIO>({
    _tag: "RunIO",
    name: Given.name("WIO.runIO", name),
    event: Codec.make(options.event),
    error: Codec.make(options.error ?? Schema.Never),
    run: options.run as never,
    apply: options.apply as never,
    retry: options.retry && frozen(options.retry),
    timeouts: limits(name, options.timeouts)
  }) as never
