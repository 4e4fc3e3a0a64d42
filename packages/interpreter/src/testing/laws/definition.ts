/** R13: a definition that was changed is refused where it no longer fits, before anything runs; added to, it is not. */
import { WIO } from "@waymark/core"
import * as Result from "effect/Result"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import { build, isTriggered, nameOf, triggerOf, type Options } from "../generator/build.ts"
import { workflow, type Case } from "../generator/case.ts"
import { settled } from "../generator/place.ts"
import { contains, parts, plan, replaced, type Plan, type Tag } from "../generator/plan.ts"
import { Other, query, workflowOf, type Call, type Part } from "../generator/site.ts"
import { describePending, observe, show } from "../observe.ts"
import {
  beforeCheckpoints,
  broken,
  isClosing,
  isLast,
  pure,
  recovered,
  run,
  same,
  succeeded,
  type Subject
} from "./law.ts"

/** Where a change is to be found out: the first event that another step than the definition's has recorded. */
interface Expected {
  readonly event: Event
  /** The step that the changed definition waits for there; `undefined` where the law does not say. */
  readonly expected: string | undefined
}

/** Holds recovery under a changed definition to a mismatch at an event, or before it where `exactly` is off. */
const refused = (
  what: string,
  { machine }: Subject,
  changed: (watch: (call: Call) => void) => ReturnType<typeof workflow>,
  journal: ReadonlyArray<Event>,
  { event, expected }: Expected,
  exactly: boolean
): void => {
  const calls: Array<Call> = []
  const result = machine.recover(
    changed((call) => calls.push(call)),
    journal
  )
  if (Result.isSuccess(result)) return broken(`${what} is accepted`)
  const { failure } = result
  if (failure._tag !== "JournalMismatch") return broken(`${what} gives ${failure._tag}: ${failure.message}`)
  if (exactly ? failure.position !== event.seq : failure.position > event.seq) {
    broken(`${what} is found at event ${failure.position}, not at ${event.seq}: ${failure.message}`)
  }
  const found = journal[failure.position] as Event
  const recorded = found.kind === "ended" ? (found.payload as { readonly outcome: string }).outcome : found.step
  same(`${what}: path`, found.path, failure.path)
  same(`${what}: recorded step`, recorded, failure.recorded)
  if (expected !== undefined) same(`${what}: expected step`, expected, failure.expected)
  if (calls.includes("run") || calls.includes("handle")) broken(`${what}: an effect was run`)
}

const ofTheWhole: ReadonlySet<string> = new Set(["started", "cancel-requested", "continued", "ended"])

// Children are closed under the name of their workflow, which is no step's.
const isStepEvent = ({ kind, step }: Event): boolean => !ofTheWhole.has(kind) && step !== Other.name

/** The plan with the step of this name as another kind of step, or taken away. */
const altered = (whole: Plan, name: string, by: (plan: Plan) => Plan): Plan => {
  const place = parts(whole).find(({ plan: { tag }, position }) =>
    isTriggered(tag) ? nameOf(triggerOf(position)) === name : nameOf(position) === name
  )
  return place === undefined ? broken(`no step of the plan is called ${name}`) : replaced(whole, place.position, by)
}

const attempted: ReadonlySet<Tag> = new Set(["RunIO", "SideEffect", "Child", "SignalTo"])

/** Another kind of step in the same place, and of an interruption another kind of trigger. */
const retyped = ({ k, parts, tag }: Plan): Plan => {
  if (tag === "InterruptWith") return { tag, k: k + 1, parts }
  if (tag === "Timeout") return plan("InterruptWith", 0, ...parts)
  // What is attempted leaves the same trail of failed attempts, whatever it is.
  return plan(attempted.has(tag) ? "HandleSignal" : "RunIO", k)
}

/**
 * R13: a step on record that was renamed, removed, swapped with another or made another kind gives `JournalMismatch`
 * with its position, its path and both steps, and runs nothing. Of cases with unique names.
 */
