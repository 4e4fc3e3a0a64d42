/** JSON values as all data of a state machine are. */
import type * as Schema from "effect/Schema"

export type Json = Schema.Json

export interface JsonObject {
  readonly [key: string]: Json
}

export const isArray = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)

export const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)
