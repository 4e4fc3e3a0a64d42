/** What makes no sense is refused where it is written, with the name of what is wrong. */
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { Node, Query, Signal, WIO, Workflow } from "@waymark/core"
import { nameless, step } from "./support/samples.ts"

const event = Schema.String
const run = (name: string, retry?: WIO.RetryPolicy<never>) =>
  WIO.runIO(name, { event, run: (_: string) => null as never, apply: (s) => s, ...(retry && { retry }) })

const counting = Workflow.make("Counting", {
  version: 1,
  input: event,
  state: event,
  body: WIO.await<string>("x", { for: 1 })
})

describe("an empty name is refused by", () => {
  const makers: Readonly<Record<string, () => unknown>> = {
    "WIO.runIO": () => run(""),
    "WIO.await": () => step(""),
    "WIO.pure": () => WIO.pure((s: string) => s, { name: "" }),
    "WIO.fail": () => WIO.fail((s: string) => s, { name: "" }),
    "WIO.match": () => WIO.match("", { One: nameless }),
    "WIO.branch": () => WIO.branch("", {}, nameless),
    "WIO.loop": () => WIO.loop("", nameless, { while: () => false }),
    "WIO.info": () => WIO.info((s: string) => s, { name: "" }),
    "WIO.sideEffect": () => WIO.sideEffect("", { event, run: (_: string) => "" }),
    "WIO.now": () => WIO.now<string>(""),
    "WIO.uuid": () => WIO.uuid("", (_: string, id) => id),
    "WIO.gen": () => WIO.gen("", function* () {}),
    "WIO.machine": () => WIO.machine("", { initial: "a", states: { a: nameless } }),
    "WIO.forEach": () => WIO.forEach("", { items: () => [], key: String, body: nameless }),
    "WIO.timeout": () => nameless.pipe(WIO.timeout("", { for: "1 hour" })),
    "WIO.child": () => WIO.child(counting, { name: "", input: (s: string) => s }),
    "WIO.version": () => WIO.version("", { before: nameless, after: nameless }),
    "WIO.checkpoint": () => WIO.checkpoint("", { state: event }),
    "WIO.draft": () => WIO.draft<string>(""),
    "Signal.make": () => Signal.make("", { payload: Schema.Void }),
    "Query.make": () => Query.make("", { reply: Schema.Void }),
    "Workflow.make": () => Workflow.make("", { version: 1, input: event, state: event, body: run("x") })
  }
  it.each(Object.entries(makers))("%s", (name, maker) => {
    expect(maker).toThrow(`${name}: the name is empty`)
  })

  it("and so is one that is no string, from a program that was not compiled", () => {
    expect(() => run(undefined as never)).toThrow("WIO.runIO: the name is undefined")
    expect(() => WIO.draft<string>(1 as never)).toThrow("WIO.draft: the name is 1")
    expect(() => WIO.child(counting, { name: null as never, input: String })).toThrow("WIO.child: the name is null")
  })
})

describe("what is no schema is refused", () => {
  const no = undefined as never
  const makers: Readonly<Record<string, () => unknown>> = {
    "in a step": () => WIO.runIO("x", { event: no, run: (_: string) => null as never, apply: (s) => s }),
    "in a signal": () => Signal.make("x", { payload: no }),
    "in a workflow": () => Workflow.make("W", { version: 1, input: event, state: no, body: run("x") as never })
  }
  it.each(Object.entries(makers))("%s", (_, maker) => {
    expect(maker).toThrow(
      "undefined is no schema: where an event, a state or a payload is described, give one of Schema"
    )
  })
})

describe("Workflow.make", () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity, 2 ** 53])("refuses the version %d", (version) => {
    expect(() => Workflow.make("W", { version, input: event, state: event, body: run("x") })).toThrow(
      `Workflow.make(W): version is ${version}: give a whole number from 1`
    )
  })

  it("refuses a body that is no workflow value", () => {
    expect(() => Workflow.make("W", { version: 1, input: event, state: event, body: {} as never })).toThrow(
      "Expected a WIO, got object"
    )
  })
})

