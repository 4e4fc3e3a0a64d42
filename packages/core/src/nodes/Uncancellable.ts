/** A part that is not given up half way. */
import { make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type { WIO } from "../WIO.ts"

/** A part that is not given up half way. */
export interface Uncancellable {
  readonly _tag: "Uncancellable"
  readonly body: Node
}

/**
 * A part that goes on to its end although it was cancelled, lost a race or was interrupted; what cut it short takes
 * effect after it.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * const first = WIO.await<number>("first", { for: "1 minute" })
 * const second = WIO.await<number>("second", { for: "1 minute" })
 *
 * export const bothOrNone = first.pipe(WIO.andThen(second), WIO.uncancellable)
 * ```
 */
export const uncancellable = <In, Out, E, R, State>(body: WIO<In, Out, E, R, State>): WIO<In, Out, E, R, State> =>
  make<Uncancellable>({ _tag: "Uncancellable", body: body as never }) as never
