/** The machine behind `Execution`: envelopes and checks around the fold. The only way an execution changes. */
import { Product, type Workflow } from "@waymark/core"
import * as Equal from "effect/Equal"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { DefinitionThrew, JournalCorrupt, JournalMismatch } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import { advance, type Turn } from "./advance.ts"
import { encodeState } from "./encode.ts"
import { fold } from "./fold.ts"
import * as Site from "./site.ts"
import { hasEnded, type Thread } from "./thread.ts"
import * as Trie from "./trie.ts"
import * as Walk from "./walk.ts"

export interface Machine {
  readonly workflow: Workflow.Any
  readonly id: string
  readonly run: number
  /** How many events were folded in. */
  readonly length: number
  readonly root: Thread
  readonly trail: Trie.Trie<number>
  /** Whether the end is on record: nothing may follow. */
  readonly closed: boolean
}

type RecoveryError = JournalMismatch | JournalCorrupt | DefinitionThrew

/** Where a run begins, in the words of an event. */
export const ROOT = { path: "", ordinal: 0 } as const

const corrupt = (event: Event, reason: string): Result.Result<never, JournalCorrupt> =>
  Result.fail(new JournalCorrupt({ instance: event.instance, run: event.run, position: event.seq, reason }))

const mismatch = (
  event: Event,
  expected: string,
  recorded: string,
  reason: string
): Result.Result<never, JournalMismatch> =>
  Result.fail(
    new JournalMismatch({
      instance: event.instance,
      run: event.run,
      position: event.seq,
      path: event.path,
      expected,
      recorded,
      reason
    })
  )

const threw = (event: Event, turn: Turn, cause: unknown): Result.Result<never, DefinitionThrew> => {
  const { node } = turn.site
  const name = "name" in node && node.name !== undefined ? `${node._tag} "${node.name}"` : node._tag
  return Result.fail(
    new DefinitionThrew({
      instance: event.instance,
      run: event.run,
      position: event.seq,
      path: turn.path,
      step: name,
      cause
    })
  )
}

const label = (name: string, version: number): string => `${name} version ${version}`

/** The execution that a `started` event begins. */
export const begin = (workflow: Workflow.Any, event: Event): Result.Result<Machine, RecoveryError> => {
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
  const site = Site.root(workflow)
  const turn: Turn = { at: event.at, owner: undefined, trail: Trie.empty(), path: "", site }
  try {
    const cursor = { ...ROOT, stack: undefined, armed: undefined }
    const root = advance(turn, cursor, { _tag: "Enter", site, state: input.success })
    return Result.succeed({
      workflow,
      id: event.instance,
      run: event.run,
      length: 1,
      root,
      trail: turn.trail,
      closed: false
    })
  } catch (cause) {
    return threw(event, turn, cause)
  }
}

interface StartedPayload {
  readonly workflow: string
  readonly version: number
  readonly input: unknown
}

const isStarted = (payload: unknown): payload is StartedPayload =>
  Predicate.hasProperty(payload, "workflow") &&
  typeof payload.workflow === "string" &&
  Predicate.hasProperty(payload, "version") &&
  Number.isSafeInteger(payload.version) &&
  Number(payload.version) >= 1 &&
  Predicate.hasProperty(payload, "input")

/** Folds one event in: the only way an execution changes. */
export const evolve = (
  machine: Machine,
  event: Event,
  owner: object | undefined
): Result.Result<Machine, RecoveryError> => {
  const { id, length, root, run, workflow } = machine
  if (event.instance !== id || event.run !== run) {
    return corrupt(event, `it stands in the journal of instance "${id}", run ${run}`)
  }
  if (event.seq !== length) {
    return corrupt(
      event,
      event.seq < length ? `event ${event.seq} stands there twice` : `events ${length} to ${event.seq - 1} are missing`
    )
  }
  if (machine.closed) return corrupt(event, `"${event.kind}" comes after the end`)
  if (event.kind === "started") return corrupt(event, "it was started already")
  if (!Number.isFinite(event.at)) return corrupt(event, `it has no instant, but ${event.at}`)
  if (event.kind === "ended") return end(machine, event)
  const turn: Turn = { at: event.at, owner, trail: machine.trail, path: event.path, site: Site.root(workflow) }
  try {
    const next = fold(turn, root, event)
    return "_tag" in next
      ? mismatch(event, next.expected, event.step, next.reason)
      : Result.succeed({ workflow, id, run, length: length + 1, root: next, trail: turn.trail, closed: false })
  } catch (cause) {
    return threw(event, turn, cause)
  }
}

