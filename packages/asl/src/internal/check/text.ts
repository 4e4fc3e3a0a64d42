/**
 * A definition as text: JSON, but for placeholders between its strings. No object has a key twice, since one of the two would be lost
 * without a word.
 */
import {
  filledBetween,
  filledText,
  nameIn,
  quotedBetween,
  type Substitutions,
  type Unfilled
} from "../data/placeholder.ts"
import { at, shown, wrong, type Look, type Path } from "./look.ts"

interface Frame {
  readonly path: Path
  readonly keys: Set<string> | undefined
  key: string | number
}

/** Notes keys that an object has twice, and placeholders between strings. The text is JSON but for those. */
const looked = (text: string, values: Substitutions, look: Look): void => {
  const token = /"(?:[^"\\]|\\.)*"|\$\{[^}"]+\}|[[\]{},:]/g
  const frames: Array<Frame> = []
  let last = ""
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found] = match
    const top = frames[frames.length - 1]
    if (found === "{" || found === "[") {
      const path = top === undefined ? [] : [...top.path, top.key]
      frames.push({ path, keys: found === "{" ? new Set() : undefined, key: 0 })
    } else if (found === "}" || found === "]") frames.pop()
    else if (found === "," && typeof top?.key === "number" && top.keys === undefined) top.key++
    else if (found === ":" && top?.keys !== undefined) {
      const key = last.startsWith('"') ? (JSON.parse(last) as string) : last
      if (top.keys.has(key))
        wrong(at({ ...look, path: top.path }, key), `the key "${key}" is there twice`, "Rename one of the two.")
      top.keys.add(key)
      top.key = filledText(key, values)
    }
    const name = nameIn(found)
    if (name !== undefined) {
      const isValue = top !== undefined && (top.keys === undefined || last === ":")
      look.unfilled({ path: isValue ? [...top.path, top.key] : (top?.path ?? []), name })
    }
    last = found
  }
}

/** What a text is, with its placeholders between strings in quotes. */
const parsed = (text: string): unknown => JSON.parse(quotedBetween(text))

const isJson = (text: string): boolean => {
  try {
    parsed(text)
    return true
  } catch {
    return false
  }
}

/** Notes the values that make no JSON of a text that is JSON without them, and says whether there are any. */
const spoilt = (text: string, values: Substitutions, look: Look): boolean => {
  if (!isJson(text)) return false
  const holes: Array<Unfilled> = []
  looked(text, values, { ...look, note: () => {}, unfilled: (hole) => void holes.push(hole) })
  const spoiling = holes.filter(
    ({ name }) => Object.hasOwn(values, name) && !isJson(filledBetween(text, { [name]: values[name]! }))
  )
  for (const { name, path } of spoiling) {
    const mend = "Give a value as JSON has it, which is text in quotes, or put the placeholder in quotes."
    wrong({ ...look, path }, `the value of \${${name}} is no JSON there: ${shown(values[name])}`, mend)
  }
  return spoiling.length > 0
}

/** The value of a text, in which placeholders between strings have values or are strings; nothing where it is not JSON, which is noted. */
export const read = (text: string, values: Substitutions, look: Look): { readonly value: unknown } | undefined => {
  const written = filledBetween(text, values)
  try {
    const value = parsed(written)
    looked(written, values, look)
    return { value }
  } catch (cause) {
    if (spoilt(text, values, look)) return undefined
    // The parser quotes the text around the place, with its line breaks.
    const why = (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, " ")
    wrong(look, `it is not JSON: ${why}`, "Give a JSON object.")
    return undefined
  }
}
