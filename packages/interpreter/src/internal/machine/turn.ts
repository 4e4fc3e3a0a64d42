/** What happens while a thread is moved: what is known and counted meanwhile, where it is, and what happens to it next. */
import { Codec, type Node } from "@waymark/core"
import type { Items } from "../../Progress.ts"
import type * as Site from "./site.ts"
import { measure, type ForkLeaf, type Leaf, type OpenChild, type Parts, type Thread } from "./thread.ts"
import * as Trie from "./trie.ts"

/** What a run of `advance` knows and counts besides the thread it moves. */
export interface Turn {
  /** The instant of the event that caused it: timers start from it. */
  at: number
  /** The token of what may be changed in place: what this very call has made, and nobody else has seen. */
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

/** What happens next to a cursor: it enters a part or the branches of a fork, goes on with what a part has come to, or rests at a leaf. */
export type Move =
  | { readonly _tag: "Enter"; readonly site: Site.Site; readonly state: unknown }
  | { readonly _tag: "Split"; readonly site: Site.Site; readonly node: ForkLeaf["node"]; readonly state: unknown }
  | Leaf

/** Is it what a part has come to? */
export const isThen = ({ _tag }: Move): boolean =>
  _tag === "Done" || _tag === "Failed" || _tag === "Cut" || _tag === "Continue"

/** A cursor that goes on from where a thread is, which stays as it is. */
export const cursorOf = (
  { owner }: Turn,
  { armed, cut, nested, ordinal, path, stack, undos }: Omit<Parts, "leaf">
): Cursor => ({
  path,
  ordinal,
  leaf: undefined,
  stack,
  armed,
  undos,
  cut,
  nested,
  owner,
  due: undefined,
  retry: undefined,
  mask: 0
})

/** Whether a turn has made a thread, so that nobody else has seen it. */
export const isOwn = ({ owner }: Turn, thread: Thread): boolean => owner !== undefined && thread.owner === owner

/** A cursor that takes a thread on: the thread itself, where the turn has made it. */
export const takeOn = (turn: Turn, thread: Thread): Cursor => (isOwn(turn, thread) ? thread : cursorOf(turn, thread))

/** A cursor with nothing around it, as a thread begins. */
export const cursorAt = ({ owner }: Turn, path: string, nested: boolean, ordinal = 0): Cursor => ({
  path,
  ordinal,
  leaf: undefined,
  stack: undefined,
  armed: undefined,
  undos: undefined,
  cut: undefined,
  nested,
  owner,
  due: undefined,
  retry: undefined,
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
