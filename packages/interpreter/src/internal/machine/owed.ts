/** What a machine owes its journal: choices, checkpoints and due times that are not on record, and the end. */
import * as Result from "effect/Result"
import { CommandRejected } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import { endOf } from "./end.ts"
import type { Machine } from "./machine.ts"
import { hasEnded, UNRECORDED, VERSION } from "./thread.ts"
import type * as Trie from "./trie.ts"
import * as Walk from "./walk.ts"

/** What happened, before it has its place in the journal. */
export type Fact = Pick<Event, "kind" | "path" | "ordinal" | "step" | "payload"> & { readonly attempt?: number }

/** A state that cannot be written down. */
const invalid = (instance: string, path: string, step: string, reason: string): Result.Result<never, CommandRejected> =>
  Result.fail(new CommandRejected({ instance, rejection: "InvalidState", path, step, reason }))

const isUnrecorded = ({ mask }: Trie.Measured): boolean => (mask & UNRECORDED) !== 0

type Owed = Result.Result<Fact, CommandRejected> | undefined

/** The next event that the journal lacks: a choice, a checkpoint or a due time that is not on record, or the end. */
export const owed = (machine: Machine): Owed => {
  if (machine.closed !== undefined) return undefined
  const { root } = machine
  if (isUnrecorded(root)) {
    const fact =
      ((root.mask & VERSION) === 0 ? undefined : owedVersion(machine)) ?? owedCheckpoint(machine) ?? owedDue(machine)
    if (fact !== undefined) return fact
  }
  if (root.leaf._tag === "Continue") return owedContinuation(machine, root.leaf.input)
  if (!hasEnded(root.leaf)) return undefined
  const end = endOf(machine.workflow, machine)
  return Result.isFailure(end)
    ? invalid(machine.id, "", machine.workflow.name, end.failure)
    : Result.succeed(end.success)
}

// Before anything else: what stands at a choice when another event arrives has gone the old way.
const owedVersion = ({ root, workflow }: Machine): Owed => {
  const thread = Walk.undecided(root)
  if (thread?.leaf._tag !== "Version") return undefined
  const { leaf, ordinal, path } = thread
  return Result.succeed({
    kind: "version",
    path,
    ordinal,
    step: leaf.node.name,
    payload: { version: workflow.version }
  })
}

const owedCheckpoint = ({ children, id, root }: Machine): Owed => {
  const { leaf, ordinal, path } = root
  if (leaf._tag !== "Checkpoint") return undefined
  const { name, state } = leaf.node
  const encoded = state.encode(leaf.state)
  if (Result.isFailure(encoded)) {
    const reason = `the state does not fit the checkpoint's schema: ${encoded.failure.message}`
    return invalid(id, path, name, reason)
  }
  const open = children.length === 0 ? {} : { children: children.map((child) => ({ ...child })) }
  return Result.succeed({ kind: "checkpoint", path, ordinal, step: name, payload: { state: encoded.success, ...open } })
}

const owedDue = ({ root }: Machine): Owed => {
  for (const { leaf, ordinal, path } of Walk.steps(root, isUnrecorded)) {
    if (leaf._tag === "Timer" && !leaf.recorded) {
      return Result.succeed({ kind: "due", path, ordinal, step: leaf.node.name, payload: { at: leaf.due } })
    }
  }
  return undefined
}

const owedContinuation = ({ id, root, workflow }: Machine, input: unknown): Owed => {
  const { name } = workflow
  const encoded = workflow.input.encode(input)
  if (Result.isFailure(encoded)) {
    const reason = `what it continues with does not fit its input schema: ${encoded.failure.message}`
    return invalid(id, "", name, reason)
  }
  const { ordinal } = root
  return Result.succeed({ kind: "continued", path: "", ordinal, step: name, payload: { input: encoded.success } })
}
