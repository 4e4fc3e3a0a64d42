/**
 * Rounds: the turns of many instances at once. Each that has something to say makes its group, all groups are one write, and with their
 * answers each goes on. So nothing that is done for one instance needs a fiber, or a commit, of its own.
 *
 * While a round is being written the next one is put together from what arrives: latency is one commit, throughput is bounded by rows, not by
 * commits, and a lone instance never waits for company.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { Append, Appended, Journal } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import { IN_FLIGHT, LARGEST, writeAll, type Entry, type Writer } from "./batch.ts"
import { whileRetryable } from "./patience.ts"

/** What takes turns. */
export interface Player {
  /** Makes the group of its turn, at an instant of the journal's clock; nothing where there is nothing to append. */
  readonly take: (at: number) => Append | undefined
  /** Goes on with the answer to its group. */
  readonly taken: (answer: Appended, at: number) => void
}

interface Turn extends Entry<Append> {
  readonly player: Player
}

/** What rounds need of their engine. */
export interface Setting {
  readonly journal: Pick<Journal["Service"], "append" | "now">
  readonly fork: (effect: Effect.Effect<void>) => void
}

const refused = (reason: string): Appended => ({ _tag: "Rejected", reason })

export class Rounds {
  readonly #fork: Setting["fork"]
  readonly #time: Effect.Effect<number, JournalError>
  readonly #writer: Writer<Append, Appended>
  #waiting: Array<Player> = []
  #underWay = 0

  constructor({ fork, journal }: Setting) {
    this.#fork = fork
    this.#time = whileRetryable(journal.now)
    this.#writer = { write: journal.append, refused }
  }

  /** Lets this one take its turn in the next round. */
  add(player: Player): void {
    this.#waiting.push(player)
    this.#begin()
  }

  #begin(): void {
    if (this.#underWay >= IN_FLIGHT || this.#waiting.length === 0) return
    this.#underWay++
    this.#fork(this.#rounds)
  }

  /** One round after the other, for as long as anybody wants a turn. */
  readonly #rounds: Effect.Effect<void> = Effect.ensuring(
    Effect.whileLoop({ while: () => this.#waiting.length > 0, body: () => this.#round, step: () => {} }),
    Effect.sync(() => {
      this.#underWay--
      this.#begin()
    })
  )

  /** It begins a moment later, so that whatever ends in this moment is part of it. */
  readonly #round: Effect.Effect<void> = Effect.andThen(
    Effect.yieldNow,
    Effect.suspend(() =>
      Effect.matchCauseEffect(this.#time, {
        onSuccess: (at) => this.#play(this.#next(), at),
        onFailure: (cause) => Effect.sync(() => this.#dismiss(this.#next(), Cause.pretty(cause)))
      })
    )
  )

  #next(): ReadonlyArray<Player> {
    return this.#waiting.splice(0, LARGEST)
  }

  #play(players: ReadonlyArray<Player>, at: number): Effect.Effect<void> {
    const turns: Array<Turn> = []
    for (const player of players) {
      const item = player.take(at)
      if (item !== undefined) turns.push({ player, item })
    }
    return turns.length === 0 ? Effect.void : writeAll(this.#writer, turns, this.#give)
  }

  readonly #give = (turns: ReadonlyArray<Turn>, answers: ReadonlyArray<Appended>): Effect.Effect<void> =>
    // Asked again: writing may have taken long.
    Effect.matchCause(this.#time, {
      onSuccess: (at) => {
        for (const [index, { player }] of turns.entries()) player.taken(answers[index] as Appended, at)
      },
      onFailure: (cause) =>
        this.#dismiss(
          turns.map(({ player }) => player),
          Cause.pretty(cause)
        )
    })

  /** There is no clock: nothing can go on. */
  #dismiss(players: ReadonlyArray<Player>, reason: string): void {
    for (const player of players) player.taken(refused(reason), 0)
  }
}
