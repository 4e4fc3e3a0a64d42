/** Forks: how their branches are entered, when they are decided, and what comes of it. */
import { DuplicateKey, Product, type Node } from "@waymark/core"
import * as Result from "effect/Result"
import type { Items } from "../../Progress.ts"
import { stateOf } from "./compose.ts"
import { giveUp, merged } from "./cut.ts"
import * as Done from "./done.ts"
import { enter, isNested } from "./enter.ts"
import * as Keys from "./keys.ts"
import * as Path from "./path.ts"
import * as Site from "./site.ts"
import { hasEnded, VERSION, type ForkLeaf, type Then, type Thread, type Undo } from "./thread.ts"
import * as Trie from "./trie.ts"
import { completed, cursorAt, failed, leftWith, type Cursor, type Move, type Turn } from "./turn.ts"

/** A fork whose branches are being entered. */
export interface Building {
  readonly cursor: Cursor
  readonly site: Site.Site
  readonly node: ForkLeaf["node"]
  readonly input: unknown
  readonly ordinal: number
  readonly keys: Keys.Keys
  /** What each branch starts from. */
  readonly starts: ReadonlyArray<unknown>
  readonly threads: Array<Thread>
  readonly nested: boolean
  /** How many of those that were entered have not ended. */
  running: number
  failed: boolean
  readonly next: Building | undefined
}

type Forking = Extract<Move, { readonly _tag: "Split" }>

/** The keys of items, each once. */
const itemKeys = (node: Node.ForEach, items: ReadonlyArray<unknown>): Keys.Keys => {
  const names = items.map((item, position) => node.key(item, position))
  return Keys.of(names, (first, second) => {
    throw new DuplicateKey({ step: node.name, key: names[second] as string, first, second })
  })
}

const startsOf = (
  { keys }: Site.Site,
  node: ForkLeaf["node"],
  state: unknown
): { readonly keys: Keys.Keys; readonly starts: ReadonlyArray<unknown> } => {
  if (node._tag === "ForEach") {
    const starts = Array.from(node.items(state))
    return { keys: itemKeys(node, starts), starts }
  }
  const given = node.fork === undefined ? undefined : node.fork(state)
  return { keys, starts: keys.names.map((key) => (given === undefined ? state : given[key])) }
}

/** Begins to enter a fork. It takes an ordinal as it is entered, so the branches of one round share no path with those of the next. */
export const begin = (
  turn: Turn,
  cursor: Cursor,
  { node, site, state }: Forking,
  next: Building | undefined
): Building => {
  turn.site = site
  const { keys, starts } = startsOf(site, node, state)
  return {
    cursor,
    site,
    node,
    input: state,
    ordinal: cursor.ordinal++,
    keys,
    starts,
    threads: [],
    nested: isNested(cursor),
    running: 0,
    failed: false,
    next
  }
}

const limitOf = (node: ForkLeaf["node"]): number => (node._tag === "ForEach" ? node.concurrency : Infinity)
/** Whether the first failure ends it. */
const failsFast = (node: ForkLeaf["node"]): boolean => node._tag !== "Race" && node.mode === "fail-fast"

/** Whether another branch is entered before the fork is looked at. */
export const wantsMore = ({ failed, node, running, starts, threads }: Building): boolean => {
  const limit = limitOf(node)
  if (threads.length >= starts.length) return false
  // The first ones are entered whatever becomes of them; the others only take the places of those that have ended.
  return threads.length < limit || (running < limit && !(failed && failsFast(node)))
}

const bodyOf = (site: Site.Site, index: number): Site.Site => Site.part(site, site.node._tag === "ForEach" ? 0 : index)

/** A cursor for the next branch. */
export const nextOf = (turn: Turn, { cursor, keys, nested, ordinal, threads }: Building): Cursor =>
  cursorAt(turn, Path.branch(cursor.path, ordinal, keys.names[threads.length] as string), nested)

/** Enters the next branch with its cursor. */
export const enterNext = (turn: Turn, cursor: Cursor, { site, starts, threads }: Building): Move => {
  turn.path = cursor.path
  return enter(turn, cursor, bodyOf(site, threads.length), starts[threads.length])
}

/** Enters the next item that has waited for a place. */
export const enterWaiting = (
  turn: Turn,
  around: Thread,
  { keys, ordinal, site, starts = [], threads }: ForkLeaf
): Thread => {
  const index = threads.size
  const path = Path.branch(around.path, ordinal, keys.names[index] as string)
  const cursor = cursorAt(turn, path, isNested(around))
  turn.path = path
  return turn.advance(turn, cursor, enter(turn, cursor, bodyOf(site, index), starts[index]))
}

/** Whether there is a place for an item that waits. */
export const hasPlace = ({ keys, live, node, threads }: ForkLeaf): boolean => {
  const waiting = keys.names.length - threads.size
  return waiting > 0 && live - waiting < limitOf(node)
}

/** Takes a branch that was entered. */
export const take = (building: Building, thread: Thread): void => {
  building.threads.push(Done.shrunk(thread))
  if (!hasEnded(thread.leaf)) building.running++
  if (thread.leaf._tag === "Failed") building.failed = true
}

