/**
 * One event folded into the tree of threads. Live progress and recovery are this same function, so they cannot differ.
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { Event } from "../../Event.ts"
import { advance, completed, failed, settle, type Cursor, type Move, type Turn } from "./advance.ts"
import { seenFrom } from "./compose.ts"
import {
  armed as makeArmed,
  hasEnded,
  thread as makeThread,
  type Armed,
  type ForkLeaf,
  type Frame,
  type RunIOLeaf,
  type SignalLeaf,
  type StepLeaf,
  type Thread,
  type TimerLeaf
} from "./thread.ts"
import * as Trie from "./trie.ts"
import * as Walk from "./walk.ts"

/** Why an event does not fit: the step that is waited for at its place, and what is wrong with the event. */
export interface Misfit {
  readonly _tag: "Misfit"
  readonly expected: string
  readonly reason: string
}

const misfit = (expected: string, reason: string): Misfit => ({ _tag: "Misfit", expected, reason })

const NOTHING = "nothing"

/** Steps by the names that authors know. */
const WIO_NAMES = { RunIO: "runIO", HandleSignal: "handleSignal", Await: "await" } as const

const wrongKind = (node: StepLeaf["node"], event: Event): Misfit =>
  misfit(node.name, `it is made with WIO.${WIO_NAMES[node._tag]}, where no "${event.kind}" is recorded`)

/** What a thread waits for, in words for a `Misfit`. */
const expectation = (root: Thread, event: Event): Misfit => {
  const located = Walk.locate(root, event.path)
  if (located === undefined) {
    return misfit(NOTHING, `no part of the workflow that is live has the path "${event.path}"`)
  }
  const { interruption, thread } = located
  if (interruption !== undefined) {
    let other: Armed | undefined
    for (let armed = thread.armed; armed !== undefined; armed = armed.next) {
      if (armed.ordinal !== interruption) continue
      if (armed.index === event.ordinal) return wrongKind(armed.leaf.node, event)
      other ??= armed
    }
    return other === undefined
      ? misfit(NOTHING, "no interruption waits there")
      : misfit(other.leaf.node.name, `an interruption waits there, as number ${other.index}`)
  }
  const { leaf, ordinal } = thread
  if (leaf._tag === "Done" || leaf._tag === "Failed") return misfit(NOTHING, "this part of the workflow has ended")
  if (leaf._tag === "Fork") {
    const keys = leaf.node.branches.map(({ key }) => key).join(", ")
    return misfit(NOTHING, `the branches (${keys}) of a parallel wait there, under paths of their own`)
  }
  return ordinal === event.ordinal
    ? wrongKind(leaf.node, event)
    : misfit(leaf.node.name, `it is at step ${ordinal} of its thread, the journal at step ${event.ordinal}`)
}

const cursorOf = ({ armed, ordinal, path, stack }: Thread): Cursor => ({ path, ordinal, stack, armed })

/** The thread after a step of its own has ended: the step's ordinal is used up. */
const endStep = (turn: Turn, thread: Thread, move: Move): Thread => {
  const cursor = cursorOf(thread)
  cursor.ordinal++
  return advance(turn, cursor, move)
}

/**
 * The thread after one of its interruptions has fired: the body is given up and what follows the trigger goes on. The
 * step that was waited at counts as passed, so nothing that comes after shares its identity.
 */
const interrupt = (turn: Turn, thread: Thread, armed: Armed, state: unknown): Thread => {
  const { site } = armed.leaf
  const rest: Frame | undefined = armed.frame.next
  const cursor: Cursor = {
    path: thread.path,
    ordinal: thread.ordinal + 1,
    stack: site.parent?.node._tag === "AndThen" ? { site: site.parent, position: 1, next: rest } : rest,
    armed: armed.next
  }
  return advance(turn, cursor, { _tag: "Give", state })
}

/** Puts a changed leaf in the place of the one that a step waited at. */
const replace = (thread: Thread, armed: Armed | undefined, leaf: RunIOLeaf | SignalLeaf | TimerLeaf): Thread => {
  if (armed === undefined) return makeThread(thread.path, thread.ordinal, leaf, thread.stack, thread.armed)
  const before: Array<Armed> = []
  for (let entry = thread.armed; entry !== undefined && entry !== armed; entry = entry.next) before.push(entry)
  let list = makeArmed(leaf as Armed["leaf"], armed.frame, armed.ordinal, armed.index, armed.next)
  for (const entry of before.toReversed()) list = makeArmed(entry.leaf, entry.frame, entry.ordinal, entry.index, list)
  return makeThread(thread.path, thread.ordinal, thread.leaf, thread.stack, list)
}

