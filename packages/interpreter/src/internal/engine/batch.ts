/**
 * Group commit. What arrives while writes are on their way shares the next one; a lone one goes at once. So latency is one
 * commit, and throughput is bounded by rows, not by commits.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { JournalError } from "../../JournalError.ts"
import { whileRetryable } from "./patience.ts"

/** How many writes may be on their way at once: while one is being written, the next one is put together. */
export const IN_FLIGHT = 2
/** How many items one write takes at the most. */
export const LARGEST = 1024

/** What writes a batch, and the answer for an item that the journal refuses for good. */
export interface Writer<in Item, Answer> {
  readonly write: (batch: ReadonlyArray<Item>) => Effect.Effect<ReadonlyArray<Answer>, JournalError>
  readonly refused: (reason: string) => Answer
}

/** Something to write, and what is at hand of whoever waits for its answer. */
export interface Entry<out Item> {
  readonly item: Item
}

/**
 * Writes a batch and gives each entry its answer, once its fate is known. It waits for as long as the journal is out of reach. One that
 * the journal cannot take does not fail its neighbours: then each is written alone.
 */
export const writeAll = <Item, Answer, E extends Entry<Item>>(
  writer: Writer<Item, Answer>,
  batch: ReadonlyArray<E>,
  give: (batch: ReadonlyArray<E>, answers: ReadonlyArray<Answer>) => Effect.Effect<void>
): Effect.Effect<void> =>
  Effect.matchCauseEffect(whileRetryable(writer.write(batch.map(({ item }) => item))), {
    onSuccess: (answers) => give(batch, answers),
    onFailure: (cause) =>
      batch.length === 1
        ? give(batch, [writer.refused(Cause.pretty(cause))])
        : Effect.forEach(batch, (one) => writeAll(writer, [one], give), { concurrency: "unbounded", discard: true })
  })

interface Waiting<out Item, in Answer> extends Entry<Item> {
  readonly resume: (effect: Effect.Effect<Answer>) => void
}

/** Writes an item with those that arrive meanwhile; answers once its fate is known. */
export const make = <Item, Answer>(
  writer: Writer<Item, Answer>,
  fork: (effect: Effect.Effect<void>) => void
): ((item: Item) => Effect.Effect<Answer>) => {
  let queue: Array<Waiting<Item, Answer>> = []
  let inFlight = 0

  const give = (batch: ReadonlyArray<Waiting<Item, Answer>>, answers: ReadonlyArray<Answer>): Effect.Effect<void> =>
    Effect.sync(() => {
      for (const [index, { resume }] of batch.entries()) resume(Effect.succeed(answers[index] as Answer))
    })

  const flush = (): void => {
    while (inFlight < IN_FLIGHT && queue.length > 0) {
      const batch = queue.slice(0, LARGEST)
      queue = queue.slice(LARGEST)
      inFlight++
      fork(
        Effect.map(writeAll(writer, batch, give), () => {
          inFlight--
          flush()
        })
      )
    }
  }

  return (item) =>
    Effect.callback((resume) => {
      queue.push({ item, resume })
      flush()
    })
}
