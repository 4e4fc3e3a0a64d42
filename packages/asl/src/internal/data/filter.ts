/** What a filter accepts, with Jayway's comparisons: a number equals a string that spells it, and what is missing equals nothing. */
import { equal, isArray, isObject, type Json } from "./json.ts"
import type { Filter, Operand, Operator, Segment } from "./pathTree.ts"

type Value = Json | RegExp | undefined

/** What a path selects from `start`. It is given, as paths have filters and filters have paths. */
type Select = (segments: ReadonlyArray<Segment>, start: Json, root: Json) => Json | undefined

const valueOf = (operand: Operand, here: Json, root: Json, select: Select): Value => {
  switch (operand._tag) {
    case "constant":
      return operand.value
    case "pattern":
      return operand.pattern
    case "path":
      return select(operand.segments, operand.from === "here" ? here : root, root)
  }
}

const isJson = (value: Value): value is Json => value !== undefined && !(value instanceof RegExp)

const same = (left: Value, right: Value): boolean => {
  if (!isJson(left) || !isJson(right)) {
    return false
  }
  const spelled =
    (typeof left === "number" && typeof right === "string") || (typeof left === "string" && typeof right === "number")
  return spelled ? String(left) === String(right) : equal(left, right)
}

const isLess = (left: Value, right: Value): boolean =>
  (typeof left === "number" && typeof right === "number" && left < right) ||
  (typeof left === "string" && typeof right === "string" && left < right)

const has = (list: Value, value: Value): boolean =>
  isArray(list as Json) && (list as ReadonlyArray<Json>).some((one) => same(one, value))

const every = (left: Value, test: (value: Json) => boolean): boolean =>
  isArray(left as Json) && (left as ReadonlyArray<Json>).every(test)

const matches = (left: Value, right: Value): boolean =>
  right instanceof RegExp
    ? isJson(left) && left !== null && typeof left !== "object" && right.test(String(left))
    : left instanceof RegExp && matches(right, left)

const sizeOf = (value: Value): number | undefined =>
  typeof value === "string" || isArray(value as Json)
    ? (value as string | ReadonlyArray<Json>).length
    : isObject(value as Json)
      ? Object.keys(value as object).length
      : undefined

const comparisons: Readonly<Record<Operator, (left: Value, right: Value) => boolean>> = {
  "==": same,
  "===": (left, right) => typeof left === typeof right && same(left, right),
  "!=": (left, right) => !same(left, right),
  "!==": (left, right) => !(typeof left === typeof right && same(left, right)),
  "<": isLess,
  ">": (left, right) => isLess(right, left),
  "<=": (left, right) => isLess(left, right) || (typeof left === typeof right && same(left, right)),
  ">=": (left, right) => isLess(right, left) || (typeof left === typeof right && same(left, right)),
  "=~": matches,
  in: (left, right) => has(right, left),
  nin: (left, right) => !has(right, left),
  subsetof: (left, right) => every(left, (one) => has(right, one)),
  anyof: (left, right) => isArray(left as Json) && !every(left, (one) => !has(right, one)),
  noneof: (left, right) => every(left, (one) => !has(right, one)),
  contains: (left, right) =>
    typeof left === "string" ? typeof right === "string" && left.includes(right) : has(left, right),
  size: (left, right) => sizeOf(left) !== undefined && sizeOf(left) === right,
  empty: (left, right) => sizeOf(left) !== undefined && (sizeOf(left) === 0) === right
}

/** Whether a filter accepts `here`, a value in `root`. */
export const accepts = (filter: Filter, here: Json, root: Json, select: Select): boolean => {
  const value = (operand: Operand): Value => valueOf(operand, here, root, select)
  switch (filter._tag) {
    case "and":
      return filter.filters.every((one) => accepts(one, here, root, select))
    case "or":
      return filter.filters.some((one) => accepts(one, here, root, select))
    case "not":
      return !accepts(filter.filter, here, root, select)
    case "exists":
      return filter.operand._tag === "path" ? value(filter.operand) !== undefined : value(filter.operand) === true
    case "compares":
      return comparisons[filter.operator](value(filter.left), value(filter.right))
  }
}
