/** A choice by predicates, all roads known. */
import * as Given from "../internal/given.ts"
import { make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type * as WIO from "../WIO.ts"

/** A choice by predicates. */
export interface Branch {
  readonly _tag: "Branch"
  readonly name: string
  /** Tried in order; the key labels the road. */
  readonly cases: ReadonlyArray<{
    readonly label: string
    readonly when: (state: unknown) => boolean
    readonly then: Node
  }>
  readonly otherwise: Node
}

/** One road of a `branch`: taken when its predicate holds. */
export interface Case<in S, out W> {
  readonly when: (state: S) => boolean
  readonly then: W
}

type AnyCase = Case<never, WIO.Any>
type Then<C> = C extends { readonly then: infer W } ? W : never

/** The state that all the roads accept, as one function parameter after the other: their intersection. */
type Accepted<C> = C extends Case<infer S, infer W> ? ((state: S) => void) | ((state: WIO.In<W>) => void) : never
type Intersect<F> = [F] extends [(state: infer S) => void] ? S : never

/**
 * Chooses the first case whose `when` holds, else `otherwise`. The keys label the roads in pictures. Nothing is
 * journaled: replay chooses again, so a predicate looks at nothing but the state.
 *
 * @throws TypeError where a key is a whole number: JavaScript would not keep its place among the others.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * interface Order { readonly amount: number }
 *
 * export const size = WIO.branch(
 *   "how large?",
 *   { large: { when: (order: Order) => order.amount > 100, then: WIO.pure((_: Order) => "by hand") } },
 *   WIO.pure((_: Order) => "at once")
 * )
 * ```
 */
export const branch = <const Cases extends Readonly<Record<string, AnyCase>>, Otherwise extends WIO.Any>(
  name: string,
  cases: Cases,
  otherwise: Otherwise
): WIO.WIO<
  Intersect<Accepted<Cases[keyof Cases]>> & WIO.In<Otherwise>,
  WIO.Out<Then<Cases[keyof Cases]> | Otherwise>,
  WIO.Error<Then<Cases[keyof Cases]> | Otherwise>,
  WIO.Services<Then<Cases[keyof Cases]> | Otherwise>,
  WIO.State<Then<Cases[keyof Cases]> | Otherwise>
> =>
  make<Branch>({
    _tag: "Branch",
    name: Given.name("WIO.branch", name),
    cases: Object.freeze(
      Given.ordered(`WIO.branch(${name})`, cases).map(([label, { then, when }]) =>
        Object.freeze({ label, when: when as never, then: then as never })
      )
    ),
    otherwise: otherwise as never
  }) as never
