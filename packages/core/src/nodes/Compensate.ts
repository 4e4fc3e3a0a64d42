/** A part with what undoes it. */
import { dual } from "effect/Function"
import { make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type { WIO } from "../WIO.ts"

/** A part with what undoes it. */
export interface Compensate {
  readonly _tag: "Compensate"
  readonly body: Node
  /** Starts from the state that the body ended in; the state that it ends in is dropped. */
  readonly undo: Node
}

/**
 * Says how a part is undone once it has completed. `undo` starts from the state that the part ended in. It must not
 * fail: a fault in it is tried again by its retry policy, and leaves the instance stuck where that gives up.
 *
 * A step (`runIO`, `signalTo`) with a compensation is not interrupted: what became of it is recorded first, then it is
 * undone. That goes for one between two attempts, too, and for one that was given up: nobody knows what its attempts have
 * done, so a cancellation waits until they are through, or until an operator decides. A part of several steps is undone
 * once all of it has completed: where they are to be undone one by one, give each step its own compensation. An `undo` that
 * looks at no state is written as the handler in the second example of `onCancel` is, since `(_: unknown)` would make the state of the whole
 * unknown.
 *
 * @see {@link saga} for the scope
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO } from "@waymark/core"
 *
 * const step = (name: string) =>
 *   WIO.runIO(name, { event: Schema.String, run: (_: string) => Effect.succeed(name), apply: (_, done) => done })
 *
 * export const reserve = step("reserve").pipe(WIO.compensateWith(step("release")))
 * ```
 */
export const compensateWith: {
  <In2, Out2, R2, S2>(
    undo: WIO<In2, Out2, never, R2, S2>
  ): <In, Out extends In2, E, R, State>(self: WIO<In, Out, E, R, State>) => WIO<In, Out, E, R | R2, State | S2>
  <In, Out extends In2, E, R, State, In2, Out2, R2, S2>(
    self: WIO<In, Out, E, R, State>,
    undo: WIO<In2, Out2, never, R2, S2>
  ): WIO<In, Out, E, R | R2, State | S2>
} = dual(2, (self: never, undo: never) => make<Compensate>({ _tag: "Compensate", body: self, undo })) as never
