/** The kinds of values that fields of a definition have. Each notes what is wrong with a value. */
import * as Result from "effect/Result"
import * as Intrinsic from "../data/intrinsic.ts"
import * as Jsonata from "../data/jsonata.ts"
import { isObject, type Json } from "../data/json.ts"
import { largestNumber } from "../data/limits.ts"
import * as PathOf from "../data/path.ts"
import { nameIn } from "../data/placeholder.ts"
import * as Template from "../data/payloadTemplate.ts"
import * as Timestamp from "../data/timestamp.ts"
import { at, found, isFields, shown, wrong, type Look } from "./look.ts"

export type Kind = (value: unknown, look: Look) => void

const kind =
  (wanted: string, holds: (value: unknown) => boolean): Kind =>
  (value, look) => {
    if (!holds(value)) wrong(look, `it is ${shown(value)}`, `Give ${wanted}.`)
  }

const isText = (value: unknown): value is string => typeof value === "string"

export const any: Kind = () => undefined
export const text = kind("a string", isText)
export const one = (...values: ReadonlyArray<unknown>): Kind =>
  kind(values.map((value) => JSON.stringify(value)).join(" or "), (value) => values.includes(value))

/** A number, or the placeholder of one. */
const numeric =
  (wanted: string, holds: (value: number) => boolean): Kind =>
  (value, look) => {
    const name = nameIn(value)
    if (name !== undefined) return look.unfilled({ path: look.path, name })
    if (typeof value !== "number" || !holds(value)) wrong(look, `it is ${shown(value)}`, `Give ${wanted}.`)
  }

export const integer = (least: number, most: number = largestNumber): Kind =>
  numeric(
    `a whole number from ${least} to ${most}`,
    (value) => Number.isInteger(value) && value >= least && value <= most
  )

export const number = (least: number, most: number = Infinity): Kind =>
  numeric(`a number from ${least}${most === Infinity ? "" : ` to ${most}`}`, (value) => value >= least && value <= most)

export const texts: Kind = (value, look) => {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isText)) {
    wrong(look, `it is ${shown(value)}`, "Give an array of at least one string.")
  }
}

const LONGEST_LABEL = 40
/** What no ARN of a map run can hold: blanks, wildcards, brackets, marks and control characters. */
const NO_LABEL = /[\s?*<>{}[\]:;,\\|^~$#%&`"\p{Cc}]/u

/** The label of a distributed map. A placeholder of a deployment tool is taken as it is. */
export const label = kind(
  `a string of 1 to ${LONGEST_LABEL} characters, without blanks, wildcards, brackets and any of :;,\\|^~$#%&\`"`,
  (value) =>
    isText(value) &&
    (/\$\{[^}]+\}/.test(value) || (value.length > 0 && value.length <= LONGEST_LABEL && !NO_LABEL.test(value)))
)

const parsed = (
  value: unknown,
  look: Look,
  wanted: string,
  parse: (text: string) => Result.Result<unknown, { readonly message: string; readonly mend: string }>
): void => {
  if (!isText(value)) return wrong(look, `it is ${shown(value)}`, `Give ${wanted}.`)
  const result = parse(value)
  if (Result.isFailure(result)) wrong(look, result.failure.message, result.failure.mend)
}

/** A JSONPath into the input, the context object or a variable. */
export const path: Kind = (value, look) => parsed(value, look, 'a path such as "$.order.id"', PathOf.parse)
export const nullablePath: Kind = (value, look) => (value === null ? undefined : path(value, look))

/** A path to one place, such as a number is read from. */
export const referencePath: Kind = (value, look) =>
  parsed(value, look, 'a path to one place such as "$.order.id"', PathOf.parseReference)

/** A path to the array that items are taken from. */
export const itemsPath: Kind = (value, look) =>
  parsed(value, look, 'a path to an array such as "$.order.lines"', PathOf.parseItems)

/** A place in the input or in a variable: numbers, and items, are not taken from the context object by some fields. */
export const numberPath: Kind = (value, look) => {
  referencePath(value, look)
  if (isText(value) && value.startsWith("$$")) {
    wrong(look, `${value} is in the context object`, 'Give a path that begins with "$.", or with a variable.')
  }
}

/** A place in the input that a result is put at. */
export const resultPath: Kind = (value, look) => {
  if (value === null) return
  if (!isText(value)) return wrong(look, `it is ${shown(value)}`, 'Give a path such as "$.result", or null.')
  const result = PathOf.parseReference(value)
  if (Result.isFailure(result)) return wrong(look, result.failure.message, result.failure.mend)
  if (result.success.root._tag !== "input") {
    wrong(
      look,
      `${value} is no place in the input`,
      'A result can be put into the input only: give a path that begins with "$.".'
    )
  }
}

