/** The items of a distributed `Map`: what an `ItemReader` reads, and how an `ItemBatcher` puts it together. */
import * as Effect from "effect/Effect"
import type * as Definition from "../../Definition.ts"
import { AslFailure } from "../../Errors.ts"
import * as AslItems from "../../Items.ts"
import { isArray, isObject, type Json, type JsonObject } from "../data/json.ts"
import { maximalSize } from "../data/limits.ts"
import * as Query from "./query.ts"
import type { At, Compiled } from "./query.ts"

const failed = (cause: string) => new AslFailure({ error: "States.ItemReaderFailed", cause })

const DELIMITERS: Readonly<Record<string, string>> = { COMMA: ",", PIPE: "|", SEMICOLON: ";", SPACE: " ", TAB: "\t" }

/**
 * The records of a CSV text, by AWS's rules: quoted fields may hold delimiters and line breaks, a doubled quote is one quote whether its
 * field is quoted or not, and a backslash before a backslash, a quote or a delimiter stands for that. Before anything else it is dropped.
 */
export const recordsOf = (text: string, delimiter: string): ReadonlyArray<ReadonlyArray<string>> => {
  const records: Array<Array<string>> = []
  let record: Array<string> = []
  let field = ""
  let quoted = false
  const end = (): void => {
    record.push(field)
    if (record.length > 1 || field !== "") records.push(record)
    record = []
    field = ""
  }
  const isEscaped = (next: string | undefined): boolean => next === "\\" || next === '"' || next === delimiter
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string
    const next = text[at + 1]
    if (char === "\\") {
      if (isEscaped(next)) field += text[++at]
    } else if (char === '"' && !quoted && field === "") quoted = true
    else if (char === '"' && next === '"') field += text[++at]
    else if (quoted) {
      if (char !== '"') field += char
      else quoted = false
    } else if (char === delimiter) {
      record.push(field)
      field = ""
    } else if (char === "\n") end()
    else if (char !== "\r") field += char
  }
  end()
  return records
}

type Config = NonNullable<Definition.ItemReader["ReaderConfig"]>

const fromCsv = (
  text: string,
  { CSVDelimiter = "COMMA", CSVHeaderLocation, CSVHeaders }: Config
): ReadonlyArray<Json> => {
  const records = recordsOf(text, DELIMITERS[CSVDelimiter] ?? ",")
  const given = CSVHeaderLocation === "GIVEN"
  const headers = given ? (CSVHeaders ?? []) : (records[0] ?? [])
  const rows = given ? records : records.slice(1)
  return rows.map((row) => Object.fromEntries(headers.map((header, index) => [header, row[index] ?? ""])))
}

/** The value at a JSON pointer. */
const pointed = (value: Json, pointer: string): Json =>
  pointer
    .split("/")
    .slice(1)
    .reduce((at, key) => {
      const name = key.replaceAll("~1", "/").replaceAll("~0", "~")
      const found = (isObject(at) || isArray(at)) && Object.hasOwn(at, name) ? (at as JsonObject)[name] : undefined
      if (found === undefined) throw new TypeError(`the object read has nothing at ${pointer}`)
      return found
    }, value)

const fromJson = (text: string, { ItemsPointer = "" }: Config): Json => {
  const value = pointed(JSON.parse(text) as Json, ItemsPointer)
  if (!isArray(value) && !isObject(value)) throw new TypeError("the object read is no JSON array or object")
  return value
}

const parsed = (text: string, config: Config): Json => {
  if (config.ManifestType !== undefined) {
    throw new TypeError("AslItems reads the text of a manifest: let it read the items that the manifest names")
  }
  switch (config.InputType) {
    case "CSV":
      return fromCsv(text, config)
    case "JSONL":
      return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [JSON.parse(line) as Json]))
    case "MANIFEST":
    case "PARQUET":
      throw new TypeError(
        `AslItems reads text where InputType is ${config.InputType}: let it read the items themselves`
      )
    default:
      return fromJson(text, config)
  }
}

/** As many items as AWS reads. */
const MOST_ITEMS = 100_000_000

