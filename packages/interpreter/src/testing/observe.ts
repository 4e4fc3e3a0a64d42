/** What is to be seen of an execution or a run, as text that compares and prints. */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Event } from "../Event.ts"
import * as Execution from "../Execution.ts"
import type * as Pending from "../Pending.ts"
import type { Run, Running } from "./drive.ts"
import { query } from "./generator/build.ts"

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
      const { _tag, attempt, idempotencyKey, lastError, notBefore, retry, step } = pending
      return { _tag, attempt, idempotencyKey, lastError, notBefore, retry, step }
    }
    case "Signal":
      return { _tag: pending._tag, signal: pending.signal.name, step: pending.step }
    case "Timer":
      return { _tag: pending._tag, due: pending.due, step: pending.step }
  }
}

const settled = (result: Option.Option<Result.Result<unknown, unknown>>): unknown =>
  Option.match(result, {
    onNone: () => "none",
    onSome: Result.match({ onFailure: (error) => ({ error }), onSuccess: (value) => ({ value }) })
  })

/** All that can be asked of an execution. */
export const observe = (execution: Running, queries: ReadonlyArray<string> = []): string =>
  show({
    length: Execution.length(execution),
    status: Execution.status(execution),
    state: Execution.state(execution),
    result: settled(Execution.result(execution)),
    wakeAt: Execution.wakeAt(execution),
    pending: Execution.pending(execution).map(describePending),
    progress: [...Execution.progress(execution)],
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
export const outcome = ({ result }: Pick<Run, "result">): string => show(settled(result))

/** Which effects were started, in order. */
export const starts = (trace: Run["trace"]): ReadonlyArray<string> =>
  trace.map(({ attempt, key, step }) => `${step} (${key}), attempt ${attempt}`)
