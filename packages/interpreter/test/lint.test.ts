/** What the linter says of workflows, and what it does not say. */
import { Node, Query, Signal, WIO, Workflow } from "@waymark/core"
import { Execution, Lint } from "@waymark/interpreter"
import { Generator, Laws } from "@waymark/interpreter/testing"
import { Effect, Schema, SchemaGetter } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

type Part = WIO.WIO<number, number, unknown, unknown, unknown>

class Oops extends Schema.TaggedError<Oops>()("Oops", { why: Schema.String }) {}
class Nope extends Schema.TaggedError<Nope>()("Nope", {}) {}

const step = (name: string): Part =>
  WIO.runIO(name, { event: Schema.Number, run: (n: number) => Effect.succeed(n), apply: (_, n) => n })
const risky = (name: string, error: typeof Oops | typeof Nope = Oops): Part =>
  WIO.runIO(name, { event: Schema.Number, error, run: (n: number) => Effect.succeed(n), apply: (_, n) => n })
const signal = (name: string): Part =>
  WIO.handleSignal(Signal.make(name, { payload: Schema.Void }), {
    event: Schema.Number,
    handle: (n: number) => Effect.succeed(n),
    apply: (_, n) => n
  })
const timer = (name: string): Part => WIO.await<number>(name, { for: "1 hour" })
const pure: Part = WIO.pure((n: number) => n + 1)
const fail: Part = WIO.fail((n: number) => n) as never
const tell = (name: string): Part =>
  WIO.signalTo(flow(pure), "other", Signal.make(name, { payload: Schema.Void }), undefined) as never
const checkpoint = (name: string): Part => WIO.checkpoint(name, { state: Schema.Number })
const anew: Part = WIO.continueAsNew((n: number) => n) as never

const sequence = (...parts: ReadonlyArray<Part>): Part => parts.reduce((all, next) => WIO.andThen(all, next))
const parallel = (branches: Readonly<Record<string, Part>>, options: object = {}): Part =>
  WIO.parallel(branches, options as never) as never
const race = (branches: Readonly<Record<string, Part>>): Part => WIO.race(branches) as never
const branch = (roads: Readonly<Record<string, Part>>, otherwise: Part): Part =>
  WIO.branch(
    "which?",
    Object.fromEntries(Object.entries(roads).map(([label, then]) => [label, { when: (n: number) => n > 1, then }])),
    otherwise
  ) as never
const match = (cases: Readonly<Record<string, Part>>): Part => WIO.match("what?", cases as never) as never
const loop = (body: Part, name = "again"): Part => WIO.loop(name, body, { while: (n) => n > 0 })
const forEach = (body: Part, options: object = {}): Part =>
  WIO.forEach("each", { items: (n: number) => [n], key: String, body, ...options } as never) as never
const catches = (body: Part, handler: Part): Part => WIO.catch(body as never, handler as never) as never
const catchTag = (body: Part, tag: string, handler: Part): Part =>
  WIO.catchTag(body as never, tag as never, handler as never) as never
const interrupt = (body: Part, interruption: Part): Part => WIO.interruptWith(body as never, interruption) as never
const compensate = (body: Part, undo: Part): Part => WIO.compensateWith(body, undo as never)
const machine = (states: Readonly<Record<string, Part>>, initial: string): Part =>
  WIO.machine("states", { initial: initial as never, states: states as never }) as never
const version = (before: Part, after: Part, change = "change"): Part => WIO.version(change, { before, after }) as never
const limited = (part: Part): Part => WIO.timeout(part, "limit", { for: "1 day" })
const dynamic = (part: Part): Part => WIO.flatMap(pure, (): Part => part)
const draft: Part = WIO.draft<number>("later")
const embed = (inner: Part): Part =>
  WIO.embed(inner, { in: (n: number) => n, out: (_: number, n: number) => n }) as never

const flow = (
  body: Part,
  schemas: { readonly input?: Schema.Codec<never>; readonly state?: Schema.Codec<never> } = {}
): Workflow.Any =>
  Workflow.make("Example", {
    version: 1,
    input: (schemas.input ?? Schema.Number) as never,
    state: (schemas.state ?? Schema.Number) as never,
    error: Schema.Unknown,
    body: body as never
  }) as never

const check = (body: Part) => Lint.check(flow(body))

/** Rule, severity's first letter and address of each finding. */
const found = (body: Part): ReadonlyArray<string> =>
  check(body).map(({ address, rule, severity }) => `${rule} ${severity === "error" ? "E" : "W"} ${address}`)

const nested = (times: number, inmost: Part, around: (part: Part) => Part): Part => {
  let part = inmost
  for (let i = 0; i < times; i++) part = around(part)
  return part
}

