/** `Map`: one machine for each of a list of items, inline or distributed. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { WIO } from "@waymark/core"
import type * as Definition from "../../Definition.ts"
import type { AslFailure } from "../../Errors.ts"
import * as Jsonata from "../data/jsonata.ts"
import { isArray, isObject, type Json, type JsonObject } from "../data/json.ts"
import { isDistributed } from "../mode.ts"
import { guarded } from "./failure.ts"
import { apart, errorOutput, inner, type Flow, type Item } from "./flow.ts"
import { kept, resulting, type CompileMachine } from "./forks.ts"
import * as Query from "./query.ts"
import type { At, Compiled } from "./query.ts"
import { batched, read, type Source } from "./reading.ts"
import { concluded, labelOf } from "./results.ts"
import { entering, sequence, type Part, type Way } from "./steps.ts"

const processorOf = ({ ItemProcessor, Iterator }: Definition.Map): Definition.Processor =>
  (ItemProcessor ?? Iterator) as Definition.Processor

const distributes = (state: Definition.Map): boolean => isDistributed(state, processorOf(state).ProcessorConfig?.Mode)

const notItems = ({ language }: Compiled<Definition.Map>, value: Json) =>
  Query.fail(
    language === "JSONata" ? "States.QueryEvaluationError" : "States.Runtime",
    `Map state input must be an array but was: ${JSON.stringify(value)}`
  )

/** What the items are taken from, where no reader reads it. */
const handed = (compiled: Compiled<Definition.Map>, at: At, input: Json): Effect.Effect<Json, AslFailure> => {
  const { language, state } = compiled
  if (language === "JSONata") {
    return state.Items === undefined
      ? Effect.succeed(input)
      : Jsonata.evaluate(state.Items, Query.queryScope(at), at.recorded, "Items")
  }
  return state.ItemsPath === undefined
    ? Effect.succeed(input)
    : Query.readPath(state.ItemsPath, Query.scopeOf(at, input))
}

const source = (compiled: Compiled<Definition.Map>, at: At, input: Json): Effect.Effect<Source, AslFailure> =>
  compiled.state.ItemReader === undefined
    ? Effect.map(handed(compiled, at, input), (value) => ({ value, name: "STATE_DATA" }))
    : read(compiled, compiled.state.ItemReader, at, input)

/** The place of an item in the context object. */
const placed = (at: At, item: JsonObject): At => ({
  ...at,
  flow: { ...at.flow, context: { ...at.flow.context, Map: { Item: item } } }
})

/** An item that nothing is selected from: that of an object has its key beside its value. */
const plain = ({ Key, Value }: JsonObject): Json =>
  Key === undefined ? (Value ?? null) : { Key, Value: Value ?? null }

const selectedItems = (
  compiled: Compiled<Definition.Map>,
  found: ReadonlyArray<JsonObject>,
  at: At,
  input: Json
): Effect.Effect<ReadonlyArray<Item>, AslFailure> => {
  const { language, state } = compiled
  // What `ItemSelector` is today, `Parameters` was for JSONPath.
  const selector = state.ItemSelector ?? (language === "JSONPath" ? state.Parameters : undefined)
  return Effect.forEach(found, (context) => {
    if (selector === undefined) return Effect.succeed({ input: plain(context), context })
    const made = Query.template(language, selector, placed(at, context), input, "ItemSelector")
    return Effect.map(made, (given) => ({ input: given, context }))
  })
}

/** What is said of each item: those of an array, and of a distributed map the fields of an object as well. */
const listed = (state: Definition.Map, { name: Source, value }: Source): ReadonlyArray<JsonObject> | undefined => {
  if (isArray(value)) return value.map((Value, Index) => ({ Index, Value, Source }))
  if (!isObject(value) || !distributes(state)) return undefined
  return Object.entries(value).map(([Key, Value], Index) => ({ Index, Key, Value, Source }))
}

