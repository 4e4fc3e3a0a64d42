/**
 * A persistent vector: a wide tree whose updates copy one path, so an old value stays whole and an update costs the
 * logarithm of the size. Forks keep their threads in one, executions the counters of what was completed.
 *
 * Where the items are measured, every node carries the nearest due times and the union of the signal masks below it, so
 * finding the next timer or who waits for a signal does not look at every branch.
 */

const BITS = 5
const WIDTH = 1 << BITS

/** What a measured item says of itself. */
export interface Measured {
  /** When the nearest timer fires, `undefined` where there is none. Not `Infinity`: each number that a field holds is an object of its own. */
  readonly due: number | undefined
  /** When the nearest attempt was due, or will be. Apart, since one that has begun is there until it has reported, and would hide what is due after it. */
  readonly retry: number | undefined
  readonly mask: number
}

interface Inner<T> {
  /** Whoever holds this token may change the node in place: only `recover` does, on values nobody else has seen. */
  readonly owner: object | undefined
  readonly items: Array<Inner<T> | T | undefined>
  due: number | undefined
  retry: number | undefined
  mask: number
}

export interface Trie<T> {
  size: number
  readonly depth: number
  readonly measured: boolean
  readonly root: Inner<T>
}

const inner = <T>(owner: object | undefined, items: Array<Inner<T> | T | undefined>): Inner<T> => ({
  owner,
  items,
  due: undefined,
  retry: undefined,
  mask: 0
})

/** The nearer of two instants. */
export const nearer = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a

const measure = <T>(node: Inner<T>): void => {
  const { items } = node
  let due: number | undefined
  let retry: number | undefined
  let mask = 0
  for (let index = items.length - 1; index >= 0; index--) {
    const item = items[index] as Measured | undefined
    if (item === undefined) continue
    due = nearer(due, item.due)
    retry = nearer(retry, item.retry)
    mask |= item.mask
  }
  node.due = due
  node.retry = retry
  node.mask = mask
}

/** Whether an item was the nearest, and is so no more. */
const isLost = (nearest: number | undefined, before: number | undefined, after: number | undefined): boolean =>
  before !== undefined && before === nearest && before !== after

/**
 * Measures a node again after one of its items has changed, which was measured as `due`, `retry` and `before`. It stops as soon as the others alone give what it had before, so it
 * seldom looks at all of them; what ends first is mostly what was entered first, so it begins at the end.
 */
const remeasure = <T>(
  node: Inner<T>,
  due: number | undefined,
  retry: number | undefined,
  before: number,
  after: Measured
): void => {
  const nextDue = nearer(node.due, after.due)
  const nextRetry = nearer(node.retry, after.retry)
  if (isLost(nextDue, due, after.due) || isLost(nextRetry, retry, after.retry)) return measure(node)
  if (nextDue !== node.due) node.due = nextDue
  if (nextRetry !== node.retry) node.retry = nextRetry
  const mask = node.mask | after.mask
  const lost = before & ~after.mask
  if (lost === 0) {
    node.mask = mask
    return
  }
  const { items } = node
  let rest = after.mask
  for (let index = items.length - 1; index >= 0; index--) {
    const item = items[index] as Measured | undefined
    if (item === undefined) continue
    rest |= item.mask
    if (rest === mask) break
  }
  node.mask = rest
}

const EMPTY: Trie<never> = { size: 0, depth: 1, measured: false, root: inner(undefined, []) }

/** An empty, unmeasured vector that grows as it is written. */
export const empty = <T>(): Trie<T> => EMPTY

