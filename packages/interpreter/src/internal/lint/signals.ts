/**
 * Rule `ambiguous-signal`: parts that may wait for one signal at the same time, where no key tells them apart.
 *
 * A sender best names one waiting part by one key of a fork around it, `{ to: key }`. So of the keys around a part, one should be
 * its own; a trigger and the part that it interrupts share all of them. Longer addresses always tell, but are no name to give to people.
 */
import { triggerOf, words, type Place } from "./places.ts"
import type { Say } from "./report.ts"

/** A branch, or an item: the key that a sender may give, or the `forEach` that makes one for each item. */
interface Branch {
  readonly fork: Place
  readonly key: string | Place
  readonly up: Branch | undefined
  readonly depth: number
}

interface Waiter {
  readonly place: Place
  readonly branch: Branch | undefined
}

/** How many forks around a part are looked at, and how many neighbours with the same key. Nobody has more of them. */
const NEAR = 32

/** Whether several items of a `forEach` are live at once. */
const isMany = ({ node }: Place): boolean => node._tag === "ForEach" && node.concurrency > 1

const branchOf = (place: Place, up: Branch | undefined): Branch | undefined => {
  const { parent } = place
  if (parent === undefined) return undefined
  const depth = (up?.depth ?? 0) + 1
  if (parent.node._tag === "ForEach") return { fork: parent, key: parent, up, depth }
  if (parent.node._tag !== "Parallel" && parent.node._tag !== "Race") return up
  const { key } = parent.node.branches[place.position] as { readonly key: string }
  return { fork: parent, key, up, depth }
}

/** The parts that wait for each signal, in order. */
const waitersOf = (places: ReadonlyArray<Place>): ReadonlyMap<string, ReadonlyArray<Waiter>> => {
  const waiters = new Map<string, Array<Waiter>>()
  const branches: Array<Branch | undefined> = []
  for (const place of places) {
    const { index, node, parent } = place
    const branch = parent === undefined ? undefined : branchOf(place, branches[parent.index])
    branches[index] = branch
    if (node._tag !== "HandleSignal") continue
    const known = waiters.get(node.name)
    if (known === undefined) waiters.set(node.name, [{ place, branch }])
    else known.push({ place, branch })
  }
  return waiters
}

/** The position of the first waiter from an index on. */
const position = (waiters: ReadonlyArray<Waiter>, index: number): number => {
  let [low, high] = [0, waiters.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((waiters[middle] as Waiter).place.index < index) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether two parts stand in different branches of one fork. */
const areBeside = (a: Branch | undefined, b: Branch | undefined): boolean => {
  let [one, two] = [a, b]
  while (one !== undefined && one.depth > (two?.depth ?? 0)) one = one.up
  while (two !== undefined && two.depth > (one?.depth ?? 0)) two = two.up
  while (one !== two && one?.up !== two?.up) [one, two] = [one?.up, two?.up]
  return one !== two && one?.fork === two?.fork
}

const around = (branch: Branch | undefined): ReadonlyArray<Branch> => {
  const found: Array<Branch> = []
  for (let at = branch; at !== undefined && found.length < NEAR; at = at.up) found.push(at)
  return found
}

/** The waiters that have a key around them, for each key. */
const byKey = (waiters: ReadonlyArray<Waiter>): ReadonlyMap<Branch["key"], ReadonlyArray<Waiter>> => {
  const found = new Map<Branch["key"], Array<Waiter>>()
  for (const waiter of waiters) {
    for (const { key } of around(waiter.branch)) {
      const known = found.get(key)
      if (known === undefined) found.set(key, [waiter])
      else if (known.at(-1) !== waiter) known.push(waiter)
    }
  }
  return found
}

/** Another part that is live beside this one and has the same key, looked for among the next of them. */
const rival = (waiter: Waiter, alike: ReadonlyArray<Waiter>): Waiter | undefined => {
  const at = position(alike, waiter.place.index)
  for (let far = 1; far <= NEAR; far++) {
    for (const other of [alike[at - far], alike[at + far]]) {
      if (other !== undefined && areBeside(waiter.branch, other.branch)) return other
    }
  }
  return undefined
}

/** Those that share every key of a part; `undefined` where one key is its own. */
const rivals = (waiter: Waiter, keys: ReadonlyMap<Branch["key"], ReadonlyArray<Waiter>>): Set<Place> | undefined => {
  const found = new Set<Place>()
  const branches = around(waiter.branch)
  // Below this many forks is a `forEach`: its other items have all keys that are further in or further out.
  const items = branches.findIndex(({ fork }) => isMany(fork))
  if (branches.length === 0 || branches.at(-1)?.up !== undefined) return undefined
  for (const [depth, { key }] of branches.entries()) {
    const isShared = items !== -1 && (typeof key === "string" || depth > items)
    const other = rival(waiter, keys.get(key) ?? [])
    if (other !== undefined) found.add(other.place)
    else if (!isShared) return undefined
  }
  return found
}

export const signals = (places: ReadonlyArray<Place>, say: Say): void => {
  const waiters = waitersOf(places)
  for (const interruptWith of places) {
    if (interruptWith.node._tag !== "InterruptWith") continue
    const trigger = triggerOf(interruptWith)
    if (trigger.node._tag !== "HandleSignal") continue
    const all = waiters.get(trigger.node.name) ?? []
    const body = interruptWith.parts[0] as Place
    const inside = all[position(all, body.index)]?.place
    if (inside === undefined || inside.index >= body.end) continue
    const message = `the signal "${trigger.node.name}" interrupts a part that waits for it as well, at ${words(inside)}: while both wait, no key says which is meant. Define a signal of its own for one of them.`
    say("ambiguous-signal", "warning", trigger, message, inside)
  }
  for (const [name, all] of waiters) {
    if (all.length < 2) continue
    const keys = byKey(all)
    for (const waiter of all) {
      const found = rivals(waiter, keys)
      if (found === undefined) continue
      const others = [...found]
      const shown = (waiter.branch as Branch).key
      const key = typeof shown === "string" ? `, "${shown}" for one,` : ""
      const message = `the signal "${name}" is waited for at ${others.map(words).join(" and ")} too, and each key around this part${key} is around another one as well: while they wait, no key alone names this one. Give its branch a key that no other has, or have senders give several: { to: "outer/inner" }.`
      say("ambiguous-signal", "warning", waiter.place, message, ...others)
    }
  }
}
