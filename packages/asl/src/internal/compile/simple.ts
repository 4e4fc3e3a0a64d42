/** States that do their work within one step or timer: `Pass`, `Choice`, `Succeed`, `Fail`, `Wait`. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { WIO } from "@waymark/core"
import type * as Definition from "../../Definition.ts"
import { AslFailure } from "../../Errors.ts"
import { largestNumber } from "../data/limits.ts"
import * as ChoiceRule from "../data/choice.ts"
import * as Jsonata from "../data/jsonata.ts"
import type { Json } from "../data/json.ts"
import * as Timestamp from "../data/timestamp.ts"
import type { Flow, Left } from "./flow.ts"
import * as Query from "./query.ts"
import type { At, Compiled } from "./query.ts"
import { entering, going, leaving, sequence, whole, type Part, type Way } from "./steps.ts"

export const pass = (compiled: Compiled<Definition.Pass>): Part<Way> => {
  const { language, name, state } = compiled
  return whole(
    name,
    (at) =>
      language === "JSONPath" && state.Result !== undefined
        ? Effect.andThen(Query.effectiveInput(compiled, at), Query.passed(compiled, at, state.Result))
        : Effect.flatMap(Query.effectiveInput(compiled, at), (given) => Query.passed(compiled, at, given)),
    state.Next
  )
}

export const succeed = (compiled: Compiled<Definition.Succeed>): Part<Way> =>
  whole(
    compiled.name,
    (at) => Effect.flatMap(Query.selected(compiled, at), (given) => Query.passed(compiled, at, given)),
    undefined
  )

const holds = (
  language: Definition.QueryLanguage,
  rule: Definition.ChoiceRule,
  at: At,
  input: Json
): Effect.Effect<boolean, AslFailure> => {
  if (language === "JSONata") return ChoiceRule.holds(rule.Condition ?? null, Query.queryScope(at), at.recorded)
  const matched = ChoiceRule.matches(rule as Json, Query.scopeOf(at, input))
  return Result.isSuccess(matched) ? Effect.succeed(matched.success) : Effect.fail(matched.failure)
}

export const choice = (compiled: Compiled<Definition.Choice>): Part<Way> => {
  const { language, name, state } = compiled
  const taken = (
    rule: Definition.ChoiceRule | Definition.Choice,
    at: At,
    input: Json
  ): Effect.Effect<Left, AslFailure> =>
    language === "JSONata"
      ? Query.queried(rule, at, at.flow.input, {})
      : Query.passed({ ...compiled, state: { ...state, Assign: rule.Assign } as never }, at, input)
  return whole(
    name,
    (at) =>
      Effect.gen(function* () {
        const input = yield* Query.selected(compiled, at)
        for (const rule of state.Choices) {
          if (yield* holds(language, rule, at, input)) return { ...(yield* taken(rule, at, input)), next: rule.Next }
        }
        if (state.Default === undefined) {
          return yield* Query.fail(
            "States.NoChoiceMatched",
            `no rule of state '${name}' matches, and it has no Default`
          )
        }
        return { ...(yield* taken(state, at, input)), next: state.Default }
      }),
    undefined
  )
}

export const fail = (compiled: Compiled<Definition.Fail>): Part<Way> => {
  const { language, name, state } = compiled
  const text = (field: "Error" | "Cause", at: At) =>
    Effect.gen(function* () {
      const { [field]: written, [`${field}Path` as const]: path } = state
      if (written === undefined && path === undefined) return undefined
      const value =
        path !== undefined
          ? yield* fromPath(path, at)
          : language === "JSONata"
            ? yield* Jsonata.evaluate(written as string, Query.queryScope(at), at.recorded, field)
            : (written as string)
      if (typeof value === "string") return value
      const error = language === "JSONata" ? "States.QueryEvaluationError" : "States.Runtime"
      return yield* Query.fail(error, `Error and Cause are strings, and not ${JSON.stringify(value)}`)
    })
  return whole(
    name,
    (at) =>
      Effect.gen(function* () {
        const error = yield* text("Error", at)
        const cause = yield* text("Cause", at)
        return yield* Effect.fail(
          new AslFailure({ ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) })
        )
      }),
    undefined
  )
}

/** `ErrorPath` and `CausePath` are paths or intrinsic functions, as the values of a payload template are. */
const fromPath = (path: string, at: At) =>
  Effect.map(
    Query.template("JSONPath", { "value.$": path }, at, at.flow.input, "ErrorPath"),
    (made) => (made as { readonly value: Json }).value
  )

/** When a wait is over, in milliseconds since the epoch. */
const until = (
  { language, state }: Compiled<Definition.Wait>,
  at: At,
  input: Json
): Effect.Effect<number, AslFailure> =>
  Effect.gen(function* () {
    const { Seconds, SecondsPath, Timestamp: written, TimestampPath } = state
    if (Seconds !== undefined || SecondsPath !== undefined) {
      const field = { field: "Seconds", value: Seconds, path: SecondsPath, least: 0, most: largestNumber }
      return at.recorded.now + ((yield* Query.numberOf(language, field, at, input)) ?? 0) * 1000
    }
    const found =
      TimestampPath !== undefined
        ? yield* Query.readPath(TimestampPath, Query.scopeOf(at, input))
        : yield* Query.template(language, written ?? null, at, input, "Timestamp")
    const instant = typeof found === "string" ? Timestamp.parse(found) : undefined
    if (instant === undefined) {
      const error = language === "JSONata" ? "States.QueryEvaluationError" : "States.Runtime"
      return yield* Query.fail(error, `${JSON.stringify(found)} is no timestamp`)
    }
    // AWS waits until whole seconds only.
    return Math.floor(instant / 1000) * 1000
  })

export const wait = (compiled: Compiled<Definition.Wait>): Part<Way> => {
  const { language, name, state } = compiled
  // Expressions may ask for the time, which is another one once it has waited.
  const late = language === "JSONata" && (state.Output !== undefined || state.Assign !== undefined)
  const enter = entering(name, (at) =>
    Effect.gen(function* () {
      const input = yield* Query.selected(compiled, at)
      const due = yield* until(compiled, at, input)
      if (late) return { until: due }
      return { until: due, left: yield* Query.passed(compiled, at, input) }
    })
  )
  const timer = WIO.await<Flow>(name, { until: (flow) => flow.work?.until ?? 0 })
  const leave = late
    ? leaving(name, `${name}: output`, (at) => Query.passed(compiled, at, at.flow.input), state.Next)
    : (WIO.pure((flow: Flow) => going(flow, flow.work?.left ?? { output: flow.input }, state.Next)) as never)
  return sequence(enter, timer, leave)
}
