/**
 * Giving a thread up, down to a frame or altogether: it lost a race, was interrupted, or is cancelled.
 *
 * What runs is dropped, except for what must come to its end: then the cut waits on the thread. After that, the frames are left
 * from the inside out: what was completed is undone, and handlers of a cancellation run, before the thread goes on.
 */
import { stateOf, through, visible } from "./compose.ts"
import * as Site from "./site.ts"
import {
  hasEnded,
  hasUndos,
  isHandler,
  thread as makeThread,
  type Armed,
  type ChildLeaf,
  type Cut,
  type ForkLeaf,
  type Frame,
  type Leaf,
  type OpenChild,
  type Thread,
  type Undo
} from "./thread.ts"
import * as Trie from "./trie.ts"
import { cursorOf, isThen, type Cursor, type Move, type Turn } from "./turn.ts"
import { since, unwind, type Work } from "./unwind.ts"

/** A whole branch is given up. */
export const whole = (undoes: boolean): Cut => ({
  target: undefined,
  stack: undefined,
  then: { _tag: "Cut", state: undefined },
  undoes,
  outer: undefined
})

/** Does a cut reach further out than one that waits? */
const covers = (stack: Frame | undefined, { target }: Cut, { target: waiting }: Cut): boolean => {
  if (target === undefined || waiting === undefined) return target === undefined
  for (let at = stack; at !== target && at !== undefined; at = at.next) if (at === waiting) return true
  return false
}

/**
 * A cut together with those that wait on the thread already. Each takes effect in its turn, the inmost first: one that has fired within
 * an uncancellable part goes on there, before what has cancelled the whole does.
 */
const among = (stack: Frame | undefined, waiting: Cut | undefined, cut: Cut): Cut => {
  if (waiting === undefined) return cut
  // Given up once more, by whoever decides now what becomes of what it had to undo.
  if (waiting.target === cut.target) return { ...cut, outer: waiting.outer }
  return covers(stack, cut, waiting)
    ? { ...waiting, outer: among(stack, waiting.outer, cut) }
    : { ...cut, outer: waiting }
}

/** Is something around that a cut does not reach into? */
const isMasked = (stack: Frame | undefined, target: Frame | undefined): boolean => {
  for (let frame = stack; frame !== undefined && frame !== target; frame = frame.next) {
    if (frame.site.node._tag === "Uncancellable" || frame.memory?._tag === "Unwinding") return true
  }
  return false
}

/** Is something under way that can be undone once it is known what became of it? */
const isGuarded = (stack: Frame | undefined, target: Frame | undefined): boolean => {
  for (let frame = stack; frame !== undefined && frame !== target; frame = frame.next) {
    if (frame.site.node._tag === "Compensate") return true
  }
  return false
}

/** The interruptions that are left once those down to the target are gone: both are in order, from the inside out. */
const armedOutside = (
  { armed, stack }: Pick<Cursor, "armed" | "stack">,
  target: Frame | undefined
): Armed | undefined => {
  if (target === undefined) return undefined
  let left = armed
  for (let frame = stack; left !== undefined && frame !== undefined; frame = frame.next) {
    if (left.frame === frame) left = left.next
    if (frame === target) break
  }
  return left
}

/** From which order on a cut undoes what was completed. */
export const orderOf = ({ target, undoes }: Cut): number =>
  !undoes ? Infinity : target?.memory?._tag === "Scope" ? target.memory.order : 0

/**
 * The child that a leaf stands for, where it is to be closed once nobody waits for it: also one that somebody has tried to
 * start, since it may be there although that failed.
 */
export const childOf = (leaf: Left | Leaf): OpenChild | undefined => {
  if (leaf._tag === "Close" && "child" in leaf) return leaf.child
  if (leaf._tag !== "Child" || (!leaf.started && leaf.lastError === undefined)) return undefined
  const { onParentClose: policy, workflow } = leaf.node
  return policy === "abandon" ? undefined : { id: leaf.id, workflow: workflow.name, policy }
}

/** What a thread was at when it is left. */
type Left = ChildLeaf | { readonly _tag: Exclude<Leaf["_tag"], "Child">; readonly state: unknown }

/** Leaves the frames from the inside to the target, and goes on from there. */
const leave = (turn: Turn, cursor: Cursor, cut: Cut, leaf: Left): Move => {
  const works: Array<Work> = []
  let seen = leaf.state
  let { site } = turn
  for (let frame = cursor.stack; frame !== undefined && frame !== cut.target; frame = frame.next) {
    const { memory } = frame
    site = frame.site
    if (site.node._tag === "Saga" && memory?._tag === "Scope") works.push(...since(cursor, memory.order))
    if (site.node._tag === "OnCancel") works.push({ _tag: "Run", site: Site.part(site, 1), state: visible(seen) })
    if (memory?._tag === "Outer" || isHandler(frame)) seen = through(frame, frame.next, seen)
  }
  works.push(...since(cursor, orderOf(cut)))
  cursor.armed = armedOutside(cursor, cut.target)
  cursor.stack = cut.stack
  cursor.cut = cut.outer
  const state = visible(seen)
  const child = leaf._tag === "Child" ? childOf(leaf) : undefined
  if (child !== undefined) works.unshift({ _tag: "Close", child, state })
  const then = cut.then._tag === "Cut" ? { ...cut.then, state } : cut.then
  return unwind(turn, cursor, cut.target?.site ?? site, works, then)
}

