/** How many effects run at once: in this process, and of one step. What has no place waits in line, and holds up nothing else. */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Lease } from "./lease.ts"

/** How many effects may run at once. */
export interface Concurrency {
  /** How many effects run at once in all. */
  readonly concurrency: number
  /** How many of a step, by its name. */
  readonly steps: Readonly<Record<string, { readonly concurrency: number }>>
}

export interface Permits {
  /** Whether the effect of a step may begin at once, whatever runs. */
  readonly isFree: (step: string) => boolean
  /** Runs the effect of a step once it may begin. */
  readonly within: <A, E, R>(step: string, effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** `assurance` says whether this process may begin anything at all. */
export const make = ({ concurrency, steps }: Concurrency, assurance: Pick<Lease, "assured" | "holds">): Permits => {
  const all = concurrency === Infinity ? undefined : Semaphore.makeUnsafe(concurrency)
  const byStep = new Map(
    Object.entries(steps).map(([name, { concurrency }]) => [name, Semaphore.makeUnsafe(concurrency)])
  )
  return {
    isFree: (step) => all === undefined && !byStep.has(step) && assurance.holds,
    within: (step, effect) => {
      const begun = Effect.andThen(assurance.assured, effect)
      const within = all === undefined ? begun : all.withPermit(begun)
      // The step's own first: who waits for that one must not hold a place that others could use.
      const own = byStep.get(step)
      return own === undefined ? within : own.withPermit(within)
    }
  }
}
