/** Snapshots: how small they are, what they survive, and what is refused. */
import { WIO, Workflow } from "@waymark/core"
import { Command, Execution, SnapshotMismatch, SnapshotRefused, type Event } from "@waymark/interpreter"
import { Effect, Option, Result, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { bad, ok } from "../support/log.ts"

type Part = WIO.WIO<number, number>

const io = (name = "step"): Part =>
  WIO.runIO(name, {
    event: Schema.Number,
    run: (_: number) => Effect.succeed(1),
    apply: (n, event) => n + event
  })
const undone = (name: string): Part => io(name).pipe(WIO.compensateWith(io(`undo ${name}`)))

const flow = (body: Part, name = "Numbers") =>
  Workflow.make(name, { version: 1, input: Schema.Number, state: Schema.Number, body })
const begin = (body: Part) => Execution.start(flow(body), 0, { id: "s-1", at: 0 }).execution
type Running = ReturnType<typeof begin>

/** Through text, and into a definition that was built anew: as another process would. */
const elsewhere = (execution: Running, body: Part): Running =>
  ok(Execution.restore(flow(body), JSON.parse(JSON.stringify(Execution.snapshot(execution)))))

const waits = (execution: Running) =>
  Execution.pending(execution).map(({ step }) => `${step.path}#${step.ordinal} ${step.name}`)

/** Completes the effect of a name, or the first one. */
const serve = (execution: Running, name?: string): Running => {
  const pending = Execution.pending(execution).find(
    ({ _tag, step }) => _tag === "RunIO" && (name === undefined || step.name === name)
  )
  if (pending === undefined) throw new Error(`nothing to serve among ${waits(execution).join(", ")}`)
  return ok(Execution.step(execution, Command.succeed(pending.step, 1), { at: 1 })).execution
}

const completed = (seq: number, ordinal: number, step = "step"): Event.Event => ({
  instance: "s-1",
  run: 0,
  seq,
  id: `0.${seq}.0`,
  at: 1,
  kind: "completed",
  path: "",
  ordinal,
  step,
  payload: 1
})

describe("the size of a snapshot", () => {
  it("is a few hundred bytes after a million rounds of a loop with a flatMap inside", () => {
    const round = WIO.pure((n: number) => n).pipe(WIO.flatMap(() => io()))
    const body = WIO.loop("rounds", round, { while: (n) => n < 1_000_000 })
    const rounds = function* () {
      for (let i = 0; i < 999_999; i++) yield completed(i + 1, i)
    }
    const execution = ok(Execution.evolveAll(begin(body), rounds()))
    expect(JSON.stringify(Execution.snapshot(execution)).length).toBeLessThan(400)
    const restored = elsewhere(execution, body)
    expect(waits(restored)).toEqual(["#999999 step"])
    expect(Option.isSome(Execution.result(serve(restored)))).toBe(true)
  })

  it("does not grow with a recursion through one function", () => {
    const down = (n: number): Part => (n > 500 ? WIO.pure((n: number) => n) : io().pipe(WIO.flatMap(down)))
    const sizes = new Map<number, number>()
    let execution = begin(down(0))
    for (let i = 0; i < 500; i++) {
      execution = serve(execution)
      sizes.set(i, JSON.stringify(Execution.snapshot(execution)).length)
    }
    expect((sizes.get(499) ?? 0) - (sizes.get(9) ?? 0)).toBeLessThan(20)
    expect(waits(elsewhere(execution, down(0)))).toEqual(waits(execution))
  })

  it("follows the items that are live or waiting, with no more than their states for those that wait", () => {
    const body = WIO.forEach("all", {
      items: (n: number) => Array.from({ length: 1_000 }, (_, i) => n + i),
      key: (item) => `${item}`,
      body: io(),
      concurrency: 2,
      join: (outs) => outs.length
    }) as Part
    const execution = begin(body)
    const { length } = JSON.stringify(Execution.snapshot(execution))
    expect(length).toBeLessThan(30_000)
    expect(waits(serve(elsewhere(execution, body)))).toEqual(["0:1#0 step", "0:2#0 step"])
  })
})

describe("a snapshot brings back", () => {
  it("generators: where they are, with what they were given", () => {
    const body = WIO.gen("sum", function* (n: number) {
      let sum = 0
      for (const name of ["a", "b", "c"]) sum += yield* WIO.step(io(name), n + sum)
      return sum
    })
    const half = elsewhere(serve(serve(begin(body))), body)
    expect(waits(half)).toEqual(["#2 c"])
    expect(Option.map(Execution.result(serve(half)), ok)).toEqual(Option.some(7))
  })

  it("generators within generators and flatMaps", () => {
    const inner = WIO.gen("inner", function* (n: number) {
      const twice = yield* WIO.step(io("in"), n)
      return yield* WIO.step(WIO.pure((n: number) => n).pipe(WIO.flatMap((n) => io(`in ${n}`))), twice)
    })
    const body = WIO.gen("outer", function* (n: number) {
      const first = yield* WIO.step(inner, n)
      return yield* WIO.step(inner, first)
    })
    let execution = begin(body)
    for (const waiting of ["#0 in", "#1 in 1", "#2 in", "#3 in 3"]) {
      execution = elsewhere(execution, body)
      expect(waits(execution)).toEqual([waiting])
      execution = serve(execution)
    }
    expect(Option.map(Execution.result(execution), ok)).toEqual(Option.some(4))
  })

  it("what has to be undone, half way through undoing it", () => {
    const body = WIO.parallel(
      {
        left: undone("a").pipe(WIO.andThen(undone("b"))),
        right: undone("c").pipe(WIO.andThen(io("d")))
      },
      { fork: (n: number) => ({ left: n, right: n }), join: () => 0 }
    ) as Part
    let execution = begin(body)
    for (const name of ["a", "c", "b"]) execution = elsewhere(serve(execution, name), body)
    execution = ok(Execution.step(execution, Command.cancel("enough"), { at: 2 })).execution
    const seen: Array<string> = []
    while (Option.isNone(Execution.result(execution))) {
      execution = elsewhere(execution, body)
      seen.push(Execution.undoing(execution)[0] ?? "nothing")
      execution = serve(execution)
    }
    expect(seen).toEqual(["undo b", "undo c", "undo a"])
    expect(Execution.status(execution)).toBe("cancelled")
  })

  it("a cut that waits, and the interruption that goes on after it", () => {
    const body = io("first").pipe(
      WIO.andThen(undone("second")),
      WIO.interruptWith(WIO.await<number>("limit", { for: 10 }).pipe(WIO.andThen(io("late"))))
    )
    const before = serve(begin(body), "first")
    const fired = ok(Execution.step(before, Command.tick(10), { at: 10 })).execution
    const restored = elsewhere(fired, body)
    expect(waits(restored)).toEqual(["#1 second"])
    const undoing = elsewhere(serve(restored), body)
    expect(waits(undoing)).toEqual(["#2 undo second"])
    expect(waits(serve(undoing))).toEqual(["#3 late"])
  })

  it("attempts, due times and why the last attempt failed", () => {
    const body = io().pipe(
      WIO.andThen(WIO.await<number>("pause", { for: 5 })),
      WIO.timeout("limit", { for: 100, onTimeout: io("late") })
    )
    const [pending] = Execution.pending(begin(body))
    if (pending === undefined) throw new Error("nothing is pending")
    const failed = Command.attempt(pending.step, { error: "no route", next: 50 })
    const execution = elsewhere(ok(Execution.step(begin(body), failed, { at: 1 })).execution, body)
    expect(Execution.pending(execution)).toMatchObject([
      { _tag: "RunIO", attempt: 2, notBefore: 50, lastError: "no route" },
      { _tag: "Timer", due: 100 }
    ])
  })

  it("states of an embedded workflow, by its own schema", () => {
    const Inner = Workflow.make("Inner", {
      version: 1,
      input: Schema.String,
      state: Schema.String,
      body: WIO.runIO("ask", {
        event: Schema.String,
        run: (_: string) => Effect.succeed("yes"),
        apply: (question, answer) => `${question} ${answer}`
      })
    })
    const body = WIO.embed(Inner, { in: (n: number) => `is it ${n}?`, out: (n, answer) => n + answer.length })
    const execution = elsewhere(begin(body), body)
    expect(Execution.state(execution)).toBe(0)
    const [pending] = Execution.pending(execution)
    if (pending === undefined) throw new Error("nothing is pending")
    const end = ok(Execution.step(execution, Command.succeed(pending.step, "yes"), { at: 1 })).execution
    expect(Execution.state(end)).toBe("is it 0? yes".length)
  })
})

/** A workflow that starts from more than its `state` schema describes: nothing but its input is ever more. */
const Order = Schema.Struct({ id: Schema.String, items: Schema.Array(Schema.String) })
type Order = typeof Order.Type
const Paid = Schema.Struct({ id: Schema.String })
type Paid = typeof Paid.Type
const order: Order = { id: "o", items: ["x", "y"] }
const pay = (name = "pay") =>
  WIO.runIO(name, {
    event: Schema.String,
    run: (_: Paid) => Effect.succeed("e"),
    apply: ({ id }, receipt) => ({ id: `${id}/${receipt}` })
  })
const shipped = ({ id }: Paid, { items }: Order): Paid => ({ id: `${id}:${items.join()}` })
const starting = {
  gen: WIO.gen(function* (order: Order) {
    let paid: Paid = yield* WIO.step(pay(), { id: order.id })
    for (const item of order.items) paid = yield* WIO.step(pay(), { id: `${paid.id}-${item}` })
    return paid
  }),
  parallel: WIO.parallel(
    { left: pay() },
    { fork: (order: Order) => ({ left: order }), join: ({ left }, o) => shipped(left, o) }
  ),
  forEach: WIO.forEach("each", {
    items: ({ items }: Order) => items.map((id) => ({ id })),
    key: ({ id }) => id,
    body: pay(),
    join: ([paid], o) => shipped(paid ?? o, o)
  }),
  embed: WIO.embed(Workflow.make("Pay", { version: 1, input: Paid, state: Paid, body: pay() }), {
    in: ({ id }: Order) => ({ id }),
    state: (_, paid) => paid,
    out: (order, paid) => shipped(paid, order)
  })
}

describe("what a node holds comes back whole where the state schema describes less of it", () => {
  const ends = <Out, E, R, State>(execution: Execution.Execution<Out, E, R, State>) => {
    let at = execution
    for (;;) {
      const next = Execution.pending(at).find(({ _tag }) => _tag === "RunIO")
      if (next === undefined) return Execution.state(at)
      at = ok(Execution.step(at, Command.succeed(next.step, "e"), { at: 1 })).execution
    }
  }
  const compare = <In, Out, E, R, State>(
    make: () => Workflow.Workflow<string, In, Out, E, R, State>,
    input: NoInfer<In>
  ) => {
    const { execution } = Execution.start(make() as Workflow.Workflow<string, In, Out, E, never, State>, input, {
      id: "s-1",
      at: 0
    })
    const json: unknown = JSON.parse(JSON.stringify(Execution.snapshot(execution)))
    const back = ok(Execution.restore(make(), json))
    expect(Execution.snapshot(back)).toEqual(json)
    expect(ends(back)).toEqual(ends(execution))
  }

  it.each(Object.keys(starting) as ReadonlyArray<keyof typeof starting>)("the workflow's input: %s", (name) => {
    const body = starting[name] as typeof starting.gen
    compare(() => Workflow.make("Order", { version: 1, input: Order, state: Paid, body }), order)
  })

  it.each(Object.keys(starting) as ReadonlyArray<keyof typeof starting>)("an embedded workflow's input: %s", (name) => {
    const body = starting[name] as typeof starting.gen
    const Inner = Workflow.make("Inner", { version: 1, input: Order, state: Paid, body })
    const outer = WIO.embed(Inner, { in: (): Order => ({ ...order, items: ["z"] }), out: (_: string, { id }) => id })
    compare(() => Workflow.make("Outer", { version: 1, input: Schema.String, state: Schema.String, body: outer }), "")
  })

  it.each(Object.keys(starting) as ReadonlyArray<keyof typeof starting>)(
    "what a generator gives its part: %s",
    (name) => {
      const body = WIO.gen(function* (id: string) {
        const { id: paid } = yield* WIO.step(starting[name] as typeof starting.gen, { ...order, id })
        return { id: paid }
      })
      compare(() => Workflow.make("Gen", { version: 1, input: Schema.String, state: Paid, body }), "o")
    }
  )

  it("an input of an embedded workflow that only its `input` schema describes", () => {
    class Ask extends Schema.TaggedClass<Ask>()("Ask", { of: Schema.Array(Schema.String) }) {}
    const questions = WIO.forEach("ask", {
      items: (ask: Ask) => ask.of.map((id) => ({ id })),
      key: ({ id }) => id,
      body: pay(),
      join: (paid, { of }): Paid => ({ id: [...paid.map(({ id }) => id), ...of].join() })
    })
    const Inner = Workflow.make("Inner", {
      version: 1,
      input: Ask,
      state: Paid,
      body: questions.pipe(
        WIO.timeout("too long", { for: "1 day", onTimeout: WIO.pure((_: unknown): Paid => ({ id: "" })) })
      )
    })
    const outer = WIO.embed(Inner, { in: (id: string) => new Ask({ of: [id, "b"] }), out: (_, { id }) => id })
    compare(() => Workflow.make("Outer", { version: 1, input: Schema.String, state: Schema.String, body: outer }), "a")
  })

  it("records of states, which a parallel without a fork starts from", () => {
    class Sum extends Schema.TaggedClass<Sum>()("Sum", { of: Schema.String }) {}
    const side = WIO.runIO("side", {
      event: Schema.String,
      run: (_: Sum) => Effect.succeed("e"),
      apply: ({ of }, more) => new Sum({ of: of + more })
    })
    const both = WIO.parallel(
      { left: side, right: side },
      { join: ({ left, right }, before) => new Sum({ of: left.of + right.of + before.right.of }) }
    )
    const body = WIO.gen(function* ({ of }: Sum) {
      return yield* WIO.step(both, { left: new Sum({ of: `${of}l` }), right: new Sum({ of: `${of}r` }) })
    })
    compare(() => Workflow.make("Sums", { version: 1, input: Sum, state: Sum, body }), new Sum({ of: "s" }))
  })

  it("and is refused where nothing describes all of it: an instance of a class is more than its fields", () => {
    class Named {
      readonly id = "o"
      get loud() {
        return `${this.id}!`
      }
    }
    const part = WIO.gen(function* (given: Named) {
      const { id } = yield* WIO.step(pay(), { id: given.id })
      return { id: id + given.loud }
    })
    const body = WIO.gen(function* (_: Paid) {
      return yield* WIO.step(part, new Named())
    })
    const Loud = Workflow.make("Loud", { version: 1, input: Paid, state: Paid, body })
    const { execution } = Execution.start(Loud, { id: "o" }, { id: "s-1", at: 0 })
    expect(bad(Execution.trySnapshot(execution)).message).toContain("no schema describes all of a state that it holds.")
  })

  it("and is refused where nothing describes a part of it, which is named", () => {
    const part = WIO.gen(function* (given: { readonly id: string; readonly on: Date }) {
      const { id } = yield* WIO.step(pay(), { id: given.id })
      return { id: `${id} ${given.on.getTime()}` }
    })
    const body = WIO.gen(function* ({ id }: Paid) {
      return yield* WIO.step(part, { id, on: new Date(0) })
    })
    const Dated = Workflow.make("Dated", { version: 1, input: Paid, state: Paid, body })
    const { execution } = Execution.start(Dated, { id: "d" }, { id: "s-1", at: 0 })
    expect(bad(Execution.trySnapshot(execution)).message).toContain("no schema describes all of a state that it holds")
    expect(bad(Execution.trySnapshot(execution)).message).toContain('at "on"')
  })
})

describe("a snapshot is refused", () => {
  it("of functions within functions without end, and says what to use instead", () => {
    const down = (): Part => io().pipe(WIO.flatMap(() => down()))
    let execution = begin(down())
    for (let i = 0; i < 300; i++) execution = serve(execution)
    const refused = bad(Execution.trySnapshot(execution))
    expect(refused).toBeInstanceOf(SnapshotRefused)
    expect(refused.message).toContain("WIO.loop or WIO.machine")
    // It goes on all the same.
    expect(waits(serve(execution))).toEqual(["#301 step"])
    expect(() => Execution.snapshot(execution)).toThrow(SnapshotRefused)
  })

  it("of a state that no schema describes, and says which", () => {
    const Odd = Schema.Struct({ odd: Schema.Boolean })
    const body = WIO.pure((n: number) => ({ odd: n % 2 === 1 })).pipe(
      WIO.andThen(WIO.await<typeof Odd.Type>("wait", { for: 1 })),
      WIO.map(() => 0)
    )
    const execution = begin(body as never)
    expect(bad(Execution.trySnapshot(execution)).message).toContain("no schema describes a state")
  })

  const execution = begin(io())
  const snapshot = Execution.snapshot(execution) as Readonly<Record<string, Schema.Json>>
  const refusal = (body: Part, json: unknown, name?: string) => {
    const refused = bad(Execution.restore(flow(body, name), json))
    expect(refused).toBeInstanceOf(SnapshotMismatch)
    return refused.message
  }

  it("by a definition of another shape, another workflow, another format, and where it is none", () => {
    expect(refusal(io("other"), snapshot)).toContain("another shape")
    expect(refusal(io().pipe(WIO.andThen(io())), snapshot)).toContain("another shape")
    expect(refusal(io(), snapshot, "Other")).toContain('workflow "Numbers"')
    expect(refusal(io(), { ...snapshot, format: 99 })).toContain("format is 99")
    for (const none of [null, 1, "snapshot", [], {}]) expect(refusal(io(), none)).toContain("Recover from the journal")
  })

  it("where a function of the definition computes another part by now, live or passed", () => {
    const steps = (...names: ReadonlyArray<string>) =>
      WIO.gen("steps", function* (n: number) {
        let sum = n
        for (const name of names) sum = yield* WIO.step(io(name), sum)
        return sum
      })
    const taken = Execution.snapshot(serve(serve(begin(steps("a", "b", "c")))))
    expect(Result.isSuccess(Execution.restore(flow(steps("a", "b", "c")), taken))).toBe(true)
    for (const other of [steps("a", "x", "c"), steps("a", "b", "x"), steps("a", "b")]) {
      expect(bad(Execution.restore(flow(other), taken))).toBeInstanceOf(SnapshotMismatch)
    }
    const computed = (name: string) => WIO.pure((n: number) => n).pipe(WIO.flatMap(() => io(name)))
    expect(refusal(computed("b"), Execution.snapshot(begin(computed("a"))))).toContain("computes another part")
  })

  it("with a state that does not fit its schema any more", () => {
    const threads = JSON.stringify(snapshot["threads"]).replace('["s",0]', '["s","zero"]')
    expect(refusal(io(), { ...snapshot, threads: JSON.parse(threads) })).toContain("does not fit its schema")
  })
})

describe("an execution is a value", () => {
  it("and a generator that does not do the same each time is found out when it is run anew", () => {
    let runs = 0
    const body = WIO.gen("moody", function* (n: number) {
      const mood = runs++ === 0 ? "good" : "bad"
      const first = yield* WIO.step(io(mood), n)
      return yield* WIO.step(io("second"), first)
    })
    const old = begin(body)
    serve(old)
    // The iterator has gone on with the first one: this one has to be run anew.
    expect(() => serve(old)).toThrow("takes another way")
  })

  it("also where a generator is in it: an old one takes another event, and another way", () => {
    const body = WIO.gen("ways", function* (n: number) {
      const first = yield* WIO.step(
        WIO.runIO("which", { event: Schema.Number, run: (_: number) => Effect.succeed(1), apply: (_, way) => way }),
        n
      )
      const second = first === 1 ? yield* WIO.step(io("one"), first) : yield* WIO.step(io("many"), first)
      return first * 100 + second
    })
    const old = begin(body)
    const way = (event: number) =>
      ok(Execution.step(old, Command.succeed({ path: "", ordinal: 0, name: "which" }, event), { at: 1 })).execution
    const [one, many, again] = [way(1), way(5), way(1)]
    expect([one, many, again].map((execution) => waits(execution)[0])).toEqual(["#1 one", "#1 many", "#1 one"])
    const results = [again, many, one, many].map((execution) => Option.map(Execution.result(serve(execution)), ok))
    expect(results).toEqual([102, 506, 102, 506].map(Option.some))
  })
})
