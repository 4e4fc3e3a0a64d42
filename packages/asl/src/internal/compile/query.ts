/** Reading a state's fields while it runs, in the query language that it is written in. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { AslFailure } from "../../Errors.ts"
import type { QueryLanguage, State } from "../../Definition.ts"
import * as Jsonata from "../data/jsonata.ts"
import { isObject, type Json, type JsonObject } from "../data/json.ts"
import * as Limits from "../data/limits.ts"
import * as Path from "../data/path.ts"
import * as Template from "../data/payloadTemplate.ts"
import * as Pipeline from "../data/pipeline.ts"
import type { QueryScope, Recorded, Scope } from "../data/scope.ts"
import * as Timestamp from "../data/timestamp.ts"
import type { Flow, Left } from "./flow.ts"

/** A state as it is compiled: its name, its language, and what it is. */
export interface Compiled<S extends State> {
  readonly name: string
  readonly language: QueryLanguage
  readonly state: S
}

/** Where a state is in its run. */
export interface At {
  readonly name: string
  readonly flow: Flow
  readonly recorded: Recorded
}

type Evaluated<A> = Effect.Effect<A, AslFailure>

export const fail = (error: string, cause: string): Effect.Effect<never, AslFailure> =>
  Effect.fail(new AslFailure({ error, cause }))

const from = <A>(result: Result.Result<A, AslFailure>): Evaluated<A> =>
  Result.isSuccess(result) ? Effect.succeed(result.success) : Effect.fail(result.failure)

/** When the state was entered. */
export const enteredAt = ({ flow, recorded }: At): number => flow.entered ?? recorded.now

/** The context object. */
export const contextOf = (at: At): JsonObject => {
  const { flow, name } = at
  const token = flow.work?.token
  return {
    ...flow.context,
    State: {
      Name: name,
      EnteredTime: Timestamp.written(enteredAt(at)),
      RetryCount: flow.tries?.count ?? 0
    },
    ...(token !== undefined && { Task: { Token: token } })
  }
}

/** What paths refer to, with `input` at `$`. */
export const scopeOf = (at: At, input: Json = at.flow.input): Scope => ({
  input,
  context: contextOf(at),
  variables: at.flow.variables
})

/** What expressions refer to. */
export const queryScope = (at: At, more: Partial<QueryScope["states"]> = {}): QueryScope => ({
  states: { input: at.flow.input, context: contextOf(at), ...more },
  variables: at.flow.variables
})

/** The value at a path that a field names. */
export const readPath = (text: string, scope: Scope): Evaluated<Json> =>
  Result.match(Path.parse(text), {
    onFailure: ({ message }) => fail("States.Runtime", message),
    onSuccess: (path) => from(Path.read(path, scope))
  })

/** A template in the state's language: in JSONPath `$` is `input`. `field` names it in errors. */
export const template = (language: QueryLanguage, written: Json, at: At, input: Json, field: string): Evaluated<Json> =>
  language === "JSONata"
    ? Jsonata.evaluate(written, queryScope(at), at.recorded, field)
    : from(Template.evaluate(written, scopeOf(at, input), at.recorded))

/** The input cut by `InputPath`; in JSONata, the input. */
export const selected = ({ language, state }: Compiled<State>, at: At): Evaluated<Json> =>
  language === "JSONata" ? Effect.succeed(at.flow.input) : from(Pipeline.inputPath(state, scopeOf(at)))

/** `detail` says what it is that is too large, where `Retry` and `Catch` have to know. */
const within = (value: Json, what: string, detail?: AslFailure["detail"], most?: number): Evaluated<Json> =>
  Effect.mapError(from(Limits.withinLimit(value, what, most)), ({ cause, error }) =>
    AslFailure.make({
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
      ...(detail !== undefined && { detail })
    })
  )

const given = ({ language, state }: Compiled<State>, at: At): Evaluated<Json> => {
  if (language === "JSONPath") return from(Pipeline.effectiveInput(state, scopeOf(at), at.recorded))
  return "Arguments" in state && state.Arguments !== undefined
    ? Jsonata.evaluate(state.Arguments, queryScope(at), at.recorded, "Arguments")
    : Effect.succeed(at.flow.input)
}

/** What the work of a state is given: its `Parameters` or `Arguments`, else its input. */
export const effectiveInput = (compiled: Compiled<State>, at: At): Evaluated<Json> =>
  Effect.flatMap(given(compiled, at), (input) => within(input, `the effective input of state '${at.name}'`))

