/** Choice rules of JSONPath states: comparisons of a `Variable`, joined by `And`, `Or` and `Not`. A JSONata state has a `Condition`. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { AslFailure } from "../../Errors.ts"
import type { Problem } from "../../Problem.ts"
import { isKind, operators, type Operator } from "./comparison.ts"
import { attempt, fail } from "./failures.ts"
import { isArray, isObject, kind, show, type Json, type JsonObject } from "./json.ts"
import * as Jsonata from "./jsonata.ts"
import * as Path from "./path.ts"
import { nameIn, type Unfilled } from "./placeholder.ts"
import type { QueryScope, Recorded, Scope } from "./scope.ts"

const joins: ReadonlySet<string> = new Set(["And", "Or", "Not"])

/** What a rule may have besides its operator. `Next` and `Assign` are for rules that are in no other. */
const besides = ["Variable", "Comment", "Next", "Assign"]

const isOperator = (field: string): boolean => operators.has(field) || field === "IsPresent" || joins.has(field)

const pathIn = (rule: JsonObject, field: string): Path.Path => {
  const text = rule[field]
  const path = Path.parse(typeof text === "string" ? text : "")
  return Result.isSuccess(path) ? path.success : fail("States.Runtime", `${field}: ${path.failure.message}`)
}

const compares = (rule: JsonObject, name: string, operator: Operator, scope: Scope): boolean => {
  const value = Path.readOrThrow(pathIn(rule, "Variable"), scope, ", of Variable,")
  if (!operator.isPath) {
    return operator.matches(value, rule[name]!)
  }
  const operand = Path.readOrThrow(pathIn(rule, name), scope, `, of ${name},`)
  return operator.matches(value, operand)
}

const matchesOrThrow = (rule: Json, scope: Scope): boolean => {
  if (!isObject(rule)) {
    return fail("States.Runtime", `a choice rule is ${kind(rule)}`)
  }
  const name = Object.keys(rule).find(isOperator)
  const operand = name === undefined ? undefined : rule[name]!
  switch (name) {
    case undefined:
      return fail("States.Runtime", "a choice rule has no operator")
    case "And":
      return isArray(operand) && operand.every((one) => matchesOrThrow(one, scope))
    case "Or":
      return isArray(operand) && operand.some((one) => matchesOrThrow(one, scope))
    case "Not":
      return !matchesOrThrow(operand!, scope)
    case "IsPresent":
      return (Path.find(pathIn(rule, "Variable"), scope) !== undefined) === operand
    default:
      return compares(rule, name, operators.get(name)!, scope)
  }
}

/** Whether a rule matches. A path that leads nowhere is `States.Runtime`, but for `IsPresent`; a value of another type does not match. */
export const matches = (rule: Json, scope: Scope): Result.Result<boolean, AslFailure> =>
  attempt(() => matchesOrThrow(rule, scope))

const pathProblem = (value: Json | undefined, field: string): ReadonlyArray<Problem> => {
  if (typeof value !== "string") {
    return [
      value === undefined
        ? { path: [], message: `a comparison has no ${field}`, mend: `name in "${field}" the path of what is compared` }
        : { path: [field], message: `${field} is ${kind(value)}`, mend: "write a path, in a string" }
    ]
  }
  const path = Path.parse(value)
  return Result.isFailure(path) ? [{ ...path.failure, path: [field] }] : []
}

const operandProblem = (name: string, operator: Operator, operand: Json): ReadonlyArray<Problem> => {
  if (operator.isPath) {
    return pathProblem(operand, name)
  }
  const flaw = typeof operand === "string" ? operator.flaw?.(operand) : undefined
  return isKind(operator.operand, operand) || (operator.operand === "number" && nameIn(operand) !== undefined)
    ? []
    : [
        {
          path: [name],
          message: `${name} is compared with ${show(operand)}`,
          mend: flaw ?? `write a ${operator.operand}`
        }
      ]
}

const ruleListProblems = (name: string, operand: Json): ReadonlyArray<Problem> =>
  isArray(operand) && operand.length > 0
    ? operand.flatMap((one, index) => nestedProblems(one, [name, index]))
    : [{ path: [name], message: `${name} has no rules`, mend: "give it a list of rules, one at least" }]

