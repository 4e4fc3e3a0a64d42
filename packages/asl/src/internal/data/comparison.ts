/**
 * The comparison operators of Choice rules. A value of another type than the operator's never matches and is no error; strings are
 * compared as Java's `compareTo` does, by UTF-16 units.
 */
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

/** `*` stands for any text; `\*` and `\\` are the characters themselves, and a backslash before another is one that matches itself. */
const wildcards = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern.replaceAll(/\\[\\*]|[\s\S]/g, (token) =>
      token === "*" ? "[\\s\\S]*" : (token.length === 2 ? token[1]! : token).replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&")
    )}$`
  )

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
      matches: (value, pattern) => typeof value === "string" && wildcards(pattern as string).test(value)
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