/** A measured vector of the given items. */
export const from = <T extends Measured>(items: ReadonlyArray<T>, owner: object | undefined): Trie<T> => {
  let level: ReadonlyArray<Inner<T> | T> = items
  let depth = 0
  do {
    const next: Array<Inner<T>> = []
    for (let start = 0; start < level.length || next.length === 0; start += WIDTH) {
      const node = inner<T>(owner, level.slice(start, start + WIDTH))
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
  if (index >>> (trie.depth * BITS) !== 0) return undefined
  let node = trie.root
  for (let shift = (trie.depth - 1) * BITS; shift > 0; shift -= BITS) {
    const next = node.items[(index >>> shift) & (WIDTH - 1)]
    if (next === undefined) return undefined
    node = next as Inner<T>
  }
  return node.items[index & (WIDTH - 1)] as T | undefined
}

/** The items of a node, with room for one at a place: to write past the end of a copy would make room for many. */
const copied = <T>(items: ReadonlyArray<T | undefined>, at: number): Array<T | undefined> => {
  if (at < items.length) return items.slice()
  const copy = Array<T | undefined>(at + 1).fill(undefined)
  for (let index = 0; index < items.length; index++) copy[index] = items[index]
  return copy
}

const setIn = <T>(
  node: Inner<T> | undefined,
  shift: number,
  index: number,
  item: T,
  owner: object | undefined,
  measured: boolean,
  was: Measured | undefined
): Inner<T> => {
  const at = (index >>> shift) & (WIDTH - 1)
  const copy =
    node !== undefined && owner !== undefined && node.owner === owner
      ? node
      : inner<T>(owner, owner === undefined ? copied(node?.items ?? [], at) : (node?.items.slice() ?? []))
  const before = copy.items[at]
  if (!measured) {
    copy.items[at] =
      shift === 0 ? item : setIn(before as Inner<T> | undefined, shift - BITS, index, item, owner, measured, was)
    return copy
  }
  // What was measured before has to be read first: in place, the part below is the same object afterwards.
  const past = shift === 0 && was !== undefined ? was : (before as unknown as Measured | undefined)
  const due = past === undefined ? undefined : past.due
  const retry = past === undefined ? undefined : past.retry
  const mask = past === undefined ? 0 : past.mask
  const after =
    shift === 0 ? item : setIn(before as Inner<T> | undefined, shift - BITS, index, item, owner, measured, was)
  copy.items[at] = after
  if (node !== copy && node !== undefined) {
    copy.due = node.due
    copy.retry = node.retry
    copy.mask = node.mask
  }
  const now = after as unknown as Measured
  if (due !== now.due || retry !== now.retry || mask !== now.mask) remeasure(copy, due, retry, mask, now)
  return copy
}

/** Whether the whole way to an index may be changed in place. */
const isOwned = <T>({ depth, root }: Trie<T>, index: number, owner: object): boolean => {
  let node = root
  for (let shift = (depth - 1) * BITS; ; shift -= BITS) {
    if (node.owner !== owner) return false
    if (shift === 0) return true
    const next = node.items[(index >>> shift) & (WIDTH - 1)]
    if (next === undefined) return false
    node = next as Inner<T>
  }
}

/** Sets an item where the whole way to it may be changed in place, and measures that again as far up as anything changes. */
const setOwned = <T>(node: Inner<T>, shift: number, index: number, item: T, was: Measured | undefined): void => {
  const at = (index >>> shift) & (WIDTH - 1)
  const before = (shift === 0 && was !== undefined ? was : node.items[at]) as Measured | undefined
  const due = before?.due
  const retry = before?.retry
  const mask = before === undefined ? 0 : before.mask
  if (shift === 0) node.items[at] = item
  else setOwned(before as Inner<T>, shift - BITS, index, item, was)
  const after = (shift === 0 ? item : before) as Measured
  if (due !== after.due || retry !== after.retry || mask !== after.mask) remeasure(node, due, retry, mask, after)
}

/** The vector with another item at an index, or at the end. One that was changed in place is set again, with what it `was` measured as. */
export const set = <T>(trie: Trie<T>, index: number, item: T, owner: object | undefined, was?: Measured): Trie<T> => {
  let { depth, root } = trie
  if (owner !== undefined && trie.measured && index >>> (depth * BITS) === 0 && isOwned(trie, index, owner)) {
    setOwned(root, (depth - 1) * BITS, index, item, was)
    if (index >= trie.size) trie.size = index + 1
    return trie
  }
  while (index >>> (depth * BITS) !== 0) {
    const { due, mask, retry }: Inner<T> = root
    root = inner(owner, [root])
    root.due = due
    root.retry = retry
    root.mask = mask
    depth++
  }
  const next = setIn(root, (depth - 1) * BITS, index, item, owner, trie.measured, was)
  // Whoever may change the root in place has made the vector around it too.
  if (next === trie.root) {
    if (index >= trie.size) trie.size = index + 1
    return trie
  }
  return { size: Math.max(trie.size, index + 1), depth, measured: trie.measured, root: next }
}

/** Adds to the number at an index, 0 where there is none. Where the way to it may be changed in place, that is all that is done. */
export const add = (trie: Trie<number>, index: number, by: number, owner: object | undefined): Trie<number> => {
  if (owner === undefined || index >= trie.size) return set(trie, index, (get(trie, index) ?? 0) + by, owner)
  let node = trie.root
  for (let shift = (trie.depth - 1) * BITS; ; shift -= BITS) {
    const at = (index >>> shift) & (WIDTH - 1)
    const item = node.items[at]
    if (node.owner !== owner || item === undefined) return set(trie, index, (get(trie, index) ?? 0) + by, owner)
    if (typeof item === "number") {
      node.items[at] = item + by
      return trie
    }
    node = item
  }
}

/** Looks at all items, in order. */
export const each = <T>({ depth, root }: Trie<T>, look: (item: T, index: number) => unknown): void => {
  const walk = (node: Inner<T>, shift: number, base: number): void => {
    const { items } = node
    for (let i = 0; i < items.length; i++) {
      const item = items[i]
      if (item === undefined) continue
      if (shift === 0) look(item as T, base + i)
      else walk(item as Inner<T>, shift - BITS, base + (i << shift))
    }
  }
  walk(root, (depth - 1) * BITS, 0)
}

/** The first item for which something holds. */
export const find = <T>({ depth, root }: Trie<T>, holds: (item: T) => boolean): T | undefined => {
  const walk = (node: Inner<T>, shift: number): T | undefined => {
    for (const item of node.items) {
      if (item === undefined) continue
      const found = shift === 0 ? (holds(item as T) ? (item as T) : undefined) : walk(item as Inner<T>, shift - BITS)
      if (found !== undefined) return found
    }
    return undefined
  }
  return walk(root, (depth - 1) * BITS)
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

/** A vector's root as that of a deeper one: what it holds is the first part, and that one's. */
const deepened = <T>({ depth, root }: Trie<T>, to: number): Inner<T> => {
  let top = root
  for (let level = depth; level < to; level++) top = inner<T>(undefined, [top])
  return top
}

/** The indexes at which two vectors hold different items; what they share is not looked at. */
export const changes = <T>(before: Trie<T>, after: Trie<T>): ReadonlyArray<number> => {
  const found: Array<number> = []
  const walk = (a: Inner<T> | undefined, b: Inner<T> | undefined, shift: number, base: number): void => {
    const width = Math.max(a?.items.length ?? 0, b?.items.length ?? 0)
    for (let i = 0; i < width; i++) {
      const [was, is] = [a?.items[i], b?.items[i]]
      if (was === is) continue
      if (shift === 0) found.push(base + i)
      else walk(was as Inner<T> | undefined, is as Inner<T> | undefined, shift - BITS, base + (i << shift))
    }
  }
  const depth = Math.max(before.depth, after.depth)
  walk(deepened(before, depth), deepened(after, depth), (depth - 1) * BITS, 0)
  return found
}
