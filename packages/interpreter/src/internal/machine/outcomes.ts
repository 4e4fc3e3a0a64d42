/** What the recorded outcome of a step makes of its thread. */
import { ChildStopped } from "@waymark/core"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { Event } from "../../Event.ts"
import { advance } from "./advance.ts"
import { seenFrom } from "./compose.ts"
import * as Cut from "./cut.ts"
import { decodeState } from "./encode.ts"
import { misfit, type Misfit } from "./misfit.ts"
import {
  armed as makeArmed,
  at,
  frame,
  isAttempted,
  thread as makeThread,
  type Armed,
  type AttemptedLeaf,
  type ChildLeaf,
  type OpenChild,
  type StepLeaf,
  type Thread
} from "./thread.ts"
import { completed, failed, takeOn, type Move, type Turn } from "./turn.ts"
import type * as Walk from "./walk.ts"

/** The thread after a step of its own has ended: the step's ordinal is used up. */
export const endStep = (turn: Turn, thread: Thread, move: Move): Thread => {
  const cursor = takeOn(turn, thread)
  cursor.ordinal++
  return advance(turn, cursor, move)
}

/**
 * The thread after one of its interruptions has fired: the body is given up, and what follows the trigger goes on. The step that was
 * waited at counts as passed, so nothing that comes after shares its identity.
 */
const interrupt = (turn: Turn, thread: Thread, armed: Armed, state: unknown): Thread => {
  const { site } = armed.leaf
  const rest = armed.frame.next
  const stack = site.parent?.node._tag === "AndThen" ? frame(site.parent, 1, rest) : rest
  return Cut.cutThread(turn, thread, {
    target: armed.frame,
    stack,
    then: { _tag: "Done", state },
    undoes: true,
    outer: undefined
  })
}

/** Puts a changed leaf in the place of the one that a step waited at. */
const replace = (thread: Thread, armed: Armed | undefined, leaf: StepLeaf): Thread => {
  if (armed === undefined) return at(thread, leaf)
  const before: Array<Armed> = []
  for (let entry = thread.armed; entry !== undefined && entry !== armed; entry = entry.next) before.push(entry)
  let list = makeArmed(leaf as Armed["leaf"], armed.frame, armed.ordinal, armed.index, armed.next)
  for (const entry of before.toReversed()) list = makeArmed(entry.leaf, entry.frame, entry.ordinal, entry.index, list)
  return makeThread(thread.path, thread.ordinal, thread.leaf, { ...thread, armed: list })
}

interface AttemptPayload {
  readonly next: number | null
  readonly error: unknown
}

const isAttempt = (payload: unknown): payload is AttemptPayload =>
  typeof payload === "object" &&
  payload !== null &&
  "next" in payload &&
  (payload.next === null || typeof payload.next === "number")

const describe = (error: unknown): string =>
  typeof error === "object" && error !== null && "message" in error && typeof error.message === "string"
    ? error.message
    : typeof error === "string"
      ? error
      : (JSON.stringify(error) ?? "unknown")

/** What a step's recorded outcome makes of its thread. */
type Applied = Thread | Misfit | undefined

const undecodable = (leaf: StepLeaf, what: string, cause: { readonly message: string }): Misfit =>
  misfit(leaf.node.name, `the recorded ${what} does not fit the step's schema: ${cause.message}`)

/** The step has ended in an event. */
const succeeded = (turn: Turn, { leaf, thread }: Walk.Reached, payload: Event["payload"]): Applied => {
  if (leaf._tag !== "RunIO") return undefined
  const decoded = leaf.node.event.decode(payload)
  if (Result.isFailure(decoded)) return undecodable(leaf, "event", decoded.failure)
  const state = leaf.node.apply(leaf.state, decoded.success)
  completed(turn, leaf.site)
  return endStep(turn, thread, { _tag: "Done", state })
}

/** The step has ended in its typed failure. */
const failedWith = (turn: Turn, { leaf, thread }: Walk.Reached, payload: Event["payload"]): Applied => {
  if (leaf._tag !== "RunIO") return undefined
  const decoded = leaf.node.error.decode(payload)
  if (Result.isFailure(decoded)) return undecodable(leaf, "error", decoded.failure)
  return raise(turn, thread, leaf, decoded.success)
}

