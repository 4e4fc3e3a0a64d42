/**
 * Instances that are this process' and not live, because the answer to their claim or their creation was lost. They are given back, so that
 * somebody claims them and runs them: only where two looks find the same, since the answer may be on its way.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Instance } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import type { Direct } from "./lines.ts"

export interface Setting {
  readonly journal: Pick<Direct, "held">
  readonly owner: string
  readonly clock: Clock.Clock
  /** How long there is between those two looks at least, in milliseconds. */
  readonly apart: number
  /** Whether somebody here knows of an instance: it is live, comes or goes. */
  readonly isKnown: (id: string) => boolean
  /** Gives them back. */
  readonly release: (strays: ReadonlyArray<Pick<Instance, "id" | "epoch">>) => Effect.Effect<void, JournalError>
}

export class Strays {
  readonly #setting: Setting
  /** What was held and not known at the last look, with its epoch, and since when. */
  #found = new Map<string, { readonly epoch: number; readonly since: number }>()

  constructor(setting: Setting) {
    this.#setting = setting
  }

  /** What was found is known by now. */
  forget(): void {
    this.#found.clear()
  }

  readonly look: Effect.Effect<void, JournalError> = Effect.suspend(() => {
    const { apart, clock, isKnown, journal, owner, release } = this.#setting
    return Effect.flatMap(journal.held(owner), (held) => {
      const now = clock.currentTimeMillisUnsafe()
      const before = this.#found
      const found = held.filter(({ id }) => !isKnown(id))
      const sinceOf = ({ epoch, id }: Pick<Instance, "id" | "epoch">): number => {
        const known = before.get(id)
        return known?.epoch === epoch ? known.since : now
      }
      this.#found = new Map(found.map((one) => [one.id, { epoch: one.epoch, since: sinceOf(one) }]))
      const strays = found.filter((one) => now - sinceOf(one) >= apart)
      return strays.length === 0 ? Effect.void : release(strays)
    })
  })
}
