/** The end of a distributed `Map`: how many items may have failed, and what becomes of the results. */
import * as Effect from "effect/Effect"
import type * as Definition from "../../Definition.ts"
import type { AslFailure } from "../../Errors.ts"
import * as AslItems from "../../Items.ts"
import { isArray, type Json, type JsonObject } from "../data/json.ts"
import { executionOf, machineOf, mapRunOf, type Flow } from "./flow.ts"
import * as Query from "./query.ts"
import type { At, Compiled } from "./query.ts"
import { leaving, type Part, type Way } from "./steps.ts"

/** What the executions of items are named after. */
export const labelOf = ({ Label }: Definition.Map, name: string): string => Label ?? name

/** What has become of the items. */
const judged = (flow: Flow): { readonly results: ReadonlyArray<AslItems.ItemResult>; readonly tooMany: boolean } => {
  const items = flow.work?.items ?? []
  const results = (flow.result as ReadonlyArray<JsonObject>).map((out, index): AslItems.ItemResult => {
    const input = items[index]?.input ?? null
    const failed = out["failed"] as { readonly Error?: string; readonly Cause?: string } | undefined
    if (failed === undefined) return { index, input, status: "SUCCEEDED", output: out["output"] as Json }
    const { Cause: cause, Error: error } = failed
    return {
      index,
      input,
      status: "FAILED",
      // The error output has an empty name where the execution failed without one.
      ...(error !== undefined && error !== "" && { error }),
      ...(cause !== undefined && { cause })
    }
  })
  const failures = results.filter(({ status }) => status === "FAILED").length
  const count = flow.work?.toleratedCount
  const percentage = flow.work?.toleratedPercentage
  const overCount = failures > (count ?? (percentage === undefined ? 0 : Infinity))
  const overPart = percentage !== undefined && (failures / Math.max(1, results.length)) * 100 > percentage
  return { results, tooMany: overCount || overPart }
}

/** An item's execution as AWS describes it, as far as it is known here. */
const described = (
  { cause, error, index, input, output, status }: AslItems.ItemResult,
  { flow }: At,
  label: string
): JsonObject => {
  const { Id: ExecutionArn, Name } = executionOf(flow.context, label, index)
  return {
    ExecutionArn,
    Input: JSON.stringify(input),
    Name,
    StateMachineArn: machineOf(flow.context, label).Id,
    Status: status,
    ...(output !== undefined && { Output: JSON.stringify(output) }),
    ...(error !== undefined && { Error: error }),
    ...(cause !== undefined && { Cause: cause })
  }
}

/** The results as `Transformation` wants them: an execution that has failed is described whatever it says. */
const transformed = (
  how: string,
  results: ReadonlyArray<AslItems.ItemResult>,
  at: At,
  label: string
): ReadonlyArray<Json> =>
  results.flatMap((result) => {
    if (how === "NONE" || result.output === undefined) return [described(result, at, label)]
    return how === "FLATTEN" && isArray(result.output) ? result.output : [result.output]
  })

const reasonOf = ({ cause, error }: { readonly cause?: string; readonly error?: string }): string =>
  [error, cause].filter((part) => part !== undefined).join(": ")

/** Writes the results, and says where they are. */
const written = (
  { language, name, state }: Compiled<Definition.Map>,
  { Arguments, Parameters, WriterConfig = {} }: Definition.ResultWriter,
  resource: string,
  at: At,
  results: ReadonlyArray<AslItems.ItemResult>
): Effect.Effect<Json, AslFailure> =>
  Effect.gen(function* () {
    const fields = Arguments ?? Parameters ?? {}
    const parameters = yield* Query.template(language, fields, at, at.flow.input, "ResultWriter")
    const { write } = yield* AslItems.Current
    const call = { resource, parameters, config: WriterConfig as JsonObject, state: name }
    const ResultWriterDetails = yield* Effect.catch(write(call, results), (failed) =>
      Query.fail("States.ResultWriterFailed", reasonOf(failed))
    )
    return { MapRunArn: mapRunOf(at.flow.context, labelOf(state, name)), ResultWriterDetails }
  })

/** The last step: too many failures fail it, else its results are written or handed on. */
export const concluded = (compiled: Compiled<Definition.Map>): Part<Way> => {
  const { name, state } = compiled
  return leaving(
    name,
    `${name}: output`,
    (at) =>
      Effect.gen(function* () {
        const { results, tooMany } = judged(at.flow)
        if (tooMany) {
          const cause = "The specified tolerated failure threshold was exceeded"
          return yield* Query.fail("States.ExceedToleratedFailureThreshold", cause)
        }
        const { Resource, WriterConfig } = state.ResultWriter ?? {}
        const result =
          Resource === undefined
            ? transformed(WriterConfig?.Transformation ?? "COMPACT", results, at, labelOf(state, name))
            : yield* written(compiled, state.ResultWriter ?? {}, Resource, at, results)
        return yield* Query.resulted(compiled, at, result)
      }),
    state.Next
  )
}
