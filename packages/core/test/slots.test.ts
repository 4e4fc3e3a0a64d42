/** Where a part stands is made of names, so that a change moves as little as can be. */
import * as fc from "fast-check"
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { Node, Signal, WIO, Workflow } from "@waymark/core"
import { nameless, sequence, step, uniform } from "./support/samples.ts"

type Any = WIO.WIO<unknown, unknown>

/** Names that are made of what slots and addresses give a meaning to. */
const hostile = fc.oneof(
  fc.constantFrom(
    "a",
    "b",
    "a~2",
    "a~02",
    "a~1",
    "~1",
    "~0",
    "~",
    "~~",
    "a/b",
    "/",
    ">",
    "a>Pure",
    "~>Pure",
    "a~2>Pure",
    "body",
    " "
  ),
  fc.string({ minLength: 1, unit: fc.constantFrom("a", "~", "/", ">", "2", "0", "1") }),
  fc.string({ minLength: 1 })
)
const name = fc.oneof(fc.constantFrom("a", "b", "c"), hostile)
/** An item of a sequence: a named step, or one of two kinds without a name. */
const item = fc.oneof(name, fc.constant(undefined), fc.constant(null))
type Item = string | undefined | null

const nodeOf = (given: Item): Any =>
  given === undefined ? nameless : given === null ? nameless.pipe(WIO.catch(nameless)) : step(given)
const slots = (items: ReadonlyArray<Item>): ReadonlyArray<string> =>
  items.length === 1 ? [""] : Node.children(sequence(items.map(nodeOf))).map(({ slot }) => slot)

describe("the slots of a sequence", () => {
  it("are the names, with a mark for the second of a name and for what has none", () => {
    expect(slots([undefined, "a", undefined, undefined, null, "b", "a", undefined, "a"])).toEqual([
      ">Pure",
      "a",
      "a>Pure",
      "a>Pure~2",
      "a>Catch",
      "b",
      "a~2",
      "a~2>Pure",
      "a~3"
    ])
  })

  it("are all different, whatever the names", () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 2, maxLength: 30 }), (items) => {
        expect(new Set(slots(items)).size).toBe(items.length)
      }),
      { numRuns: 1000 }
    )
  })

  it("stay where they are when a step with a new name is put in: only nameless parts right behind it move", () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 2, maxLength: 20 }), fc.nat(), name, (items, place, fresh) => {
        fc.pre(!items.includes(fresh))
        const at = place % (items.length + 1)
        const before = slots(items)
        const { [at]: inserted, ...others } = slots([...items.slice(0, at), fresh, ...items.slice(at)])
        const after = Object.values(others)
        expect(inserted).toBe(slots([fresh, "unrelated"])[0])
        const nextName = items.findIndex((given, index) => index >= at && typeof given === "string")
        const end = nextName === -1 ? items.length : nextName
        expect(after.slice(0, at)).toEqual(before.slice(0, at))
        expect(after.slice(end)).toEqual(before.slice(end))
      }),
      { numRuns: 1000 }
    )
  })

  it("count on only for the same name: a second one leaves the first where it was", () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 2, maxLength: 20 }), fc.nat(), fc.nat(), (items, place, which) => {
        const names = items.filter((given) => typeof given === "string")
        fc.pre(names.length > 0)
        const again = names[which % names.length]
        const at = place % (items.length + 1)
        const after = slots([...items.slice(0, at), again, ...items.slice(at)]).filter((_, index) => index !== at)
        const stays = (_: string, index: number) => {
          const given = items[index]
          return index < at || (typeof given === "string" && given !== again)
        }
        expect(after.filter(stays)).toEqual(slots(items).filter(stays))
      })
    )
  })

  it("of what a node wraps say which part it is", () => {
    const slotsOf = (wio: WIO.Any) => Node.children(Node.of(wio)).map(({ slot }) => slot)
    const road = { when: () => true, then: nameless }
    expect(slotsOf(WIO.branch("b", { otherwise: road, "": road }, nameless))).toEqual([
      "case otherwise",
      "case ",
      "otherwise"
    ])
    expect(slotsOf(WIO.match("m", { A: nameless, B: nameless }))).toEqual(["case A", "case B"])
    expect(slotsOf(WIO.parallel({ left: nameless, "": nameless }))).toEqual(["branch left", "branch "])
    expect(slotsOf(nameless.pipe(WIO.catch(nameless)))).toEqual(["body", "handler"])
    expect(slotsOf(nameless.pipe(WIO.interruptWith(step("t"))))).toEqual(["body", "interruption"])
    expect(slotsOf(WIO.loop("l", nameless, { while: () => false }))).toEqual(["body"])
    expect(slotsOf(WIO.race({ fast: nameless, "": nameless }))).toEqual(["branch fast", "branch "])
    expect(slotsOf(nameless.pipe(WIO.raceFirst(nameless)))).toEqual(["branch left", "branch right"])
    expect(slotsOf(WIO.machine("m", { initial: "b", states: { a: nameless, b: nameless, "": nameless } }))).toEqual([
      "state a",
      "state b",
      "state "
    ])
    expect(slotsOf(WIO.version("v", { before: nameless, after: nameless }))).toEqual(["before", "after"])
    expect(slotsOf(nameless.pipe(WIO.compensateWith(nameless)))).toEqual(["body", "undo"])
    expect(slotsOf(nameless.pipe(WIO.onCancel(nameless)))).toEqual(["body", "handler"])
    for (const wrap of [WIO.saga<unknown, unknown, never, never, unknown>, WIO.uncancellable]) {
      expect(slotsOf(wrap(nameless))).toEqual(["body"])
    }
    expect(slotsOf(WIO.forEach("f", { items: () => [], key: String, body: nameless }))).toEqual(["body"])
    expect(slotsOf(WIO.embed(nameless, { in: (s: unknown) => s, out: (s) => s }))).toEqual(["body"])
    // What a child or the receiver of a signal is made of is theirs; of a draft or a generator nobody knows it.
    const workflow = Workflow.make("W", { version: 1, input: Schema.Unknown, state: Schema.Unknown, body: step("w") })
    const leaves = [
      WIO.child(workflow, { input: (s: unknown) => s }),
      WIO.signalTo(workflow, (_: unknown) => "w", Signal.make("s", { payload: Schema.Void }), undefined),
      WIO.continueAsNew((s: unknown) => s),
      WIO.checkpoint("c", { state: Schema.Unknown }),
      WIO.draft<unknown>("d"),
      WIO.gen(function* () {}),
      WIO.info((s: unknown) => s),
      WIO.now<unknown>("n")
    ]
    expect(leaves.map(slotsOf)).toEqual(leaves.map(() => []))
  })
})

