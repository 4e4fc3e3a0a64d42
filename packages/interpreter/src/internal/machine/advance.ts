/**
 * From a point in a workflow to where it next waits. This is all the meaning that nodes have: it runs the user's pure
 * functions, performs nothing, and needs no call stack, so neither length nor nesting is a limit.
 */
import { Codec, Failure, Node, Product } from "@waymark/core"
import { stateOf, visible } from "./compose.ts"
import * as Path from "./path.ts"
import * as Site from "./site.ts"
import {
  armed as makeArmed,
  hasEnded,
  isHandler,
  thread as makeThread,
  type Armed,
  type ForkLeaf,
  type Frame,
  type Leaf,
  type Thread
} from "./thread.ts"
import * as Trie from "./trie.ts"

/** What a run of `advance` knows and counts besides the thread it moves. */
export interface Turn {
  /** The instant of the event that caused it: timers start from it. */
  readonly at: number
  /** May the counters be changed in place? */
  readonly owner: object | undefined
  /** Completions by the counters of sites. */
  trail: Trie.Trie<number>
  /** Where it is, for the error should a user's function throw. */
  path: string
  site: Site.Site
}

/** A thread on its way: where it is and what is still to come. */
export interface Cursor {
  readonly path: string
  ordinal: number
  stack: Frame | undefined
  armed: Armed | undefined
}

/** What happens next to a cursor. */
export type Move =
  | { readonly _tag: "Enter"; readonly site: Site.Site; readonly state: unknown }
  /** What it came from ended in a state. */
  | { readonly _tag: "Give"; readonly state: unknown }
  /** What it came from ended in a typed failure. */
  | { readonly _tag: "Raise"; readonly state: unknown; readonly error: unknown }
  | { readonly _tag: "Fork"; readonly site: Site.Site; readonly node: ForkLeaf["node"]; readonly state: unknown }
  | { readonly _tag: "Rest"; readonly leaf: Leaf }

/** A fork whose branches are being entered. */
interface Building {
  readonly cursor: Cursor
  readonly site: Site.Site
  readonly node: ForkLeaf["node"]
  readonly input: unknown
  readonly ordinal: number
  readonly starts: Readonly<Record<string, unknown>>
  readonly threads: Array<Thread>
  readonly next: Building | undefined
}

/** Completions are counted in the low part of a counter, failures in steps of this. */
export const FAILURE = 2 ** 32

const count = (turn: Turn, site: Site.Site, by: number): void => {
  turn.trail = Trie.set(turn.trail, site.counter, (Trie.get(turn.trail, site.counter) ?? 0) + by, turn.owner)
}

/** Counts the completion of a step. */
export const completed = (turn: Turn, site: Site.Site): void => count(turn, site, 1)
/** Counts a typed failure of a step. */
export const failed = (turn: Turn, site: Site.Site): void => count(turn, site, FAILURE)

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

const triggerLeaf = (site: Site.Site, state: unknown, at: number): Armed["leaf"] => {
  const { node } = site
  if (node._tag === "Await") return { _tag: "Timer", site, node, state, due: node.due(state, at), recorded: false }
  if (node._tag === "HandleSignal") return { _tag: "Signal", site, node, state }
  throw new TypeError(`an interruption cannot start with a ${node._tag}`)
}

/** Enters a site: the meaning of each node. */
const enter = (turn: Turn, cursor: Cursor, site: Site.Site, state: unknown): Move => {
  const { node } = site
  turn.site = site
  switch (node._tag) {
    case "Pure": {
      const next = node.f(state)
      completed(turn, site)
      return { _tag: "Give", state: next }
    }
    case "Fail": {
      const error = node.f(state)
      failed(turn, site)
      return { _tag: "Raise", state, error }
    }
    case "RunIO":
      return {
        _tag: "Rest",
        leaf: { _tag: "RunIO", site, node, state, attempt: 0, notBefore: turn.at, lastError: undefined }
      }
    case "HandleSignal":
      return { _tag: "Rest", leaf: { _tag: "Signal", site, node, state } }
    case "Await":
      return {
        _tag: "Rest",
        leaf: { _tag: "Timer", site, node, state, due: node.due(state, turn.at), recorded: false }
      }
    case "FlatMap": {
      const inner = Site.dynamic(site, Node.of(node.f(state) as never))
      completed(turn, site)
      return { _tag: "Enter", site: inner, state }
    }
    case "AndThen":
      cursor.stack = { site, position: 1, next: cursor.stack }
      return { _tag: "Enter", site: Site.part(site, 0), state }
    case "AnswerQuery":
    case "Catch":
    case "Loop":
      cursor.stack = { site, position: 0, next: cursor.stack }
      return { _tag: "Enter", site: Site.part(site, 0), state }
    case "InterruptWith": {
      const trigger = triggerLeaf(Site.trigger(site), state, turn.at)
      cursor.stack = { site, position: 0, next: cursor.stack }
      cursor.armed = makeArmed(trigger, cursor.stack, cursor.ordinal, -1, cursor.armed)
      return { _tag: "Enter", site: Site.part(site, 0), state }
    }
    case "Match": {
      const tag = Codec.tagOf(state)
      const position = tag === undefined ? undefined : site.keys.get(tag)
      if (position === undefined) {
        throw new Error(
          `match "${node.name}" has no case for ${tag === undefined ? "a state without _tag" : `"${tag}"`}`
        )
      }
      return { _tag: "Enter", site: Site.part(site, position), state }
    }
    case "Branch": {
      const taken = node.cases.findIndex(({ when }) => when(state))
      return { _tag: "Enter", site: Site.part(site, taken === -1 ? node.cases.length : taken), state }
    }
    case "Parallel":
      return { _tag: "Fork", site, node, state }
  }
}

