import { Deferred, Effect, Exit, Fiber, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Signal, WIO, Workflow } from "@waymark/core"
import type { Journal } from "@waymark/interpreter"
import { intercepted, Single } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { apart, await_, boot, run, settle } from "../support/engine.ts"

class TooSmall extends Schema.TaggedError<TooSmall>()("TooSmall", { least: Schema.Number }) {}

const Add = Signal.make("add", { payload: Schema.Number, reply: Schema.String, error: TooSmall })

const add = WIO.handleSignal(Add, {
  event: Schema.Number,
  handle: (_: number, amount) => (amount < 1 ? Effect.fail(new TooSmall({ least: 1 })) : Effect.succeed(amount)),
  apply: (sum, amount) => sum + amount,
  reply: (sum, amount) => `${sum} and ${amount}`
})

const numbers = <R>(name: string, body: WIO.WIO<number, number, never, R, number>) =>
  Workflow.make(name, { version: 1, input: Schema.Number, state: Schema.Number, body })

const sum = numbers("Sum", WIO.loop("sum", add, { while: (n) => n < 10 }))

const unknown = numbers(
  "Unknown",
  WIO.flatMap(add, () => add)
)

describe("signals", () => {
  it("are answered with their typed reply, and change the state", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [sum])
        const handle = yield* engine.start(sum, { id: "s-1", input: 0 })
        expect(yield* handle.signal(Add, 4)).toBe("0 and 4")
        expect(yield* handle.signal(Add, 6)).toBe("4 and 6")
        expect(yield* handle.result).toBe(10)
      })
    ))

  it("that no part waits for stay for the next version, and the log names those that it may have been meant to be", () =>
    run((journal) =>
      Effect.gen(function* () {
        const log: Array<string> = []
        const { engine } = yield* boot(journal, [sum, unknown], {}, Layer.empty, log)
        const misspelt = Signal.make("ad", { payload: Schema.Number })
        const handle = yield* engine.start(sum, { id: "s-1", input: 0 })
        yield* Effect.forkChild(handle.signal(misspelt, 4, { id: "four" }))
        yield* settle
        expect(log).toEqual([
          'signal "ad" (id "four") has come, and no part of version 1 waits for it. Those that it waits for: "add".'
        ])
        // One that it waits for, and what operators say, are no news; neither is what a function may come to wait for.
        expect(yield* handle.signal(Add, 6)).toBe("0 and 6")
        yield* handle.cancel("enough")
        const other = yield* engine.start(unknown, { id: "s-2", input: 0 })
        yield* Effect.forkChild(other.signal(misspelt, 4))
        yield* settle
        expect(log).toHaveLength(1)
      })
    ))

  it("are refused with their typed error, which journals nothing and leaves the step waiting", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [sum])
        const handle = yield* engine.start(sum, { id: "s-1", input: 0 })
        expect(yield* Effect.flip(handle.signal(Add, 0, { id: "no" }))).toEqual(new TooSmall({ least: 1 }))
        expect(yield* handle.history).toHaveLength(1)
        expect((yield* handle.status).waitsFor).toMatchObject([{ _tag: "Signal", step: { name: "add", ordinal: 0 } }])
        // The refusal is on record with its id: the same message is refused again, whatever it says now.
        expect(yield* Effect.flip(handle.signal(Add, 5, { id: "no" }))).toEqual(new TooSmall({ least: 1 }))
      })
    ))

  it("with one id are consumed once, sent twice, at once, after a restart and after the end", () =>
    run((journal) =>
      Effect.gen(function* () {
        const first = yield* boot(journal, [sum])
        const handle = yield* first.engine.start(sum, { id: "s-1", input: 0 })
        const send = handle.signal(Add, 5, { id: "five" })
        expect(yield* Effect.all([send, send, send], { concurrency: "unbounded" })).toEqual(Array(3).fill("0 and 5"))
        yield* first.close
        const { engine } = yield* boot(journal, [sum])
        const again = engine.handle(sum, "s-1")
        expect(yield* again.signal(Add, 5, { id: "five" })).toBe("0 and 5")
        expect(yield* again.signal(Add, 7)).toBe("5 and 7")
        expect(yield* again.result).toBe(12)
        expect(yield* again.signal(Add, 5, { id: "five" })).toBe("0 and 5")
        expect(yield* Effect.flip(again.signal(Add, 5, { id: "six" }))).toMatchObject({ _tag: "InstanceClosed" })
        expect(yield* Effect.flip(engine.signal("nobody", Add, 5))).toMatchObject({ _tag: "InstanceNotFound" })
      })
    ))

  it("that come before anything waits for them are kept, in their order", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const step = WIO.runIO("gate", {
          event: Schema.Void,
          run: (_: number) => Deferred.await(gate),
          apply: (n) => n
        })
        const workflow = numbers("Gate", step.pipe(WIO.andThen(WIO.loop("sum", add, { while: (n) => n < 6 }))))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "g-1", input: 0 })
        const sent: Array<Fiber.Fiber<string, unknown>> = []
        for (const amount of [1, 2, 3]) {
          sent.push(yield* Effect.forkChild(handle.signal(Add, amount)))
          yield* settle
        }
        expect(yield* Single.inbox(journal, "g-1")).toHaveLength(3)
        yield* Deferred.succeed(gate, undefined)
        expect(yield* Effect.forEach(sent, Fiber.join)).toEqual(["0 and 1", "1 and 2", "3 and 3"])
      })
    ))

  it("are stored before they are answered: one sent to a process that dies is consumed by the next", () =>
    run((journal) =>
      Effect.gen(function* () {
        yield* Effect.flatMap(boot(journal, [sum]), ({ close, engine }) =>
          Effect.andThen(engine.start(sum, { id: "s-1", input: 0 }), close)
        )
        expect(yield* Single.send(journal, { instance: "s-1", id: "x", name: "add", payload: 10 })).toEqual({
          _tag: "Pending"
        })
        const { engine } = yield* boot(journal, [sum])
        expect(yield* await_(engine.result(sum, "s-1"))).toBe(10)
      })
    ))

  it("that another process stores are found by polling", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [sum])
        yield* engine.start(sum, { id: "s-1", input: 0 })
        yield* settle
        yield* Single.send(journal, { instance: "s-1", id: "x", name: "add", payload: 10 })
        expect(yield* await_(engine.result(sum, "s-1"))).toBe(10)
      })
    ))

  it("are consumed once when the news of them comes late: after they were found and dealt with", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        // The signal is stored at once; the answer that says so takes until the gate opens.
        const send: Journal["Service"]["send"] = (batch) => Effect.tap(journal.send(batch), () => Deferred.await(gate))
        const slow = { ...journal, send }
        const { engine } = yield* boot(slow, [sum])
        const handle = yield* engine.start(sum, { id: "s-1", input: 0 })
        const reply = yield* Effect.forkChild(handle.signal(Add, 4, { id: "four" }))
        yield* TestClock.adjust("5 seconds")
        yield* settle
        expect((yield* handle.history).map(({ kind }) => kind)).toEqual(["started", "signal"])
        yield* Deferred.succeed(gate, undefined)
        yield* TestClock.adjust("5 seconds")
        yield* settle
        expect(yield* Fiber.join(reply)).toBe("0 and 4")
        expect((yield* handle.history).map(({ kind }) => kind)).toEqual(["started", "signal"])
      })
    ))

  it.each([
    ["here", "taken over at once", (journal: Journal["Service"]) => journal],
    ["here", "claimed and read", apart],
    ["another process", "taken over at once", (journal: Journal["Service"]) => journal],
    ["another process", "claimed and read", apart]
  ] as const)(
    "from %s are consumed at once where they come while their instance is %s, after its inbox was read",
    (where, _, wakes) =>
      run((journal) =>
        Effect.gen(function* () {
          const first = yield* boot(journal, [sum])
          yield* first.engine.start(sum, { id: "s-1", input: 0 })
          yield* settle
          yield* first.close
          const gate = yield* Deferred.make<void>()
          let reads = 0
          const late = intercepted(wakes(journal), ({ operation, perform }) =>
            operation === "find" || operation === "wake"
              ? Effect.tap(perform, () => (++reads === 1 ? Deferred.await(gate) : Effect.void))
              : perform
          )
          const { engine } = yield* boot(late, [sum])
          const reply = yield* Effect.forkChild(engine.signal("s-1", Add, 1))
          yield* settle
          expect(reads).toBe(1)
          if (where === "here") yield* Effect.forkChild(engine.signal("s-1", Add, 2))
          else yield* Single.send(journal, { instance: "s-1", id: "two", name: "add", payload: 2 })
          yield* settle
          yield* Deferred.succeed(gate, undefined)
          yield* settle
          expect(reply.pollUnsafe()).toEqual(Exit.succeed("0 and 1"))
          expect(yield* Single.inbox(journal, "s-1")).toEqual([])
        })
      )
  )

  it("with a handler that dies wait until it is well again, and are no business outcome", () =>
    run((journal) =>
      Effect.gen(function* () {
        let tries = 0
        const careless = WIO.handleSignal(Add, {
          event: Schema.Number,
          handle: (_: number, amount) =>
            Effect.suspend(() => (++tries < 3 ? Effect.die("oops") : Effect.succeed(amount))),
          apply: (n, amount) => n + amount,
          reply: () => "at last"
        })
        const workflow = numbers("Careless", careless)
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "c-1", input: 0 })
        expect(yield* await_(handle.signal(Add, 2))).toBe("at last")
        expect(tries).toBe(3)
      })
    ))

  it("for several waiting branches are refused unless they name one", () =>
    run((journal) =>
      Effect.gen(function* () {
        const body = WIO.parallel(
          { left: add, right: add },
          { fork: (n: number) => ({ left: n, right: n }), join: ({ left, right }) => left + right }
        )
        const workflow = Workflow.make("Two", { version: 1, input: Schema.Number, state: Schema.Number, body })
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "t-1", input: 0 })
        expect(yield* Effect.flip(handle.signal(Add, 1))).toMatchObject({
          _tag: "AmbiguousSignal",
          waiting: ["0:left", "0:right"]
        })
        expect(yield* handle.signal(Add, 2, { to: "right" })).toBe("0 and 2")
        expect(yield* handle.signal(Add, 3, { to: "0:left" })).toBe("0 and 3")
        expect(yield* handle.result).toBe(5)
      })
    ))

  it("cut a running step short: its effect is interrupted, and what it would have brought is dropped", () =>
    run((journal) =>
      Effect.gen(function* () {
        const began = yield* Deferred.make<void>()
        const cleaned: Array<string> = []
        const slow = WIO.runIO("slow", {
          event: Schema.Number,
          run: (_: number) =>
            Effect.andThen(Deferred.succeed(began, undefined), Effect.never).pipe(
              Effect.onInterrupt(() => Effect.sync(() => cleaned.push("slow")))
            ),
          apply: (_, n: number) => n
        })
        const workflow = numbers("Slow", slow.pipe(WIO.interruptWith(add)))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "s-1", input: 1 })
        yield* Deferred.await(began)
        expect(yield* handle.signal(Add, 4)).toBe("1 and 4")
        expect(yield* handle.result).toBe(5)
        yield* settle
        expect(cleaned).toEqual(["slow"])
      })
    ))

  it("under the id of another signal are refused, and do not get its answer", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [sum])
        const handle = yield* engine.start(sum, { id: "s-1", input: 0 })
        yield* handle.signal(Add, 4, { id: "one" })
        const Other = Signal.make("other", { payload: Schema.Number, reply: Schema.String })
        expect(yield* Effect.flip(handle.signal(Other, 4, { id: "one" }))).toMatchObject({
          _tag: "SignalIdTaken",
          takenBy: "add"
        })
      })
    ))

  it("refuse a payload that does not fit before anything is sent", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [sum])
        const handle = yield* engine.start(sum, { id: "s-1", input: 0 })
        const two: unknown = "two"
        const refused = yield* Effect.flip(handle.signal(Add, two as number))
        expect(refused).toMatchObject({ _tag: "InvalidPayload", instance: "s-1" })
        expect(yield* Single.inbox(journal, "s-1")).toEqual([])
      })
    ))
})
