/** The machine behind `Execution`: envelopes around the fold, commands into events, and the readings of a position. */
import { Product, type Query, type Signal, type Workflow } from "@waymark/core"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type * as Command from "../../Command.ts"
import { CommandRejected, DefinitionThrew, JournalCorrupt, JournalMismatch } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import type { Status } from "../../Journal.ts"
import type * as Pending from "../../Pending.ts"
import type { Progress } from "../../Progress.ts"
import { advance, type Turn } from "./advance.ts"
import { answer } from "./answer.ts"
import { stateOf } from "./compose.ts"
import * as Diff from "./diff.ts"
import { encodeState } from "./encode.ts"
import { fold, signalState } from "./fold.ts"
import * as Path from "./path.ts"
import { progress as progressOf } from "./progress.ts"
import * as Site from "./site.ts"
import { hasEnded, RUNNABLE, signalBit, STUCK, UNRECORDED, type Thread } from "./thread.ts"
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

interface Moment {
  readonly at: number
  readonly epoch?: number
}

interface Step {
  readonly execution: Machine
  readonly events: ReadonlyArray<Event>
}

type RecoveryError = JournalMismatch | JournalCorrupt | DefinitionThrew

const ROOT = { path: "", ordinal: 0 } as const

// ---- folding events ---------------------------------------------------------------------------------------------

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
const begin = (workflow: Workflow.Any, event: Event): Result.Result<Machine, RecoveryError> => {
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
  typeof payload.version === "number" &&
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
  const { leaf } = machine.root
  const outcome = leaf._tag === "Done" ? "completed" : leaf._tag === "Failed" ? "failed" : undefined
  const { payload } = event
  const recorded = Predicate.hasProperty(payload, "outcome") ? String(payload.outcome) : "an end"
  if (outcome === undefined) {
    const [next] = Walk.steps(machine.root)
    return mismatch(
      event,
      next?.leaf.node.name ?? "nothing",
      recorded,
      "the journal says it has ended, but there is more to do"
    )
  }
  if (outcome !== recorded) return mismatch(event, outcome, recorded, "it ended in another way")
  return Result.succeed({ ...machine, length: machine.length + 1, closed: true })
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

// ---- commands ---------------------------------------------------------------------------------------------------

/** What a command says happened, before it has its place in the journal. */
type Fact = Pick<Event, "kind" | "path" | "ordinal" | "step" | "payload"> & { readonly attempt?: number }

const envelope = (instance: string, run: number, seq: number, fact: Fact, { at, epoch = 0 }: Moment): Event => ({
  instance,
  run,
  seq,
  id: `${run}.${seq}.${epoch}`,
  at,
  ...fact
})

const rejected = (
  instance: string,
  rejection: CommandRejected["rejection"],
  step: { readonly path: string; readonly name: string },
  reason: string,
  more: { readonly refusal?: unknown; readonly waiting?: ReadonlyArray<string>; readonly cause?: unknown } = {}
): Result.Result<never, CommandRejected> =>
  Result.fail(new CommandRejected({ instance, rejection, path: step.path, step: step.name, reason, ...more }))

/** Folds a fact in, then all that the machine owes its journal because of it. */
const commit = (machine: Machine, facts: ReadonlyArray<Fact>, moment: Moment): Result.Result<Step, CommandRejected> => {
  const events: Array<Event> = []
  let execution = machine
  const add = (fact: Fact): CommandRejected | undefined => {
    const event = envelope(machine.id, machine.run, execution.length, fact, moment)
    const next = evolve(execution, event, undefined)
    if (Result.isFailure(next)) {
      const cause = next.failure
      const { message: reason } = cause
      return new CommandRejected({
        instance: machine.id,
        rejection: "Threw",
        path: fact.path,
        step: fact.step,
        reason,
        cause
      })
    }
    execution = next.success
    events.push(event)
    return undefined
  }
  for (const fact of facts) {
    const failure = add(fact)
    if (failure !== undefined) return Result.fail(failure)
  }
  for (;;) {
    const fact = owed(execution)
    if (fact === undefined) return Result.succeed({ execution, events })
    if (Result.isFailure(fact)) return Result.fail(fact.failure)
    const failure = add(fact.success)
    if (failure !== undefined) return Result.fail(failure)
  }
}

const isUnrecorded = ({ mask }: Trie.Measured): boolean => (mask & UNRECORDED) !== 0

/** The next event that the journal lacks: a due time that is not on record, or the end. */
const owed = (machine: Machine): Result.Result<Fact, CommandRejected> | undefined => {
  if (machine.closed) return undefined
  const { root } = machine
  if (isUnrecorded(root)) {
    for (const { leaf, ordinal, path } of Walk.steps(root, isUnrecorded)) {
      if (leaf._tag === "Timer" && !leaf.recorded) {
        return Result.succeed({ kind: "due", path, ordinal, step: leaf.node.name, payload: { at: leaf.due } })
      }
    }
  }
  if (!hasEnded(root.leaf)) return undefined
  const done = root.leaf._tag === "Done"
  const encoded = done
    ? encodeState(machine.workflow.state, (root.leaf as { readonly state: unknown }).state)
    : machine.workflow.error.encode((root.leaf as { readonly error: unknown }).error)
  const step = machine.workflow.name
  if (Result.isFailure(encoded)) {
    const what = done
      ? "the state it ended in does not fit the workflow's state schema"
      : "the error it ended with does not fit the workflow's error schema"
    return rejected(machine.id, "InvalidPayload", { path: "", name: step }, `${what}: ${encoded.failure.message}`)
  }
  return Result.succeed({
    kind: "ended",
    path: "",
    ordinal: root.ordinal,
    step,
    payload: done
      ? { outcome: "completed", output: encoded.success, ...(Product.is(root.leaf.state) && { product: true }) }
      : { outcome: "failed", error: encoded.success }
  })
}

export const start = (
  workflow: Workflow.Any,
  input: unknown,
  options: Moment & { readonly id: string; readonly run?: number }
): Result.Result<Step, CommandRejected> => {
  const { id, run = 0 } = options
  const { name, version } = workflow
  const encoded = workflow.input.encode(input)
  if (Result.isFailure(encoded)) {
    return rejected(
      id,
      "InvalidPayload",
      { path: "", name },
      `the input does not fit its schema: ${encoded.failure.message}`
    )
  }
  const payload = { workflow: name, version, input: encoded.success }
  const event = envelope(id, run, 0, { kind: "started", ...ROOT, step: name, payload }, options)
  const begun = begin(workflow, event)
  if (Result.isFailure(begun)) {
    return rejected(id, "Threw", { path: "", name }, begun.failure.message, { cause: begun.failure })
  }
  return Result.map(commit(begun.success, [], options), ({ events, execution }) => ({
    execution,
    events: [event, ...events]
  }))
}

export const settle = (machine: Machine, moment: Moment): Result.Result<Step, CommandRejected> =>
  commit(machine, [], moment)

export const step = (
  machine: Machine,
  command: Command.Command,
  moment: Moment
): Result.Result<Step, CommandRejected> => {
  if (command._tag === "Tick") return tick(machine, command.now, moment)
  const fact = command._tag === "Signal" ? receive(machine, command) : report(machine, command)
  return Result.isFailure(fact) ? Result.fail(fact.failure) : commit(machine, [fact.success], moment)
}

const ended = (machine: Machine, step: { readonly path: string; readonly name: string }) =>
  rejected(machine.id, "Ended", step, "the workflow has ended")

/** The outcome of a step that is waited for, as a fact. */
const report = (
  machine: Machine,
  command: Extract<Command.Command, { readonly step: Pending.StepRef }>
): Result.Result<Fact, CommandRejected> => {
  const { step } = command
  const { name, ordinal, path } = step
  if (machine.closed) return ended(machine, step)
  const found = Walk.find(machine.root, path, ordinal)
  const wanted = command._tag === "Handled" ? "Signal" : "RunIO"
  if (
    found === undefined ||
    found.leaf._tag === "Timer" ||
    found.leaf.node.name !== name ||
    found.leaf._tag !== wanted
  ) {
    return rejected(
      machine.id,
      "NotWaiting",
      step,
      "the workflow does not wait for this step now: it has ended, was interrupted or never began"
    )
  }
  const { leaf } = found
  const place = { path, ordinal, step: name }
  const misfit = (what: string, { message }: { readonly message: string }) =>
    rejected(machine.id, "InvalidPayload", step, `the ${what} does not fit the step's schema: ${message}`)
  if (command._tag === "Attempt") {
    const attempt = leaf._tag === "RunIO" ? leaf.attempt + 1 : 1
    return Result.succeed({ kind: "attempt", ...place, attempt, payload: { error: command.error, next: command.next } })
  }
  if (command._tag === "Fail") {
    const encoded = leaf._tag === "RunIO" ? leaf.node.error.encode(command.error) : Result.succeed(null)
    return Result.isFailure(encoded)
      ? misfit("error", encoded.failure)
      : Result.succeed({ kind: "failed", ...place, payload: encoded.success })
  }
  const encoded = leaf.node.event.encode(command.event)
  if (Result.isFailure(encoded)) return misfit("event", encoded.failure)
  return Result.succeed(
    command._tag === "Handled"
      ? { kind: "signal", ...place, payload: { id: command.id, event: encoded.success } }
      : { kind: "completed", ...place, payload: encoded.success }
  )
}

const hasKey = (path: string, to: string): boolean => Path.parse(path)?.some(({ key }) => key === to) ?? false

const waiters = (machine: Machine, name: string, to: string | undefined): ReadonlyArray<Walk.Waiting> => {
  const bit = signalBit(name)
  const found: Array<Walk.Waiting> = []
  for (const waiting of Walk.steps(machine.root, ({ mask }) => (mask & bit) !== 0)) {
    const { leaf, path } = waiting
    if (leaf._tag === "Signal" && leaf.node.name === name && (to === undefined || hasKey(path, to))) found.push(waiting)
  }
  return found
}

/** A signal whose handler is known without running anything, as a fact. */
const receive = (
  machine: Machine,
  command: Extract<Command.Command, { readonly _tag: "Signal" }>
): Result.Result<Fact, CommandRejected> => {
  const { id, payload, signal, to } = command
  const nowhere = { path: "", name: signal.name }
  if (machine.closed) return ended(machine, nowhere)
  const [waiting, ...others] = waiters(machine, signal.name, to)
  if (waiting === undefined || waiting.leaf._tag !== "Signal") {
    return rejected(machine.id, "NotWaiting", nowhere, "nothing waits for this signal now")
  }
  if (others.length > 0) {
    const paths = [waiting, ...others].map(({ path }) => path)
    return rejected(
      machine.id,
      "Ambiguous",
      nowhere,
      `${paths.length} parts wait for this signal: name one with "to"`,
      {
        waiting: paths
      }
    )
  }
  const step = { path: waiting.path, ordinal: waiting.ordinal, name: signal.name }
  const checked = throughSchema(signal, payload)
  if (Result.isFailure(checked)) {
    return rejected(
      machine.id,
      "InvalidPayload",
      step,
      `the payload does not fit the signal's schema: ${checked.failure.message}`
    )
  }
  let outcome: unknown
  try {
    outcome = waiting.leaf.node.handle(signalState(waiting), checked.success)
  } catch (cause) {
    return rejected(machine.id, "Threw", step, `its handler threw: ${String(cause)}`, { cause })
  }
  if (!Exit.isExit(outcome)) {
    return rejected(
      machine.id,
      "NeedsEffect",
      step,
      "its handler is an effect: run `handle` of the pending signal and give the event with Command.handled"
    )
  }
  if (Exit.isSuccess(outcome)) return report(machine, { _tag: "Handled", step, event: outcome.value, id })
  const refusal = Exit.findErrorOption(outcome)
  return Option.isSome(refusal)
    ? rejected(machine.id, "Refused", step, "its handler refused it", { refusal: refusal.value })
    : rejected(machine.id, "Threw", step, "its handler died", { cause: outcome.cause })
}

const throughSchema = (signal: Signal.Any, payload: unknown) =>
  Result.flatMap(signal.payload.encode(payload), (json) => signal.payload.decode(json))

/** Fires what is due, the earliest first; what opens meanwhile waits for the next tick. */
const tick = (machine: Machine, now: number, moment: Moment): Result.Result<Step, CommandRejected> => {
  if (machine.closed || machine.root.due > now) return Result.succeed({ execution: machine, events: [] })
  const due = [...Walk.steps(machine.root, (part) => part.due <= now)]
    .filter(({ leaf }) => leaf._tag === "Timer" && leaf.due <= now)
    .sort((a, b) => (a.leaf as { readonly due: number }).due - (b.leaf as { readonly due: number }).due)
  let execution = machine
  const events: Array<Event> = []
  for (const { leaf, ordinal, path } of due) {
    const still = Walk.find(execution.root, path, ordinal)
    if (execution.closed || still?.leaf !== leaf) continue
    const fact: Fact = { kind: "fired", path, ordinal, step: leaf.node.name, payload: null }
    const next = commit(execution, [fact], moment)
    if (Result.isFailure(next)) return next
    execution = next.success.execution
    events.push(...next.success.events)
  }
  return Result.succeed({ execution, events })
}

// ---- readings ---------------------------------------------------------------------------------------------------

const describe = (machine: Machine, waiting: Walk.Waiting): Pending.Pending => {
  const { leaf, ordinal, path } = waiting
  const step = { path, ordinal, name: leaf.node.name }
  switch (leaf._tag) {
    case "RunIO":
      return {
        _tag: "RunIO",
        step,
        get effect() {
          return leaf.node.run(leaf.state)
        },
        attempt: leaf.attempt + 1,
        notBefore: leaf.notBefore,
        lastError: leaf.lastError,
        retry: leaf.node.retry,
        idempotencyKey: Path.idempotencyKey(machine.id, machine.run, path, ordinal)
      }
    case "Signal":
      return {
        _tag: "Signal",
        step,
        signal: leaf.node.signal,
        handle: (payload) => leaf.node.handle(signalState(waiting), payload),
        reply: (event) => {
          // From the event as a journal would give it back, so that a reply given again is the same.
          const recorded = Result.flatMap(leaf.node.event.encode(event), (json) => leaf.node.event.decode(json))
          return leaf.node.reply(signalState(waiting), Result.getOrThrow(recorded))
        }
      }
    case "Timer":
      return { _tag: "Timer", step, due: leaf.due }
  }
}

export const pending = (machine: Machine): ReadonlyArray<Pending.Pending> =>
  Array.from(Walk.steps(machine.root), (waiting) => describe(machine, waiting))

export const waiting = (machine: Machine, signal: string, to: string | undefined): ReadonlyArray<Pending.Pending> =>
  waiters(machine, signal, to).map((found) => describe(machine, found))

export const diff = (before: Machine | undefined, after: Machine) => {
  const { closed, opened } = Diff.diff(before?.root, after.root)
  return {
    closed: closed.map(({ leaf, ordinal, path }) => ({ path, ordinal, name: leaf.node.name })),
    opened: opened.map((found) => describe(after, found))
  }
}

export const status = ({ root }: Machine): Status => {
  if (root.leaf._tag === "Done") return "completed"
  if (root.leaf._tag === "Failed") return "failed"
  return (root.mask & RUNNABLE) !== 0 ? "running" : (root.mask & STUCK) !== 0 ? "stuck" : "waiting"
}

export const state = ({ root }: Machine): unknown => stateOf(root.leaf)

export const result = ({ root }: Machine): Option.Option<Result.Result<unknown, unknown>> => {
  if (root.leaf._tag === "Done") return Option.some(Result.succeed(root.leaf.state))
  return root.leaf._tag === "Failed" ? Option.some(Result.fail(root.leaf.error)) : Option.none()
}

export const query = (machine: Machine, query: Query.Any): Result.Result<Option.Option<unknown>, DefinitionThrew> =>
  Result.try({
    try: () => answer(machine.root, Site.root(machine.workflow), query),
    catch: (cause) => {
      const { id: instance, length: position, run } = machine
      return new DefinitionThrew({ instance, run, position, path: "", step: `query "${query.name}"`, cause })
    }
  })

export const progress = (machine: Machine): Progress =>
  progressOf(machine.root, Site.root(machine.workflow), machine.trail)
