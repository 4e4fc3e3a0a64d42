/**
 * What callers here wait for that happens elsewhere: the end of instances that other processes run, and the outcomes of
 * signals sent to them. Hints tell of most of it; what they miss one look for all callers together finds.
 */
import * as Effect from "effect/Effect"
import { isTerminal, type Hint, type Journal, type Outcome, type Send } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import type { Waiters } from "./waiters.ts"
import type * as Result from "effect/Result"

/** How many are asked after in one statement. */
const PAGE = 1_000

export interface Setting {
  readonly journal: Pick<Journal["Service"], "watch" | "sent">
  readonly live: ReadonlyMap<string, unknown>
  /** Signals that are posted, and on their way to the journal, by their keys. */
  readonly sending: ReadonlySet<string>
  readonly results: Waiters<Result.Result<unknown, unknown>>
  readonly replies: Waiters<Outcome>
}

/** What tells one signal from all others. */
export const keyOf = ({ id, instance }: Pick<Send, "instance" | "id">): string => `${instance}\n${id}`

const pages = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / PAGE) }, (_, page) => all.slice(page * PAGE, (page + 1) * PAGE))

export class Lookout {
  readonly #setting: Setting

  constructor(setting: Setting) {
    this.#setting = setting
  }

  /** Passes on what a hint says about others' doings. */
  hear(hint: Hint): void {
    const { replies, results } = this.#setting
    if (hint._tag === "Ended") results.poke(hint.instance)
    // Whoever waits for the reply of an instance that has ended gets none.
    if (hint._tag === "Ended") replies.poke(hint.instance)
    if (hint._tag === "Settled") replies.poke(hint.instance, hint.id)
  }

  /** Looks for all that is waited for, and tells those who wait for what has come. */
  readonly look: Effect.Effect<void, JournalError> = Effect.suspend(() => this.#look())

  readonly #look = Effect.fnUntraced(function* (this: Lookout): Effect.fn.Return<void, JournalError> {
    const { journal, live, replies, results, sending } = this.#setting
    const ends = Array.from(results.waiting(), ([id]) => id).filter((id) => !live.has(id))
    for (const ids of pages(ends)) {
      const rows = yield* journal.watch(ids)
      const open = new Set(rows.filter(({ status }) => !isTerminal(status)).map(({ id }) => id))
      for (const id of ids) if (!open.has(id)) results.poke(id)
    }
    const asked = Array.from(replies.waiting(), ([instance, id]) => ({ instance, id }))
    // What is on its way to the journal is not there yet.
    const stored = asked.filter((one) => !live.has(one.instance) && !sending.has(keyOf(one)))
    for (const page of pages(stored)) {
      const answers = yield* journal.sent(page)
      for (const [index, { id, instance }] of page.entries()) {
        if (answers[index]?._tag !== "Pending") replies.poke(instance, id)
      }
    }
  })
}