export const changedDefinitionIsRefused = (generated: Case, subject = pure): void => {
  const { plan: whole, salt } = generated
  const journal = beforeCheckpoints(run(generated, subject).journal)
  const recorded = journal.filter(isStepEvent)
  const chosen = recorded[salt % recorded.length]
  if (chosen === undefined) return
  const { step: name } = chosen
  const first = journal.find(({ step }) => step === name) as Event
  const by =
    (options: Options, changed = whole) =>
    (watch: (call: Call) => void) =>
      workflow({ ...generated, plan: changed }, { ...options, watch })

  // What is chosen by a name that is not on record was chosen the other way: nobody waits at it then.
  const named = (event: Event, expected: string) => ({
    event,
    expected: event.kind === "version" ? undefined : expected
  })
  const renamed = named(first, "renamed")
  refused(`${name} renamed`, subject, by({ rename: { [name]: "renamed" } }), journal, renamed, true)

  // Whether a step that can be undone is waited for when it is given up is a matter of its kind.
  const another = contains(whole, "Compensate")
  const same = { event: first, expected: another ? undefined : name }
  // The mark of a version that is gone is passed over.
  const isVersion = first.kind === "version"
  if (!isVersion)
    refused(`${name} as another kind`, subject, by({}, altered(whole, name, retyped)), journal, same, !another)

  const other = recorded[(salt + 1) % recorded.length]?.step as string
  if (other !== name) {
    const event = journal.find(({ step }) => step === name || step === other) as Event
    const swapped = named(event, event.step === name ? other : name)
    refused(
      `${name} and ${other} swapped`,
      subject,
      by({ rename: { [name]: other, [other]: name } }),
      journal,
      swapped,
      true
    )
  }

  if (isVersion) return
  // What follows a removed step may fail or end, and so give up others: the change is found there or before.
  const gone = altered(whole, name, ({ parts: [body], tag }) => (isTriggered(tag) ? (body as Plan) : plan("Pure")))
  refused(`${name} removed`, subject, by({}, gone), journal, { event: first, expected: undefined }, false)
}

/** R13: steps added past what is on record are accepted, and nothing else about the execution changes. */
export const extensionIsAccepted = (generated: Case, { drive, machine } = pure): void => {
  const { names, plan: whole } = generated
  const more = (what: Plan) => WIO.andThen(build(whole, { names }), build(what, { prefix: "more" }))
  // A sequence before and after: what stands alone would have another address in one.
  const [shorter, extended] = [workflowOf(more(plan("Pure"))), workflowOf(more(plan("RunIO")), 2)]
  const { journal } = run(generated, { drive, machine }, { workflow: shorter })
  for (let length = 1; length <= journal.length; length++) {
    const prefix = journal.slice(0, length)
    if (prefix.some(isLast)) continue
    const old = recovered(machine, shorter, prefix)
    // The end closes children: a workflow that has more to do is not there yet.
    if (Execution.pending(old).some(isClosing)) break
    const now = succeeded(`recovery of ${length} events with a step more`, machine.recover(extended, prefix))
    const seen = Execution.pending(now).map(describePending)
    if (Execution.status(old) !== "completed") {
      same(`pending after ${length} events`, show(Execution.pending(old).map(describePending)), show(seen))
    } else if (seen.length !== 1) broken(`the step more is not waited for: ${show(seen)}`)
  }
}

/** The positions at which an interruption may be put around a part and rename no other: none is armed around it there. */
const wrappable = (whole: Plan, position = "0"): ReadonlyArray<string> => {
  const { parts: all, tag } = whole
  if (isTriggered(tag)) return [position]
  // A checkpoint has nothing around it.
  const own = contains(whole, "Checkpoint") ? [] : [position]
  return [...own, ...all.flatMap((part, index) => wrappable(part, `${position}.${index}`))]
}

const never = {
  signal: build(plan("HandleSignal"), { prefix: "never" }),
  timer: build(plan("Await", 1_000_001), { prefix: "never" })
}

