/**
 * The proof: the journals compared with the services' ledgers, which know nothing of each other. What it promises is
 * what Waymark promises: an effect runs at least once, and never again once its event is recorded.
 */
import { Array as Arr, Predicate, Result } from "effect"
import { Execution, type Event } from "@waymark/interpreter"
import { holds } from "./book.ts"
import type { Entry } from "./ledger.ts"
import type { Journals } from "./snapshot.ts"
import { Withdrawal } from "./workflow.ts"

/** What became of one step of one instance. */
export interface StepReport {
  readonly instance: string
  readonly step: string
  /** Its runs by the ledgers, in order. */
  readonly runs: ReadonlyArray<Entry>
  /** Its failed attempts by the journal, in order. */
  readonly attempts: ReadonlyArray<Event.Event>
  /** Its ends by the journal: there may be one at the most. */
  readonly ends: ReadonlyArray<Event.Event>
  /** The runs whose process died before their outcome was recorded. */
  readonly cut: ReadonlyArray<Entry>
}

/** What was found. */
export interface Report {
  readonly steps: ReadonlyArray<StepReport>
  /** What is not as promised, in words. */
  readonly violations: ReadonlyArray<string>
}

interface Evidence {
  readonly journals: Journals
  /** The lines of all ledgers. */
  readonly entries: ReadonlyArray<Entry>
  /** The processes that were killed. */
  readonly killed: ReadonlySet<number>
}

/** Compares journals with ledgers. */
export const examine = ({ entries, journals, killed }: Evidence): Report => {
  const violations: Array<string> = []
  for (const [instance, events] of journals) violations.push(...examineJournal(instance, events, entries))
  const steps = stepsOf(journals, entries).map((step) => {
    const wasCancelled = journals.get(step.instance)?.some(({ kind, step }) => kind === "signal" && step === "cancel")
    const found = examineStep(step, killed, wasCancelled === true)
    violations.push(...found.violations.map((what) => `${step.instance}, "${step.step}": ${what}`))
    return { ...step, cut: found.cut }
  })
  return { steps, violations }
}

// ---- one step ---------------------------------------------------------------------------------------------------

const identity = ({ instance, ordinal, path, run }: Entry | Event.Event): string =>
  JSON.stringify([instance, run, path, ordinal])

const stepsOf = (journals: Journals, entries: ReadonlyArray<Entry>): ReadonlyArray<Omit<StepReport, "cut">> => {
  const outcomes = [...journals.values()]
    .flat()
    .filter(({ kind }) => kind === "completed" || kind === "failed" || kind === "attempt")
  const runs = Arr.groupBy(entries, identity)
  const events = Arr.groupBy(outcomes, identity)
  return Object.keys({ ...runs, ...events }).map((key) => {
    const ran = runs[key] ?? []
    const recorded = events[key] ?? []
    const { instance, step } = (ran[0] ?? recorded[0]) as Entry | Event.Event
    const attempts = recorded.filter(({ kind }) => kind === "attempt")
    return { instance, step, runs: ran, attempts, ends: recorded.filter(({ kind }) => kind !== "attempt") }
  })
}

