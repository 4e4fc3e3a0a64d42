/** Commands into events: what was told becomes facts, and what the machine owes its journal because of them. */
import type { Schema } from "effect"
import type { Signal, Workflow } from "@waymark/core"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Command from "../../Command.ts"
import { CommandRejected } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import type * as Pending from "../../Pending.ts"
import { describe, isFlaw } from "../cause.ts"
import { someOf } from "../words.ts"
import { patchOf } from "./history.ts"
import { begin, ROOT } from "./begin.ts"
import { evolve } from "./evolve.ts"
import type { Machine, Parent, RecoveryError } from "./machine.ts"
import { signalState } from "./outcomes.ts"
import { owed, type Fact } from "./owed.ts"
import { hasEnded, isAttempted } from "./thread.ts"
import { openChildren } from "./terminate.ts"
import type * as Trie from "./trie.ts"
import * as Waiters from "./waiters.ts"
import * as Walk from "./walk.ts"

interface Moment {
  readonly at: number
  readonly epoch?: number | undefined
  /** Whether events say what they did to the state. */
  readonly audit?: boolean | undefined
}

interface Step {
  readonly execution: Machine
  readonly events: ReadonlyArray<Event>
}

const envelope = (
  instance: string,
  run: number,
  seq: number,
  { attempt, kind, ordinal, path, payload, step }: Fact,
  { at, epoch = 0 }: Moment
): Event => {
  const id = `${run}.${seq}.${epoch}`
  return attempt === undefined
    ? { instance, run, seq, id, at, kind, path, ordinal, step, payload }
    : { instance, run, seq, id, at, kind, path, ordinal, step, attempt, payload }
}

/** What a command is about. */
interface Place {
  readonly path: string
  readonly name: string
}

const rejected = (
  instance: string,
  rejection: CommandRejected["rejection"],
  step: Place,
  reason: string,
  more: { readonly refusal?: unknown; readonly waiting?: ReadonlyArray<string>; readonly cause?: unknown } = {}
): Result.Result<never, CommandRejected> =>
  Result.fail(new CommandRejected({ instance, rejection, path: step.path, step: step.name, reason, ...more }))

/** The definition stands in the way of a command. */
const thrown = (instance: string, { name, path }: Place, failure: RecoveryError): CommandRejected => {
  const rejection = { instance, rejection: "Threw", path, step: name } as const
  if (failure._tag !== "DefinitionThrew") {
    return new CommandRejected({ ...rejection, reason: failure.message, cause: failure })
  }
  const reason = `${failure.path === path ? "" : `at path "${failure.path}", `}${failure.why}`
  // Whoever looks at the cause wants to know that there are two items with one key, not that something was thrown.
  return new CommandRejected({ ...rejection, reason, cause: isFlaw(failure.cause) ? failure.cause : failure })
}

/** Folds a fact in, where there is one, then all that the machine owes its journal. */
const commit = (machine: Machine, given: Fact | undefined, moment: Moment): Result.Result<Step, CommandRejected> => {
  let events: Array<Event> | undefined
  let execution = machine
  for (let fact = given; ; fact = undefined) {
    if (fact === undefined) {
      const next = owed(execution)
      if (next === undefined) return Result.succeed({ execution, events: events ?? [] })
      if (Result.isFailure(next)) return Result.fail(next.failure)
      fact = next.success
    }
    const event = envelope(machine.id, machine.run, execution.length, fact, moment)
    const next = evolve(execution, event)
    if (Result.isFailure(next)) {
      return Result.fail(thrown(machine.id, { path: fact.path, name: fact.step }, next.failure))
    }
    const told = moment.audit === true ? { ...event, patch: patchOf(execution, next.success) } : event
    // Mostly it is the only one: a list that grows makes room for many at once.
    if (events === undefined) events = [told]
    else events.push(told)
    execution = next.success
  }
}

export const start = (
  workflow: Workflow.Any,
  input: unknown,
  options: Moment & { readonly id: string; readonly run?: number; readonly parent?: Parent }
): Result.Result<Step, CommandRejected> => {
  const { id, parent, run = 0 } = options
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
  const payload = { workflow: name, version, input: encoded.success, ...(parent && { parent: { ...parent } }) }
  const started = envelope(id, run, 0, { kind: "started", ...ROOT, step: name, payload }, options)
  const begun = begin(workflow, started)
  if (Result.isFailure(begun)) {
    return Result.fail(thrown(id, { path: "", name }, begun.failure))
  }
  const event = options.audit === true ? { ...started, patch: patchOf(undefined, begun.success) } : started
  return Result.map(commit(begun.success, undefined, options), ({ events, execution }) => ({
    execution,
    events: [event, ...events]
  }))
}

