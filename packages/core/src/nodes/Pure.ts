/** A change of state without an effect. Nothing is journaled: on replay it is computed again. */
import { dual } from "effect/Function"
import * as Given from "../internal/given.ts"
import { isWIO, make } from "../internal/node.ts"
import type { WIO } from "../WIO.ts"
import { andThen } from "./AndThen.ts"

/** A change of state without an effect. */
export interface Pure {
  readonly _tag: "Pure"
  readonly name: string | undefined
  readonly f: (state: unknown, info: Info) => unknown
  /** Whether `f` asks for the `info`. */
  readonly informed: boolean
}

/** What pure code may know of the execution it is part of: the same on every replay. */
export interface Info {
  readonly instance: string
  /** Which run of the instance it is, from 0. */
  readonly run: number
  /** When the run was started, in milliseconds since the epoch, by the journal's clock. */
  readonly startedAt: number
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
  make<Pure>({
    _tag: "Pure",
    name: Given.optionalName("WIO.pure", options?.name),
    f: f as never,
    informed: false
  }) as never

/**
 * A change of state that may know which instance and run it is in, and when that was started.
 *
 * For a step's own identity and attempt there is `Step.info`, for the present time `WIO.now`.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * export const label = WIO.info((order: { readonly amount: number }, { instance }) => ({ ...order, label: `order ${instance}` }))
 * ```
 */
export const info = <In, Out>(f: (state: In, info: Info) => Out, options?: { readonly name?: string }): WIO<In, Out> =>
  make<Pure>({
    _tag: "Pure",
    name: Given.optionalName("WIO.info", options?.name),
    f: f as never,
    informed: true
  }) as never

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
export const map: {
  <Out, Out2>(
    f: (state: Out) => Out2,
    options?: { readonly name?: string }
  ): <In, E, R, State>(self: WIO<In, Out, E, R, State>) => WIO<In, Out2, E, R, State | Out2>
  <In, Out, E, R, State, Out2>(
    self: WIO<In, Out, E, R, State>,
    f: (state: NoInfer<Out>) => Out2,
    options?: { readonly name?: string }
  ): WIO<In, Out2, E, R, State | Out2>
} = dual(
  (args) => isWIO(args[0]),
  (self: never, f: (state: unknown) => unknown, options?: { readonly name?: string }) => andThen(self, pure(f, options))
)
