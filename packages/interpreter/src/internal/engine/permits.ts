/** How many effects run at once: in this process, and of one step. What has no place waits in line, and holds up nothing else. */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"

/** How many effects may run at once. */
export interface Concurrency {
  /** How many effects run at once in all. */
  readonly concurrency: number
  /** How many of a step, by its name. */
  readonly steps: Readonly<Record<string, { readonly concurrency: number }>>
}

export type Permits = <A, E, R>(step: string, effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** `assured` ends once this process may begin anything at all. */
export const make = ({ concurrency, steps }: Concurrency, assured: Effect.Effect<void>): Permits => {
  const all = concurrency === Infinity ? undefined : Semaphore.makeUnsafe(concurrency)
  const byStep = new Map(
    Object.entries(steps).map(([name, { concurrency }]) => [name, Semaphore.makeUnsafe(concurrency)])
  )
  return (step, effect) => {
    const begun = Effect.andThen(assured, effect)
    const within = all === undefined ? begun : all.withPermit(begun)
    // The step's own first: who waits for that one must not hold a place that others could use.
    const own = byStep.get(step)
    return own === undefined ? within : own.withPermit(within)
  }
}
