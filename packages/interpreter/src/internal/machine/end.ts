/** How a run comes to its end: by itself, because somebody stops it, or by continuing as new. */
import { Product, type Workflow } from "@waymark/core"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { Event } from "../../Event.ts"
import { sameJson } from "../sameJson.ts"
import { shown } from "./compose.ts"
import { encodeState } from "./encode.ts"
import { cancelled } from "./fold.ts"
import { corrupt, mismatch, type Draft, type Machine, type Refusal } from "./machine.ts"
import { terminated } from "./terminate.ts"
import { at, hasEnded, type Thread } from "./thread.ts"
import type { Turn } from "./turn.ts"
import * as Walk from "./walk.ts"

/** It is to be cancelled, or terminated with children to close: what is live is given up. */
export const cancel = (draft: Draft, turn: Turn, event: Event): Refusal | undefined => {
  const { root, stopping } = draft
  const { payload } = event
  const reason = Predicate.hasProperty(payload, "reason") ? payload.reason : undefined
  if (typeof reason !== "string") return corrupt(event, "the request to cancel has no reason")
  const how = Predicate.hasProperty(payload, "terminate") && payload.terminate === true ? "terminated" : "cancelled"
  const isOver = hasEnded(root.leaf) || root.leaf._tag === "Continue"
  if (isOver || stopping?.how === "terminated" || stopping?.how === how) {
    return mismatch(event, "nothing", event.step, "there is nothing to cancel any more")
  }
  draft.root = how === "cancelled" ? cancelled(turn, root) : terminated(turn, root)
  draft.stopping = { how, reason }
  return undefined
}

/** The run is over, and the next one begins with what it says. */
export const continued = (draft: Draft, event: Event): Refusal | undefined => {
  const { root, workflow } = draft
  if (root.leaf._tag !== "Continue") {
    return mismatch(
      event,
      expectedOf(root),
      event.step,
      "the journal says it continues as new, but there is more to do"
    )
  }
  const input = workflow.input.encode(root.leaf.input)
  if (Result.isFailure(input)) return mismatch(event, "continueAsNew", event.step, input.failure.message)
  if (!sameJson(event.payload, { input: input.success })) {
    return mismatch(event, "continueAsNew", event.step, "it continues with another input than the one on record")
  }
  draft.closed = { _tag: "Continued" }
  return undefined
}

const expectedOf = (root: Thread): string => {
  const [next] = Walk.steps(root)
  return next?.leaf.node.name ?? "nothing"
}

const outcomes = { Done: "completed", Failed: "failed", Cut: "cancelled" } as const

/** The end is on record: it has to be the one that the position comes to. */
export const ended = (draft: Draft, event: Event): Refusal | undefined => {
  const { root, workflow } = draft
  const { payload } = event
  const recorded = Predicate.hasProperty(payload, "outcome") ? String(payload.outcome) : "an end"
  if (recorded === "terminated") return over(draft, event)
  if (!hasEnded(root.leaf)) {
    return mismatch(event, expectedOf(root), recorded, "the journal says it has ended, but there is more to do")
  }
  const outcome = outcomes[root.leaf._tag]
  if (outcome !== recorded) return mismatch(event, outcome, recorded, "it ended in another way")
  const made = endOf(workflow, draft)
  if (Result.isFailure(made)) return mismatch(event, outcome, recorded, made.failure)
  const { ordinal, path, step } = made.success
  if (
    event.ordinal !== ordinal ||
    event.path !== path ||
    event.step !== step ||
    !sameJson(payload, made.success.payload)
  ) {
    return mismatch(
      event,
      outcome,
      recorded,
      "it ended with something else: the steps are the same, a pure part of the workflow is not"
    )
  }
  draft.closed = { _tag: "Ended" }
  return undefined
}

/** It is over at once, wherever it was. */
const over = (draft: Draft, event: Event): Refusal | undefined => {
  const { root } = draft
  const reason = Predicate.hasProperty(event.payload, "reason") ? event.payload.reason : undefined
  if (typeof reason !== "string") return corrupt(event, "it was terminated for no reason")
  const bare = { ...root, stack: undefined, armed: undefined, undos: undefined, cut: undefined }
  draft.root = at(bare, { _tag: "Cut", state: shown(root) })
  draft.closed = { _tag: "Terminated", reason }
  return undefined
}

/** The end that a finished position comes to; or why it cannot be written down. */
export const endOf = (
  workflow: Workflow.Any,
  { root: { leaf, ordinal }, stopping }: Pick<Machine, "root" | "stopping">
): Result.Result<Pick<Event, "kind" | "path" | "ordinal" | "step" | "payload">, string> => {
  const end = (payload: Event["payload"]) =>
    ({ kind: "ended", path: "", ordinal, step: workflow.name, payload }) as const
  if (leaf._tag === "Cut") {
    const { how, reason } = stopping ?? { how: "cancelled", reason: "" }
    return Result.succeed(end({ outcome: how, reason }))
  }
  if (leaf._tag === "Done") {
    const isProduct = Product.is(leaf.state)
    return Result.mapBoth(encodeState(workflow.state, leaf.state), {
      onSuccess: (output) =>
        end(isProduct ? { outcome: "completed", output, product: true } : { outcome: "completed", output }),
      onFailure: ({ message }) => `the state it ended in does not fit the workflow's state schema: ${message}`
    })
  }
  return Result.mapBoth(workflow.error.encode(leaf._tag === "Failed" ? leaf.error : undefined), {
    onSuccess: (error) => end({ outcome: "failed", error }),
    onFailure: ({ message }) => `the error it ended with does not fit the workflow's error schema: ${message}`
  })
}