const comparisonProblems = (rule: JsonObject, name: string): ReadonlyArray<Problem> => {
  const operator = operators.get(name)
  return [
    ...pathProblem(rule["Variable"], "Variable"),
    ...(operator !== undefined
      ? operandProblem(name, operator, rule[name]!)
      : typeof rule[name] === "boolean"
        ? []
        : [{ path: [name], message: `${name} is ${kind(rule[name]!)}`, mend: "write true or false" }])
  ]
}

const operatorProblems = (rule: JsonObject): ReadonlyArray<Problem> => {
  const names = Object.keys(rule).filter(isOperator)
  const name = names[0]
  if (name === undefined || names.length > 1) {
    const found = name === undefined ? "no operator" : `several operators: ${names.join(", ")}`
    return [{ path: [], message: `a rule has ${found}`, mend: "give it one; And and Or join several rules" }]
  }
  switch (name) {
    case "And":
    case "Or":
      return ruleListProblems(name, rule[name]!)
    case "Not":
      return nestedProblems(rule[name]!, [name])
    default:
      return comparisonProblems(rule, name)
  }
}

const fieldProblems = (rule: JsonObject, allowed: ReadonlyArray<string>): ReadonlyArray<Problem> =>
  Object.keys(rule)
    .filter((field) => !isOperator(field) && !allowed.includes(field))
    .map((field) => ({
      path: [field],
      message: besides.includes(field) ? `a rule within another has ${field}` : `a rule has no field "${field}"`,
      mend: besides.includes(field) ? "take it to the outermost rule" : "take it away, or mend its name"
    }))

const under = (path: ReadonlyArray<string | number>, problems: ReadonlyArray<Problem>): ReadonlyArray<Problem> =>
  problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] }))

const allProblems = (rule: Json, allowed: ReadonlyArray<string>): ReadonlyArray<Problem> =>
  isObject(rule)
    ? [...operatorProblems(rule), ...fieldProblems(rule, allowed)]
    : [{ path: [], message: `a rule is ${kind(rule)}`, mend: "write an object with an operator" }]

const nestedProblems = (rule: Json, path: ReadonlyArray<string | number>): ReadonlyArray<Problem> =>
  under(path, allProblems(rule, ["Variable", "Comment"]))

/** What is wrong with a rule of a JSONPath state. What its `Next` and `Assign` say is the caller's to look at. */
export const problems = (rule: Json): ReadonlyArray<Problem> => allProblems(rule, besides)

/** The placeholders in place of numbers that a rule compares with, however deep. */
export const unfilled = (rule: Json, path: Unfilled["path"] = []): ReadonlyArray<Unfilled> => {
  const entries: ReadonlyArray<readonly [string | number, Json]> = isArray(rule)
    ? rule.map((one, index) => [index, one] as const)
    : isObject(rule)
      ? Object.entries(rule)
      : []
  return entries.flatMap(([key, value]) => {
    const here = [...path, key]
    if (typeof key === "number" || joins.has(key)) return unfilled(value, here)
    const name = operators.get(key)?.operand === "number" ? nameIn(value) : undefined
    return name === undefined ? [] : [{ path: here, name }]
  })
}

/** The paths that a rule reads, however deep. */
export const paths = (rule: Json): ReadonlyArray<Path.Path> => {
  if (isArray(rule)) {
    return rule.flatMap(paths)
  }
  return isObject(rule)
    ? Object.entries(rule).flatMap(([field, value]) => {
        const read =
          field === "Variable" || operators.get(field)?.isPath === true
            ? Path.parse(typeof value === "string" ? value : "")
            : undefined
        return read !== undefined && Result.isSuccess(read) ? [read.success] : joins.has(field) ? paths(value) : []
      })
    : []
}

/** Whether a `Condition` holds: `true`, `false`, or an expression that gives one of them. */
export const holds = (
  condition: Json,
  scope: QueryScope,
  recorded: Recorded,
  field = "Condition"
): Effect.Effect<boolean, AslFailure> =>
  Effect.flatMap(Jsonata.evaluate(condition, scope, recorded, field), (value) =>
    typeof value === "boolean"
      ? Effect.succeed(value)
      : Effect.fail(
          new AslFailure({
            error: "States.QueryEvaluationError",
            cause: `the field '${field}' has to give true or false, and gives ${show(value)}`
          })
        )
  )
