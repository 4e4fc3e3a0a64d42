/**
 * The reference interpreter: what a workflow and its journal mean, written to be obvious. It knows nothing of the machine, and begins
 * anew for every journal it is asked about.
 */
import type { Workflow } from "@waymark/core"
import type { Event } from "@waymark/interpreter"
import { happen } from "./deliver.ts"
import { refuse } from "./ends.ts"
import { Attempted } from "./leaf.ts"
import { meaning } from "./meanings.ts"
import { Child, Send } from "./messages.ts"
import { owed, type Fact } from "./owed.ts"
import * as Path from "./path.ts"
import { Run } from "./run.ts"
import { shown } from "./seen.ts"
import { Timer } from "./steps.ts"
import { waiting, type Waiting } from "./waiting.ts"

/** What is to be seen of a run. */
export interface Seen {
  readonly status: string
  readonly state: unknown
  readonly result: unknown
  readonly pending: ReadonlyArray<unknown>
  readonly wakeAt: number | undefined
  readonly timerAt: number | undefined
  /** The event that has to follow, where it is not for the outside to say. */
  readonly owed: Fact | undefined
}

/**
 * What is to be seen after the last event of a journal.
 *
 * @throws Misfit where an event does not fit, and whatever a function of the workflow throws.
 */
export const interpret = (workflow: Workflow.Any, journal: ReadonlyArray<Event.Event>): Seen => {
  const [started, ...events] = journal
  const run = new Run(workflow, started ?? refuse("the journal is empty"), meaning)
  for (const event of events) happen(run, event)
  const waits = waiting(run.main).filter(isStep)
  return {
    status: statusOf(run, waits),
    state: shown(run.main),
    result: resultOf(run),
    pending: waits.map((one) => describe(run, one)),
    wakeAt: wakeAt(waits),
    timerAt: wakeAt(waits.filter(({ leaf }) => leaf instanceof Timer)),
    owed: owed(run)
  }
}

/** Whether something from outside ends it. */
const isStep = ({ leaf }: Waiting): boolean => leaf.kind !== "Version" && leaf.kind !== "Checkpoint"

const ends = { Done: "completed", Failed: "failed", Continue: "continued" } as const

const statusOf = ({ main: { end }, stopping }: Run, waits: ReadonlyArray<Waiting>): string => {
  if (end !== undefined) return end._tag === "Cut" ? String(stopping?.how) : ends[end._tag]
  const attempted = waits.flatMap(({ leaf }) => (leaf instanceof Attempted ? [leaf] : []))
  if (attempted.some((leaf) => !leaf.isGivenUp && !(leaf instanceof Child && leaf.isStarted))) return "running"
  return attempted.some((leaf) => leaf.isGivenUp) ? "stuck" : "waiting"
}

const resultOf = ({ main: { end }, stopping }: Run): unknown => {
  if (end?._tag === "Done") return { completed: end.state }
  if (end?._tag === "Failed") return { failed: end.error }
  return end?._tag === "Cut" && stopping !== undefined ? { [stopping.how]: stopping.reason } : undefined
}

/** When something happens by itself: a timer fires, or a step is tried again. */
const wakeAt = (waits: ReadonlyArray<Waiting>): number | undefined => {
  const instants = waits.flatMap(({ leaf }) => {
    if (leaf instanceof Timer) return [leaf.due]
    return leaf instanceof Attempted && leaf.attempts > 0 && !leaf.isGivenUp ? [leaf.notBefore] : []
  })
  return instants.length === 0 ? undefined : Math.min(...instants)
}

const describe = ({ info }: Run, { leaf, ordinal, path }: Waiting): unknown => {
  const step = { path, ordinal, name: leaf.name }
  if (leaf instanceof Timer) return { _tag: "Timer", step, due: leaf.due }
  const key = { idempotencyKey: Path.idempotencyKey(info.instance, info.run, path, ordinal) }
  if (!(leaf instanceof Attempted)) return { _tag: leaf.kind, step, ...key }
  const { attempts, isGivenUp, notBefore, openedAt } = leaf
  return {
    _tag: leaf.kind,
    step,
    ...key,
    // The attempt that is next, or the one that was the last.
    attempt: isGivenUp ? attempts : attempts + 1,
    notBefore,
    openedAt,
    ...(leaf instanceof Child && { phase: leaf.isStarted ? "Wait" : "Start", id: leaf.id }),
    ...(leaf instanceof Send && { to: leaf.to })
  }
}