export const settle = (machine: Machine, moment: Moment): Result.Result<Step, CommandRejected> =>
  commit(machine, undefined, moment)

export const step = (
  machine: Machine,
  command: Command.Command,
  moment: Moment
): Result.Result<Step, CommandRejected> => {
  if (command._tag === "Tick") return tick(machine, command.now, moment)
  const fact = factOf(machine, command)
  return Result.isFailure(fact) ? Result.fail(fact.failure) : commit(machine, fact.success, moment)
}

const factOf = (
  machine: Machine,
  command: Exclude<Command.Command, { readonly _tag: "Tick" }>
): Result.Result<Fact, CommandRejected> => {
  const whole = { path: "", name: machine.workflow.name }
  if (machine.closed !== undefined) return ended(machine, "step" in command ? command.step : whole)
  switch (command._tag) {
    case "Signal":
      return receive(machine, command)
    case "Cancel": {
      const { leaf } = machine.root
      if (machine.stopping !== undefined || hasEnded(leaf) || leaf._tag === "Continue") {
        return rejected(machine.id, "Ended", whole, "its cancellation or its end is under way already")
      }
      return Result.succeed({ ...place(whole), kind: "cancel-requested", payload: { reason: command.reason } })
    }
    case "Terminate":
      return terminate(machine, whole, command.reason)
    default:
      return report(machine, command)
  }
}

/** It is over at once, or as soon as its children are closed. */
const terminate = (
  machine: Machine,
  whole: { readonly path: string; readonly name: string },
  reason: string
): Result.Result<Fact, CommandRejected> => {
  const { children, id, root, stopping } = machine
  if (stopping?.how === "terminated") return rejected(id, "Ended", whole, "its end is under way already")
  const isOver = hasEnded(root.leaf) || root.leaf._tag === "Continue"
  if (isOver || openChildren(children, root).length === 0) {
    return Result.succeed({ ...place(whole), kind: "ended", payload: { outcome: "terminated", reason } })
  }
  return Result.succeed({ ...place(whole), kind: "cancel-requested", payload: { reason, terminate: true } })
}

const place = ({ name, path }: { readonly path: string; readonly name: string }) => ({ path, ordinal: 0, step: name })

const ended = (machine: Machine, step: { readonly path: string; readonly name: string }) =>
  rejected(machine.id, "Ended", step, "the workflow has ended")

type Report = Extract<Command.Command, { readonly step: Pending.StepRef }>

/** Which leaves a report is about. */
const reports: { readonly [Tag in Report["_tag"]]: (leaf: Walk.Waiting["leaf"]) => boolean } = {
  Succeed: ({ _tag }) => _tag === "RunIO",
  Fail: ({ _tag }) => _tag === "RunIO",
  Attempt: isAttempted,
  Handled: ({ _tag }) => _tag === "Signal",
  ChildStarted: (leaf) => leaf._tag === "Child" && !leaf.started,
  ChildEnded: (leaf) => leaf._tag === "Child" && leaf.started,
  Sent: ({ _tag }) => _tag === "Send" || _tag === "Close",
  Retry: isAttempted,
  Resolve: ({ _tag }) => _tag === "RunIO"
}

/** The outcome of a step that is waited for, as a fact. */
const report = (machine: Machine, command: Report): Result.Result<Fact, CommandRejected> => {
  const { step } = command
  const { name, ordinal, path } = step
  const found = Walk.find(machine.root, path, ordinal)
  if (found === undefined || found.leaf.node.name !== name || !reports[command._tag](found.leaf)) {
    return rejected(
      machine.id,
      "NotWaiting",
      step,
      "nothing waits for this: the step has ended, was interrupted, or is another one"
    )
  }
  return said(machine, found.leaf, command)
}

/** What a step came to. */
const factAt = ({ name, ordinal, path }: Pending.StepRef, kind: Fact["kind"], payload: Schema.Json) =>
  Result.succeed<Fact>({ kind, path, ordinal, step: name, payload })

const asIs = (json: Schema.Json): Schema.Json => json

/** The same, with its value as JSON by the step's own schema. */
const written = (
  machine: Machine,
  leaf: Walk.Waiting["leaf"],
  { step }: Report,
  kind: Fact["kind"],
  what: "event" | "error",
  value: unknown,
  around: (json: Schema.Json) => Schema.Json = asIs
): Result.Result<Fact, CommandRejected> => {
  const codec =
    leaf._tag === "RunIO" || (leaf._tag === "Signal" && what === "event") ? leaf.node[what as "event"] : undefined
  const json = codec === undefined ? "it has none" : codec.encode(value)
  if (typeof json !== "string" && Result.isSuccess(json)) return factAt(step, kind, around(json.success))
  const why = typeof json === "string" ? json : json.failure.message
  return rejected(machine.id, "InvalidPayload", step, `the ${what} does not fit the step's schema: ${why}`)
}

