/**
 * Who waits for a signal: all of them, or those that an address (`to`) names. Senders and engines ask it for every signal, so an address leads straight
 * down: through the fork that has the key, and into other branches only where there are forks within.
 */
import type { Node } from "@waymark/core"
import { placeOf } from "./keys.ts"
import * as Nodes from "../nodes.ts"
import * as Path from "./path.ts"
import { FORK, signalBit, type Thread } from "./thread.ts"
import * as Trie from "./trie.ts"
import * as Walk from "./walk.ts"

/** Branch keys, each of a fork within the branch before. */
type Keys = ReadonlyArray<string>

interface Visit {
  readonly thread: Thread
  /** The keys that would lead to what is named, on from here. */
  readonly wanted: ReadonlyArray<Keys>
}

/** Whether one of the first keys may be that of a fork within a body. */
const mayHold = (body: Node.Node, anywhere: ReadonlyArray<Keys>): boolean => {
  const keys = Nodes.keysIn(body)
  return keys === undefined || anywhere.some(([first]) => first !== undefined && keys.has(first))
}

/** The branches of a fork that may hold what is named, and what is wanted there, the last one first. */
const onward = (
  thread: Thread,
  wanted: ReadonlyArray<Keys>,
  anywhere: ReadonlyArray<Keys>,
  bit: number
): ReadonlyArray<Visit> => {
  const { leaf } = thread
  if (leaf._tag !== "Fork") return []
  const branches = new Map<number, Visit>()
  const holdsForks = ({ mask }: Trie.Measured): boolean => (mask & bit) !== 0 && (mask & FORK) !== 0
  const { node } = leaf
  // All items have one body: where its forks have none of the keys, nobody looks at 10,000 of them.
  if (node._tag !== "ForEach" || mayHold(node.body, anywhere)) {
    for (const [index, branch] of Trie.entries(leaf.threads, holdsForks)) {
      branches.set(index, { thread: branch, wanted: anywhere })
    }
  }
  for (const [key, ...rest] of wanted) {
    const index = key === undefined ? undefined : placeOf(leaf.keys, key)
    const branch = index === undefined ? undefined : Trie.get(leaf.threads, index)
    if (index === undefined || branch === undefined) continue
    branches.set(index, { thread: branch, wanted: [...(branches.get(index)?.wanted ?? anywhere), rest] })
  }
  return Array.from(branches)
    .sort(([a], [b]) => b - a)
    .map(([, visit]) => visit)
}

/** The threads that keys lead to, wherever the first of them stands: all that is below waits there. */
const byKeys = (root: Thread, anywhere: ReadonlyArray<Keys>, bit: number): ReadonlyArray<Thread> => {
  const found: Array<Thread> = []
  const open: Array<Visit> = [{ thread: root, wanted: anywhere }]
  for (let visit = open.pop(); visit !== undefined; visit = open.pop()) {
    const { thread, wanted } = visit
    if ((thread.mask & bit) === 0) continue
    if (wanted.some(({ length }) => length === 0)) found.push(thread)
    else for (const next of onward(thread, wanted, anywhere, bit)) open.push(next)
  }
  return found
}

/** The identity that a text is, as `Pending.key` writes it. */
const identityOf = (text: string): { readonly path: string; readonly ordinal: number } | undefined => {
  const hash = text.lastIndexOf("#")
  const ordinal = hash === -1 ? undefined : Path.ordinalIn(text, hash + 1, text.length)
  return ordinal === undefined ? undefined : { path: text.slice(0, hash), ordinal }
}

/** What stands at a path: of a trigger that alone, else all that waits at the thread and below it. */
function* byPath(root: Thread, path: string, keep: (part: Trie.Measured) => boolean): Generator<Walk.Waiting> {
  const located = path === "" ? undefined : Walk.locate(root, path)
  if (located === undefined) return
  if (located.interruption === undefined) return yield* Walk.steps(located.thread, keep)
  for (const waiting of Walk.stepsOf(located.thread)) if (waiting.path === path) yield waiting
}

/** The steps that wait for a signal: all of them, or those that an address names. */
export const waiters = (root: Thread, name: string, to: string | undefined): ReadonlyArray<Walk.Waiting> => {
  const bit = signalBit(name)
  const keep = ({ mask }: Trie.Measured): boolean => (mask & bit) !== 0
  const isOne = ({ leaf }: Walk.Reached): boolean => leaf._tag === "Signal" && leaf.node.name === name
  if (to === undefined) return Array.from(Walk.steps(root, keep)).filter(isOne)
  const identity = identityOf(to)
  const exact = identity === undefined ? undefined : Walk.find(root, identity.path, identity.ordinal)
  if (identity !== undefined && exact !== undefined && isOne(exact)) return [{ ...exact, ...identity }]
  // A key may have a slash in it, and look like a path. Whoever is named in any way counts: choosing one would be guessing.
  const chain = Path.chain(to)
  const threads = byKeys(root, chain.length === 1 && chain[0] === to ? [chain] : [[to], chain], bit)
  const found = new Map<unknown, Walk.Waiting>()
  for (const thread of threads) for (const one of Walk.steps(thread, keep)) if (isOne(one)) found.set(one.leaf, one)
  for (const one of byPath(root, to, keep)) if (isOne(one)) found.set(one.leaf, one)
  return Array.from(found.values())
}

/** An address for each of some waiters: its path where that names no other, else its whole identity. */
export const addresses = (waiters: ReadonlyArray<Walk.Waiting>): ReadonlyArray<string> => {
  // One that is within another follows it.
  const sorted = waiters.map(({ path }) => `${path}/`).sort()
  const isShared = (path: string, index: number): boolean => (sorted[index + 1] ?? "").startsWith(path)
  const shared = new Set(sorted.filter((path, index) => isShared(path, index)))
  return waiters.map(({ ordinal, path }) => (path === "" || shared.has(`${path}/`) ? `${path}#${ordinal}` : path))
}
