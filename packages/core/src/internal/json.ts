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

/** What stands in the way of a value being JSON, and where; `undefined` where nothing does. */
export const flaw = (root: unknown): string | undefined => {
  // Most events are flat or a value: no stack is needed for those.
  const stack: Array<{ readonly value: unknown; readonly path: string; readonly depth: number }> = [
    { value: root, path: "", depth: 0 }
  ]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { depth, path, value } = top
    const found = flawOf(value)
    if (found !== undefined) return `${path === "" ? "it" : path} is ${found}, which is not JSON`
    if (typeof value !== "object" || value === null) continue
    if (depth === DEEPEST) return `it is nested more than ${DEEPEST} deep, or holds itself`
    for (const [key, part] of Object.entries(value)) {
      if (typeof part === "string" || typeof part === "boolean" || part === null) continue
      stack.push({ value: part, path: path === "" ? key : `${path}.${key}`, depth: depth + 1 })
    }
  }
  return undefined
}

/** Minus zero is read back as zero. */
export const hasMinusZero = (value: unknown): boolean =>
  Object.is(value, -0) || (typeof value === "object" && value !== null && Object.values(value).some(hasMinusZero))