describe("duplicate-name", () => {
  it("is said of the second step of one name in one thread, with the first", () => {
    expect(check(sequence(step("a"), step("b"), step("a")))).toEqual([
      {
        rule: "duplicate-name",
        severity: "warning",
        workflow: "Example",
        address: "a~02",
        other: ["a"],
        message:
          'Example, "a~02": "a" is the name of "a" too: nobody could tell the two apart in a journal. Give one of them another name.'
      }
    ])
  })

  it("covers all that journals name and authors can rename", () => {
    const Child = flow(pure)
    const child: Part = WIO.child(Child, { input: (n: number) => n }) as never
    for (const part of [step("x"), timer("x"), child, version(pure, pure), forEach(pure), WIO.draft("x") as Part]) {
      expect(found(sequence(part, part)).filter((line) => line.startsWith("duplicate-name"))).toHaveLength(1)
    }
    expect(found(sequence(step("x"), timer("x"), signal("x")))).toEqual(["duplicate-name W x~02"])
  })

  it("is not said of signals, which may come again, nor of what is no step", () => {
    const named: Part = WIO.pure((n: number) => n, { name: "p" })
    expect(found(sequence(signal("s"), signal("s"), tell("t"), tell("t"), named, named))).toEqual([])
    expect(found(sequence(loop(step("a")), loop(step("b"))))).toEqual([])
  })

  it("is said across what does not make a thread of its own", () => {
    const inside = [
      loop,
      embed,
      (part: Part) => branch({ x: part }, pure),
      (part: Part) => match({ x: part, y: pure }),
      (part: Part) => version(pure, part),
      (part: Part) => machine({ one: part, two: pure }, "one"),
      (part: Part) => WIO.saga(part),
      (part: Part) => WIO.uncancellable(part),
      (part: Part) => interrupt(part, timer("limit")),
      (part: Part) => interrupt(step("long"), sequence(timer("limit"), part)),
      (part: Part) => catches(part, step("mend")),
      (part: Part) => catches(risky("try"), part),
      (part: Part) => compensate(part, step("undo")),
      (part: Part) => compensate(step("do"), part)
    ]
    for (const wrap of inside) {
      const lines = found(sequence(step("a"), wrap(risky("a")))).filter((line) => line.startsWith("duplicate-name"))
      expect(lines, String(wrap)).toHaveLength(1)
    }
  })

  it("is not said of branches, which are threads of their own", () => {
    expect(found(parallel({ x: step("a"), y: step("a") }))).toEqual([])
    expect(found(race({ x: step("a"), y: step("a") }))).toEqual([])
    expect(found(sequence(step("a"), forEach(step("a"))))).toEqual([])
    expect(found(parallel({ x: sequence(step("a"), step("a")) }))).toEqual(["duplicate-name W branch x/a~02"])
  })

  it("is not said of roads that exclude each other", () => {
    expect(found(branch({ x: step("a"), y: step("a") }, step("a")))).toEqual([])
    expect(found(match({ X: step("a"), Y: step("a") }))).toEqual([])
    expect(found(machine({ x: step("a"), y: step("a") }, "x"))).toEqual([])
    expect(found(version(step("a"), step("a")))).toEqual([])
  })

  it("is said once for each, when what comes after is on several roads", () => {
    expect(
      found(sequence(branch({ x: step("a") }, step("a")), branch({ x: step("a") }, step("a")), step("a")))
    ).toEqual(["duplicate-name W which?~02/case x", "duplicate-name W which?~02/otherwise", "duplicate-name W a"])
  })

  it("is not said of a road that ends early and what the others go on with", () => {
    const reject = sequence(step("notify"), fail)
    expect(found(sequence(branch({ bad: reject }, pure), step("pay"), step("notify")))).toEqual([])
    expect(found(sequence(branch({ full: sequence(step("notify"), anew) }, pure), step("notify")))).toEqual([])
    expect(found(catches(sequence(branch({ bad: reject }, pure), step("pay")), step("notify")))).toEqual([
      "duplicate-name W handler"
    ])
  })

  it("is not said of handlers of which only one is taken", () => {
    const body = sequence(risky("one"), risky("two", Nope))
    expect(found(catchTag(catchTag(body, "Oops", step("tell")), "Nope", step("tell")))).toEqual([])
    expect(found(catchTag(catchTag(body, "Oops", risky("tell")), "Nope", step("tell")))).toEqual([
      "duplicate-name W handler"
    ])
    expect(found(catches(sequence(risky("pay")), step("pay")))).toEqual(["duplicate-name W handler"])
    expect(found(catches(branch({ x: step("tell") }, risky("pay")), step("tell")))).toEqual([])
  })

  it("is said of two undos, and of a handler of cancellation and its part", () => {
    const undone = (name: string) => compensate(step(name), step("undo"))
    expect(found(WIO.saga(sequence(undone("a"), undone("b"))))).toEqual(["duplicate-name W body/>Compensate~02/undo"])
    expect(found(catches(WIO.saga(sequence(undone("a"), risky("b"))), step("undo")))).toEqual([
      "duplicate-name W handler"
    ])
    expect(found(sequence(undone("a"), step("undo")))).toEqual(["duplicate-name W undo"])
    expect(found(sequence(WIO.saga(undone("a")), step("undo")))).toEqual([])
    expect(found(WIO.saga(sequence(WIO.saga(undone("a")), step("undo"))))).toEqual(["duplicate-name W body/undo"])
    expect(found(WIO.onCancel(step("a"), step("a") as never))).toEqual(["duplicate-name W handler"])
    expect(found(sequence(WIO.onCancel(step("a"), step("sorry") as never), step("sorry")))).toEqual([])
  })

  it("is said of timers that cut the same part short, not of those that follow one another", () => {
    const limited = (part: Part) => interrupt(part, sequence(timer("limit"), pure))
    expect(found(limited(limited(step("a"))))).toEqual(["duplicate-name W body/interruption/limit"])
    expect(found(sequence(limited(step("a")), limited(step("b"))))).toEqual([])
    expect(found(limited(parallel({ x: limited(step("a")) })))).toEqual([])
    expect(found(interrupt(step("a"), sequence(timer("limit"), limited(step("b")))))).toEqual([])
    expect(found(sequence(timer("limit"), limited(step("a"))))).toEqual([])
  })

  it("is an error for checkpoints, also on roads that exclude each other", () => {
    expect(found(sequence(checkpoint("c"), checkpoint("c")))).toEqual(["duplicate-name E c~02"])
    expect(found(branch({ x: checkpoint("c") }, checkpoint("c")))).toEqual(["duplicate-name E otherwise"])
    expect(found(branch({ x: checkpoint("c") }, checkpoint("d")))).toEqual([])
    const [finding] = check(sequence(checkpoint("c"), pure, checkpoint("c")))
    expect(finding?.message).toContain("recovery could not tell which of them a journal means")
  })
})

