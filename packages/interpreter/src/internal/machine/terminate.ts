/** The end at once: everything live is dropped and nothing is undone, but children that are not to outlive their parent are closed. */
import { shown } from "./compose.ts"
import { childOf } from "./cut.ts"
import * as Site from "./site.ts"
import type { OpenChild, Thread } from "./thread.ts"
import { cursorAt, type Turn } from "./turn.ts"
import { unwind, type Work } from "./unwind.ts"
import * as Walk from "./walk.ts"

/** The children that a thread waits for or is about to close. */
function* childrenOf({ leaf, stack }: Thread): Generator<OpenChild> {
  const child = childOf(leaf)
  if (child !== undefined) yield child
  for (let frame = stack; frame !== undefined; frame = frame.next) {
    if (frame.memory?._tag !== "Unwinding") continue
    for (let job = frame.memory.jobs; job !== undefined; job = job.next) if (job._tag === "Close") yield job.child
  }
}

/** All children that are to be closed, those that run on their own first. */
export const openChildren = (own: ReadonlyArray<OpenChild>, root: Thread): ReadonlyArray<OpenChild> => {
  const open = [...own]
  for (const thread of Walk.threads(root)) open.push(...childrenOf(thread))
  return open
}

/** The main thread, dropped where it stands, which closes the children and ends. */
export const terminated = (turn: Turn, root: Thread): Thread => {
  const state = shown(root)
  const works = openChildren(turn.children, root).map((child): Work => ({ _tag: "Close", child, state }))
  const cursor = cursorAt(turn, "", false, root.ordinal + 1)
  turn.children = []
  turn.path = ""
  return turn.advance(turn, cursor, unwind(turn, cursor, Site.definition(turn.site), works, { _tag: "Cut", state }))
}
