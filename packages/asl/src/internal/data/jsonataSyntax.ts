/** What can be read from a JSONata expression without evaluating it: its syntax errors, what it may not refer to, and what it uses. */
import jsonata from "jsonata"
import type { Problem } from "../../Problem.ts"
import { isArray, isObject, type Json } from "./json.ts"

/** What expressions read: variables by name, and fields of `$states`. */
export interface Uses {
  readonly variables: ReadonlySet<string>
  readonly states: ReadonlySet<string>
}

/** Whether a string is an expression: it begins with `{%` and ends with `%}`. */
export const isExpression = (value: Json): value is string =>
  typeof value === "string" && value.length >= 4 && value.startsWith("{%") && value.endsWith("%}")

/** The expression between its marks. */
export const inner = (value: string): string => value.slice(2, -2).trim()

/** Variables that are there without having been assigned: JSONata's own functions and those of Step Functions. */
const builtin: ReadonlySet<string> = new Set(
  (
    "states sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim pad match " +
    "contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs sqrt power random " +
    "boolean not map zip filter single reduce sift keys lookup append exists spread merge reverse each error assert type sort " +
    "shuffle distinct base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl eval toMillis fromMillis " +
    "clone now millis partition range hash uuid parse"
  ).split(" ")
)

/** A node of the library's syntax tree, of which its declarations know a part. */
interface Node {
  readonly type?: string
  readonly value?: unknown
  readonly steps?: ReadonlyArray<Node>
  readonly arguments?: ReadonlyArray<Node>
  readonly body?: Node
  readonly lhs?: unknown
  readonly rhs?: Node
  readonly focus?: string
  readonly index?: string
  readonly [key: string]: unknown
}

interface Reading {
  readonly variables: Set<string>
  readonly states: Set<string>
  /** References to an input that Step Functions does not have. */
  readonly topLevel: Set<string>
}