describe("ambiguous-signal", () => {
  it("is said of a trigger and the part it interrupts, however deep that waits", () => {
    const trigger = sequence(signal("go"), step("after"))
    expect(found(interrupt(signal("go"), trigger))).toEqual(["ambiguous-signal W interruption/go"])
    const deep = sequence(step("a"), parallel({ x: loop(signal("go")), y: step("b") }))
    const [finding, ...others] = check(interrupt(deep, trigger))
    expect(others).toEqual([])
    expect(finding?.other).toEqual(["body/a>Parallel/branch x/body"])
    expect(finding?.message).toContain('"body/a>Parallel/branch x/body"')
    expect(found(interrupt(interrupt(step("a"), signal("go")), signal("go")))).toEqual([
      "ambiguous-signal W interruption"
    ])
  })

  it("is not said of a signal that is waited for before or after", () => {
    expect(found(interrupt(signal("other"), signal("go")))).toEqual([])
    expect(found(interrupt(step("a"), sequence(signal("go"), signal("go"))))).toEqual([])
    expect(found(sequence(signal("go"), interrupt(step("a"), signal("go")), signal("go")))).toEqual([])
    expect(found(branch({ x: signal("go") }, signal("go")))).toEqual([])
  })

  it("is not said of branches and items, which have keys", () => {
    expect(found(parallel({ x: signal("go"), y: signal("go") }))).toEqual([])
    expect(found(race({ x: signal("go"), y: sequence(step("a"), signal("go")) }))).toEqual([])
    expect(found(forEach(signal("go")))).toEqual([])
    expect(found(parallel({ x: forEach(signal("go")), y: forEach(signal("go")) }))).toEqual([])
    expect(found(forEach(forEach(signal("go"))))).toEqual([])
    const team = parallel({ a: signal("go"), b: signal("go") })
    expect(found(sequence(team, team, team))).toEqual([])
    expect(found(parallel({ x: team, y: step("s") }))).toEqual([])
    expect(found(parallel({ x: sequence(team, team), y: signal("go") }))).toEqual([])
  })

  it("is said where the same keys come again in forks that are live at once", () => {
    const team = parallel({ a: signal("go"), b: signal("go") })
    expect(found(parallel({ x: team, y: team }))).toEqual(
      ["x/branch a", "x/branch b", "y/branch a", "y/branch b"].map((at) => `ambiguous-signal W branch ${at}`)
    )
    expect(found(parallel({ b: signal("go"), x: parallel({ b: signal("go"), c: pure }) }))).toEqual([
      "ambiguous-signal W branch b"
    ])
    expect(found(parallel({ x: team, y: parallel({ c: signal("go"), d: signal("go") }) }))).toEqual([])
    const [finding] = check(parallel({ x: team, y: team }))
    expect(finding?.other).toEqual(["branch y/branch a", "branch x/branch b"])
  })

  it("is said where several items run a fork, unless it is one at a time", () => {
    const team = parallel({ a: signal("go"), b: signal("go") })
    expect(found(forEach(team))).toEqual(["ambiguous-signal W body/branch a", "ambiguous-signal W body/branch b"])
    expect(found(forEach(parallel({ a: signal("go"), b: step("s") })))).toEqual([])
    expect(found(forEach(team, { concurrency: 1 }))).toEqual([])
  })
})

