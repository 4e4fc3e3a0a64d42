/** `Node.fold` and `Node.children`: how every reading of a workflow walks it. */
import * as fc from "fast-check"
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { Node, Query, WIO } from "@waymark/core"
import { build, nameless, sequence, step, uniform } from "./support/samples.ts"

type Any = WIO.WIO<unknown, unknown>

const none = () => undefined as never
const all = build({ state: none, effect: none, predicate: none, length: none })

const size = uniform<number>((_, parts) => parts.reduce((sum, { value }) => sum + value, 1))

describe("Node.fold", () => {
  it("visits every part once, its parts before it, and gives each its own address", () => {
    const visited: Array<string> = []
    const inner = WIO.parallel({ left: step("l"), right: WIO.andThen(step("r"), nameless) }) as unknown as Any
    const body = inner.pipe(WIO.interruptWith(WIO.andThen(step("late"), nameless)))
    Node.fold(
      Node.of(WIO.andThen(step("first"), body)),
      uniform<void>((node, _, at) => {
        visited.push(`${at || "(root)"}: ${node._tag}`)
      })
    )
    expect(visited).toEqual([
      "first: Await",
      "first>InterruptWith/body/branch left: Await",
      "first>InterruptWith/body/branch right/r: Await",
      "first>InterruptWith/body/branch right/r>Pure: Pure",
      "first>InterruptWith/body/branch right: AndThen",
      "first>InterruptWith/body: Parallel",
      "first>InterruptWith/interruption/late: Await",
      "first>InterruptWith/interruption/late>Pure: Pure",
      "first>InterruptWith/interruption: AndThen",
      "first>InterruptWith: InterruptWith",
      "(root): AndThen"
    ])
  })

  it("comes past every part of the nodes that hold others", () => {
    const visited: Array<string> = []
    const undone = step("charge").pipe(WIO.compensateWith(step("refund")), WIO.saga)
    const told = undone.pipe(WIO.onCancel(step("tell")), WIO.uncancellable)
    const each = WIO.forEach("each", { items: () => [], key: String, body: told })
    const fastest = WIO.race({ each, late: step("late") }, { fork: (_: unknown) => ({ each: 1, late: 2 }) })
    const machine = WIO.machine("m", { initial: "a", states: { a: fastest, "b/c": step("b") } })
    const changed = WIO.version("v", { before: step("old"), after: machine })
    Node.fold(
      Node.of(WIO.embed(changed, { in: (s: unknown) => s, out: (s) => s })),
      uniform<void>((node, _, at) => void visited.push(`${at || "(root)"}: ${node._tag}`))
    )
    const fork = "body/after/state a"
    const saga = `${fork}/branch each/body/body/body`
    expect(visited).toEqual([
      "body/before: Await",
      `${saga}/body/body: Await`,
      `${saga}/body/undo: Await`,
      `${saga}/body: Compensate`,
      `${saga}: Saga`,
      `${fork}/branch each/body/body/handler: Await`,
      `${fork}/branch each/body/body: OnCancel`,
      `${fork}/branch each/body: Uncancellable`,
      `${fork}/branch each: ForEach`,
      `${fork}/branch late: Await`,
      `${fork}: Race`,
      "body/after/state b~1c: Await",
      "body/after: Machine",
      "body: Version",
      "(root): Embed"
    ])
  })

  it("gives a handler what became of its parts, under their slots", () => {
    const body = WIO.branch("b", { yes: { when: () => true, then: step("y") } }, step("n"))
    const seen = Node.fold<unknown>(
      Node.of(body),
      uniform((node, parts) =>
        parts.length === 0 ? Node.nameOf(node) : parts.map(({ node: part, slot, value }) => [slot, part._tag, value])
      )
    )
    expect(seen).toEqual([
      ["case yes", "Await", "y"],
      ["otherwise", "Await", "n"]
    ])
  })

  it("calls the handler of the node's own kind, for every kind", () => {
    const algebra = Object.fromEntries(
      Object.keys(all).map((tag) => [tag, () => tag])
    ) as unknown as Node.Algebra<string>
    for (const wio of Object.values(all)) {
      const node = Node.of(wio)
      expect(Node.fold(node, algebra)).toBe(node._tag)
    }
  })

  it("visits a node that stands in two places twice, once for each", () => {
    const twice = step("again")
    const visited: Array<string> = []
    Node.fold(
      Node.of(WIO.andThen(twice, twice)),
      uniform<void>((_, __, at) => void visited.push(at))
    )
    expect(visited).toEqual(["again", "again~02", ""])
  })

  const depth = 100_000
  const query = Query.make("q", { reply: Schema.Unknown })
  const times = (n: number, start: Any, wrap: (inner: Any) => WIO.Any): Node.Node => {
    let wio = start
    for (let i = 0; i < n; i++) wio = wrap(wio) as Any
    return Node.of(wio)
  }
  const leaf = nameless
  const deep: Readonly<Record<string, readonly [expected: number, make: () => Node.Node]>> = {
    "sequences nested to the left": [depth + 2, () => times(depth, leaf, (inner) => WIO.andThen(inner, leaf))],
    "sequences nested to the right": [depth + 2, () => times(depth, leaf, (inner) => WIO.andThen(leaf, inner))],
    catches: [2 * depth + 1, () => times(depth, leaf, WIO.catch(leaf))],
    "catches in handlers": [2 * depth + 1, () => times(depth, leaf, (inner) => leaf.pipe(WIO.catch(inner)))],
    interruptions: [2 * depth + 1, () => times(depth, leaf, WIO.interruptWith(step("t")))],
    queries: [
      depth + 1,
      () =>
        times(
          depth,
          leaf,
          WIO.query(query, (s) => s)
        )
    ],
    parallels: [2 * depth + 1, () => times(depth, leaf, (inner) => WIO.parallel({ left: inner, right: leaf }))],
    loops: [depth + 1, () => times(depth, leaf, (inner) => WIO.loop("l", inner, { while: () => false }))],
    branches: [
      2 * depth + 1,
      () => times(depth, leaf, (inner) => WIO.branch("b", { a: { when: () => true, then: inner } }, leaf))
    ],
    sagas: [depth + 1, () => times(depth, leaf, WIO.saga)],
    "what is not cancelled": [depth + 1, () => times(depth, leaf, WIO.uncancellable)],
    compensations: [2 * depth + 1, () => times(depth, leaf, WIO.compensateWith(leaf))],
    "handlers of cancellation": [2 * depth + 1, () => times(depth, leaf, (inner) => leaf.pipe(WIO.onCancel(inner)))],
    races: [2 * depth + 1, () => times(depth, leaf, (inner) => WIO.race({ left: inner, right: leaf }))],
    machines: [
      2 * depth + 1,
      () => times(depth, leaf, (a) => WIO.machine("m", { initial: "a", states: { a, b: leaf } }))
    ],
    versions: [2 * depth + 1, () => times(depth, leaf, (after) => WIO.version("v", { before: leaf, after }))],
    embeddings: [
      depth + 1,
      () => times(depth, leaf, (inner) => WIO.embed(inner, { in: (s: unknown) => s, out: (s) => s }))
    ],
    forEachs: [depth + 1, () => times(depth, leaf, (body) => WIO.forEach("f", { items: () => [], key: String, body }))],
    matches: [depth + 1, () => times(depth, leaf, (inner) => WIO.match("m", { A: inner }))]
  }
  for (const [what, [expected, make]] of Object.entries(deep)) {
    it(`needs no call stack: ${what}, 100,000 deep`, () => {
      expect(Node.fold(make(), size)).toBe(expected)
    })
  }
})

