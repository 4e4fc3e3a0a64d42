/** A journal, all of whose operations go through one function: what faults, mutants and simulations are made of. */
import * as Effect from "effect/Effect"
import type { Journal } from "../Journal.ts"
import type { JournalError } from "../JournalError.ts"

type Service = Journal["Service"]

/** What is no operation: it is known without asking anybody. */
type Known = "poll" | "isRemote" | "leaseToken"

/** An operation of the journal by its name. */
export type Operation = Exclude<keyof Service, Known>

const known: ReadonlySet<string> = new Set<Known>(["poll", "isRemote", "leaseToken"])

/** A call of an operation: nothing has happened until `perform` is run, or `performWith`, which passes other arguments on. */
export interface Call<A = unknown> {
  readonly operation: Operation
  readonly args: ReadonlyArray<unknown>
  readonly perform: Effect.Effect<A, JournalError>
  readonly performWith: (args: ReadonlyArray<unknown>) => Effect.Effect<A, JournalError>
}

/**
 * Puts a function between a journal and whoever calls it. It names no operation, so one that is new goes through it too.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Journal } from "@waymark/interpreter"
 * import { intercepted } from "@waymark/interpreter/testing"
 *
 * export const slow = Effect.map(Journal, (journal) => intercepted(journal, ({ perform }) => Effect.delay(perform, "1 second")))
 * ```
 */
export const intercepted = (journal: Service, by: <A>(call: Call<A>) => Effect.Effect<A, JournalError>): Service => {
  const wrapped = Object.entries(journal).map(([name, member]: [string, unknown]) => {
    if (known.has(name)) return [name, member]
    const operation = name as Operation
    if (typeof member === "function") {
      const f = member as (...args: ReadonlyArray<unknown>) => Effect.Effect<unknown, JournalError>
      const performWith = (args: ReadonlyArray<unknown>) => Effect.suspend(() => f(...args))
      return [
        name,
        (...args: ReadonlyArray<unknown>) => by({ operation, args, perform: performWith(args), performWith })
      ]
    }
    if (!Effect.isEffect(member)) return [name, member]
    const perform = member as Effect.Effect<unknown, JournalError>
    return [name, by({ operation, args: [], perform, performWith: () => perform })]
  })
  return Object.fromEntries(wrapped) as Service
}