describe("unreachable", () => {
  it("is an error for what follows a part that never ends in a state", () => {
    for (const stop of [
      fail,
      anew,
      branch({ x: fail }, anew),
      match({ X: fail, Y: fail }),
      loop(sequence(step("a"), fail)),
      parallel({ x: step("a"), y: sequence(step("b"), fail) }),
      race({ x: fail, y: fail }),
      WIO.saga(fail),
      embed(fail),
      version(fail, fail),
      machine({ one: fail }, "one"),
      catches(risky("a"), fail).pipe((part) => sequence(part, fail)),
      interrupt(sequence(step("a"), fail), sequence(timer("t"), fail))
    ]) {
      expect(
        found(sequence(stop, pure, step("lost"), step("too"))).filter((line) => line.startsWith("unreachable E"))
      ).toHaveLength(1)
    }
    const [finding] = check(sequence(step("a"), fail, step("lost"), step("lost too")))
    expect(finding).toMatchObject({ severity: "error", address: "lost", other: ["a>Fail"] })
    expect(finding?.message).toBe(
      'Example, "lost": it is never reached, because of "a>Fail" before it: that always fails. Take it out, or put it on a road that gets there.'
    )
  })

  it("is not said where one road goes on", () => {
    for (const part of [
      branch({ x: fail }, pure),
      loop(branch({ x: fail }, step("a"))),
      race({ x: fail, y: step("a") }),
      parallel({ x: fail, y: step("a") }, { mode: "settle" }),
      parallel({ x: sequence(step("a"), fail), y: step("b") }, { until: () => true }),
      forEach(sequence(step("a"), fail)),
      catches(fail, pure),
      catchTag(fail, "Oops", pure),
      interrupt(sequence(step("a"), fail), timer("t")),
      version(fail, pure),
      machine({ one: step("a"), two: fail }, "one"),
      limited(step("a")),
      dynamic(fail),
      WIO.gen(function* (n: number) {
        return yield* WIO.step(fail, n)
      }) as never
    ]) {
      expect(found(sequence(part, step("next")))).toEqual([])
    }
    expect(found(sequence(step("a"), fail))).toEqual([])
  })

  it("is said of handlers of what cannot fail", () => {
    for (const sure of [
      step("a"),
      timer("t"),
      signal("s"),
      forEach(risky("a"), { mode: "settle" }),
      parallel({ x: risky("a") }, { mode: "settle" }),
      race({ x: risky("a"), y: step("b") }),
      catches(risky("a"), pure),
      catchTag(risky("a"), "Oops", pure),
      WIO.child(flow(pure), { input: (n: number) => n, await: false }) as Part
    ]) {
      expect(found(catches(sure, step("h"))), JSON.stringify(sure)).toEqual(["unreachable W handler"])
    }
    const [finding] = check(catchTag(risky("a"), "Nope", pure))
    expect(finding).toMatchObject({ rule: "unreachable", severity: "warning", address: "handler", other: ["body"] })
    expect(finding?.message).toContain('"body" cannot fail with "Nope"')
  })

  it("is not said of handlers of what can fail, or may", () => {
    for (const unsure of [
      risky("a"),
      fail,
      sequence(step("b"), risky("a")),
      forEach(risky("a")),
      race({ x: risky("a"), y: risky("b") }),
      WIO.raceFirst({ x: risky("a"), y: step("b") }) as never,
      dynamic(step("a")),
      WIO.gen(function* (n: number) {
        return yield* WIO.step(step("a"), n)
      }) as never,
      WIO.child(flow(pure), { input: (n: number) => n }) as never,
      tell("s"),
      limited(step("a")),
      draft
    ]) {
      expect(found(catches(unsure, step("h"))).filter((line) => !line.startsWith("draft"))).toEqual([])
    }
    expect(found(catchTag(sequence(risky("a"), risky("b", Nope)), "Nope", pure))).toEqual([])
    const either = Schema.Union([Oops, Schema.Struct({ _tag: Schema.Literals(["X", "Y"]) })])
    const many: Part = WIO.runIO("m", {
      event: Schema.Number,
      error: either,
      run: () => Effect.succeed(1),
      apply: (_: number, n) => n
    })
    expect(found(catchTag(many, "Y", pure))).toEqual([])
    expect(found(catchTag(many, "Z", pure))).toEqual(["unreachable W handler"])
    const untagged: Part = WIO.runIO("u", {
      event: Schema.Number,
      error: Schema.String,
      run: () => Effect.succeed(1),
      apply: (_: number, n) => n
    })
    expect(found(catchTag(untagged, "Z", pure))).toEqual([])
  })

  it("is said of what could only come between the steps of a part that has none", () => {
    expect(found(interrupt(pure, sequence(timer("t"), step("a"))))).toEqual(["unreachable W interruption"])
    expect(found(WIO.onCancel(pure, step("a") as never))).toEqual(["unreachable W handler"])
    expect(found(compensate(sequence(step("a"), fail), step("undo")))).toEqual(["unreachable W undo"])
    expect(found(WIO.onCancel(step("a"), step("b") as never))).toEqual([])
    expect(found(compensate(pure, step("undo")))).toEqual([])
  })

  it("is said of the states of a machine whose first one never jumps", () => {
    expect(found(machine({ one: fail, two: step("a") }, "one"))).toEqual(["unreachable W state two"])
    expect(found(machine({ one: step("a"), two: fail }, "one"))).toEqual([])
  })
})

