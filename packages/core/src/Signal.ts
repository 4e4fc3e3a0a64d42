/** A typed message to a running workflow: its payload, its reply and the error it may be refused with. */
import * as Schema from "effect/Schema"
import type { AnySchema } from "./Codec.ts"
import * as Codec from "./Codec.ts"
import * as Given from "./internal/given.ts"

/**
 * The definition of a signal. Several workflows may handle the same one.
 *
 * @see {@link make}
 */
export interface Signal<out Name extends string, out Payload, out Reply = void, out Error = never> {
  readonly _tag: "Signal"
  readonly name: Name
  readonly payload: Codec.Codec<Payload>
  readonly reply: Codec.Codec<unknown>
  readonly error: Codec.Codec<unknown>
  readonly "~types"?: { readonly Reply: (_: never) => Reply; readonly Error: (_: never) => Error }
}

/** Any signal, for constraints. */
export type Any = Signal<string, unknown, unknown, unknown>

/**
 * Defines a signal.
 *
 * `payload` is what the sender gives, `reply` what it is answered with (nothing if left out), and `error` the typed
 * refusals a handler may fail with (none if left out).
 *
 * @throws TypeError where the name is empty, or begins with `waymark/`, which is what an engine's own messages do.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Signal } from "@waymark/core"
 *
 * export const Approve = Signal.make("approve", {
 *   payload: Schema.Struct({ by: Schema.String }),
 *   reply: Schema.String
 * })
 * ```
 */
export const make = <
  const Name extends string,
  Payload extends AnySchema,
  Reply extends AnySchema = typeof Schema.Void,
  Error extends AnySchema = typeof Schema.Never
>(
  name: Name,
  options: { readonly payload: Payload; readonly reply?: Reply; readonly error?: Error }
): Signal<Name, Payload["Type"], Reply["Type"], Error["Type"]> =>
  Object.freeze({
    _tag: "Signal",
    name: Given.unreserved("Signal.make", name) as Name,
    payload: Codec.make(options.payload),
    reply: Codec.make(options.reply ?? Schema.Void),
    error: Codec.make(options.error ?? Schema.Never)
  })