const raise = (
  turn: Turn,
  thread: Thread,
  leaf: Exclude<AttemptedLeaf, { readonly _tag: "Close" }>,
  error: unknown
) => {
  const { site, state } = leaf
  failed(turn, site, error)
  return endStep(turn, thread, { _tag: "Failed", state, error, origin: { site, state } })
}

const attempted = ({ armed, leaf, thread }: Walk.Reached, { attempt, payload }: Event): Applied => {
  if (!isAttempted(leaf)) return undefined
  if (leaf.notBefore === Infinity) return misfit(leaf.node.name, "it was given up, and makes no more attempts")
  if (attempt !== leaf.attempt + 1) {
    return misfit(leaf.node.name, `${leaf.attempt} attempts are on record, and this one has number ${attempt}`)
  }
  if (!isAttempt(payload)) return undecodable(leaf, "attempt", { message: "it has no next time" })
  const notBefore = payload.next ?? Infinity
  return replace(thread, armed, { ...leaf, attempt, notBefore, lastError: describe(payload.error) })
}

const signalled = (turn: Turn, waiting: Walk.Reached, { payload }: Event): Applied => {
  const { leaf } = waiting
  if (leaf._tag !== "Signal") return undefined
  const isSignal =
    Predicate.hasProperty(payload, "event") && Predicate.hasProperty(payload, "id") && typeof payload.id === "string"
  if (!isSignal) return undecodable(leaf, "signal", { message: "it has no id or no event" })
  const decoded = leaf.node.event.decode(payload.event)
  if (Result.isFailure(decoded)) return undecodable(leaf, "event", decoded.failure)
  const state = leaf.node.apply(signalState(waiting), decoded.success)
  completed(turn, leaf.site)
  return pass(turn, waiting, state)
}

const dueAt = ({ armed, leaf, thread }: Walk.Reached, { payload }: Event): Applied => {
  if (leaf._tag !== "Timer") return undefined
  if (leaf.recorded) return misfit(leaf.node.name, "its due time is on record already")
  const due = Predicate.hasProperty(payload, "at") ? payload.at : undefined
  if (typeof due !== "number") return undecodable(leaf, "due time", { message: "it has no instant" })
  return replace(thread, armed, { ...leaf, due, recorded: true })
}

const fired = (turn: Turn, waiting: Walk.Reached, event: Event): Applied => {
  const { armed, leaf, thread } = waiting
  if (leaf._tag !== "Timer") return undefined
  if (!leaf.recorded) return misfit(leaf.node.name, "it has fired, and its due time is not on record")
  if (event.at < leaf.due) return misfit(leaf.node.name, `it has fired at ${event.at}, and is due at ${leaf.due}`)
  completed(turn, leaf.site)
  return pass(turn, waiting, armed === undefined ? leaf.state : seenFrom(thread, armed.frame))
}

const childStarted = (turn: Turn, { armed, leaf, thread }: Walk.Reached, { at: instant, payload }: Event): Applied => {
  if (leaf._tag !== "Child") return undefined
  if (leaf.started) return misfit(leaf.node.name, "it was started already")
  if (!Predicate.hasProperty(payload, "id") || payload.id !== leaf.id) {
    return misfit(leaf.node.name, `the child that was started is not "${leaf.id}"`)
  }
  const { id, node, site, state } = leaf
  if (node.awaited) {
    return replace(thread, armed, { ...leaf, started: true, attempt: 0, notBefore: instant, lastError: undefined })
  }
  if (node.onParentClose !== "abandon") {
    const open: OpenChild = { id, workflow: node.workflow.name, policy: node.onParentClose }
    turn.children = [...turn.children, open]
  }
  const next = node.apply(state, id)
  completed(turn, site)
  return endStep(turn, thread, { _tag: "Done", state: next })
}

const childEnded = (turn: Turn, { leaf, thread }: Walk.Reached, { payload }: Event): Applied => {
  if (leaf._tag !== "Child") return undefined
  if (!leaf.started) return misfit(leaf.node.name, "it was not started yet")
  const { node, site, state } = leaf
  const outcome = outcomeOf(leaf, payload)
  if ("_tag" in outcome && outcome._tag === "Misfit") return outcome
  if (Result.isFailure(outcome)) return raise(turn, thread, leaf, outcome.failure)
  const next = node.apply(state, outcome.success)
  completed(turn, site)
  return endStep(turn, thread, { _tag: "Done", state: next })
}

