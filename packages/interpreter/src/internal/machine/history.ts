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
import { begin } from "./begin.ts"
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
  for (const event of all) {
    const before: Machine | undefined = event.seq === 0 ? undefined : machine
    const next: Result.Result<Machine, RecoveryError> =
      before === undefined ? begin(workflow, event) : evolve(before, event)
    if (Result.isFailure(next)) return Result.fail(next.failure)
    machine = next.success
    entries.push({ ...event, patch: event.patch ?? patchOf(before, machine) })
  }
  return Result.succeed(entries)
}
