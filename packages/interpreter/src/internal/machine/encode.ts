/** States on their way into the journal, and back. */
import { Product, type Codec } from "@waymark/core"
import * as Result from "effect/Result"
import type { Schema } from "effect"

/** Encodes a state. Products are taken apart: the workflow's schema describes what their branches rest in. */
export const encodeState = (
  codec: Codec.Codec<unknown>,
  state: unknown
): Result.Result<Schema.Json, { readonly message: string }> => {
  if (!Product.is(state)) return codec.encode(state)
  const whole: Record<string, Schema.Json> = {}
  const open: Array<{ readonly product: object; readonly record: Record<string, Schema.Json> }> = [
    { product: state, record: whole }
  ]
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    for (const [key, part] of Object.entries(top.product)) {
      if (Product.is(part)) {
        const record = {}
        top.record[key] = record
        open.push({ product: part, record })
        continue
      }
      const encoded = codec.encode(part)
      if (Result.isFailure(encoded)) return Result.fail({ message: `branch "${key}": ${encoded.failure.message}` })
      top.record[key] = encoded.success
    }
  }
  return Result.succeed(whole)
}

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
  const parts: Record<string, unknown> = {}
  for (const [key, part] of Object.entries(json)) {
    const state = decodeState(codec, part)
    // The record is none of branches, so what was wrong with the whole says more.
    if (Result.isFailure(state)) return decoded
    parts[key] = state.success
  }
  return Result.succeed(Product.make(parts))
}
