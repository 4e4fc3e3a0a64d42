/**
 * What stands between the JSON that schemas encode to and what a store keeps: a place to compress or to encrypt. Users write
 * one and provide it where they make an engine; the engine puts it before its journal, whatever the store.
 *
 * Through it go the payloads and patches of events (the input, what steps came to, errors, the end), the payloads of signals, their
 * outcomes, and notes. Names, ids, keys, instants and search attributes do not: a store has to find things by them.
 *
 * What it makes is kept as `{ "~codec": key, "data": base64 }`, which is JSON too. So what was stored before there was a codec is
 * told from that and still read, and a value of just this shape is not to be stored without one.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** A value as a codec has made it. */
export interface EncodedPayload {
  /** What the codec has to know to read it back: how it was made, and with which key. It is stored as it is. */
  readonly key: string
  readonly data: Uint8Array
}

/**
 * What a value is, and whose. It is the same when the value is read back, so an encryption can be bound to it: what somebody
 * moved to another place in the database is then not read.
 */
export interface PayloadPlace {
  readonly instance: string
  /** Such as `event 0.3`, `patch 0.3` (run and sequence number), `signal s-1`, `outcome s-1` or `note snapshot`. */
  readonly item: string
}

/** A codec could not do its work. */
export class PayloadCodecError extends Schema.TaggedError<PayloadCodecError>()("PayloadCodecError", {
  reason: Schema.String,
  /** Whether trying again may help, as when keys come over a network. The engine then waits, as it does for its journal. */
  retryable: Schema.Boolean,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `${this.reason}${this.retryable ? " (may be tried again)" : ""}`
  }
}

/**
 * Turns the JSON text of payloads into bytes, and back; without one they are kept as they are, at no cost. Use it where a database must not show what
 * workflows hold, or where payloads are large and compress well.
 *
 * @example
 * ```ts
 * import { gunzipSync, gzipSync } from "node:zlib"
 * import { Effect, Layer } from "effect"
 * import { Engine, Journal, PayloadCodec, PayloadCodecError } from "@waymark/interpreter"
 *
 * const compressed = Layer.succeed(PayloadCodec, {
 *   encode: (text) => Effect.sync(() => ({ key: "gzip", data: gzipSync(text) })),
 *   decode: ({ data, key }) =>
 *     key === "gzip"
 *       ? Effect.sync(() => gunzipSync(data).toString())
 *       : Effect.fail(new PayloadCodecError({ reason: `"${key}" is not known here`, retryable: false }))
 * })
 *
 * export const layer = Engine.layer({ workflows: [] }).pipe(Layer.provide([Journal.layerMemory, compressed]))
 * ```
 */
export interface PayloadCodec {
  readonly encode: (text: string, place: PayloadPlace) => Effect.Effect<EncodedPayload, PayloadCodecError>
  /** Reads what any codec before this one has made, too: `key` says which. */
  readonly decode: (encoded: EncodedPayload, place: PayloadPlace) => Effect.Effect<string, PayloadCodecError>
}

/** The codec of an engine's payloads, which it is given as a service; none by default. */
export const PayloadCodec: Context.Reference<PayloadCodec | undefined> = Context.Reference(
  "@waymark/interpreter/PayloadCodec",
  { defaultValue: (): PayloadCodec | undefined => undefined }
)
