/** A step with an effect: it runs at least once, and what it recorded is taken again on replay. */
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
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
}

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
 * The effect runs at least once. Once its event is recorded it never runs again. A typed failure is a business outcome:
 * it needs an `error` schema, is journaled too, and replay takes the same road. A defect is tried again by `retry`.
 *
 * @throws RangeError where a number of `retry` makes no sense.
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
  }
): WIO<In, Out, Error["Type"], R, In | Out> =>
  make<RunIO>({
    _tag: "RunIO",
    name: Given.name("WIO.runIO", name),
    event: Codec.make(options.event),
    error: Codec.make(options.error ?? Schema.Never),
    run: options.run as never,
    apply: options.apply as never,
    retry: options.retry && frozen(options.retry)
  }) as never
