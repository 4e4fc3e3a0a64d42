/** An object of the definition, looked at field by field. */
import type { QueryLanguage } from "../../Definition.ts"
import type { Kind } from "./kinds.ts"
import { at, isFields, shown, wrong, type Fields, type Look } from "./look.ts"

/** What a field holds; and the query language that it belongs to, where it is of one only. */
export interface Field {
  readonly kind: Kind
  readonly only?: QueryLanguage
  readonly required?: boolean
}

export type Table = Readonly<Record<string, Field>>

export const field = (kind: Kind, only?: QueryLanguage): Field => ({ kind, ...(only !== undefined && { only }) })
export const required = (kind: Kind): Field => ({ kind, required: true })

/** What takes a field's place in the other language. */
const instead: Readonly<Record<string, string>> = {
  InputPath: "Use Arguments or Output",
  OutputPath: "Use Output",
  Parameters: "Use Arguments (of a Map: ItemSelector)",
  ResultSelector: "Use Output",
  ResultPath: "Use Output",
  Result: "Use Output",
  ItemsPath: "Use Items",
  Variable: "Use Condition",
  Arguments: "Use Parameters",
  Output: "Use ResultSelector, ResultPath and OutputPath",
  Items: "Use ItemsPath",
  Condition: "Use Variable and a comparison"
}

const mendOf = (name: string, only: QueryLanguage): string => {
  const fallback =
    name.endsWith("Path") && only === "JSONPath" ? `Use ${name.slice(0, -4)} with an expression` : "Take it out"
  return `${instead[name] ?? fallback}, or set QueryLanguage to "${only}".`
}

/** The known name that is most like another one. */
const like = (name: string, known: ReadonlyArray<string>): string | undefined => {
  const plain = name.toLowerCase()
  return known.find((other) => other.toLowerCase() === plain) ?? known.find((other) => distance(other, name) <= 2)
}

const distance = (left: string, right: string): number => {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1] ? 0 : 1
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + same))
    }
    row = next
  }
  return row[right.length] as number
}

/** Looks at each field by the table: none that is unknown or of the other language, none that is missing, none of another kind. */
export const record = (value: unknown, table: Table, look: Look, what: string): Fields | undefined => {
  if (!isFields(value)) {
    wrong(look, `${what} is ${shown(value)}`, "Give an object.")
    return undefined
  }
  const known = Object.keys(table)
  for (const [name, part] of Object.entries(value)) {
    const expected = Object.hasOwn(table, name) ? table[name] : undefined
    const place = at(look, name)
    if (expected === undefined) {
      const near = like(name, known)
      const mend = near === undefined ? `Take it out. There may be ${known.join(", ")}.` : `Did you mean ${near}?`
      wrong(place, `${what} has no field ${name}`, mend)
    } else if (expected.only !== undefined && expected.only !== look.language) {
      wrong(place, `${name} is a field of ${expected.only}, and this is ${look.language}`, mendOf(name, expected.only))
    } else expected.kind(part, place)
  }
  for (const name of known) {
    if (table[name]?.required === true && !Object.hasOwn(value, name)) {
      wrong(at(look, name), `${what} has no ${name}`, "Add it.")
    }
  }
  return value
}

/** Of these fields at most one may be there; with `needed`, exactly one. */
export const exclusive = (
  value: Fields,
  names: ReadonlyArray<string>,
  look: Look,
  what: string,
  needed = false
): void => {
  const there = names.filter((name) => Object.hasOwn(value, name))
  if (there.length > 1) {
    wrong(at(look, there[1] as string), `${what} has ${there.join(" and ")}`, `Leave one of them.`)
  }
  if (needed && there.length === 0) wrong(look, `${what} has none of ${names.join(", ")}`, "Add one of them.")
}
