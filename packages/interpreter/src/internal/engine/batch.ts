/**
 * Group commit. What arrives while writes are on their way shares the next one; a lone one waits for nobody. So latency is one
 * commit, and throughput is bounded by rows, not by commits.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { JournalError } from "../../JournalError.ts"
import { describe } from "../cause.ts"
import { briefly, whileRetryable, type Patience } from "./patience.ts"

/** How many writes may be on their way at once: while one is being written, the next one is put together. */
export const IN_FLIGHT = 2
/** How many items one write takes at the most. */
export const LARGEST = 1024

/**
 * Makes of an item what is written, on its own before it joins others: one that cannot be made for now waits alone, and one that never
 * can is refused alone.
 */
export type Prepare<Item> = ((item: Item) => Effect.Effect<Item, JournalError>) | undefined

/** Writes items in one commit; answers in their order. */
export type Write<in Item, out Answer> = (
  batch: ReadonlyArray<Item>
) => Effect.Effect<ReadonlyArray<Answer>, JournalError>

/** Something to write, with what is at hand of whoever waits for its answer. */
export interface Entry<out Item> {
  readonly item: Item
}

/** How long a batch is left alone at the most that the journal did not answer, in milliseconds. */
const LONGEST = 5_000

/** Whether the same may succeed later: it is not what was written that is at fault. */
const isAway = (cause: Cause.Cause<JournalError>): boolean =>
  Option.exists(Cause.findErrorOption(cause), ({ retryable }) => retryable)

/**
 * Writes a batch, and gives its entries their answers once their fate is known. It waits for a journal that is out of reach for as long as `patience` does. One
 * that the journal cannot take must not fail its neighbours: then each is written alone, and those that fail still are given why.
 *
 * A journal may also be there and not manage so many, or wait for the row of one of them in vain, which looks as if it were away. So one of
 * them is tried alone, another one each time, since each alone would be a storm. Where that one has its answer, the others go on in halves, and
 * whichever is to blame waits `aside`.
 */
export const writeAll = <Item, Answer, E extends Entry<Item>>(
  write: Write<Item, Answer>,
  batch: ReadonlyArray<E>,
  give: (batch: ReadonlyArray<E>, exit: Exit.Exit<ReadonlyArray<Answer>, JournalError>) => Effect.Effect<void>,
  aside: (effect: Effect.Effect<void>) => void,
  patience: Patience = whileRetryable
): Effect.Effect<void> => {
  const written = (some: ReadonlyArray<E>) => write(some.map(({ item }) => item))
  const alone = (one: E): Effect.Effect<void> =>
    Effect.flatMap(Effect.exit(patience(written([one]))), (exit) => give([one], exit))

  const all = (some: ReadonlyArray<E>, isThere: boolean): Effect.Effect<void> => {
    const [first] = some
    if (first === undefined) return Effect.void
    if (some.length === 1) return isThere ? Effect.sync(() => aside(alone(first))) : alone(first)
    return Effect.matchCauseEffect(briefly(written(some)), {
      onSuccess: (answers) => give(some, Exit.succeed(answers)),
      onFailure: (cause) =>
        isAway(cause) ? probe(some, 0) : Effect.forEach(some, alone, { concurrency: "unbounded", discard: true })
    })
  }

  const probe = (some: ReadonlyArray<E>, tried: number): Effect.Effect<void> => {
    const place = tried % some.length
    const one = some.slice(place, place + 1)
    const others = [...some.slice(0, place), ...some.slice(place + 1)]
    const half = Math.ceil(others.length / 2)
    return Effect.flatMap(Effect.exit(written(one)), (exit) => {
      if (Exit.isSuccess(exit) || !isAway(exit.cause)) {
        return give(one, exit).pipe(
          Effect.andThen(all(others.slice(0, half), true)),
          Effect.andThen(all(others.slice(half), true))
        )
      }
      return patience === whileRetryable
        ? Effect.delay(probe(some, tried + 1), Math.min(LONGEST, 1_000 * 2 ** tried))
        : give(some, exit)
    })
  }
  return all(batch, false)
}

/**
 * Runs `write` for as long as there is something to write, up to `IN_FLIGHT` at once; answers how to tell that something came. Each begins a
 * moment later: whatever comes in this moment is part of it, and what else the process has to do is not held up where a journal answers in
 * place. A write says when it has `taken` what it takes: only then may the next one gather.
 */
