/**
 * Search attributes: one text on the instance's row, to be read, and a row for each of them, to be searched by.
 *
 * Equal values have equal texts there, whatever the order of their keys was, so that an index finds them.
 */
import { Store } from "@waymark/interpreter"
import type * as Schema from "effect/Schema"
import type { Connection } from "./connection.ts"

/** The text by which a value is found. */
export const searchable = (value: Schema.Json): string => JSON.stringify(sorted(value))

const sorted = (value: Schema.Json): Schema.Json => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== "object" || value === null) return value
  // A null prototype, since a key may be `__proto__`.
  const copy: Record<string, Schema.Json> = Object.create(null)
  for (const [key, part] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) copy[key] = sorted(part)
  return copy
}

/** Makes an instance, which has none, be found by its attributes. */
export const describe = ({ sql }: Connection, instance: string, text: string): void => {
  if (text === "{}") return
  for (const [name, value] of Object.entries(Store.payloadOf(text) as Record<string, Schema.Json>)) {
    sql.insertAttribute.run(name, searchable(value), instance)
  }
}

/** Gives an instance other attributes. */
export const describeAgain = (connection: Connection, instance: string, text: string): void => {
  connection.sql.describe.run(text, instance)
  connection.sql.deleteAttributes.run(instance)
  describe(connection, instance, text)
}
