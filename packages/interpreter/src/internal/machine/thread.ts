/**
 * The position of an execution: a tree of threads. A thread is the leaf it waits at and a linked stack of what is still
 * to come, so a step costs the same however the workflow was composed. Everything here is an immutable value.
 */
import type { Node } from "@waymark/core"
import type { Site } from "./site.ts"
import type { Trie } from "./trie.ts"

/** A step with an effect. `attempt` failed attempts are on record; the next one starts at `notBefore`. */
export interface RunIOLeaf {
  readonly _tag: "RunIO"
  readonly site: Site
  readonly node: Node.RunIO
  readonly state: unknown
  readonly attempt: number
  /** `Infinity` where the attempts are used up: then the step is stuck. */
  readonly notBefore: number
  /** What the last attempt failed with. */
  readonly lastError: string | undefined
}

export interface SignalLeaf {
  readonly _tag: "Signal"
  readonly site: Site
  readonly node: Node.HandleSignal
  readonly state: unknown
}

/** A timer. `due` is computed when it starts and `recorded` once its `due` event, which decides, is folded in. */
export interface TimerLeaf {
  readonly _tag: "Timer"
  readonly site: Site
  readonly node: Node.Await
  readonly state: unknown
  readonly due: number
  readonly recorded: boolean
}

/** Branches side by side. */
export interface ForkLeaf {
  readonly _tag: "Fork"
  readonly site: Site
  readonly node: Node.Parallel
  /** What the fork was entered with: `join` sees it again. */
  readonly input: unknown
  /** The fork's own ordinal in its thread. */
  readonly ordinal: number
  readonly threads: Trie<Thread>
  /** How many branches have not ended. */
  readonly live: number
}

export interface DoneLeaf {
  readonly _tag: "Done"
  readonly state: unknown
}

export interface FailedLeaf {
  readonly _tag: "Failed"
  readonly state: unknown
  readonly error: unknown
}

export type StepLeaf = RunIOLeaf | SignalLeaf | TimerLeaf
export type Leaf = StepLeaf | ForkLeaf | DoneLeaf | FailedLeaf

/** What is still to come, innermost first. `position` is the next item of a sequence; of a `Catch`, 1 is its handler. */
export interface Frame {
  readonly site: Site
  readonly position: number
  readonly next: Frame | undefined
}

/** Is it the end of a handler? Inside of it a state may be the handler's `Failure`; outside nobody sees that. */
export const isHandler = ({ position, site }: Frame): boolean => position === 1 && site.node._tag === "Catch"

/** An interruption that may cut its thread short, innermost first. */
export interface Armed {
  /** The trigger as the leaf that it is in a thread of its own. */
  readonly leaf: SignalLeaf | TimerLeaf
  /** The frame of the `InterruptWith`; what comes after it is below. */
  readonly frame: Frame
  /** The ordinal that the body's thread had when the interruption was entered. */
  readonly ordinal: number
  /** Counts the interruptions entered at one ordinal from the inside out, so that wrapping live code renames nothing; `-1` until armed. */
  readonly index: number
  readonly next: Armed | undefined
  readonly due: number
  readonly mask: number
}

export interface Thread {
  readonly path: string
  /** The ordinal of the next step: how many steps and forks this thread has passed. */
  readonly ordinal: number
  readonly leaf: Leaf
  readonly stack: Frame | undefined
  readonly armed: Armed | undefined
  /** The nearest instant at which something is to happen in it or below it. */
  readonly due: number
  /** What is to be found in it or below it: signals waited for, effects to run, timers that are not on record yet. */
  readonly mask: number
}

/** The bits of a mask above those of the signals: what else is to be found below. */
export const UNRECORDED = 1 << 30
export const RUNNABLE = 1 << 29
export const STUCK = 1 << 28

/** The bit of a signal's name. Names may share a bit: a mask only rules out. */
export const signalBit = (name: string): number => {
  let hash = 0
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0
  return 1 << ((hash >>> 0) % 28)
}

const leafDue = (leaf: Leaf): number => {
  switch (leaf._tag) {
    case "Timer":
      return leaf.due
    case "RunIO":
      // The first attempt starts at once: only a wait between attempts is something to wake up for.
      return leaf.attempt === 0 ? Infinity : leaf.notBefore
    case "Fork":
      return leaf.threads.root.due
    case "Signal":
    case "Done":
    case "Failed":
      return Infinity
  }
}

const leafMask = (leaf: Leaf): number => {
  switch (leaf._tag) {
    case "Timer":
      return leaf.recorded ? 0 : UNRECORDED
    case "Signal":
      return signalBit(leaf.node.name)
    case "Fork":
      return leaf.threads.root.mask
    case "RunIO":
      return leaf.notBefore === Infinity ? STUCK : RUNNABLE
    case "Done":
    case "Failed":
      return 0
  }
}

export const armed = (
  leaf: SignalLeaf | TimerLeaf,
  frame: Frame,
  ordinal: number,
  index: number,
  next: Armed | undefined
): Armed => ({
  leaf,
  frame,
  ordinal,
  index,
  next,
  due: Math.min(leafDue(leaf), next === undefined ? Infinity : next.due),
  mask: leafMask(leaf) | (next === undefined ? 0 : next.mask)
})

export const thread = (
  path: string,
  ordinal: number,
  leaf: Leaf,
  stack: Frame | undefined,
  armed: Armed | undefined
): Thread => {
  const due = leafDue(leaf)
  return armed === undefined
    ? { path, ordinal, leaf, stack, armed, due, mask: leafMask(leaf) }
    : { path, ordinal, leaf, stack, armed, due: Math.min(due, armed.due), mask: leafMask(leaf) | armed.mask }
}

export const hasEnded = (leaf: Leaf): leaf is DoneLeaf | FailedLeaf => leaf._tag === "Done" || leaf._tag === "Failed"