export const gathering = (
  isWanted: () => boolean,
  write: (taken: () => void) => Effect.Effect<void>,
  fork: (effect: Effect.Effect<void>) => void
): (() => void) => {
  let underWay = 0
  let isGathering = false
  const begin = (): void => {
    if (isGathering || underWay >= IN_FLIGHT || !isWanted()) return
    underWay++
    fork(writes)
  }
  const taken = (): void => {
    isGathering = false
    begin()
  }
  const one = Effect.suspend(() => {
    isGathering = true
    return Effect.andThen(
      Effect.yieldNow,
      Effect.suspend(() => write(taken))
    )
  })
  const all = Effect.whileLoop({ while: () => !isGathering && isWanted(), body: () => one, step: () => {} })
  const writes = Effect.ensuring(
    Effect.onError(all, () => Effect.sync(() => (isGathering = false))),
    Effect.sync(() => {
      underWay--
      begin()
    })
  )
  return begin
}

/** The answer to what the journal refuses for good. */
export const rejected = (why: Cause.Cause<JournalError>) =>
  ({ _tag: "Rejected", reason: describe(Cause.squash(why)) }) as const

/** What writes a batch, and the answer for an item that the journal refuses for good. */
export interface Writer<Item, Answer, out E = never> {
  readonly prepare?: Prepare<Item>
  readonly write: Write<Item, Answer>
  readonly refused: (why: Cause.Cause<JournalError>) => Exit.Exit<Answer, E>
  /** How long a journal is waited for that is out of reach; for ever where this is left out. */
  readonly patience?: Patience
  /** How many items one write takes at the most; `LARGEST` where this is left out. */
  readonly largest?: number
  /** Hears an answer for which nobody waits any more: its caller was interrupted while it was on its way. */
  readonly unheard?: (item: Item, answer: Answer) => void
}

interface Waiting<out Item, in Answer, in E> extends Entry<Item> {
  readonly hear: (answer: Exit.Exit<Answer, E>) => void
  /** Nobody waits for its answer any more. */
  isAbandoned: boolean
}

/** Takes an item that is to be written; answers how to abandon it. One that is abandoned before it is on its way is not written at all. */
export type Post<in Item, out Answer, out E = never> = (
  item: Item,
  hear: (answer: Exit.Exit<Answer, E>) => void
) => () => void

/** Writes items that are prepared, each with others. What is heard of one is heard once its fate is known, and never at once. */
export const posting = <Item, Answer, E = never>(
  { largest = LARGEST, patience, refused, unheard, write }: Omit<Writer<Item, Answer, E>, "prepare">,
  fork: (effect: Effect.Effect<void>) => void
): Post<Item, Answer, E> => {
  /** A set: whoever abandons one leaves at once, since the journal may be out of reach for long, and others come. */
  const queue = new Set<Waiting<Item, Answer, E>>()

  const give = (
    batch: ReadonlyArray<Waiting<Item, Answer, E>>,
    exit: Exit.Exit<ReadonlyArray<Answer>, JournalError>
  ): Effect.Effect<void> =>
    Effect.sync(() => {
      for (const [index, { hear, isAbandoned, item }] of batch.entries()) {
        if (isAbandoned) {
          if (Exit.isSuccess(exit)) unheard?.(item, exit.value[index] as Answer)
        } else if (Exit.isFailure(exit)) hear(refused(exit.cause))
        else hear(Exit.succeed(exit.value[index] as Answer))
      }
    })

  const next = (): ReadonlyArray<Waiting<Item, Answer, E>> => {
    const batch: Array<Waiting<Item, Answer, E>> = []
    for (const one of queue) {
      if (batch.length === largest) break
      queue.delete(one)
      batch.push(one)
    }
    return batch
  }

  const begin = gathering(
    () => queue.size > 0,
    (taken) => {
      const batch = next()
      taken()
      return writeAll(write, batch, give, fork, patience)
    },
    fork
  )

  return (item, hear) => {
    const waiting: Waiting<Item, Answer, E> = { item, hear, isAbandoned: false }
    queue.add(waiting)
    begin()
    return () => {
      waiting.isAbandoned = true
      queue.delete(waiting)
    }
  }
}

/** Posts an item once it is prepared; ends once its fate is known. It is abandoned where its caller is interrupted. */
export const joining = <Item, Answer, E = never>(
  post: Post<Item, Answer, E>,
  { prepare, refused }: Pick<Writer<Item, Answer, E>, "prepare" | "refused">
): ((item: Item) => Effect.Effect<Answer, E>) => {
  const join = (item: Item): Effect.Effect<Answer, E> =>
    Effect.callback((resume) => {
      const abandon = post(item, resume)
      return Effect.sync(abandon)
    })
  return prepare === undefined
    ? join
    : (item) => Effect.matchCauseEffect(whileRetryable(prepare(item)), { onSuccess: join, onFailure: refused })
}

/** Both, where nothing is posted otherwise. */
export const make = <Item, Answer, E = never>(
  writer: Writer<Item, Answer, E>,
  fork: (effect: Effect.Effect<void>) => void
): ((item: Item) => Effect.Effect<Answer, E>) => joining(posting(writer, fork), writer)
