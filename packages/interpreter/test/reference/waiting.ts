/** What a run waits at: the leaves of its threads and what may interrupt parts of them, in the order of declaration. */
import type { Leaf } from "./leaf.ts"
import * as Path from "./path.ts"
import type { Thread } from "./thread.ts"

/** A leaf and its identity. */
export interface Waiting {
  readonly path: string
  readonly ordinal: number
  readonly leaf: Leaf
}

export const waiting = (thread: Thread): ReadonlyArray<Waiting> => {
  const { armed, ordinal, path, resting } = thread
  const own = resting?._tag === "Leaf" ? [{ path, ordinal, leaf: resting.leaf }] : []
  const triggers = armed.flatMap((one) => {
    const { leaf, number } = one
    return number === undefined ? [] : [{ path: Path.interruption(path, one.ordinal), ordinal: number, leaf }]
  })
  const below = resting?._tag === "Fork" ? resting.branches.flatMap(waiting) : []
  return [...own, ...below, ...triggers]
}
