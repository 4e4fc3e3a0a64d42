/**
 * The comparison operators of Choice rules. A value of another type than the operator's never matches and is no error; strings are
 * compared as Java's `compareTo` does, by UTF-16 units.
 */
import { fail } from "./failures.ts"
import type { Json } from "./json.ts"
import * as Timestamp from "./timestamp.ts"

type Kind = "string" | "number" | "boolean" | "timestamp"

export interface Operator {
  /** What the operand has to be; for a `…Path` operator, what the operand's path has to lead to. */
  readonly operand: Kind
  /** Whether the operand is a path to what is compared with. */
  readonly isPath: boolean
  readonly matches: (value: Json, operand: Json) => boolean
  /** What is wrong with an operand of the right type, if anything. */
  readonly flaw?: (operand: string) => string | undefined
}

export const isKind = (wanted: Kind, value: Json): boolean =>
  wanted === "timestamp" ? typeof value === "string" && Timestamp.parse(value) !== undefined : typeof value === wanted

/** A value's order against another of the same kind, or `undefined` where there is none. */
const order = (family: Kind, left: Json, right: Json): number | undefined => {
  if (!isKind(family, left) || !isKind(family, right)) {
    return undefined
  }
  if (family === "timestamp") {
    return Timestamp.compare(left as string, right as string)
  }
  return left === right ? 0 : (left as string) < (right as string) ? -1 : 1
}

const orders: Readonly<Record<string, (order: number) => boolean>> = {
  Equals: (order) => order === 0,
  LessThan: (order) => order < 0,
  LessThanEquals: (order) => order <= 0,
  GreaterThan: (order) => order > 0,
  GreaterThanEquals: (order) => order >= 0
}

const timestampFlaw = (operand: string): string | undefined =>
  isKind("timestamp", operand) ? undefined : "it is no timestamp: write it like 2016-08-18T17:33:00Z"

const compared = (
  family: Kind,
  prefix: string,
  names: ReadonlyArray<string>
): ReadonlyArray<readonly [string, Operator]> =>
  names.flatMap((name) => {
    const matches = (value: Json, operand: Json): boolean => {
      const found = order(family, value, operand)
      return found !== undefined && orders[name]!(found)
    }
    const operator = { operand: family, matches, ...(family === "timestamp" ? { flaw: timestampFlaw } : {}) }
    return [
      [`${prefix}${name}`, { ...operator, isPath: false }],
      [`${prefix}${name}Path`, { operand: family, matches, isPath: true }]
    ] as const
  })

const tests: Readonly<Record<string, (value: Json) => boolean>> = {
  IsNull: (value) => value === null,
  IsString: (value) => typeof value === "string",
  IsNumeric: (value) => typeof value === "number",
  IsBoolean: (value) => typeof value === "boolean",
  IsTimestamp: (value) => isKind("timestamp", value)
}

/** The texts between the `*` of a pattern. `\*` and `\\` stand for themselves, and a backslash before anything else is an error. */
const literals = (pattern: string): ReadonlyArray<string> => {
  const all = [""]
  for (const [token] of pattern.matchAll(/\\[\s\S]?|[\s\S]/g)) {
    if (token === "*") {
      all.push("")
    } else if (token.startsWith("\\") && token !== "\\*" && token !== "\\\\") {
      fail("States.Runtime", `a backslash in the pattern "${pattern}" escapes nothing: write \\\\ for a backslash`)
    } else {
      all[all.length - 1] += token.slice(-1)
    }
  }
  return all
}

/** Whether a text is what stands between the wildcards, in order, with anything in their place. */
const isLike = (text: string, pattern: string): boolean => {
  const [first, ...rest] = literals(pattern) as [string, ...Array<string>]
  const last = rest.pop()
  if (last === undefined) {
    return text === first
  }
  let at = text.startsWith(first) ? first.length : -1
  for (const middle of rest) {
    const found = at === -1 ? -1 : text.indexOf(middle, at)
    at = found === -1 ? -1 : found + middle.length
  }
  return at !== -1 && text.length - last.length >= at && text.endsWith(last)
}

/** Each operator but `IsPresent`, `And`, `Or` and `Not`, which do not look at a value that is there. */
export const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ...compared("string", "String", Object.keys(orders)),
  ...compared("number", "Numeric", Object.keys(orders)),
  ...compared("timestamp", "Timestamp", Object.keys(orders)),
  ...compared("boolean", "Boolean", ["Equals"]),
  [
    "StringMatches",
    {
      operand: "string",
      isPath: false,
      matches: (value, pattern) => typeof value === "string" && isLike(value, pattern as string)
    }
  ],
  ...Object.entries(tests).map(
    ([name, test]) =>
      [
        name,
        { operand: "boolean", isPath: false, matches: (value: Json, wanted: Json) => test(value) === wanted }
      ] as const
  )
])
