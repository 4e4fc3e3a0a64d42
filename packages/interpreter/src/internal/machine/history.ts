/** What events did to the state: JSON Patches from each encoded state to the next. */
import { Failure, Product, type Codec, type Workflow } from "@waymark/core"
import * as JsonPatch from "effect/JsonPatch"
import * as Result from "effect/Result"
import type { Schema } from "effect"
import type { Event } from "../../Event.ts"
import { shown } from "./compose.ts"
import { begin } from "./begin.ts"
import { evolve } from "./evolve.ts"
import type { Machine, RecoveryError } from "./machine.ts"

/** A state as JSON, part by part: what no schema describes is shown as nothing rather than hiding the rest. */
const encoded = (codec: Codec.Codec<unknown>, state: unknown): Schema.Json => {
  if (Product.is(state)) {
    return Object.fromEntries(Object.entries(state).map(([key, part]) => [key, encoded(codec, part)]))
  }
  if (Failure.is(state)) return encoded(codec, state.state)
  const json = codec.encode(state)
  return Result.isSuccess(json) ? json.success : null
}

const stateOf = (machine: Machine | undefined): Schema.Json =>
  machine === undefined ? null : encoded(machine.workflow.state, shown(machine.root))

/** What led from one machine to the next. */
export const patchOf = (before: Machine | undefined, after: Machine): Schema.Json =>
  JsonPatch.get(stateOf(before), stateOf(after))

const isPatched = (event: Event): event is Event & { readonly patch: Schema.Json } => event.patch !== undefined

/** Each event of a journal with what it did. */
export const history = (
  workflow: Workflow.Any,
  events: Iterable<Event>
): Result.Result<ReadonlyArray<Event & { readonly patch: Schema.Json }>, RecoveryError> => {
  const all = Array.from(events)
  // A trail that was stored says what happened then, whatever the definition is now.
  if (all.every(isPatched)) return Result.succeed(all)
  const entries: Array<Event & { readonly patch: Schema.Json }> = []
  let machine: Machine | undefined
  let before: Schema.Json = null
  for (const event of all) {
    const next: Result.Result<Machine, RecoveryError> =
      machine === undefined || event.seq === 0 ? begin(workflow, event) : evolve(machine, event)
    if (Result.isFailure(next)) return Result.fail(next.failure)
    machine = next.success
    const after = stateOf(machine)
    entries.push({ ...event, patch: event.patch ?? JsonPatch.get(event.seq === 0 ? null : before, after) })
    before = after
  }
  return Result.succeed(entries)
}
