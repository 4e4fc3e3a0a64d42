/**
 * What events did to the state: JSON Patches from each encoded state to the next, as audits keep them and `history` shows them. A patch
 * is made from what two positions do not share, so an event in one of many branches costs no more than its branch.
 */
import type { Codec, Workflow } from "@waymark/core"
import * as JsonPatch from "effect/JsonPatch"
import * as JsonPointer from "effect/JsonPointer"
import * as Result from "effect/Result"
import type { Schema } from "effect"
import type { Event } from "../../Event.ts"
import { begin, resumedAt } from "./begin.ts"
import { shown, shownOf, showsRecord } from "./compose.ts"
import { encodeShown } from "./encode.ts"
import { evolve } from "./evolve.ts"
import type { Machine, RecoveryError } from "./machine.ts"
import type { ForkLeaf, Thread } from "./thread.ts"
import * as Trie from "./trie.ts"

/** Two threads that show their states at one place of the whole. */
interface Pair {
  readonly path: string
  readonly before: Thread
  readonly after: Thread
}

/** The forks of two threads, where their records have the same branches and both are shown as they are. */
const forksOf = ({ after, before }: Pair): readonly [ForkLeaf, ForkLeaf] | undefined => {
  const [a, b] = [before.leaf, after.leaf]
  // The keys of items are made together with what these start from: where those are the same, so is what waits for a place.
  if (a._tag !== "Fork" || b._tag !== "Fork" || a.keys !== b.keys) return undefined
  return showsRecord(before.stack) && showsRecord(after.stack) ? [a, b] : undefined
}

/** What leads from the state of one thread to that of another. */
const changed = (codec: Codec.Codec<unknown>, before: Thread, after: Thread): JsonPatch.JsonPatch => {
  const operations: Array<JsonPatch.JsonPatchOperation> = []
  const compare = (path: string, was: unknown, is: unknown): void => {
    if (Object.is(was, is)) return
    for (const operation of JsonPatch.get(encodeShown(codec, was), encodeShown(codec, is))) {
      operations.push({ ...operation, path: path + operation.path })
    }
  }
  // Forks nest deeper than calls do.
  const pairs: Array<Pair> = [{ path: "", before, after }]
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const forks = forksOf(pair)
    if (forks === undefined) {
      compare(pair.path, shown(pair.before), shown(pair.after))
      continue
    }
    const [a, b] = forks
    for (const branch of Trie.changes(a.threads, b.threads)) {
      const path = `${pair.path}/${JsonPointer.escapeToken(b.keys.names[branch] as string)}`
      const [was, is] = [Trie.get(a.threads, branch), Trie.get(b.threads, branch)]
      if (was !== undefined && is !== undefined) pairs.push({ path, before: was, after: is })
      else compare(path, shownOf(a, branch), shownOf(b, branch))
    }
  }
  return operations
}

const stateOf = (machine: Machine | undefined): Schema.Json =>
  machine === undefined ? null : encodeShown(machine.workflow.state, shown(machine.root))

/** What led from one machine to the next. */
export const patchOf = (before: Machine | undefined, after: Machine): Schema.Json => {
  const { state } = after.workflow
  return before?.workflow.state === state
    ? changed(state, before.root, after.root)
    : JsonPatch.get(stateOf(before), stateOf(after))
}

/** The first checkpoint of a journal from an event on. */
const checkpointFrom = (events: ReadonlyArray<Event>, index: number): number | undefined => {
  const found = events.findIndex(({ kind }, at) => at >= index && kind === "checkpoint")
  return found === -1 ? undefined : found
}

/**
 * The events of a journal, each with what it did. What was before a checkpoint may not fit the definition any more: from there on it is known
 * again, and the checkpoint says the whole state.
 */
export const history = (
  workflow: Workflow.Any,
  given: Iterable<Event>
): Result.Result<ReadonlyArray<Event>, RecoveryError> => {
  const events = Array.from(given)
  const [started] = events
  // A trail that was stored says what happened then, whatever the definition is now.
  if (started === undefined || events.every(({ patch }) => patch !== undefined)) return Result.succeed(events)
  const known = new Map<Event, Schema.Json>()
  let machine: Machine | undefined
  for (let index = 0; index < events.length; index++) {
    const event = events[index] as Event
    const before: Machine | undefined = event.seq === 0 ? undefined : machine
    const next: Result.Result<Machine, RecoveryError> =
      before === undefined ? begin(workflow, event) : evolve(before, event)
    if (Result.isSuccess(next)) {
      machine = next.success
      known.set(event, patchOf(before, machine))
      continue
    }
    const resumed = next.failure._tag === "JournalCorrupt" ? undefined : resumption(workflow, started, events, index)
    if (resumed === undefined) return Result.fail(next.failure)
    ;({ index, machine } = resumed)
    known.set(events[index] as Event, patchOf(undefined, machine))
  }
  return Result.succeed(events.map((event) => ({ ...event, ...patchIn(event, known) })))
}

/** Where a journal can be taken up again, at an event or after it. */
const resumption = (
  workflow: Workflow.Any,
  started: Event,
  events: ReadonlyArray<Event>,
  from: number
): { readonly index: number; readonly machine: Machine } | undefined => {
  for (let index = checkpointFrom(events, from); index !== undefined; index = checkpointFrom(events, index + 1)) {
    const resumed = resumedAt(workflow, started, events[index] as Event)
    if (Result.isSuccess(resumed)) return { index, machine: resumed.success }
  }
  return undefined
}

const patchIn = (event: Event, known: ReadonlyMap<Event, Schema.Json>): Pick<Event, "patch"> => {
  const patch = event.patch ?? known.get(event)
  return patch === undefined ? {} : { patch }
}
