/** The ways a walk ends early: what is thrown through the nodes, from the inside outwards. */
import type { OpenChild, Work } from "./work.ts"

/** A typed failure. `state` is the one that was reached, as the part sees it that the failure has come to. */
export class Raised extends Error {
  state: unknown
  readonly error: unknown
  constructor(state: unknown, error: unknown) {
    super("raised")
    this.state = state
    this.error = error
  }
}

/** The run continues as new. */
export class Continued extends Error {
  readonly state: unknown
  readonly input: unknown
  constructor(state: unknown, input: unknown) {
    super("continued")
    this.state = state
    this.input = input
  }
}

/**
 * The thread is given up, down to a depth: 0 for all of it, else where the body of an interruption begins. On its way out it
 * collects what is to be done before the thread goes on.
 */
export class Cut extends Error {
  readonly depth: number
  /** Whether all that the thread has to undo is undone; else that is left to the thread around it. */
  readonly undoes: boolean
  /** What an interruption goes on with. */
  readonly then: unknown
  state: unknown
  /** The child that it was waiting for, where that is to be closed. */
  child: OpenChild | undefined
  readonly work: Array<Work> = []
  constructor(depth: number, undoes: boolean, then?: unknown) {
    super("cut")
    this.depth = depth
    this.undoes = undoes
    this.then = then
  }
}

/** The event does not fit. */
export class Misfit extends Error {
  override readonly name = "Misfit"
}

export const refuse = (why: string): never => {
  throw new Misfit(why)
}
