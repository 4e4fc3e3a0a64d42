/**
 * Writes notes: hints that spare work, and nothing that anything depends on. Notes that arrive while others are on their way
 * share the next write, and of several with one name only the latest is written.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type { Note } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import type { Direct } from "./lines.ts"
import { whileRetryable } from "./patience.ts"

export interface Notes {
  /** Ends once this note, or a later one of its name, is durable; with `false` where somebody else owns the instance. */
  readonly write: (note: Note) => Effect.Effect<boolean, JournalError>
}

/** How many notes one write takes at the most. */
const LARGEST = 256

/** How long a note waits that could not be encoded for now. */
const PAUSE = "1 second"

type Resume = (effect: Effect.Effect<boolean, JournalError>) => void

interface Waiting {
  readonly note: Note
  readonly resumes: ReadonlyArray<Resume>
  /** Could it not be encoded, so that it waits for another try? */
  readonly isHeld: boolean
}

const keyOf = ({ instance, name }: Note): string => JSON.stringify([instance, name])

export const make = (
  journal: Direct,
  fork: (effect: Effect.Effect<void>) => void,
  encode: (note: Note) => Effect.Effect<Note, JournalError> = Effect.succeed
): Notes => {
  const queue = new Map<string, Waiting>()
  let inFlight = false

  /** One that cannot be encoded for now lets its neighbours go, and joins a later one of its name. */
  const hold = (one: Waiting): void => {
    const key = keyOf(one.note)
    const later = queue.get(key)
    const resumes = [...one.resumes, ...(later?.resumes ?? [])]
    queue.set(key, { note: later?.note ?? one.note, resumes, isHeld: true })
    const again = Effect.sync(() => {
      const held = queue.get(key)
      if (held !== undefined) queue.set(key, { ...held, isHeld: false })
      flush()
    })
    fork(Effect.andThen(Effect.sleep(PAUSE), again))
  }

  const encoded = (batch: ReadonlyArray<Waiting>): Effect.Effect<ReadonlyArray<Waiting>> =>
    Effect.map(
      Effect.forEach(batch, (one) => Effect.result(encode(one.note)), { concurrency: "unbounded" }),
      (results) =>
        results.flatMap((result, index) => {
          const one = batch[index] as Waiting
          if (Result.isSuccess(result)) return [{ ...one, note: result.success }]
          if (result.failure.retryable) hold(one)
          else for (const resume of one.resumes) resume(Effect.fail(result.failure))
          return []
        })
    )

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
    if (inFlight) return
    const batch: Array<Waiting> = []
    for (const [key, waiting] of queue) {
      if (batch.length === LARGEST) break
      if (waiting.isHeld) continue
      batch.push(waiting)
      queue.delete(key)
    }
    if (batch.length === 0) return
    inFlight = true
    fork(
      Effect.map(
        Effect.flatMap(encoded(batch), (ready) => (ready.length === 0 ? Effect.void : write(ready))),
        () => {
          inFlight = false
          flush()
        }
      )
    )
  }

  return {
    write: (note) =>
      Effect.callback((resume) => {
        const key = keyOf(note)
        const earlier = queue.get(key)
        queue.set(key, { note, resumes: [...(earlier?.resumes ?? []), resume], isHeld: earlier?.isHeld ?? false })
        flush()
      })
  }
}
