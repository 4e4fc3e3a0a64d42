/**
 * Whether a value comes back whole: a schema may describe less of a value than there is, and what it does not describe is lost.
 * States are covered by their type. What a node was entered with is not, so the writer looks.
 */
import type { Codec } from "@waymark/core"
import * as Result from "effect/Result"
import type { Schema } from "effect"

/** A record without a prototype is a record like any other. */
const classOf = (value: object): unknown => Object.getPrototypeOf(value) ?? Object.prototype

/** Whether a value is a record of anything, and no instance of a class. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && classOf(value) === Object.prototype

/** Whether nothing was lost. An instance of a class is as its own schema describes it. */
const isSame = (before: unknown, after: unknown): boolean => {
  if (typeof before !== "object" || before === null) return true
  if (typeof after !== "object" || after === null || classOf(before) !== classOf(after)) return false
  if (!isRecord(before) && !Array.isArray(before)) return true
  return Object.entries(before).every(
    ([key, part]) =>
      part === undefined || (Object.hasOwn(after, key) && isSame(part, (after as Record<string, unknown>)[key]))
  )
}

/** A value by a schema that gives all of it back. */
export const whole = (codec: Codec.Codec<unknown>, value: unknown): Schema.Json | undefined => {
  const encoded = codec.encode(value)
  if (Result.isFailure(encoded)) return undefined
  const decoded = codec.decode(encoded.success)
  return Result.isSuccess(decoded) && isSame(value, decoded.success) ? encoded.success : undefined
}
