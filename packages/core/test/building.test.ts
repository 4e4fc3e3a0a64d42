/** Building a workflow makes a value and does nothing else. */
import { Schema } from "effect"
import { afterEach, describe, expect, it, vi } from "vitest"
import { Node, Query, Signal, WIO, Workflow } from "@waymark/core"
import { build, type Written } from "./support/samples.ts"

const spies = () => {
  const calls: Array<string> = []
  const written = (what: string) => (): never => {
    calls.push(what)
    throw new Error(`${what} was called`)
  }
  const functions: Written = {
    state: written("a function of the state"),
    effect: written("an effect"),
    predicate: written("a predicate"),
    length: written("the length of a timer")
  }
  return { calls, functions }
}

/** Whatever tells the time, starts a timer or throws a die writes itself down here. */
const watchTheWorld = () => {
  const calls: Array<string> = []
  const RealDate = Date
  vi.stubGlobal(
    "Date",
    new Proxy(RealDate, {
      construct: (target, args: []) => {
        if (args.length === 0) calls.push("new Date()")
        return new target(...args)
      },
      apply: () => {
        calls.push("Date()")
        return ""
      }
    })
  )
  const watched = [
    [RealDate, "now"],
    [performance, "now"],
    [process, "hrtime"],
    [Math, "random"],
    [crypto, "randomUUID"],
    [globalThis, "setTimeout"],
    [globalThis, "setInterval"],
    [globalThis, "setImmediate"],
    [globalThis, "queueMicrotask"],
    [process, "nextTick"]
  ] as const
  for (const [owner, name] of watched) {
    vi.spyOn(owner as unknown as Record<string, () => unknown>, name).mockImplementation(() => {
      calls.push(name)
      return 0
    })
  }
  return calls
}

/** Everything that can be reached from a node and is the library's own: not functions, not the author's schemas. */
const reachable = (root: object): ReadonlyArray<object> => {
  const seen = new Set<object>()
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return
    seen.add(value)
    for (const [key, part] of Object.entries(value)) if (key !== "schema") visit(part)
  }
  visit(root)
  return [...seen]
}

