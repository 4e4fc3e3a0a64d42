/** How a step that did not succeed is tried again, as plain data: it can be drawn, compared and resumed. */
import * as Duration from "effect/Duration"
import { format } from "effect/Formatter"
import * as Option from "effect/Option"

/**
 * A retry policy. Waits grow from `initial` by `factor` up to `max`; `attempts` counts every try, the first included.
 *
 * Defects (a thrown exception, a lost connection) are always tried again under the policy; typed failures only where
 * `while` names their `_tag`. When the attempts are used up, a typed failure becomes the step's failure and a defect
 * leaves the instance stuck.
 */
export interface RetryPolicy<out Tags extends string = string> {
  /** Wait before the second attempt. Default: 100 millis. */
  readonly initial?: Duration.Input
  /** Growth of the wait from attempt to attempt. Default: 2. */
  readonly factor?: number
  /** Longest wait. Default: 1 minute. */
  readonly max?: Duration.Input
  /** All tries together, the first included. Default: 20. */
  readonly attempts?: number
  /** Part of the wait that is random, from 0 to 1. Default: 0. */
  readonly jitter?: number
  /** Tags of the typed failures that are tried again. Default: none. */
  readonly while?: ReadonlyArray<Tags>
}

/** A policy with every field filled in. Waits are in milliseconds. */
export interface Resolved {
  readonly initial: number
  readonly factor: number
  readonly max: number
  readonly attempts: number
  readonly jitter: number
  readonly while: ReadonlyArray<string>
}

const defaults: Resolved = { initial: 100, factor: 2, max: 60_000, attempts: 20, jitter: 0, while: [] }

const millis = (input: Duration.Input | undefined, fallback: number): number => {
  if (input === undefined) return fallback
  // Effect reads NaN as no time at all; here it is a mistake.
  if (Number.isNaN(input)) return Number.NaN
  return Option.getOrElse(Option.map(Duration.fromInput(input), Duration.toMillis), () => Number.NaN)
}

/**
 * Fills a policy in, from the defaults.
 *
 * @throws RangeError that names the field where a number makes no sense.
 *
 * @example
 * ```ts
 * import { RetryPolicy } from "@waymark/core"
 *
 * export const resolved = RetryPolicy.resolve({ initial: "1 second", attempts: 5 })
 * // { initial: 1000, factor: 2, max: 60000, attempts: 5, jitter: 0, while: [] }
 * ```
 */
export const resolve = (policy: RetryPolicy = {}, fallback: Resolved = defaults): Resolved => {
  const resolved: Resolved = {
    initial: millis(policy.initial, fallback.initial),
    factor: policy.factor ?? fallback.factor,
    max: millis(policy.max, fallback.max),
    attempts: policy.attempts ?? fallback.attempts,
    jitter: policy.jitter ?? fallback.jitter,
    while: Object.freeze([...(policy.while ?? fallback.while)])
  }
  const require = (field: keyof Resolved, ok: boolean, hint: string) => {
    if (!ok) throw new RangeError(`retry.${field} is ${format(policy[field] ?? resolved[field])}: give ${hint}`)
  }
  const { attempts, factor, initial, jitter, max } = resolved
  require("initial", initial >= 0 && Number.isFinite(initial), "a finite wait of 0 or more")
  require("factor", factor >= 1 && Number.isFinite(factor), "a finite number from 1")
  require("max", max >= 0 && Number.isFinite(max), "a finite wait of 0 or more")
  require("attempts", attempts >= 1 &&
    (Number.isInteger(attempts) || attempts === Infinity), "a whole number from 1 (1 tries once), or Infinity")
  require("jitter", jitter >= 0 && jitter <= 1, "a part from 0 to 1")
  return Object.freeze(resolved)
}

/**
 * The wait in milliseconds after the given failed attempt (the first is 1), or `undefined` when attempts are used up.
 * `random` is a number from 0 to 1; jitter only shortens a wait, so `max` holds.
 *
 * @example
 * ```ts
 * import { RetryPolicy } from "@waymark/core"
 *
 * const policy = RetryPolicy.resolve({ initial: "1 second", factor: 2, attempts: 3 })
 * export const waits = [1, 2, 3].map((attempt) => RetryPolicy.delay(policy, attempt, Math.random())) // 1000, 2000, undefined
 * ```
 */
export const delay = (policy: Resolved, attempt: number, random: number): number | undefined => {
  if (attempt >= policy.attempts) return undefined
  const full = Math.min(policy.max, policy.initial === 0 ? 0 : policy.initial * policy.factor ** (attempt - 1))
  // Rounded down: a wait of 0.5 ms at most is no wait of 1.
  return Math.floor(full * (1 - policy.jitter * random))
}