/** The fork whose branches were entered: those without a place wait as they are. */
export const built = (
  { owner }: Turn,
  { input, keys, node, ordinal, running, site, starts, threads }: Building
): ForkLeaf => ({
  _tag: "Fork",
  site,
  node,
  input,
  ordinal,
  keys,
  starts: node._tag === "ForEach" ? starts : undefined,
  threads: Trie.from(threads, owner),
  live: running + (starts.length - threads.length),
  record: undefined,
  closing: undefined
})

type Test = (leaf: Thread["leaf"]) => boolean

const isFailed: Test = ({ _tag }) => _tag === "Failed"
const isDone: Test = ({ _tag }) => _tag === "Done"
const isSettled: Test = ({ _tag }) => _tag === "Done" || _tag === "Failed"

const firstOf = (threads: ForkLeaf["threads"], holds: Test): Thread | undefined =>
  Trie.find(threads, ({ leaf }) => holds(leaf))

/** The first branch for which something holds: of all, or if only one has changed, that one. */
const first = ({ threads }: ForkLeaf, changed: number | undefined, holds: Test): Thread | undefined => {
  if (changed === undefined) return firstOf(threads, holds)
  const thread = Trie.get(threads, changed)
  return thread !== undefined && holds(thread.leaf) ? thread : undefined
}

const raised = (fork: ForkLeaf, thread: Thread): Then | undefined => {
  const { leaf } = thread
  if (leaf._tag !== "Failed") return undefined
  return { _tag: "Failed", state: stateOf(fork), error: leaf.error, origin: leaf.origin }
}

const outOf = ({ leaf }: Thread, settles: boolean): unknown => {
  if (!settles) return (leaf as { readonly state: unknown }).state
  return leaf._tag === "Failed" ? Result.fail(leaf.error) : Result.succeed((leaf as { readonly state: unknown }).state)
}

const joined = (fork: ForkLeaf, node: Exclude<ForkLeaf["node"], { readonly _tag: "Race" }>): Then => {
  const settles = node.mode === "settle"
  if (node._tag === "ForEach") {
    const outs: Array<unknown> = []
    Trie.each(fork.threads, (thread) => outs.push(outOf(thread, settles)))
    return { _tag: "Done", state: node.join === undefined ? outs : node.join(outs, fork.input) }
  }
  const outs: Record<string, unknown> = {}
  Trie.each(fork.threads, (thread, index) => (outs[fork.keys.names[index] as string] = outOf(thread, settles)))
  const record = Product.make(outs)
  return { _tag: "Done", state: node.join === undefined ? record : node.join(record, fork.input) }
}

const raced = (fork: ForkLeaf, wins: "success" | "settled", changed: number | undefined): Then | undefined => {
  const winner = first(fork, changed, wins === "settled" ? isSettled : isDone)
  if (winner !== undefined) {
    const { leaf } = winner
    return leaf._tag === "Done" ? { _tag: "Done", state: leaf.state } : raised(fork, winner)
  }
  return fork.live === 0 ? raised(fork, Trie.get(fork.threads, 0) as Thread) : undefined
}

/**
 * How a fork goes on, where it is decided. `changed` is the branch that may have decided it, any of them where it is left
 * out. The lowest index wins a tie.
 */
export const decide = (fork: ForkLeaf, changed: number | undefined): Then | undefined => {
  const { live, node } = fork
  // What stands at a choice may have to go the old way, and would have got further by now.
  if ((fork.threads.root.mask & VERSION) !== 0) return undefined
  if (node._tag === "Race") return raced(fork, node.wins, changed)
  if (node.mode === "fail-fast") {
    const failed = first(fork, changed, isFailed)
    if (failed !== undefined) return raised(fork, failed)
  }
  if (node._tag === "Parallel" && node.until !== undefined) {
    const record = stateOf(fork)
    if (live > 0 && !node.until(record)) return undefined
    return { _tag: "Done", state: node.join === undefined ? record : node.join(record, fork.input) }
  }
  return live === 0 ? joined(fork, node) : undefined
}

/** Whether those that a decided fork gives up undo what they have done; else that is left to the scope around the fork. */
const undoes = ({ node }: ForkLeaf, then: Then): boolean => node._tag === "Race" || then._tag === "Done"

/** A decided fork: its branches that are live are given up, and it goes on once they have ended. */
export const decided = (turn: Turn, fork: ForkLeaf, then: Then): ForkLeaf =>
  fork.live === 0 ? { ...fork, closing: then } : { ...giveUp(turn, fork, undoes(fork, then)), closing: then }

/** How many items have come to an end of their own, of how many. */
export const itemsOf = ({ keys, threads }: ForkLeaf): Items => {
  let done = 0
  Trie.each(threads, ({ leaf }) => isSettled(leaf) && done++)
  return { done, total: keys.names.length }
}

/** A fork has come to its end: it is counted, and what is left to undo of its branches goes to the thread around them. */
export const left = (turn: Turn, fork: ForkLeaf, then: Then, undos: Undo | undefined): Undo | undefined => {
  const { node, site, threads } = fork
  if (then._tag === "Done") completed(turn, site)
  if (then._tag === "Failed") failed(turn, site, then.error)
  if (node._tag === "ForEach") leftWith(turn, site, itemsOf(fork))
  return merged(undos, threads)
}
