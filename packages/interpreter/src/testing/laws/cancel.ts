/** Cancellation: whenever it is asked for it comes to its end, and undoes what was completed, the latest first. */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Command from "../../Command.ts"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import type { Machine, Running } from "../drive.ts"
import type { Case } from "../generator/case.ts"
import { mapped, parts, plan, type Plan } from "../generator/plan.ts"
import { interposed } from "../generator/script.ts"
import { broken, isClosing, isLast, pure, run, same, succeeded } from "./law.ts"

/** The case with a cancellation at a turn that it chooses, and without a termination. */
const cancelledSomewhere = (given: Case, subject = pure): Case => {
  const moves = given.script.moves.filter(({ _tag }) => _tag !== "Terminate")
  const generated = { ...given, script: { ...given.script, moves } }
  const { appends } = run(generated, subject)
  const turn = generated.salt % (appends.length + 1)
  return { ...generated, script: interposed(generated.script, turn, { _tag: "Cancel" }) }
}

const requestOf = (journal: ReadonlyArray<Event>): number =>
  journal.findIndex(({ kind }) => kind === "cancel-requested")

/** A run that was to be cancelled ends as cancelled, or is stuck at what it undoes; it comes to no other end. */
export const cancelledRunsEndSo = (generated: Case, subject = pure): void => {
  const { executions, journal, result, status } = run(cancelledSomewhere(generated, subject), subject)
  if (status === "terminated") broken("it was to be cancelled, and is terminated")
  const requested = requestOf(journal)
  if (requested === -1) return
  if (status !== "cancelled" && status !== "stuck") broken(`it was cancelled, and is ${status}`)
  const end = journal.find(isLast)
  const outcome = (end?.payload as { readonly outcome?: string } | undefined)?.outcome
  if (end !== undefined && outcome !== "cancelled") broken(`it was cancelled, and its end is "${outcome ?? end.kind}"`)
  const error = Option.getOrUndefined(Option.flatMap(result, Result.getFailure))
  if (status === "cancelled" && error?._tag !== "WorkflowCancelled") broken(`its result is ${String(error?._tag)}`)
  for (const execution of executions) {
    if (Execution.length(execution) <= requested) continue
    const told = subject.machine.step(execution, Command.cancel("again"), { at: 1 })
    if (Result.isSuccess(told)) broken("it is cancelled a second time")
    else if (told.failure.rejection !== "Ended") broken(`a second cancellation is ${told.failure.rejection}`)
    if (Execution.status(execution) === "cancelled" && Execution.undoing(execution).length > 0) {
      broken(`it has ended, and is to undo ${Execution.undoing(execution).join(", ")}`)
    }
  }
}

/** The plan in which all that is completed stays so to the end, and each `Compensate` says so: a step does, a step undoes. */
const undoable = (whole: Plan): Plan =>
  mapped(whole, (given) => {
    const { k, parts, tag } = given
    const [body] = parts as [Plan]
    switch (tag) {
      case "Compensate":
        return { ...given, parts: [plan("AndThen", 0, body, plan("RunIO")), plan("RunIO")] }
      case "OnCancel":
        return { ...given, parts: [body, plan("RunIO")] }
      case "Saga":
      case "InterruptWith":
      case "Timeout":
        return body
      case "Race":
        return { ...given, tag: "Parallel", k: k % 4 }
      case "Parallel":
        return { ...given, k: k % 4 }
      case "Fail":
      case "ContinueAsNew":
      case "Checkpoint":
        return plan("Pure")
      default:
        return given
    }
  })

/** What was completed is undone, all of it and nothing else, in the reverse order of its completion; and from the request on it is known. */
export const cancellationUndoes = (given: Case, subject = pure): void => {
  const { plan: whole, salt, script } = given
  const calm: Case = { ...given, plan: undoable(whole), names: "unique", script: { ...script, outcomes: [] } }
  const generated = cancelledSomewhere(calm, subject)
  const { executions, journal, status } = run(generated, subject)
  const requested = requestOf(journal)
  if (requested === -1 && status !== "terminated") return
  if (status !== "cancelled") broken(`cancelled at turn ${salt}, it is ${status}`)
  const undoOf = new Map<string, string>()
  for (const {
    plan: { tag },
    position
  } of parts(generated.plan)) {
    if (tag === "Compensate") undoOf.set(`step ${position}.0.1`, `step ${position}.1`)
  }
  const undos = new Set(undoOf.values())
  const completedIn = (events: ReadonlyArray<Event>) =>
    events.flatMap(({ kind, step }) => (kind === "completed" ? [step] : []))
  const owedBy = (steps: ReadonlyArray<string>) => steps.flatMap((step) => undoOf.get(step) ?? []).toReversed()
  const isUndo = (step: string) => undos.has(step)
  const completed = completedIn(journal)
  same("undone", owedBy(completed), completed.filter(isUndo))
  for (const execution of executions) {
    const length = Execution.length(execution)
    if (requested === -1 || length <= requested) continue
    const sofar = completedIn(journal.slice(0, length))
    const left = owedBy(sofar).slice(sofar.filter(isUndo).length)
    same(`to be undone after ${length} events`, left, Execution.undoing(execution).filter(isUndo))
  }
}

/** What an execution that is terminated does before it is over: it closes its children, and nothing else. */
const closed = (machine: Machine, execution: Running): ReadonlyArray<string> => {
  const [pending] = Execution.pending(execution)
  if (pending === undefined) return []
  if (!isClosing(pending)) return broken(`it is terminated, and waits for ${pending.step.name}`)
  const { events, execution: next } = succeeded(
    "closing",
    machine.step(execution, Command.sent(pending.step), { at: 1 })
  )
  return [...events.map(({ kind }) => kind), ...closed(machine, next)]
}

/** To terminate is at once: nothing is undone, and nothing is waited for but that its children are told. */
export const terminationIsAtOnce = (generated: Case, { drive, machine } = pure): void => {
  const { executions, journal } = run(generated, { drive, machine })
  for (const execution of executions) {
    const length = Execution.length(execution)
    if (journal.slice(0, length).some(isTerminating)) continue
    const place = `terminated after ${length} events:`
    const told = succeeded(place, machine.step(execution, Command.terminate("enough"), { at: 1 }))
    const { events, execution: over } = told
    const kinds = [...events.map(({ kind }) => kind), ...closed(machine, over)]
    const sent = kinds.filter((kind) => kind === "sent")
    same(`${place} event`, sent.length > 0 ? ["cancel-requested", ...sent, "ended"] : ["ended"], kinds)
    if (sent.length > 0) continue
    const error = Option.getOrUndefined(Option.flatMap(Execution.result(over), Result.getFailure))
    same(`${place} status`, "terminated", Execution.status(over))
    if (error?._tag !== "WorkflowTerminated") broken(`${place} its result is ${String(error?._tag)}`)
  }
}

const isTerminating = (event: Event): boolean =>
  isLast(event) ||
  (event.kind === "cancel-requested" && (event.payload as { readonly terminate?: boolean }).terminate === true)
