/**
 * The position of an execution: a tree of threads. A thread is the leaf it waits at and a linked stack of what is still
 * to come, so a step costs the same however the workflow was composed. Everything here is an immutable value.
 */
import type { Node } from "@waymark/core"
import type { Generated } from "./generated.ts"
import type { Keys } from "./keys.ts"
import type { Site } from "./site.ts"
import { nearer, type Measured, type Trie } from "./trie.ts"

/** What is attempted, and tried again where it fails for no reason of the business. */
export interface Attempts {
  /** How many failed attempts are on record; the next one starts at `notBefore`. */
  readonly attempt: number
  /** `Infinity` where the attempts are used up: then the step is stuck. */
  readonly notBefore: number
  /** What the last attempt failed with. */
  readonly lastError: string | undefined
  readonly openedAt: number
}

/** A step with an effect. */
export interface RunIOLeaf extends Attempts {
  readonly _tag: "RunIO"
  readonly site: Site
  readonly node: Node.RunIO
  readonly state: unknown
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

/** A child workflow to start or, once it is, to wait for. */
export interface ChildLeaf extends Attempts {
  readonly _tag: "Child"
  readonly site: Site
  readonly node: Node.Child
  readonly state: unknown
  readonly id: string
  readonly started: boolean
}

/** A message to another instance. */
export interface SendLeaf extends Attempts {
  readonly _tag: "Send"
  readonly site: Site
  readonly node: Node.SignalTo
  readonly state: unknown
  readonly to: string
}

/** A child that was started, and is to be closed when its parent ends. */
export interface OpenChild {
  readonly id: string
  readonly workflow: string
  readonly policy: Exclude<Node.Child["onParentClose"], "abandon">
}

/** The request to a child that it end. */
export interface CloseLeaf extends Attempts {
  readonly _tag: "Close"
  readonly site: Site
  readonly node: { readonly _tag: "Close"; readonly name: string }
  readonly state: unknown
  readonly child: OpenChild
}

/** A choice between before and after a change, until it is on record. */
export interface VersionLeaf {
  readonly _tag: "Version"
  readonly site: Site
  readonly node: Node.Version
  readonly state: unknown
}

/** A state that is to be put on record. */
export interface CheckpointLeaf {
  readonly _tag: "Checkpoint"
  readonly site: Site
  readonly node: Node.Checkpoint
  readonly state: unknown
}

/** The end of this run: what the next one is started with. */
export interface ContinueLeaf {
  readonly _tag: "Continue"
  readonly state: unknown
  readonly input: unknown
}

/** Branches side by side. */
export interface ForkLeaf {
  readonly _tag: "Fork"
  readonly site: Site
  readonly node: Node.Parallel | Node.Race | Node.ForEach
  /** What the fork was entered with: `join` sees it again. */
  readonly input: unknown
  /** The fork's own ordinal in its thread. */
  readonly ordinal: number
  readonly keys: Keys
  /** Of a `forEach`, what each item starts from: those without a thread yet wait for a place. */
  readonly starts: ReadonlyArray<unknown> | undefined
  /** The branches that were entered. */
  threads: Trie<Thread>
  /** How many branches have not ended, those that wait for a place included. */
  live: number
  /** The record of the branches' states, once somebody has asked. */
  record: unknown
  /** How it goes on, once it is decided and only waits for branches that were given up. */
  readonly closing: Then | undefined
}

/** Where a typed failure came from, so that it can be written down: a step has a schema, a `fail` computes it again. */
export interface Origin {
  readonly site: Site
  readonly state: unknown
}

export interface DoneLeaf {
  readonly _tag: "Done"
  readonly state: unknown
}

export interface FailedLeaf {
  readonly _tag: "Failed"
  readonly state: unknown
  readonly error: unknown
  readonly origin: Origin
}

/** Given up: a branch that lost, or an execution that was cancelled or terminated. */
export interface CutLeaf {
  readonly _tag: "Cut"
  readonly state: unknown
}

/** What has attempts. */
export type AttemptedLeaf = RunIOLeaf | ChildLeaf | SendLeaf | CloseLeaf
/** What waits for something from outside. */
export type StepLeaf = AttemptedLeaf | SignalLeaf | TimerLeaf
/** What only waits for its own record. */
export type OwedLeaf = VersionLeaf | CheckpointLeaf
export type EndLeaf = DoneLeaf | FailedLeaf | CutLeaf
export type Leaf = StepLeaf | OwedLeaf | ContinueLeaf | ForkLeaf | EndLeaf

/** What a part has come to: the thread goes on with it, or ends in it where nothing is left to come. */
export type Then = EndLeaf | ContinueLeaf

/** A completed step that can be undone: the `Compensate`, the state after it, and when it was completed among all of them. */
export interface Undo {
  readonly site: Site
  readonly state: unknown
  readonly order: number
  readonly next: Undo | undefined
}

/** What is to be done before a thread goes on: a part to run, or a child to close. */
export type Job =
  | { readonly _tag: "Run"; readonly site: Site; readonly state: unknown; readonly next: Job | undefined }
  | { readonly _tag: "Close"; readonly child: OpenChild; readonly state: unknown; readonly next: Job | undefined }

/** What the frame of a node remembers. */
export type Memory =
  /** Of a scope: from which order on completed steps are its own, and whether a saga is around it. */
  | { readonly _tag: "Scope"; readonly order: number; readonly nested: boolean }
  /** Of an `embed`: the state around it. */
  | { readonly _tag: "Outer"; readonly state: unknown }
  | Generated
  /** Of whatever has jobs to do before it goes on. */
  | { readonly _tag: "Unwinding"; readonly jobs: Job | undefined; readonly then: Then }

/** What is still to come, innermost first. `position` is the next item of a sequence; of a `Catch`, 1 is its handler, of a `Compensate` what undoes it. */
export interface Frame {
  readonly site: Site
  readonly position: number
  readonly memory: Memory | undefined
  readonly next: Frame | undefined
}

export const frame = (site: Site, position: number, next: Frame | undefined, memory?: Memory): Frame => ({
  site,
  position,
  memory,
  next
})

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
  readonly due: number | undefined
  readonly mask: number
}

