/** Asking a journal about one instance or one signal, where the port asks about many: for tests, which rarely have more. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Find, Found, Instance, Journal, Noted, Send, Sent } from "../Journal.ts"
import { JournalError } from "../JournalError.ts"

type Finding = Pick<Journal["Service"], "find">

const only = <A>(answers: Effect.Effect<ReadonlyArray<A>, JournalError>): Effect.Effect<A, JournalError> =>
  Effect.flatMap(answers, (all) =>
    all.length === 1 ? Effect.succeed(all[0] as A) : Effect.die(new Error(`one was asked, ${all.length} are answered`))
  )

const asked = <A>(journal: Finding, wanted: Find, none: A, get: (found: Found) => A) =>
  Effect.map(only(journal.find([wanted])), Option.match({ onNone: () => none, onSome: get }))

/**
 * The row of an instance.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Journal } from "@waymark/interpreter"
 * import { Single } from "@waymark/interpreter/testing"
 *
 * export const row = Effect.flatMap(Journal, (journal) => Single.find(journal, "w-1"))
 * ```
 */
export const find = (journal: Finding, id: string): Effect.Effect<Option.Option<Instance>, JournalError> =>
  asked(journal, { id }, Option.none<Instance>(), ({ instance }) => Option.some(instance))

/** The pending signals of an instance; none where it isn't there. */
export const inbox = (journal: Finding, id: string): Effect.Effect<ReadonlyArray<Send>, JournalError> =>
  asked<ReadonlyArray<Send>>(journal, { id, inbox: true }, [], ({ inbox }) => inbox)

/** The notes of an instance; none where it isn't there. */
export const notes = (journal: Finding, id: string): Effect.Effect<ReadonlyArray<Noted>, JournalError> =>
  asked<ReadonlyArray<Noted>>(journal, { id, notes: true }, [], ({ notes }) => notes)

/** Puts a signal into an inbox; fails where the store cannot keep it. */
export const send = (journal: Pick<Journal["Service"], "send">, send: Send): Effect.Effect<Sent, JournalError> =>
  Effect.flatMap(only(journal.send([send])), (answer) =>
    answer._tag === "Rejected"
      ? Effect.fail(new JournalError({ operation: "send", reason: answer.reason, retryable: false }))
      : Effect.succeed(answer)
  )

/** What became of a signal. */
export const sent = (
  journal: Pick<Journal["Service"], "sent">,
  instance: string,
  id: string
): Effect.Effect<Sent, JournalError> => only(journal.sent([{ instance, id }]))
