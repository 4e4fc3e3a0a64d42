/** The end at once: everything live is dropped, nothing is undone; children that do not outlive their parent are closed. */
import { Here } from "./here.ts"
import { Child, Close } from "./messages.ts"
import type { Run } from "./run.ts"
import { shown } from "./seen.ts"
import { Thread } from "./thread.ts"
import { perform, type OpenChild } from "./work.ts"

/** The children that run on their own, then those that threads wait for or were about to close. */
export const openChildren = (run: Run): ReadonlyArray<OpenChild> => [...run.children, ...childrenOf(run.main)]

const childrenOf = ({ resting }: Thread): ReadonlyArray<OpenChild> => {
  if (resting === undefined) return []
  const later = resting.here.around
    .toReversed()
    .flatMap((around) => around.later)
    .flatMap((work) => (work._tag === "Close" ? [work.child] : []))
  if (resting._tag === "Fork") return [...later, ...resting.branches.flatMap(childrenOf)]
  const { leaf } = resting
  const own = leaf instanceof Close ? leaf.child : leaf instanceof Child ? leaf.leftBehind : undefined
  return own === undefined ? later : [own, ...later]
}

/** What takes the main thread's place: it closes children, and ends. */
export const drop = (run: Run, children: ReadonlyArray<OpenChild>): void => {
  const { main } = run
  const state = shown(main)
  run.children.length = 0
  run.main = new Thread(main, function* (thread) {
    const closing = children.map((child) => ({ _tag: "Close", child, state }) as const)
    yield* perform(closing, new Here(thread, []))
    return { _tag: "Cut", state }
  })
  run.main.ordinal = main.ordinal + 1
  run.main.begin()
}