const wrappers: Readonly<Record<string, (part: Part) => Part>> = {
  "an interruption by a signal": (part) => part.pipe(WIO.interruptWith(never.signal)),
  "an interruption by a timer": (part) => part.pipe(WIO.interruptWith(never.timer)),
  "a catch": (part) => part.pipe(WIO.catchTag("Never" as "Oops", never.signal as never)) as Part,
  "a query": (part) => part.pipe(WIO.query(query("never"), () => 0))
}

/** R13: live code may be wrapped: every path and ordinal on record stays, and only what was put around is new. */
export const wrappingIsAccepted = (generated: Case, { drive, machine } = pure): void => {
  const { plan: whole, salt } = generated
  const seen = run(generated, { drive, machine })
  const { workflow: flow } = seen
  const journal = beforeCheckpoints(seen.journal)
  const positions = wrappable(settled(whole))
  const position = positions[salt % positions.length]
  if (position === undefined) return
  for (const [name, by] of Object.entries(wrappers)) {
    const what = `${name} around ${position}`
    const wrapped = workflow(generated, { wrap: { position, by } })
    for (let length = 1; length < journal.length; length++) {
      const prefix = journal.slice(0, length)
      const old = recovered(machine, flow, prefix)
      const now = succeeded(`recovery of ${length} events with ${what}`, machine.recover(wrapped, prefix))
      const kept = Execution.pending(now).filter(({ step }) => step.name !== "step never")
      const [before, after] = [Execution.pending(old), kept].map((all) => show(all.map(describePending)))
      same(`pending after ${length} events with ${what}`, before as string, after as string)
      same(`state after ${length} events with ${what}`, show(Execution.state(old)), show(Execution.state(now)))
    }
    succeeded(`recovery of all with ${what}`, machine.recover(wrapped, journal))
  }
}

/**
 * R13: once all have passed a version, what was after it stands alone under a higher version of the workflow: what they did and wait for is
 * the same.
 */
export const retiredVersionsAreAccepted = (generated: Case, { drive, machine } = pure): void => {
  // Where no step stands between them, what can be undone at once has another order without the choice.
  if (contains(generated.plan, "Compensate")) return
  const { journal, workflow: flow } = run(generated, { drive, machine })
  if (!journal.some(({ kind }) => kind === "version")) return
  const without = workflow(generated, { road: "after", version: 2 })
  for (let length = 1; length <= journal.length; length++) {
    const prefix = journal.slice(0, length)
    const old = recovered(machine, flow, prefix)
    const now = succeeded(`recovery of ${length} events without the versions`, machine.recover(without, prefix))
    // It is chosen in the same atomic group.
    if (journal[length]?.kind === "version") continue
    const [before, after] = [old, now].map((one) => show(Execution.pending(one).map(describePending)))
    same(`pending after ${length} events without the versions`, before as string, after as string)
    same(`state after ${length} events without the versions`, show(Execution.state(old)), show(Execution.state(now)))
    same(`status after ${length} events without the versions`, Execution.status(old), Execution.status(now))
  }
}

/** R13: a definition of no higher version that lacks a change on record is taken for older code: nothing of it runs. */
export const codeFromBeforeIsRefused = (generated: Case, subject = pure): void => {
  const seen = run(generated, subject)
  const journal = beforeCheckpoints(seen.journal)
  const event = journal.find(({ kind }) => kind === "version")
  if (event === undefined) return
  for (const road of ["before", "after"] as const) {
    const by = (watch: (call: Call) => void) => workflow(generated, { road, version: seen.workflow.version, watch })
    refused(`only the road ${road} the versions`, subject, by, journal, { event, expected: undefined }, true)
  }
}

/** Versions: a run that passed a change before it was made goes on as if it had not been made, and comes to the same end. */
export const passedVersionsStay = (generated: Case, { drive, machine } = pure): void => {
  const before = workflow(generated, { road: "before" })
  const { executions, journal } = run(generated, { drive, machine }, { workflow: before })
  const { kind } = journal.at(-1) as Event
  const now = succeeded("recovery of a run of the old road", machine.recover(workflow(generated), journal))
  if (kind !== "ended" && kind !== "continued") return
  const [old] = executions.slice(-1)
  if (old !== undefined) same("the end of the old road", observe(old, [], false), observe(now, [], false))
}
