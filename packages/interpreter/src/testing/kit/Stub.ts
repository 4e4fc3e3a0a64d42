/**
 * What stands in for a step in a test: a value, a typed failure, a fault, something computed from the state, or one after
 * the other.
 *
 * `TestRun` and `checkRecovery` take stubs by the names of steps. What a stub gives goes the way of what the effect would
 * have given: encoded by the step's schemas, tried again by its policy. A child workflow is stubbed by the name of its step
 * and what it ends in; the handler of a signal by the signal's name and the event it makes of it. A message to another instance
 * (`WIO.signalTo`) has no stub: there is no such instance in a test, so it is not delivered.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { HOUSEKEEPING } from "./time.ts"

/** One call of a step. */
export interface Call {
  /** The name of the step, or of the signal that is handled. */
  readonly step: string
  /** The state that it was given; of a child that is stubbed, its input. */
  readonly state: unknown
  /** What the signal carries, where it is one. */
  readonly payload: unknown
  /** Which attempt of this very step it is, from 1. */
  readonly attempt: number
  /** How many steps of this name were called before this one, which may be attempted several times. */
  readonly nth: number
  /** When it began, in milliseconds since the epoch. */
  readonly at: number
  readonly instance: string
  readonly run: number
  readonly path: string
  readonly ordinal: number
  readonly idempotencyKey: string
}

/** What stands in for a step. */
export interface Stub {
  readonly _tag: "Stub"
  /** What this call comes to. */
  readonly effect: (call: Call) => Effect.Effect<unknown, unknown>
}

/** Stubs by the names of the steps that they stand in for. */
export type Stubs = Readonly<Record<string, Stub>>

const make = (effect: Stub["effect"]): Stub => Object.freeze({ _tag: "Stub", effect })

/**
 * The step succeeds with this event, every time.
 *
 * @example
 * ```ts
 * import { Stub } from "@waymark/interpreter/testing"
 *
 * export const charge = Stub.succeed({ receipt: "r-1" })
 * ```
 */
export const succeed = (event: unknown): Stub => make(() => Effect.succeed(event))

/**
 * The step ends in this typed failure, every time. Where its policy names the failure's tag it is tried again.
 *
 * @example
 * ```ts
 * import { Stub } from "@waymark/interpreter/testing"
 *
 * export const charge = Stub.fail({ _tag: "Declined", reason: "there is nothing on it" })
 * ```
 */
export const fail = (error: unknown): Stub => make(() => Effect.fail(error))

/**
 * The step dies, every time: a fault such as a lost connection, which its policy tries again.
 *
 * @example
 * ```ts
 * import { Stub } from "@waymark/interpreter/testing"
 *
 * export const charge = Stub.die("the connection was lost")
 * ```
 */
export const die = (defect: unknown): Stub => make(() => Effect.die(defect))

/**
 * The step succeeds with what a function gives, from the state and the call.
 *
 * @example
 * ```ts
 * import { Stub } from "@waymark/interpreter/testing"
 *
 * export const charge = Stub.compute((order: { readonly amount: number }, { attempt }) => ({
 *   receipt: `${order.amount} at attempt ${attempt}`
 * }))
 * ```
 */
export const compute = (event: (state: never, call: Call) => unknown): Stub =>
  make((call) => Effect.sync(() => event(call.state as never, call)))

/**
 * The step runs this effect in the place of its own: for what goes one way or the other, or takes services of the test.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Stub } from "@waymark/interpreter/testing"
 *
 * export const charge = Stub.effect((order: { readonly amount: number }) =>
 *   order.amount > 100 ? Effect.fail({ _tag: "Declined" }) : Effect.succeed("receipt")
 * )
 * ```
 */
export const effect = (run: (state: never, call: Call) => Effect.Effect<unknown, unknown>): Stub =>
  make((call) => Effect.suspend(() => run(call.state as never, call)))

/**
 * The step never ends by itself: something else has to interrupt it, such as a timeout.
 *
 * @example
 * ```ts
 * import { Stub } from "@waymark/interpreter/testing"
 *
 * export const charge = Stub.never
 * ```
 */
// Asleep, so that nobody takes it for an effect that is about to end.
export const never: Stub = make(() => Effect.forever(Effect.sleep(HOUSEKEEPING)))

/**
 * The step takes so long.
 *
 * @example
 * ```ts
 * import { Stub } from "@waymark/interpreter/testing"
 *
 * export const charge = Stub.after("2 hours", Stub.succeed("receipt"))
 * ```
 */
export const after = (duration: Duration.Input, stub: Stub): Stub =>
  make((call) =>
    Effect.delay(
      Effect.suspend(() => stub.effect(call)),
      duration
    )
  )

/** The one at a place, or the last one. */
const chosen = (first: Stub, rest: ReadonlyArray<Stub>, index: number): Stub =>
  [first, ...rest].at(index) ?? rest.at(-1) ?? first

/**
 * The attempts of a step come to one after the other; the last one stays. In a loop each round begins anew.
 *
 * @example
 * ```ts
 * import { Stub } from "@waymark/interpreter/testing"
 *
 * export const charge = Stub.attempts(Stub.die("lost"), Stub.die("lost again"), Stub.succeed("receipt"))
 * ```
 */
export const attempts = (first: Stub, ...rest: ReadonlyArray<Stub>): Stub =>
  make((call) => chosen(first, rest, call.attempt - 1).effect(call))

/**
 * The steps of one name come to one after the other, whatever their attempts; the last one stays. For a step in a loop, or
 * one that stands in several places.
 *
 * @example
 * ```ts
 * import { Stub } from "@waymark/interpreter/testing"
 *
 * export const look = Stub.inTurn(Stub.succeed("nothing yet"), Stub.succeed("arrived"))
 * ```
 */
export const inTurn = (first: Stub, ...rest: ReadonlyArray<Stub>): Stub =>
  make((call) => chosen(first, rest, call.nth).effect(call))
