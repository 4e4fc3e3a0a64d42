/**
 * Whether a value comes back whole. A schema may describe less of a value than there is, or read another value from what it has written; and
 * not every program had its types looked at. So the writer looks, and what would be lost is written in another way, or refused.
 *
 * Two things are not told apart: minus zero, which is zero in every event, and a field that is `undefined`, which is as good as none.
 */
import { Failure, Product, type Codec } from "@waymark/core"
import * as Equal from "effect/Equal"
import * as Result from "effect/Result"
import type { Schema } from "effect"

/** Deeper nesting is refused, and with it what holds itself. */
export const DEEPEST = 256

/** A record without a prototype is a record like any other. */
const classOf = (value: object): unknown => Object.getPrototypeOf(value) ?? Object.prototype

/** Whether a value is a record of anything, and no instance of a class. What has hidden fields is more than a record. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" &&
  value !== null &&
  classOf(value) === Object.prototype &&
  Reflect.ownKeys(value).length === Object.keys(value).length

/** Whether a value is a list without holes, and nothing but a list. */
export const isList = (value: unknown): value is ReadonlyArray<unknown> =>
  Array.isArray(value) && classOf(value) === Array.prototype && Object.keys(value).length === value.length

/** Whether a value is what JSON says of it. */
export const isJson = (value: unknown, depth = 0): value is Schema.Json => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true
  if (typeof value === "number") return Number.isFinite(value)
  if (depth === DEEPEST) return false
  if (isList(value)) return value.every((part) => isJson(part, depth + 1))
  if (!isRecord(value) || Failure.is(value) || Product.is(value)) return false
  return Object.values(value).every((part) => isJson(part, depth + 1))
}

const fieldsOf = (value: object): ReadonlyArray<readonly [string, unknown]> =>
  Object.entries(value).filter(([, part]) => part !== undefined)

const sameFields = (before: object, after: object): boolean => {
  const fields = fieldsOf(before)
  return (
    fields.length === fieldsOf(after).length &&
    fields.every(([key, part]) => Object.hasOwn(after, key) && isSame(part, (after as Record<string, unknown>)[key]))
  )
}

/** Whether nothing was lost or changed. The same object is looked at, too: a schema of anything hands it on, and a store does not. */
const isSame = (before: unknown, after: unknown): boolean => {
  if (typeof before !== "object" || before === null)
    return before === after || (Number.isNaN(before) && Number.isNaN(after))
  if (typeof after !== "object" || after === null || classOf(before) !== classOf(after)) return false
  if (classOf(before) === Object.prototype) return isRecord(before) && isRecord(after) && sameFields(before, after)
  if (Array.isArray(before)) {
    return isList(before) && isList(after) && before.length === after.length && sameFields(before, after)
  }
  // Instances: those without fields of their own say themselves whether they are equal, as dates and maps do.
  return Equal.equals(before, after) || (Object.keys(before).length > 0 && sameFields(before, after))
}

/** A value by a schema that gives all of it back. */
export const whole = (codec: Codec.Codec<unknown>, value: unknown): Schema.Json | undefined => {
  const encoded = codec.encode(value)
  if (Result.isFailure(encoded)) return undefined
  const decoded = codec.decode(encoded.success)
  return Result.isSuccess(decoded) && isSame(value, decoded.success) ? encoded.success : undefined
}
