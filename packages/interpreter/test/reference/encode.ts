/** States as JSON. A product is the record of its branches' states, each by the workflow's schema. */
import { Product, type Codec } from "@waymark/core"
import * as Result from "effect/Result"
import { decoded } from "./leaf.ts"

export const encodeState = (codec: Codec.Codec<unknown>, state: unknown): unknown =>
  Product.is(state)
    ? Object.fromEntries(Object.entries(state).map(([key, part]) => [key, encodeState(codec, part)]))
    : Result.getOrThrow(codec.encode(state))

/** What the schema does not know is a product. */
export const decodeState = (codec: Codec.Codec<unknown>, json: unknown): unknown => {
  const whole = codec.decode(json)
  if (Result.isSuccess(whole) || typeof json !== "object" || json === null || Array.isArray(json)) return decoded(whole)
  return Product.make(Object.fromEntries(Object.entries(json).map(([key, part]) => [key, decodeState(codec, part)])))
}