/** How a child ended, as its parent sees it. */
const outcomeOf = (leaf: ChildLeaf, payload: unknown): Result.Result<unknown, unknown> | Misfit => {
  const { workflow } = leaf.node
  const outcome = Predicate.hasProperty(payload, "outcome") ? payload.outcome : undefined
  if (outcome === "completed" && Predicate.hasProperty(payload, "output")) {
    const decoded = decodeState(workflow.state, payload.output)
    return Result.isFailure(decoded) ? undecodable(leaf, "output", decoded.failure) : decoded
  }
  if (outcome === "failed" && Predicate.hasProperty(payload, "error")) {
    const decoded = workflow.error.decode(payload.error)
    return Result.isFailure(decoded) ? undecodable(leaf, "error", decoded.failure) : Result.fail(decoded.success)
  }
  if ((outcome === "cancelled" || outcome === "terminated") && Predicate.hasProperty(payload, "reason")) {
    return Result.fail(new ChildStopped({ child: leaf.id, status: outcome, reason: String(payload.reason) }))
  }
  return undecodable(leaf, "end of the child", { message: "it has no outcome" })
}

const sent = (turn: Turn, { leaf, thread }: Walk.Reached, { payload }: Event): Applied => {
  if (leaf._tag !== "Send" && leaf._tag !== "Close") return undefined
  const delivered = Predicate.hasProperty(payload, "delivered") ? payload.delivered : undefined
  if (typeof delivered !== "boolean")
    return undecodable(leaf, "message", { message: "it does not say what became of it" })
  // A child that is not there any more needs no closing.
  if (leaf._tag === "Close") return endStep(turn, thread, { _tag: "Done", state: leaf.state })
  if (delivered) {
    completed(turn, leaf.site)
    return endStep(turn, thread, { _tag: "Done", state: leaf.state })
  }
  const reason = Predicate.hasProperty(payload, "reason") ? String(payload.reason) : ""
  const error = leaf.node.error.decode({ _tag: "NotDelivered", target: leaf.to, signal: leaf.node.name, reason })
  return raise(turn, thread, leaf, Result.getOrThrow(error))
}

/** An operator has decided what becomes of a step that was given up. */
const resolved = (turn: Turn, waiting: Walk.Reached, { at: openedAt, payload }: Event): Applied => {
  const { armed, leaf, thread } = waiting
  if (!isAttempted(leaf)) return undefined
  if (leaf.notBefore !== Infinity) return misfit(leaf.node.name, "it was not given up, so nobody decides it by hand")
  const decision = Predicate.hasProperty(payload, "decision") ? payload.decision : undefined
  if (decision === "retry") return replace(thread, armed, { ...leaf, attempt: 0, notBefore: openedAt, openedAt })
  if (decision === "succeed" && Predicate.hasProperty(payload, "event")) {
    return succeeded(turn, waiting, payload.event as Event["payload"])
  }
  if (decision === "fail" && Predicate.hasProperty(payload, "error")) {
    return failedWith(turn, waiting, payload.error as Event["payload"])
  }
  return undecodable(leaf, "decision", { message: "it decides nothing" })
}

/** The thread that a step's event makes of the one that waited; what the event says decides. */
export const applied = (turn: Turn, waiting: Walk.Reached, event: Event): Applied => {
  turn.site = waiting.leaf.site
  switch (event.kind) {
    case "completed":
      return succeeded(turn, waiting, event.payload)
    case "failed":
      return failedWith(turn, waiting, event.payload)
    case "attempt":
      return attempted(waiting, event)
    case "signal":
      return signalled(turn, waiting, event)
    case "due":
      return dueAt(waiting, event)
    case "fired":
      return fired(turn, waiting, event)
    case "child-started":
      return childStarted(turn, waiting, event)
    case "child-ended":
      return childEnded(turn, waiting, event)
    case "sent":
      return sent(turn, waiting, event)
    case "resolved":
      return resolved(turn, waiting, event)
    default:
      return undefined
  }
}

/** The state that a signal finds: its step's own, or for an interruption the body's at this moment. */
export const signalState = ({ armed, leaf, thread }: Walk.Reached): unknown =>
  armed === undefined ? leaf.state : seenFrom(thread, armed.frame)

const pass = (turn: Turn, { armed, thread }: Walk.Reached, state: unknown): Thread =>
  armed === undefined ? endStep(turn, thread, { _tag: "Done", state }) : interrupt(turn, thread, armed, state)