describe("WIO.interruptWith", () => {
  const handle = WIO.handleSignal(Signal.make("s", { payload: Schema.Void }), {
    event: Schema.Void,
    handle: (_: unknown) => null as never,
    apply: (s) => s
  })

  it.each([
    ["a signal", handle],
    ["a timer", step("t")],
    ["a sequence that begins with one", WIO.andThen(WIO.andThen(step("t"), nameless), nameless)]
  ])("takes %s", (_, interruption) => {
    expect(Node.of(nameless.pipe(WIO.interruptWith(interruption)))._tag).toBe("InterruptWith")
  })

  it.each([
    ["pure", nameless],
    ["runIO", run("x")],
    ["fail", WIO.fail((s: unknown) => s)],
    ["query", step("t").pipe(WIO.query(Query.make("q", { reply: Schema.Unknown }), (s) => s))],
    ["loop", WIO.loop("l", step("t"), { while: () => false })],
    ["parallel", WIO.parallel({ a: step("t") })],
    ["race", WIO.race({ a: step("t") })],
    ["forEach", WIO.forEach("f", { items: () => [], key: String, body: step("t") })],
    ["compensateWith", step("t").pipe(WIO.compensateWith(nameless))],
    ["interruptWith", step("t").pipe(WIO.timeout("late", { for: 1 }))],
    ["saga", WIO.saga(step("t"))],
    ["onCancel", step("t").pipe(WIO.onCancel(nameless))],
    ["signalTo", WIO.signalTo(counting, "x", Signal.make("s", { payload: Schema.Void }), undefined)],
    ["pure", WIO.andThen(nameless, step("t"))]
  ])("refuses one that starts with WIO.%s, and says where to put it", (name, interruption) => {
    const interrupt = () => WIO.interruptWith(interruption as WIO.WIO<unknown, unknown>)
    expect(interrupt).toThrow(TypeError)
    expect(interrupt).toThrow(
      `an interruption starts with WIO.handleSignal or WIO.await, this one with WIO.${name}. Put the signal or timer first`
    )
  })
})

describe("WIO.await", () => {
  it.each([
    ["for", { for: "1 dya" as never }, '"1 dya"'],
    ["for", { for: Number.NaN }, "NaN"],
    ["for", { for: Infinity }, "Infinity"],
    ["until", { until: "soon" }, '"soon"'],
    ["until", { until: new Date(Number.NaN) }, "Invalid Date"]
  ] as const)("refuses a wrong `%s`", (field, timing, shown) => {
    expect(() => WIO.await<unknown>("wait", timing)).toThrow(`WIO.await(wait): ${field} is ${shown}: give`)
  })

  it("refuses a computed one when the timer starts, not before", () => {
    const wait = WIO.await<number>("wait", { for: (n) => n })
    const until = WIO.await<number>("wait", { until: (n) => n })
    const start = (wio: WIO.Any) => () => (Node.of(wio) as Node.Await).due(Number.NaN, 0)
    expect(start(wait)).toThrow('WIO.await(wait): for is NaN: give a finite length like "5 minutes"')
    expect(start(until)).toThrow("WIO.await(wait): until is NaN: give an instant that exists")
  })
})

describe("WIO.runIO", () => {
  it("refuses a retry policy whose numbers make no sense", () => {
    expect(() => run("x", { attempts: 0 })).toThrow("retry.attempts is 0")
    expect(() => run("x", { initial: "1 dya" as never })).toThrow('retry.initial is "1 dya"')
  })

  const fields = ["scheduleToStart", "startToClose", "scheduleToClose", "heartbeat"] as const
  it.each(fields)("refuses a %s that is no finite length above zero", (field) => {
    const wrong = [
      [0, "0"],
      [-1, "-1"],
      [Number.NaN, "NaN"],
      [Infinity, "Infinity"],
      ["0 seconds", '"0 seconds"'],
      ["1 dya", '"1 dya"']
    ] as const
    for (const [length, shown] of wrong) {
      const options = { event, run: (_: string) => null as never, apply: (s: string) => s }
      const make = () => WIO.runIO("x", { ...options, timeouts: { [field]: length } })
      expect(make).toThrow(RangeError)
      expect(make).toThrow(`WIO.runIO(x): timeouts.${field} is ${shown}: give a finite length above zero`)
    }
  })
})

describe("WIO.timeout", () => {
  it("refuses a wrong length in its own name, piped or data-first", () => {
    expect(() => nameless.pipe(WIO.timeout("late", { for: Number.NaN }))).toThrow(
      'WIO.timeout(late): for is NaN: give a finite length like "5 minutes"'
    )
    expect(() => WIO.timeout(nameless, "late", { until: "soon" })).toThrow(
      'WIO.timeout(late): until is "soon": give an instant that exists'
    )
  })
})

describe("WIO.forEach", () => {
  it.each([0, -1, 1.5, Number.NaN, -Infinity])("refuses to run %d items at once", (concurrency) => {
    const make = () => WIO.forEach("ship", { items: () => [], key: String, body: nameless, concurrency })
    expect(make).toThrow(RangeError)
    expect(make).toThrow(`WIO.forEach(ship): concurrency is ${concurrency}: give a whole number from 1`)
  })
})

describe("WIO.race", () => {
  it.each([
    ["WIO.race", WIO.race],
    ["WIO.raceFirst", WIO.raceFirst]
  ])("%s refuses to run nobody, and branches that JavaScript would reorder", (name, race) => {
    expect(() => race({})).toThrow(`${name}: nobody can win a race without branches: give one`)
    expect(() => race({ b: nameless, 1: nameless })).toThrow(
      `${name}: the key "1" is a whole number, which JavaScript moves before the other keys`
    )
  })
})

