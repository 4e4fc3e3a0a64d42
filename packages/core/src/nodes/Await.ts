/** A durable timer. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { make } from "../internal/node.ts"
import type { WIO } from "../WIO.ts"

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

const instant = (input: DateTime.DateTime.Input): number => DateTime.toEpochMillis(DateTime.makeUnsafe(input))

const compile = (timing: Timing<unknown>): Pick<Await, "due" | "label"> => {
  if ("for" in timing) {
    const length = timing.for
    if (typeof length === "function") {
      return { label: undefined, due: (state, at) => at + Duration.toMillis(length(state)) }
    }
    const millis = Duration.toMillis(length)
    return { label: Duration.format(Duration.millis(millis)), due: (_, at) => at + millis }
  }
  const moment = timing.until
  if (typeof moment === "function") return { label: undefined, due: (state) => instant(moment(state)) }
  const millis = instant(moment)
  return { label: `until ${new Date(millis).toISOString()}`, due: () => millis }
}

/**
 * Waits, across restarts too. Its due time is recorded when it starts, so a later change of the length does not move
 * timers that are already running. It never fires early.
 *
 * The state passes through unchanged, so its type has to be given: without it the timer accepts nothing.
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
export const await_ = <S = never>(name: string, timing: Timing<NoInfer<S>>): WIO<NoInfer<S>, NoInfer<S>> =>
  make<Await>({ _tag: "Await", name, ...compile(timing as never) }) as never
