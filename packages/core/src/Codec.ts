/** The two directions of a schema as JSON, compiled on first use: what a step uses to write and read its events. */
import * as Predicate from "effect/Predicate"
import type * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** A schema whose codec needs no services: what every event, error, payload and state is described by. */
export type AnySchema = Schema.Constraint & { readonly DecodingServices: never; readonly EncodingServices: never }

/** Encodes to JSON and decodes from it. Compiling is left until a value is seen, so building a workflow stays cheap. */
export interface Codec<out A> {
  readonly schema: AnySchema
  readonly encode: (value: unknown) => Result.Result<Schema.Json, Schema.SchemaError>
  readonly decode: (json: unknown) => Result.Result<A, Schema.SchemaError>
}

const cache = new WeakMap<object, Codec<unknown>>()

/** The JSON codec of a schema; the same schema gives the same codec. */
export const make = <S extends AnySchema>(schema: S): Codec<S["Type"]> => {
  const known = cache.get(schema)
  if (known !== undefined) return known
  let compiled: Schema.toCodecJson<S> | undefined
  let encode: Codec<S["Type"]>["encode"] | undefined
  let decode: Codec<S["Type"]>["decode"] | undefined
  const codec: Codec<S["Type"]> = Object.freeze({
    schema,
    encode: (value: unknown) => (encode ??= Schema.encodeUnknownResult((compiled ??= Schema.toCodecJson(schema))))(value),
    decode: (json: unknown) => (decode ??= Schema.decodeUnknownResult((compiled ??= Schema.toCodecJson(schema))))(json)
  })
  cache.set(schema, codec)
  return codec
}

/** The `_tag` of a value, where it has one. */
export const tagOf = (value: unknown): string | undefined =>
  Predicate.hasProperty(value, "_tag") && typeof value._tag === "string" ? value._tag : undefined
