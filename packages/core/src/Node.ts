/**
 * The nodes of a workflow as plain data, and the fold that reads them.
 *
 * For whoever writes a reading of their own (a linter, a picture, a diff). `fold` takes one handler for each node, so a
 * new node is a compile error in every reading until it is handled.
 */
import { isWIO } from "./internal/node.ts"
import { flatten } from "./internal/sequence.ts"
import type { AndThen } from "./nodes/AndThen.ts"
import type { AnswerQuery } from "./nodes/AnswerQuery.ts"
import type { Await } from "./nodes/Await.ts"
import type { Branch } from "./nodes/Branch.ts"
import type { Catch } from "./nodes/Catch.ts"
import type { Checkpoint } from "./nodes/Checkpoint.ts"
import type { Child } from "./nodes/Child.ts"
import type { Compensate } from "./nodes/Compensate.ts"
import type { ContinueAsNew } from "./nodes/ContinueAsNew.ts"
import type { Draft } from "./nodes/Draft.ts"
import type { Embed } from "./nodes/Embed.ts"
import type { Fail } from "./nodes/Fail.ts"
import type { FlatMap } from "./nodes/FlatMap.ts"
import type { ForEach } from "./nodes/ForEach.ts"
import type { Gen } from "./nodes/Gen.ts"
import type { HandleSignal } from "./nodes/HandleSignal.ts"
import type { InterruptWith } from "./nodes/InterruptWith.ts"
import type { Loop } from "./nodes/Loop.ts"
import type { Machine } from "./nodes/Machine.ts"
import type { Match } from "./nodes/Match.ts"
import type { OnCancel } from "./nodes/OnCancel.ts"
import type { Parallel } from "./nodes/Parallel.ts"
import type { Pure } from "./nodes/Pure.ts"
import type { Race } from "./nodes/Race.ts"
import type { RunIO } from "./nodes/RunIO.ts"
import type { Saga } from "./nodes/Saga.ts"
import type { SignalTo } from "./nodes/SignalTo.ts"
import type { Uncancellable } from "./nodes/Uncancellable.ts"
import type { Version } from "./nodes/Version.ts"
import type * as WIO from "./WIO.ts"

export type {
  AndThen,
  AnswerQuery,
  Await,
  Branch,
  Catch,
  Checkpoint,
  Child,
  Compensate,
  ContinueAsNew,
  Draft,
  Embed,
  Fail,
  FlatMap,
  ForEach,
  Gen,
  HandleSignal,
  InterruptWith,
  Loop,
  Machine,
  Match,
  OnCancel,
  Parallel,
  Pure,
  Race,
  RunIO,
  Saga,
  SignalTo,
  Uncancellable,
  Version
}

/** Any node of the algebra. */
export type Node =
  | AndThen
  | AnswerQuery
  | Await
  | Branch
  | Catch
  | Checkpoint
  | Child
  | Compensate
  | ContinueAsNew
  | Draft
  | Embed
  | Fail
  | FlatMap
  | ForEach
  | Gen
  | HandleSignal
  | InterruptWith
  | Loop
  | Machine
  | Match
  | OnCancel
  | Parallel
  | Pure
  | Race
  | RunIO
  | Saga
  | SignalTo
  | Uncancellable
  | Version

/** A part of a node: which place of it (`slot`) and the node that stands there. */
export interface Part {
  readonly slot: string
  readonly node: Node
}

/**
 * The node that a `WIO` is: where a reading of a workflow begins.
 *
 * @throws TypeError for a value that is none.
 *
 * @example
 * ```ts
 * import { Node, WIO } from "@waymark/core"
 *
 * export const tag = Node.of(WIO.pure((n: number) => n + 1))._tag // "Pure"
 * ```
 */
export const of = (wio: WIO.Any): Node => {
  if (!isWIO(wio)) throw new TypeError(`Expected a WIO, got ${typeof wio}: build it with the constructors of WIO`)
  return wio as unknown as Node
}

