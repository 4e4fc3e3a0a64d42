/** Intrinsic functions: `States.Format('…', $.x)` and its like, in payload templates of JSONPath states. */
import * as Result from "effect/Result"
import type { AslFailure } from "../../Errors.ts"
import type { Problem } from "../../Problem.ts"
import { attempt, fail } from "./failures.ts"
import { format, functions } from "./intrinsicFunctions.ts"
import { call as readCall, numbers, pieces, textual, unescaped, type Argument, type Call } from "./intrinsicSyntax.ts"
import type { Json } from "./json.ts"
import { readOrThrow, type Path } from "./path.ts"
import { parsing } from "./scanner.ts"
import type { Recorded, Scope } from "./scope.ts"

export type { Call }

/** Whether a text is to be read as an intrinsic function rather than as a path. */
export const looksLike = (text: string): boolean => text.startsWith("States.")

export const parse = (text: string): Result.Result<Call, Problem> => parsing(text, (scanner) => readCall(scanner))

const isNoNumber = (argument: Argument | undefined): boolean =>
  argument?._tag === "string" || (argument?._tag === "constant" && typeof argument.value !== "number")

/** A call, unless it has a literal that is refused whenever it is made. */
export const sound = (call: Call): Result.Result<Call, Problem> => {
  const wrong = numbers[call.name]?.find((at) => isNoNumber(call.arguments[at]))
  if (wrong !== undefined) {
    return Result.fail({
      path: [],
      message: `argument ${wrong + 1} of States.${call.name} is no number`,
      mend: "write a number without quotes, or the path of one"
    })
  }
  const within = call.arguments.flatMap((argument) => (argument._tag === "call" ? [sound(argument.call)] : []))
  return within.find(Result.isFailure) ?? Result.succeed(call)
}

/** A call that may give a string, where one is needed. */
export const giving = (call: Call): Result.Result<Call, Problem> =>
  textual.includes(call.name)
    ? Result.succeed(call)
    : Result.fail({
        path: [],
        message: `States.${call.name} gives no string here`,
        mend: `call one of ${textual.map((name) => `States.${name}`).join(", ")}`
      })

const valueOf = (argument: Argument, scope: Scope, recorded: Recorded): Json => {
  switch (argument._tag) {
    case "string":
      return unescaped(argument.raw)
    case "constant":
      return argument.value
    case "path":
      return readOrThrow(argument.path, scope)
    case "call":
      return evaluateOrThrow(argument.call, scope, recorded)
  }
}

/** What stands between the `{}` of a template, which has `\{` and `\}` for braces that are not meant. */
const between = (template: Argument, scope: Scope, recorded: Recorded): ReadonlyArray<string> => {
  const raw = template._tag === "string" ? template.raw : valueOf(template, scope, recorded)
  return typeof raw === "string"
    ? (pieces(raw)?.map(unescaped) ??
        fail("States.Runtime", `a brace of the template '${raw}' stands alone: write \\{ or \\}`))
    : fail("States.Runtime", "the template of States.Format has to be a string")
}

export const evaluateOrThrow = (call: Call, scope: Scope, recorded: Recorded): Json => {
  if (call.name === "Format") {
    const [template, ...values] = call.arguments
    return format(
      between(template!, scope, recorded),
      values.map((value) => valueOf(value, scope, recorded))
    )
  }
  const values = call.arguments.map((argument) => valueOf(argument, scope, recorded))
  return functions[call.name as keyof typeof functions](values, recorded)
}

/** The value of a call; what a function refuses is `States.Runtime`. */
export const evaluate = (call: Call, scope: Scope, recorded: Recorded): Result.Result<Json, AslFailure> =>
  attempt(() => evaluateOrThrow(call, scope, recorded))

/** The paths among the arguments, however deep. */
export const paths = (call: Call): ReadonlyArray<Path> =>
  call.arguments.flatMap((argument) =>
    argument._tag === "path" ? [argument.path] : argument._tag === "call" ? paths(argument.call) : []
  )
