/** How a run begins: from its first event, or at a checkpoint. */
import type { Workflow } from "@waymark/core"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { Event } from "../../Event.ts"
import { advance } from "./advance.ts"
import * as Checkpoint from "./checkpoint.ts"
import { corrupt, mismatch, threw, turnOf, type Machine, type Parent, type RecoveryError } from "./machine.ts"
import type { Thread } from "./thread.ts"
import * as Trie from "./trie.ts"
import { cursorAt, type Remark, type Turn, type Watch } from "./turn.ts"

/** Where a run begins, in the words of an event. */
export const ROOT = { path: "", ordinal: 0 } as const

const label = (name: string, version: number): string => `${name} version ${version}`

/** A run before anything of it was entered. */
const opened = (workflow: Workflow.Any, event: Event): Result.Result<Omit<Machine, "root">, RecoveryError> => {
  const { payload } = event
  if (event.kind !== "started" || event.seq !== 0) {
    return corrupt(event, `a journal begins with "started" at 0, this one with "${event.kind}" at ${event.seq}`)
  }
  if (!isStarted(payload)) return corrupt(event, `the payload of "started" has no workflow, version and input`)
  if (payload.workflow !== workflow.name || payload.version > workflow.version) {
    const recorded = label(payload.workflow, payload.version)
    return mismatch(
      event,
      label(workflow.name, workflow.version),
      recorded,
      "it was started by another workflow or a newer version"
    )
  }
  const input = workflow.input.decode(payload.input)
  if (Result.isFailure(input)) {
    return mismatch(event, "input", "input", `the recorded input does not fit its schema: ${input.failure.message}`)
  }
  return Result.succeed({
    workflow,
    id: event.instance,
    run: event.run,
    length: 1,
    info: Object.freeze({ instance: event.instance, run: event.run, startedAt: event.at }),
    parent: payload.parent,
    input: input.success,
    trail: Trie.empty<number>(),
    remarks: Trie.empty<Remark>(),
    children: [],
    orders: 0,
    stopping: undefined,
    closed: undefined
  })
}

/** The machine after its first turn. Field by field: every start makes one, and a copy with other values takes ten times as long. */
const begun = (
  { closed, id, info, input, parent, run, stopping, workflow }: Omit<Machine, "root">,
  { children, orders, remarks, trail }: Turn,
  root: Thread,
  length: number
): Machine => ({
  workflow,
  id,
  run,
  length,
  info,
  parent,
  input,
  root,
  trail,
  remarks,
  children,
  orders,
  stopping,
  closed
})

/** The execution that a `started` event begins; whoever has the token may change it in place. */
export const begin = (
  workflow: Workflow.Any,
  event: Event,
  owner?: object,
  watch?: Watch
): Result.Result<Machine, RecoveryError> => {
  const run = opened(workflow, event)
  if (Result.isFailure(run)) return Result.fail(run.failure)
  const turn = turnOf(run.success, event, owner, watch)
  try {
    const root = advance(turn, cursorAt(turn, ROOT.path, false), {
      _tag: "Enter",
      site: turn.site,
      state: run.success.input
    })
    return Result.succeed(begun(run.success, turn, root, 1))
  } catch (cause) {
    return threw(event, turn, cause)
  }
}

/** The execution at a checkpoint: what came before is not looked at. */
export const resumedAt = (
  workflow: Workflow.Any,
  started: Event,
  checkpoint: Event,
  watch?: Watch
): Result.Result<Machine, RecoveryError> => {
  const run = opened(workflow, started)
  if (Result.isFailure(run)) return Result.fail(run.failure)
  const turn = turnOf(run.success, checkpoint, undefined, watch)
  try {
    const root = Checkpoint.resume(turn, checkpoint)
    return "_tag" in root
      ? mismatch(checkpoint, root.expected, checkpoint.step, root.reason)
      : Result.succeed(begun(run.success, turn, root, checkpoint.seq + 1))
  } catch (cause) {
    return threw(checkpoint, turn, cause)
  }
}

interface StartedPayload {
  readonly workflow: string
  readonly version: number
  readonly input: unknown
  readonly parent?: Parent
}

const isStarted = (payload: unknown): payload is StartedPayload =>
  Predicate.hasProperty(payload, "workflow") &&
  typeof payload.workflow === "string" &&
  Predicate.hasProperty(payload, "version") &&
  Number.isSafeInteger(payload.version) &&
  Number(payload.version) >= 1 &&
  Predicate.hasProperty(payload, "input") &&
  (!Predicate.hasProperty(payload, "parent") || isParent(payload.parent))

const isParent = (parent: unknown): parent is Parent =>
  Predicate.hasProperty(parent, "instance") &&
  typeof parent.instance === "string" &&
  Predicate.hasProperty(parent, "run") &&
  Predicate.hasProperty(parent, "path") &&
  Predicate.hasProperty(parent, "ordinal")
