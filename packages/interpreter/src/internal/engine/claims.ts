/**
 * Instances that are taken over by their ids, as where a signal came for one that nobody runs. Those that are asked for while others are
 * being claimed share the next statement, and no fiber is theirs.
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Claim, Instance, Journal } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import { gathering, writeAll, type Entry } from "./batch.ts"
import type { Tenure } from "./lease.ts"
import { FOUND } from "./lines.ts"

export interface Setting {
  readonly journal: Pick<Journal["Service"], "claim">
  readonly owner: string
  readonly workflows: Claim["workflows"]
  /** For how many that are to be claimed there is room. */
  readonly room: () => number
  /** Told where some were not claimed for want of room. */
  readonly crowded: () => void
  /** What this process has; nothing where it claims no more. What is claimed is its own for as long as it has that. */
  readonly tenure: () => Tenure | undefined
  /** Makes live what was claimed. */
  readonly take: (claimed: ReadonlyArray<Instance>, tenure: Tenure) => void
  /** Says that something cannot be claimed, and why. */
  readonly failed: (why: Cause.Cause<JournalError>) => Effect.Effect<void>
  readonly fork: (effect: Effect.Effect<void>) => void
}

export class Claims {
  readonly #setting: Setting
  readonly #wanted = new Set<string>()
  readonly #begin: () => void

  constructor(setting: Setting) {
    this.#setting = setting
    this.#begin = gathering(
      () => this.#wanted.size > 0,
      (taken) => this.#write(taken),
      setting.fork
    )
  }

  /** Takes an instance over that nobody owns, where there is room. */
  want(id: string): void {
    this.#wanted.add(id)
    this.#begin()
  }

  #write(taken: () => void): Effect.Effect<void> {
    const { failed, fork } = this.#setting
    const batch: Array<Entry<string>> = []
    for (const item of this.#wanted) {
      if (batch.length === FOUND) break
      this.#wanted.delete(item)
      batch.push({ item })
    }
    taken()
    const give = (_: unknown, exit: Exit.Exit<unknown, JournalError>) =>
      Exit.isFailure(exit) ? failed(exit.cause) : Effect.void
    return writeAll((ids: ReadonlyArray<string>) => this.#claim(ids), batch, give, fork)
  }

  #claim(ids: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<never>, JournalError> {
    return Effect.suspend(() => {
      const { crowded, journal, owner, room, take, tenure, workflows } = this.#setting
      // Of now: they may have waited for long.
      const held = tenure()
      const wanted = held === undefined ? [] : ids.slice(0, room())
      if (held !== undefined && wanted.length < ids.length) crowded()
      if (held === undefined || wanted.length === 0) return Effect.succeed([])
      const claim = { owner, workflows, limit: wanted.length, order: "oldest", ids: wanted } as const
      return Effect.map(journal.claim(claim), (rows) => {
        if (rows.length > 0) take(rows, held)
        return []
      })
    })
  }
}
