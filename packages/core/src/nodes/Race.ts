/** Several workflows of which one wins. */
import * as Given from "../internal/given.ts"
import { isWIO, make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type { Product } from "../Product.ts"
import type * as WIO from "../WIO.ts"

/** Contestants side by side. */
export interface Race {
  readonly _tag: "Race"
  /** In the order of declaration, which decides where two are ready at once. */
  readonly branches: ReadonlyArray<{ readonly key: string; readonly body: Node }>
  readonly fork: ((state: unknown) => Readonly<Record<string, unknown>>) | undefined
  /** Whether the first to settle wins, or the first success. */
  readonly wins: "success" | "settled"
}

type Branches = Readonly<Record<string, WIO.Any>>
type Ins<B extends Branches> = { readonly [K in keyof B]: WIO.In<B[K]> }

/** Where the branches of a record rest, and where the race ends. */
type Rests<B extends Branches> =
  | Product<{ readonly [K in keyof B]: WIO.State<B[K]> | WIO.Out<B[K]> }>
  | WIO.Out<B[keyof B]>
/** The same of two. */
type RestsBoth<Out, S, Out2, S2> = Product<{ readonly left: S | Out; readonly right: S2 | Out2 }> | Out | Out2

/** What the compiler shows where no state is one that all branches start from. */
interface StartApart {
  readonly "the branches start from different states": "race a record of them, and say with `fork` what each starts from"
}
type Together<In> = [In] extends [never] ? StartApart : unknown

interface Racing {
  <A, Out2, E2, R2, S2>(
    that: WIO.WIO<A, Out2, E2, R2, S2>
  ): <In, Out, E, R, S>(
    self: WIO.WIO<In, Out, E, R, S> & Together<In & A>
  ) => WIO.WIO<In & A, Out | Out2, E | E2, R | R2, RestsBoth<Out, S, Out2, S2>>
  <In, Out, E, R, S, A, Out2, E2, R2, S2>(
    self: WIO.WIO<In, Out, E, R, S>,
    that: WIO.WIO<A, Out2, E2, R2, S2> & Together<In & A>
  ): WIO.WIO<In & A, Out | Out2, E | E2, R | R2, RestsBoth<Out, S, Out2, S2>>
  <const B extends Branches, In>(
    branches: B,
    options: { readonly fork: (state: In) => NoInfer<Ins<B>> }
  ): WIO.WIO<In, WIO.Out<B[keyof B]>, WIO.Error<B[keyof B]>, WIO.Services<B[keyof B]>, Rests<B>>
  // The last, so that it is this one whose refusal the compiler shows.
  <const B extends Branches>(
    branches: B & Together<WIO.In<B[keyof B]>>
  ): WIO.WIO<WIO.In<B[keyof B]>, WIO.Out<B[keyof B]>, WIO.Error<B[keyof B]>, WIO.Services<B[keyof B]>, Rests<B>>
}

const racing = (wins: Race["wins"]): Racing => {
  const of = (branches: Readonly<Record<string, unknown>>, fork: unknown): Race => {
    const where = wins === "success" ? "WIO.race" : "WIO.raceFirst"
    const entries = Given.ordered(where, branches)
    if (entries.length === 0) throw new TypeError(`${where}: nobody can win a race without branches: give one`)
    return make<Race>({
      _tag: "Race",
      branches: Object.freeze(entries.map(([key, body]) => Object.freeze({ key, body: body as Node }))),
      fork: fork as never,
      wins
    })
  }
  const race = (first: object, second?: unknown): unknown => {
    if (!isWIO(first)) return of(first as never, (second as { readonly fork?: unknown } | undefined)?.fork)
    if (second !== undefined) return of({ left: first, right: second }, undefined)
    return (self: unknown) => of({ left: self, right: first }, undefined)
  }
  return race as Racing
}

/**
 * Runs branches side by side; the first *success* wins, and ends the race in its state. The others are given up: their
 * running effects are interrupted, and what they had to undo is undone before the race goes on. Where all fail, it
 * fails as the first branch did.
 *
 * All branches start from the state before, or from what `fork` gives each. Of two that are ready at once, the one
 * declared first wins. Two workflows race as `left` and `right`.
 *
 * @throws TypeError where there is no branch, or where a key is a whole number: JavaScript would not keep its place.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * const quick = WIO.await<number>("a minute", { for: "1 minute" })
 * const slow = WIO.await<number>("an hour", { for: "1 hour" })
 *
 * export const first = WIO.race({ quick, slow })
 * export const same = quick.pipe(WIO.race(slow))
 * ```
 */
export const race: Racing = racing("success")

/**
 * Runs branches side by side; the first to *settle* wins, with a success or a failure. The others are given up as in
 * `race`.
 *
 * @throws TypeError where there is no branch, or where a key is a whole number.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * const work = WIO.await<number>("an hour of work", { for: "1 hour" })
 * const limit = WIO.await<number>("limit", { for: "1 day" }).pipe(WIO.andThen(WIO.fail((_: number) => "too slow" as const)))
 *
 * export const limited = WIO.raceFirst({ work, limit })
 * ```
 */
export const raceFirst: Racing = racing("settled")
