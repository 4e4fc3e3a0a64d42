/** What a handler of `WIO.catch` starts from: the state that was reached and the typed error. */

const FailureTypeId: unique symbol = Symbol.for("@waymark/core/Failure")

/**
 * The state a workflow had reached and the business failure that ended it there.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * export const reject = WIO.pure((failure: WIO.Failure<unknown, { readonly reason: string }>) => ({
 *   rejected: failure.error.reason
 * }))
 * ```
 */
export interface Failure<out State, out E> {
  readonly _tag: "Failure"
  readonly [FailureTypeId]: typeof FailureTypeId
  readonly state: State
  readonly error: E
}

/**
 * Makes a `Failure`: the interpreter does, tests of a handler may.
 *
 * @example
 * ```ts
 * import { Failure } from "@waymark/core"
 *
 * export const failure = Failure.make({ amount: 100 }, "too large")
 * ```
 */
export const make = <State, E>(state: State, error: E): Failure<State, E> =>
  Object.freeze({ _tag: "Failure", [FailureTypeId]: FailureTypeId, state, error })

/**
 * Whether a value is a `Failure`, and not only one that looks like it.
 *
 * @example
 * ```ts
 * import { Failure } from "@waymark/core"
 *
 * export const yes = Failure.is(Failure.make(1, "too large"))
 * export const no = Failure.is({ _tag: "Failure", state: 1, error: "too large" })
 * ```
 */
export const is = (value: unknown): value is Failure<unknown, unknown> =>
  typeof value === "object" && value !== null && FailureTypeId in value