/** Values for variables, by their names: no more at once than a state may pass on, and no more in all than an execution may keep. */
export const assigned = (value: Json, { flow, name }: At): Evaluated<JsonObject> =>
  Effect.gen(function* () {
    if (!isObject(value)) return yield* fail("States.Runtime", "Assign does not give an object")
    yield* within(value, `what state '${name}' assigns`, "output")
    const values: JsonObject = value
    const kept = { ...flow.variables, ...values }
    yield* within(kept, `the variables after state '${name}'`, "output", Limits.maximalVariables)
    return values
  })

/** Fields that say what a state leaves behind. */
interface Leaving {
  readonly Output?: Json
  readonly Assign?: Json
}

/** `Output` and `Assign` in JSONata: both see the variables as they were before. */
export const queried = (
  { Assign, Output }: Leaving,
  at: At,
  otherwise: Json,
  more: Partial<QueryScope["states"]>
): Evaluated<Left> =>
  Effect.gen(function* () {
    const scope = queryScope(at, more)
    const output = Output === undefined ? otherwise : yield* Jsonata.evaluate(Output, scope, at.recorded, "Output")
    yield* within(output, `the output of state '${at.name}'`, "output")
    if (Assign === undefined) return { output }
    return { output, assign: yield* assigned(yield* Jsonata.evaluate(Assign, scope, at.recorded, "Assign"), at) }
  })

/** The way out of a JSONPath state: `ResultSelector`, `ResultPath` and `OutputPath`; `Assign` reads the result. */
const piped = (state: State, at: At, result: Json, recordedInput: Json): Evaluated<Left> =>
  Effect.gen(function* () {
    const output = yield* from(Pipeline.effectiveOutput(state, scopeOf(at, recordedInput), result, at.recorded))
    yield* within(output, `the output of state '${at.name}'`, "output")
    if (state.Assign === undefined) return { output }
    const assign = yield* from(Template.evaluate(state.Assign, scopeOf(at, result), at.recorded))
    return { output, assign: yield* assigned(assign, at) }
  })

/** What a state leaves that has a result of its own (`Task`, `Parallel`, `Map`). */
export const resulted = ({ language, state }: Compiled<State>, at: At, result: Json): Evaluated<Left> =>
  Effect.flatMap(within(result, `the result of state '${at.name}'`, state.Type === "Task" ? "result" : undefined), () =>
    language === "JSONata" ? queried(state, at, result, { result }) : piped(state, at, result, at.flow.input)
  )

/** What a state leaves that hands its input on (`Pass`, `Choice`, `Wait`, `Succeed`): in JSONPath `given` takes the result's place. */
export const passed = (
  { language, state }: Compiled<State>,
  at: At,
  given: Json,
  fields: Leaving = state
): Evaluated<Left> =>
  language === "JSONata" ? queried(fields, at, at.flow.input, {}) : piped(state, at, given, at.flow.input)

/** A number that a field gives: written down, at a path, or as an expression. */
export interface NumberField {
  readonly field: string
  readonly value: number | string | undefined
  readonly path?: string | undefined
  readonly least: number
  readonly most?: number
  /** Whether it may have a fraction. */
  readonly fraction?: boolean
  /** Whether a path may lead to a number in a string. */
  readonly spelled?: boolean
  /** What it is where a path leads to anything else; as a rule `States.Runtime`. */
  readonly error?: string
}

const NUMBER = /^-?\d+(\.\d+)?$/

export const numberOf = (
  language: QueryLanguage,
  { error, field, fraction = false, least, most = Infinity, path, spelled = false, value }: NumberField,
  at: At,
  input: Json
): Evaluated<number | undefined> =>
  Effect.gen(function* () {
    if (value === undefined && path === undefined) return undefined
    const read =
      path !== undefined
        ? yield* readPath(path, scopeOf(at, input))
        : typeof value === "string"
          ? yield* Jsonata.evaluate(value, queryScope(at), at.recorded, field)
          : (value as number)
    const isSpelled = spelled && path !== undefined && typeof read === "string" && NUMBER.test(read)
    const found = isSpelled ? Number(read) : read
    const fits = typeof found === "number" && (fraction || Number.isInteger(found))
    if (fits && found >= least && found <= most) return found
    const runtime = language === "JSONata" ? "States.QueryEvaluationError" : "States.Runtime"
    const name = path === undefined ? runtime : (error ?? runtime)
    const wanted = `${fraction ? "number" : "integer"} from ${least}${most === Infinity ? "" : ` to ${most}`}`
    return yield* fail(
      name,
      `The ${path === undefined ? field : `${field}Path`} field refers to value ${JSON.stringify(found)} which is not a valid ${wanted}`
    )
  })
