/** A change of state without an effect. Nothing is journaled: on replay it is computed again. */
import * as Given from "../internal/given.ts"
import { make } from "../internal/node.ts"
import type { WIO } from "../WIO.ts"
import { andThen } from "./AndThen.ts"

/** A change of state without an effect. */
export interface Pure {
  readonly _tag: "Pure"
  readonly name: string | undefined
  readonly f: (state: unknown) => unknown
}

/**
 * A change of state without an effect.
 *
 * Use it for anything that can be computed again: it must give the same answer each time, since a replay runs it anew.
 * A `name` shows in pictures.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * export const double = WIO.pure((n: number) => n * 2, { name: "double" })
 * ```
 */
export const pure = <In, Out>(f: (state: In) => Out, options?: { readonly name?: string }): WIO<In, Out> =>
  make<Pure>({ _tag: "Pure", name: Given.optionalName("WIO.pure", options?.name), f: f as never }) as never

/**
 * Changes the state that a workflow ends in: `andThen` with a `pure`.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * export const show = WIO.pure((n: number) => n * 2).pipe(WIO.map((n) => `${n}`))
 * ```
 */
export const map =
  <Out, Out2>(f: (state: Out) => Out2, options?: { readonly name?: string }) =>
  <In, E, R, State>(self: WIO<In, Out, E, R, State>): WIO<In, Out2, E, R, State | Out2> =>
    andThen(pure(f, options))(self)
