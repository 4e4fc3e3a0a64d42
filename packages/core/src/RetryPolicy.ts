/** How a step that did not succeed is tried again, as plain data: it can be drawn, compared and resumed. */
import * as Duration from "effect/Duration"

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

/** Fills a policy in, from the defaults. Throws a `RangeError` that names the field where a number makes no sense. */
export const resolve = (policy: RetryPolicy = {}, fallback: Resolved = defaults): Resolved => {
  const resolved: Resolved = {
    initial: policy.initial === undefined ? fallback.initial : Duration.toMillis(policy.initial),
    factor: policy.factor ?? fallback.factor,
    max: policy.max === undefined ? fallback.max : Duration.toMillis(policy.max),
    attempts: policy.attempts ?? fallback.attempts,
    jitter: policy.jitter ?? fallback.jitter,
    while: policy.while ?? fallback.while
  }
  const require = (field: keyof Resolved, ok: boolean, hint: string) => {
    if (!ok) throw new RangeError(`retry.${field} is ${String(resolved[field])}: give ${hint}`)
  }
  require("initial", resolved.initial >= 0, "a wait of 0 or more")
  require("factor", resolved.factor >= 1, "1 or more")
  require("max", resolved.max >= 0, "a wait of 0 or more")
  require("attempts", resolved.attempts >= 1, "1 or more (1 tries once)")
  require("jitter", resolved.jitter >= 0 && resolved.jitter <= 1, "a part from 0 to 1")
  return Object.freeze(resolved)
}

/**
 * The wait in milliseconds after the given failed attempt (the first is 1), or `undefined` when attempts are used up.
 * `random` is a number from 0 to 1; jitter only shortens a wait, so `max` holds.
 */
export const delay = (policy: Resolved, attempt: number, random: number): number | undefined => {
  if (attempt >= policy.attempts) return undefined
  const full = Math.min(policy.max, policy.initial * policy.factor ** (attempt - 1))
  return Math.round(full * (1 - policy.jitter * random))
}
