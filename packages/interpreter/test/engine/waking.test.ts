/** Signals that take over whom they wake: what becomes of them where the journal, or the line to it, does not play along. */
import { Deferred, Effect, Exit, type Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Signal, WIO, Workflow } from "@waymark/core"
import { JournalError, type Journal, type Waking } from "@waymark/interpreter"
import { type Call, intercepted, Single } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { boot, run, settle } from "../support/engine.ts"

type Service = Journal["Service"]

const Add = Signal.make("add", { payload: Schema.Number, reply: Schema.Number })

const waits = Workflow.make("Waits", {
  version: 1,
  input: Schema.Number,
  state: Schema.Number,
  body: WIO.handleSignal(Add, {
    event: Schema.Number,
    handle: (_: number, n) => Effect.succeed(n),
    apply: (sum, n) => sum + n,
    reply: (sum, n) => sum + n
  })
})

/** Instances that wait, and that nobody has: the engine that made them has ended. */
const suspended = Effect.fnUntraced(function* (journal: Service, count: number) {
  const ids = Array.from({ length: count }, (_, index) => `w-${index}`)
  const { close, engine } = yield* boot(journal, [waits])
  for (const id of ids) yield* engine.start(waits, { id, input: 1 })
  yield* settle
  yield* close
  return ids
})

const cut = (retryable: boolean) => Effect.fail(new JournalError({ operation: "wake", reason: "it is cut", retryable }))

describe("a signal that takes over whom it wakes", () => {
  it("is handled within a few looks where its answer got lost, and once", () =>
    run((journal) =>
      Effect.gen(function* () {
        yield* suspended(journal, 1)
        let wakes = 0
        const lossy = intercepted(journal, <A>({ operation, perform }: Call<A>) =>
          operation === "wake" && ++wakes === 1 ? Effect.andThen(perform, cut(true)) : perform
        )
        const { engine } = yield* boot(lossy, [waits], { lease: "1 minute", poll: "1 second" })
        const reply = yield* Effect.forkChild(engine.signal("w-0", Add, 2))
        for (let look = 0; look < 4; look++) {
          yield* settle
          yield* TestClock.adjust("1 second")
        }
        yield* settle
        expect(reply.pollUnsafe()).toEqual(Exit.succeed(3))
        expect((yield* Single.find(journal, "w-0")).pipe((row) => row._tag === "Some" && row.value.length)).toBe(3)
      })
    ))

  it("is handled within a few looks where its answer got lost, also while others are sent all the time", () =>
    run((journal) =>
      Effect.gen(function* () {
        yield* suspended(journal, 1)
        let wakes = 0
        // There is always one on its way.
        const lossy = intercepted(journal, <A>({ operation, perform }: Call<A>) =>
          operation !== "wake"
            ? perform
            : ++wakes === 1
              ? Effect.andThen(perform, cut(true))
              : Effect.tap(perform, () => Effect.sleep("1 second"))
        )
        const { engine } = yield* boot(lossy, [waits], { lease: "10 minutes", poll: "1 second" })
        const reply = yield* Effect.forkChild(engine.signal("w-0", Add, 2, { id: "first" }))
        for (let tick = 0; tick < 16; tick++) {
          yield* settle
          yield* TestClock.adjust("250 millis")
          yield* Effect.forkChild(Effect.exit(engine.signal("w-0", Add, 3, { id: `later ${tick}` })))
        }
        yield* settle
        expect(reply.pollUnsafe()).toEqual(Exit.succeed(3))
      })
    ))

  it("is stored and handled all the same where the store refuses to do both at once", () =>
    run((journal) =>
      Effect.gen(function* () {
        yield* suspended(journal, 1)
        const { engine } = yield* boot({ ...journal, wake: () => cut(false) }, [waits])
        const reply = yield* Effect.forkChild(engine.signal("w-0", Add, 2))
        yield* settle
        yield* TestClock.adjust("1 second")
        yield* settle
        expect(reply.pollUnsafe()).toEqual(Exit.succeed(3))
      })
    ))

  it("is only stored by the next try where what it takes over stood in its way for now", () =>
    run((journal) =>
      Effect.gen(function* () {
        yield* suspended(journal, 1)
        const asked: Array<string> = []
        const slow = intercepted(
          {
            ...journal,
            wake: () => cut(true)
          },
          ({ operation, perform }) => {
            if (operation === "wake" || operation === "send") asked.push(operation)
            return perform
          }
        )
        const { engine } = yield* boot(slow, [waits])
        const reply = yield* Effect.forkChild(engine.signal("w-0", Add, 2))
        yield* settle
        yield* TestClock.adjust("1 second")
        yield* settle
        expect(reply.pollUnsafe()).toEqual(Exit.succeed(3))
        expect(asked).toEqual(["wake", "send"])
      })
    ))

  it("takes over no more than there is room for, however many statements are on their way", () =>
    run((journal) =>
      Effect.gen(function* () {
        const ids = yield* suspended(journal, 12)
        const gate = yield* Deferred.make<void>()
        let promised = 0
        let most = 0
        const slow = intercepted(journal, ({ args, operation, perform }) => {
          if (operation !== "wake") return perform
          const { limit } = args[1] as Waking
          most = Math.max(most, (promised += limit))
          return Effect.ensuring(
            Effect.andThen(Deferred.await(gate), perform),
            Effect.sync(() => (promised -= limit))
          )
        })
        const { engine } = yield* boot(slow, [waits], { resident: 5 })
        const replies: Array<Fiber.Fiber<unknown, unknown>> = []
        for (const id of ids) {
          replies.push(yield* Effect.forkChild(engine.signal(id, Add, 2)))
          yield* settle
        }
        yield* Deferred.succeed(gate, undefined)
        yield* settle
        yield* TestClock.adjust("10 seconds")
        yield* settle
        expect(most).toBeGreaterThan(0)
        expect(most).toBeLessThanOrEqual(5)
        expect(replies.map((reply) => reply.pollUnsafe())).toEqual(ids.map(() => Exit.succeed(3)))
      })
    ))

  it("is not asked after while it is on its way", () =>
    run((journal) =>
      Effect.gen(function* () {
        yield* suspended(journal, 1)
        let asked = 0
        const slow = intercepted(journal, ({ operation, perform }) => {
          if (operation === "sent") asked++
          return operation === "wake" ? Effect.delay(perform, "10 seconds") : perform
        })
        const { engine } = yield* boot(slow, [waits], { poll: "1 second" })
        const reply = yield* Effect.forkChild(engine.signal("w-0", Add, 2))
        for (let second = 0; second < 9; second++) {
          yield* settle
          yield* TestClock.adjust("1 second")
        }
        expect(asked).toBe(0)
        yield* TestClock.adjust("2 seconds")
        yield* settle
        expect(reply.pollUnsafe()).toEqual(Exit.succeed(3))
      })
    ))
})
