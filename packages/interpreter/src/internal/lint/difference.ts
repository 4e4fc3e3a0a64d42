/** Where a value and what was read back of it differ. */
import * as DateTime from "effect/DateTime"
import * as Equal from "effect/Equal"

/** Where two values differ first, and in what. */
export interface Difference {
  readonly path: string
  readonly before: unknown
  readonly after: unknown
}

const isZoned = (value: unknown): boolean => DateTime.isDateTime(value) && DateTime.isZoned(value)

/** Whether a value holds a moment in a zone. */
export const holdsZoned = (value: unknown): boolean => {
  const seen = new Set<unknown>()
  const open = [value]
  while (open.length > 0) {
    const next = open.pop()
    if (typeof next !== "object" || next === null || seen.has(next)) continue
    if (isZoned(next)) return true
    seen.add(next)
    open.push(...(next instanceof Map ? [...next].flat() : next instanceof Set ? next : Object.values(next)))
  }
  return false
}

/** A record without a prototype is a record like any other. */
const classOf = (value: object): unknown => Object.getPrototypeOf(value) ?? Object.prototype

/** The parts by which two values of one shape are compared; none where they are compared as wholes. */
const keysOf = (before: unknown, after: unknown): ReadonlyArray<string> => {
  if (typeof before !== "object" || typeof after !== "object" || before === null || after === null) return []
  if (classOf(before) !== classOf(after) || DateTime.isDateTime(before)) return []
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
}

/**
 * The first difference, the parts of a part looked at before the part. Moments in a zone are passed by: Effect writes their
 * offsets to the minute, which in far years is not all of it.
 */
export const difference = (before: unknown, after: unknown): Difference | undefined => {
  const open: Array<Difference> = [{ path: "", before, after }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { after, before, path } = next
    if (Equal.equals(before, after) || (isZoned(before) && isZoned(after))) continue
    const keys = keysOf(before, after)
    if (keys.length === 0) return next
    for (const key of keys.toReversed()) {
      open.push({
        path: path === "" ? key : `${path}.${key}`,
        before: (before as Record<string, unknown>)[key],
        after: (after as Record<string, unknown>)[key]
      })
    }
  }
  return undefined
}
