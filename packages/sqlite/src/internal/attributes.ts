/**
 * Search attributes: one text on the instance's row, to be read, and a row for each of them, to be searched by. Equal values
 * have equal texts there.
 */
import type { Attributes } from "@waymark/interpreter"
import { Store } from "@waymark/interpreter"
import type { Connection } from "./connection.ts"

/** The text by which a value is found. */
export const searchable = (value: Attributes[string]): string => JSON.stringify(value)

/** Makes an instance, which has none, be found by its attributes. */
export const describe = ({ sql }: Connection, instance: string, text: string): void => {
  if (text === "{}") return
  for (const [name, value] of Object.entries(Store.payloadOf(text) as Attributes)) {
    sql.insertAttribute.run(name, searchable(value), instance)
  }
}

/** Gives an instance other attributes. */
export const describeAgain = (connection: Connection, instance: string, text: string): void => {
  connection.sql.describe.run(text, instance)
  connection.sql.deleteAttributes.run(instance)
  describe(connection, instance, text)
}
