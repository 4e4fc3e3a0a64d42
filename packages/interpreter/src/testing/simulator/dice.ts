/** The one source of chance of a simulation: the same seed throws the same numbers, on every machine. */
import type * as Random from "effect/Random"

/** A seeded source of chance. It is Effect's `Random` service too, so that what engines ask of that comes from the seed. */
export class Dice implements Pick<(typeof Random)["Random"]["Service"], "nextDoubleUnsafe" | "nextIntUnsafe"> {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** A number from 0 to 1. */
  nextDoubleUnsafe(): number {
    // A counter whose bits are mixed: neighbouring seeds give numbers that have nothing to do with each other.
    this.#state = (this.#state + 0x9e3779b9) | 0
    let bits = this.#state
    bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad)
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97)
    return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32
  }

  /** Any whole number. */
  nextIntUnsafe(): number {
    return Math.floor((this.nextDoubleUnsafe() - 0.5) * 2 * Number.MAX_SAFE_INTEGER)
  }

  /** A whole number from 0 to before `below`. */
  below(below: number): number {
    return Math.floor(this.nextDoubleUnsafe() * below)
  }

  /** Whether something happens that does so once in so many times. */
  onceIn(times: number): boolean {
    return this.below(times) === 0
  }

  /** One of several. */
  of<A>(items: ReadonlyArray<A>): A | undefined {
    return items[this.below(items.length)]
  }
}