/** Workflows of all shapes, their names and keys as hostile as can be. */
const { tree } = fc.letrec<{ tree: Any; leaf: Any; node: Any }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, tie("leaf"), tie("node")),
  leaf: fc.oneof(name.map(step), fc.constant(nameless)),
  node: fc.oneof(
    fc.array(tie("tree"), { minLength: 2, maxLength: 4 }).map((parts) => parts.reduce((a, b) => WIO.andThen(a, b))),
    fc.tuple(tie("tree"), tie("tree")).map(([body, handler]) => body.pipe(WIO.catch(handler))),
    fc.tuple(name, tie("tree")).map(([given, body]) => WIO.loop(given, body, { while: () => false })),
    fc
      .tuple(name, tie("tree"), tie("tree"))
      .map(([given, before, after]) => WIO.version(given, { before, after }).pipe(WIO.compensateWith(before))),
    fc
      .tuple(name, tie("tree"))
      .map(([given, body]) => WIO.forEach(given, { items: () => [], key: String, body }).pipe(WIO.onCancel(body))),
    fc
      .tuple(fc.oneof(fc.constant(""), name), tie("tree"), tie("tree"))
      .filter(([key]) => key !== "__proto__" && key !== "other")
      .map(([key, one, other]) => WIO.machine("m", { initial: "other", states: { [key]: one, other } as never })),
    fc
      .dictionary(fc.oneof(fc.constant(""), name), tie("tree"), { minKeys: 1, maxKeys: 3 })
      .filter((branches) => !Object.hasOwn(branches, "__proto__"))
      .map((branches) => WIO.parallel(branches) as unknown as Any)
  )
}))

describe("an address", () => {
  it("belongs to one node of a workflow and no other", () => {
    fc.assert(
      fc.property(tree, (wio) => {
        const addresses: Array<string> = []
        Node.fold(
          Node.of(wio),
          uniform<void>((_, __, at) => void addresses.push(at))
        )
        expect(new Set(addresses).size).toBe(addresses.length)
        expect(addresses.at(-1)).toBe("")
      }),
      { numRuns: 500 }
    )
  })

  it("tells any two lists of slots apart", () => {
    const path = fc.array(fc.oneof(fc.constant(""), hostile), { maxLength: 4 })
    const addressOf = (list: ReadonlyArray<string>) => list.reduce(Node.address, "")
    fc.assert(
      fc.property(path, path, (one, other) => {
        expect(addressOf(one) === addressOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other))
      }),
      {
        numRuns: 2000,
        examples: [
          [["a", "b"], ["a/b"]],
          [["~1"], ["/"]],
          [[""], []],
          [["", ""], [""]],
          [["~"], [""]]
        ]
      }
    )
  })

  it("shows slots as they are, but for ~, / and nothing at all", () => {
    expect(["charge", "a/b", "a~b", ""].map((slot) => Node.address("", slot))).toEqual(["charge", "a~1b", "a~0b", "~"])
    expect(Node.address("charge", "body")).toBe("charge/body")
  })
})
