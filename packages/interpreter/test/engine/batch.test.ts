/** Group commit: items share writes, and none is held up, failed or written because of another one. */
import { Cause, Deferred, Effect, Exit, Fiber, Option } from "effect"
import { JournalError, type Journal } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import * as Batch from "../../src/internal/engine/batch.ts"
import { await_, boot, does, run, settle, wordy } from "../support/engine.ts"

const down = (retryable: boolean) => new JournalError({ operation: "write", reason: "it cannot", retryable })

/** A batch of words whose writes wait at a gate, and what they were. */
const gated = Effect.gen(function* () {
  const gate = yield* Deferred.make<void>()
  const written: Array<ReadonlyArray<string>> = []
  const unheard: Array<string> = []
  const services = yield* Effect.context()
  const fork = (effect: Effect.Effect<void>): void => void Effect.runForkWith(services)(effect)
  const writer: Batch.Writer<string, string, JournalError> = {
    write: (batch) =>
      Effect.suspend(() => {
        written.push(batch)
        const answers = batch.map((word) => `${word}!`)
        if (batch.includes("bad")) return Effect.fail(down(false))
        return Effect.as(Deferred.await(gate), answers)
      }),
    refused: Exit.failCause,
    unheard: (word) => unheard.push(word)
  }
  return { gate, written, unheard, fork, writer }
})

/** Fills both places for writes, so that what comes next waits for its turn. */
const fill = (write: (item: string) => Effect.Effect<string, JournalError>) =>
  Effect.forEach(["one", "two"], (word) =>
    Effect.andThen(Effect.forkChild(write(word), { startImmediately: true }), settle)
  )

describe("an item whose caller is interrupted", () => {
  it("is not written where it is not on its way yet", () =>
    run(() =>
      Effect.gen(function* () {
        const { fork, gate, unheard, writer, written } = yield* gated
        const write = Batch.make(writer, fork)
        yield* fill(write)
        const gone = yield* Effect.forkChild(write("gone"), { startImmediately: true })
        const stays = yield* Effect.forkChild(write("stays"), { startImmediately: true })
        yield* Fiber.interrupt(gone)
        yield* Deferred.succeed(gate, undefined)
        expect(yield* Fiber.join(stays)).toBe("stays!")
        expect(written).toEqual([["one"], ["two"], ["stays"]])
        expect(unheard).toEqual([])
      })
    ))

  it("is kept no longer, however long the journal is out of reach", () =>
    run(() =>
      Effect.gen(function* () {
        setFlagsFromString("--expose-gc")
        const collect = runInNewContext("gc") as () => void
        const { fork, gate, writer } = yield* gated
        const write = Batch.make<{ readonly word: string }, string, JournalError>(
          { write: (batch) => writer.write(batch.map(({ word }) => word)), refused: Exit.failCause },
          fork
        )
        yield* fill((word) => write({ word }))
        const left: Array<WeakRef<object>> = []
        for (let time = 0; time < 10; time++) {
          const item = { word: "gone" }
          left.push(new WeakRef(item))
          yield* Fiber.interrupt(yield* Effect.forkChild(write(item), { startImmediately: true }))
        }
        // What a weak reference has given lives until this turn of the event loop is over.
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        collect()
        const kept = left.filter((one) => one.deref() !== undefined).length
        yield* Deferred.succeed(gate, undefined)
        // The last one may still be on this test's own stack.
        expect(kept).toBeLessThan(3)
      })
    ))

  it("is written where it is on its way, and its answer is not lost", () =>
    run(() =>
      Effect.gen(function* () {
        const { fork, gate, unheard, writer } = yield* gated
        const write = Batch.make(writer, fork)
        const gone = yield* Effect.forkChild(write("gone"), { startImmediately: true })
        yield* settle
        yield* Fiber.interrupt(gone)
        yield* Deferred.succeed(gate, undefined)
        yield* settle
        expect(unheard).toEqual(["gone"])
      })
    ))
})

describe("items without end", () => {
  it("share writes and let timers fire, though each write is answered in place", () =>
    run(() =>
      Effect.gen(function* () {
        const { fork, gate, writer, written } = yield* gated
        yield* Deferred.succeed(gate, undefined)
        const write = Batch.make(writer, fork)
        let isDue = false
        setTimeout(() => (isDue = true), 0)
        let count = 0
        const chain = Effect.whileLoop({
          while: () => !isDue && count < 1_000_000,
          body: () => write(`word ${count++}`),
          step: () => {}
        })
        yield* Effect.all(
          Array.from({ length: 50 }, () => chain),
          { concurrency: "unbounded" }
        )
        expect(isDue).toBe(true)
        expect(written[0]).toHaveLength(50)
      })
    ))
})

