/** What is due when, by a key. */
import { Heap } from "../heap.ts"

/** Instants that are passed over may be as many as the others, and so many more. */
const SLACK = 64

export class Agenda<Item> {
  readonly #entries = new Map<string, { readonly at: number; readonly item: Item }>()
  /** The instants of what was set anew or taken back stay in it until they come up. */
  #heap = new Heap<{ readonly at: number; readonly key: string }>()

  get size(): number {
    return this.#entries.size
  }

  /** Sets when something is due; answers whether that is new. */
  set(key: string, at: number, item: Item): boolean {
    const before = this.#entries.get(key)
    if (before?.at === at && before.item === item) return false
    this.#entries.set(key, { at, item })
    this.#heap.push(at, { at, key })
    // Those behind a far instant would stay for as long.
    if (this.#heap.size > 2 * this.#entries.size + SLACK) {
      this.#heap = new Heap()
      for (const [key, { at }] of this.#entries) this.#heap.push(at, { at, key })
    }
    return true
  }

  /** Takes something back; answers whether it was there. */
  delete(key: string): boolean {
    return this.#entries.delete(key)
  }

  /** When the first is due; `Infinity` where nothing is. */
  get first(): number {
    for (let next = this.#heap.peek(); next !== undefined; next = this.#heap.peek()) {
      if (this.#entries.get(next.key)?.at === next.at) return next.at
      this.#heap.pop()
    }
    return Infinity
  }

  /** Takes what is due by now, the earliest first. */
  take(now: number): ReadonlyArray<Item> {
    const due: Array<Item> = []
    while (this.first <= now) {
      const { key } = this.#heap.pop() ?? { key: "" }
      const entry = this.#entries.get(key)
      this.#entries.delete(key)
      if (entry !== undefined) due.push(entry.item)
    }
    return due
  }
}
