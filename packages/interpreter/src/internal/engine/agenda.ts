/** What is due when, by a key. */
import { Heap } from "../heap.ts"

/** Entries that are passed over may be as many as the others, and so many more. */
const SLACK = 1_024

interface Entry<Item> {
  readonly at: number
  readonly item: Item
  readonly key: string
}

export class Agenda<Item> {
  readonly #entries = new Map<string, Entry<Item>>()
  /** What was set anew or taken back stays in it until it comes up. */
  #heap = new Heap<Entry<Item>>()

  get size(): number {
    return this.#entries.size
  }

  /** Sets when something is due; answers whether that is new. */
  set(key: string, at: number, item: Item): boolean {
    const before = this.#entries.get(key)
    if (before?.at === at && before.item === item) return false
    const entry = { at, item, key }
    this.#entries.set(key, entry)
    this.#heap.push(at, entry)
    // Those behind a far instant would stay for as long.
    if (this.#heap.size > 2 * this.#entries.size + SLACK) {
      this.#heap = new Heap()
      for (const entry of this.#entries.values()) this.#heap.push(entry.at, entry)
    }
    return true
  }

  /** Takes something back; answers whether it was there. */
  delete(key: string): boolean {
    return this.#entries.delete(key)
  }

  /** When the first is due; `Infinity` where nothing is. */
  get first(): number {
    for (let entry = this.#heap.peek(); entry !== undefined; entry = this.#heap.peek()) {
      if (this.#entries.get(entry.key) === entry) return entry.at
      this.#heap.pop()
    }
    return Infinity
  }

  /** Takes what is due by now, the earliest first. */
  take(now: number): ReadonlyArray<Item> {
    const due: Array<Item> = []
    while (this.first <= now) {
      const { item, key } = this.#heap.pop() as Entry<Item>
      this.#entries.delete(key)
      due.push(item)
    }
    return due
  }
}
