/** The lives of threads: from the first node to how they end. */
import { Misplaced, type Node } from "@waymark/core"
import { Continued, Cut, Raised } from "./ends.ts"
import { Here } from "./here.ts"
import { visible } from "./seen.ts"
import type { End, Life, Meaning, Thread, Walk } from "./thread.ts"
import { collected, perform, undoing, type Work } from "./work.ts"

/** A thread runs its body; given up, it does what there is to do before it ends. */
export const branchLife: Life = function* (thread) {
  const here = new Here(thread, [])
  try {
    return { _tag: "Done", state: yield* here.run(thread.body, thread.start) }
  } catch (end) {
    if (end instanceof Raised) return { _tag: "Failed", state: end.state, error: end.error }
    if (end instanceof Continued) return { _tag: "Continue", state: end.state, input: end.input }
    if (!(end instanceof Cut)) throw end
    yield* perform(collected(end, end.undoes ? thread.undos.splice(0) : []), here)
    return { _tag: "Cut", state: visible(end.state) }
  }
}

/** The main thread does not end before what is left to undo is undone, and its children are closed. */
export const mainLife: Life = function* (thread) {
  let end: End = yield* branchLife(thread)
  for (;;) {
    // A cancellation that has come meanwhile counts, however it has ended by itself.
    if (thread.cuts.length > 0) end = { _tag: "Cut", state: visible(end.state) }
    const work = remaining(thread, end, thread.cuts.splice(0).length > 0)
    if (work.length === 0) return end
    yield* perform(work, new Here(thread, []))
  }
}

const remaining = (thread: Thread, end: End, isCancelled: boolean): ReadonlyArray<Work> => {
  const undone = end._tag === "Failed" || isCancelled ? undoing(thread.undos.splice(0)) : []
  if (undone.length > 0) return undone
  return thread.run.children.splice(0).map((child) => ({ _tag: "Close", child, state: visible(end.state) }))
}

export const continueAsNew: Meaning<Node.ContinueAsNew> = function* (node, state, here): Walk {
  const { thread } = here
  if (thread.path !== "") throw new Misplaced({ step: "continueAsNew", reason: "it stands in the main thread" })
  here.endsRun(state)
  const input = node.input(state)
  // The next run knows nothing of what this one has done.
  thread.undos.length = 0
  throw new Continued(state, input)
}
