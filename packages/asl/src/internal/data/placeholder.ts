/**
 * What deployment tools put into a definition before AWS sees it: placeholders, `${Name}`, within a string or where a value stands, and
 * CloudFormation's functions in place of an ARN.
 */
import { isArray, isObject, type Json, type JsonObject } from "./json.ts"

/** Values for placeholders, by their names. */
export type Substitutions = Readonly<Record<string, string | number | boolean>>

/** A string, or a placeholder that stands where a value does. */
const TOKEN = /"(?:[^"\\]|\\.)*"|\$\{[^}"]+\}/g
const HOLE = /\$\{([^}]+)\}/g
const ALONE = /^\$\{([^}]+)\}$/

/** The name of a placeholder that is all there is. */
export const nameIn = (value: unknown): string | undefined =>
  typeof value === "string" ? ALONE.exec(value)?.[1] : undefined

/**
 * A text with its placeholders filled in, as CloudFormation does it: in a string with text, elsewhere with the value as it is written. A
 * number or boolean whose placeholder is all of a string takes the string's place. Those without a value stay, in strings.
 */
export const filled = (text: string, values: Substitutions): string => {
  const valueOf = (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined)
  return text.replace(TOKEN, (token, offset: number) => {
    const quoted = token.startsWith('"')
    const name = nameIn(quoted ? token.slice(1, -1) : token)
    const value = name === undefined ? undefined : valueOf(name)
    if (!quoted) return value === undefined ? JSON.stringify(token) : String(value)
    const isKey = /^\s*:/.test(text.slice(offset + token.length, offset + token.length + 9))
    if (typeof value !== "string" && value !== undefined && !isKey) return String(value)
    return token.replace(HOLE, (hole, inner: string) => {
      const part = valueOf(inner)
      return part === undefined ? hole : JSON.stringify(String(part)).slice(1, -1)
    })
  })
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

/** The name that a resource goes by. */
export const resourceName = (resource: string | JsonObject): string =>
  typeof resource === "string" ? resource : (functionIn(resource) ?? "")