describe("loop-without-step", () => {
  it("is said of loops and machines that wait for nothing", () => {
    expect(found(loop(pure))).toEqual(["loop-without-step W "])
    expect(found(sequence(step("a"), loop(branch({ x: pure }, pure))))).toEqual(["loop-without-step W again"])
    expect(found(machine({ one: pure, two: pure }, "one"))).toEqual(["loop-without-step W "])
    expect(found(loop(compensate(pure, step("undo"))))).toEqual(["loop-without-step W "])
    const [finding] = check(loop(pure))
    expect(finding?.message).toMatch(/^Example, the body: the loop "again" has no step in it: .*Put a step/u)
  })

  it("is said of the innermost one", () => {
    expect(found(loop(loop(loop(pure))))).toEqual(["loop-without-step W body/body"])
    expect(found(loop(sequence(loop(pure, "x"), loop(pure, "y"))))).toEqual([
      "loop-without-step W body/x",
      "loop-without-step W body/y"
    ])
  })

  it("is not said where something in it waits, or may, or it does not go round", () => {
    const child: Part = WIO.child(flow(pure), { input: (n: number) => n }) as never
    for (const part of [
      step("a"),
      timer("t"),
      signal("s"),
      child,
      tell("s"),
      checkpoint("c"),
      dynamic(pure),
      forEach(step("a")),
      fail
    ]) {
      expect(found(loop(part))).toEqual([])
    }
    expect(found(loop(branch({ x: pure }, step("a"))))).toEqual([])
    expect(found(machine({ one: pure, two: step("a") }, "one"))).toEqual([])
    expect(found(machine({ one: fail }, "one"))).toEqual([])
  })
})

describe("endless-gen", () => {
  const a = step("a")

  it("is said of generators that repeat themselves without end", () => {
    const forever: ReadonlyArray<Part> = [
      WIO.gen("g", function* (n: number) {
        while (true) n = yield* WIO.step(a, n)
      }) as never,
      WIO.gen("g", function* (n: number) {
        for (;;) {
          n = yield* WIO.step(a, n)
        }
      }) as never,
      WIO.gen("g", function* (n: number) {
        for (let round = 0; ; round++) {
          n = yield* WIO.step(a, n + round)
        }
      }) as never,
      WIO.gen("g", function* (n: number) {
        do {
          n = yield* WIO.step(a, n)
        } while (true)
      }) as never,
      WIO.gen("g", function* (n: number) {
        // oxlint-disable-next-line no-constant-condition -- as minifiers write it
        while (1) n = yield* WIO.step(a, n)
      }) as never
    ]
    for (const part of forever) expect(found(part)).toEqual(["endless-gen W "])
    const [finding] = check(forever[0] ?? pure)
    expect(finding?.message).toMatch(/WIO\.loop or WIO\.machine, or begin anew with WIO\.continueAsNew/u)
  })

  it("is not said of those that end, or only talk about it", () => {
    const fine: ReadonlyArray<Part> = [
      WIO.gen("g", function* (n: number) {
        for (const round of [1, 2, 3]) n = yield* WIO.step(a, n + round)
        for (let round = 0; round < 3; round++) n = yield* WIO.step(a, n)
        while (n > 0) n = yield* WIO.step(a, n)
        do {
          n = yield* WIO.step(a, n)
        } while (n > 0)
        return n
      }) as never,
      WIO.gen("g", function* (n: number) {
        // while (true) is what this is not
        const said = ["while (true) { yield }", 'for (;;) yield "x"', `while (1) { yield ${n} }`]
        /* for (;;) { yield } */
        return yield* WIO.step(a, said.length)
      }) as never,
      WIO.gen("g", function* (n: number) {
        let digits = 0
        while (true) {
          digits++
          n = Math.floor(n / 10)
          if (n === 0) break
        }
        return yield* WIO.step(a, digits)
      }) as never
    ]
    for (const part of fine) expect(found(part)).toEqual([])
  })
})

