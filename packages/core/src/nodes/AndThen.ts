/** Static sequence. */
import { make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type { WIO } from "../WIO.ts"

/** One node after another, as they were nested: `Node.items` gives a whole sequence. */
export interface AndThen {
  readonly _tag: "AndThen"
  readonly first: Node
  readonly second: Node
}

/**
 * Runs one workflow after the other. Where the first ends in a state that the second cannot start from, the program
 * does not compile.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * const double = WIO.pure((n: number) => n * 2)
 * export const show = double.pipe(WIO.andThen(WIO.pure((n: number) => `${n}`)))
 * ```
 */
export const andThen: {
  <Mid, Out2, E2, R2, S2>(
    that: WIO<Mid, Out2, E2, R2, S2>
  ): <In, E, R, S>(self: WIO<In, Mid, E, R, S>) => WIO<In, Out2, E | E2, R | R2, S | S2>
  <In, Mid, E, R, S, Out2, E2, R2, S2>(
    self: WIO<In, Mid, E, R, S>,
    that: WIO<Mid, Out2, E2, R2, S2>
  ): WIO<In, Out2, E | E2, R | R2, S | S2>
} = ((...args: [never, never] | [never]) =>
  args.length === 2
    ? make<AndThen>({ _tag: "AndThen", first: args[0], second: args[1] })
    : (self: never) => make<AndThen>({ _tag: "AndThen", first: self, second: args[0] })) as never
