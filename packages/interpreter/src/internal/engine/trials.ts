/**
 * Instances that were there each time when process after process died. One of them may have killed those processes, and all the others were only
 * there. So before one is given up it is run apart from the others: then what becomes of its process says which one it is.
 *
 * Such a trial is over with the first thing that is put on record, or once nothing of the instance runs here. The others wait no longer
 * than for the length of a trial: a step may take hours, or stand in line for as long.
 */
import type * as Clock from "effect/Clock"
import type { Instance as Row } from "../../Journal.ts"

/** How often one is run apart before it is given up: the last time with no other of them. */
const TRIALS = 3

/**
 * So many times as long as others the last trial of an instance lasts. What kills the process after that, while its step still runs, is held
 * against it.
 */
export const LAST = 4

export interface Setting {
  readonly clock: Clock.Clock
  /** How many take-overs an instance may have with nothing put on record. */
  readonly limit: number
  /** How long a trial lasts at the most, in milliseconds. */
  readonly length: number
}

export class Trials {
  readonly #setting: Setting
  /** When each is over at the latest, by a clock that never jumps, in milliseconds; nothing before it has begun. */
  readonly #under = new Map<string, number | undefined>()
  /** How many there may be at once. Most have done nothing: each that comes through makes room for one more. */
  #width = 1
  /** The one that is given up if this process dies. */
  #last: string | undefined

  constructor(setting: Setting) {
    this.#setting = setting
  }

  /** How many are under trial. */
  get size(): number {
    return this.#under.size
  }

  /** Whether an instance that was claimed may be run here now. */
  admits({ id, takeovers }: Pick<Row, "id" | "takeovers">): boolean {
    // One that is claimed anew was lost here.
    this.left(id)
    const { limit } = this.#setting
    if (takeovers < 1 || takeovers <= limit - TRIALS || takeovers > limit) return true
    const isLast = takeovers + 1 > limit
    if (this.#last !== undefined || this.#under.size >= (isLast ? 1 : this.#width)) return false
    this.#under.set(id, undefined)
    if (isLast) this.#last = id
    return true
  }

  /** It runs from now on. */
  began(id: string): void {
    const { length } = this.#setting
    if (this.#under.has(id)) this.#under.set(id, this.#now() + length * (id === this.#last ? LAST : 1))
  }

  /** It has killed nobody: something of it is on record, or it has run for long enough. */
  passed(id: string): void {
    if (this.left(id)) this.#width++
  }

  /** Nothing of the instance runs here. Answers whether it was under trial. */
  left(id: string): boolean {
    if (this.#last === id) this.#last = undefined
    return this.#under.delete(id)
  }

  /** Lets those pass that have run for long enough. */
  sweep(): void {
    const now = this.#now()
    for (const [id, until = Infinity] of this.#under) if (until <= now) this.passed(id)
  }

  #now(): number {
    return Number(this.#setting.clock.currentTimeNanosUnsafe() / 1_000_000n)
  }
}