describe("state-does-not-round-trip", () => {
  const judged = (schema: unknown, key: "state" | "input" = "state") =>
    Lint.check(flow(step("a"), { [key]: schema as never }))

  /** A schema of which the encoding keeps the day only. */
  const Day = Schema.String.pipe(
    Schema.decodeTo(Schema.Date, {
      decode: SchemaGetter.transform((text: string) => new Date(text) as never),
      encode: SchemaGetter.transform((date: Date) => date.toISOString().slice(0, 10) as never)
    })
  )

  it("is said of a state, an input and a checkpoint that lose something", () => {
    const Order = Schema.Struct({ id: Schema.String, placed: Day })
    const [finding, ...others] = judged(Order)
    expect(others).toEqual([])
    expect(finding).toMatchObject({ rule: "state-does-not-round-trip", severity: "error", address: "" })
    expect(finding?.message).toMatch(/^Example, the body: the state schema .*: at "placed", .* comes back as .*/u)
    expect(judged(Order)).toEqual([finding])
    expect(judged(Order, "input")[0]?.message).toContain("the input schema")
    expect(found(sequence(step("a"), WIO.checkpoint("c", { state: Order as never }) as never))).toEqual([
      "state-does-not-round-trip E c"
    ])
  })

  it("is said of what cannot be written at all", () => {
    const [finding] = judged(Schema.File)
    expect(finding?.rule).toBe("state-does-not-round-trip")
    expect(finding?.message).toContain("cannot be written")
  })

  class Order extends Schema.TaggedClass<Order>()("Order", {
    id: Schema.String,
    placed: Schema.Date,
    note: Schema.optionalKey(Schema.String)
  }) {}
  class Paid extends Schema.TaggedClass<Paid>()("Paid", { order: Order, cents: Schema.BigInt }) {}
  interface Tree {
    readonly value: number
    readonly parts: ReadonlyArray<Tree>
  }
  const Tree: Schema.Codec<Tree> = Schema.Struct({
    value: Schema.Number,
    parts: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree))
  })

  it.each<readonly [string, unknown]>([
    ["classes", Order],
    ["unions of classes", Schema.Union([Order, Paid])],
    ["errors", Oops],
    ["dates", Schema.Date],
    ["options", Schema.Option(Schema.Date)],
    ["durations", Schema.Duration],
    ["big integers", Schema.BigInt],
    ["decimals", Schema.BigDecimal],
    ["numbers, NaN and the infinite ones among them", Schema.Struct({ n: Schema.Number })],
    ["optional keys", Schema.Struct({ a: Schema.optionalKey(Schema.Number), b: Schema.optional(Schema.String) })],
    ["undefined and null", Schema.Struct({ a: Schema.UndefinedOr(Schema.Number), b: Schema.NullOr(Schema.Number) })],
    ["brands", Schema.String.pipe(Schema.brand("Id"))],
    ["records", Schema.Record(Schema.String, Schema.Number)],
    ["recursion", Tree],
    ["maps and sets", Schema.ReadonlyMap(Schema.String, Schema.ReadonlySet(Schema.Date))],
    ["collections of Effect", Schema.HashMap(Schema.String, Schema.Chunk(Schema.Date))],
    ["results", Schema.Result(Schema.Number, Schema.String)],
    ["moments", Schema.DateTimeUtc],
    ["moments in a zone", Schema.Struct({ at: Schema.DateTimeZoned, or: Schema.Option(Schema.DateTimeZoned) })],
    ["bytes", Schema.Uint8Array],
    ["texts with a pattern", Schema.String.check(Schema.isPattern(/^[a-z]+-\d+$/u))],
    ["transformations", Schema.Array(Schema.NumberFromString)],
    ["JSON", Schema.Json],
    ["nothing at all", Schema.Void],
    ["what cannot be sampled", Schema.instanceOf(WeakMap)],
    ["what never is", Schema.Never]
  ])("is not said of %s", (_, schema) => {
    expect(judged(schema)).toEqual([])
    expect(judged(Schema.Struct({ some: schema as never, also: Schema.String }))).toEqual([])
  })

  it("asks a schema what it holds to be the same", () => {
    const Loose = Schema.String.pipe(
      Schema.decodeTo(
        Schema.String.annotate({ toEquivalence: () => (a: string, b: string) => a.toLowerCase() === b.toLowerCase() }),
        {
          decode: SchemaGetter.passthrough(),
          encode: SchemaGetter.transform((text: string) => text.toLowerCase())
        }
      )
    )
    expect(judged(Loose)).toEqual([])
  })

  it("survives schemas that throw", () => {
    expect(
      judged(
        Schema.String.check(
          Schema.makeFilter(() => {
            throw new Error("a bug")
          })
        )
      )
    ).toEqual([])
  })
})

describe("state-schema-accepts-anything", () => {
  it("is a warning for what takes also what JSON cannot keep", () => {
    class Held extends Schema.TaggedClass<Held>()("Held", {
      by: Schema.Array(Schema.Struct({ who: Schema.Unknown }))
    }) {}
    for (const [schema, where] of [
      [Schema.Unknown, "the state schema accepts anything,"],
      [Schema.Any, "the state schema accepts anything,"],
      [Schema.Struct({ a: Schema.String, meta: Schema.Unknown }), 'accepts anything at "meta"'],
      [Schema.Option(Schema.Union([Held, Schema.String])), 'accepts anything at "by.who"']
    ] as const) {
      const findings = Lint.check(flow(step("a"), { state: schema as never }))
      expect(findings).toMatchObject([{ rule: "state-schema-accepts-anything", severity: "warning", address: "" }])
      expect(findings[0]?.message).toContain(where)
    }
  })
})

