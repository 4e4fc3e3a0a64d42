/** An engine that was stopped: who waits for it is told so, nobody hangs, and nothing is lost by asking elsewhere. */
import { Deferred, Effect, Exit, Fiber, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Signal, WIO, Workflow } from "@waymark/core"
import { EngineStopped, JournalError, type Engine, type Journal } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { await_, boot, run, settle } from "../support/engine.ts"

const Add = Signal.make("add", { payload: Schema.Number, reply: Schema.Number })

const Sum = Workflow.make("Sum", {
  version: 1,
  input: Schema.Number,
  state: Schema.Number,
  body: WIO.loop(
    "sum",
    WIO.handleSignal(Add, {
      event: Schema.Number,
      handle: (_: number, n) => Effect.succeed(n),
      apply: (sum, n) => sum + n,
      reply: (sum, n) => sum + n
    }),
    { while: (n) => n < 10 }
  )
})

/** All that a caller may wait for, of an instance that gives no answer. */
const waits: ReadonlyArray<
  readonly [
    what: string,
    asked: EngineStopped["asked"],
    ask: (engine: Engine["Service"]) => Effect.Effect<unknown, unknown>
  ]
> = [
  ["result", "result", (engine) => engine.result(Sum, "s")],
  ["the result of a handle", "result", (engine) => engine.handle(Sum, "s").result],
  ["a signal", "signal", (engine) => engine.signal("s", Add, 1, { id: "one" })],
  ["a cancellation", "signal", (engine) => engine.cancel("s", "enough")],
  ["a termination", "signal", (engine) => engine.terminate("s", "enough")],
  ["a retry", "signal", (engine) => engine.retry("s")],
  [
    "a decision",
    "signal",
    (engine) => engine.resolve("s", { path: "", ordinal: 0, name: "x" }, { _tag: "Succeed", event: 1 })
  ]
]

/** Fails with what an effect failed with, at once: without a clock that moves. */
const stopped = Effect.fnUntraced(function* (fiber: Fiber.Fiber<unknown, unknown>) {
  yield* settle
  const exit = fiber.pollUnsafe()
  if (exit === undefined) return yield* Effect.die(new Error("it waits still"))
  const error = Option.getOrThrow(Exit.findErrorOption(exit))
  return error instanceof EngineStopped ? error : yield* Effect.die(error)
})

/** An instance that another engine has started and that this one may only ask: nobody answers. */
const unanswered = Effect.fnUntraced(function* (journal: Journal["Service"]) {
  const other = yield* boot(journal, [])
  yield* other.engine.start(Sum, { id: "s", input: 0 })
  return yield* boot(journal, [])
})

