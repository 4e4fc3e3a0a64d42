/** The fields of each kind of state. */
import * as ChoiceRule from "../data/choice.ts"
import * as Jsonata from "../data/jsonata.ts"
import type { Json } from "../data/json.ts"
import { distributedOnly, isDistributed } from "../mode.ts"
import { catch_, retry } from "./errors.ts"
import {
  afterwards,
  any,
  assign,
  credentials,
  integer,
  items,
  itemsPath,
  label,
  nullablePath,
  number,
  numberPath,
  one,
  orExpression,
  textPath,
  queries,
  referencePath,
  resource,
  resultPath,
  template,
  text,
  textOrExpression,
  texts,
  timestamp,
  type Kind
} from "./kinds.ts"
import { at, found, isFields, shown, wrong, type Fields, type Look } from "./look.ts"
import { exclusive, field, record, required, type Table } from "./record.ts"

const common: Table = { Type: required(any), Comment: field(text), QueryLanguage: field(any) }
const paths: Table = { InputPath: field(nullablePath, "JSONPath"), OutputPath: field(nullablePath, "JSONPath") }
const output: Table = { Output: field(template, "JSONata") }
const variables: Table = { Assign: field(assign) }
const following: Table = { Next: field(text), End: field(one(true)) }
const producing: Table = {
  Parameters: field(template, "JSONPath"),
  ResultPath: field(resultPath, "JSONPath")
}
/** Fields of states that have a result of their own. */
const resulting: Table = {
  ResultSelector: field(template, "JSONPath"),
  Output: field(afterwards(template), "JSONata"),
  Assign: field(afterwards(assign))
}
const fallible: Table = { Retry: field(retry), Catch: field(catch_) }
const passing: Table = { ...common, ...paths, ...output, ...variables, ...following }

const seconds = (least: number): Kind => orExpression(integer(least))

const rule: Table = {
  Next: required(text),
  Comment: field(text),
  Assign: field(assign),
  Output: field(template, "JSONata")
}

const condition: Kind = (value, look) => {
  if (typeof value === "boolean") return
  if (typeof value === "string" && Jsonata.isExpression(value)) return queries(value, look)
  wrong(look, `it is ${shown(value)}`, 'Give an expression such as "{% $states.input.ok %}", or true or false.')
}

/** Fields of a rule that are no operators of it. */
const NOT_OPERATORS = new Set(["Next", "Comment", "Assign", "Output"])

const choiceRule = (value: unknown, look: Look): void => {
  if (look.language === "JSONata") {
    record(value, { ...rule, Condition: required(condition), Variable: field(any, "JSONPath") }, look, "a rule")
    return
  }
  if (!isFields(value)) return wrong(look, `a rule is ${shown(value)}`, "Give an object.")
  const ofRule = Object.fromEntries(Object.entries(value).filter(([name]) => NOT_OPERATORS.has(name)))
  record(ofRule, rule, look, "a rule")
  if (Object.hasOwn(value, "Condition")) {
    wrong(
      at(look, "Condition"),
      "Condition is a field of JSONata, and this is JSONPath",
      'Use Variable and a comparison, or set QueryLanguage to "JSONata".'
    )
    return
  }
  const operators = Object.fromEntries(Object.entries(value).filter(([name]) => !NOT_OPERATORS.has(name)))
  found(look, ChoiceRule.problems(operators as Json))
  for (const { name, path } of ChoiceRule.unfilled(operators as Json))
    look.unfilled({ path: [...look.path, ...path], name })
}

const choices: Kind = (value, look) => {
  if (!Array.isArray(value) || value.length === 0) {
    return wrong(look, `it is ${shown(value)}`, "Give an array of at least one rule.")
  }
  value.forEach((entry, index) => choiceRule(entry, at(look, index)))
}

const MOST_ITEMS = 100_000_000

const readerConfig: Table = {
  InputType: field(one("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET")),
  ManifestType: field(one("ATHENA_DATA", "S3_INVENTORY")),
  Transformation: field(one("NONE", "LOAD_AND_FLATTEN")),
  CSVDelimiter: field(one("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB")),
  CSVHeaderLocation: field(one("FIRST_ROW", "GIVEN")),
  CSVHeaders: field(texts),
  ItemsPointer: field(text),
  MaxItems: field(orExpression(integer(0, MOST_ITEMS))),
  MaxItemsPath: field(numberPath, "JSONPath")
}

const called: Table = {
  Parameters: field(template, "JSONPath"),
  Arguments: field(template, "JSONata"),
  Comment: field(text)
}

const itemReader: Kind = (value, look) => {
  const config: Kind = (given, place) => {
    const fields = record(given, readerConfig, place, "a ReaderConfig")
    if (fields === undefined) return
    exclusive(fields, ["MaxItems", "MaxItemsPath"], place, "a ReaderConfig")
    if (fields["Transformation"] === "LOAD_AND_FLATTEN" && !("InputType" in fields)) {
      wrong(place, "it loads objects, and does not say of which type they are", "Add InputType.")
    }
    if (fields["ManifestType"] === "S3_INVENTORY" && "InputType" in fields) {
      wrong(at(place, "InputType"), "the type of what an inventory holds is known", "Take InputType out.")
    }
  }
  record(value, { Resource: required(resource), ReaderConfig: field(config), ...called }, look, "an ItemReader")
}

const writerConfig: Table = {
  Transformation: field(one("NONE", "COMPACT", "FLATTEN")),
  OutputType: field(one("JSON", "JSONL"))
}

