/**
 * Names and their places: the branches of a fork, the states of a machine, the cases of a match.
 *
 * A table of numbers, not a `Map`, which is three words and several rehashes for each name: with 10,000 items, that costs more than to enter them.
 */
export interface Keys {
  readonly names: ReadonlyArray<string>
  /** Where a name's hash leads, or else soon after it, its place is found, counted from 1; a third of the table and more is 0. */
  readonly table: Int32Array
  /** Where the next one asked for may stand: events often come in the order of the branches. It only saves a look-up. */
  hint: number
}

/** Another one in each process, so that nobody can choose keys that all lead to one place. Nothing that is seen depends on it. */
const BASE = Math.floor(Math.random() * 2 ** 30) * 2 + 1

const hashOf = (name: string): number => {
  let hash = 0
  for (let index = 0; index < name.length; index++) hash = (Math.imul(hash, BASE) + name.charCodeAt(index)) | 0
  // Stirred: numbered keys would lead to places in a row otherwise, and those behind them would be long looked for.
  const stirred = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return stirred ^ (stirred >>> 13)
}

/** The slot of a name: its own, or the free one that it would have. */
const slotOf = (names: ReadonlyArray<string>, table: Int32Array, name: string): number => {
  const last = table.length - 1
  for (let slot = hashOf(name) & last; ; slot = (slot + 1) & last) {
    const place = table[slot] as number
    if (place === 0 || names[place - 1] === name) return slot
  }
}

/** The keys of names; `twice` is told of one that is there again. */
export const of = (names: ReadonlyArray<string>, twice?: (first: number, second: number) => never): Keys => {
  const table = new Int32Array(2 ** Math.ceil(Math.log2(1.5 * names.length + 1)))
  for (let place = 0; place < names.length; place++) {
    const slot = slotOf(names, table, names[place] as string)
    const taken = table[slot] as number
    if (taken === 0) table[slot] = place + 1
    else twice?.(taken - 1, place)
  }
  return { names, table, hint: 0 }
}

/** The place of a name. */
export const placeOf = ({ names, table }: Keys, name: string): number | undefined => {
  const place = table[slotOf(names, table, name)] as number
  return place === 0 ? undefined : place - 1
}

/** After one branch, the next is the one to be expected. */
export const expectAfter = (keys: Keys, branch: number): void => {
  keys.hint = branch + 1 < keys.names.length ? branch + 1 : 0
}

/** Which branch a key stands for. */
export const branchOf = (keys: Keys, key: string): number | undefined => {
  const found = keys.names[keys.hint] === key ? keys.hint : placeOf(keys, key)
  if (found !== undefined) expectAfter(keys, found)
  return found
}