/** That a thread is given up, down to a frame. */
export interface Cut {
  /** The frame of the `InterruptWith` whose body is given up; the whole thread where it is `undefined`. */
  readonly target: Frame | undefined
  /** What is still to come then. */
  readonly stack: Frame | undefined
  readonly then: Then
  /** Whether what the thread has to undo is undone here; else it is left to whoever has given it up. */
  readonly undoes: boolean
  /** One that waits as well, and reaches further out. */
  readonly outer: Cut | undefined
}

export interface Thread {
  readonly path: string
  /** The ordinal of the next step: how many steps and forks this thread has passed. */
  readonly ordinal: number
  readonly leaf: Leaf
  readonly stack: Frame | undefined
  readonly armed: Armed | undefined
  /** What it has to undo should it be given up, the latest first. */
  readonly undos: Undo | undefined
  /** Set where it is given up, but something has to come to its end first. */
  readonly cut: Cut | undefined
  /** Whether a saga is around the fork that it is a branch of. */
  readonly nested: boolean
  /** Whoever holds this token may change the thread, and its fork, in place: only recovery does, on what it has made. */
  readonly owner: object | undefined
  /** When the nearest timer fires that is in it or below it. */
  due: number | undefined
  /** When the nearest attempt is due that is in it or below it, and not its step's first: that one starts at once. */
  retry: number | undefined
  /** What is to be found in it or below it: signals waited for, effects to run, what is not on record yet. */
  mask: number
}

const SIGNALS = 26
/** The bits of a mask above those of the signals: what else is to be found below. */
export const VERSION = 1 << 26
export const STUCK = 1 << 27
export const RUNNABLE = 1 << 28
export const UNRECORDED = 1 << 29
/** Something was completed that can be undone. */
const UNDO = 1 << 30
/** There are branches. */
export const FORK = 1 << 31

/** Whether a thread, or one below it, has something to undo. */
export const hasUndos = ({ mask }: Measured): boolean => (mask & UNDO) !== 0

