/**
 * One event folded into the tree of threads. Live progress and recovery are this same function, so they cannot differ.
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { Event } from "../../Event.ts"
import { someOf } from "../words.ts"
import { advance, numbered } from "./advance.ts"
import * as Cut from "./cut.ts"
import * as Done from "./done.ts"
import * as Fork from "./fork.ts"
import { misfit, type Misfit } from "./misfit.ts"
import * as Nodes from "../nodes.ts"
import { applied, endStep } from "./outcomes.ts"
import * as Site from "./site.ts"
import {
  at,
  hasEnded,
  measure,
  thread as makeThread,
  VERSION,
  type Armed,
  type ForkLeaf,
  type StepLeaf,
  type Thread
} from "./thread.ts"
import * as Trie from "./trie.ts"
import { completed, isOwn, takeOn, type Turn } from "./turn.ts"
import * as Walk from "./walk.ts"

const NOTHING = "nothing"

/** Steps by the names that authors know. */
const WIO_NAMES = {
  RunIO: "WIO.runIO",
  HandleSignal: "WIO.handleSignal",
  Await: "WIO.await",
  Child: "WIO.child",
  SignalTo: "WIO.signalTo",
  Close: "the end of a child's parent"
} as const

const wrongKind = (node: StepLeaf["node"], event: Event): Misfit =>
  misfit(node.name, `it is made with ${WIO_NAMES[node._tag]}, where no "${event.kind}" is recorded`)

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
  if (hasEnded(leaf)) return misfit(NOTHING, "this part of the workflow has ended")
  switch (leaf._tag) {
    case "Fork":
      return misfit(NOTHING, `the branches (${someOf(leaf.keys.names)}) of a fork wait there, under paths of their own`)
    case "Continue":
      return misfit("continueAsNew", "this run is over, and the next one is to begin")
    case "Version":
    case "Checkpoint":
      return misfit(leaf.node.name, `it is to be put on record first, as "${leaf._tag.toLowerCase()}"`)
    default:
  }
  return ordinal === event.ordinal
    ? wrongKind(leaf.node, event)
    : misfit(leaf.node.name, `it is at step ${ordinal} of its thread, the journal at step ${event.ordinal}`)
}

/** Puts a thread into a fork that nobody else has seen, at a branch that was measured so. */
const put = (turn: Turn, fork: ForkLeaf, branch: number, thread: Thread, was?: Trie.Measured): void => {
  fork.threads = Trie.set(fork.threads, branch, Done.shrunk(thread), turn.owner, was)
  if (hasEnded(thread.leaf)) fork.live--
  fork.record = undefined
}

/** Enters the items that have waited for the places of those that have ended; the fork is decided where one of them decides it. */
const fill = (turn: Turn, around: Thread, fork: ForkLeaf): ForkLeaf => {
  while (Fork.hasPlace(fork)) {
    const index = fork.threads.size
    const thread = Fork.enterWaiting(turn, around, fork)
    const ended = hasEnded(thread.leaf)
    put(turn, fork, index, thread)
    const then = ended ? Fork.decide(fork, index) : undefined
    if (then !== undefined) return Fork.decided(turn, fork, then)
  }
  return fork
}

/** A fork after one of its branches has changed, decided where that decided it. */
const changed = (turn: Turn, ancestor: Walk.Ancestor, thread: Thread): ForkLeaf => {
  const { branch, thread: around } = ancestor
  const before = around.leaf as ForkLeaf
  // Until then nobody has looked at it. Read first: the branches may change in place.
  const hadChoice = (before.threads.root.mask & VERSION) !== 0
  const fork = isOwn(turn, around) ? before : { ...before }
  put(turn, fork, branch, thread, ancestor)
  if (fork.closing !== undefined) return fork
  const decisive =
    hasEnded(thread.leaf) || hadChoice || (fork.node._tag === "Parallel" && fork.node.until !== undefined)
  if (!decisive || (fork.threads.root.mask & VERSION) !== 0) return fork
  turn.site = fork.site
  const then = Fork.decide(fork, hadChoice ? undefined : branch)
  return then === undefined ? fill(turn, around, fork) : Fork.decided(turn, fork, then)
}

/** Puts a changed thread into the forks above it; where a fork ends by it, the thread that holds the fork goes on. */
const ascend = (turn: Turn, parents: Walk.Ancestor | undefined, from: Thread): Thread => {
  let thread = from
  for (let ancestor = parents; ancestor !== undefined; ancestor = ancestor.up) {
    const { thread: parent } = ancestor
    turn.path = parent.path
    const fork = changed(turn, ancestor, thread)
    if (fork.closing === undefined || fork.live > 0) {
      thread = numbered(fork === parent.leaf ? measure(parent) : at(parent, fork, turn.owner))
      continue
    }
    turn.path = parent.path
    const undos = Fork.left(turn, fork, fork.closing, parent.undos)
    if (fork.closing._tag === "Cut" && parent.cut !== undefined) {
      thread = Cut.resumeCut(turn, makeThread(parent.path, parent.ordinal, fork, { ...parent, undos }), parent.cut)
    } else {
      const cursor = takeOn(turn, parent)
      cursor.undos = undos
      thread = advance(turn, cursor, fork.closing)
    }
  }
  return thread
}

