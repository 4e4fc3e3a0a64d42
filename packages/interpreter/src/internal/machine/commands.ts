/** Commands into events: what was told becomes facts, and what the machine owes its journal because of them. */
import type { Signal, Workflow } from "@waymark/core"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Command from "../../Command.ts"
import { CommandRejected } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import type * as Pending from "../../Pending.ts"
import { describe } from "../cause.ts"
import { signalState } from "./fold.ts"
import { begin, endOf, evolve, ROOT, type Machine } from "./machine.ts"
import { hasEnded, UNRECORDED } from "./thread.ts"
import type * as Trie from "./trie.ts"
import * as Walk from "./walk.ts"

interface Moment {
  readonly at: number
  readonly epoch?: number
}

interface Step {
  readonly execution: Machine
  readonly events: ReadonlyArray<Event>
}

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
  const end = endOf(machine.workflow, root)
  return Result.isFailure(end)
    ? rejected(machine.id, "InvalidState", { path: "", name: machine.workflow.name }, end.failure)
    : Result.succeed(end.success)
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

/** A signal whose handler is known without running anything, as a fact. */
const receive = (
  machine: Machine,
  command: Extract<Command.Command, { readonly _tag: "Signal" }>
): Result.Result<Fact, CommandRejected> => {
  const { id, payload, signal, to } = command
  const nowhere = { path: "", name: signal.name }
  if (machine.closed) return ended(machine, nowhere)
  const [waiting, ...others] = Walk.waiters(machine.root, signal.name, to)
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
    return rejected(machine.id, "Threw", step, `its handler threw: ${describe(cause)}`, { cause })
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
const tick = (machine: Machine, now: number, given: Moment): Result.Result<Step, CommandRejected> => {
  // A timer that fires because it is this late does not fire earlier than that.
  const moment = { ...given, at: Math.max(given.at, now) }
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