const resultWriter: Kind = (value, look) => {
  const config: Kind = (given, place) => void record(given, writerConfig, place, "a WriterConfig")
  const fields = record(
    value,
    { Resource: field(resource), WriterConfig: field(config), ...called },
    look,
    "a ResultWriter"
  )
  if (fields !== undefined && !("Resource" in fields) && !("WriterConfig" in fields)) {
    wrong(look, "it says neither where results go nor how", "Add Resource, or WriterConfig, or both.")
  }
}

const itemBatcher: Kind = (value, look) => {
  const most = ["MaxItemsPerBatch", "MaxItemsPerBatchPath"]
  const bytes = ["MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"]
  const table: Table = {
    BatchInput: field(template),
    MaxItemsPerBatch: field(seconds(0)),
    MaxItemsPerBatchPath: field(numberPath, "JSONPath"),
    MaxInputBytesPerBatch: field(seconds(0)),
    MaxInputBytesPerBatchPath: field(numberPath, "JSONPath"),
    Comment: field(text)
  }
  const fields = record(value, table, look, "an ItemBatcher")
  if (fields === undefined) return
  exclusive(fields, most, look, "an ItemBatcher")
  exclusive(fields, bytes, look, "an ItemBatcher")
  if (![...most, ...bytes].some((name) => Object.hasOwn(fields, name))) {
    wrong(look, "it does not say how large a batch is", `Add one of ${[...most, ...bytes].join(", ")}.`)
  }
}

/** The machines in a state are looked at by whoever looks at machines. */
const machine: Kind = any

export const tables: Readonly<Record<string, Table>> = {
  Pass: { ...passing, ...producing, Result: field(any, "JSONPath") },
  Succeed: { ...common, ...paths, ...output },
  Fail: {
    ...common,
    Error: field(textOrExpression),
    ErrorPath: field(textPath, "JSONPath"),
    Cause: field(textOrExpression),
    CausePath: field(textPath, "JSONPath")
  },
  Choice: { ...common, ...paths, ...output, ...variables, Choices: required(choices), Default: field(text) },
  Wait: {
    ...passing,
    Seconds: field(seconds(0)),
    SecondsPath: field(referencePath, "JSONPath"),
    Timestamp: field(orExpression(timestamp)),
    TimestampPath: field(referencePath, "JSONPath")
  },
  Task: {
    ...passing,
    ...producing,
    ...resulting,
    ...fallible,
    Arguments: field(template, "JSONata"),
    Resource: required(resource),
    Credentials: field(credentials),
    TimeoutSeconds: field(seconds(1)),
    TimeoutSecondsPath: field(referencePath, "JSONPath"),
    HeartbeatSeconds: field(seconds(1)),
    HeartbeatSecondsPath: field(referencePath, "JSONPath")
  },
  Parallel: {
    ...passing,
    ...producing,
    ...resulting,
    ...fallible,
    Arguments: field(template, "JSONata"),
    Branches: required(machine)
  },
  Map: {
    ...passing,
    ...producing,
    ...resulting,
    ...fallible,
    ItemProcessor: field(machine),
    Iterator: field(machine),
    Items: field(items, "JSONata"),
    ItemsPath: field(itemsPath, "JSONPath"),
    ItemSelector: field(template),
    ItemReader: field(itemReader),
    ItemBatcher: field(itemBatcher),
    ResultWriter: field(resultWriter),
    Label: field(label),
    MaxConcurrency: field(seconds(0)),
    MaxConcurrencyPath: field(numberPath, "JSONPath"),
    ToleratedFailureCount: field(seconds(0)),
    ToleratedFailureCountPath: field(numberPath, "JSONPath"),
    ToleratedFailurePercentage: field(orExpression(number(0, 100))),
    ToleratedFailurePercentagePath: field(numberPath, "JSONPath")
  }
}

/** Pairs of a field and the path that may stand in its place. */
const pairs: Readonly<Record<string, ReadonlyArray<string>>> = {
  Fail: ["Error", "Cause"],
  Task: ["TimeoutSeconds", "HeartbeatSeconds"],
  Map: ["MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage"]
}

const mapped = (state: Fields, look: Look, what: string): void => {
  exclusive(state, ["ItemProcessor", "Iterator"], look, what, true)
  exclusive(state, ["ItemSelector", "Parameters"], look, what)
  const processor = state["ItemProcessor"] ?? state["Iterator"]
  const config = isFields(processor) ? processor["ProcessorConfig"] : undefined
  if (isDistributed(state, isFields(config) ? config["Mode"] : undefined)) return
  for (const name of distributedOnly) {
    if (Object.hasOwn(state, name)) {
      wrong(
        at(look, name),
        `${name} is for distributed maps`,
        'Take it out, or set Mode to "DISTRIBUTED" in the ProcessorConfig of the ItemProcessor.'
      )
    }
  }
}

const task = ({ HeartbeatSeconds, TimeoutSeconds }: Fields, look: Look): void => {
  if (
    typeof HeartbeatSeconds === "number" &&
    typeof TimeoutSeconds === "number" &&
    HeartbeatSeconds >= TimeoutSeconds
  ) {
    wrong(
      at(look, "HeartbeatSeconds"),
      `it is ${HeartbeatSeconds}, and TimeoutSeconds is ${TimeoutSeconds}`,
      "Give less than TimeoutSeconds."
    )
  }
}

/** What fields of a state ask of one another. */
export const together = (type: string, state: Fields, look: Look): void => {
  const what = `a ${type} state`
  for (const name of pairs[type] ?? []) exclusive(state, [name, `${name}Path`], look, what)
  if (type === "Wait") exclusive(state, ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"], look, what, true)
  if (type === "Map") mapped(state, look, what)
  if (type === "Task") task(state, look)
  if ("Next" in (tables[type] ?? {})) exclusive(state, ["Next", "End"], look, what, true)
}