/**
 * What comes of the mark of a choice that the definition does not have: once it was taken out, what has passed it stands on its `after`,
 * or beyond, and the mark is passed over. Code from before the change does not have it either, and would go the old way in the middle
 * of the run: by its version it is told apart. Marks without one were written before they had any.
 */
const unknownMark = ({ version }: Turn, root: Thread, event: Event): Thread | Misfit => {
  const { ordinal, path, payload } = event
  const writer = payload === null ? 0 : Predicate.hasProperty(payload, "version") ? Number(payload.version) : NaN
  if (version > writer) return Walk.hasReached(root, path, ordinal) ? root : expectation(root, event)
  const reason =
    `version ${writer} of the workflow made this mark; this code is version ${version} and has no such change. It is older code: ` +
    `leave the instance to the newer process. Or the change was taken out: raise the version of the workflow with that`
  return misfit(expectation(root, event).expected, reason)
}

/** What only waited for its own record goes on. */
const owed = (turn: Turn, root: Thread, event: Event): Thread | Misfit => {
  const { parents, thread } = Walk.threadOf(root, event.path) ?? {}
  const leaf = thread?.ordinal === event.ordinal ? thread.leaf : undefined
  if (event.kind === "version" && leaf?._tag !== "Version") {
    const isKnown = Nodes.changesIn(Site.definition(turn.site).node).has(event.step)
    return isKnown ? expectation(root, event) : unknownMark(turn, root, event)
  }
  if (thread === undefined || (leaf?._tag !== "Version" && leaf?._tag !== "Checkpoint")) return expectation(root, event)
  if (leaf.node.name !== event.step) return misfit(leaf.node.name, "another one stands there")
  turn.site = leaf.site
  if (leaf._tag === "Version") {
    if (event.kind !== "version") return expectation(root, event)
    return ascend(turn, parents, take(turn, thread, leaf, 1))
  }
  if (event.kind !== "checkpoint") return expectation(root, event)
  const state = Predicate.hasProperty(event.payload, "state") ? leaf.node.state.decode(event.payload.state) : undefined
  if (state === undefined) return misfit(leaf.node.name, "the recorded checkpoint has no state")
  if (Result.isFailure(state)) {
    return misfit(leaf.node.name, `the recorded state does not fit the checkpoint's schema: ${state.failure.message}`)
  }
  // Counted from here on: recovery begins here, and knows nothing of what came before.
  turn.trail = Trie.empty()
  turn.remarks = Trie.empty()
  completed(turn, leaf.site)
  return ascend(turn, parents, endStep(turn, thread, { _tag: "Done", state: state.success }))
}

/** Takes one of the roads of a `version`. */
const take = (
  turn: Turn,
  thread: Thread,
  { site, state }: { readonly site: Site.Site; readonly state: unknown },
  road: 0 | 1
) => {
  completed(turn, site)
  return advance(turn, takeOn(turn, thread), { _tag: "Enter", site: Site.part(site, road), state })
}

/** Whatever rests at a `version` without a record of it came there before the change: it goes the old way. */
export const oldRoads = (turn: Turn, given: Thread): Thread => {
  let root = given
  for (let thread = Walk.undecided(root); thread !== undefined; thread = Walk.undecided(root)) {
    const parents = Walk.locate(root, thread.path)?.parents
    if (thread.leaf._tag === "Version") root = ascend(turn, parents, take(turn, thread, thread.leaf, 0))
  }
  return root
}

/** The execution is to be cancelled. */
export const cancelled = (turn: Turn, root: Thread): Thread => Cut.cutThread(turn, root, Cut.whole(true))

/** Folds an event of a step in. User functions may throw; nothing is changed then. */
export const fold = (turn: Turn, root: Thread, event: Event): Thread | Misfit => {
  turn.path = event.path
  if (event.kind === "version" || event.kind === "checkpoint") return owed(turn, root, event)
  const found = Walk.find(root, event.path, event.ordinal)
  if (found === undefined) return expectation(root, event)
  const { name } = found.leaf.node
  if (name !== event.step) return misfit(name, "another step stands there")
  const thread = applied(turn, found, event)
  if (thread === undefined) return expectation(root, event)
  return "_tag" in thread ? thread : ascend(turn, found.parents, thread)
}