const itemsOf = (
  compiled: Compiled<Definition.Map>,
  at: At,
  input: Json
): Effect.Effect<ReadonlyArray<Item>, AslFailure> =>
  Effect.gen(function* () {
    const from = yield* source(compiled, at, input)
    const found = listed(compiled.state, from)
    if (found === undefined) return yield* notItems(compiled, from.value)
    const items = yield* selectedItems(compiled, found, at, input)
    const { ItemBatcher } = compiled.state
    if (ItemBatcher === undefined) return items
    const inputs = items.map(({ input }) => input)
    const batches = yield* batched(compiled, ItemBatcher, inputs, at, input)
    return batches.map((batch, Index) => ({ input: batch, context: { Index, Value: batch, Source: from.name } }))
  })

const limits = ({ language, state }: Compiled<Definition.Map>, at: At, input: Json) =>
  Effect.gen(function* () {
    const number = (
      field: "MaxConcurrency" | "ToleratedFailureCount" | "ToleratedFailurePercentage",
      more: Pick<Query.NumberField, "fraction" | "most" | "spelled"> = {}
    ) =>
      Query.numberOf(
        language,
        { field, value: state[field], path: state[`${field}Path`], least: 0, ...more },
        at,
        input
      )
    const concurrency = yield* number("MaxConcurrency")
    const count = yield* number("ToleratedFailureCount", { spelled: true })
    const percentage = yield* number("ToleratedFailurePercentage", { fraction: true, most: 100, spelled: true })
    return { concurrency, count, percentage }
  })

const entered = (compiled: Compiled<Definition.Map>): Part =>
  entering(compiled.name, (at) =>
    Effect.gen(function* () {
      const input = yield* Query.selected(compiled, at)
      const { concurrency, count, percentage } = yield* limits(compiled, at, input)
      const items = yield* itemsOf(compiled, at, input)
      return {
        items,
        ...(concurrency !== undefined && { concurrency }),
        ...(count !== undefined && { toleratedCount: count }),
        ...(percentage !== undefined && { toleratedPercentage: percentage })
      }
    })
  )

/** Whether the limit is written down, so that it is known without running anything. */
const isFixed = ({ MaxConcurrency, MaxConcurrencyPath }: Definition.Map): boolean =>
  MaxConcurrencyPath === undefined && typeof MaxConcurrency !== "string"

const settledOf = (out: Result.Result<Json, AslFailure>): JsonObject =>
  Result.isSuccess(out) ? { output: out.success } : { failed: errorOutput(out.failure) }

const forked = ({ name, state }: Compiled<Definition.Map>, body: Part<Json>): Part => {
  const distributed = distributes(state)
  const fork = (concurrency: number): WIO.Any =>
    WIO.forEach(name, {
      items: (flow: Flow) =>
        (flow.work?.items ?? []).map(({ context, input }, index) => {
          const more = { Map: { Item: context } }
          return distributed ? apart(flow, input, labelOf(state, name), index, more) : inner(flow, input, more)
        }),
      key: (_: Flow, index: number) => String(index),
      body,
      concurrency: concurrency === 0 ? Infinity : concurrency,
      mode: distributed ? "settle" : "fail-fast",
      join: (outs: ReadonlyArray<unknown>) =>
        distributed ? outs.map((out) => settledOf(out as Result.Result<Json, AslFailure>)) : outs
    } as never)
  if (isFixed(state)) return kept(fork(Number(state.MaxConcurrency ?? 0)))
  const same = WIO.pure((flow: Flow) => flow)
  return WIO.flatMap(same as never, ((flow: Flow) => kept(fork(flow.work?.concurrency ?? 0))) as never) as never
}

export const map = (compiled: Compiled<Definition.Map>, compile: CompileMachine): Part<Way> => {
  const { name, state } = compiled
  const body = compile(`${name} item`, processorOf(state))
  const end = distributes(state) ? concluded(compiled) : resulting(compiled)
  return guarded(compiled, sequence(entered(compiled), forked(compiled, body), end))
}
