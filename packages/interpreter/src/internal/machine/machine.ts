/** The machine behind `Execution`: envelopes and checks around the fold. The only way an execution changes. */
import { Product, type Workflow } from "@waymark/core"
import * as Equal from "effect/Equal"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { DefinitionThrew, JournalCorrupt, JournalMismatch } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import { advance } from "./advance.ts"
import * as Checkpoint from "./checkpoint.ts"
import { shown } from "./compose.ts"
import { encodeState } from "./encode.ts"
import { cancelled, fold, oldRoads } from "./fold.ts"
import * as Site from "./site.ts"
import { at, hasEnded, VERSION, type OpenChild, type Thread } from "./thread.ts"
import { terminated } from "./terminate.ts"
import * as Trie from "./trie.ts"
import type { Info, Turn } from "./turn.ts"
import * as Walk from "./walk.ts"

export interface Machine {
  readonly workflow: Workflow.Any
  readonly id: string
  readonly run: number
  /** How many events were folded in. */
  readonly length: number
  /** What pure code may know of it. */
  readonly info: Info
  readonly input: unknown
  readonly root: Thread
  readonly trail: Trie.Trie<number>
  /** Children that run on their own. */
  readonly children: ReadonlyArray<OpenChild>
  /** How many steps were completed that can be undone. */
  readonly orders: number
  /** Why and how it is brought to its end, where it is. */
  readonly stopping: Stopping | undefined
  /** Whether the end is on record, nothing may follow, and how it ended. */
  readonly closed: Closed | undefined
}

/** That an execution does not come to an end of its own. */
export interface Stopping {
  readonly how: "cancelled" | "terminated"
  readonly reason: string
}

/** The end that is on record. */
export type Closed =
  | { readonly _tag: "Ended" }
  | { readonly _tag: "Continued" }
  | { readonly _tag: "Terminated"; readonly reason: string }

export type RecoveryError = JournalMismatch | JournalCorrupt | DefinitionThrew

/** Where a run begins, in the words of an event. */
export const ROOT = { path: "", ordinal: 0 } as const

const rootCursor = { ...ROOT, stack: undefined, armed: undefined, undos: undefined, cut: undefined, nested: false }

/** What an event moves a machine by. */
const turnOf = (
  machine: Pick<Machine, "workflow" | "info" | "trail" | "children" | "orders">,
  event: Event,
  owner: object | undefined
): Turn => ({
  at: event.at,
  owner,
  info: machine.info,
  advance,
  trail: machine.trail,
  children: machine.children,
  orders: machine.orders,
  path: event.path,
  site: Site.root(machine.workflow)
})

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
    input: input.success,
    trail: Trie.empty<number>(),
    children: [],
    orders: 0,
    stopping: undefined,
    closed: undefined
  })
}

/** The execution that a `started` event begins. */
export const begin = (workflow: Workflow.Any, event: Event): Result.Result<Machine, RecoveryError> => {
  const run = opened(workflow, event)
  if (Result.isFailure(run)) return Result.fail(run.failure)
  const turn = turnOf(run.success, event, undefined)
  try {
    const root = advance(turn, { ...rootCursor }, { _tag: "Enter", site: turn.site, state: run.success.input })
    return Result.succeed(moved(run.success, turn, root, 1))
  } catch (cause) {
    return threw(event, turn, cause)
  }
}

/** The machine after a turn. */
const moved = (
  { closed, id, info, input, run, stopping, workflow }: Omit<Machine, "root">,
  { children, orders, trail }: Turn,
  root: Thread,
  length: number
): Machine => ({ workflow, id, run, length, info, input, root, trail, children, orders, stopping, closed })

