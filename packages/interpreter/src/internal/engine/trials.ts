/**
 * Instances that were there each time when process after process died. One of them may have killed those processes, and all the others were only
 * there. So before one is given up it is run apart: then what becomes of its process says which one it is.
 */
import type { Instance as Row } from "../../Journal.ts"

/** How often one is run apart before it is given up: the last time with no other at all. */
const TRIALS = 3

export class Trials {
  readonly #limit: number
  readonly #under = new Set<string>()
  /** How many there may be at once. Most have done nothing: each that comes through makes room for one more. */
  #width = 1
  /** The one that is given up if this process dies. */
  #last: string | undefined

  /** `limit` is how many take-overs an instance may have with nothing put on record. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether an instance that was claimed may be run here now. */
  admits({ id, takeovers }: Pick<Row, "id" | "takeovers">): boolean {
    const isSuspect = takeovers >= Math.max(1, this.#limit - TRIALS + 1) && takeovers <= this.#limit
    if (!isSuspect || this.#under.has(id)) return true
    const isLast = takeovers === this.#limit
    if (this.#last !== undefined || this.#under.size >= (isLast ? 1 : this.#width)) return false
    this.#under.add(id)
    if (isLast) this.#last = id
    return true
  }

  /** Something of the instance is on record: it has killed nobody. */
  passed(id: string): void {
    if (this.#under.has(id)) this.#width++
    this.left(id)
  }

  /** Nothing of the instance runs here. */
  left(id: string): void {
    this.#under.delete(id)
    if (this.#last === id) this.#last = undefined
  }
}