/** A path to a string, or a call of an intrinsic function that gives one. */
export const textPath: Kind = (value, look) =>
  parsed(value, look, "a path, or a call of an intrinsic function", (given) =>
    Intrinsic.looksLike(given)
      ? Result.flatMap(Result.flatMap(Intrinsic.parse(given), Intrinsic.sound), Intrinsic.giving)
      : PathOf.parse(given)
  )

export const timestamp: Kind = (value, look) =>
  isText(value) && Timestamp.parse(value) !== undefined
    ? undefined
    : wrong(look, `it is ${shown(value)}`, 'Give a timestamp such as "2030-01-31T12:00:00Z".')

/** Texts that begin like an expression and do not end like one, or the other way round: AWS refuses those. */
const halves = (value: unknown, look: Look): void => {
  if (isText(value) && value.startsWith("{%") !== value.endsWith("%}")) {
    wrong(look, `${shown(value)} is half an expression`, 'Begin with "{%" and end with "%}", without blanks around.')
  } else if (Array.isArray(value)) value.forEach((part, index) => halves(part, at(look, index)))
  else if (isFields(value)) for (const [key, part] of Object.entries(value)) halves(part, at(look, key))
}

/** The expressions in a value. */
export const queries = (value: unknown, look: Look): void => {
  const { caught = false, resulted = false } = look
  // What a catcher says of a result is let through: it fails where it runs, as there is none.
  found(look, Jsonata.problems(value as Json, { errorOutput: caught, result: caught || resulted }))
}

/** What is evaluated when a state that has a result has done its work. */
export const afterwards =
  (kind: Kind): Kind =>
  (value, look) =>
    kind(value, { ...look, resulted: true })

const expressions = (value: unknown, look: Look): void => {
  halves(value, look)
  queries(value, look)
}

/** Any JSON with parts that are evaluated. */
export const template: Kind = (value, look) =>
  look.language === "JSONata" ? expressions(value, look) : found(look, Template.problems(value as Json))

/** What in JSONata may be an expression as well. */
export const orExpression =
  (other: Kind): Kind =>
  (value, look) =>
    look.language === "JSONata" && isText(value) && Jsonata.isExpression(value)
      ? queries(value, look)
      : other(value, look)

/** A string in which JSONata may have an expression. */
export const textOrExpression: Kind = (value, look) => {
  text(value, look)
  if (look.language === "JSONata") expressions(value, look)
}

/** Other validators let names have hyphens, which AWS refuses. Where such a variable is read, that is a problem in any case. */
const NAME = /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u
const LONGEST_NAME = 80

/** Variables by their names. */
export const assign: Kind = (value, look) => {
  if (!isFields(value)) return wrong(look, `it is ${shown(value)}`, "Give an object: variables by their names.")
  for (const key of Object.keys(value)) {
    const name = look.language === "JSONPath" && key.endsWith(".$") ? key.slice(0, -2) : key
    if (name === "states" || name === "__proto__") {
      wrong(at(look, key), `"${name}" is taken`, "Give the variable another name.")
    } else if (!NAME.test(name) || name.length > LONGEST_NAME) {
      wrong(
        at(look, key),
        `"${name}" is no name for a variable`,
        `Begin with a letter, go on with letters, digits and underscores, at most ${LONGEST_NAME} in all.`
      )
    }
  }
  template(value, look)
}

/** A resource: an ARN, or a name of another scheme. A placeholder of a deployment tool is taken as it is. */
export const resource: Kind = (value, look) => {
  if (!isText(value)) return wrong(look, `it is ${shown(value)}`, "Give the ARN of what the task calls.")
  if (/\$\{[^}]+\}/.test(value)) return
  const [scheme, partition = "", service = "", , , ...rest] = value.split(":")
  const name = rest.join(":")
  const isArn = /^aws[\w-]*$/.test(partition) && service !== "" && /^[^:/*].*$/.test(name) && !/[:/]$/.test(name)
  if (scheme === "arn" ? isArn : /^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/.test(value)) return
  wrong(
    look,
    `"${value}" is no resource`,
    'Give an ARN such as "arn:aws:lambda:us-east-1:123456789012:function:name", or a name with a scheme of your own such as "local:name".'
  )
}

/** Whose rights a task has: an object, of which the language says no more. */
export const credentials: Kind = (value, look) => {
  if (!isFields(value)) wrong(look, `it is ${shown(value)}`, 'Give an object such as { "RoleArn": "arn:aws:iam::…" }.')
  else template(value, look)
}

/** The items of a `Map`: an array, or an expression that gives one. */
export const items: Kind = (value, look) => {
  const fits = Array.isArray(value) || (isText(value) && Jsonata.isExpression(value)) || isObject(value as Json)
  if (!fits) wrong(look, `it is ${shown(value)}`, "Give an array, or an expression that gives one.")
  else template(value, look)
}
