/**
 * Group commit. What arrives while writes are on their way shares the next one; a lone one goes at once. So latency is one
 * commit, and throughput is bounded by rows, not by commits.
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { JournalError } from "../../JournalError.ts"
import { whileRetryable } from "./patience.ts"

/** How many writes may be on their way at once: while one is being written, the next one is put together. */
const IN_FLIGHT = 2
/** How many items one write takes at the most. */
const LARGEST = 1024

/** What writes a batch, and the answer for an item that the journal refuses for good. */
export interface Writer<Item, Answer, out E = never> {
  /**
   * Makes of an item what is written, on its own before it joins others: one that cannot be made for now waits alone, and one that never
   * can is refused alone.
   */
  readonly prepare?: ((item: Item) => Effect.Effect<Item, JournalError>) | undefined
  readonly write: (batch: ReadonlyArray<Item>) => Effect.Effect<ReadonlyArray<Answer>, JournalError>
  readonly refused: (why: Cause.Cause<JournalError>) => Effect.Effect<Answer, E>
  /** Hears an answer for which nobody waits any more: its caller was interrupted while it was on its way. */
  readonly unheard?: (item: Item, answer: Answer) => void
}

interface Waiting<out Item, in Answer, in E> {
  readonly item: Item
  readonly resume: (effect: Effect.Effect<Answer, E>) => void
  /** Its caller was interrupted. */
  isAbandoned: boolean
}

/**
 * Writes an item; answers once its fate is known. It waits for as long as the journal is out of reach. An item whose caller is
 * interrupted before it is on its way is not written at all.
 */
export const make = <Item, Answer, E = never>(
  { prepare, refused, unheard, write: writeAll }: Writer<Item, Answer, E>,
  fork: (effect: Effect.Effect<void>) => void
): ((item: Item) => Effect.Effect<Answer, E>) => {
  let queue: Array<Waiting<Item, Answer, E>> = []
  let inFlight = 0

  const answer = (
    batch: ReadonlyArray<Waiting<Item, Answer, E>>,
    exit: Exit.Exit<ReadonlyArray<Answer>, JournalError>
  ): void => {
    if (Exit.isSuccess(exit)) {
      for (const [index, { isAbandoned, item, resume }] of batch.entries()) {
        const given = exit.value[index] as Answer
        if (isAbandoned) unheard?.(item, given)
        else resume(Effect.succeed(given))
      }
    } else if (batch.length > 1) {
      // One that the journal cannot take must not fail its neighbours: each one alone.
      for (const one of batch) write([one])
    } else {
      for (const { resume } of batch) resume(refused(exit.cause))
    }
  }

  const write = (batch: ReadonlyArray<Waiting<Item, Answer, E>>): void => {
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

  /** The next ones that somebody waits for. */
  const next = (): ReadonlyArray<Waiting<Item, Answer, E>> => {
    const batch: Array<Waiting<Item, Answer, E>> = []
    let taken = 0
    while (taken < queue.length && batch.length < LARGEST) {
      const one = queue[taken++] as Waiting<Item, Answer, E>
      if (!one.isAbandoned) batch.push(one)
    }
    queue = queue.slice(taken)
    return batch
  }

  const flush = (): void => {
    while (inFlight < IN_FLIGHT && queue.length > 0) {
      const batch = next()
      if (batch.length > 0) write(batch)
    }
  }

  const join = (item: Item): Effect.Effect<Answer, E> =>
    Effect.callback((resume) => {
      const waiting: Waiting<Item, Answer, E> = { item, resume, isAbandoned: false }
      queue.push(waiting)
      flush()
      return Effect.sync(() => {
        waiting.isAbandoned = true
      })
    })

  if (prepare === undefined) return join
  return (item) => Effect.matchCauseEffect(whileRetryable(prepare(item)), { onSuccess: join, onFailure: refused })
}
