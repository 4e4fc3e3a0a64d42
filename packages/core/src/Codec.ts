/** The two directions of a schema as JSON, compiled on first use: what a step uses to write and read its events. */
import * as Cause from "effect/Cause"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as Json from "./internal/json.ts"
import { copyOf, OTHER, type Copy } from "./internal/plain.ts"

/** A schema whose codec needs no services: what every event, error, payload and state is described by. */
export type AnySchema = Schema.Constraint & { readonly DecodingServices: never; readonly EncodingServices: never }

/** Encodes to JSON and decodes from it. Compiling is left until a value is seen, so building a workflow stays cheap. */
export interface Codec<out A> {
  readonly schema: AnySchema
  readonly encode: (value: unknown) => Result.Result<Schema.Json, Schema.SchemaError>
  readonly decode: (json: unknown) => Result.Result<A, Schema.SchemaError>
}

const cache = new WeakMap<object, Codec<unknown>>()

/** What a schema throws (a check with a bug, an asynchronous transformation) is a failure like any other. */
const threw = (direction: string, value: unknown, thrown: unknown) => {
  // A parser says that something was thrown, and keeps what it was.
  const cause = thrown instanceof Error && Cause.isCause(thrown.cause) ? Cause.squash(thrown.cause) : thrown
  const message = `the schema threw while ${direction}: ${cause instanceof Error ? cause.message : String(cause)}`
  return Result.fail(new Schema.SchemaError(new SchemaIssue.InvalidValue({ message }, value)))
}

/**
 * What was encoded, if it is JSON to the letter. A schema such as `Schema.Any` lets a Date through, which would be a Date
 * until the first restart and a string after it.
 */
const exactly = (encoded: Schema.Json, value: unknown): Result.Result<Schema.Json, Schema.SchemaError> => {
  if (Json.isPlain(encoded)) return Result.succeed(encoded)
  const message = Json.flaw(encoded)
  if (message !== undefined) {
    return Result.fail(new Schema.SchemaError(new SchemaIssue.InvalidValue({ message }, value)))
  }
  return Result.succeed(Json.hasMinusZero(encoded) ? (JSON.parse(JSON.stringify(encoded)) as Schema.Json) : encoded)
}

/**
 * The JSON codec of a schema; the same schema gives the same codec. What does not fit is a `Result`, nothing throws.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Codec } from "@waymark/core"
 *
 * const day = Codec.make(Schema.Date)
 * export const encoded = day.encode(new Date(0)) // Success: "1970-01-01T00:00:00.000Z"
 * export const refused = day.decode("soon") // Failure
 * ```
 */
export const make = <S extends AnySchema>(schema: S): Codec<S["Type"]> => {
  const known = cache.get(schema)
  if (known !== undefined) return known
  // From a program that was not compiled.
  if (!Predicate.hasProperty(schema, "ast")) {
    throw new TypeError(
      `${String(schema)} is no schema: where an event, a state or a payload is described, give one of Schema`
    )
  }
  let compiled: Schema.toCodecJson<S> | undefined
  let encode: Codec<S["Type"]>["encode"] | undefined
  let decode: Codec<S["Type"]>["decode"] | undefined
  const json = () => (compiled ??= Schema.toCodecJson(schema))
  let copy: Copy | undefined
  /** The value taken over, where that is all that there is to do. */
  const copied: Copy = (value) => (copy ??= copyOf(schema.ast) ?? (() => OTHER))(value)
  const codec: Codec<S["Type"]> = Object.freeze<Codec<S["Type"]>>({
    schema,
    encode: (value: unknown) => {
      try {
        const same = copied(value)
        if (same !== OTHER) return Result.succeed(same as Schema.Json)
        const encoded = (encode ??= Schema.encodeUnknownResult(json()))(value)
        return Result.isSuccess(encoded) ? exactly(encoded.success, value) : encoded
      } catch (cause) {
        return threw("encoding", value, cause)
      }
    },
    decode: (value: unknown) => {
      try {
        const same = copied(value)
        if (same !== OTHER) return Result.succeed(same)
        return (decode ??= Schema.decodeUnknownResult(json()))(value)
      } catch (cause) {
        return threw("decoding", value, cause)
      }
    }
  })
  cache.set(schema, codec)
  return codec
}

/**
 * The `_tag` of a value, where it has one that is a string.
 *
 * @example
 * ```ts
 * import { Codec } from "@waymark/core"
 *
 * export const tag = Codec.tagOf({ _tag: "Held", amount: 3 }) // "Held"
 * ```
 */
export const tagOf = (value: unknown): string | undefined =>
  Predicate.hasProperty(value, "_tag") && typeof value._tag === "string" ? value._tag : undefined