/** A thread on its way whose cut has waited: it takes effect before anything new begins, or as soon as nothing stands against it. */
export const due = (turn: Turn, cursor: Cursor, cut: Cut, move: Move): Move => {
  // A fresh run would never come to the end of what it waits for.
  if (move._tag !== "Continue") {
    if (isMasked(cursor.stack, cut.target)) return move
    const begins = move._tag !== "Enter" && !isThen(move)
    // What is under way runs on to where it can be undone.
    if (!begins && isGuarded(cursor.stack, cut.target)) return move
  }
  return leave(turn, cursor, cut, { _tag: "Done", state: move._tag === "Fork" ? stateOf(move) : move.state })
}

const waits = ({ leaf, stack }: Thread, { target }: Cut): boolean =>
  isMasked(stack, target) ||
  (leaf._tag === "Fork" && leaf.live > 0) ||
  // A child is not in flight: it has a journal of its own, and is told to stop.
  ((leaf._tag === "RunIO" || leaf._tag === "Send") && isGuarded(stack, target))

/** Leaves a thread in which nothing is live any more but its leaf. */
const leaveThread = (turn: Turn, thread: Thread, cut: Cut): Thread => {
  const { leaf } = thread
  const cursor = cursorOf(turn, thread)
  turn.path = thread.path
  if ("site" in leaf) turn.site = leaf.site
  // What was waited at counts as passed, so nothing that comes after shares its identity.
  cursor.ordinal++
  const seen = leaf._tag === "Fork" ? { _tag: leaf._tag, state: stateOf(leaf) } : leaf
  return turn.advance(turn, cursor, leave(turn, cursor, cut, seen))
}

/** A thread whose cut has to wait, among others that do. Nothing that it covers can interrupt it any more. */
const later = (thread: Thread, cut: Cut, first: Cut): Thread =>
  makeThread(thread.path, thread.ordinal, thread.leaf, {
    ...thread,
    armed: armedOutside(thread, cut.target),
    cut: first
  })

/** What is left to undo of a fork's branches, put in order with what the thread around them has: the latest first. */
export const merged = (undos: Undo | undefined, threads: Trie.Trie<Thread>): Undo | undefined => {
  if (!hasUndos(threads.root)) return undos
  const found: Array<Undo> = []
  for (const [, branch] of Trie.entries(threads)) {
    for (let undo = branch.undos; undo !== undefined; undo = undo.next) found.push(undo)
  }
  for (let undo = undos; undo !== undefined; undo = undo.next) found.push(undo)
  return found
    .sort((a, b) => a.order - b.order)
    .reduce<Undo | undefined>((next, { order, site, state }) => ({ order, site, state, next }), undefined)
}

/** A thread that is being given up, and the branches below it that are given up first. */
interface Visit {
  readonly thread: Thread
  readonly cut: Cut
  /** The branches that are live. */
  readonly branches: ReadonlyArray<number>
  threads: Trie.Trie<Thread> | undefined
  done: number
}

const visit = (thread: Thread, cut: Cut): Visit => {
  const { leaf } = thread
  if (leaf._tag !== "Fork" || isMasked(thread.stack, cut.target)) {
    return { thread, cut, branches: [], threads: undefined, done: 0 }
  }
  const branches: Array<number> = []
  for (const [index, branch] of Trie.entries(leaf.threads)) if (!hasEnded(branch.leaf)) branches.push(index)
  return { thread, cut, branches, threads: leaf.threads, done: 0 }
}

/** The thread of a visit, once its branches are dealt with. */
const left = (turn: Turn, { cut, thread, threads }: Visit): Thread => {
  const { leaf } = thread
  if (leaf._tag !== "Fork" || threads === undefined) {
    const first = among(thread.stack, thread.cut, cut)
    return waits(thread, first) ? later(thread, cut, first) : leaveThread(turn, thread, first)
  }
  let live = 0
  for (const [, branch] of Trie.entries(threads)) if (!hasEnded(branch.leaf)) live++
  const fork: ForkLeaf = { ...leaf, threads, live, record: undefined, closing: whole(false).then }
  const undos = live === 0 ? merged(thread.undos, threads) : thread.undos
  const changed = makeThread(thread.path, thread.ordinal, fork, { ...thread, undos })
  const first = among(thread.stack, thread.cut, cut)
  return live === 0 ? leaveThread(turn, changed, first) : later(changed, cut, first)
}

/** Gives a thread up, with all that is live below it. Nested forks are given up without recursion. */
export const cutThread = (turn: Turn, root: Thread, cut: Cut): Thread => {
  const open: Array<Visit> = [visit(root, cut)]
  for (;;) {
    const top = open[open.length - 1] as Visit
    const index = top.branches[top.done]
    if (index !== undefined && top.threads !== undefined) {
      open.push(visit(Trie.get(top.threads, index) as Thread, whole(false)))
      continue
    }
    const result = left(turn, top)
    open.pop()
    const parent = open[open.length - 1]
    if (parent?.threads === undefined) return result
    parent.threads = Trie.set(parent.threads, parent.branches[parent.done] as number, result, turn.owner)
    parent.done++
  }
}

/** A fork whose branches were all given up, and which waits no more: what was cut goes on. */
export const resumeCut = (turn: Turn, thread: Thread, cut: Cut): Thread => leaveThread(turn, thread, cut)

/** Gives up the branches of a decided fork that are live. */
export const giveUp = (turn: Turn, fork: ForkLeaf, undoes: boolean): ForkLeaf => {
  let { threads } = fork
  let live = 0
  for (const [index, branch] of Trie.entries(fork.threads)) {
    if (hasEnded(branch.leaf)) continue
    const result = cutThread(turn, branch, whole(undoes))
    threads = Trie.set(threads, index, result, turn.owner)
    if (!hasEnded(result.leaf)) live++
  }
  return { ...fork, threads, live, record: undefined }
}