describe("misplaced", () => {
  it("is said of checkpoints where recovery could not begin", () => {
    const here = checkpoint("c")
    for (const part of [
      parallel({ x: here }),
      race({ x: sequence(step("a"), here), y: step("b") }),
      forEach(here),
      interrupt(sequence(step("a"), here), timer("t")),
      interrupt(step("a"), sequence(timer("t"), here)),
      WIO.saga(here),
      compensate(here, step("undo")),
      WIO.onCancel(sequence(step("a"), here), step("b") as never),
      embed(here),
      branch({ x: loop(WIO.saga(sequence(step("a"), here))) }, pure)
    ]) {
      expect(found(part)).toEqual([expect.stringMatching(/^misplaced E /u)])
    }
    const [finding] = check(sequence(step("a"), parallel({ x: here })))
    expect(finding).toMatchObject({ address: "a>Parallel/branch x", other: ["a>Parallel"] })
    expect(finding?.message).toContain('the checkpoint "c" stands within the Parallel at "a>Parallel"')
  })

  it("is not said of checkpoints in the main thread", () => {
    const here = checkpoint("c")
    for (const part of [
      here,
      sequence(parallel({ x: step("a") }), here, WIO.saga(step("b"))),
      loop(here),
      branch({ x: here }, pure),
      match({ X: here }),
      machine({ one: here }, "one"),
      catches(sequence(risky("a"), here), pure),
      catches(risky("a"), here),
      version(pure, here),
      WIO.query(here, Query.make("q", { reply: Schema.Number }), () => 1)
    ]) {
      expect(found(part)).toEqual([])
    }
  })

  it("is said of checkpoints with something left to undo before them", () => {
    const undone = compensate(step("a"), step("undo"))
    expect(found(sequence(undone, checkpoint("c")))).toEqual(["misplaced E c"])
    expect(found(sequence(parallel({ x: undone }), step("b"), loop(sequence(checkpoint("c"), step("d")))))).toEqual([
      "misplaced E again/body/c"
    ])
    expect(found(loop(sequence(checkpoint("c"), undone)))).toEqual(["misplaced E body/c"])
    expect(found(sequence(WIO.saga(undone), checkpoint("c")))).toEqual([])
    expect(found(sequence(checkpoint("c"), undone))).toEqual([])
    expect(found(sequence(branch({ x: sequence(undone, fail) }, pure), checkpoint("c")))).toEqual([])
    expect(found(sequence(dynamic(undone), checkpoint("c")))).toEqual([])
  })

  it("is said of continueAsNew in a branch, and nowhere else", () => {
    expect(found(parallel({ x: anew, y: step("a") }))).toEqual(["misplaced E branch x"])
    expect(found(race({ x: sequence(step("a"), anew), y: step("b") }))).toEqual([
      "misplaced E branch x/a>ContinueAsNew"
    ])
    expect(found(forEach(branch({ x: anew }, pure)))).toEqual(["misplaced E body/case x"])
    expect(found(interrupt(step("a"), sequence(timer("t"), anew)))).toEqual([])
    expect(found(WIO.saga(sequence(parallel({ x: step("a") }), branch({ x: anew }, pure))))).toEqual([])
  })
})

describe("draft and shadowed-query", () => {
  it("a draft is a warning", () => {
    expect(check(sequence(step("a"), draft))).toEqual([
      {
        rule: "draft",
        severity: "warning",
        workflow: "Example",
        address: "later",
        message: 'Example, "later": "later" is only drafted: write it before you run the workflow.'
      }
    ])
  })

  it("an answer within another to the same query is a warning", () => {
    const asked = (part: Part, name = "q"): Part => WIO.query(part, Query.make(name, { reply: Schema.Number }), () => 1)
    expect(found(asked(sequence(step("a"), asked(step("b")))))).toEqual(["shadowed-query W body/a>AnswerQuery"])
    expect(found(asked(parallel({ x: asked(step("b")) })))).toEqual(["shadowed-query W body/branch x"])
    expect(found(asked(asked(step("a"), "other")))).toEqual([])
    expect(found(sequence(asked(step("a")), asked(step("b"))))).toEqual([])
    expect(found(asked(embed(asked(step("a")))))).toEqual([])
  })
})

