/** Giving a thread up: it lost a race, was interrupted, or is cancelled. */
import { Cut } from "./ends.ts"
import { Attempted } from "./leaf.ts"
import { Child } from "./messages.ts"
import type { Resting, Thread } from "./thread.ts"

/** Gives a live thread up, down to the cut's depth. What cannot be left half way comes to its end first. */
export const giveUp = (thread: Thread, cut: Cut): void => {
  const resting = thread.resting as Resting
  const { here } = resting
  // What may interrupt a part that is given up is gone, also where the cut has to wait. Cuts that wait already do so on.
  thread.armed = thread.armed.filter((armed) => armed.here.around.length < cut.depth)
  thread.cuts = thread.cuts.filter(({ depth }) => depth !== cut.depth)

  if (here.isMasked(cut.depth)) return void thread.cuts.push(cut)
  if (resting._tag === "Fork") return giveUpBranches(thread, resting, cut)
  const { leaf } = resting
  if (leaf instanceof Attempted && !(leaf instanceof Child) && here.isGuarded(cut.depth))
    return void thread.cuts.push(cut)
  cut.state = leaf.state
  cut.child = leaf instanceof Child ? leaf.leftBehind : undefined
  thread.leave(cut)
}

/** The branches are given up first, and leave what they have to undo to this thread. */
const giveUpBranches = (thread: Thread, fork: Extract<Resting, { readonly _tag: "Fork" }>, cut: Cut): void => {
  // The inmost one takes effect first.
  const [first, ...others] = [cut, ...(fork.cut === undefined ? [] : [fork.cut])].toSorted((a, b) => b.depth - a.depth)
  fork.cut = first
  thread.cuts.push(...others.filter(({ depth }) => depth !== fork.cut?.depth))
  for (const branch of fork.branches) if (branch.isLive) giveUp(branch, new Cut(0, false))
  thread.look()
}
