/**
 * JSONata as Step Functions has it: expressions in `{% … %}`, alone or anywhere within JSON.
 *
 * The library is the reference implementation in the version that AWS names, 2.0.6: later ones have operators that AWS refuses. It is
 * asynchronous, hence the effect. AWS differs in that there is no input to begin a path with, in the functions that `jsonataFunctions`
 * has, in that what is not finite is written as text, and in that what has no result, or one that is no JSON, is an error.
 */
import * as Effect from "effect/Effect"
import jsonata from "jsonata"
import { AslFailure } from "../../Errors.ts"
import { functions, maximalLength } from "./jsonataFunctions.ts"
import { isArray, isObject, object, type Json } from "./json.ts"
import { inner, isExpression } from "./jsonataSyntax.ts"
import type { QueryScope, Recorded } from "./scope.ts"

export { isExpression, problems, uses, type Uses } from "./jsonataSyntax.ts"

/** How deep an evaluation may nest, and how large a text may grow: AWS refuses what is beyond. */
const maximalDepth = 100
const maximalText = 6_990_256
/** An evaluation without end has to stop. AWS stops it by the clock; steps are the same on every machine and on every replay. */
const maximalSteps = 1_000_000
/** After so many steps whatever else goes on in the process has its turn. */
const stretch = 10_000

class TooMuch extends Error {}

/** Counts what an evaluation does, and stops it where it does too much. */
const bound = (expression: jsonata.Expression): void => {
  let depth = 0
  let steps = 0
  const enter = () => {
    depth += 1
    steps += 1
    if (depth > maximalDepth) {
      throw new TooMuch(`Expression evaluation nests deeper than ${maximalDepth}`)
    }
    if (steps > maximalSteps) {
      throw new TooMuch(`Expression evaluation takes more than ${maximalSteps} steps`)
    }
    return steps % stretch === 0 ? new Promise<void>((resolve) => setImmediate(resolve)) : undefined
  }
  const leave = (_expression: unknown, _input: unknown, _environment: unknown, result: unknown) => {
    depth -= 1
    const size = Array.isArray(result)
      ? result.length / maximalLength
      : typeof result === "string"
        ? result.length / maximalText
        : 0
    if (size > 1) {
      throw new TooMuch("Expression evaluation memory limit exceeded")
    }
  }
  // The library looks its hooks up by symbol, which its declarations do not say.
  const hooks = expression as unknown as { readonly assign: (name: symbol, value: unknown) => void }
  hooks.assign(Symbol.for("jsonata.__evaluate_entry"), enter)
  hooks.assign(Symbol.for("jsonata.__evaluate_exit"), leave)
}

const isFunction = (value: object): boolean => "_jsonata_function" in value || "_jsonata_lambda" in value

class NoJson extends Error {}

/** A result as JSON. What is not finite is written as text, as AWS does. */
const toJson = (value: unknown): Json => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value
    case "number":
      // 0 is added as JSON has no -0.
      return Number.isFinite(value) ? value + 0 : String(value)
    case "object":
      if (value === null) {
        return null
      }
      if (Array.isArray(value)) {
        return value.filter((one) => one !== undefined).map(toJson)
      }
      if (!isFunction(value)) {
        return object(Object.entries(value).flatMap(([key, one]) => (one === undefined ? [] : [[key, toJson(one)]])))
      }
  }
  throw new NoJson("gave a function, which is no JSON")
}

const reasonOf = (error: unknown): string => {
  const { code, message } = error as { readonly code?: string; readonly message?: string }
  return error instanceof NoJson
    ? error.message
    : `threw an error during evaluation. ${code === undefined ? "" : `${code}: `}${message ?? String(error)}`
}

const failure = (text: string, field: string, reason: string): AslFailure =>
  new AslFailure({
    error: "States.QueryEvaluationError",
    cause: `The JSONata expression '${text}' specified for the field '${field}' ${reason}`
  })

const formatted = (milliseconds: number, picture: unknown, timezone: unknown): unknown =>
  jsonata("$fromMillis($milliseconds, $picture, $timezone)").evaluate(undefined, { milliseconds, picture, timezone })

const one = (text: string, scope: QueryScope, recorded: Recorded, field: string): Effect.Effect<Json, AslFailure> =>
  Effect.tryPromise({
    try: async () => {
      const expression = jsonata(text)
      bound(expression)
      const result: unknown = await expression.evaluate(undefined, {
        ...functions(recorded, formatted),
        ...scope.variables,
        states: scope.states
      })
      return result === undefined ? undefined : toJson(result)
    },
    catch: (error) => failure(text, field, reasonOf(error))
  }).pipe(
    Effect.flatMap((result) =>
      result === undefined ? Effect.fail(failure(text, field, "returned nothing (undefined).")) : Effect.succeed(result)
    )
  )

/**
 * A value in which each expression is replaced by its result. What fails, or has no result, is `States.QueryEvaluationError`. `field`
 * names the value in the error: `Output`, and `Output/items[0]` within it.
 */
export const evaluate = (
  template: Json,
  scope: QueryScope,
  recorded: Recorded,
  field: string
): Effect.Effect<Json, AslFailure> => {
  if (isExpression(template)) {
    return one(inner(template), scope, recorded, field)
  }
  if (isArray(template)) {
    return Effect.forEach(template, (element, index) => evaluate(element, scope, recorded, `${field}[${index}]`))
  }
  return isObject(template)
    ? Effect.map(
        Effect.forEach(Object.entries(template), ([key, value]) =>
          Effect.map(evaluate(value, scope, recorded, `${field}/${key}`), (result) => [key, result] as const)
        ),
        object
      )
    : Effect.succeed(template)
}
