/**
 * Where distributed `Map` states read their items and write their results: a service that a program gives where a definition has an
 * `ItemReader` or a `ResultWriter`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Json, JsonObject } from "./internal/data/json.ts"
import type { TaskError } from "./Resources.ts"

/** What is to be read or written: the field's resource and its parameters, evaluated. */
export interface ItemsCall {
  readonly resource: string
  readonly parameters: Json
  /** The field's `ReaderConfig` or `WriterConfig`, as the definition has it. */
  readonly config: JsonObject
  readonly state: string
}

/** One item's end, as a `ResultWriter` gets it. */
export interface ItemResult {
  readonly index: number
  readonly input: Json
  readonly status: "SUCCEEDED" | "FAILED"
  readonly output?: Json
  readonly error?: string
  readonly cause?: string
}

/**
 * Reads and writes what distributed maps work on. `read` gives the text of an object, which is then read as the `ReaderConfig` says (CSV, JSON,
 * JSONL), or the items themselves: those that a manifest or a Parquet file names, and those of all objects where the `ReaderConfig` has
 * `LOAD_AND_FLATTEN`. `write` says where the results are.
 */
export interface Service {
  readonly read: (call: ItemsCall) => Effect.Effect<string | ReadonlyArray<Json>, TaskError>
  readonly write: (call: ItemsCall, results: ReadonlyArray<ItemResult>) => Effect.Effect<Json, TaskError>
}

const missing = (what: string, { state }: ItemsCall) =>
  Effect.die(new Error(`state "${state}" has ${what}: provide AslItems.Current, which says what it stands for`))

/**
 * Where the service is found; without one a state that needs it is stuck.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AslItems } from "@waymark/asl"
 *
 * export const items = Layer.succeed(AslItems.Current, {
 *   read: () => Effect.succeed("name,age\nAnn,30\nBob,41"),
 *   write: ({ parameters }) => Effect.succeed(parameters)
 * })
 * ```
 */
export const Current: Context.Reference<Service> = Context.Reference("@waymark/asl/AslItems", {
  defaultValue: (): Service => ({
    read: (call) => missing("an ItemReader", call),
    write: (call) => missing("a ResultWriter", call)
  })
})
