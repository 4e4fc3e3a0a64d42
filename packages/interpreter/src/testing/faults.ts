/** A journal that fails on purpose: what engines are tested with. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Journal, JournalError, type Append, type Hint } from "../Journal.ts"
import { intercepted, type Call } from "./operations.ts"

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
  const fate = <A>(perform: Call<A>["perform"], batch: ReadonlyArray<Append>): Call<A>["perform"] =>
    Effect.suspend(() => {
      switch (decide(index++, batch)) {
        case "none":
          return perform
        case "crash-before":
          return die
        case "crash-after":
          return Effect.andThen(perform, die)
        case "unknown-lost":
          return cut
        case "unknown-committed":
          return Effect.andThen(perform, cut)
      }
    })
  const faulty: Faulty = {
    crashed,
    journal: intercepted(journal, ({ args, operation, perform, performWith }) => {
      switch (operation) {
        case "append":
          return alive(fate(perform, args[0] as ReadonlyArray<Append>))
        // A dead process gives nothing back: its lease lapses. But whoever shuts it down waits for an answer.
        case "release":
        case "retire":
          return Effect.suspend(() =>
            Deferred.isDoneUnsafe(crashed) ? (Effect.void as unknown as typeof perform) : perform
          )
        case "listen": {
          const [owner, hear] = args as [string, (hint: Hint) => void]
          return performWith([owner, (hint: Hint) => (Deferred.isDoneUnsafe(crashed) ? undefined : hear(hint))])
        }
        default:
          return alive(perform)
      }
    })
  }
  return faulty
})

/** A wrapped journal as a layer. */
export const layer = ({ journal }: Faulty): Layer.Layer<Journal> => Layer.succeed(Journal, journal)
