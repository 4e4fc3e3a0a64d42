/** What happens while a thread is moved: what is known and counted meanwhile, where it is, and what happens to it next. */
import { Codec, type Node } from "@waymark/core"
import type { Items } from "../../Progress.ts"
import type * as Site from "./site.ts"
import { measure, type ForkLeaf, type Leaf, type OpenChild, type Parts, type Then, type Thread } from "./thread.ts"
import * as Trie from "./trie.ts"

/** What a run of `advance` knows and counts besides the thread it moves. */
export interface Turn {
  /** The instant of the event that caused it: timers start from it. */
  at: number
  /** May the counters be changed in place? */
  readonly owner: object | undefined
  readonly info: Info
  readonly watch: Watch | undefined
  /** The version of the definition: its marks carry it. */
  readonly version: number
  /** Moves a thread on: `advance`, for the modules that it is made of. */
  readonly advance: (turn: Turn, start: Cursor, first: Move) => Thread
  /** Completions by the counters of sites. */
  trail: Trie.Trie<number>
  /** What else is remembered of sites, by the same counters. */
  remarks: Trie.Trie<Remark>
  /** Children that run on their own, the oldest first. */
  children: ReadonlyArray<OpenChild>
  /** How many steps were completed that can be undone: the order of the next one. */
  orders: number
  /** Where it is, for the error should a user's function throw. */
  path: string
  site: Site.Site
}

/** What is remembered of a site besides how often it was completed: for pictures, nothing depends on it. */
export interface Remark {
  /** The tag of its last typed failure. */
  readonly error?: string
  /** How far its items had come when it was left last. */
  readonly items?: Items
}

/** Whoever wants to know what happens where, also in what functions have made: a position only counts that at the functions. */
export interface Watch {
  /** A function has made something: a `flatMap`, or a `gen` once more. */
  readonly decided: (inner: Site.Site) => void
  readonly counted: (site: Site.Site, by: number) => void
  readonly failed: (site: Site.Site, tag: string | undefined) => void
}

/** What pure code may know of the execution it is part of. */
export type Info = Parameters<Node.Pure["f"]>[1]

/**
 * A thread on its way: where it is and what is still to come. It is the object that the thread will be once it rests at a leaf: every
 * event moves one, and whoever moved it lets go of it there.
 */
export type Cursor = { -readonly [K in keyof Omit<Thread, "leaf">]: Thread[K] } & { leaf: Leaf | undefined }

/** What happens next to a cursor. */
export type Move =
  | { readonly _tag: "Enter"; readonly site: Site.Site; readonly state: unknown }
  /** What it came from ended so. */
  | Then
  | { readonly _tag: "Fork"; readonly site: Site.Site; readonly node: ForkLeaf["node"]; readonly state: unknown }
  | { readonly _tag: "Rest"; readonly leaf: Leaf }

/** A cursor that goes on from where a thread is. */
export const cursorOf = ({ armed, cut, nested, ordinal, path, stack, undos }: Omit<Parts, "leaf">): Cursor => ({
  path,
  ordinal,
  leaf: undefined,
  stack,
  armed,
  undos,
  cut,
  nested,
  due: Infinity,
  mask: 0
})

/** A cursor with nothing around it, as a thread begins. */
export const cursorAt = (path: string, nested: boolean, ordinal = 0): Cursor => ({
  path,
  ordinal,
  leaf: undefined,
  stack: undefined,
  armed: undefined,
  undos: undefined,
  cut: undefined,
  nested,
  due: Infinity,
  mask: 0
})

/** The thread that a cursor has become. */
export const rest = (cursor: Cursor, leaf: Leaf): Thread => {
  cursor.leaf = leaf
  return measure(cursor as Thread)
}

/** Completions are counted in the low part of a counter, failures in steps of this. */
export const FAILURE = 2 ** 32

const count = (turn: Turn, site: Site.Site, by: number): void => {
  turn.trail = Trie.add(turn.trail, site.counter, by, turn.owner)
  turn.watch?.counted(site, by)
}

/** Counts the completion of a step. */
export const completed = (turn: Turn, site: Site.Site): void => count(turn, site, 1)
/** What every store can hold. */
const kept = (tag: string | undefined): string | undefined =>
  tag === undefined || /[\0\p{Surrogate}]/u.test(tag) ? undefined : tag

/** Counts a typed failure of a step. */
export const failed = (turn: Turn, site: Site.Site, error: unknown): void => {
  count(turn, site, FAILURE)
  const tag = kept(Codec.tagOf(error))
  turn.watch?.failed(site, tag)
  const known = Trie.get(turn.remarks, site.counter)
  if (known?.error === tag) return
  const { error: _, ...others } = known ?? {}
  remark(turn, site, tag === undefined ? others : { ...others, error: tag })
}

const remark = (turn: Turn, site: Site.Site, what: Remark): void => {
  turn.remarks = Trie.set(turn.remarks, site.counter, what, turn.owner)
}

/** Remembers how far the items of a fork had come. What a function has made has no place of its own to remember that at. */
export const leftWith = (turn: Turn, site: Site.Site, items: Items): void => {
  if (site.origin === site) remark(turn, site, { ...Trie.get(turn.remarks, site.counter), items })
}

/** Counts another round of a loop, a way to another state of a machine, or the completion of what can be undone. */
export const turned = (turn: Turn, site: Site.Site): void => {
  if (site.origin === site) count(turn, site, 1)
  else turn.watch?.counted(site, 1)
}

/** Counts that what can be undone was: in the place of failures, which it has none of its own. */
export const undone = (turn: Turn, site: Site.Site): void => {
  if (site.origin === site) count(turn, site, FAILURE)
  else turn.watch?.counted(site, FAILURE)
}
