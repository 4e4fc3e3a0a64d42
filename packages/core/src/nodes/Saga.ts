/** A scope whose completed steps are undone when it does not come to a good end. */
import { make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type { WIO } from "../WIO.ts"

/** A scope of compensations. */
export interface Saga {
  readonly _tag: "Saga"
  readonly body: Node
}

/**
 * A scope of compensations: when the body fails or is cancelled, what `WIO.compensateWith` says is run for each of its
 * completed steps, in the reverse order of their completion, across parallel branches too. Then the failure goes on.
 *
 * Once the outermost saga has succeeded, its steps are done for good. Without a saga the whole workflow is the scope.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * const reserve = WIO.pure((n: number) => n + 1).pipe(WIO.compensateWith(WIO.pure((n: number) => n - 1)))
 * const pay = WIO.fail((n: number) => ({ _tag: "Refused", n }) as const)
 *
 * export const booking = reserve.pipe(WIO.andThen(pay), WIO.saga)
 * ```
 */
export const saga = <In, Out, E, R, State>(body: WIO<In, Out, E, R, State>): WIO<In, Out, E, R, State> =>
  make<Saga>({ _tag: "Saga", body: body as never }) as never
