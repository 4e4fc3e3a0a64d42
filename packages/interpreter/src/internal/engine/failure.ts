/** What the end of an effect means: a business outcome, another attempt, or giving up. */
import { Codec, RetryPolicy } from "@waymark/core"
import * as Cause from "effect/Cause"
import { describe } from "../cause.ts"
import * as Command from "../../Command.ts"
import type { RunIO } from "../../Pending.ts"

/** The tag of an error, were it to have a getter that throws, too. */
const tagOf = (error: unknown): string | undefined => {
  try {
    return Codec.tagOf(error)
  } catch {
    return undefined
  }
}

/** What a journal keeps of an error: enough to tell an operator what happened, and always JSON. */
export type Summary = { readonly tag: string | null; readonly message: string; readonly defect: boolean }

/** Makes the summary of an error, or of a defect. */
export const summary = (error: unknown, defect: boolean): Summary => ({
  tag: tagOf(error) ?? null,
  message: describe(error),
  defect
})

/** The command for an attempt that failed: tried again when its policy says so, otherwise given up. */
export const attempt = (
  { attempt, retry, step }: RunIO,
  error: unknown,
  options: { readonly at: number; readonly random: number; readonly fallback: RetryPolicy.Resolved }
): Command.Command => {
  const wait = RetryPolicy.delay(RetryPolicy.resolve(retry, options.fallback), attempt, options.random)
  return Command.attempt(step, {
    error: summary(error, true),
    next: wait === undefined ? null : options.at + wait
  })
}

/** The command that a failed effect comes to. A typed failure is a business outcome unless its policy picks it for another try. */
export const command = (
  pending: RunIO,
  cause: Cause.Cause<unknown>,
  options: { readonly at: number; readonly random: number; readonly fallback: RetryPolicy.Resolved }
): Command.Command => {
  const failure = cause.reasons.find(Cause.isFailReason)
  if (failure === undefined || Cause.hasDies(cause)) return attempt(pending, Cause.squash(cause), options)
  const { error } = failure
  const policy = RetryPolicy.resolve(pending.retry, options.fallback)
  const tag = tagOf(error)
  if (tag !== undefined && policy.while.includes(tag)) {
    const wait = RetryPolicy.delay(policy, pending.attempt, options.random)
    if (wait !== undefined) {
      return Command.attempt(pending.step, { error: summary(error, false), next: options.at + wait })
    }
  }
  return Command.fail(pending.step, error)
}
