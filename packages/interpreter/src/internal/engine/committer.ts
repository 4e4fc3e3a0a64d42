/**
 * Group commit. Appends that arrive while others are on their way share the next commit; a lone one goes at once. So
 * latency is one commit, and throughput is bounded by rows, not by commits.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Append, Appended, Journal } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import { whileRetryable } from "./patience.ts"

/** How many commits may be on their way at once: while one is being written, the next one is put together. */
const IN_FLIGHT = 2
/** How many groups one commit takes at the most. */
const LARGEST = 1024

export interface Committer {
  /** Appends a group; answers once its fate is known. It waits for as long as the journal is out of reach. */
  readonly commit: (append: Append) => Effect.Effect<Appended>
}

interface Waiting {
  readonly append: Append
  readonly resume: (effect: Effect.Effect<Appended>) => void
}

export const make = (journal: Journal["Service"], fork: (effect: Effect.Effect<void>) => void): Committer => {
  let queue: Array<Waiting> = []
  let inFlight = 0

  const answer = (batch: ReadonlyArray<Waiting>, exit: Exit.Exit<ReadonlyArray<Appended>, JournalError>): void => {
    if (Exit.isSuccess(exit)) {
      for (const [index, { resume }] of batch.entries()) resume(Effect.succeed(exit.value[index] as Appended))
    } else if (batch.length > 1) {
      // One group that the journal cannot take must not fail its neighbours: each one alone.
      for (const one of batch) write([one])
    } else {
      for (const { resume } of batch) resume(Effect.succeed({ _tag: "Rejected", reason: Cause.pretty(exit.cause) }))
    }
  }

  const write = (batch: ReadonlyArray<Waiting>): void => {
    inFlight++
    const appends = batch.map(({ append }) => append)
    fork(
      journal.append(appends).pipe(
        whileRetryable,
        Effect.exit,
        Effect.map((exit) => {
          inFlight--
          answer(batch, exit)
          flush()
        })
      )
    )
  }

  const flush = (): void => {
    while (inFlight < IN_FLIGHT && queue.length > 0) {
      const batch = queue.slice(0, LARGEST)
      queue = queue.slice(LARGEST)
      write(batch)
    }
  }

  return {
    commit: (append) =>
      Effect.callback((resume) => {
        queue.push({ append, resume })
        flush()
      })
  }
}
