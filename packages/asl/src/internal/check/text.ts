/** A definition as text: JSON in which no object has a key twice, since one of the two would be lost without a word. */
import { at, wrong, type Look, type Path } from "./look.ts"

interface Frame {
  readonly path: Path
  readonly keys: Set<string> | undefined
  key: string | number
}

/** Notes keys that an object has twice. The text is JSON. */
const repeated = (text: string, look: Look): void => {
  const token = /"(?:[^"\\]|\\.)*"|[[\]{},:]/g
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
      const key = JSON.parse(last) as string
      if (top.keys.has(key))
        wrong(at({ ...look, path: top.path }, key), `the key "${key}" is there twice`, "Rename one of the two.")
      top.keys.add(key)
      top.key = key
    }
    last = found
  }
}

/** The value of a text, or nothing where it is not JSON, which is noted. */
export const read = (text: string, look: Look): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    repeated(text, look)
    return value
  } catch (cause) {
    wrong(look, `it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, "Give a JSON object.")
    return undefined
  }
}