/** Where the items of a sequence are cut in two, again and again: every way to nest it. */
const nestings = fc.infiniteStream(fc.nat())

const nest = (parts: ReadonlyArray<Any>, cuts: Iterator<number>): Any => {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const cut = 1 + ((cuts.next().value as number) % (parts.length - 1))
  return WIO.andThen(nest(parts.slice(0, cut), cuts), nest(parts.slice(cut), cuts))
}

describe("a sequence", () => {
  const items = fc.array(
    fc.oneof(
      fc.string({ minLength: 1 }).map(step),
      fc.constant(nameless),
      fc.constant(nameless.pipe(WIO.catch(nameless)))
    ),
    { minLength: 2, maxLength: 12 }
  )

  it("has the same parts in the same slots, however its andThens are nested", () => {
    fc.assert(
      fc.property(items, nestings, (parts, cuts) => {
        const children = Node.children(Node.of(nest(parts, cuts[Symbol.iterator]())))
        expect(children).toEqual(Node.children(sequence(parts)))
        expect(children.map(({ node }) => node)).toEqual(parts)
      })
    )
  })

  it("has the same parts piped and data-first", () => {
    const piped = step("a").pipe(WIO.andThen(nameless), WIO.andThen(step("b")))
    const first = WIO.andThen(WIO.andThen(step("a"), nameless), step("b"))
    expect(Node.children(Node.of(piped)).map(({ slot }) => slot)).toEqual(["a", "a>Pure", "b"])
    expect(Node.children(Node.of(first)).map(({ slot }) => slot)).toEqual(["a", "a>Pure", "b"])
  })

  it("takes in what map and flatMap add to it", () => {
    const body = step("a").pipe(
      WIO.map((s) => s, { name: "b" }),
      WIO.flatMap(() => nameless)
    )
    expect(Node.items(Node.of(body)).map(({ _tag }) => _tag)).toEqual(["Await", "Pure", "FlatMap"])
  })

  it("is any other node's own only item", () => {
    expect(Node.items(Node.of(nameless))).toEqual([nameless])
    expect(Node.children(Node.of(nameless))).toEqual([])
  })
})
