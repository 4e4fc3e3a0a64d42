/**
 * Writes notes: hints that spare work, and nothing that anything depends on. Notes that arrive while others are on their way
 * share the next write, and of several with one name only the latest is written.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Journal, Note } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import { whileRetryable } from "./patience.ts"

export interface Notes {
  /** Ends once this note, or a later one of its name, is durable; with `false` where somebody else owns the instance. */
  readonly write: (note: Note) => Effect.Effect<boolean, JournalError>
}

/** How many notes one write takes at the most. */
const LARGEST = 256

type Resume = (effect: Effect.Effect<boolean, JournalError>) => void

interface Waiting {
  readonly note: Note
  readonly resumes: ReadonlyArray<Resume>
}

export const make = (journal: Journal["Service"], fork: (effect: Effect.Effect<void>) => void): Notes => {
  const queue = new Map<string, Waiting>()
  let inFlight = false

  const write = (batch: ReadonlyArray<Waiting>): Effect.Effect<void> =>
    whileRetryable(journal.note(batch.map(({ note }) => note))).pipe(
      Effect.exit,
      Effect.flatMap((exit) => {
        // One note that the journal cannot take must not fail its neighbours: each one alone.
        if (Exit.isFailure(exit) && batch.length > 1) {
          return Effect.forEach(batch, (one) => write([one]), { discard: true })
        }
        for (const [index, { resumes }] of batch.entries()) {
          const answer = Exit.map(exit, (kept) => kept[index] ?? false)
          for (const resume of resumes) resume(answer)
        }
        return Effect.void
      })
    )

  const flush = (): void => {
    if (inFlight || queue.size === 0) return
    const batch: Array<Waiting> = []
    for (const [key, waiting] of queue) {
      if (batch.length === LARGEST) break
      batch.push(waiting)
      queue.delete(key)
    }
    inFlight = true
    fork(
      Effect.map(write(batch), () => {
        inFlight = false
        flush()
      })
    )
  }

  return {
    write: (note) =>
      Effect.callback((resume) => {
        const key = JSON.stringify([note.instance, note.name])
        queue.set(key, { note, resumes: [...(queue.get(key)?.resumes ?? []), resume] })
        flush()
      })
  }
}
