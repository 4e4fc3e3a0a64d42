/** Several workflows at once: the product of their states. */
import { make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type { Product } from "../Product.ts"
import type * as WIO from "../WIO.ts"

export interface Parallel {
  readonly _tag: "Parallel"
  /** The branches in the order of declaration. */
  readonly branches: ReadonlyArray<{ readonly key: string; readonly body: Node }>
  readonly fork: (state: unknown) => Readonly<Record<string, unknown>>
  readonly join: ((outs: unknown, state: unknown) => unknown) | undefined
}

type Branches = Readonly<Record<string, WIO.Any>>

/** The record of what the branches start from. */
export type Ins<B extends Branches> = { readonly [K in keyof B]: WIO.In<B[K]> }
/** The record of what the branches end in. */
export type Outs<B extends Branches> = Product<{ readonly [K in keyof B]: WIO.Out<B[K]> }>
/** The record of where the branches rest. */
export type States<B extends Branches> = Product<{ readonly [K in keyof B]: WIO.State<B[K]> }>

/**
 * Runs branches side by side. The state in between is the record of the branches' states, so a query sees them move.
 *
 * `fork` says what each branch starts from (left out, the state before is that record already); `join` makes one state
 * of what they end in (left out, it is the record). The first typed failure interrupts the other branches.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * const wait = WIO.await<number>("wait", { for: "1 hour" })
 *
 * export const both = WIO.parallel(
 *   { left: wait, right: wait },
 *   { fork: (n: number) => ({ left: n, right: n + 1 }), join: ({ left, right }) => left + right }
 * )
 * ```
 */
export const parallel: {
  <const B extends Branches>(
    branches: B
  ): WIO.WIO<Ins<B>, Outs<B>, WIO.Error<B[keyof B]>, WIO.Services<B[keyof B]>, States<B>>
  <const B extends Branches, In = Ins<B>, Out = never>(
    branches: B,
    options: {
      readonly fork: (state: In) => NoInfer<Ins<B>>
      readonly join: (outs: NoInfer<Outs<B>>, state: In) => Out
    }
  ): WIO.WIO<In, Out, WIO.Error<B[keyof B]>, WIO.Services<B[keyof B]>, In | States<B> | Out>
  <const B extends Branches, In = Ins<B>>(
    branches: B,
    options: { readonly fork: (state: In) => NoInfer<Ins<B>>; readonly join?: undefined }
  ): WIO.WIO<In, Outs<B>, WIO.Error<B[keyof B]>, WIO.Services<B[keyof B]>, In | States<B>>
  <const B extends Branches, Out = never>(
    branches: B,
    options: { readonly fork?: undefined; readonly join: (outs: NoInfer<Outs<B>>, state: NoInfer<Ins<B>>) => Out }
  ): WIO.WIO<Ins<B>, Out, WIO.Error<B[keyof B]>, WIO.Services<B[keyof B]>, States<B> | Out>
} = (
  branches: Branches,
  options: { readonly fork?: (state: never) => unknown; readonly join?: (outs: never, state: never) => unknown } = {}
) =>
  make<Parallel>({
    _tag: "Parallel",
    branches: Object.freeze(
      Object.entries(branches).map(([key, body]) => Object.freeze({ key, body: body as never }))
    ),
    fork: (options.fork ?? ((state: unknown) => state)) as never,
    join: options.join as never
  }) as never
