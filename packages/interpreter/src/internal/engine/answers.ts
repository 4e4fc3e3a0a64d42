/** What the end of a signal's handler means, for the execution and for whoever sent the signal. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Command from "../../Command.ts"
import type { CommandRejected } from "../../Errors.ts"
import * as Execution from "../../Execution.ts"
import type { Outcome } from "../../Journal.ts"
import * as Pending from "../../Pending.ts"
import { describe } from "../cause.ts"
import type { Draft } from "./draft.ts"
import type { Handled } from "./handlers.ts"
import { excess } from "./limits.ts"

export type Answered =
  /** It is consumed, or refused: that is in the draft now. */
  | { readonly _tag: "Settled" }
  /** The handler is at fault, or was interrupted by something of its own: that is no refusal. */
  | { readonly _tag: "Faulty"; readonly why: string }
  /** Nothing came of it: the step was lost meanwhile, or the definition stands in the way. */
  | { readonly _tag: "Unanswered"; readonly why: CommandRejected | string | undefined }

/** Takes the end of a handler into a draft. */
export const answer = (draft: Draft, { exit, pending, send }: Handled): Answered => {
  const key = Pending.key(pending.step)
  const waits = Execution.waiting(draft.execution, send.name, key).find(({ step }) => Pending.key(step) === key)
  if (waits?._tag !== "Signal") return { _tag: "Unanswered", why: undefined }
  const outcome = Result.try(() => {
    const outcome = outcomeOf(waits, exit)
    const [what, json] = outcome._tag === "Refused" ? ["refusal", outcome.error] : ["reply", outcome.reply]
    const tooLarge = excess(draft.limits, send.instance, `the ${what} of signal "${send.name}"`, json, waits.step.path)
    if (tooLarge !== undefined) throw tooLarge
    return outcome
  })
  const settled = (outcome: Outcome): Answered => {
    draft.settles(send.id, outcome)
    return { _tag: "Settled" }
  }
  if (Exit.isFailure(exit)) {
    if (Result.isSuccess(outcome)) return settled(outcome.success)
    return { _tag: "Faulty", why: describe(Cause.hasFails(exit.cause) ? outcome.failure : Cause.squash(exit.cause)) }
  }
  const command = Command.handled(pending.step, exit.value, { id: send.id })
  const undo = draft.mark()
  const rejected = draft.tell(command)
  if (rejected !== undefined) {
    return rejected.rejection === "InvalidPayload"
      ? { _tag: "Faulty", why: rejected.reason }
      : { _tag: "Unanswered", why: rejected }
  }
  if (Result.isFailure(outcome)) {
    undo()
    return { _tag: "Unanswered", why: `the reply to signal "${send.name}": ${describe(outcome.failure)}` }
  }
  return settled(outcome.success)
}

/** What a handler's end means for the sender. Throws where it cannot be written down, or means nothing to a sender. */
const outcomeOf = (
  pending: Pending.SignalWait,
  exit: Exit.Exit<unknown, unknown>
): Exclude<Outcome, { readonly _tag: "Ambiguous" }> => {
  if (Exit.isSuccess(exit)) {
    const reply = Result.getOrThrow(pending.signal.reply.encode(pending.reply(exit.value)))
    return { _tag: "Consumed", reply }
  }
  if (Cause.hasDies(exit.cause)) throw Cause.squash(exit.cause)
  const refusal = Option.getOrThrow(Cause.findErrorOption(exit.cause))
  return { _tag: "Refused", error: Result.getOrThrow(pending.signal.error.encode(refusal)) }
}