/** What a report says, in the words of an event. */
const said = (machine: Machine, leaf: Walk.Waiting["leaf"], command: Report): Result.Result<Fact, CommandRejected> => {
  const isGivenUp = isAttempted(leaf) && leaf.notBefore === Infinity
  const { step } = command
  switch (command._tag) {
    case "Succeed":
      return written(machine, leaf, command, "completed", "event", command.event)
    case "Fail":
      return written(machine, leaf, command, "failed", "error", command.error)
    case "Handled":
      return written(machine, leaf, command, "signal", "event", command.event, (event) => ({ id: command.id, event }))
    case "Attempt": {
      const { name, ordinal, path } = step
      const attempt = isAttempted(leaf) ? leaf.attempt + 1 : 1
      const payload = { error: command.error, next: command.next }
      return Result.succeed({ kind: "attempt", path, ordinal, step: name, attempt, payload })
    }
    case "ChildStarted":
      return factAt(step, "child-started", { id: leaf._tag === "Child" ? leaf.id : "" })
    case "ChildEnded":
      return factAt(step, "child-ended", { ...command.outcome })
    case "Sent": {
      const to = leaf._tag === "Send" ? leaf.to : leaf._tag === "Close" ? leaf.child.id : ""
      const { undelivered: reason } = command
      return factAt(step, "sent", reason === undefined ? { to, delivered: true } : { to, delivered: false, reason })
    }
    case "Retry":
      return isGivenUp
        ? factAt(step, "resolved", { decision: "retry" })
        : rejected(machine.id, "NotWaiting", step, "it was not given up, so there is nothing to retry")
    case "Resolve": {
      if (!isGivenUp) return rejected(machine.id, "NotWaiting", step, "it was not given up: it decides for itself")
      const { outcome } = command
      return outcome._tag === "Succeed"
        ? written(machine, leaf, command, "resolved", "event", outcome.event, (event) => ({
            decision: "succeed",
            event
          }))
        : written(machine, leaf, command, "resolved", "error", outcome.error, (error) => ({ decision: "fail", error }))
    }
  }
}

/** A signal whose handler is known without running anything, as a fact. */
const receive = (
  machine: Machine,
  command: Extract<Command.Command, { readonly _tag: "Signal" }>
): Result.Result<Fact, CommandRejected> => {
  const { id, payload, signal, to } = command
  const nowhere = { path: "", name: signal.name }
  const all = Waiters.waiters(machine.root, signal.name, to)
  const [waiting] = all
  if (waiting === undefined || waiting.leaf._tag !== "Signal") {
    return rejected(machine.id, "NotWaiting", nowhere, "nothing waits for this signal now")
  }
  if (all.length > 1) {
    const addresses = Waiters.addresses(all)
    const reason = `${all.length} parts wait for this signal (${someOf(addresses)}): name one with "to"`
    return rejected(machine.id, "Ambiguous", nowhere, reason, { waiting: addresses })
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
const tick = (machine: Machine, now: number, { at, audit, epoch }: Moment): Result.Result<Step, CommandRejected> => {
  // A timer that fires because it is this late does not fire earlier than that.
  const moment = { at: Math.max(at, now), epoch, audit }
  const isDue = ({ due }: Trie.Measured): boolean => due !== undefined && due <= now
  if (machine.closed !== undefined || !isDue(machine.root)) return Result.succeed({ execution: machine, events: [] })
  const due = [...Walk.steps(machine.root, isDue)]
    .filter(({ leaf }) => leaf._tag === "Timer" && leaf.due <= now)
    .sort((a, b) => (a.leaf as { readonly due: number }).due - (b.leaf as { readonly due: number }).due)
  let execution = machine
  const events: Array<Event> = []
  for (const { leaf, ordinal, path } of due) {
    const still = Walk.find(execution.root, path, ordinal)
    if (execution.closed !== undefined || still?.leaf !== leaf) continue
    const fact: Fact = { kind: "fired", path, ordinal, step: leaf.node.name, payload: null }
    const next = commit(execution, fact, moment)
    if (Result.isFailure(next)) return next
    execution = next.success.execution
    events.push(...next.success.events)
  }
  return Result.succeed({ execution, events })
}