describe("an item that cannot be written", () => {
  it("fails alone, as its writer says", () =>
    run(() =>
      Effect.gen(function* () {
        const { fork, gate, writer } = yield* gated
        const write = Batch.make(writer, fork)
        yield* fill(write)
        const good = yield* Effect.forkChild(write("good"), { startImmediately: true })
        const bad = yield* Effect.forkChild(Effect.flip(write("bad")), { startImmediately: true })
        yield* Deferred.succeed(gate, undefined)
        expect(yield* Fiber.join(good)).toBe("good!")
        expect(yield* Fiber.join(bad)).toEqual(down(false))
      })
    ))

  for (const [what, retryable] of [
    ["for now waits alone", true],
    ["ever is refused alone", false]
  ] as const) {
    it(`because it cannot be made ${what}`, () =>
      run(() =>
        Effect.gen(function* () {
          const { fork, gate, writer, written } = yield* gated
          yield* Deferred.succeed(gate, undefined)
          let isMended = false
          const prepare = (word: string) =>
            Effect.suspend(() =>
              word === "held" && !isMended ? Effect.fail(down(retryable)) : Effect.succeed(word.toUpperCase())
            )
          const write = Batch.make({ ...writer, prepare }, fork)
          const held = yield* Effect.forkChild(Effect.exit(write("held")), { startImmediately: true })
          expect(yield* write("free")).toBe("FREE!")
          yield* settle
          expect(written).toEqual([["FREE"]])
          isMended = true
          const exit = yield* await_(Fiber.join(held))
          expect(exit._tag === "Success" ? exit.value : Cause.squash(exit.cause)).toEqual(
            retryable ? "HELD!" : down(false)
          )
        })
      ))
  }
})

describe("a batch that the journal does not answer in time", () => {
  /** A journal that gives up on more than `most` words at once, and on "held" for as long as somebody holds its row. */
  const slow = (most: number, held: { isHeld: boolean }) =>
    Effect.gen(function* () {
      const { fork } = yield* gated
      const written: Array<string> = []
      const write = Batch.make<string, string, JournalError>(
        {
          write: (batch) =>
            Effect.suspend(() => {
              if (batch.length > most || (held.isHeld && batch.includes("held"))) return Effect.fail(down(true))
              written.push(...batch)
              return Effect.succeed(batch.map((word) => `${word}!`))
            }),
          refused: Exit.failCause
        },
        fork
      )
      return { write, written }
    })
  const words = (count: number) => Array.from({ length: count }, (_, index) => `word ${index}`)

  it("goes in parts, where it is only too much", () =>
    run(() =>
      Effect.gen(function* () {
        const { write, written } = yield* slow(10, { isHeld: false })
        const all = Effect.forEach(words(200), write, { concurrency: "unbounded" })
        expect(yield* await_(all)).toEqual(words(200).map((word) => `${word}!`))
        expect(written.toSorted()).toEqual(words(200).toSorted())
      })
    ))

  for (const first of [true, false]) {
    it(`holds up only the one that is waited for, ${first ? "the first" : "the last"} of them`, () =>
      run(() =>
        Effect.gen(function* () {
          const held = { isHeld: true }
          const { write } = yield* slow(Infinity, held)
          const all = first ? ["held", ...words(50)] : [...words(50), "held"]
          const fibers = yield* Effect.forEach(all, (word) => Effect.forkChild(write(word), { startImmediately: true }))
          const others = fibers.filter((_, index) => all[index] !== "held")
          expect(yield* await_(Effect.forEach(others, Fiber.join))).toHaveLength(50)
          held.isHeld = false
          expect(yield* await_(Effect.forEach(fibers, Fiber.join))).toHaveLength(51)
        })
      ))
  }
})

describe("an engine", () => {
  /** A journal whose creations wait at a gate. */
  const slow = (journal: Journal["Service"], gate: Deferred.Deferred<void>): Journal["Service"] => ({
    ...journal,
    create: (batch) => Effect.andThen(Deferred.await(gate), journal.create(batch))
  })
  const workflow = wordy("Flow", does("a"))

  it("runs what was started, though whoever started it was interrupted meanwhile", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const { engine } = yield* boot(slow(journal, gate), [workflow])
        const starting = yield* Effect.forkChild(engine.start(workflow, { id: "x", input: [] }))
        yield* settle
        yield* Fiber.interrupt(starting)
        yield* Deferred.succeed(gate, undefined)
        // At once: not when somebody happens to look.
        yield* settle
        expect((yield* engine.status("x")).status).toBe("completed")
      })
    ))

  it("does not start what was given up before it was on its way", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const { engine } = yield* boot(slow(journal, gate), [workflow])
        // Two writes are on their way.
        for (const id of ["x", "y"]) {
          yield* Effect.forkChild(engine.start(workflow, { id, input: [] }))
          yield* settle
        }
        const last = yield* Effect.forkChild(engine.start(workflow, { id: "last", input: [] }))
        yield* settle
        yield* Fiber.interrupt(last)
        yield* Deferred.succeed(gate, undefined)
        yield* settle
        expect(Option.isSome(yield* Single.find(journal, "x"))).toBe(true)
        expect(Option.isNone(yield* Single.find(journal, "last"))).toBe(true)
      })
    ))

  it("tells whoever waits for an end that the journal gives no answer, not that there is no such instance", () =>
    run((journal) =>
      Effect.gen(function* () {
        const other = yield* boot(journal, [])
        yield* other.engine.start(workflow, { id: "x", input: [] })
        const { engine } = yield* boot({ ...journal, watch: () => Effect.fail(down(false)) }, [])
        expect(yield* Effect.flip(engine.result(workflow, "x"))).toEqual(down(false))
      })
    ))
})
