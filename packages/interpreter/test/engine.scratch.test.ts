import { expect, it } from "vitest"
import { Context, Effect, Layer, Result, Schema } from "effect"
import { Query, Signal, WIO, Workflow } from "@waymark/core"
import { Command, Engine, Execution, Journal } from "@waymark/interpreter"
class Requested extends Schema.TaggedClass<Requested>()("Requested", { amount: Schema.Number }) {}
class Held extends Schema.TaggedClass<Held>()("Held", { amount: Schema.Number, hold: Schema.String }) {}
class Completed extends Schema.TaggedClass<Completed>()("Completed", { txId: Schema.String }) {}
class Cancelled extends Schema.TaggedClass<Cancelled>()("Cancelled", { by: Schema.String }) {}
let boom = 2
const hold = WIO.runIO("hold", { event: Schema.String, run: (s: Requested) => Effect.suspend(() => boom-- > 0 ? Effect.die("boom") : Effect.succeed("h" + s.amount)), apply: (s, hold) => new Held({ amount: s.amount, hold }), retry: { initial: 1 } })
const Approve = Signal.make("approve", { payload: Schema.Struct({ by: Schema.String }), reply: Schema.String, error: Schema.Literal("no") })
const approve = WIO.handleSignal(Approve, { event: Schema.Struct({ by: Schema.String }), handle: (_: Held, { by }) => by === "bob" ? Effect.fail("no" as const) : Effect.succeed({ by }), apply: (s) => s, reply: (_, { by }) => `thanks ${by}` })
const Cancel = Signal.make("cancel", { payload: Schema.Struct({ by: Schema.String }) })
const cancel = WIO.handleSignal(Cancel, { event: Schema.Struct({ by: Schema.String }), handle: (_: Requested | Held | Completed, { by }) => Effect.succeed({ by }), apply: (_, { by }) => new Cancelled({ by }) })
const send = WIO.runIO("send", { event: Schema.String, run: (s: Held) => Effect.succeed("t" + s.hold), apply: (_, txId) => new Completed({ txId }) })
const Status = Query.make("status", { reply: Schema.String })
const body = hold.pipe(WIO.andThen(WIO.await<Held>("cool", { for: "50 millis" })), WIO.andThen(approve), WIO.andThen(send), WIO.interruptWith(cancel), WIO.query(Status, (s) => s._tag))
const W = Workflow.make("W", { version: 1, input: Requested, state: Schema.Union([Requested, Held, Completed, Cancelled]), body })
it("runs", async () => {
  const program = Effect.gen(function* () {
    const engine = yield* Engine
    const w = yield* engine.start(W, { id: "w-1", input: new Requested({ amount: 3 }) })
    const s = yield* w.query(Status)
    const refused = yield* Effect.flip(w.signal(Approve, { by: "bob" }, { id: "a0" }))
    const st = yield* w.status
    const reply = yield* w.signal(Approve, { by: "ann" }, { id: "a1" })
    const end = yield* w.result
    const again = yield* w.signal(Approve, { by: "ann" }, { id: "a1" })
    const late = yield* Effect.flip(w.signal(Approve, { by: "ann" }, { id: "a2" }))
    const w2 = yield* engine.start(W, { id: "w-1", input: new Requested({ amount: 3 }) })
    const ex = yield* Effect.flip(engine.start(W, { id: "w-1", input: new Requested({ amount: 4 }) }))
    const q = yield* w2.query(Status)
    const c = yield* engine.start(W, { id: "w-2", input: new Requested({ amount: 3 }) })
    yield* c.signal(Cancel, { by: "zoe" })
    return { s, refused, st, reply, end, again, late: String(late), w2: yield* w2.result, ex: String(ex), q, c: yield* c.result, h: yield* w.history, h2: yield* c.history }
  })
  const out = await Effect.runPromise(program.pipe(Effect.provide(Engine.layer({ workflows: [W] }).pipe(Layer.provide(Journal.layerMemory)))))
  console.log(JSON.stringify(out, null, 1))
})
it("bench", async () => {
  const S = (i: number) => WIO.runIO("s" + i, { event: Schema.Number, run: (n: number) => Effect.succeed(1), apply: (n, e) => n + e })
  let b = S(0); for (let i = 1; i < 10; i++) b = b.pipe(WIO.andThen(S(i)))
  const B = Workflow.make("B", { version: 1, input: Schema.Number, state: Schema.Number, body: b })
  const program = Effect.gen(function* () {
    const engine = yield* Engine
    for (let r = 0; r < 3; r++) { const t = performance.now()
    yield* Effect.forEach(Array.from({ length: 2000 }, (_, i) => i), (i) => Effect.flatMap(engine.start(B, { id: "b" + r + "-" + i, input: 0 }), (h) => h.result), { concurrency: 64 })
    console.log("steps/s", (20000 / (performance.now() - t) * 1000).toFixed()) }
  })
  await Effect.runPromise(program.pipe(Effect.provide(Engine.layer({ workflows: [B] }).pipe(Layer.provide(Journal.layerMemory)))))
})
