/** A choice by the state's `_tag`, all roads known. */
import * as Given from "../internal/given.ts"
import { make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type * as WIO from "../WIO.ts"

/** A choice by tag. */
export interface Match {
  readonly _tag: "Match"
  readonly name: string
  readonly cases: Readonly<Record<string, Node>>
}

interface Tagged<Tag> {
  readonly _tag: Tag
}

/** The states a case takes: those that its workflow starts from and that carry its tag, or may. */
type CaseIn<Tag, In> = In extends Tagged<Tag> ? In : In & Tagged<Tag>

/** What the compiler shows where a case stands under a tag that its workflow does not start from. */
interface NoSuchState<Tag> {
  readonly "this workflow does not start from a state with _tag": Tag
}

/**
 * Chooses by the `_tag` of the state. Every tag the state can have needs a case, which the compiler checks where the
 * choice is put after another step. Nothing is journaled: replay chooses again.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * interface Paid { readonly _tag: "Paid"; readonly amount: number }
 * interface Refused { readonly _tag: "Refused"; readonly reason: string }
 *
 * export const outcome = WIO.match("outcome", {
 *   Paid: WIO.pure((paid: Paid) => `paid ${paid.amount}`),
 *   Refused: WIO.pure((refused: Refused) => refused.reason)
 * })
 * ```
 */
export const match = <const Cases extends Readonly<Record<string, WIO.Any>>>(
  name: string,
  cases: Cases & {
    readonly [Tag in keyof Cases]: [CaseIn<Tag, WIO.In<Cases[Tag]>>] extends [never] ? NoSuchState<Tag> : unknown
  }
): WIO.WIO<
  { [Tag in keyof Cases]: CaseIn<Tag, WIO.In<Cases[Tag]>> }[keyof Cases],
  WIO.Out<Cases[keyof Cases]>,
  WIO.Error<Cases[keyof Cases]>,
  WIO.Services<Cases[keyof Cases]>,
  WIO.State<Cases[keyof Cases]>
> =>
  make<Match>({
    _tag: "Match",
    name: Given.name("WIO.match", name),
    // Without a prototype, so that a state tagged "constructor" finds no case that nobody gave.
    cases: Object.freeze(
      Object.assign(Object.create(null), Object.fromEntries(Given.entries(`WIO.match(${name})`, cases)))
    ) as never
  }) as never