const pop = (cursor: Cursor, frame: Frame): void => {
  cursor.stack = frame.next
  // An interruption lives exactly as long as the frame of its body.
  if (frame.site.node._tag === "InterruptWith") cursor.armed = cursor.armed?.next
}

/** Gives a state to the innermost frame. */
const resume = (turn: Turn, cursor: Cursor, frame: Frame, state: unknown): Move => {
  const { position, site } = frame
  const { node } = site
  if (node._tag === "AndThen") {
    // The last item needs no frame to come back to: so a workflow that computes its own rest does not pile them up.
    cursor.stack = position + 1 < site.nodes.length ? { site, position: position + 1, next: frame.next } : frame.next
    return { _tag: "Enter", site: Site.part(site, position), state }
  }
  if (node._tag === "Loop") {
    turn.site = site
    if (node.again(state)) return { _tag: "Enter", site: Site.part(site, 0), state }
  }
  pop(cursor, frame)
  return { _tag: "Give", state }
}

const handles = (frame: Frame, error: unknown): boolean => {
  const { node } = frame.site
  if (node._tag !== "Catch" || isHandler(frame)) return false
  const tag = Codec.tagOf(error)
  return node.tags === undefined || (tag !== undefined && node.tags.includes(tag))
}

/** Takes a failure to the innermost handler. */
const unwind = (cursor: Cursor, frame: Frame, state: unknown, error: unknown): Move => {
  pop(cursor, frame)
  if (!handles(frame, error)) return { _tag: "Raise", state: isHandler(frame) ? visible(state) : state, error }
  const { next, site } = frame
  // Handlers that end together need one mark: so a handler that computes its own rest does not pile them up.
  if (next === undefined || !isHandler(next)) cursor.stack = { site, position: 1, next }
  return { _tag: "Enter", site: Site.part(site, 1), state: Failure.make(state, error) }
}

const enterBranch = (building: Building): { readonly cursor: Cursor; readonly move: Move } => {
  const position = building.threads.length
  const { key } = building.node.branches[position] as { readonly key: string }
  return {
    cursor: {
      path: Path.branch(building.cursor.path, building.ordinal, key),
      ordinal: 0,
      stack: undefined,
      armed: undefined
    },
    move: { _tag: "Enter", site: Site.part(building.site, position), state: building.starts[key] }
  }
}

/** How a fork goes on once no branch keeps it waiting; `undefined` where one does. The lowest failure wins. */
export const settle = (fork: ForkLeaf): Move | undefined => {
  const outs: Record<string, unknown> = {}
  for (const [index, { leaf }] of Trie.entries(fork.threads)) {
    if (leaf._tag === "Failed") return { _tag: "Raise", state: stateOf(fork), error: leaf.error }
    if (leaf._tag === "Done") outs[(fork.node.branches[index] as { readonly key: string }).key] = leaf.state
  }
  if (fork.live > 0) return undefined
  const record = Product.make(outs)
  return { _tag: "Give", state: fork.node.join === undefined ? record : fork.node.join(record, fork.input) }
}

/** Moves a cursor until its thread waits or ends. */
export const advance = (turn: Turn, start: Cursor, first: Move): Thread => {
  let cursor = start
  let move = first
  let building: Building | undefined
  for (;;) {
    turn.path = cursor.path
    switch (move._tag) {
      case "Enter":
        move = enter(turn, cursor, move.site, move.state)
        continue
      case "Give":
        move =
          cursor.stack === undefined
            ? { _tag: "Rest", leaf: { _tag: "Done", state: move.state } }
            : resume(turn, cursor, cursor.stack, move.state)
        continue
      case "Raise":
        move =
          cursor.stack === undefined
            ? { _tag: "Rest", leaf: { _tag: "Failed", state: move.state, error: move.error } }
            : unwind(cursor, cursor.stack, move.state, move.error)
        continue
      case "Fork": {
        const { node, site, state } = move
        const starts = node.fork(state)
        // A fork takes an ordinal as it is entered, so the branches of one round share no path with those of the next.
        building = { cursor, site, node, input: state, ordinal: cursor.ordinal++, starts, threads: [], next: building }
        break
      }
      case "Rest": {
        const thread = makeThread(cursor.path, cursor.ordinal, move.leaf, cursor.stack, arm(cursor.armed))
        if (building === undefined) return thread
        building.threads.push(thread)
      }
    }
    // A fork is being entered: its next branch, or all of them are in and it is put together.
    if (building.threads.length < building.node.branches.length) {
      ;({ cursor, move } = enterBranch(building))
      continue
    }
    const { input, node, ordinal, site, threads }: Building = building
    const live = threads.reduce((n, { leaf }) => (hasEnded(leaf) ? n : n + 1), 0)
    const fork: ForkLeaf = { _tag: "Fork", site, node, input, ordinal, threads: Trie.from(threads), live }
    cursor = building.cursor
    building = building.next
    turn.path = cursor.path
    turn.site = site
    move = settle(fork) ?? { _tag: "Rest", leaf: fork }
  }
}
