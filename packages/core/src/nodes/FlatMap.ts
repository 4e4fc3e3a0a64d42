/** A sequence whose next part is computed from the state, so nobody knows it before. */
import { dual } from "effect/Function"
import { make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type * as WIO from "../WIO.ts"
import { andThen } from "./AndThen.ts"

/** A part that is computed from the state. */
export interface FlatMap {
  readonly _tag: "FlatMap"
  readonly f: (state: unknown) => Node
}

/**
 * Computes the next workflow from the state; it starts in that same state.
 *
 * Prefer `match` or `branch` where the roads are known: those can be drawn. `f` runs anew on replay, so it must give
 * the same workflow for the same state.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * const wait = (minutes: number) => WIO.await<number>("wait", { for: { minutes } })
 * export const body = WIO.pure((n: number) => n * 2).pipe(WIO.flatMap((n) => wait(n)))
 * ```
 */
export const flatMap: {
  <Out, W extends WIO.Any>(
    f: (state: Out) => W & Accepts<Out, W>
  ): <In, E, R, State>(
    self: WIO.WIO<In, Out, E, R, State>
  ) => WIO.WIO<In, WIO.Out<W>, E | WIO.Error<W>, R | WIO.Services<W>, State | WIO.State<W>>
  <In, Out, E, R, State, W extends WIO.Any>(
    self: WIO.WIO<In, Out, E, R, State>,
    f: (state: NoInfer<Out>) => W & Accepts<NoInfer<Out>, W>
  ): WIO.WIO<In, WIO.Out<W>, E | WIO.Error<W>, R | WIO.Services<W>, State | WIO.State<W>>
} = dual(2, (self: never, f: never) => andThen(self, make<FlatMap>({ _tag: "FlatMap", f }) as never)) as never

/** Demands that the computed workflow starts from the state it is computed from. */
type Accepts<Out, W> = [Out] extends [WIO.In<W>] ? unknown : WIO.WIO<Out, unknown, unknown, unknown, unknown>
