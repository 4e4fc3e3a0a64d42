/** A durable timer. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { format } from "effect/Formatter"
import * as Option from "effect/Option"
import * as Given from "../internal/given.ts"
import { make } from "../internal/node.ts"
import type { Stated } from "../internal/types.ts"
import type { WIO } from "../WIO.ts"

/** A durable timer. */
export interface Await {
  readonly _tag: "Await"
  readonly name: string
  /** What the timer says of its length without a state to look at, for pictures. */
  readonly label: string | undefined
  /** The due time in milliseconds since the epoch, from the state and the instant at which the timer starts. */
  readonly due: (state: unknown, at: number) => number
}

/** How long, or until when: fixed, or computed from the state that the timer starts in. */
export type Timing<S> =
  | { readonly for: Duration.Input | ((state: S) => Duration.Input) }
  | { readonly until: DateTime.DateTime.Input | ((state: S) => DateTime.DateTime.Input) }

/** Reads a length or an instant. A journal could not keep one that is not a number of milliseconds. */
const millisOf = (where: string, field: "for" | "until", input: unknown, read: Option.Option<number>): number => {
  // Effect reads NaN as no time at all; here it is a mistake.
  if (Option.isSome(read) && Number.isFinite(read.value) && !Number.isNaN(input)) return read.value
  const hint = field === "for" ? 'a finite length like "5 minutes"' : "an instant that exists"
  throw new RangeError(`${where}: ${field} is ${format(input)}: give ${hint}`)
}

const compile = (where: string, timing: Timing<unknown>): Pick<Await, "due" | "label"> => {
  if ("for" in timing) {
    const read = (length: Duration.Input) =>
      millisOf(where, "for", length, Option.map(Duration.fromInput(length), Duration.toMillis))
    const length = timing.for
    if (typeof length === "function") return { label: undefined, due: (state, at) => at + read(length(state)) }
    const millis = read(length)
    return { label: Duration.format(Duration.millis(millis)), due: (_, at) => at + millis }
  }
  const read = (moment: DateTime.DateTime.Input) =>
    millisOf(where, "until", moment, Option.map(DateTime.make(moment), DateTime.toEpochMillis))
  const moment = timing.until
  if (typeof moment === "function") return { label: undefined, due: (state) => read(moment(state)) }
  const millis = read(moment)
  return { label: `until ${new Date(millis).toISOString()}`, due: () => millis }
}

/** A timer, refused in the name of the constructor that was asked for it. */
export const timer = (constructor: string, name: string, timing: Timing<never>): Await =>
  make<Await>({
    _tag: "Await",
    name: Given.name(constructor, name),
    ...compile(`${constructor}(${name})`, timing as Timing<unknown>)
  })

/**
 * Waits, across restarts too. Its due time is recorded when it starts, so a later change of the length does not move
 * timers that are already running. It never fires early.
 *
 * The state passes through unchanged, so its type has to be given: without it the timer accepts nothing.
 *
 * @throws RangeError where a fixed length or instant is no finite number of milliseconds; where it is computed, its
 * timer does when it starts.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * interface Held { readonly amount: number }
 *
 * export const coolingOff = WIO.await<Held>("cooling off", { for: "1 day" })
 * export const byAmount = WIO.await<Held>("longer for more", { for: (held) => `${held.amount} minutes` })
 * ```
 */
export const await_ = <S = never>(name: string, timing: Timing<Stated<S>>): WIO<Stated<S>, Stated<S>> =>
  timer("WIO.await", name, timing) as never
