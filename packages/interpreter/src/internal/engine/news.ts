/**
 * What is heard of the signals of instances that are on their way here. What was read of their inboxes may be older than that, and as they are
 * not live yet nobody else hears of it.
 */
import type { Send } from "../../Journal.ts"

/** Of an instance that was claimed and is being read. */
export interface Adoption {
  /** What was sent from here. */
  readonly sends: Array<Send>
  /** Others have sent something, too. */
  isBehind: boolean
}

/** Of one that a statement on its way may take over and read. */
interface Wake {
  statements: number
  isBehind: boolean
}

export class News {
  readonly #adoptions = new Map<string, Adoption>()
  readonly #wakes = new Map<string, Wake>()

  /** Is it being read? */
  isRead(id: string): boolean {
    return this.#adoptions.has(id)
  }

  /** Something was sent. Answers whether there is anybody who hears of it. */
  tell(id: string, send?: Send): boolean {
    const [adoption, wake] = [this.#adoptions.get(id), this.#wakes.get(id)]
    if (wake !== undefined) wake.isBehind = true
    if (adoption !== undefined && send !== undefined) adoption.sends.push(send)
    else if (adoption !== undefined) adoption.isBehind = true
    return adoption !== undefined || wake !== undefined
  }

  /** It is being read from now on. */
  adopt(id: string): Adoption {
    const adoption: Adoption = { sends: [], isBehind: false }
    this.#adoptions.set(id, adoption)
    return adoption
  }

  /** It is live, or will not be. Answers `false` where it is being read for another claim by now, which all that is kept of it belongs to. */
  adopted(id: string, adoption: Adoption): boolean {
    return this.#adoptions.get(id) === adoption && this.#adoptions.delete(id)
  }

  /** A statement is on its way that may take it over. */
  wake(id: string): void {
    const wake = this.#wakes.get(id) ?? { statements: 0, isBehind: false }
    wake.statements++
    this.#wakes.set(id, wake)
  }

  /** That statement has its answer. Answers whether anything was sent meanwhile that nobody has heard of. */
  woken(id: string): boolean {
    const wake = this.#wakes.get(id)
    if (wake === undefined) return false
    const { isBehind } = wake
    if (--wake.statements === 0) this.#wakes.delete(id)
    // Who reads it now reads it once more.
    const adoption = this.#adoptions.get(id)
    if (isBehind && adoption !== undefined) adoption.isBehind = true
    return isBehind && adoption === undefined
  }
}
