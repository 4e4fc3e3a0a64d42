/** The way of the data through a JSONPath state: InputPath, Parameters, the work, ResultSelector, ResultPath, OutputPath. */
import * as Result from "effect/Result"
import type { AslFailure } from "../../Errors.ts"
import type { Problem } from "../../Problem.ts"
import { attempt, fail } from "./failures.ts"
import { isObject, type Json } from "./json.ts"
import * as Path from "./path.ts"
import * as Template from "./payloadTemplate.ts"
import { parseWritable, writeOrThrow } from "./reference.ts"
import type { Recorded, Scope, Variables } from "./scope.ts"

/** The fields as written in a state; `null` and absence differ. */
export interface InputFields {
  readonly InputPath?: string | null
  readonly Parameters?: Json
}

export interface OutputFields {
  readonly ResultSelector?: Json
  readonly ResultPath?: string | null
  readonly OutputPath?: string | null
}

const parsed = <A>(path: Result.Result<A, Problem>): A =>
  Result.isSuccess(path) ? path.success : fail("States.Runtime", path.failure.message)

/** `null` gives an empty object, and absence everything. */
const cut = (path: string | null | undefined, scope: Scope, field: string): Json =>
  path === null
    ? {}
    : path === undefined || path === "$"
      ? scope.input
      : Path.readOrThrow(parsed(Path.parse(path)), scope, `, of ${field},`)

const shaped = (template: Json | undefined, input: Json, scope: Scope, recorded: Recorded): Json =>
  template === undefined ? input : Template.evaluateOrThrow(template, { ...scope, input }, recorded)

/** The raw input cut by `InputPath`, where `$` points in `Parameters`. */
export const inputPath = (fields: InputFields, scope: Scope): Result.Result<Json, AslFailure> =>
  attempt(() => cut(fields.InputPath, scope, "InputPath"))

/** The effective input: `InputPath`, then `Parameters`. */
export const effectiveInput = (
  fields: InputFields,
  scope: Scope,
  recorded: Recorded
): Result.Result<Json, AslFailure> =>
  attempt(() => shaped(fields.Parameters, cut(fields.InputPath, scope, "InputPath"), scope, recorded))

/** What `ResultPath` makes of the raw input and a result: `null` discards the result. */
export const resultPath = (path: string | null | undefined, raw: Json, result: Json): Result.Result<Json, AslFailure> =>
  attempt(() => placed(path, raw, result))

const placed = (path: string | null | undefined, raw: Json, result: Json): Json =>
  path === null ? raw : writeOrThrow(parsed(parseWritable(path ?? "$")), raw, result)

/** The state's output from its result: `ResultSelector`, `ResultPath` into the raw input (`raw.input`), `OutputPath`. */
export const effectiveOutput = (
  fields: OutputFields,
  raw: Scope,
  result: Json,
  recorded: Recorded
): Result.Result<Json, AslFailure> =>
  attempt(() => {
    const selected = shaped(fields.ResultSelector, result, raw, recorded)
    const input = placed(fields.ResultPath, raw.input, selected)
    return cut(fields.OutputPath, { ...raw, input }, "OutputPath")
  })

/** The variables that an `Assign` sets. All of them are evaluated before the first is set, so none sees another's new value. */
export const assigned = (template: Json, scope: Scope, recorded: Recorded): Result.Result<Variables, AslFailure> =>
  attempt(() => {
    const values = Template.evaluateOrThrow(template, scope, recorded)
    return isObject(values) ? values : fail("States.Runtime", "Assign is no object")
  })
