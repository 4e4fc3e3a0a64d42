/** A binary heap by time: what is due first comes first. Who takes something back passes over it when it comes up. */
interface Entry<A> {
  readonly at: number
  readonly item: A
}

export class Heap<A> {
  readonly #entries: Array<Entry<A>> = []

  get size(): number {
    return this.#entries.length
  }

  /** When the first is due; `Infinity` where there is none. */
  get first(): number {
    return this.#at(0)
  }

  peek(): A | undefined {
    return this.#entries[0]?.item
  }

  push(at: number, item: A): void {
    const entries = this.#entries
    entries.push({ at, item })
    for (let i = entries.length - 1; i > 0;) {
      const parent = (i - 1) >> 1
      if (this.#at(parent) <= this.#at(i)) return
      this.#swap(i, parent)
      i = parent
    }
  }

  pop(): A | undefined {
    const entries = this.#entries
    const top = entries[0]
    const last = entries.pop()
    if (top === undefined || last === undefined || entries.length === 0) return top?.item
    entries[0] = last
    for (let i = 0; ;) {
      const [left, right] = [2 * i + 1, 2 * i + 2]
      const least = this.#at(right) < this.#at(left) ? right : left
      if (this.#at(i) <= this.#at(least)) return top.item
      this.#swap(i, least)
      i = least
    }
  }

  #at(index: number): number {
    return this.#entries[index]?.at ?? Infinity
  }

  #swap(a: number, b: number): void {
    const entries = this.#entries
    const kept = entries[a] as Entry<A>
    entries[a] = entries[b] as Entry<A>
    entries[b] = kept
  }
}
