/**
 * Instances that are stuck although no step of theirs gave up: a function of the definition throws, the next run cannot begin,
 * the history is full, or their steps seem to kill processes. No event says so. The row does, which every process sees, and a
 * note says why. Nothing more of such an instance is started, until somebody asks for it.
 */
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import * as Execution from "../../Execution.ts"
import type { Instance as Row, Noted, Send } from "../../Journal.ts"
import type { Pending } from "../../Pending.ts"

/** The name of the note that says why. */
export const NOTE = "stuck"

/** What the note holds. */
export const noted = (reason: string): Schema.Json => ({ reason })

const LOST = "it was stuck where it was run last, and no note says why"
const NEXT = "Once that is mended, retry it; or cancel or terminate it."

/** Why an instance was stuck where it was run last; `undefined` where it was not, or where a step says so itself. */
export const reasonOf = (
  { status }: Pick<Row, "status">,
  execution: Execution.Any,
  notes: ReadonlyArray<Noted>
): string | undefined => {
  if (status !== "stuck" || Execution.status(execution) === "stuck") return undefined
  const value = notes.find(({ name }) => name === NOTE)?.value
  const reason = Predicate.hasProperty(value, "reason") && Predicate.isString(value.reason) ? value.reason : LOST
  return `${reason.replace(/\.$/, "")}. ${NEXT}`
}

/** Whether something of a user's is run for it by now; `handles` says whether for signals there is. */
const starts = (pending: Pending, now: number, handles: boolean): boolean => {
  switch (pending._tag) {
    case "Timer":
      return false
    case "Signal":
      return handles
    case "Child":
      return pending.phase === "Start" && pending.notBefore <= now
    case "RunIO":
    case "Send":
      return pending.notBefore <= now
  }
}

/** An instance as it would go on. */
export interface Resumed {
  readonly execution: Execution.Any
  readonly inbox: ReadonlyArray<Send>
  /** In milliseconds since the epoch. */
  readonly now: number
  /** How many take-overs it may have with nothing put on record. */
  readonly limit: number
}

/**
 * Why an instance is not run any more that was taken over too often: whatever it starts may have killed those who ran it. One that
 * starts nothing now is not suspected, since it was only there when they died.
 */
export const killing = (
  { takeovers }: Pick<Row, "takeovers">,
  { execution, inbox, limit, now }: Resumed
): string | undefined => {
  if (takeovers <= limit) return undefined
  const handles = inbox.some(({ name, to }) => Execution.addresses(execution, name, to).length > 0)
  const steps = Execution.pending(execution).flatMap((pending) =>
    starts(pending, now, handles) ? [`"${pending.step.name}"`] : []
  )
  if (steps.length === 0) return undefined
  return (
    `it was taken over ${takeovers} times from processes that died or froze, and nothing was put on record meanwhile ` +
    `(the engine's limit of takeovers is ${limit}). Look whether its steps kill their process (${steps.join(", ")})`
  )
}
