/** A typed failure computed from the state. Nothing is journaled. */
import * as Given from "../internal/given.ts"
import { make } from "../internal/node.ts"
import type { WIO } from "../WIO.ts"

/** A typed failure. */
export interface Fail {
  readonly _tag: "Fail"
  readonly name: string | undefined
  readonly f: (state: unknown) => unknown
}

/**
 * Ends with a business failure. The state it was in is kept: a `catch` around it sees both.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * export const tooMuch = WIO.fail((state: { readonly amount: number }) => ({ _tag: "TooMuch", limit: 100, ...state }) as const)
 * ```
 */
export const fail = <In, E>(f: (state: In) => E, options?: { readonly name?: string }): WIO<In, never, E, never, In> =>
  make<Fail>({ _tag: "Fail", name: Given.optionalName("WIO.fail", options?.name), f: f as never }) as never
