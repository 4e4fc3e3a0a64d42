/** From a row that was claimed to where its instance goes on: its journal is read and folded, with what was noted of it. */
import type { Workflow } from "@waymark/core"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import { JournalCorrupt } from "../../Errors.ts"
import * as Execution from "../../Execution.ts"
import type { Instance, Noted, Send } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import type { Misfit } from "./aside.ts"
import type { Beginning } from "./host.ts"
import type { Direct, Opened } from "./lines.ts"
import type { Observer } from "./observer.ts"
import { legible } from "./payloads.ts"
import * as Reader from "./reader.ts"
import * as Snapshots from "./snapshots.ts"
import * as Stuck from "./stuck.ts"

/** Where an instance goes on from. */
export interface Rebuilt {
  readonly beginning: Beginning & { readonly notes: ReadonlyArray<Noted> }
  /** The time, by the journal's clock, at which it had been read. */
  readonly now: number
}

export interface Setting {
  readonly journal: Direct
  readonly sources: Reader.Sources
  readonly observer: Observer
}

const beginningOf = (
  row: Instance,
  { execution, spared }: Reader.Resumed,
  notes: ReadonlyArray<Noted>,
  trace: string | undefined
): Rebuilt["beginning"] => {
  const { attributes, epoch, status } = row
  const failure = Stuck.reasonOf(row, execution, notes)
  return { execution, spared, attributes, epoch, failure, notes, status, trace }
}

/** Rebuilds an instance that was found; says why where its journal does not fit. */
export const rebuild = Effect.fnUntraced(function* (
  { journal, observer, sources }: Setting,
  workflow: Workflow.Any,
  opened: Opened
): Effect.fn.Return<Result.Result<Rebuilt, Misfit>, JournalError> {
  // As it is together with its events.
  const row = opened.instance
  const notes = yield* Reader.notes(sources, opened)
  const recovered = yield* Effect.result(legible(Reader.resume(sources, workflow, row, opened, notes)))
  if (Result.isFailure(recovered)) {
    if (recovered.failure._tag === "JournalError") return yield* recovered.failure
    return Result.fail(recovered.failure)
  }
  const { execution, spared } = recovered.success
  // A journal of another length has lost some, or has too many.
  if (Execution.length(execution) !== row.length) {
    const [instance, run, position] = [row.id, row.run, Math.min(row.length, Execution.length(execution))]
    const reason = `its row says ${row.length} events, and the journal has ${Execution.length(execution)}: restore what is missing`
    return Result.fail(new JournalCorrupt({ instance, run, position, reason }))
  }
  const now = yield* journal.now
  observer.replayed(Execution.length(execution) - spared)
  const trace = yield* observer.traceOf(journal, row, opened.trace)
  return Result.succeed({ beginning: beginningOf(row, recovered.success, notes, trace), now })
})

/** What an effect gives that has its value already. */
const valueOf = <A>(effect: Effect.Effect<A, unknown>): A | undefined =>
  Exit.isExit(effect) && Exit.isSuccess(effect) ? (effect.value as A) : undefined

/**
 * The same for one of which everything was found: its whole journal is at hand, and nothing is encoded. So it is with most that wait. It
 * answers nothing for any other, and for one that does not fit.
 */
export const atHand = (
  observer: Observer,
  workflow: Workflow.Any,
  opened: Opened
): (Rebuilt & { readonly inbox: ReadonlyArray<Send> }) | undefined => {
  const row = opened.instance
  const [events, inbox, notes] = [valueOf(opened.events(0)), valueOf(opened.inbox), valueOf(opened.notes)]
  if (!events || !inbox || !notes || events.length !== row.length) return undefined
  if (observer.isTracing && opened.trace === undefined) return undefined
  if (notes.some(({ name }) => name === Snapshots.NOTE)) return undefined
  const recovered = Execution.recover(workflow, events)
  if (Result.isFailure(recovered)) return undefined
  observer.replayed(row.length)
  const trace = observer.isTracing ? opened.trace : undefined
  return {
    beginning: beginningOf(row, { execution: recovered.success, spared: 0 }, notes, trace),
    inbox,
    now: opened.at
  }
}