/** What is known of items before they are told apart: what they are in, and where that is from, as the context object tells. */
export interface Source {
  readonly value: Json
  readonly name: string
}

/** AWS's name for an object or a bucket; what is in none goes by its resource. */
const nameOf = (resource: string, parameters: Json): string => {
  const { Bucket, Key } = isObject(parameters) ? parameters : {}
  if (typeof Bucket !== "string") return resource
  return typeof Key === "string" ? `S3://${Bucket}/${Key}` : `S3://${Bucket}`
}

/** What the `ItemReader` of a state reads. */
export const read = (
  { language, name }: Compiled<Definition.Map>,
  reader: Definition.ItemReader,
  at: At,
  input: Json
): Effect.Effect<Source, AslFailure> =>
  Effect.gen(function* () {
    const { ReaderConfig: config = {}, Resource: resource } = reader
    const parameters = yield* Query.template(
      language,
      reader.Arguments ?? reader.Parameters ?? {},
      at,
      input,
      "ItemReader"
    )
    const { MaxItems: value, MaxItemsPath: path } = config
    const most = { field: "MaxItems", value, path, least: 0, most: MOST_ITEMS, error: "States.ItemReaderFailed" }
    // 0 limits nothing.
    const limit = (yield* Query.numberOf(language, most, at, input)) || undefined
    const { read } = yield* AslItems.Current
    const found = yield* Effect.mapError(read({ resource, parameters, config, state: name }), ({ cause, error }) =>
      failed([error, cause].filter((part) => part !== undefined).join(": "))
    )
    const items = yield* Effect.try({
      try: (): Json => (typeof found === "string" ? parsed(found, config) : found),
      catch: (cause) => failed(cause instanceof Error ? cause.message : String(cause))
    })
    const kept = isArray(items)
      ? items.slice(0, limit)
      : Object.fromEntries(Object.entries(items as JsonObject).slice(0, limit))
    return { value: kept, name: nameOf(resource, parameters) }
  })

const bytesOf = (value: Json): number => Buffer.byteLength(JSON.stringify(value))

/** Items in groups of limited number and size; one that is too large for itself stays alone. */
export const grouped = (
  items: ReadonlyArray<Json>,
  most: number,
  mostBytes: number
): ReadonlyArray<ReadonlyArray<Json>> => {
  const groups: Array<Array<Json>> = []
  let last: Array<Json> = []
  let bytes = 0
  for (const item of items) {
    const size = bytesOf(item) + 1
    if (last.length > 0 && (last.length >= most || bytes + size > mostBytes)) {
      groups.push(last)
      last = []
      bytes = 0
    }
    last.push(item)
    bytes += size
  }
  if (last.length > 0) groups.push(last)
  return groups
}

/** The inputs of the batches that an `ItemBatcher` makes. */
export const batched = (
  { language }: Compiled<Definition.Map>,
  batcher: Definition.ItemBatcher,
  items: ReadonlyArray<Json>,
  at: At,
  input: Json
): Effect.Effect<ReadonlyArray<JsonObject>, AslFailure> =>
  Effect.gen(function* () {
    const { BatchInput, MaxInputBytesPerBatch, MaxInputBytesPerBatchPath, MaxItemsPerBatch, MaxItemsPerBatchPath } =
      batcher
    const count = { field: "MaxItemsPerBatch", value: MaxItemsPerBatch, path: MaxItemsPerBatchPath, least: 0 }
    const size = {
      field: "MaxInputBytesPerBatch",
      value: MaxInputBytesPerBatch,
      path: MaxInputBytesPerBatchPath,
      least: 0
    }
    const most = (yield* Query.numberOf(language, count, at, input)) || Infinity
    // A batch is what an execution starts from, so it is no larger than that may be.
    const mostBytes = Math.min((yield* Query.numberOf(language, size, at, input)) || maximalSize, maximalSize)
    const shared =
      BatchInput === undefined ? undefined : yield* Query.template(language, BatchInput, at, input, "BatchInput")
    const taken = shared === undefined ? 0 : bytesOf(shared)
    return grouped(items, most, mostBytes - taken).map((Items) => ({
      ...(shared !== undefined && { BatchInput: shared }),
      Items
    }))
  })
