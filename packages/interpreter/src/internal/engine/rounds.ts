/**
 * Rounds: the turns of many instances at once. Each that has something to say makes its group, all groups are one write, and with their
 * answers each goes on. So nothing that is done for one instance needs a fiber, or a commit, of its own.
 *
 * While a round is being written the next one is put together from what arrives: latency is one commit, throughput is bounded by rows, not by
 * commits, and a lone instance never waits for company.
 *
 * Instances that were answered together have something to say together. Were all of them one round again, this process would wait for
 * the journal and the journal for this process, in turns. So where a journal works beside it, a round takes half of them at the most.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Append, Appended, Journal } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import { gathering, IN_FLIGHT, LARGEST, rejected, writeAll, type Entry, type Prepare } from "./batch.ts"
import { whileRetryable } from "./patience.ts"

/** So many are one round, and not divided: each round costs something, whatever it holds. */
const UNDIVIDED = 8

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
  readonly prepare?: Prepare<Append>
  readonly journal: Pick<Journal["Service"], "append" | "isRemote" | "now">
  readonly fork: (effect: Effect.Effect<void>) => void
}

export class Rounds {
  readonly #setting: Setting
  readonly #time: Effect.Effect<number, JournalError>
  #waiting: Array<Player> = []
  /** What has its group, and is to be part of the next write. */
  #ready: Array<Turn> = []
  /** How many are being written. */
  #writing = 0
  readonly #begin: () => void

  constructor(setting: Setting) {
    this.#setting = setting
    this.#time = whileRetryable(setting.journal.now)
    this.#begin = gathering(
      () => this.#waiting.length > 0 || this.#ready.length > 0,
      (taken) => this.#round(taken),
      setting.fork
    )
  }

  /** Lets this one take its turn in the next round. */
  add(player: Player): void {
    this.#waiting.push(player)
    this.#begin()
  }

  /** How many the next round takes at the most. */
  get #share(): number {
    if (this.#setting.journal.isRemote !== true) return LARGEST
    const all = this.#waiting.length + this.#ready.length + this.#writing
    return Math.min(LARGEST, Math.max(UNDIVIDED, Math.ceil(all / IN_FLIGHT)))
  }

  /** Those that take part are known before the clock is asked: what woke them is due by then. */
  #round(taken: () => void): Effect.Effect<void> {
    const players = this.#waiting.splice(0, this.#share)
    return Effect.matchCauseEffect(this.#time, {
      onSuccess: (at) => {
        for (const player of players) this.#take(player, at)
        const turns = this.#ready.splice(0, LARGEST)
        this.#writing += turns.length
        taken()
        if (turns.length === 0) return Effect.void
        const { fork, journal } = this.#setting
        const give = (some: ReadonlyArray<Turn>, exit: Exit.Exit<ReadonlyArray<Appended>, JournalError>) => {
          this.#writing -= some.length
          return this.#give(some, exit, at)
        }
        return writeAll(journal.append, turns, give, fork)
      },
      // Nothing can go on without a clock.
      onFailure: (cause) =>
        Effect.sync(() => {
          taken()
          for (const player of players) player.taken(rejected(cause), 0)
        })
    })
  }

  #take(player: Player, at: number): void {
    const { fork, prepare } = this.#setting
    const item = player.take(at)
    if (item === undefined) return
    if (prepare === undefined) return void this.#ready.push({ player, item })
    fork(
      Effect.matchCauseEffect(whileRetryable(prepare(item)), {
        onSuccess: (item) =>
          Effect.sync(() => {
            this.#ready.push({ player, item })
            this.#begin()
          }),
        onFailure: (cause) => this.#give([{ player, item }], Exit.failCause(cause), at)
      })
    )
  }

  /** Gives turns their answers, with the time that it is by then: writing may have taken long. */
  #give(
    turns: ReadonlyArray<Turn>,
    exit: Exit.Exit<ReadonlyArray<Appended>, JournalError>,
    began: number
  ): Effect.Effect<void> {
    const tell = (at: number): void => {
      const refused = Exit.isFailure(exit) ? rejected(exit.cause) : undefined
      turns.forEach(({ player }, index) => {
        player.taken(Exit.isSuccess(exit) ? (exit.value[index] as Appended) : (refused as Appended), at)
      })
    }
    // What is durable is so, clock or no clock.
    return Effect.matchCause(this.#time, { onSuccess: tell, onFailure: () => tell(began) })
  }
}
