/** JSON values as all data of a state machine are, and what all of this package asks of them. */
import type * as Schema from "effect/Schema"

export type Json = Schema.Json

export interface JsonObject {
  readonly [key: string]: Json
}

export const isArray = (value: Json | undefined): value is ReadonlyArray<Json> => Array.isArray(value)

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The field of an object's own; `undefined` where there is none. */
export const field = (value: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(value, key) ? value[key] : undefined

/** An object from its fields. No key, `__proto__` neither, reaches a prototype. */
export const object = (fields: Iterable<readonly [string, Json]>): JsonObject => Object.fromEntries(fields)

/** Whether two values are the same JSON; the order of fields says nothing. */
export const equal = (left: Json, right: Json): boolean => {
  if (isArray(left)) {
    return isArray(right) && left.length === right.length && left.every((value, index) => equal(value, right[index]!))
  }
  if (isObject(left)) {
    const keys = Object.keys(left)
    return (
      isObject(right) &&
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && equal(left[key]!, right[key]!))
    )
  }
  return left === right
}

/** What kind of value it is, in words. */
export const kind = (value: Json): string =>
  value === null ? "null" : isArray(value) ? "an array" : isObject(value) ? "an object" : `a ${typeof value}`

/** A value in a message, cut where it is long. */
export const show = (value: Json): string => {
  const text = JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
