/** Signals that come twice, early, out of order, together with a timeout, or while nobody looks. */
import { Deferred, Effect, Fiber, Schema } from "effect"
import { Signal, WIO, Workflow } from "@waymark/core"
import { Simulator, Single } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { await_, boot, run, settle } from "../support/engine.ts"
import { allFine, around, call, fine, kindsOf, only, trials } from "../support/simulator.ts"

const busy = fc.record({ workers: fc.constantFrom(1, 2, 3), busy: fc.constant(true) })
const { "a signal": aSignal, "a signal against a timer": againstTimer } = Simulator.small

const Say = Signal.make("say", { payload: Schema.String, reply: Schema.String })
const Words = Schema.Array(Schema.String)

const oneWord = WIO.handleSignal(Say, {
  event: Schema.String,
  handle: (_: ReadonlyArray<string>, word) => Effect.succeed(word),
  apply: (words, word): ReadonlyArray<string> => [...words, word],
  reply: (words, word) => `${words.length + 1} ${word}`
})

/** Takes so many words. */
const listening = (count: number) =>
  Workflow.make("Listening", {
    version: 1,
    input: Words,
    state: Words,
    body: WIO.loop("words", oneWord, { while: (words) => words.length < count })
  })

describe("duplicate-signal", () => {
  it("duplicate-signal: sent any number of times, through any process and after the end, it is consumed once", () =>
    allFine(trials(busy, around("HandleSignal")), 40))

  it("duplicate-signal: every answer to one id is the same", () => {
    let answered = 0
    for (let seed = 0; seed < 20; seed++) {
      const seen = fine({ case: aSignal, schedule: only({ seed, workers: 2, busy: true, pace: 20 }) })
      for (const answers of seen.client.answers.values()) {
        if (answers.length > 1) answered++
        expect(new Set(answers.filter((answer) => !answer.includes("InstanceClosed"))).size).toBeLessThanOrEqual(1)
      }
    }
    expect(answered).toBeGreaterThan(10)
  })
})

describe("early-signal", () => {
  it("early-signal: what nobody waits for yet is kept, also by one that crashes meanwhile", () =>
    allFine(
      trials(
        fc.record({
          busy: fc.constant(true),
          workers: fc.constantFrom(1, 2),
          faults: fc.array(
            fc.nat(4).map((index) => call("append", index, "crash-after")),
            { maxLength: 2 }
          )
        }),
        around("HandleSignal")
      ),
      40
    ))

  it("early-signal: it is consumed when it is awaited, and its sender answered then", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const slow = WIO.runIO("slow", {
          event: Schema.Void,
          run: (_: ReadonlyArray<string>) => Deferred.await(gate),
          apply: (words) => words
        })
        const body = WIO.andThen(slow, oneWord)
        const workflow = Workflow.make("Early", { version: 1, input: Words, state: Words, body })
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "e", input: [] })
        const reply = yield* Effect.forkChild(handle.signal(Say, "early"))
        yield* settle
        expect(reply.pollUnsafe()).toBe(undefined)
        yield* Deferred.succeed(gate, undefined)
        expect(yield* await_(Fiber.join(reply))).toBe("1 early")
      })
    ))
})

describe("lost-wakeup", () => {
  it("lost-wakeup: a signal that lands as its receiver comes to rest wakes it", () =>
    allFine(
      trials(
        fc.record({ workers: fc.constantFrom(1, 2, 3), pace: fc.constantFrom(2, 20, 60) }),
        around("HandleSignal")
      ),
      60
    ))

  it("lost-wakeup: whenever it lands, there is an answer", () => {
    for (let seed = 0; seed < 60; seed++) {
      const seen = fine({ case: aSignal, schedule: only({ seed, workers: 1 + (seed % 3), pace: 1 + (seed % 30) }) })
      expect([...seen.client.answers.values()].flat().length).toBeGreaterThan(0)
    }
  })
})

describe("reordered-signals", () => {
  const words = ["a", "b", "c", "d"]

  it("reordered-signals: the order of arrival decides, whatever order they were meant in, and replay repeats it", () =>
    fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(words, { minLength: 4 }), async (order) => {
        const [result, again] = await run((journal) =>
          Effect.gen(function* () {
            const workflow = listening(words.length)
            const first = yield* boot(journal, [workflow])
            const { result } = yield* first.engine.start(workflow, { id: "r", input: [] })
            for (const word of order) {
              yield* Effect.forkChild(first.engine.signal("r", Say, word, { id: word }))
              yield* settle
            }
            const told = yield* await_(result)
            yield* first.close
            const second = yield* boot(journal, [workflow])
            return [told, yield* await_(second.engine.result(workflow, "r"))] as const
          })
        )
        expect(result).toEqual(order)
        expect(again).toEqual(order)
      }),
      { numRuns: 10 }
    ))

  it("reordered-signals: two that cross on the way are consumed in the order of the inbox", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = listening(2)
        const first = yield* boot(journal, [workflow])
        yield* first.engine.start(workflow, { id: "r", input: [] })
        yield* settle
        yield* first.close
        for (const word of ["second", "first"]) {
          yield* Single.send(journal, { instance: "r", id: word, name: "say", payload: word })
        }
        const { engine } = yield* boot(journal, [workflow])
        expect(yield* await_(engine.result(workflow, "r"))).toEqual(["second", "first"])
      })
    ))
})

describe("signal-timeout-race", () => {
  it("signal-timeout-race: of what is ready in one instant one wins, on record, in any of several processes", () => {
    for (const tag of ["InterruptWith", "Timeout", "Race"] as const) {
      allFine(trials(busy, around(tag)), 20)
    }
  })

  it("signal-timeout-race: either may win, and never both", () => {
    const winners = new Set<string>()
    for (let seed = 0; seed < 80; seed++) {
      const schedule = only({ seed, workers: 2, pace: seed % 25, busy: true })
      const kinds = kindsOf(fine({ case: againstTimer, schedule }))
      const won = kinds.filter((kind) => kind === "signal" || kind === "fired")
      expect(won).toHaveLength(1)
      winners.add(won.join())
    }
    expect([...winners].sort()).toEqual(["fired", "signal"])
  })

  it("signal-timeout-race: a crash after it was decided decides nothing anew", () => {
    for (const outcome of ["crash-before", "crash-after", "unknown-committed"] as const) {
      for (let seed = 0; seed < 15; seed++) {
        const schedule = only({ seed, workers: 2, pace: seed, faults: [call("append", 0, outcome)] })
        const kinds = kindsOf(fine({ case: againstTimer, schedule }))
        expect(kinds.filter((kind) => kind === "signal" || kind === "fired")).toHaveLength(1)
      }
    }
  })

  it("signal-timeout-race: generated runs have one winner for each interruption", () =>
    allFine(trials(fc.constant({ workers: 2, busy: true }), around("InterruptWith", 4)), 20, (seen) => {
      const steps = seen.truth
        .events(Simulator.INSTANCE, 0)
        .flatMap(({ kind, ordinal, path }) => (kind === "fired" || kind === "signal" ? [`${path} ${ordinal}`] : []))
      expect(steps).toEqual([...new Set(steps)])
    }))
})