describe("building a workflow", () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
  })

  it("runs no effect, calls no function of its author, reads no clock and starts nothing", () => {
    const { calls, functions } = spies()
    const world = watchTheWorld()
    const nodes = build(functions)
    const whole = Object.values(nodes as Record<string, WIO.WIO<unknown, unknown>>).reduce((all, next) =>
      WIO.andThen(all, next)
    )
    const fixed = [
      WIO.await<unknown>("fixed", { until: "2030-01-01T00:00:00Z" }),
      WIO.now("now", functions.state),
      WIO.uuid("uuid", functions.state),
      WIO.sideEffect("draw", { event: Schema.Number, run: functions.state, apply: functions.state }),
      WIO.info(functions.state).pipe(
        WIO.timeout("late", { for: functions.length, onTimeout: WIO.draft<unknown>("d") })
      ),
      WIO.gen(function* (s: unknown) {
        functions.effect()
        return yield* WIO.step(WIO.pure(functions.state), s)
      })
    ].reduce<WIO.WIO<unknown, unknown>>((all, next) => WIO.andThen(all, next as WIO.WIO<unknown, unknown>), whole)
    Workflow.make("Everything", {
      version: 1,
      input: Schema.suspend(functions.state) as unknown as typeof Schema.Unknown,
      state: Schema.Unknown,
      body: fixed
    })
    const observed = [...world]
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
    expect(calls).toEqual([])
    expect(observed).toEqual([])
  })

  it("compiles no schema before a value is seen", () => {
    const thunk = vi.fn<() => typeof Schema.String>(() => Schema.String)
    const event = Schema.suspend(thunk)
    const signal = Signal.make("a signal", { payload: event, reply: event })
    WIO.handleSignal(signal, { event, handle: (_: string) => null as never, apply: (s) => s, reply: () => "" })
    Query.make("a query", { reply: event })
    expect(thunk).not.toHaveBeenCalled()
    expect(signal.payload.encode("x")).toMatchObject({ _tag: "Success", success: "x" })
    expect(thunk).toHaveBeenCalled()
  })

  for (const [tag, wio] of Object.entries(build(spies().functions))) {
    it(`makes a ${tag} that cannot be changed, however deep one looks`, () => {
      const node = Node.of(wio)
      expect(reachable(node).filter((part) => !Object.isFrozen(part))).toEqual([])
      expect(() => Object.assign(node, { _tag: "Other" })).toThrow(TypeError)
    })
  }

  it("makes each kind of node under its own tag", () => {
    for (const [tag, wio] of Object.entries(build(spies().functions))) {
      const node = Node.of(wio)
      expect(Node.items(node).map((item) => item._tag)).toContain(tag === "AndThen" ? "Pure" : tag)
    }
  })

  it("keeps a copy of what it was given: a record that is changed later changes no workflow", () => {
    const cases = { One: WIO.pure((_: unknown) => 1) }
    const tags = ["Late"] as const
    const policy = { initial: { seconds: 1 }, attempts: 2, while: [...tags] }
    const match = Node.of(WIO.match("a match", cases)) as Node.Match
    const run = Node.of(
      WIO.runIO("a step", {
        event: Schema.String,
        error: Schema.TaggedStruct("Late", {}),
        run: (_: string) => null as never,
        apply: (s) => s,
        retry: policy
      })
    ) as Node.RunIO
    Object.assign(cases, { Two: WIO.pure((_: unknown) => 2) })
    policy.initial.seconds = 60
    policy.while.push("Late")
    expect(Object.keys(match.cases)).toEqual(["One"])
    expect(run.retry).toEqual({ initial: 1000, attempts: 2, while: ["Late"] })
  })

  it("makes workflows, signals and queries that cannot be changed", () => {
    const signal = Signal.make("a signal", { payload: Schema.String })
    const query = Query.make("a query", { reply: Schema.String })
    const state = Schema.String
    const workflow = Workflow.make("W", { version: 2, input: state, state, body: WIO.await<string>("x", { for: 1 }) })
    for (const value of [signal, query, workflow]) {
      expect(reachable(value).filter((part) => !Object.isFrozen(part))).toEqual([])
    }
    expect(workflow).toMatchObject({ _tag: "Workflow", name: "W", version: 2 })
    expect(workflow.input).toBe(workflow.state)
  })
})

describe("a node", () => {
  it("can be piped", () => {
    expect(WIO.pure((n: number) => n).pipe((wio) => [wio]).length).toBe(1)
  })

  it("is told from everything that merely looks like one", () => {
    const real = WIO.pure((n: number) => n)
    expect(Node.of(real)).toBe(real)
    for (const fake of [
      undefined,
      null,
      1,
      "x",
      () => 1,
      { _tag: "Pure", f: () => 1 },
      { ...real },
      Object.create(real),
      []
    ]) {
      expect(() => Node.of(fake as never)).toThrow(/Expected a WIO, got .*constructors of WIO/u)
    }
  })

  it("knows when a fixed timer is due, and a computed one from the state it starts in", () => {
    const due = (wio: WIO.Any, state: unknown, at: number) => (Node.of(wio) as Node.Await).due(state, at)
    const label = (wio: WIO.Any) => (Node.of(wio) as Node.Await).label
    const fixed = WIO.await<number>("a day", { for: "1 day" })
    expect([due(fixed, 0, 5), label(fixed)]).toEqual([86_400_005, "1d"])
    const computed = WIO.await<number>("minutes", { for: (n) => `${n} minutes` })
    expect([due(computed, 2, 5), label(computed)]).toEqual([120_005, undefined])
    const until = WIO.await<number>("until", { until: new Date(7) })
    expect([due(until, 0, 5), label(until)]).toEqual([7, "until 1970-01-01T00:00:00.007Z"])
    const computedUntil = WIO.await<number>("until", { until: (n) => new Date(n) })
    expect([due(computedUntil, 9, 5), label(computedUntil)]).toEqual([9, undefined])
  })
})
