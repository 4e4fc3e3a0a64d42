/**
 * A thread of a run: a generator that rests at a leaf or at a fork and is resumed when an event has changed something there. All
 * that a thread is in the middle of stands on the generator's own stack.
 */
import type { Node } from "@waymark/core"
import type { Event } from "@waymark/interpreter"
import type { Cut } from "./ends.ts"
import type { Here } from "./here.ts"
import type { Leaf } from "./leaf.ts"
import type { Run } from "./run.ts"
import type { Signal, Timer } from "./steps.ts"
import type { Undo } from "./work.ts"

/** Where a thread rests. */
export type Resting = { readonly _tag: "Leaf"; readonly leaf: Leaf; readonly here: Here } | Fork

export type ForkNode = Node.Parallel | Node.Race | Node.ForEach

export interface Fork {
  readonly _tag: "Fork"
  readonly here: Here
  /** The ordinal that the thread had when it entered the fork. */
  readonly ordinal: number
  readonly branches: ReadonlyArray<Thread>
  /** What the thread is given up by, once its branches have ended. */
  cut: Cut | undefined
}

/** What a node does: it rests wherever it has to wait, and ends in the state that it gives. */
export type Walk = Generator<Resting, unknown, Event.Event>

export type Meaning<N> = (node: N, state: unknown, here: Here) => Walk

/** How a thread has ended. */
export type End =
  | { readonly _tag: "Done"; readonly state: unknown }
  | { readonly _tag: "Failed"; readonly state: unknown; readonly error: unknown }
  | { readonly _tag: "Cut"; readonly state: unknown }
  | { readonly _tag: "Continue"; readonly state: unknown; readonly input: unknown }

/** The life of a thread, from its first node to its end. */
export type Life = (thread: Thread) => Generator<Resting, End, Event.Event>

/** What may interrupt a part of the thread. */
export interface Armed {
  readonly leaf: Signal | Timer
  /** Inside of the interruption. */
  readonly here: Here
  /** The ordinal that the thread had when it entered the part. */
  readonly ordinal: number
  /** Its number among those that were entered at this ordinal; none before the thread has rested. */
  number: number | undefined
}

export class Thread {
  readonly run: Run
  readonly path: string
  /** Its key in the fork that it is a branch of. */
  readonly key: string
  /** What it runs, and what that starts from. */
  readonly body: Node.Node
  readonly start: unknown
  /** Where the fork stands that it is a branch of. */
  readonly above: Here | undefined

  /** How many steps and forks it has passed. */
  ordinal = 0
  /** What it has completed and may have to undo, the oldest first. */
  readonly undos: Array<Undo> = []
  /** What may interrupt parts of it, the inmost first. */
  armed: Array<Armed> = []
  /** That it was given up, where something has to come to its end first. */
  cuts: Array<Cut> = []
  resting: Resting | undefined
  end: End | undefined
  readonly #walk: Generator<Resting, End, Event.Event>

  constructor(fields: Pick<Thread, "run" | "path" | "key" | "body" | "start" | "above">, life: Life) {
    this.run = fields.run
    this.path = fields.path
    this.key = fields.key
    this.body = fields.body
    this.start = fields.start
    this.above = fields.above
    this.#walk = life(this)
  }

  /** Has it begun, and not ended? */
  get isLive(): boolean {
    return this.resting !== undefined
  }

  begin(): void {
    this.#rests(this.#walk.next())
  }

  /** An event for the leaf that it rests at. */
  resume(event: Event.Event): void {
    this.#rests(this.#walk.next(event))
  }

  /** Something has changed in the branches that it rests at. */
  look(): void {
    this.#rests(this.#walk.next(undefined as never))
  }

  /** It is given up where it rests. What it waited at counts as passed, so nothing that comes after shares its identity. */
  leave(cut: Cut): void {
    this.ordinal++
    this.#rests(this.#walk.throw(cut))
  }

  #rests({ done, value }: IteratorResult<Resting, End>): void {
    this.resting = done === true ? undefined : value
    this.end = done === true ? value : undefined
    // What stands at a choice is not numbered yet: the road taken may begin with interruptions at this ordinal.
    if (!isAtChoice(this.resting)) number(this.armed)
  }
}

const isAtChoice = (resting: Resting | undefined): boolean =>
  resting?._tag === "Fork"
    ? resting.branches.some((branch) => isAtChoice(branch.resting))
    : resting?.leaf.kind === "Version"

/** Numbers what was armed since the thread last rested, from the inside out: so wrapping what is there renames nothing. */
const number = (armed: ReadonlyArray<Armed>): void => {
  const fresh = armed.filter((one) => one.number === undefined)
  for (const one of fresh) {
    one.number = fresh.filter((other) => other.number !== undefined && other.ordinal === one.ordinal).length
  }
}
