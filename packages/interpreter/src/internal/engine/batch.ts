/**
 * Group commit. What arrives while writes are on their way shares the next one; a lone one goes at once. So latency is one
 * commit, and throughput is bounded by rows, not by commits.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { JournalError } from "../../JournalError.ts"
import { whileRetryable } from "./patience.ts"

/** How many writes may be on their way at once: while one is being written, the next one is put together. */
const IN_FLIGHT = 2
/** How many items one write takes at the most. */
const LARGEST = 1024

/** What writes a batch, and the answer for an item that the journal refuses for good. */
export interface Writer<in Item, Answer> {
  readonly write: (batch: ReadonlyArray<Item>) => Effect.Effect<ReadonlyArray<Answer>, JournalError>
  readonly refused: (reason: string) => Answer
}

interface Waiting<out Item, in Answer> {
  readonly item: Item
  readonly resume: (effect: Effect.Effect<Answer>) => void
}

/** Writes an item; answers once its fate is known. It waits for as long as the journal is out of reach. */
export const make = <Item, Answer>(
  { refused, write: writeAll }: Writer<Item, Answer>,
  fork: (effect: Effect.Effect<void>) => void
): ((item: Item) => Effect.Effect<Answer>) => {
  let queue: Array<Waiting<Item, Answer>> = []
  let inFlight = 0

  const answer = (
    batch: ReadonlyArray<Waiting<Item, Answer>>,
    exit: Exit.Exit<ReadonlyArray<Answer>, JournalError>
  ): void => {
    if (Exit.isSuccess(exit)) {
      for (const [index, { resume }] of batch.entries()) resume(Effect.succeed(exit.value[index] as Answer))
    } else if (batch.length > 1) {
      // One that the journal cannot take must not fail its neighbours: each one alone.
      for (const one of batch) write([one])
    } else {
      for (const { resume } of batch) resume(Effect.succeed(refused(Cause.pretty(exit.cause))))
    }
  }

  const write = (batch: ReadonlyArray<Waiting<Item, Answer>>): void => {
    inFlight++
    fork(
      writeAll(batch.map(({ item }) => item)).pipe(
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

  return (item) =>
    Effect.callback((resume) => {
      queue.push({ item, resume })
      flush()
    })
}
