/** States on their way into the journal, and back. */
import { Product, type Codec } from "@waymark/core"
import * as Result from "effect/Result"
import type { Schema } from "effect"
import { visible } from "./compose.ts"

/**
 * A state as JSON whose products are taken apart, however deep: the workflow's schema describes what their branches rest in. `look` is
 * what is seen of a state, `write` encodes what is no product; `key` is the branch that it stands in.
 */
const apart = (
  given: unknown,
  look: (state: unknown) => unknown,
  write: (state: unknown, key: string | undefined) => Schema.Json
): Schema.Json => {
  const open: Array<{ readonly product: object; readonly record: Record<string, Schema.Json> }> = []
  const encode = (part: unknown, key: string | undefined): Schema.Json => {
    const state = look(part)
    if (!Product.is(state)) return write(state, key)
    // Its keys are its own from the start, "__proto__" too: to set that on a record without it would set something else.
    const record = Object.fromEntries(Object.keys(state).map((name): [string, Schema.Json] => [name, null]))
    open.push({ product: state, record })
    return record
  }
  const whole = encode(given, undefined)
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    for (const [key, part] of Object.entries(top.product)) top.record[key] = encode(part, key)
  }
  return whole
}

/** Encodes a state. */
export const encodeState = (
  codec: Codec.Codec<unknown>,
  state: unknown
): Result.Result<Schema.Json, { readonly message: string }> => {
  let flaw: { readonly message: string } | undefined
  const whole = apart(
    state,
    (part) => part,
    (part, key) => {
      const encoded = codec.encode(part)
      if (Result.isSuccess(encoded)) return encoded.success
      flaw ??= key === undefined ? encoded.failure : { message: `branch "${key}": ${encoded.failure.message}` }
      return null
    }
  )
  return flaw === undefined ? Result.succeed(whole) : Result.fail(flaw)
}

/** Encodes a state as far as it can be shown: what no schema describes is nothing rather than hiding the rest. */
export const encodeShown = (codec: Codec.Codec<unknown>, state: unknown): Schema.Json =>
  apart(state, visible, (part) => Result.getOrElse(codec.encode(part), () => null))

/**
 * Decodes a state that was encoded by `encodeState`. What the schema does not know is the record of a parallel's branches, which are
 * decoded one by one.
 */
export const decodeState = (
  codec: Codec.Codec<unknown>,
  json: unknown
): Result.Result<unknown, { readonly message: string }> => {
  const decoded = codec.decode(json)
  if (Result.isSuccess(decoded) || typeof json !== "object" || json === null || Array.isArray(json)) return decoded
  const parts: Array<readonly [string, unknown]> = []
  for (const [key, part] of Object.entries(json)) {
    const state = decodeState(codec, part)
    // The record is none of branches, so what was wrong with the whole says more.
    if (Result.isFailure(state)) return decoded
    parts.push([key, state.success])
  }
  return Result.succeed(Product.make(Object.fromEntries(parts)))
}
