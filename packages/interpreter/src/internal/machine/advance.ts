/**
 * From a point in a workflow to where it next waits. It runs the user's pure functions, performs nothing, and needs no
 * call stack, so neither length nor nesting is a limit.
 */
import * as Cut from "./cut.ts"
import { enter } from "./enter.ts"
import * as Fork from "./fork.ts"
import { give, raise } from "./resume.ts"
import { armed as makeArmed, thread as makeThread, VERSION, type Armed, type Leaf, type Thread } from "./thread.ts"
import { rest, type Cursor, type Move, type Turn } from "./turn.ts"
import { bottom } from "./unwind.ts"

/** Numbers the interruptions that were entered since the thread last waited: those at the head of its list. */
const arm = (list: Armed | undefined): Armed | undefined => {
  if (list === undefined || list.index >= 0) return list
  const fresh: Array<Armed> = []
  let rest: Armed | undefined = list
  for (; rest !== undefined && rest.index < 0; rest = rest.next) fresh.push(rest)
  let index = 0
  const indexes = fresh.map((entry, i) => (index = i > 0 && fresh[i - 1]?.ordinal === entry.ordinal ? index + 1 : 0))
  for (let i = fresh.length - 1; i >= 0; i--) {
    const { frame, leaf, ordinal } = fresh[i] as Armed
    rest = makeArmed(leaf, frame, ordinal, indexes[i] as number, rest)
  }
  return rest
}

const isUndecided = (leaf: Leaf): boolean =>
  leaf._tag === "Version" || (leaf._tag === "Fork" && (leaf.threads.root.mask & VERSION) !== 0)

/** A thread whose fork has changed: once nothing below it is undecided, its interruptions are numbered. */
export const numbered = (thread: Thread): Thread =>
  thread.armed === undefined || thread.armed.index >= 0 || isUndecided(thread.leaf)
    ? thread
    : makeThread(thread.path, thread.ordinal, thread.leaf, { ...thread, armed: arm(thread.armed) }, thread.owner)

/** What comes after what a part has come to; `undefined` where nothing does, and where something is waited for: the cursor rests there. */
const after = (turn: Turn, cursor: Cursor, leaf: Leaf): Move | undefined => {
  const { stack } = cursor
  switch (leaf._tag) {
    case "Done":
      return stack === undefined ? bottom(turn, cursor, leaf) : give(turn, cursor, stack, leaf.state)
    case "Failed":
      return stack === undefined ? bottom(turn, cursor, leaf) : raise(turn, cursor, stack, leaf)
    case "Cut":
    case "Continue":
      return bottom(turn, cursor, leaf)
    default:
      return undefined
  }
}

/** Moves a cursor until its thread waits or ends. */
export const advance = (turn: Turn, start: Cursor, first: Move): Thread => {
  let cursor = start
  let next = first
  let building: Fork.Building | undefined
  for (;;) {
    turn.path = cursor.path
    // The next one, too, before anything begins that the last one has left for.
    for (let cut = cursor.cut; cut !== undefined; cut = cursor.cut) {
      next = Cut.due(turn, cursor, cut, next)
      if (cursor.cut === cut) break
    }
    if (next._tag === "Enter") {
      next = enter(turn, cursor, next.site, next.state)
      continue
    }
    if (next._tag === "Split") building = Fork.begin(turn, cursor, next, building)
    else {
      const leaf: Leaf = next
      const further = after(turn, cursor, leaf)
      if (further !== undefined) {
        next = further
        continue
      }
      // Not at a choice, in this thread or below it: the road taken may begin with interruptions at this ordinal, which are then
      // numbered with the others, or end what they are armed for.
      if (!isUndecided(leaf)) cursor.armed = arm(cursor.armed)
      const thread = rest(cursor, leaf)
      if (building === undefined) return thread
      Fork.take(building, thread)
    }
    // A fork is being entered: its next branch, or all of them are in and it is put together.
    if (Fork.wantsMore(building)) {
      cursor = Fork.nextOf(turn, building)
      next = Fork.enterNext(turn, cursor, building)
      continue
    }
    const fork = Fork.built(turn, building)
    const { cursor: around, next: outer }: Fork.Building = building
    cursor = around
    building = outer
    turn.path = cursor.path
    turn.site = fork.site
    next = settle(turn, cursor, fork)
  }
}

/** A fork that was entered: it waits, or goes on where it is decided already. */
const settle = (turn: Turn, cursor: Cursor, entered: ReturnType<typeof Fork.built>): Move => {
  const then = Fork.decide(entered, undefined)
  if (then === undefined) return entered
  const fork = Fork.decided(turn, entered, then)
  if (fork.live > 0) return fork
  cursor.undos = Fork.left(turn, fork, then, cursor.undos)
  return then
}