/** The bit of a signal's name. Names may share a bit: a mask only rules out. */
export const signalBit = (name: string): number => {
  let hash = 0
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0
  return 1 << ((hash >>> 0) % SIGNALS)
}

const finite = (instant: number): number | undefined => (instant === Infinity ? undefined : instant)

const leafDue = (leaf: Leaf): number | undefined => {
  switch (leaf._tag) {
    case "Timer":
      return finite(leaf.due)
    case "Fork":
      return leaf.threads.root.due
    case "RunIO":
    case "Child":
    case "Send":
    case "Close":
    case "Signal":
    case "Version":
    case "Checkpoint":
    case "Continue":
    case "Done":
    case "Failed":
    case "Cut":
      return undefined
  }
}

const leafRetry = (leaf: Leaf): number | undefined => {
  switch (leaf._tag) {
    case "RunIO":
    case "Child":
    case "Send":
    case "Close":
      return leaf.attempt === 0 ? undefined : finite(leaf.notBefore)
    case "Fork":
      return leaf.threads.root.retry
    case "Timer":
    case "Signal":
    case "Version":
    case "Checkpoint":
    case "Continue":
    case "Done":
    case "Failed":
    case "Cut":
      return undefined
  }
}

const leafMask = (leaf: Leaf): number => {
  switch (leaf._tag) {
    case "Timer":
      return leaf.recorded ? 0 : UNRECORDED
    case "Signal":
      return signalBit(leaf.node.name)
    case "Fork":
      return leaf.threads.root.mask | FORK
    case "RunIO":
    case "Send":
    case "Close":
      return leaf.notBefore === Infinity ? STUCK : RUNNABLE
    case "Child":
      return leaf.notBefore === Infinity ? STUCK : leaf.started ? 0 : RUNNABLE
    case "Version":
      return VERSION | UNRECORDED
    case "Checkpoint":
      return UNRECORDED
    case "Continue":
    case "Done":
    case "Failed":
    case "Cut":
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
  due: nearer(leafDue(leaf), next?.due),
  mask: leafMask(leaf) | (next === undefined ? 0 : next.mask)
})

/** What a thread is made of; `due`, `retry` and `mask` follow from it. */
export type Parts = Omit<Thread, "due" | "retry" | "mask" | "owner">

/** Measures a thread: one that comes to rest, or whose fork was changed in place. */
export const measure = (thread_: Thread): Thread => {
  const { armed, leaf, undos } = thread_
  const due = leafDue(leaf)
  const mask = undos === undefined ? leafMask(leaf) : leafMask(leaf) | UNDO
  thread_.due = armed === undefined ? due : nearer(due, armed.due)
  thread_.retry = leafRetry(leaf)
  thread_.mask = armed === undefined ? mask : mask | armed.mask
  return thread_
}

export const thread = (
  path: string,
  ordinal: number,
  leaf: Leaf,
  { armed, cut, nested, stack, undos }: Omit<Parts, "path" | "ordinal" | "leaf">,
  owner?: object
): Thread =>
  measure({ path, ordinal, leaf, stack, armed, undos, cut, nested, owner, due: undefined, retry: undefined, mask: 0 })

/** The same thread at another leaf. */
export const at = (thread_: Thread, leaf: Leaf, owner?: object): Thread =>
  thread(thread_.path, thread_.ordinal, leaf, thread_, owner)

export const hasEnded = (leaf: Leaf): leaf is EndLeaf =>
  leaf._tag === "Done" || leaf._tag === "Failed" || leaf._tag === "Cut"

/** Does something from outside end it? */
export const isStep = (leaf: Leaf): leaf is StepLeaf => {
  switch (leaf._tag) {
    case "RunIO":
    case "Signal":
    case "Timer":
    case "Child":
    case "Send":
    case "Close":
      return true
    default:
      return false
  }
}

/** Is it something that is attempted? */
export const isAttempted = (leaf: Leaf): leaf is AttemptedLeaf =>
  leaf._tag === "RunIO" || leaf._tag === "Child" || leaf._tag === "Send" || leaf._tag === "Close"
