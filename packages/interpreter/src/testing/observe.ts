/** What is to be seen of an execution or a run, as text that compares and prints. */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Event } from "../Event.ts"
import * as Execution from "../Execution.ts"
import type * as Pending from "../Pending.ts"
import type { Run, Running } from "./drive.ts"
import { query } from "./generator/site.ts"

const sorted = (_: string, value: unknown): unknown => {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value)
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** A value as JSON whose keys are in order. */
export const show = (value: unknown): string => JSON.stringify(value, sorted) ?? "undefined"

/** A pending step without its functions. */
export const describePending = (pending: Pending.Pending): unknown => {
  switch (pending._tag) {
    case "RunIO": {
      const { effect: _, ...data } = pending
      return data
    }
    case "Child": {
      const { workflow, ...data } = pending
      return { ...data, workflow: workflow.name }
    }
    case "Signal":
      return { _tag: pending._tag, signal: pending.signal.name, step: pending.step }
    case "Send":
    case "Timer":
      return pending
  }
}

const settled = (result: Option.Option<Result.Result<unknown, unknown>>): unknown =>
  Option.match(result, {
    onNone: () => "none",
    onSome: Result.match({ onFailure: (error) => ({ error }), onSuccess: (value) => ({ value }) })
  })

/** All that can be asked of an execution; how far it has come, only where that is `progress`. */
export const observe = (execution: Running, queries: ReadonlyArray<string> = [], progress = true): string =>
  show({
    length: Execution.length(execution),
    status: Execution.status(execution),
    state: Execution.state(execution),
    result: settled(Execution.result(execution)),
    continuation: Option.getOrElse(Execution.continuation(execution), () => "none"),
    stopping: Execution.stopping(execution),
    undoing: Execution.undoing(execution),
    wakeAt: Execution.wakeAt(execution),
    pending: Execution.pending(execution).map(describePending),
    ...(progress && { progress: [...Execution.progress(execution)] }),
    queries: queries.map((name) =>
      Result.match(Execution.query(execution, query(name)), {
        onFailure: ({ _tag }) => _tag,
        onSuccess: (reply) => reply
      })
    )
  })

/** An event without what a writer adds: when it was written, and its id. */
const essence = ({ at: _at, id: _id, ...event }: Event): unknown => event

/** A journal modulo `at` and ids: one line for each event. */
export const lines = (journal: ReadonlyArray<Event>): ReadonlyArray<string> =>
  journal.map((event) => show(essence(event)))

/** How a run ended. */
export const outcome = ({ result, status }: Pick<Run, "result" | "status">): string => show([status, settled(result)])

/** Which effects were started, in order. */
export const starts = (trace: Run["trace"]): ReadonlyArray<string> =>
  trace.map(({ attempt, key, step }) => `${step} (${key}), attempt ${attempt}`)
