/**
 * What deployment tools put into a definition before AWS sees it: placeholders, `${Name}`, within a string or where a value stands, and
 * CloudFormation's functions in place of an ARN.
 */
import { isArray, isObject, type Json } from "./json.ts"

/** Values for placeholders, by their names. */
export type Substitutions = Readonly<Record<string, string | number | boolean>>

/** A placeholder that has no value and nothing to stand for it, and its place. */
export interface Unfilled {
  readonly path: ReadonlyArray<string | number>
  readonly name: string
}

/** A string, or a placeholder that stands where a value does. */
const TOKEN = /"(?:[^"\\]|\\.)*"|\$\{[^}"]+\}/g
const HOLE = /\$\{([^}]+)\}/g
const ALONE = /^\$\{([^}]+)\}$/
const NUMBER_OR_BOOLEAN = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?|true|false)$/

/** The name of a placeholder that is all there is. */
export const nameIn = (value: unknown): string | undefined =>
  typeof value === "string" ? ALONE.exec(value)?.[1] : undefined

/** The names of the placeholders in a text. */
export const namesIn = (text: string): ReadonlySet<string> =>
  new Set(Array.from(text.matchAll(HOLE), ([, name]) => name!))

const valueOf = (name: string, values: Substitutions) => (Object.hasOwn(values, name) ? values[name] : undefined)

/** A string with its placeholders filled in, as CloudFormation does it. Those without a value stay. */
export const filledText = (text: string, values: Substitutions): string =>
  text.replace(HOLE, (hole, name: string) => String(valueOf(name, values) ?? hole))

/** A definition's text with the placeholders between its strings filled in: with values as they are written. */
export const filledBetween = (text: string, values: Substitutions): string =>
  text.replace(TOKEN, (token) => String(valueOf(nameIn(token) ?? "", values) ?? token))

/** A definition's text with placeholders between its strings in quotes, so that it is JSON. */
export const quotedBetween = (text: string): string =>
  text.replace(TOKEN, (token) => (token.startsWith('"') ? token : JSON.stringify(token)))

/**
 * How a string reads with its placeholders filled in. A value that is all of the string may be meant otherwise, for the field to decide:
 * a number or boolean as text, and a text as the number or boolean that it spells.
 */
export const readings = (text: string, values: Substitutions): readonly [Json, otherwise?: Json] => {
  const value = valueOf(nameIn(text) ?? "", values)
  if (value === undefined) return [filledText(text, values)]
  if (typeof value !== "string") return [value, String(value)]
  return NUMBER_OR_BOOLEAN.test(value) ? [value, JSON.parse(value) as number | boolean] : [value]
}

/** What CloudFormation's `Ref`, `Fn::GetAtt` and `Fn::Sub` stand for, written as a placeholder. */
export const functionIn = (value: unknown): string | undefined => {
  if (!isObject(value as Json) || Object.keys(value as object).length !== 1) return undefined
  const { "Fn::GetAtt": attribute, "Fn::Sub": text, Ref: name } = value as Readonly<Record<string, Json>>
  if (typeof text === "string") return text
  if (isArray(attribute) && attribute.every((part) => typeof part === "string")) return `\${${attribute.join(".")}}`
  const one = name ?? attribute
  return typeof one === "string" ? `\${${one}}` : undefined
}
