/** The machine held to the reference: after every event of a journal, they say the same. Of this folder, only this file knows the machine. */
import { Execution, type Event, type Pending } from "@waymark/interpreter"
import type { Workflow } from "@waymark/core"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { Misfit } from "./ends.ts"
import { interpret, type Seen } from "./interpret.ts"

/** All that can be told apart of a value: `Infinity` and what is missing, brands aside. */
const text = (value: unknown): string =>
  JSON.stringify(
    value,
    (_, part: unknown) => {
      if (typeof part === "number" && !Number.isFinite(part)) return String(part)
      if (typeof part !== "object" || part === null || Array.isArray(part)) return part
      return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
    },
    2
  )

const pendingOf = (pending: Pending.Pending): unknown => {
  switch (pending._tag) {
    case "Timer":
      return pending
    case "Signal":
      return { _tag: pending._tag, step: pending.step, idempotencyKey: pending.idempotencyKey }
    default: {
      const { _tag, attempt, idempotencyKey, notBefore, openedAt, step } = pending
      const own = pending._tag === "Child" ? { phase: pending.phase, id: pending.id } : {}
      const to = pending._tag === "Send" ? { to: pending.to } : {}
      return { _tag, step, idempotencyKey, attempt, notBefore, openedAt, ...own, ...to }
    }
  }
}

const resultOf = (execution: Execution.Any): unknown => {
  const result = Option.getOrUndefined<Result.Result<unknown, unknown>>(Execution.result(execution))
  if (result === undefined) return undefined
  if (Result.isSuccess(result)) return { completed: result.success }
  const status = Execution.status(execution)
  return { [status]: status === "failed" ? result.failure : (result.failure as { readonly reason: string }).reason }
}

/** What the machine says. */
const observed = (execution: Execution.Any): Omit<Seen, "owed"> => ({
  status: Execution.status(execution),
  state: Execution.state(execution),
  result: resultOf(execution),
  pending: Execution.pending(execution).map(pendingOf),
  wakeAt: Execution.wakeAt(execution),
  timerAt: Execution.timerAt(execution)
})

/** What is only ever written because of the events before it. */
const follows = ({ kind, payload }: Event.Event): boolean => {
  if (kind === "ended") return (payload as { readonly outcome: string }).outcome !== "terminated"
  return kind === "version" || kind === "checkpoint" || kind === "due" || kind === "continued"
}

const same = (what: string, machine: unknown, reference: unknown): void => {
  const [seen, expected] = [text(machine), text(reference)]
  if (seen !== expected) throw new Error(`${what}\n--- machine\n${seen}\n--- reference\n${expected}`)
}

/** What the reference makes of a journal. */
const interpreted = (workflow: Workflow.Any, journal: ReadonlyArray<Event.Event>): Result.Result<Seen, unknown> =>
  Result.try({ try: () => interpret(workflow, journal), catch: (cause) => cause })

/**
 * Holds both to the same after the first events of a journal, each time, and the journal to what is owed. A definition that was
 * changed since (`isOld`) owes what the journal cannot have.
 */
export const agree = (
  workflow: Workflow.Any,
  journal: ReadonlyArray<Event.Event>,
  { isOld = false }: { readonly isOld?: boolean } = {}
): void => {
  for (const [index, event] of journal.entries()) {
    const where = `after event ${index}, ${event.kind} ${event.path}#${event.ordinal} ${event.step}`
    const until = journal.slice(0, index + 1)
    const machine = Execution.recover(workflow, until)
    const reference = interpreted(workflow, until)
    if (Result.isFailure(reference)) throw new Error(`${where}: the reference refuses it`, { cause: reference.failure })
    if (Result.isFailure(machine)) throw new Error(`${where}: the machine refuses it`, { cause: machine.failure })
    const { owed, ...seen } = reference.success
    // While a choice is open, nobody looks: it is decided in the same atomic group.
    const asked = owed?.kind === "version" ? [] : (["status", "state", "result", "pending", "wakeAt"] as const)
    for (const key of asked) {
      same(`${where}: ${key}`, observed(machine.success)[key], seen[key])
    }
    if (!isOld) agreeOnNext(where, journal[index + 1], owed)
  }
}

const agreeOnNext = (where: string, next: Event.Event | undefined, owed: Seen["owed"]): void => {
  if (owed === undefined) {
    if (next !== undefined && follows(next)) throw new Error(`${where}: nothing is owed, and there is ${next.kind}`)
    return
  }
  const { kind, ordinal, path, payload, step } = next ?? { kind: "nothing" }
  same(`${where}: what is owed`, { kind, ordinal, path, payload, step }, owed)
}

/** Both take an event after a journal, or neither does; answers which. Recovery would not look at what a checkpoint follows. */
export const agreeToTake = (
  workflow: Workflow.Any,
  journal: ReadonlyArray<Event.Event>,
  event: Event.Event
): boolean => {
  const machine = Execution.evolve(Result.getOrThrow(Execution.recover(workflow, journal)), event)
  const reference = interpreted(workflow, [...journal, event])
  if (Result.isFailure(reference) && !(reference.failure instanceof Misfit)) throw reference.failure
  same(`is ${event.kind} taken?`, Result.isSuccess(machine), Result.isSuccess(reference))
  return Result.isSuccess(machine)
}
