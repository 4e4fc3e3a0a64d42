/** Small values that are recorded, so that a replay has the same: `runIO` without an outside. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { AnySchema } from "../Codec.ts"
import * as Given from "../internal/given.ts"
import type { Stated } from "../internal/types.ts"
import * as Step from "../Step.ts"
import type { WIO } from "../WIO.ts"
import { runIO } from "./RunIO.ts"

/**
 * Computes a small value once and records it: a random number, a value of the environment. On replay the recorded one
 * is taken.
 *
 * The state after it is the value, or what `apply` makes of it. For anything that talks to the world use `runIO`.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO } from "@waymark/core"
 *
 * export const lottery = WIO.sideEffect("draw", {
 *   event: Schema.Number,
 *   run: (_: { readonly name: string }) => Math.random(),
 *   apply: (person, number) => ({ ...person, number })
 * })
 * ```
 */
export const sideEffect = <In, Event extends AnySchema, Out = Event["Type"], R = never>(
  name: string,
  options: {
    readonly event: Event
    readonly run: (state: In) => Event["Type"] | Effect.Effect<Event["Type"], never, R>
    readonly apply?: (state: In, event: Event["Type"]) => Out
  }
): WIO<In, Stated<Out>, never, R, In | Stated<Out>> =>
  runIO(Given.name("WIO.sideEffect", name), {
    event: options.event,
    run: (state: In) => {
      const made = options.run(state)
      return Effect.isEffect(made) ? made : Effect.succeed(made)
    },
    apply: (options.apply ?? ((_: In, event: Event["Type"]) => event)) as (state: In, event: Event["Type"]) => Out
  }) as never

/**
 * The time at which this step ran, in milliseconds since the epoch, by the journal's clock.
 *
 * The state after it is the time, or what `apply` makes of it. Without `apply`, the state that it
 * starts in is what the place gives, or its type argument.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * interface Order { readonly amount: number }
 *
 * export const stamped = WIO.now("received at", (order: Order, at) => ({ ...order, at }))
 * export const time = WIO.now<Order>("received at")
 * ```
 */
export const now: {
  <S = never>(name: string): WIO<S, number, never, never, Stated<S> | number>
  <S, Out>(name: string, apply: (state: S, millis: number) => Out): WIO<S, Out, never, never, S | Out>
} = (name: string, apply: (state: never, millis: number) => unknown = (_, millis) => millis) =>
  runIO(Given.name("WIO.now", name), {
    event: Schema.Number,
    run: () => Effect.map(Step.info, (info) => info.now),
    apply
  }) as never

/**
 * A random UUID, recorded.
 *
 * The state after it is the UUID, or what `apply` makes of it. Without `apply`, the state that it
 * starts in is what the place gives, or its type argument.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * export const numbered = WIO.uuid("order number", (order: { readonly amount: number }, id) => ({ ...order, id }))
 * ```
 */
export const uuid: {
  <S = never>(name: string): WIO<S, string, never, never, Stated<S> | string>
  <S, Out>(name: string, apply: (state: S, uuid: string) => Out): WIO<S, Out, never, never, S | Out>
} = (name: string, apply: (state: never, uuid: string) => unknown = (_, uuid) => uuid) =>
  runIO(Given.name("WIO.uuid", name), {
    event: Schema.String,
    run: () => Effect.sync(() => crypto.randomUUID()),
    apply
  }) as never