describe("an engine that is stopped", () => {
  for (const [what, asked, ask] of waits) {
    it(`tells whoever waits for ${what}, also where only its layer ends`, () =>
      run((journal) =>
        Effect.gen(function* () {
          for (const end of ["shutdown", "close"] as const) {
            const { close, engine } = yield* unanswered(journal)
            const waiting = yield* Effect.forkChild(ask(engine))
            yield* settle
            expect(waiting.pollUnsafe()).toBeUndefined()
            yield* end === "shutdown" ? engine.shutdown : close
            expect(yield* stopped(waiting)).toMatchObject({ asked, instance: "s" })
          }
        })
      ))

    it(`refuses ${what} that is asked for later`, () =>
      run((journal) =>
        Effect.gen(function* () {
          const { engine } = yield* unanswered(journal)
          yield* engine.shutdown
          const inbox = yield* Single.inbox(journal, "s")
          expect(yield* stopped(yield* Effect.forkChild(ask(engine)))).toMatchObject({ asked, instance: "s" })
          expect(yield* Single.inbox(journal, "s")).toEqual(inbox)
        })
      ))
  }

  it("tells whoever waits for an instance that it runs itself", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [Sum])
        const handle = yield* engine.start(Sum, { id: "s", input: 0 })
        const waiting = yield* Effect.forkChild(handle.result)
        yield* settle
        yield* engine.shutdown
        yield* stopped(waiting)
        const { engine: next } = yield* boot(journal, [Sum])
        expect(yield* await_(next.signal("s", Add, 10))).toBe(10)
        expect(yield* await_(next.result(Sum, "s"))).toBe(10)
      })
    ))

  it("begins nothing more: a start writes nothing, and no instance is run by hand", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [Sum], { mode: "manual" })
        yield* engine.start(Sum, { id: "before", input: 10 })
        yield* engine.shutdown
        const start = yield* Effect.forkChild(engine.start(Sum, { id: "after", input: 0 }))
        expect(yield* stopped(start)).toMatchObject({ asked: "start", instance: "after" })
        expect(Option.isNone(yield* Single.find(journal, "after"))).toBe(true)
        expect((yield* stopped(yield* Effect.forkChild(engine.runOne()))).asked).toBe("runOne")
        expect((yield* engine.status("before")).length).toBe(1)
      })
    ))

  it("tells whoever runs an instance by hand, and gives that back", () =>
    run((journal) =>
      Effect.gen(function* () {
        const Long = Workflow.make("Long", {
          version: 1,
          input: Schema.Number,
          state: Schema.Number,
          body: WIO.runIO("long", { event: Schema.Number, run: (_: number) => Effect.never, apply: (_, n) => n })
        })
        const { engine } = yield* boot(journal, [Long], { mode: "manual", grace: "1 minute" })
        yield* engine.start(Long, { id: "l", input: 1 })
        const byHand = yield* Effect.forkChild(engine.runOne())
        yield* settle
        const leaving = yield* Effect.forkChild(engine.shutdown)
        yield* settle
        // In its grace what runs goes on, and nothing else begins.
        expect(byHand.pollUnsafe()).toBeUndefined()
        expect((yield* stopped(yield* Effect.forkChild(engine.runOne()))).asked).toBe("runOne")
        yield* engine.shutdown
        yield* Fiber.join(leaving)
        yield* stopped(byHand)
        const claim = { owner: "next", workflows: [{ name: "Long", version: 1 }], limit: 1, order: "oldest" as const }
        expect((yield* journal.claim(claim)).map(({ id }) => id)).toEqual(["l"])
      })
    ))

  it("tells whoever waits for a journal that is out of reach", () =>
    run((journal) =>
      Effect.gen(function* () {
        const down = Effect.fail(new JournalError({ operation: "any", reason: "it is down", retryable: true }))
        const dark = {
          ...journal,
          now: down,
          find: () => down,
          send: () => down,
          wake: () => down,
          create: () => down,
          watch: () => down
        }
        const { close, engine } = yield* boot(dark, [Sum])
        const asking: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
          engine.start(Sum, { id: "s", input: 0 }),
          engine.signal("s", Add, 1),
          engine.result(Sum, "s")
        ]
        const waiting = yield* Effect.forEach(asking, (ask) => Effect.forkChild(ask))
        yield* TestClock.adjust("10 seconds")
        yield* close
        for (const fiber of waiting) yield* stopped(fiber)
      })
    ))

  it("names what to do: where to ask, and with which id", () => {
    const { message } = new EngineStopped({ asked: "signal", instance: "s", signal: "one" })
    expect(message).toBe(
      'the engine was shut down, and gives no answer to "signal" of instance "s" any more. Nothing is lost: instances are as they ' +
        'are on record, and another process, or a new engine, goes on with them: ask there, with the signal\'s id "one".'
    )
  })

  it("has stored a signal that it was given before: sent again under the id that the error names, it is handled once", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* unanswered(journal)
        const waiting = yield* Effect.forkChild(engine.signal("s", Add, 4))
        yield* settle
        yield* engine.shutdown
        const { signal: id } = yield* stopped(waiting)
        expect(id).toBeDefined()
        const { engine: next } = yield* boot(journal, [Sum])
        expect(yield* await_(next.signal("s", Add, 4, { id: id ?? "" }))).toBe(4)
      })
    ))

  it("still answers in its grace: what ends until then is told", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<number>()
        const Gated = Workflow.make("Gated", {
          version: 1,
          input: Schema.Number,
          state: Schema.Number,
          body: WIO.runIO("gate", {
            event: Schema.Number,
            run: (_: number) => Deferred.await(gate),
            apply: (_, n) => n
          })
        })
        const { engine } = yield* boot(journal, [Gated], { grace: "1 minute" })
        const handle = yield* engine.start(Gated, { id: "g", input: 1 })
        const waiting = yield* Effect.forkChild(handle.result)
        yield* settle
        const leaving = yield* Effect.forkChild(engine.shutdown)
        yield* settle
        yield* Deferred.succeed(gate, 7)
        expect(yield* Fiber.join(waiting)).toBe(7)
        yield* Fiber.join(leaving)
      })
    ))
})