/**
 * The items of a sequence, whichever way its `andThen`s were nested; any other node is its own only item.
 *
 * @example
 * ```ts
 * import { Node, WIO } from "@waymark/core"
 *
 * const wait = WIO.await<number>("wait", { for: "1 hour" })
 * export const two = Node.items(Node.of(wait.pipe(WIO.map((n) => n + 1)))).length // 2
 * ```
 */
export const items: (node: Node) => ReadonlyArray<Node> = flatten

/**
 * The name a node was given, where it has one.
 *
 * @example
 * ```ts
 * import { Node, WIO } from "@waymark/core"
 *
 * export const name = Node.nameOf(Node.of(WIO.await<number>("wait", { for: "1 hour" }))) // "wait"
 * ```
 */
export const nameOf = (node: Node): string | undefined => ("name" in node ? node.name : undefined)

/** A name as part of a slot: a `>` or a `~` of its own is never taken for the marks that `slotsOfSequence` puts in. */
const plain = (name: string): string => name.replaceAll("~", "~~").replaceAll(">", "~>")

const slotsOfSequence = (nodes: ReadonlyArray<Node>): ReadonlyArray<Part> => {
  const taken = new Map<string, number>()
  let last = ""
  return nodes.map((node) => {
    const name = nameOf(node)
    // A nameless item is called after the last named one before it, so that inserting a step renames only neighbours.
    const base = name === undefined ? `${last}>${node._tag}` : plain(name)
    const nth = (taken.get(base) ?? 0) + 1
    taken.set(base, nth)
    const slot = nth === 1 ? base : `${base}~${nth}`
    if (name !== undefined) last = slot
    return { slot, node }
  })
}

const none: ReadonlyArray<Part> = Object.freeze([])

const childrenOf: { readonly [Tag in Node["_tag"]]: (node: Extract<Node, { _tag: Tag }>) => ReadonlyArray<Part> } = {
  AndThen: (node) => slotsOfSequence(flatten(node)),
  AnswerQuery: ({ body }) => [{ slot: "body", node: body }],
  Await: () => none,
  Branch: ({ cases, otherwise }) => [
    ...cases.map(({ label, then }) => ({ slot: `case ${label}`, node: then })),
    { slot: "otherwise", node: otherwise }
  ],
  Catch: ({ body, handler }) => [
    { slot: "body", node: body },
    { slot: "handler", node: handler }
  ],
  Fail: () => none,
  FlatMap: () => none,
  HandleSignal: () => none,
  InterruptWith: ({ body, interruption }) => [
    { slot: "body", node: body },
    { slot: "interruption", node: interruption }
  ],
  Loop: ({ body }) => [{ slot: "body", node: body }],
  Match: ({ cases }) => Object.entries(cases).map(([tag, node]) => ({ slot: `case ${tag}`, node })),
  Parallel: ({ branches }) => branches.map(({ body, key }) => ({ slot: `branch ${key}`, node: body })),
  Pure: () => none,
  RunIO: () => none,

  Checkpoint: () => none,
  Child: () => none,
  Compensate: ({ body, undo }) => [
    { slot: "body", node: body },
    { slot: "undo", node: undo }
  ],
  ContinueAsNew: () => none,
  Draft: () => none,
  Embed: ({ body }) => [{ slot: "body", node: body }],
  ForEach: ({ body }) => [{ slot: "body", node: body }],
  Gen: () => none,
  Machine: ({ states }) => Object.entries(states).map(([name, node]) => ({ slot: `state ${name}`, node })),
  OnCancel: ({ body, handler }) => [
    { slot: "body", node: body },
    { slot: "handler", node: handler }
  ],
  Race: ({ branches }) => branches.map(({ body, key }) => ({ slot: `branch ${key}`, node: body })),
  Saga: ({ body }) => [{ slot: "body", node: body }],
  SignalTo: () => none,
  Uncancellable: ({ body }) => [{ slot: "body", node: body }],
  Version: ({ after, before }) => [
    { slot: "before", node: before },
    { slot: "after", node: after }
  ]
}

