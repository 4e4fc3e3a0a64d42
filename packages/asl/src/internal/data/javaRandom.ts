/**
 * Java's `java.util.Random`. AWS draws seeded random numbers from it, in `$random(seed)` bit for bit, so the same seed has to give the
 * same numbers here. The generator is the linear congruential one of 48 bits that Java's documentation lays down.
 */
const mask = (1n << 48n) - 1n

export interface JavaRandom {
  /** A whole number from 0 to below `bound`. */
  readonly nextInt: (bound: number) => number
  /** A number from 0 to below 1. */
  readonly nextDouble: () => number
}

export const make = (seed: bigint): JavaRandom => {
  let state = (seed ^ 0x5deece66dn) & mask
  const next = (bits: number): number => {
    state = (state * 0x5deece66dn + 0xbn) & mask
    return Number(BigInt.asIntN(32, state >> BigInt(48 - bits)))
  }
  const nextInt = (bound: number): number => {
    if ((bound & -bound) === bound) {
      return Number((BigInt(bound) * BigInt(next(31))) >> 31n)
    }
    for (;;) {
      const bits = next(31)
      const value = bits % bound
      // Draws from the last, incomplete stretch would favour the small numbers.
      if (bits - value + (bound - 1) <= 0x7fffffff) {
        return value
      }
    }
  }
  return { nextInt, nextDouble: () => (next(26) * 2 ** 27 + next(27)) * 2 ** -53 }
}