/** Puts a changed thread into the forks above it; where a fork ends by it, the thread that holds the fork goes on. */
const ascend = (turn: Turn, parents: Walk.Located["parents"], changed: Thread): Thread => {
  let thread = changed
  for (let i = parents.length - 1; i >= 0; i--) {
    const { branch, thread: parent } = parents[i] as { readonly thread: Thread; readonly branch: number }
    const before = parent.leaf as ForkLeaf
    const { _tag, input, node, ordinal, site } = before
    const ended = hasEnded(thread.leaf)
    const threads = Trie.set(before.threads, branch, thread, turn.owner)
    const fork: ForkLeaf = { _tag, site, node, input, ordinal, threads, live: ended ? before.live - 1 : before.live }
    turn.path = parent.path
    turn.site = site
    const move = thread.leaf._tag === "Failed" || fork.live === 0 ? settle(fork) : undefined
    thread =
      move === undefined
        ? makeThread(parent.path, parent.ordinal, fork, parent.stack, parent.armed)
        : advance(turn, cursorOf(parent), move)
  }
  return thread
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

/** The thread that a step's event makes of the one that waited; what the event says decides. */
const applied = (turn: Turn, waiting: Walk.Waiting, event: Event): Thread | Misfit | undefined => {
  const { armed, leaf, thread } = waiting
  const undecodable = (what: string, cause: { readonly message: string }): Misfit =>
    misfit(leaf.node.name, `the recorded ${what} does not fit the step's schema: ${cause.message}`)
  turn.site = leaf.site
  switch (event.kind) {
    case "completed": {
      if (leaf._tag !== "RunIO") return undefined
      const decoded = leaf.node.event.decode(event.payload)
      if (Result.isFailure(decoded)) return undecodable("event", decoded.failure)
      const state = leaf.node.apply(leaf.state, decoded.success)
      completed(turn, leaf.site)
      return endStep(turn, thread, { _tag: "Give", state })
    }
    case "failed": {
      if (leaf._tag !== "RunIO") return undefined
      const decoded = leaf.node.error.decode(event.payload)
      if (Result.isFailure(decoded)) return undecodable("error", decoded.failure)
      failed(turn, leaf.site)
      return endStep(turn, thread, { _tag: "Raise", state: leaf.state, error: decoded.success })
    }
    case "attempt": {
      if (leaf._tag !== "RunIO") return undefined
      const { attempt, payload } = event
      if (leaf.notBefore === Infinity) return misfit(leaf.node.name, "it was given up, and makes no more attempts")
      if (attempt !== leaf.attempt + 1) {
        return misfit(leaf.node.name, `${leaf.attempt} attempts are on record, and this one has number ${attempt}`)
      }
      if (!isAttempt(payload)) return undecodable("attempt", { message: "it has no next time" })
      const notBefore = payload.next ?? Infinity
      return replace(thread, armed, { ...leaf, attempt, notBefore, lastError: describe(payload.error) })
    }
    case "signal": {
      if (leaf._tag !== "Signal") return undefined
      const { payload } = event
      if (
        typeof payload !== "object" ||
        payload === null ||
        !("event" in payload) ||
        !("id" in payload) ||
        typeof payload["id"] !== "string"
      ) {
        return undecodable("signal", { message: "it has no id or no event" })
      }
      const decoded = leaf.node.event.decode(payload["event"])
      if (Result.isFailure(decoded)) return undecodable("event", decoded.failure)
      const state = leaf.node.apply(signalState(waiting), decoded.success)
      completed(turn, leaf.site)
      return pass(turn, waiting, state)
    }
    case "due": {
      if (leaf._tag !== "Timer") return undefined
      if (leaf.recorded) return misfit(leaf.node.name, "its due time is on record already")
      const due = Predicate.hasProperty(event.payload, "at") ? event.payload["at"] : undefined
      if (typeof due !== "number") return undecodable("due time", { message: "it has no instant" })
      return replace(thread, armed, { ...leaf, due, recorded: true })
    }
    case "fired": {
      if (leaf._tag !== "Timer") return undefined
      if (!leaf.recorded) return misfit(leaf.node.name, "it has fired, and its due time is not on record")
      if (event.at < leaf.due) return misfit(leaf.node.name, `it has fired at ${event.at}, and is due at ${leaf.due}`)
      completed(turn, leaf.site)
      return pass(turn, waiting, armed === undefined ? leaf.state : seenFrom(thread, armed.frame))
    }
    default:
      return undefined
  }
}

/** The state that a signal finds: its step's own, or for an interruption the body's at this moment. */
export const signalState = ({ armed, leaf, thread }: Walk.Waiting): unknown =>
  armed === undefined ? leaf.state : seenFrom(thread, armed.frame)

const pass = (turn: Turn, { armed, thread }: Walk.Waiting, state: unknown): Thread =>
  armed === undefined ? endStep(turn, thread, { _tag: "Give", state }) : interrupt(turn, thread, armed, state)

/** Folds an event of a step in. User functions may throw; nothing is changed then. */
export const fold = (turn: Turn, root: Thread, event: Event): Thread | Misfit => {
  turn.path = event.path
  const found = Walk.find(root, event.path, event.ordinal)
  if (found === undefined) return expectation(root, event)
  const { name } = found.leaf.node
  if (name !== event.step) return misfit(name, "another step stands there")
  const thread = applied(turn, found, event)
  if (thread === undefined) return expectation(root, event)
  return "_tag" in thread ? thread : ascend(turn, found.parents, thread)
}