/**
 * The parts of a node that are known before it runs. A sequence gives its items, however it was nested; slots are made
 * of names, so that an address stays put when something else is inserted.
 *
 * @example
 * ```ts
 * import { Node, WIO } from "@waymark/core"
 *
 * const wait = WIO.await<number>("wait", { for: "1 hour" })
 * const body = Node.of(wait.pipe(WIO.map((n) => n + 1), WIO.andThen(wait)))
 * export const slots = Node.children(body).map(({ slot }) => slot) // "wait", "wait>Pure", "wait~2"
 * ```
 */
export const children = (node: Node): ReadonlyArray<Part> =>
  (childrenOf[node._tag] as (node: Node) => ReadonlyArray<Part>)(node)

/**
 * The address of a part: the static position of a node in a workflow value. The root's is the empty string.
 *
 * @example
 * ```ts
 * import { Node } from "@waymark/core"
 *
 * export const body = Node.address(Node.address("", "hold funds"), "body") // "hold funds/body"
 * ```
 */
export const address = (parent: string, slot: string): string => {
  // Without a sign of its own, a part with an empty name would stand where its parent does.
  const segment = slot === "" ? "~" : slot.replaceAll("~", "~0").replaceAll("/", "~1")
  return parent === "" ? segment : `${parent}/${segment}`
}

/** What a handler of `fold` is given of each part: where it stands and what the fold made of it. */
export interface Folded<out A> {
  readonly slot: string
  readonly node: Node
  readonly value: A
}

/** One handler for each node: from the node, what its parts became, and its address. */
export type Algebra<A> = {
  readonly [Tag in Node["_tag"]]: (
    node: Extract<Node, { readonly _tag: Tag }>,
    parts: ReadonlyArray<Folded<A>>,
    address: string
  ) => A
}

/**
 * Reads a workflow from its leaves up. It needs no call stack, so depth is no limit. `at` is the address of the root, where that is
 * part of something larger: the workflow of a child, read within that of its parent.
 *
 * @example
 * ```ts
 * import { Node, WIO } from "@waymark/core"
 *
 * const sum = (_: unknown, parts: ReadonlyArray<{ readonly value: number }>) => parts.reduce((n, part) => n + part.value, 1)
 *
 * export const size = (wio: WIO.Any): number =>
 *   Node.fold<number>(Node.of(wio), {
 *     AndThen: sum, AnswerQuery: sum, Await: sum, Branch: sum, Catch: sum, Checkpoint: sum, Child: sum, Compensate: sum,
 *     ContinueAsNew: sum, Draft: sum, Embed: sum, Fail: sum, FlatMap: sum, ForEach: sum, Gen: sum, HandleSignal: sum,
 *     InterruptWith: sum, Loop: sum, Machine: sum, Match: sum, OnCancel: sum, Parallel: sum, Pure: sum, Race: sum,
 *     RunIO: sum, Saga: sum, SignalTo: sum, Uncancellable: sum, Version: sum
 *   })
 * ```
 */
export const fold = <A>(root: Node, algebra: Algebra<A>, at = ""): A => {
  interface Visit {
    readonly node: Node
    readonly slot: string
    readonly address: string
    readonly children: ReadonlyArray<Part>
    readonly parts: Array<Folded<A>>
  }
  const visit = (node: Node, slot: string, at: string): Visit => ({
    node,
    slot,
    address: at,
    children: children(node),
    parts: []
  })
  const stack: Array<Visit> = [visit(root, "", at)]
  for (;;) {
    const top = stack[stack.length - 1] as Visit
    const next = top.children[top.parts.length]
    if (next !== undefined) {
      stack.push(visit(next.node, next.slot, address(top.address, next.slot)))
      continue
    }
    const handler = algebra[top.node._tag] as (node: Node, parts: ReadonlyArray<Folded<A>>, address: string) => A
    const value = handler(top.node, top.parts, top.address)
    stack.pop()
    const parent = stack[stack.length - 1]
    if (parent === undefined) return value
    parent.parts.push({ slot: top.slot, node: top.node, value })
  }
}