/** Where a node stands: whether there is a context item (within a path there is), and which variables the expression binds itself. */
interface Place {
  readonly context: boolean
  readonly bound: Set<string>
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && !Array.isArray(value)

const within = (place: Place): Place => ({ ...place, context: true })

const nested = (place: Place, names: ReadonlyArray<string> = []): Place => ({
  ...place,
  bound: new Set([...place.bound, ...names])
})

const variable = (name: string, place: Place, reading: Reading): void => {
  if (name === "$" || (name === "" && !place.context)) {
    reading.topLevel.add(`$${name}`)
  } else if (name !== "" && !place.bound.has(name) && !builtin.has(name)) {
    reading.variables.add(name)
  }
}

const path = (steps: ReadonlyArray<Node>, place: Place, reading: Reading): void => {
  const [first, second] = steps
  if (first?.type === "variable" && first.value === "states" && second?.type === "name") {
    reading.states.add(String(second.value))
  }
  const here = nested(place)
  for (const [at, step] of steps.entries()) {
    walk(step, at === 0 ? here : within(here), reading)
  }
}

const bind = (node: Node, place: Place, reading: Reading): void => {
  const name = String((node.lhs as Node).value)
  // A function may call itself by the name it is given; any other value is computed before the name is bound.
  if (node.rhs?.type === "lambda") {
    place.bound.add(name)
  }
  walk(node.rhs, place, reading)
  place.bound.add(name)
}

/** What a step has besides itself: conditions, groups and sort terms see the item of the step, and names bound by `@` and `#`. */
const attached = ["stages", "predicate", "group"] as const

const children = (node: Node, place: Place, reading: Reading): void => {
  for (const [key, child] of Object.entries(node)) {
    if (!attached.some((one) => one === key)) {
      walk(child, place, reading)
    }
  }
  for (const name of [node.focus, node.index]) {
    if (name !== undefined) {
      place.bound.add(name)
    }
  }
  for (const key of attached) {
    walk(node[key], within(place), reading)
  }
}

const walk = (value: unknown, place: Place, reading: Reading): void => {
  if (Array.isArray(value)) {
    for (const one of value) {
      walk(one, place, reading)
    }
    return
  }
  if (!isNode(value)) {
    return
  }
  switch (value.type) {
    case "variable":
      variable(String(value.value), place, reading)
      return children(value, place, reading)
    case "name":
      if (!place.context) {
        reading.topLevel.add(String(value.value))
      }
      return children(value, place, reading)
    case "path":
      path(value.steps ?? [], place, reading)
      return walk(value["group"], within(place), reading)
    case "bind":
      return bind(value, place, reading)
    case "block":
      return children(value, nested(place), reading)
    case "index":
      place.bound.add(String(value.value))
      return
    case "lambda":
      return walk(
        value.body,
        nested(
          place,
          (value.arguments ?? []).map((one) => String(one.value))
        ),
        reading
      )
    case "sort":
    case "transform":
      return children(value, within(place), reading)
    default:
      return children(value, place, reading)
  }
}

const read = (text: string): Reading => {
  const reading: Reading = { variables: new Set(), states: new Set(), topLevel: new Set() }
  walk(jsonata(text).ast(), { context: false, bound: new Set() }, reading)
  return reading
}

/** Every expression of a template, with its place. */
const expressions = (
  template: Json,
  at: ReadonlyArray<string | number> = []
): ReadonlyArray<{ readonly path: ReadonlyArray<string | number>; readonly text: string }> => {
  if (isExpression(template)) {
    return [{ path: at, text: inner(template) }]
  }
  if (isArray(template)) {
    return template.flatMap((element, index) => expressions(element, [...at, index]))
  }
  return isObject(template) ? Object.entries(template).flatMap(([key, value]) => expressions(value, [...at, key])) : []
}

const topLevelProblem = (name: string, at: ReadonlyArray<string | number>): Problem => ({
  path: at,
  message: `an expression refers to ${name.startsWith("$") ? name : `"${name}"`} at its top level, where there is no input`,
  mend: "begin with $states.input, or with a variable"
})

const errorOutputProblem = (at: ReadonlyArray<string | number>): Problem => ({
  path: at,
  message: "an expression refers to $states.errorOutput, which there is in Output and Assign of a catcher only",
  mend: "read it there, and hand it on in a variable or in the output"
})

const resultProblem = (at: ReadonlyArray<string | number>): Problem => ({
  path: at,
  message:
    "an expression refers to $states.result, which there is in Output and Assign of Task, Parallel and Map states only",
  mend: "read $states.input there, or hand the result on in a variable or in the output of the state that has it"
})

/**
 * Every syntax error in a template, and every reference to an input at the top level of an expression, which AWS refuses; and to
 * `$states.errorOutput` and `$states.result` where there is none.
 */
export const problems = (template: Json, { errorOutput = true, result = true } = {}): ReadonlyArray<Problem> =>
  expressions(template).flatMap(({ path, text }) => {
    try {
      const { states, topLevel } = read(text)
      const unknown = [...topLevel].map((name) => topLevelProblem(name, path))
      return [
        ...unknown,
        ...(!errorOutput && states.has("errorOutput") ? [errorOutputProblem(path)] : []),
        ...(!result && states.has("result") ? [resultProblem(path)] : [])
      ]
    } catch (error) {
      const { message, position, code } = error as { message?: string; position?: number; code?: string }
      const place = position === undefined ? "" : ` at character ${position}`
      return [{ path, message: `"${text}" is no JSONata${place}: ${message ?? code}`, mend: "mend the expression" }]
    }
  })

const readOrNothing = (text: string): Reading => {
  try {
    return read(text)
  } catch {
    return { variables: new Set(), states: new Set(), topLevel: new Set() }
  }
}

/** What the expressions of a template use. One that has a syntax error uses nothing: `problems` tells of it. */
export const uses = (template: Json): Uses => {
  const readings = expressions(template).map(({ text }) => readOrNothing(text))
  return {
    variables: new Set(readings.flatMap(({ variables }) => [...variables])),
    states: new Set(readings.flatMap(({ states }) => [...states]))
  }
}