describe("WIO.machine", () => {
  it("refuses an initial state that it does not have, and names those it has", () => {
    const make = (initial: string) =>
      WIO.machine("m", { initial: initial as "a", states: { a: nameless, b: nameless } })
    expect(() => make("c")).toThrow('WIO.machine(m): initial is "c": give one of a, b')
    expect(() => make("constructor")).toThrow('WIO.machine(m): initial is "constructor": give one of a, b')
    expect(() => make(undefined as never)).toThrow('WIO.machine(m): initial is "undefined"')
  })

  it("refuses ways from and to states that there are not", () => {
    const make = (ways: object) => WIO.machine("m", { initial: "a", states: { a: nameless, b: nameless }, ways })
    expect(() => make({ a: [{ to: "c" }] })).toThrow(
      'WIO.machine(m): ways lead from "a" to "c": name states that there are, a, b'
    )
    expect(() => make({ c: [{}] })).toThrow('WIO.machine(m): ways lead from "c" to the end')
  })
})

describe("WIO.gen", () => {
  it("refuses what is no function", () => {
    for (const wrong of [undefined, {}, [1]]) {
      expect(() => WIO.gen(wrong as never)).toThrow("WIO.gen: give a generator function")
      expect(() => WIO.gen("named", wrong as never)).toThrow("WIO.gen(named): give a generator function")
    }
  })

  it("takes any function, since it may give the generator of another: what it gives is seen when it runs", () => {
    const count = function* (from: number, to: number) {
      if (from > to) return to
      return from
    }
    const { body } = Node.of(WIO.gen((n: number) => count(n, 3))) as Node.Gen
    expect(body(1).next()).toEqual({ done: true, value: 1 })
  })
})

describe("Signal.make", () => {
  it("keeps names for the engine's own messages", () => {
    const make = (name: string) => Signal.make(name, { payload: Schema.Void })
    expect(() => make("waymark/cancel")).toThrow(
      'Signal.make: the name "waymark/cancel" begins with "waymark/", which is kept for the engine: choose another'
    )
    expect(["waymark", "a/waymark/", "Waymark/x"].map((name) => make(name).name)).toHaveLength(3)
  })
})

describe("the keys of a record", () => {
  it("keep the order in which they were written", () => {
    const road = { when: () => true, then: nameless }
    const { cases } = Node.of(
      WIO.branch("b", { z: road, a: road, "": road, "1.5": road, "01": road }, nameless)
    ) as Node.Branch
    expect(cases.map(({ label }) => label)).toEqual(["z", "a", "", "1.5", "01"])
    const { branches } = Node.of(WIO.parallel({ z: nameless, a: nameless, "": nameless })) as Node.Parallel
    expect(branches.map(({ key }) => key)).toEqual(["z", "a", ""])
  })

  it("may not be whole numbers in a branch: JavaScript would try those first", () => {
    const road = { when: () => true, then: nameless }
    expect(() => WIO.branch("b", { other: road, 7: road }, nameless)).toThrow(
      'WIO.branch(b): the key "7" is a whole number, which JavaScript moves before the other keys'
    )
  })

  it("may be whole numbers where their order decides nothing", () => {
    const { branches } = Node.of(WIO.parallel({ 10: nameless, 9: nameless })) as Node.Parallel
    expect(branches.map(({ key }) => key)).toEqual(["9", "10"])
    const match = WIO.match("m", { "404": WIO.pure((s: { readonly _tag: "404" }) => s) })
    expect(Object.keys((Node.of(match) as Node.Match).cases)).toEqual(["404"])
  })

  const hostile: Readonly<Record<string, (record: never) => unknown>> = {
    "WIO.match(m)": (record) => WIO.match("m", record),
    "WIO.branch(b)": (record) => WIO.branch("b", record, nameless),
    "WIO.parallel": (record) => WIO.parallel(record),
    "WIO.race": (record) => WIO.race(record),
    "WIO.raceFirst": (record) => WIO.raceFirst(record),
    "WIO.machine(m)": (record) => WIO.machine("m", { initial: "ok" as never, states: record })
  }
  for (const [where, make] of Object.entries(hostile)) {
    it(`may not be __proto__ in ${where}, written as a literal or made`, () => {
      const part = { when: () => true, then: nameless }
      const literal = { ok: part, __proto__: where === "WIO.branch(b)" ? part : nameless }
      const message = `${where}: give a plain record, without the key "__proto__"`
      expect(() => make(literal as never)).toThrow(message)
      expect(() => make({ ["__proto__"]: part } as never)).toThrow(message)
      // A race of one workflow is half of `self.pipe(WIO.race(that))`.
      if (!where.startsWith("WIO.race")) expect(() => make(nameless as never)).toThrow(message)
    })
  }

  it("never come from Object.prototype: a tag like that of one of its methods has no case", () => {
    const { cases } = Node.of(WIO.match("m", { One: nameless })) as Node.Match
    for (const tag of ["constructor", "toString", "hasOwnProperty", "__proto__"]) expect(cases[tag]).toBeUndefined()
  })

  it("may be those of a record without a prototype", () => {
    const branches = Object.assign(Object.create(null) as Record<string, typeof nameless>, { a: nameless })
    expect((Node.of(WIO.parallel(branches)) as Node.Parallel).branches.map(({ key }) => key)).toEqual(["a"])
  })
})
