/** A map of which most have one entry: that one costs nothing but its fields. */
export class Few<Value> {
  #key: string | undefined
  #value: Value | undefined
  #others: Map<string, Value> | undefined

  get size(): number {
    return (this.#key === undefined ? 0 : 1) + (this.#others?.size ?? 0)
  }

  has(key: string): boolean {
    return key === this.#key || this.#others?.has(key) === true
  }

  get(key: string): Value | undefined {
    return key === this.#key ? this.#value : this.#others?.get(key)
  }

  set(key: string, value: Value): void {
    if (key === this.#key || (this.#key === undefined && this.#others?.has(key) !== true)) {
      this.#key = key
      this.#value = value
    } else (this.#others ??= new Map()).set(key, value)
  }

  delete(key: string): void {
    if (key === this.#key) this.#key = this.#value = undefined
    else this.#others?.delete(key)
  }

  keys(): ReadonlyArray<string> {
    const others = Array.from(this.#others?.keys() ?? [])
    return this.#key === undefined ? others : [this.#key, ...others]
  }

  values(): ReadonlyArray<Value> {
    const others = Array.from(this.#others?.values() ?? [])
    return this.#key === undefined ? others : [this.#value as Value, ...others]
  }
}
