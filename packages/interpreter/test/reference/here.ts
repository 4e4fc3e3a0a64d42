/** A place in a thread: what is around it there. Every node is run at a place. */
import type { Node } from "@waymark/core"
import { Raised, type Cut } from "./ends.ts"
import type { Leaf } from "./leaf.ts"
import type { Thread, Walk } from "./thread.ts"
import type { Work } from "./work.ts"

/** What is around a place, where that makes a difference to what happens inside. */
export interface Around {
  readonly tag:
    | Extract<
        Node.Node["_tag"],
        "Compensate" | "Embed" | "FlatMap" | "Gen" | "InterruptWith" | "OnCancel" | "Saga" | "Uncancellable"
      >
    /** The handler of a `Catch`. */
    | "Handler"
    /** What undoes a step, or is done at a cancellation. */
    | "Work"
  /** How a state inside is seen from outside. */
  readonly show: ((state: unknown) => unknown) | undefined
  /** Of work: what is to be done after it. */
  readonly later: ReadonlyArray<Work>
}

export class Here {
  readonly thread: Thread
  /** The outermost first. */
  readonly around: ReadonlyArray<Around>
  constructor(thread: Thread, around: ReadonlyArray<Around>) {
    this.thread = thread
    this.around = around
  }

  get now(): number {
    return this.thread.run.now
  }

  in(tag: Around["tag"], show?: Around["show"], later: Around["later"] = []): Here {
    return new Here(this.thread, [...this.around, { tag, show, later }])
  }

  /** Runs a node from a state to its end. */
  *run(node: Node.Node, state: unknown): Walk {
    this.#mayLeave(state, false)
    let given: unknown
    try {
      given = yield* this.thread.run.meaning(node)(node, state, this)
    } catch (end) {
      if (end instanceof Raised) this.#mayLeave(end.state, false)
      throw end
    }
    this.#mayLeave(given, false)
    return given
  }

  /** Waits at a leaf until that has ended. A step takes an ordinal of the thread. */
  *wait(leaf: Leaf, isStep = true): Walk {
    this.begins(leaf.state)
    for (;;) {
      const event = yield { _tag: "Leaf", leaf, here: this }
      const taken = leaf.take(event, leaf.state)
      if (taken === "waits") continue
      if (isStep) this.thread.ordinal++
      if ("raises" in taken) throw new Raised(leaf.state, taken.raises)
      return taken.gives
    }
  }

  /** Something new begins here: a thread that was given up does not begin it. */
  begins(state: unknown): void {
    this.#mayLeave(state, true)
  }

  /** Whether a cut to a depth has to wait until a part has ended. */
  isMasked(depth: number): boolean {
    return this.around.slice(depth).some(({ tag }) => tag === "Uncancellable" || tag === "Work")
  }

  /** Whether something is under way that can be undone once it has ended. */
  isGuarded(depth: number): boolean {
    return this.around.slice(depth).some(({ tag }) => tag === "Compensate")
  }

  /** Whether a saga is around it, in this thread or in those above. */
  get isInSaga(): boolean {
    return this.around.some(({ tag }) => tag === "Saga") || this.thread.above?.isInSaga === true
  }

  /** The run is about to end here, so nothing has to come to its end any more: a cut that has waited takes effect instead. */
  endsRun(state: unknown): void {
    this.#leave(this.thread.cuts, state)
  }

  /** A cut that has waited takes effect as soon as nothing stands against it. */
  #mayLeave(state: unknown, begins: boolean): void {
    const { cuts } = this.thread
    const due = cuts.filter(({ depth }) => !this.isMasked(depth) && (begins || !this.isGuarded(depth)))
    this.#leave(due, state)
  }

  /** The inmost of several cuts takes effect first; the others wait on. */
  #leave(cuts: ReadonlyArray<Cut>, state: unknown): void {
    const { thread } = this
    const cut = cuts.toSorted((a, b) => b.depth - a.depth)[0]
    if (cut === undefined) return
    thread.cuts = thread.cuts.filter((other) => other !== cut)
    cut.state = state
    throw cut
  }
}
