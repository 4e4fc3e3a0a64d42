/** Where a state of a `WIO.machine` goes next, as the value that its workflow ends in. */

const GotoTypeId: unique symbol = Symbol.for("@waymark/core/Goto")

/** A jump to a named state, which starts from `state`. */
export interface Goto<out To extends string, out State> {
  readonly [GotoTypeId]: typeof GotoTypeId
  readonly to: To
  readonly state: State
}

/** Any jump, for constraints. */
export type Any = Goto<string, unknown>

/**
 * A jump to another state of the machine around it: give it as the state that a part ends in.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * export const decide = WIO.pure((amount: number) => (amount > 100 ? WIO.goto("review", amount) : WIO.goto("pay", amount)))
 * ```
 */
export const goto = <const To extends string, State>(to: To, state: State): Goto<To, State> =>
  Object.freeze({ [GotoTypeId]: GotoTypeId, to, state })

/**
 * Whether a value is a jump.
 *
 * @example
 * ```ts
 * import { Goto, WIO } from "@waymark/core"
 *
 * export const yes = Goto.is(WIO.goto("review", 1))
 * ```
 */
export const is = (value: unknown): value is Any => typeof value === "object" && value !== null && GotoTypeId in value
