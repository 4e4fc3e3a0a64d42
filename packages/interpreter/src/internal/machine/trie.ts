/**
 * A persistent vector: a wide tree whose updates copy one path, so an old value stays whole and an update costs the
 * logarithm of the size. Forks keep their threads in one, executions the counters of what was completed.
 *
 * Where the items are measured, every node carries the nearest due time and the union of the signal masks below it, so
 * finding the next timer or who waits for a signal does not look at every branch.
 */

const BITS = 5
const WIDTH = 1 << BITS

/** What a measured item says of itself. */
export interface Measured {
  readonly due: number
  readonly mask: number
}

interface Inner<T> {
  /** Whoever holds this token may change the node in place: only `recover` does, on values nobody else has seen. */
  readonly owner: object | undefined
  readonly items: Array<Inner<T> | T | undefined>
  due: number
  mask: number
}

export interface Trie<T> {
  readonly size: number
  readonly depth: number
  readonly measured: boolean
  readonly root: Inner<T>
}

const inner = <T>(owner: object | undefined, items: Array<Inner<T> | T | undefined>): Inner<T> => ({
  owner,
  items,
  due: Infinity,
  mask: 0
})

const measure = <T>(node: Inner<T>): void => {
  let due = Infinity
  let mask = 0
  for (const item of node.items) {
    if (item === undefined) continue
    const { due: itemDue, mask: itemMask } = item as unknown as Measured
    if (itemDue < due) due = itemDue
    mask |= itemMask
  }
  node.due = due
  node.mask = mask
}

const EMPTY: Trie<never> = { size: 0, depth: 1, measured: false, root: inner(undefined, []) }

/** An empty, unmeasured vector that grows as it is written. */
export const empty = <T>(): Trie<T> => EMPTY

/** A measured vector of the given items. */
export const from = <T extends Measured>(items: ReadonlyArray<T>): Trie<T> => {
  let level: Array<Inner<T> | T> = [...items]
  let depth = 0
  do {
    const next: Array<Inner<T>> = []
    for (let start = 0; start < level.length || next.length === 0; start += WIDTH) {
      const node = inner<T>(undefined, level.slice(start, start + WIDTH))
      measure(node)
      next.push(node)
    }
    level = next
    depth++
  } while (level.length > 1)
  return { size: items.length, depth, measured: true, root: level[0] as Inner<T> }
}

/** The item at an index, `undefined` where there is none. */
export const get = <T>(trie: Trie<T>, index: number): T | undefined => {
  if (index >= WIDTH ** trie.depth) return undefined
  let node = trie.root
  for (let shift = (trie.depth - 1) * BITS; shift > 0; shift -= BITS) {
    const next = node.items[(index >>> shift) & (WIDTH - 1)]
    if (next === undefined) return undefined
    node = next as Inner<T>
  }
  return node.items[index & (WIDTH - 1)] as T | undefined
}

const setIn = <T>(
  node: Inner<T> | undefined,
  shift: number,
  index: number,
  item: T,
  owner: object | undefined,
  measured: boolean
): Inner<T> => {
  const copy =
    node !== undefined && owner !== undefined && node.owner === owner
      ? node
      : inner<T>(owner, node === undefined ? [] : node.items.slice())
  const at = (index >>> shift) & (WIDTH - 1)
  const before = copy.items[at]
  if (!measured) {
    copy.items[at] =
      shift === 0 ? item : setIn(before as Inner<T> | undefined, shift - BITS, index, item, owner, measured)
    return copy
  }
  // What was measured before has to be read first: in place, the part below is the same object afterwards.
  const { due, mask } = before as unknown as Measured
  const after = shift === 0 ? item : setIn(before as Inner<T>, shift - BITS, index, item, owner, measured)
  copy.items[at] = after
  const { due: dueNow, mask: maskNow } = after as unknown as Measured
  if (node !== copy && node !== undefined) {
    copy.due = node.due
    copy.mask = node.mask
  }
  if (due !== dueNow || mask !== maskNow) measure(copy)
  return copy
}

/** The vector with another item at an index; it grows where it is unmeasured. */
export const set = <T>(trie: Trie<T>, index: number, item: T, owner: object | undefined): Trie<T> => {
  let { depth, root } = trie
  while (index >= WIDTH ** depth) {
    root = inner(owner, [root])
    depth++
  }
  const next = setIn(root, (depth - 1) * BITS, index, item, owner, trie.measured)
  if (next === trie.root && index < trie.size) return trie
  return { size: Math.max(trie.size, index + 1), depth, measured: trie.measured, root: next }
}

/** The items with their indexes, in order; parts that `keep` refuses are not looked at. */
export function* entries<T>(
  trie: Trie<T>,
  keep: (part: Measured) => boolean = () => true
): Generator<readonly [number, T]> {
  const walk = function* (node: Inner<T>, shift: number, base: number): Generator<readonly [number, T]> {
    if (trie.measured && !keep(node)) return
    for (let i = 0; i < node.items.length; i++) {
      const item = node.items[i]
      if (item === undefined) continue
      if (shift === 0) {
        if (!trie.measured || keep(item as unknown as Measured)) yield [base + i, item as T]
      } else yield* walk(item as Inner<T>, shift - BITS, base + (i << shift))
    }
  }
  yield* walk(trie.root, (trie.depth - 1) * BITS, 0)
}

/** The indexes at which two vectors of one size hold different items; shared parts are not looked at. */
export const changes = <T>(before: Trie<T>, after: Trie<T>): ReadonlyArray<number> => {
  const found: Array<number> = []
  const walk = (a: Inner<T>, b: Inner<T>, shift: number, base: number): void => {
    if (a === b) return
    for (let i = 0; i < b.items.length; i++) {
      if (a.items[i] === b.items[i]) continue
      if (shift === 0) found.push(base + i)
      else walk(a.items[i] as Inner<T>, b.items[i] as Inner<T>, shift - BITS, base + (i << shift))
    }
  }
  walk(before.root, after.root, (after.depth - 1) * BITS, 0)
  return found
}