const end = (machine: Machine, event: Event): Result.Result<Machine, RecoveryError> => {
  const { root, workflow } = machine
  const { payload } = event
  const recorded = Predicate.hasProperty(payload, "outcome") ? String(payload.outcome) : "an end"
  if (!hasEnded(root.leaf)) {
    const [next] = Walk.steps(root)
    return mismatch(
      event,
      next?.leaf.node.name ?? "nothing",
      recorded,
      "the journal says it has ended, but there is more to do"
    )
  }
  const outcome = root.leaf._tag === "Done" ? "completed" : "failed"
  if (outcome !== recorded) return mismatch(event, outcome, recorded, "it ended in another way")
  const made = endOf(workflow, root)
  if (Result.isFailure(made)) return mismatch(event, outcome, recorded, made.failure)
  const { ordinal, path, step } = made.success
  if (
    event.ordinal !== ordinal ||
    event.path !== path ||
    event.step !== step ||
    !Equal.equals(payload, made.success.payload)
  ) {
    return mismatch(
      event,
      outcome,
      recorded,
      "it ended with something else: the steps are the same, a pure part of the workflow is not"
    )
  }
  return Result.succeed({ ...machine, length: machine.length + 1, closed: true })
}

/** The end that a finished position comes to; or why it cannot be written down. */
export const endOf = (
  workflow: Workflow.Any,
  root: Thread
): Result.Result<Pick<Event, "kind" | "path" | "ordinal" | "step" | "payload">, string> => {
  const { leaf, ordinal } = root
  const place = { kind: "ended", path: "", ordinal, step: workflow.name } as const
  if (leaf._tag === "Done") {
    const product = Product.is(leaf.state) && { product: true }
    return Result.mapBoth(encodeState(workflow.state, leaf.state), {
      onSuccess: (output) => ({ ...place, payload: { outcome: "completed", output, ...product } }),
      onFailure: ({ message }) => `the state it ended in does not fit the workflow's state schema: ${message}`
    })
  }
  return Result.mapBoth(workflow.error.encode(leaf._tag === "Failed" ? leaf.error : undefined), {
    onSuccess: (error) => ({ ...place, payload: { outcome: "failed", error } }),
    onFailure: ({ message }) => `the error it ended with does not fit the workflow's error schema: ${message}`
  })
}

export const evolveAll = (machine: Machine, events: Iterable<Event>): Result.Result<Machine, RecoveryError> => {
  // Nobody sees the values in between, so the counters and fork tables made on the way may change in place.
  const owner = {}
  let current = machine
  for (const event of events) {
    const next = evolve(current, event, owner)
    if (Result.isFailure(next)) return next
    current = next.success
  }
  return Result.succeed(current)
}

export const recover = (workflow: Workflow.Any, events: Iterable<Event>): Result.Result<Machine, RecoveryError> => {
  const owner = {}
  let current: Machine | undefined
  for (const event of events) {
    const next: Result.Result<Machine, RecoveryError> =
      current === undefined ? begin(workflow, event) : evolve(current, event, owner)
    if (Result.isFailure(next)) return next
    current = next.success
  }
  return current === undefined
    ? Result.fail(new JournalCorrupt({ instance: "", run: 0, position: 0, reason: "the journal is empty" }))
    : Result.succeed(current)
}
