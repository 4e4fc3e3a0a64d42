/** What the end of an attempt means: a business outcome, another attempt, or giving up. */
import { Codec, RetryPolicy, Step, type Node } from "@waymark/core"
import * as Cause from "effect/Cause"
import { describe } from "../cause.ts"
import * as Command from "../../Command.ts"
import type { Child, RunIO, Send } from "../../Pending.ts"

/** What is attempted: effects, and dealings with other instances. */
export type Work = RunIO | Child | Send

/** What it depends on, besides the error, whether and when an attempt follows. */
export interface Circumstances {
  readonly at: number
  /** A number from 0 to 1, another one each time. */
  readonly random: () => number
  /** The policy of whatever has none of its own. */
  readonly fallback: RetryPolicy.Resolved
}

/** What an attempt came to: the command for it, made by the turn that takes it. */
export type Report = (circumstances: Circumstances) => Command.Command

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

const policyOf = (work: Work, { fallback }: Circumstances): RetryPolicy.Resolved =>
  RetryPolicy.resolve(work._tag === "RunIO" ? work.retry : undefined, fallback)

/** Until when all attempts of a step have to be over. */
export const deadlineOf = (work: Work): number =>
  work._tag === "RunIO" ? work.openedAt + (work.timeouts.scheduleToClose ?? Infinity) : Infinity

/** When the next attempt is made; `null` where none is. */
const next = (work: Work, error: unknown, circumstances: Circumstances): number | null => {
  const wait = RetryPolicy.delay(policyOf(work, circumstances), work.attempt, circumstances.random())
  const advice = Step.adviceOf(error)
  if (wait === undefined || advice?._tag === "DoNotRetry") return null
  const at = circumstances.at + (advice?._tag === "RetryAfter" ? Math.ceil(advice.millis) : wait)
  return at < deadlineOf(work) ? at : null
}

/** The command for an attempt that failed: tried again when its policy says so, otherwise given up. */
export const attempt = (work: Work, error: unknown, circumstances: Circumstances): Command.Command =>
  Command.attempt(work.step, { error: summary(error, true), next: next(work, error, circumstances) })

/** The command for an attempt after which trying again makes no sense: somebody has to look. */
export const giveUp = (work: Work, error: unknown): Command.Command =>
  Command.attempt(work.step, { error: summary(error, true), next: null })

/** The command that a failed effect comes to. A typed failure is a business outcome unless its policy, or itself, asks for another try. */
export const command = (work: RunIO, cause: Cause.Cause<unknown>, circumstances: Circumstances): Command.Command => {
  const failure = cause.reasons.find(Cause.isFailReason)
  if (failure === undefined || Cause.hasDies(cause)) return attempt(work, Cause.squash(cause), circumstances)
  const { error } = failure
  const tag = tagOf(error)
  const isPicked =
    Step.adviceOf(error)?._tag === "RetryAfter" ||
    (tag !== undefined && policyOf(work, circumstances).while.includes(tag))
  const at = isPicked ? next(work, error, circumstances) : null
  return at === null
    ? Command.fail(work.step, error)
    : Command.attempt(work.step, { error: summary(error, false), next: at })
}

/** One of a step's time limits. */
export type Limit = keyof Node.RunIO["timeouts"]

const excess: { readonly [L in Limit]: (millis: number) => string } = {
  scheduleToStart: (millis) => `it did not start within its scheduleToStart timeout of ${millis} ms`,
  startToClose: (millis) => `the attempt took longer than its startToClose timeout of ${millis} ms`,
  scheduleToClose: (millis) => `all attempts together took longer than the scheduleToClose timeout of ${millis} ms`,
  heartbeat: (millis) => `there was no heartbeat within the heartbeat timeout of ${millis} ms`
}

/** The command for an attempt that exceeded a limit. What limits a single attempt lets the policy decide. */
export const tooLong = (work: RunIO, limit: Limit, circumstances: Circumstances): Command.Command => {
  const message = excess[limit](work.timeouts[limit] ?? 0)
  const again = limit === "startToClose" || limit === "heartbeat"
  return Command.attempt(work.step, {
    error: { tag: "TimedOut", message, defect: true },
    next: again ? next(work, undefined, circumstances) : null
  })
}
