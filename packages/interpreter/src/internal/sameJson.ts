/** Whether two values of JSON are equal. `Equal.equals` would hash both, and keep the hashes. */
import type { Schema } from "effect"

const isObject = (value: Schema.Json): value is Schema.JsonObject | Schema.JsonArray =>
  typeof value === "object" && value !== null

/** Whether two values are equal, in whatever order objects have their keys. No deeper than codecs let through, so it may call itself. */
export const sameJson = (a: Schema.Json, b: Schema.Json): boolean => {
  if (a === b) return true
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [a as Schema.JsonObject, b as Schema.JsonObject]
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key] as Schema.Json, right[key] as Schema.Json))
  )
}
