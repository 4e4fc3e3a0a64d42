/** What one event closed and opened: two positions compared, looking only at what is not shared. */
import type { ForkLeaf, Thread } from "./thread.ts"
import * as Trie from "./trie.ts"
import * as Walk from "./walk.ts"

export interface Difference {
  readonly closed: ReadonlyArray<Walk.Waiting>
  readonly opened: ReadonlyArray<Walk.Waiting>
}

/** Two positions of one thread, still to be compared. */
interface Pair {
  readonly a: Thread | undefined
  readonly b: Thread | undefined
  /** Its branches were looked at: they come before the interruptions around them. */
  readonly isOwn?: boolean
}

const sameFork = (a: ForkLeaf, b: ForkLeaf): boolean => a.site === b.site && a.ordinal === b.ordinal

const belowOf = (thread: Thread): Thread | undefined => (thread.leaf._tag === "Fork" ? thread : undefined)

/** Not a spread call: there may be more than a call takes. */
const addAll = (list: Array<Walk.Waiting>, more: Iterable<Walk.Waiting>): void => {
  for (const waiting of more) list.push(waiting)
}

/** What one thread closed and opened, its branches aside. */
const compare = (a: Thread, b: Thread, closed: Array<Walk.Waiting>, opened: Array<Walk.Waiting>): void => {
  const [was, is] = [Walk.stepsOf(a), Walk.stepsOf(b)]
  // Mostly one step each: lists are short, unless somebody nests interruptions.
  for (const waiting of was) if (!is.some(({ leaf }) => leaf === waiting.leaf)) closed.push(waiting)
  for (const waiting of is) if (!was.some(({ leaf }) => leaf === waiting.leaf)) opened.push(waiting)
}

/** Whether a thread waits at no more than one step, and has no branches. */
const isPlain = ({ armed, leaf }: Thread): boolean => armed === undefined && leaf._tag !== "Fork"

/** One step after the other, as most workflows are. */
const isNext = (before: Thread, after: Thread): boolean =>
  before.leaf !== after.leaf && isPlain(before) && isPlain(after)

/** Steps that only the second waits at. */
export const opened = (before: Thread | undefined, after: Thread): ReadonlyArray<Walk.Waiting> =>
  before !== undefined && isNext(before, after) ? Walk.stepsOf(after) : diff(before, after).opened

/** Steps of the first that the second does not wait at any more, and those that only the second waits at. */
export const diff = (before: Thread | undefined, after: Thread | undefined): Difference => {
  if (before !== undefined && after !== undefined && isNext(before, after)) {
    return { closed: Walk.stepsOf(before), opened: Walk.stepsOf(after) }
  }
  const closed: Array<Walk.Waiting> = []
  const opened: Array<Walk.Waiting> = []
  const pairs: Array<Pair> = [{ a: before, b: after }]
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const { a, b, isOwn } = pair
    if (a === b) continue
    if (a === undefined || b === undefined) {
      if (a !== undefined) addAll(closed, Walk.steps(a))
      if (b !== undefined) addAll(opened, Walk.steps(b))
      continue
    }
    const [above, below] = [a.leaf, b.leaf]
    if (isOwn === true || above === below || (above._tag !== "Fork" && below._tag !== "Fork")) {
      compare(a, b, closed, opened)
      continue
    }
    pairs.push({ a, b, isOwn: true })
    if (above._tag === "Fork" && below._tag === "Fork" && sameFork(above, below)) {
      for (const index of Trie.changes(above.threads, below.threads).toReversed()) {
        pairs.push({ a: Trie.get(above.threads, index), b: Trie.get(below.threads, index) })
      }
      continue
    }
    // Another leaf altogether: everything below the old one is gone, everything below the new one is there.
    for (const [list, thread] of [
      [closed, belowOf(a)],
      [opened, belowOf(b)]
    ] as const) {
      if (thread?.leaf._tag !== "Fork") continue
      for (const [, branch] of Trie.entries(thread.leaf.threads)) addAll(list, Walk.steps(branch))
    }
  }
  return { closed, opened }
}
