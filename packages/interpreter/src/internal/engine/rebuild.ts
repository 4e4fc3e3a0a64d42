/** From a row that was claimed to where its instance goes on: its journal is read and folded, with what was noted of it. */
import type { Workflow } from "@waymark/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { JournalCorrupt } from "../../Errors.ts"
import * as Execution from "../../Execution.ts"
import type { Instance, Noted, Send } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import type { Misfit } from "./aside.ts"
import type { Beginning } from "./host.ts"
import type { Direct } from "./lines.ts"
import type { Observer } from "./observer.ts"
import { legible } from "./payloads.ts"
import * as Reader from "./reader.ts"
import * as Stuck from "./stuck.ts"

/** Where an instance goes on from, and what waits for it. */
export interface Rebuilt {
  readonly beginning: Beginning & { readonly notes: ReadonlyArray<Noted> }
  readonly inbox: Effect.Effect<ReadonlyArray<Send>, JournalError>
  /** The time, by the journal's clock, at which it had been read. */
  readonly now: number
}

export interface Setting {
  readonly journal: Direct
  readonly sources: Reader.Sources
  readonly observer: Observer
}

/** Rebuilds an instance; nothing where it is gone, and why where its journal does not fit. */
export const rebuild = Effect.fnUntraced(function* (
  { journal, observer, sources }: Setting,
  workflow: Workflow.Any,
  claimed: Instance
): Effect.fn.Return<Result.Result<Rebuilt, Misfit> | undefined, JournalError> {
  const found = yield* sources.find(Reader.wanted(claimed.id))
  // Somebody else may have it by now.
  if (Option.isNone(found) || found.value.instance.epoch !== claimed.epoch) return undefined
  const opened = found.value
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
  const failure = Stuck.reasonOf(row, execution, notes)
  const { attributes, epoch, status } = row
  return Result.succeed({
    beginning: { execution, spared, attributes, epoch, failure, notes, status, trace },
    inbox: opened.inbox,
    now
  })
})