/** The execution at a checkpoint: what came before is not looked at. */
const resumedAt = (
  workflow: Workflow.Any,
  started: Event,
  checkpoint: Event
): Result.Result<Machine, RecoveryError> => {
  const run = opened(workflow, started)
  if (Result.isFailure(run)) return Result.fail(run.failure)
  const turn = turnOf(run.success, checkpoint, undefined)
  try {
    const root = Checkpoint.resume(turn, checkpoint)
    return "_tag" in root
      ? mismatch(checkpoint, root.expected, checkpoint.step, root.reason)
      : Result.succeed(moved(run.success, turn, root, checkpoint.seq + 1))
  } catch (cause) {
    return threw(checkpoint, turn, cause)
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
  const { id, length, root, run } = machine
  if (event.instance !== id || event.run !== run) {
    return corrupt(event, `it stands in the journal of instance "${id}", run ${run}`)
  }
  if (event.seq !== length) {
    return corrupt(
      event,
      event.seq < length ? `event ${event.seq} stands there twice` : `events ${length} to ${event.seq - 1} are missing`
    )
  }
  if (machine.closed !== undefined) return corrupt(event, `"${event.kind}" comes after the end`)
  if (event.kind === "started") return corrupt(event, "it was started already")
  if (!Number.isFinite(event.at)) return corrupt(event, `it has no instant, but ${event.at}`)
  const turn = turnOf(machine, event, owner)
  try {
    if ((root.mask & VERSION) === 0 || event.kind === "version") return folded(machine, turn, event)
    const onOldRoads = moved(machine, turn, oldRoads(turn, root), length)
    return folded(onOldRoads, turn, event)
  } catch (cause) {
    return threw(event, turn, cause)
  }
}

/** An event that stands in its place, by its kind. */
const folded = (machine: Machine, turn: Turn, event: Event): Result.Result<Machine, RecoveryError> => {
  switch (event.kind) {
    case "ended":
      return end(machine, event)
    case "continued":
      return continued(machine, event)
    case "cancel-requested":
      return cancel(machine, turn, event)
    default: {
      turn.path = event.path
      const next = fold(turn, machine.root, event)
      return "_tag" in next
        ? mismatch(event, next.expected, event.step, next.reason)
        : Result.succeed(moved(machine, turn, next, machine.length + 1))
    }
  }
}

/** It is to be cancelled, or terminated with children to close: what is live is given up. */
const cancel = (machine: Machine, turn: Turn, event: Event): Result.Result<Machine, RecoveryError> => {
  const { length, root, stopping } = machine
  const { payload } = event
  const reason = Predicate.hasProperty(payload, "reason") ? payload.reason : undefined
  if (typeof reason !== "string") return corrupt(event, "the request to cancel has no reason")
  const how = Predicate.hasProperty(payload, "terminate") && payload.terminate === true ? "terminated" : "cancelled"
  const isOver = hasEnded(root.leaf) || root.leaf._tag === "Continue"
  if (isOver || stopping?.how === "terminated" || stopping?.how === how) {
    return mismatch(event, "nothing", event.step, "there is nothing to cancel any more")
  }
  const thread = how === "cancelled" ? cancelled(turn, root) : terminated(turn, root)
  return Result.succeed(moved({ ...machine, stopping: { how, reason } }, turn, thread, length + 1))
}

/** The run is over, and the next one begins with what it says. */
const continued = (machine: Machine, event: Event): Result.Result<Machine, RecoveryError> => {
  const { root, workflow } = machine
  if (root.leaf._tag !== "Continue") {
    return mismatch(
      event,
      expectedOf(root),
      event.step,
      "the journal says it continues as new, but there is more to do"
    )
  }
  const input = workflow.input.encode(root.leaf.input)
  if (Result.isFailure(input)) return mismatch(event, "continueAsNew", event.step, input.failure.message)
  if (!Equal.equals(event.payload, { input: input.success })) {
    return mismatch(event, "continueAsNew", event.step, "it continues with another input than the one on record")
  }
  return Result.succeed({ ...machine, length: machine.length + 1, closed: { _tag: "Continued" } })
}

const expectedOf = (root: Thread): string => {
  const [next] = Walk.steps(root)
  return next?.leaf.node.name ?? "nothing"
}

const end = (machine: Machine, event: Event): Result.Result<Machine, RecoveryError> => {
  const { root, workflow } = machine
  const { payload } = event
  const recorded = Predicate.hasProperty(payload, "outcome") ? String(payload.outcome) : "an end"
  if (recorded === "terminated") return over(machine, event)
  if (!hasEnded(root.leaf)) {
    return mismatch(event, expectedOf(root), recorded, "the journal says it has ended, but there is more to do")
  }
  const outcome = outcomes[root.leaf._tag]
  if (outcome !== recorded) return mismatch(event, outcome, recorded, "it ended in another way")
  const made = endOf(workflow, machine)
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
  return Result.succeed({ ...machine, length: machine.length + 1, closed: { _tag: "Ended" } })
}

const outcomes = { Done: "completed", Failed: "failed", Cut: "cancelled" } as const

/** It is over at once, wherever it was. */
const over = (machine: Machine, event: Event): Result.Result<Machine, RecoveryError> => {
  const reason = Predicate.hasProperty(event.payload, "reason") ? event.payload.reason : undefined
  if (typeof reason !== "string") return corrupt(event, "it was terminated for no reason")
  const root = at(
    { ...machine.root, stack: undefined, armed: undefined, undos: undefined, cut: undefined },
    { _tag: "Cut", state: shown(machine.root) }
  )
  return Result.succeed({ ...machine, root, length: machine.length + 1, closed: { _tag: "Terminated", reason } })
}

/** The end that a finished position comes to; or why it cannot be written down. */
export const endOf = (
  workflow: Workflow.Any,
  { root: { leaf, ordinal }, stopping }: Pick<Machine, "root" | "stopping">
): Result.Result<Pick<Event, "kind" | "path" | "ordinal" | "step" | "payload">, string> => {
  const place = { kind: "ended", path: "", ordinal, step: workflow.name } as const
  if (leaf._tag === "Cut") {
    const { how, reason } = stopping ?? { how: "cancelled", reason: "" }
    return Result.succeed({ ...place, payload: { outcome: how, reason } })
  }
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

/** Rebuilds a machine from a whole journal; where there are checkpoints, from the last one on. */
export const recover = (workflow: Workflow.Any, given: Iterable<Event>): Result.Result<Machine, RecoveryError> => {
  const owner = {}
  const events = Checkpoint.isIn(workflow) ? Array.from(given) : given
  const last = Array.isArray(events) ? Checkpoint.lastOf(events as ReadonlyArray<Event>) : undefined
  let current: Machine | undefined
  for (const event of last === undefined ? events : (events as ReadonlyArray<Event>).slice(last.position + 1)) {
    const next: Result.Result<Machine, RecoveryError> =
      current !== undefined
        ? evolve(current, event, owner)
        : last === undefined
          ? begin(workflow, event)
          : Result.flatMap(resumedAt(workflow, last.started, last.event), (machine) => evolve(machine, event, owner))
    if (Result.isFailure(next)) return next
    current = next.success
  }
  if (current !== undefined) return Result.succeed(current)
  return last === undefined
    ? Result.fail(new JournalCorrupt({ instance: "", run: 0, position: 0, reason: "the journal is empty" }))
    : resumedAt(workflow, last.started, last.event)
}
