/** Waymark on one of its stores: `{ store, url | filename, engine }`, where `engine` has options that are not the defaults. */
import { Signal, WIO, Workflow } from "@waymark/core"
import { Engine, Journal } from "@waymark/interpreter"
import { PgJournal } from "@waymark/postgres"
import { SqliteJournal } from "@waymark/sqlite"
import { Effect, Layer, ManagedRuntime, Schema } from "effect"
import { setTimeout } from "node:timers/promises"

const Done = Schema.Struct({ ok: Schema.Boolean, i: Schema.Number })
const noOp = (name, i, run = () => Effect.succeed({ ok: true, i })) =>
  WIO.runIO(name, { event: Done, run, apply: (state) => state })
const chain = (steps) => steps.reduce((all, next) => all.pipe(WIO.andThen(next)))
const make = (name, state, body) => Workflow.make(name, { version: 1, input: state, state, body })

const Ten = make("Ten", Schema.String, chain(Array.from({ length: 10 }, (_, i) => noOp(`s${i}`, i))))

// So many steps with a result of so many bytes each, which the state does not keep.
const Shape = Schema.Struct({ left: Schema.Number, bytes: Schema.Number })
const texts = new Map()
const text = (bytes) => texts.get(bytes) ?? texts.set(bytes, "x".repeat(bytes)).get(bytes)
const sized = WIO.runIO("sized", {
  event: Schema.String,
  run: ({ bytes }) => Effect.succeed(text(bytes)),
  apply: ({ left, bytes }) => ({ left: left - 1, bytes })
})
const Shaped = make("Shaped", Shape, WIO.loop("rounds", sized, { while: ({ left }) => left > 0 }))

const Go = Signal.make("go", { payload: Schema.String, reply: Schema.Null })
const go = WIO.handleSignal(Go, {
  event: Schema.String,
  handle: (_, word) => Effect.succeed(word),
  apply: (state) => state,
  reply: () => null
})
let waiting = 0
let ended = 0
const arrive = Effect.sync(() => {
  waiting++
  return { ok: true, i: 0 }
})
const Waiter = make("Waiter", Schema.String, chain([noOp("before", 0, () => arrive), go, noOp("after", 1)]))
const Long = make("Long", Shape, WIO.loop("rounds", sized, { while: ({ left }) => left > 0 }).pipe(WIO.andThen(go)))
const Busy = make(
  "Busy",
  Schema.String,
  noOp("busy", 0, () => Effect.andThen(arrive, Effect.never))
)
const workflows = [Ten, Shaped, Waiter, Long, Busy]

const stores = {
  postgres: ({ url }) => PgJournal.layer({ url }),
  sqlite: ({ filename }) => SqliteJournal.layer({ filename }),
  memory: () => Journal.layerMemory
}

const rested = (engine, id) =>
  Effect.repeat(Effect.delay(engine.status(id), "20 millis"), {
    until: ({ waitsFor }) => waitsFor.some(({ _tag }) => _tag === "Signal")
  })

export const open = async ({ store, engine: options, ...where }) => {
  // At a mebibyte a payload is half the limit, and the log would say so.
  const layer = Engine.layer({ workflows, limits: { warnAt: 1 }, ...options })
  const runtime = ManagedRuntime.make(layer.pipe(Layer.provide(stores[store](where))))
  const engine = await runtime.runPromise(Engine)
  const run = (effect) => runtime.runPromise(effect)
  const finish = (workflow, id, input) =>
    run(Effect.flatMap(engine.start(workflow, { id, input }), ({ result }) => result))
  const wake = (workflow, id) =>
    run(Effect.andThen(engine.signal(id, Go, "go", { id: "go" }), engine.result(workflow, id)))
  const hold = async (workflow, { tag, count }) => {
    const before = waiting
    const start = (n) => engine.start(workflow, { id: `${tag}-${n}`, input: "" })
    await run(Effect.forEach(Array.from({ length: count }).keys(), start, { concurrency: 1_000, discard: true }))
    while (waiting < before + count) await setTimeout(5)
  }
  return {
    run: (id, { steps = 10, bytes } = {}) =>
      steps === 10 && bytes === undefined
        ? finish(Ten, id, id)
        : finish(Shaped, id, { left: steps, bytes: bytes ?? 10 }),
    wait: (id) => run(engine.start(Waiter, { id, input: id })),
    waiting: () => waiting,
    signal: async (id) => {
      await run(engine.signal(id, Go, "go", { id: "go" }))
      // The signal is answered once it is on record; what follows it is not waited for here.
      // oxlint-disable-next-line typescript/no-floating-promises
      run(engine.result(Waiter, id)).then(() => ended++)
    },
    ended: () => ended,
    /** Starts so many that run a step without end, and returns when all do. */
    holdBusy: (given) => hold(Busy, given),
    holdWaiting: (given) => hold(Waiter, given),
    /** Starts one whose journal gets so long before it waits. */
    lengthen: ({ id, length }) => run(engine.start(Long, { id, input: { left: length, bytes: 10 } })),
    /** Milliseconds from the signal to its end. */
    wake: async ({ id }) => {
      const since = performance.now()
      await wake(Long, id)
      return performance.now() - since
    },
    /** Deletes what has ended. */
    purge: () => run(engine.purge({ olderThan: 0 })),
    /** Returns when it waits for its signal. */
    rested: ({ id }) => run(rested(engine, id)),
    close: () => runtime.dispose()
  }
}