const examineStep = (
  { attempts, ends, runs }: Omit<StepReport, "cut">,
  killed: ReadonlySet<number>,
  wasCancelled: boolean
): { readonly cut: ReadonlyArray<Entry>; readonly violations: ReadonlyArray<string> } => {
  const violations: Array<string> = []
  const cut: Array<Entry> = []
  if (ends.length > 1) violations.push(`its end is recorded ${ends.length} times`)

  // The end is the outcome of the attempt after those that failed.
  const outcomes = [...attempts, ...ends.slice(0, 1)]
  const last = Math.max(outcomes.length, ...runs.map(({ attempt }) => attempt))
  for (let attempt = 1; attempt <= last; attempt++) {
    const outcome = outcomes[attempt - 1]
    const ran = runs.filter((run) => run.attempt === attempt)
    if (outcome !== undefined && ran.length === 0) {
      violations.push(`the outcome of attempt ${attempt} is recorded, but it never ran`)
    }
    const late = ran.filter(({ at }) => outcome !== undefined && at > outcome.at)
    if (late.length > 0) {
      violations.push(`attempt ${attempt} ran in process ${pids(late)} after its outcome was recorded`)
    }
    // One run was recorded, or interrupted by a cancellation; all before it must have died with their processes.
    const lost = outcome !== undefined || wasCancelled ? ran.slice(0, -1) : ran
    cut.push(...lost)
    const unexplained = lost.filter(({ pid }) => !killed.has(pid))
    if (unexplained.length > 0) {
      violations.push(`attempt ${attempt} ran in process ${pids(unexplained)}, which lived, and was not recorded`)
    }
    if (new Set(ran.map(({ pid }) => pid)).size < ran.length) {
      violations.push(`attempt ${attempt} ran more than once in one process`)
    }
  }

  const [end] = ends
  const did = runs.at(-1)?.did
  if (end?.kind === "completed" && did !== undefined && !tells(did, end.payload)) {
    violations.push(`the journal has ${JSON.stringify(end.payload)}, but the service did ${JSON.stringify(did)}`)
  }
  return { cut, violations }
}

const pids = (runs: ReadonlyArray<Entry>): string => runs.map(({ pid }) => pid).join(", ")

/** Whether all that an event says is what the service had done. */
const tells = (did: Entry["did"], event: unknown): boolean => {
  const deed = new Map<string, unknown>(Object.entries(did))
  return Predicate.isObject(event) && Object.entries(event).every(([key, value]) => deed.get(key) === value)
}

// ---- one journal ------------------------------------------------------------------------------------------------

const examineJournal = (
  instance: string,
  events: ReadonlyArray<Event.Event>,
  entries: ReadonlyArray<Entry>
): ReadonlyArray<string> => {
  const violations: Array<string> = []
  const violated = (what: string) => violations.push(`${instance}: ${what}`)

  const recovered = Execution.recover(Withdrawal, events)
  if (Result.isFailure(recovered)) violated(recovered.failure.message)
  else {
    // The fold over the journal decides where it stands; the bank's book must agree.
    const state = Execution.state(recovered.success)
    const held = holds(entries).filter(({ reference }) => reference === instance)
    const paid = held.flatMap(({ receipts }) => receipts)
    const kept = held.filter(({ released }) => !released).length
    const [mayPay, mayKeep] = state._tag === "Completed" ? [1, 1] : [0, 0]
    const ended = events.at(-1)?.kind === "ended"
    if (!ended) violated("it has not ended")
    if (held.length > 1) violated(`the bank holds money for it ${held.length} times`)
    if (ended && paid.length !== mayPay) violated(`it is ${state._tag}, and the bank paid it ${paid.length} times`)
    if (ended && kept !== mayKeep) violated(`it is ${state._tag}, and the bank keeps ${kept} holds for it`)
  }

  const consumed = events.filter(({ kind }) => kind === "signal").map(({ payload }) => signalId(payload))
  if (new Set(consumed).size < consumed.length) violated(`a signal was consumed twice: ${consumed.join(", ")}`)

  const due = events.filter(({ kind }) => kind === "due")
  const fired = events.filter(({ kind }) => kind === "fired")
  if (due.length > 1) violated(`its timer was started ${due.length} times`)
  if (fired.length > due.length) violated(`its timer fired ${fired.length} times`)
  const [at] = due.map(({ payload }) => dueAt(payload))
  if (at !== undefined && fired.some((event) => event.at < at)) violated("its timer fired early")
  return violations
}

const signalId = (payload: unknown): unknown => (Predicate.hasProperty(payload, "id") ? payload.id : undefined)
const dueAt = (payload: unknown): number => (Predicate.hasProperty(payload, "at") ? Number(payload.at) : Number.NaN)
