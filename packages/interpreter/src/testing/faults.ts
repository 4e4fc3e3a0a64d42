/** A journal that fails on purpose: what engines are tested with. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Journal, JournalError, type Append } from "../Journal.ts"

/** What happens to an append. */
export type Fault =
  | "none"
  /** The process dies before the append reaches the journal. */
  | "crash-before"
  /** The append is committed, and the process dies before it hears of it. */
  | "crash-after"
  /** The connection is lost during the commit, which had not taken place. */
  | "unknown-lost"
  /** The connection is lost during the commit, which had taken place. */
  | "unknown-committed"

/** A journal with faults, and the news that its process has died. */
export interface Faulty {
  readonly journal: Journal["Service"]
  readonly crashed: Deferred.Deferred<void>
}

/**
 * Wraps a journal: `decide` says for each append, counted from 0, what happens to it. Once the process has died, no
 * operation answers any more; close the engine and start another one on the journal below.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Journal } from "@waymark/interpreter"
 * import { Faults } from "@waymark/interpreter/testing"
 *
 * export const dying = Effect.gen(function*() {
 *   const journal = yield* Journal
 *   return yield* Faults.make(journal, (append) => (append === 2 ? "crash-after" : "none"))
 * })
 * ```
 */
export const make = Effect.fnUntraced(function* (
  journal: Journal["Service"],
  decide: (index: number, batch: ReadonlyArray<Append>) => Fault
) {
  const crashed = yield* Deferred.make<void>()
  let index = 0
  const alive = <A, E>(operation: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => (Deferred.isDoneUnsafe(crashed) ? Effect.never : operation))
  const die = Effect.andThen(Deferred.succeed(crashed, undefined), Effect.never)
  const cut = Effect.fail(new JournalError({ operation: "append", reason: "the connection was cut", retryable: true }))
  const append: Journal["Service"]["append"] = (batch) =>
    Effect.suspend(() => {
      switch (decide(index++, batch)) {
        case "none":
          return journal.append(batch)
        case "crash-before":
          return die
        case "crash-after":
          return Effect.andThen(journal.append(batch), die)
        case "unknown-lost":
          return cut
        case "unknown-committed":
          return Effect.andThen(journal.append(batch), cut)
      }
    })
  const faulty: Faulty = {
    crashed,
    journal: {
      poll: journal.poll,
      now: alive(journal.now),
      create: (batch) => alive(journal.create(batch)),
      reopen: (create, epoch) => alive(journal.reopen(create, epoch)),
      find: (id) => alive(journal.find(id)),
      list: (listing) => alive(journal.list(listing)),
      purge: (purge) => alive(journal.purge(purge)),
      claim: (claim) => alive(journal.claim(claim)),
      upcoming: alive(journal.upcoming),
      renew: (owner, lease) => alive(journal.renew(owner, lease)),
      reap: alive(journal.reap),
      held: (owner) => alive(journal.held(owner)),
      // A dead process gives nothing back: its lease lapses.
      release: (owner, released) => (Deferred.isDoneUnsafe(crashed) ? Effect.void : journal.release(owner, released)),
      retire: (owner) => (Deferred.isDoneUnsafe(crashed) ? Effect.void : journal.retire(owner)),
      append: (batch) => alive(append(batch)),
      read: (page) => alive(journal.read(page)),
      send: (send) => alive(journal.send(send)),
      sent: (instance, id) => alive(journal.sent(instance, id)),
      inbox: (instance) => alive(journal.inbox(instance)),
      attention: (owner) => alive(journal.attention(owner)),
      answers: (asked) => alive(journal.answers(asked)),
      watch: (ids) => alive(journal.watch(ids)),
      listen: (owner, hear) =>
        journal.listen(owner, (hint) => {
          if (!Deferred.isDoneUnsafe(crashed)) hear(hint)
        }),
      note: (batch) => alive(journal.note(batch)),
      notes: (instance) => alive(journal.notes(instance))
    }
  }
  return faulty
})

/** A wrapped journal as a layer. */
export const layer = ({ journal }: Faulty): Layer.Layer<Journal> => Layer.succeed(Journal, journal)
