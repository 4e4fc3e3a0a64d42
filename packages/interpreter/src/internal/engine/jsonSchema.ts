/** What a schema takes, in the words of JSON Schema (draft 2020-12), for whoever writes a value by hand. */
import type { Codec } from "@waymark/core"
import * as Schema from "effect/Schema"

/** The JSON Schema of what a codec reads; nothing where its schema has no such form. */
export const jsonSchemaOf = ({ schema: given }: Codec.Codec<unknown>): Schema.Json => {
  try {
    const { definitions, schema } = Schema.toJsonSchemaDocument(given)
    const isSelfContained = Object.keys(definitions).length === 0
    return (isSelfContained ? schema : { ...schema, $defs: definitions }) as Schema.Json
  } catch {
    return null
  }
}
