/**
 * The lease of this process: how it says that it lives, and what it may not begin while it may have been taken for dead.
 *
 * What a process writes that has lost its instances is refused by the journal: by their epochs, or by the token of the lease where their rows are
 * left alone.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { LeaseToken } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import { together } from "../together.ts"
import type { Direct } from "./lines.ts"
import { whileRetryable } from "./patience.ts"

export interface Setting {
  readonly clock: Clock.Clock
  readonly journal: Direct
  readonly owner: string
  /** In milliseconds. */
  readonly length: number
  /** All instances of this process were taken away from it. */
  readonly lost: Effect.Effect<void>
}

/** What a process has while its lease is not lost: what it claims or makes belongs to it for as long. */
export interface Tenure {
  readonly generation: number
  readonly disowned: number
  readonly leaseToken: LeaseToken | undefined
}

export class Lease {
  readonly #setting: Setting
  #heldUntil = 0n
  #generation = 0
  #disowned = 0

  constructor(setting: Setting) {
    this.#setting = setting
  }

  /** Which of its lives the process is in: what it claimed in another one is not its own any more. */
  get generation(): number {
    return this.#generation
  }

  /** To be asked for before anything is claimed or made. */
  get tenure(): Tenure {
    const { journal, owner } = this.#setting
    return { generation: this.generation, disowned: this.#disowned, leaseToken: journal.leaseToken?.(owner) }
  }

  /** To be told before anything is given back that nobody here knows of: it may be on its way, and come to life all the same. */
  disown(): void {
    this.#disowned++
  }

  /** Whether what was claimed or made in a tenure is sure not to have been taken from this process since, nor given back by it. */
  isIntact({ disowned, generation }: Tenure): boolean {
    return disowned === this.#disowned && generation === this.generation
  }

  /**
   * Prolongs the lease. It may have lapsed: whoever seemed dead may have been asleep. One renewal at a time, since that the lease was lost is
   * told to one of them only.
   */
  readonly renew: Effect.Effect<void, JournalError> = together(Effect.suspend(() => this.#renew()))

  #renew(): Effect.Effect<void, JournalError> {
    const { clock, journal, length, lost, owner } = this.#setting
    return Effect.suspend(() => {
      const asked = clock.currentTimeNanosUnsafe()
      return Effect.flatMap(journal.renew(owner, length), (isKept) => {
        // Counted from before it was asked for, by a clock that never jumps: it holds at least as long with the journal.
        this.#heldUntil = asked + BigInt(Math.round(length)) * 1_000_000n
        if (isKept) return Effect.void
        this.#generation++
        return lost
      })
    })
  }

  /** Does the lease hold, by this process' own clock? */
  get holds(): boolean {
    return this.#setting.clock.currentTimeNanosUnsafe() < this.#heldUntil
  }

  /**
   * Ends once the lease holds: at once, unless the process was stopped for longer than that. What is to be begun then may
   * have been done by somebody else.
   */
  readonly assured: Effect.Effect<void> = Effect.suspend(() =>
    this.holds
      ? Effect.void
      : // Where the instances are gone, what asks is interrupted: that takes a turn.
        Effect.andThen(this.#prolonged, Effect.yieldNow)
  )

  /** Prolongs the lease where nobody has done so meanwhile. */
  readonly #prolonged: Effect.Effect<void> = Effect.suspend(() =>
    this.holds ? Effect.void : whileRetryable(this.renew)
  ).pipe(Effect.retry(Schedule.spaced("1 second")), Effect.orDie)
}
