/** Whether a value is JSON to the letter: what is written is then what is read, and what runs is what is replayed. */

/** Deeper nesting is refused: parsers and databases recurse. */
const DEEPEST = 1_000

const flawOf = (value: unknown): string | undefined => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined
    case "number":
      return Number.isFinite(value) ? undefined : `the number ${value}`
    case "object": {
      if (value === null || Array.isArray(value)) return undefined
      const prototype: unknown = Object.getPrototypeOf(value)
      return prototype === null || Object.getPrototypeOf(prototype) === null ? undefined : "an object of a class"
    }
    case "undefined":
      return "undefined"
    case "bigint":
    case "function":
    case "symbol":
      return `a ${typeof value}`
  }
}

/** A value without parts that is read back as it is: minus zero is not. */
const isScalar = (value: unknown): boolean =>
  value === null ||
  typeof value === "string" ||
  typeof value === "boolean" ||
  (typeof value === "number" && Number.isFinite(value) && !Object.is(value, -0))

/** Whether a value is read back as it is, as is seen without looking into its parts: most events are flat, and nothing is made to look at those. */
export const isPlain = (root: unknown): boolean => {
  if (isScalar(root)) return true
  if (typeof root !== "object" || flawOf(root) !== undefined) return false
  if (Array.isArray(root)) {
    for (const part of root) if (!isScalar(part)) return false
    return true
  }
  for (const key in root) if (!isScalar((root as Readonly<Record<string, unknown>>)[key])) return false
  return true
}

const notJson = (path: string, what: string): string => `${path === "" ? "it" : path} is ${what}, which is not JSON`

/** What stands in the way of a value being JSON, and where; `undefined` where nothing does. */
export const flaw = (root: unknown): string | undefined => {
  const stack: Array<{ readonly value: unknown; readonly path: string; readonly depth: number }> = [
    { value: root, path: "", depth: 0 }
  ]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { depth, path, value } = top
    const found = flawOf(value)
    if (found !== undefined) return notJson(path, found)
    if (typeof value !== "object" || value === null) continue
    if (depth === DEEPEST) return `it is nested more than ${DEEPEST} deep, or holds itself`
    // What a list leaves out would be read back as null.
    for (const [key, part] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
      if (typeof part === "string" || typeof part === "boolean" || part === null) continue
      const place = path === "" ? String(key) : `${path}.${key}`
      // Said at once: there may be a billion of those.
      if (part === undefined) return notJson(place, "undefined")
      stack.push({ value: part, path: place, depth: depth + 1 })
    }
  }
  return undefined
}

/** Minus zero is read back as zero. */
export const hasMinusZero = (value: unknown): boolean =>
  Object.is(value, -0) || (typeof value === "object" && value !== null && Object.values(value).some(hasMinusZero))
