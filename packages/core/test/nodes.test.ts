/** What the constructors make of what they are given: the same data however it is written, with its defaults filled in. */
import { Effect, Exit, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { Goto, Node, Query, Signal, Step, WIO, Workflow } from "@waymark/core"
import { nameless, step } from "./support/samples.ts"

const as = <Tag extends Node.Node["_tag"]>(tag: Tag, wio: WIO.Any): Extract<Node.Node, { readonly _tag: Tag }> => {
  const node = Node.of(wio)
  expect(node._tag).toBe(tag)
  return node as never
}

const Counting = Workflow.make("Counting", {
  version: 1,
  input: Schema.Number,
  state: Schema.Number,
  body: WIO.await<number>("a minute", { for: "1 minute" })
})

describe("a combinator", () => {
  // The parts are the same values in both forms, so what is made of them can be compared.
  const other = step("other")
  const late = WIO.fail((_: unknown) => ({ _tag: "Late" }) as const)
  const f = () => nameless
  const g = () => 1
  const asked = Query.make("a query", { reply: Schema.Number })
  const forms: Readonly<Record<string, readonly [dataFirst: WIO.Any, piped: WIO.Any]>> = {
    andThen: [WIO.andThen(nameless, other), nameless.pipe(WIO.andThen(other))],
    map: [WIO.map(nameless, g, { name: "m" }), nameless.pipe(WIO.map(g, { name: "m" }))],
    flatMap: [WIO.flatMap(nameless, f), nameless.pipe(WIO.flatMap(f))],
    query: [WIO.query(nameless, asked, g), nameless.pipe(WIO.query(asked, g))],
    catch: [WIO.catch(nameless, nameless), nameless.pipe(WIO.catch(nameless))],
    catchTag: [WIO.catchTag(late, "Late", nameless), late.pipe(WIO.catchTag("Late", nameless))],
    interruptWith: [WIO.interruptWith(nameless, other), nameless.pipe(WIO.interruptWith(other))],
    race: [WIO.race(nameless, other), nameless.pipe(WIO.race(other))],
    raceFirst: [WIO.raceFirst(nameless, other), nameless.pipe(WIO.raceFirst(other))],
    compensateWith: [WIO.compensateWith(nameless, other), nameless.pipe(WIO.compensateWith(other))],
    onCancel: [WIO.onCancel(nameless, other), nameless.pipe(WIO.onCancel(other))],
    saga: [WIO.saga(nameless), nameless.pipe(WIO.saga)],
    uncancellable: [WIO.uncancellable(nameless), nameless.pipe(WIO.uncancellable)]
  }
  it.each(Object.entries(forms))("%s makes the same node piped and data-first", (_, [dataFirst, piped]) => {
    expect(Node.of(piped)).toEqual(Node.of(dataFirst))
  })

  it("timeout makes the same shape piped and data-first: a timer that interrupts, and then what follows", () => {
    const shape = (wio: WIO.Any) => {
      const { body, interruption } = as("InterruptWith", wio)
      return [body, ...Node.items(interruption).map((node) => [node._tag, Node.nameOf(node)])]
    }
    const failing = [nameless, ["Await", "late"], ["Fail", "timed out"]]
    expect(shape(nameless.pipe(WIO.timeout("late", { for: "1 hour" })))).toEqual(failing)
    expect(shape(WIO.timeout(nameless, "late", { for: "1 hour" }))).toEqual(failing)
    const going = [nameless, ["Await", "late"], ["Await", "then"]]
    expect(shape(nameless.pipe(WIO.timeout("late", { for: "1 hour", onTimeout: step("then") })))).toEqual(going)
    expect(shape(WIO.timeout(nameless, "late", { for: "1 hour", onTimeout: step("then") }))).toEqual(going)
  })

  it("timeout fails with its own name, whatever the state", () => {
    const { interruption } = as("InterruptWith", nameless.pipe(WIO.timeout("late", { for: "1 hour" })))
    const [timer, fail] = Node.items(interruption) as [Node.Await, Node.Fail]
    expect(timer.due(undefined, 5)).toBe(3_600_005)
    expect(fail.f(undefined)).toMatchObject({ _tag: "TimedOut", timer: "late" })
  })
})

describe("WIO.runIO", () => {
  const run = (timeouts?: WIO.TimeoutOptions) =>
    as(
      "RunIO",
      WIO.runIO("x", {
        event: Schema.String,
        run: (_: string) => Effect.succeed(""),
        apply: (s) => s,
        ...(timeouts && { timeouts })
      })
    ).timeouts

  it("keeps its timeouts in milliseconds, and nothing for those that were left out", () => {
    expect(run({ startToClose: "1 minute", heartbeat: { seconds: 5 } })).toEqual({
      scheduleToStart: undefined,
      startToClose: 60_000,
      scheduleToClose: undefined,
      heartbeat: 5_000
    })
    expect(Object.values(run())).toEqual([undefined, undefined, undefined, undefined])
  })
})

describe("what is recorded by name", () => {
  const info: Step.Info = {
    instance: "i",
    run: 0,
    path: "",
    ordinal: 0,
    step: "s",
    attempt: 1,
    idempotencyKey: "i/0/0",
    now: 42,
    details: undefined
  }
  const made = (wio: WIO.Any, state: unknown) => {
    const { apply, run } = as("RunIO", wio)
    const effect = run(state) as Effect.Effect<unknown>
    return apply(state, Effect.runSync(Effect.provideService(effect, Step.Current, info)))
  }

  it("is what a function gives, or an effect", () => {
    const event = Schema.Number
    expect(made(WIO.sideEffect("x", { event, run: (n: number) => n + 1 }), 1)).toBe(2)
    expect(made(WIO.sideEffect("x", { event, run: (n: number) => Effect.succeed(n + 2) }), 1)).toBe(3)
    expect(made(WIO.sideEffect("x", { event, run: (n: number) => n, apply: (n, m) => [n, m] }), 1)).toEqual([1, 1])
  })

  it("is computed when the step runs, not when it is built", () => {
    let calls = 0
    const { run } = as("RunIO", WIO.sideEffect("x", { event: Schema.Number, run: (_: unknown) => ++calls }))
    expect(calls).toBe(0)
    run(undefined)
    expect(calls).toBe(1)
  })

  it("is the journal's time, or a UUID", () => {
    expect(made(WIO.now<string>("now"), "s")).toBe(42)
    expect(
      made(
        WIO.now("now", (s: string, at) => `${s} ${at}`),
        "s"
      )
    ).toBe("s 42")
    const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/u
    expect(made(WIO.uuid<string>("id"), "s")).toMatch(uuid)
    expect(
      made(
        WIO.uuid("id", (s: string, id) => [s, id]),
        "s"
      )
    ).toEqual(["s", expect.stringMatching(uuid)])
  })

  it("is never the same UUID twice", () => {
    const wio = WIO.uuid<string>("id")
    expect(made(wio, "s")).not.toBe(made(wio, "s"))
  })

  it("is journaled as what it is", () => {
    expect(as("RunIO", WIO.now<string>("now")).event.encode(42)).toMatchObject({ success: 42 })
    expect(as("RunIO", WIO.uuid<string>("id")).event.encode("u")).toMatchObject({ success: "u" })
    expect(as("RunIO", WIO.uuid<string>("id")).event.encode(1)).toMatchObject({ _tag: "Failure" })
  })
})

describe("WIO.child", () => {
  const input = (n: number) => n + 1

  it("is named as its workflow, waited for and terminated with its parent, if nothing else is said", () => {
    const node = as("Child", WIO.child(Counting, { input }))
    expect(node).toMatchObject({ name: "Counting", awaited: true, onParentClose: "terminate", id: undefined })
    expect([node.workflow, node.input(1), node.apply(1, 5)]).toEqual([Counting, 2, 5])
  })

  it("leaves the state as it is where it is not waited for", () => {
    const node = as("Child", WIO.child(Counting, { input, await: false }))
    expect([node.awaited, node.apply(1, "the id")]).toEqual([false, 1])
  })

  it("takes an id that is fixed or computed", () => {
    expect(as("Child", WIO.child(Counting, { input, id: "one" })).id?.(7)).toBe("one")
    expect(as("Child", WIO.child(Counting, { input, id: (n: number) => `n-${n}` })).id?.(7)).toBe("n-7")
  })

  it("writes down how one was stopped", () => {
    const { stopped } = as("Child", WIO.child(Counting, { input }))
    const json = { _tag: "ChildStopped", child: "Counting", status: "cancelled", reason: "enough" }
    expect(stopped.decode(json)).toMatchObject({ success: json })
  })
})

describe("WIO.signalTo", () => {
  const ping = Signal.make("ping", { payload: Schema.Number })

  it("is named as its signal; id and payload are fixed or computed", () => {
    const computed = as(
      "SignalTo",
      WIO.signalTo(
        Counting,
        (n: number) => `n-${n}`,
        ping,
        (n) => n + 1
      )
    )
    expect([computed.name, computed.workflow, computed.signal]).toEqual(["ping", Counting, ping])
    expect([computed.id(1), computed.payload(1)]).toEqual(["n-1", 2])
    const fixed = as("SignalTo", WIO.signalTo(Counting, "one", ping, 7))
    expect([fixed.id(1), fixed.payload(1)]).toEqual(["one", 7])
  })

  it("writes down why it found nobody", () => {
    const { error } = as("SignalTo", WIO.signalTo(Counting, "one", ping, 7))
    const json = { _tag: "NotDelivered", target: "one", signal: "ping", reason: "it has ended" }
    expect(error.decode(json)).toMatchObject({ success: json })
  })
})

describe("WIO.embed", () => {
  const options = { in: (n: number) => n, out: (n: number, out: number) => n + out }

  it("has the name, the body and the schema of a workflow", () => {
    const node = as("Embed", WIO.embed(Counting, options))
    expect([node.name, node.body, node.codec]).toEqual(["Counting", Counting.body, Counting.state])
  })

  it("has neither name nor schema of its own around a bare body", () => {
    const node = as("Embed", WIO.embed(WIO.await<number>("wait", { for: 1 }), options))
    expect([node.name, node.body._tag, node.codec]).toEqual([undefined, "Await", undefined])
  })

  it("shows the state around it, if nothing else is said", () => {
    expect(as("Embed", WIO.embed(Counting, options)).state("outer", "inner")).toBe("outer")
    const seen = WIO.embed(Counting, { ...options, state: (outer, inner) => [outer, inner] })
    expect(as("Embed", seen).state("outer", "inner")).toEqual(["outer", "inner"])
  })
})

describe("WIO.forEach", () => {
  const options = { items: (list: ReadonlyArray<number>) => list, key: String, body: WIO.pure((n: number) => n) }

  it("runs all items at once and fails fast, if nothing else is said", () => {
    const node = as("ForEach", WIO.forEach("each", options))
    expect(node).toMatchObject({ concurrency: Infinity, mode: "fail-fast", join: undefined })
  })

  it("takes any whole number of items at once, and Infinity", () => {
    const concurrency = (n: number) => as("ForEach", WIO.forEach("each", { ...options, concurrency: n })).concurrency
    expect([1, 7, Infinity].map(concurrency)).toEqual([1, 7, Infinity])
  })
})

describe("WIO.parallel", () => {
  it("starts its branches from the record before, if nothing else is said", () => {
    const node = as("Parallel", WIO.parallel({ a: nameless }))
    const record = { a: 1 }
    expect(node.fork(record)).toBe(record)
    expect(node).toMatchObject({ mode: "fail-fast", until: undefined, join: undefined })
  })
})

describe("WIO.race", () => {
  it("keeps the order of declaration, and says who wins", () => {
    const keys = (wio: WIO.Any) => as("Race", wio).branches.map(({ key }) => key)
    expect(keys(WIO.race({ z: nameless, a: nameless }))).toEqual(["z", "a"])
    expect(keys(nameless.pipe(WIO.race(step("other"))))).toEqual(["left", "right"])
    expect(as("Race", nameless.pipe(WIO.race(step("other")))).branches[1]?.body._tag).toBe("Await")
    expect(as("Race", WIO.race({ a: nameless })).wins).toBe("success")
    expect(as("Race", WIO.raceFirst({ a: nameless })).wins).toBe("settled")
  })

  it("has a fork only where it is given one", () => {
    expect(as("Race", WIO.race({ a: nameless })).fork).toBeUndefined()
    const fork = () => ({ a: 1 })
    expect(as("Race", WIO.raceFirst({ a: nameless }, { fork })).fork).toBe(fork)
  })
})

describe("WIO.machine", () => {
  it("keeps its states by name, and none that nobody gave", () => {
    const { initial, states } = as("Machine", WIO.machine("m", { initial: "b", states: { a: nameless, b: step("x") } }))
    expect([initial, Object.keys(states)]).toEqual(["b", ["a", "b"]])
    for (const name of ["constructor", "toString", "__proto__"]) expect(states[name]).toBeUndefined()
  })

  it("keeps the ways between them, where they are said", () => {
    const states = { a: nameless, b: nameless }
    expect(as("Machine", WIO.machine("m", { initial: "a", states })).ways).toBeUndefined()
    const ways = { a: [{ to: "b", label: "on" }, {}] }
    const node = as("Machine", WIO.machine("m", { initial: "a", states, ways }))
    expect(node.ways).toEqual(ways)
    expect(Object.isFrozen(node.ways)).toBe(true)
  })
})

describe("WIO.goto", () => {
  it("is a frozen jump, told from whatever looks like one", () => {
    const jump = WIO.goto("review", { amount: 1 })
    expect([jump.to, jump.state, Object.isFrozen(jump), Goto.is(jump)]).toEqual(["review", { amount: 1 }, true, true])
    for (const other of [
      undefined,
      null,
      1,
      "review",
      { to: "review", state: 1 },
      structuredClone({ ...jump }),
      [jump]
    ]) {
      expect(Goto.is(other)).toBe(false)
    }
  })
})

describe("WIO.gen", () => {
  const double = WIO.pure((n: number) => n * 2)

  it("has the name that it is given, or none", () => {
    const body = function* (n: number) {
      return yield* WIO.step(double, n)
    }
    expect([as("Gen", WIO.gen(body)).name, as("Gen", WIO.gen("twice", body)).name]).toEqual([undefined, "twice"])
    // The author's own function: a linter reads what is written there.
    expect(as("Gen", WIO.gen(body)).body).toBe(body)
  })

  it("yields its parts with their states, and is given back what they end in", () => {
    const { body } = as(
      "Gen",
      WIO.gen(function* (n: number) {
        const twice = yield* WIO.step(double, n)
        for (const more of [1, 2]) yield* WIO.step(double, twice + more)
        return `${n} ${twice}`
      })
    )
    const parts = body(5)
    expect(parts.next()).toMatchObject({ done: false, value: { node: double, state: 5 } })
    expect(parts.next(10)).toMatchObject({ done: false, value: { node: double, state: 11 } })
    expect(parts.next(22)).toMatchObject({ done: false, value: { node: double, state: 12 } })
    expect(parts.next(24)).toEqual({ done: true, value: "5 10" })
  })

  it("starts anew each time it is asked for: one run knows nothing of another", () => {
    const part = WIO.step(double, 1)
    const { body } = as(
      "Gen",
      WIO.gen(function* (_: number) {
        return (yield* part) + (yield* part)
      })
    )
    const [one, other] = [body(0), body(0)]
    const first = one.next()
    expect(other.next()).toEqual(first)
    expect(one.next(1)).toEqual(first)
    expect(one.next(2)).toEqual({ done: true, value: 3 })
    expect(other.next(10)).toEqual(first)
    expect(other.next(20)).toEqual({ done: true, value: 30 })
  })
})

describe("WIO.pure and WIO.info", () => {
  it("say whether the function asks for more than the state", () => {
    expect([
      as(
        "Pure",
        WIO.pure((n: number) => n)
      ).informed,
      as(
        "Pure",
        WIO.info((n: number) => n)
      ).informed
    ]).toEqual([false, true])
    const info = { instance: "i", run: 2, startedAt: 7 }
    expect(
      as(
        "Pure",
        WIO.info((n: number, { run, startedAt }) => n + run + startedAt)
      ).f(1, info)
    ).toBe(10)
  })
})

describe("WIO.checkpoint", () => {
  it("writes the state by its schema", () => {
    const { state } = as("Checkpoint", WIO.checkpoint("c", { state: Schema.Struct({ at: Schema.Date }) }))
    expect(state.encode({ at: new Date(0) })).toMatchObject({ success: { at: "1970-01-01T00:00:00.000Z" } })
  })
})

describe("Step.info in a step without an engine", () => {
  it("is a defect that says where it belongs", () => {
    const exit = Effect.runSyncExit(as("RunIO", WIO.now<string>("now")).run("s") as Effect.Effect<unknown>)
    expect(Exit.isFailure(exit) && String(exit.cause)).toContain("Step.info: no step is running here")
  })
})
