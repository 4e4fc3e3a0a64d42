/**
 * Instances that are set aside here: nothing of them runs, and they are given back, since a process with another version of their
 * workflow may be able to run them. Here they are looked at again ever more seldom.
 */
import type { AppendRefused, PayloadUnreadable } from "../../Errors.ts"
import type * as Execution from "../../Execution.ts"
import type { Backoff } from "./backoff.ts"

/** Why an instance is set aside: its journal does not fit its definition, refuses it, or cannot be read here. */
export type Misfit = Execution.RecoveryError | AppendRefused | PayloadUnreadable

interface Entry {
  readonly misfit: Misfit
  /** The epoch in which that was found. */
  readonly epoch: number
  /** From when on it may be claimed again, once that is known. */
  readonly at?: number
}

export class Aside {
  readonly #entries = new Map<string, Entry>()
  readonly #backoff: Backoff

  constructor(backoff: Backoff) {
    this.#backoff = backoff
  }

  /** How many instances are remembered. */
  get size(): number {
    return Math.max(this.#entries.size, this.#backoff.size)
  }

  has(id: string): boolean {
    return this.#entries.has(id)
  }

  /** Why an instance is set aside, and in which epoch that was found. */
  get(id: string): Pick<Entry, "misfit" | "epoch"> | undefined {
    return this.#entries.get(id)
  }

  /** Sets an instance aside; answers for how long, and whether the reason is another one than before. */
  add(id: string, epoch: number, misfit: Misfit): { readonly wait: number; readonly isNews: boolean } {
    const isNews = this.#entries.get(id)?.misfit.message !== misfit.message
    this.#entries.set(id, { misfit, epoch })
    return { wait: this.#backoff.next(id), isNews }
  }

  /** It has been given back, and may be claimed again from an instant on. */
  given(id: string, epoch: number, at: number): void {
    const entry = this.#entries.get(id)
    if (entry?.epoch === epoch) this.#entries.set(id, { ...entry, at })
  }

  /** It is live here again. How often it was set aside is not forgotten before events of it are on record. */
  settled(id: string): void {
    this.#entries.delete(id)
  }

  /** Events of it are on record: should it be set aside again, that is another story. */
  progressed(id: string): void {
    // What is left of a life before has nothing to say about this one.
    if (!this.#entries.has(id)) this.#backoff.forget(id)
  }

  /** Is one of them due since less than so long? */
  isDue(now: number, since: number): boolean {
    for (const { at = Infinity } of this.#entries.values()) if (at <= now && now < at + since) return true
    return false
  }

  /** Forgets those that have not come back: others run them, or have run them to their end. */
  sweep(): void {
    for (const id of this.#backoff.sweep()) this.#entries.delete(id)
  }
}
