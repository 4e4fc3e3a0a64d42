/** A place that replay can begin from. */
import type { AnySchema } from "../Codec.ts"
import * as Codec from "../Codec.ts"
import * as Given from "../internal/given.ts"
import { make } from "../internal/node.ts"
import type { WIO } from "../WIO.ts"

/** A place that replay can begin from. */
export interface Checkpoint {
  readonly _tag: "Checkpoint"
  readonly name: string
  readonly state: Codec.Codec<unknown>
}

/**
 * Puts the state on record. Recovery begins at the last checkpoint, so what came before it may be changed or removed
 * while instances run: those that had passed it never look at it again. The state passes through unchanged.
 *
 * It stands in the main thread, where nothing else is live: not in a branch, a saga, an `interruptWith`, an `embed`, an
 * `uncancellable` part, a `gen` or a `flatMap`. Each has a name of its own.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO } from "@waymark/core"
 *
 * const prepare = WIO.await<number>("an hour", { for: "1 hour" })
 *
 * export const body = prepare.pipe(WIO.andThen(WIO.checkpoint("prepared", { state: Schema.Number })))
 * ```
 */
export const checkpoint = <S extends AnySchema>(
  name: string,
  options: { readonly state: S }
): WIO<S["Type"], S["Type"]> =>
  make<Checkpoint>({
    _tag: "Checkpoint",
    name: Given.name("WIO.checkpoint", name),
    state: Codec.make(options.state)
  }) as never
