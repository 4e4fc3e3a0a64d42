/** The states that are seen from outside. */
import { Failure, Product } from "@waymark/core"
import type { Resting, Thread } from "./thread.ts"

/** A handler starts from a `Failure`; outside of it, that is the state that was reached. */
export const visible = (state: unknown): unknown => (Failure.is(state) ? visible(state.state) : state)

/** What a thread rests in, as the part sees it that is at a depth of it. */
export const seenAt = (resting: Resting, depth: number): unknown =>
  resting.here.around
    .slice(depth)
    .reduceRight((state, { show }) => (show === undefined ? state : show(state)), restingState(resting))

export const restingState = (resting: Resting): unknown =>
  resting._tag === "Fork" ? recordOf(resting.branches) : resting.leaf.state

/** The record of what branches rest in. An item that waits for its turn rests in itself. */
export const recordOf = (branches: ReadonlyArray<Thread>): Product.Product<Readonly<Record<string, unknown>>> =>
  Product.make(Object.fromEntries(branches.map((branch) => [branch.key, shown(branch)])))

/** What a thread rests in, or has ended in. */
export const shown = ({ end, resting, start }: Thread): unknown => {
  if (end !== undefined) return visible(end.state)
  return visible(resting === undefined ? start : seenAt(resting, 0))
}
