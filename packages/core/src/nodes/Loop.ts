/** Repetition. */
import * as Given from "../internal/given.ts"
import { make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type { WIO } from "../WIO.ts"

/** A repeated node. */
export interface Loop {
  readonly _tag: "Loop"
  readonly name: string
  readonly body: Node
  readonly again: (state: unknown) => boolean
}

/**
 * Runs the body, and again for as long as `while` holds for the state it ended in. The body runs at least once.
 *
 * However many rounds there are, memory stays the same. Where `while` is a type guard, the loop ends in what it leaves.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * export const countdown = WIO.loop("countdown", WIO.await<number>("a second", { for: "1 second" }).pipe(WIO.map((n) => n - 1)), {
 *   while: (n) => n > 0
 * })
 * ```
 */
export const loop: {
  <In, Out, E, R, State, Again extends Out & In>(
    name: string,
    body: WIO<In, Out, E, R, State>,
    options: { readonly while: (state: Out) => state is Again }
  ): WIO<In, Exclude<Out, Again>, E, R, State>
  <In, Out extends In, E, R, State>(
    name: string,
    body: WIO<In, Out, E, R, State>,
    options: { readonly while: (state: Out) => boolean }
  ): WIO<In, Out, E, R, State>
} = (name: string, body: unknown, options: { readonly while: (state: never) => boolean }) =>
  make<Loop>({
    _tag: "Loop",
    name: Given.name("WIO.loop", name),
    body: body as never,
    again: options.while as never
  }) as never
