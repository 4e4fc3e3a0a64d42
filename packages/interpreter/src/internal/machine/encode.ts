/** States on their way into the journal. */
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