describe("findings", () => {
  it("come in the order of the workflow, the same each time", () => {
    const body = () =>
      sequence(
        loop(pure),
        catches(step("a"), step("h")),
        draft,
        interrupt(signal("s"), signal("s")),
        step("a"),
        fail,
        step("lost")
      )
    expect(found(body()).map((line) => line.split(" ")[0])).toEqual([
      "loop-without-step",
      "unreachable",
      "draft",
      "ambiguous-signal",
      "duplicate-name",
      "unreachable"
    ])
    expect(check(body())).toEqual(check(body()))
  })

  it("stand at addresses of the workflow, and are plain data", () => {
    const body = sequence(step("a"), parallel({ "x/1": sequence(step("b"), step("b")) }), step("a"), fail, step("c"))
    const addresses = new Set<string>()
    const note = (_node: unknown, _parts: unknown, address: string) => addresses.add(address)
    Node.fold<unknown>(Node.of(body), new Proxy({}, { get: () => note }) as never)
    const findings = check(body)
    expect(findings).toHaveLength(3)
    for (const { address, other = [] } of findings) {
      for (const at of [address, ...other]) expect(addresses).toContain(at)
    }
    expect(JSON.parse(JSON.stringify(findings))).toEqual(findings)
    expect(Schema.decodeUnknownSync(Schema.Array(Lint.Finding))(findings)).toEqual(findings)
  })

  it("are all listed by the error of an engine", () => {
    const findings = check(sequence(fail, step("lost")))
    const error = new Lint.LintFailed({ findings })
    expect(error._tag).toBe("LintFailed")
    expect(error.message).toBe(`1 finding of the linter:\n- ${findings[0]?.message} (unreachable)`)
    const many = new Lint.LintFailed({
      findings: Array.from({ length: 30 }, () => findings)
        .flat()
        .slice(0, 30)
    })
    expect(many.message.split("\n")).toHaveLength(22)
    expect(many.message).toContain("30 findings")
  })
})

describe("of generated workflows", () => {
  it("what is said to be unreachable is never reached, whatever happens", () => {
    fc.assert(
      fc.property(Generator.cases(), (generated) => {
        const run = Laws.run(generated)
        const progress = run.executions.map((execution) => Execution.progress(execution)).at(-1)
        for (const { address, rule } of Lint.check(run.workflow)) {
          if (rule !== "unreachable") continue
          const { completed, failed, status } = progress?.get(address) ?? { completed: 0, failed: 0, status: "pending" }
          expect([address, completed, failed, status === "current"]).toEqual([address, 0, 0, false])
        }
      }),
      { numRuns: 500 }
    )
  })

  it("nothing else is said where their names are unique, but that some loops have no step", () => {
    const expected = new Set(["unreachable", "loop-without-step"])
    fc.assert(
      fc.property(Generator.plans(), (plan) => {
        const findings = Lint.check(Generator.workflow({ names: "unique", plan }))
        expect(findings.filter(({ rule }) => !expected.has(rule))).toEqual([])
      }),
      { numRuns: 500 }
    )
  })
})

describe("100000 of a kind", () => {
  const DEEP = 100_000
  it.each<readonly [string, () => Part, number]>([
    ["andThen, to the left", () => nested(DEEP, step("a"), (part) => WIO.andThen(part, pure)), 0],
    ["andThen, to the right", () => nested(DEEP, step("a"), (part) => WIO.andThen(pure, part)), 0],
    ["loop", () => nested(DEEP, step("a"), (part) => loop(part)), 0],
    ["loop without step", () => nested(DEEP, pure, (part) => loop(part)), 1],
    ["parallel", () => nested(DEEP, signal("s"), (part) => parallel({ a: part })), 0],
    ["catch", () => nested(DEEP, risky("a"), (part) => catches(part, risky("a"))), DEEP],
    ["interruption", () => nested(DEEP, signal("s"), (part) => interrupt(part, signal("s"))), DEEP],
    ["timeout", () => nested(DEEP, step("a"), (part) => interrupt(part, timer("t"))), DEEP - 1],
    [
      "query",
      () => nested(DEEP, step("a"), (part) => WIO.query(part, Query.make("q", { reply: Schema.Number }), () => 1)),
      DEEP - 1
    ],
    ["version", () => nested(DEEP, pure, (part) => version(pure, part)), DEEP - 1],
    ["compensation", () => nested(DEEP, step("a"), (part) => compensate(part, step("u"))), DEEP - 1],
    ["steps of one name", () => nested(DEEP, step("a"), (part) => WIO.andThen(part, step("a"))), DEEP],
    ["signals in a row", () => nested(DEEP, signal("s"), (part) => WIO.andThen(part, signal("s"))), 0],
    [
      "branches side by side",
      () => parallel(Object.fromEntries(Array.from({ length: DEEP }, (_, n) => [`k${n}`, signal("s")]))),
      0
    ]
  ])("%s", (_, body, count) => {
    expect(check(body())).toHaveLength(count)
  })

  it("forks in forks with the same keys", () => {
    const deep = nested(1_000, signal("s"), (part) => parallel({ a: part, b: signal("s") }))
    expect(check(deep).length).toBeGreaterThan(0)
    const team = parallel({ a: signal("s"), b: signal("s") })
    expect(check(nested(DEEP / 4, team, (part) => WIO.andThen(part, team)))).toEqual([])
  })
})
