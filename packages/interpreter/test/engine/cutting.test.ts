/** What loses a race or is undone, on the engine: its effects are interrupted, and what it left behind is put right. */
import { Deferred, Effect, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { WIO, Workflow } from "@waymark/core"
import type { Event } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import {
  await_,
  boot,
  does,
  line,
  Oops,
  run,
  settle,
  survive,
  told,
  undoes,
  wordy,
  type Part,
  type Words
} from "../support/engine.ts"

const numbers = (name: string, body: WIO.WIO<number, number, never, never, unknown>) =>
  Workflow.make(name, {
    version: 1,
    input: Schema.Number,
    state: Schema.Number,
    body: body as never
  }) as never as Workflow.Workflow<string, number, number, never, never, number>

const step = (name: string, effect: (n: number) => Effect.Effect<number>) =>
  WIO.runIO(name, { event: Schema.Number, run: effect, apply: (_: number, n) => n })

describe("a race", () => {
  it("interrupts the losers' running effects, and lets them clean up", () =>
    run((journal) =>
      Effect.gen(function* () {
        const cleaned: Array<string> = []
        const slow = (name: string) =>
          step(name, () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => void cleaned.push(name))))
        const quick = step("quick", () => Effect.as(Effect.sleep("1 second"), 7))
        const workflow = numbers("Race", WIO.race({ a: slow("a"), quick, b: slow("b") }))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "r", input: 0 })
        expect(yield* await_(handle.result)).toBe(7)
        yield* settle
        expect(cleaned.sort()).toEqual(["a", "b"])
        expect((yield* handle.status).status).toBe("completed")
      })
    ))

  it("in every round of a loop is one of its own: what the round before left running changes nothing", () =>
    run((journal) =>
      Effect.gen(function* () {
        let round = 0
        const late: Array<Deferred.Deferred<number>> = []
        // The loser does not let itself be interrupted: it ends in the next round, at the same place of the workflow.
        const stubborn = step("stubborn", () =>
          Effect.gen(function* () {
            const gate = yield* Deferred.make<number>()
            late.push(gate)
            return yield* Deferred.await(gate)
          }).pipe(Effect.uninterruptible)
        )
        const quick = step("quick", (n) =>
          Effect.gen(function* () {
            const before = late[round - 1]
            round++
            if (before !== undefined) yield* Deferred.succeed(before, 1000)
            yield* Effect.sleep("1 second")
            return n + 1
          })
        )
        const workflow = numbers(
          "Rounds",
          WIO.loop("rounds", WIO.race({ stubborn, quick }) as never, { while: (n: number) => n < 4 })
        )
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "r", input: 0 })
        expect(yield* await_(handle.result)).toBe(4)
        const completed = (yield* handle.history).filter(({ kind }) => kind === "completed")
        expect(completed.map(({ path, step }) => `${step} ${path}`)).toEqual([
          "quick 0:quick",
          "quick 1:quick",
          "quick 2:quick",
          "quick 3:quick"
        ])
        for (const gate of late) yield* Deferred.succeed(gate, 1000)
        yield* settle
        expect((yield* handle.history).filter(({ kind }) => kind === "completed")).toHaveLength(4)
      })
    ))

  it("whose contestants end in one instant has the winner that its journal says, also after a crash", async () => {
    for (const fault of ["crash-before", "crash-after"] as const) {
      for (let k = 0; k < 2; k++) {
        await run((journal) =>
          Effect.gen(function* () {
            const contestant = (name: string, n: number) => step(name, () => Effect.as(Effect.sleep("1 second"), n))
            const workflow = numbers(
              "Tie",
              WIO.race({ a: contestant("a", 1), b: contestant("b", 2) }).pipe(
                WIO.andThen(step("after", (n) => Effect.succeed(n * 10)))
              )
            )
            const { value } = yield* survive(
              journal,
              [workflow],
              (index) => (index === k ? fault : "none"),
              (engine) => Effect.flatMap(engine.start(workflow, { id: "t", input: 0 }), ({ result }) => result)
            )
            const events = yield* journal.read({ instance: "t", run: 0, from: 0, limit: 10 })
            const [winner, ...others] = events.filter(({ kind }) => kind === "completed")
            expect(others.map(({ step }) => step)).toEqual(["after"])
            expect(value).toBe(winner?.step === "a" ? 10 : 20)
          })
        )
      }
    }
  })

  it("undoes what a loser had completed before it goes on", () =>
    run((journal) =>
      Effect.gen(function* () {
        const loser = line(does("reserve").pipe(WIO.compensateWith(undoes("release"))), does("wait", Effect.never))
        const winner = does("win", Effect.sleep("1 second"))
        const workflow = wordy("Race", line(WIO.race({ loser, winner }) as never, does("after")))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "r", input: [] })
        expect(yield* await_(handle.result)).toEqual(["win", "after"])
        expect(told(yield* handle.history)).toEqual([
          "started Race",
          "completed reserve",
          "completed win",
          "completed release",
          "completed after",
          "ended Race"
        ])
      })
    ))
})

describe("a saga", () => {
  const reserve = (name: string, ran: Array<string>): Part => {
    const note = (word: string) => Effect.sync(() => void ran.push(word))
    return does(name, note(name)).pipe(WIO.compensateWith(undoes(`undo ${name}`, note(`undo ${name}`))))
  }
  /** Branches whose steps complete in an order of their own, then a failure. */
  const trip = (ran: Array<string>) => {
    const [slow, quick] = [
      does("walk", Effect.sleep("2 seconds")).pipe(WIO.compensateWith(undoes("undo walk"))),
      line(reserve("hotel", ran), reserve("flight", ran))
    ]
    const both = WIO.parallel(
      { slow, quick },
      { fork: (w: Words) => ({ slow: w, quick: w }), join: ({ slow, quick }) => [...slow, ...quick] }
    ) as Part
    return wordy(
      "Trip",
      line(reserve("car", ran), both, does("pay", Effect.fail(new Oops({ why: "no money" })))).pipe(WIO.saga)
    )
  }
  const undone = (events: ReadonlyArray<Event.Event>) => told(events).filter((line) => line.includes("undo"))

  it("undoes completed steps in the reverse order of their completion, across branches, then fails", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = trip([])
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "t", input: [] })
        expect(yield* await_(Effect.flip(handle.result))).toEqual(new Oops({ why: "no money" }))
        const history = yield* handle.history
        const done = told(history).filter((line) => line.startsWith("completed") && !line.includes("undo"))
        expect(undone(history)).toEqual(done.toReversed().map((line) => line.replace("completed ", "completed undo ")))
        expect(undone(history)).toHaveLength(4)
      })
    ))

  for (const fault of ["crash-before", "crash-after"] as const) {
    it(`${fault}-every-append: undoes in true reverse order, once on record for each step`, async () => {
      let deaths = 0
      for (let k = 0; k < 12; k++) {
        await run((journal) =>
          Effect.gen(function* () {
            const ran: Array<string> = []
            const workflow = trip(ran)
            const { died, value } = yield* survive(
              journal,
              [workflow],
              (index) => (index === k ? fault : "none"),
              (engine) =>
                Effect.flatMap(engine.start(workflow, { id: "t", input: [] }), ({ result }) => Effect.flip(result))
            )
            if (died) deaths++
            expect(value, `append ${k}`).toEqual(new Oops({ why: "no money" }))
            const events = yield* journal.read({ instance: "t", run: 0, from: 0, limit: 100 })
            const done = told(events).filter((line) => line.startsWith("completed") && !line.includes("undo"))
            expect(new Set(done), `append ${k}`).toEqual(
              new Set(["completed car", "completed hotel", "completed flight", "completed walk"])
            )
            expect(undone(events), `append ${k}`).toEqual(
              done.toReversed().map((line) => line.replace("completed ", "completed undo "))
            )
            for (const word of new Set(ran)) {
              const times = ran.filter((other) => other === word).length
              expect(times, `append ${k}: ${word}`).toBeLessThanOrEqual(2)
            }
          })
        )
      }
      expect(deaths).toBeGreaterThanOrEqual(8)
    })
  }

  it("whose undo gives up is stuck, says what is still to be undone, and goes on after a retry", () =>
    run((journal) =>
      Effect.gen(function* () {
        let broken = true
        const hotel = does("hotel").pipe(
          WIO.compensateWith(
            undoes(
              "undo hotel",
              Effect.suspend(() => (broken ? Effect.die("closed") : Effect.void))
            )
          )
        )
        const body = line(reserve("car", []), hotel, does("pay", Effect.fail(new Oops({ why: "no" })))).pipe(WIO.saga)
        const workflow = wordy("Stuck", body)
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "s", input: [] })
        for (let second = 0; second < 5; second++) {
          yield* settle
          yield* TestClock.adjust("1 second")
        }
        yield* settle
        const { error, status, undoing } = yield* handle.status
        expect([status, error, undoing.length]).toEqual(["stuck", "closed", 2])
        broken = false
        yield* handle.retry()
        expect(yield* Effect.flip(handle.result)).toEqual(new Oops({ why: "no" }))
      })
    ))
})

describe("a step that can be undone", () => {
  it("is not interrupted in flight by a cancellation, nor by a timeout: its outcome is recorded, then undone", () =>
    run((journal) =>
      Effect.gen(function* () {
        const seen: Array<string> = []
        const charge = does(
          "charge",
          Effect.sleep("10 seconds").pipe(Effect.onInterrupt(() => Effect.sync(() => void seen.push("interrupted"))))
        ).pipe(WIO.compensateWith(undoes("refund")))
        const timed = charge.pipe(WIO.interruptWith(WIO.await<Words>("time up", { for: "5 seconds" })))
        const cancelled = wordy("Cancelled", charge)
        const late = wordy("Late", timed)
        const { engine } = yield* boot(journal, [cancelled, late])
        const first = yield* engine.start(cancelled, { id: "c", input: [] })
        const second = yield* engine.start(late, { id: "l", input: [] })
        yield* settle
        yield* first.cancel("stop")
        expect(yield* await_(Effect.flip(first.result))).toMatchObject({ _tag: "WorkflowCancelled" })
        yield* await_(second.result)
        expect(seen).toEqual([])
        expect(told(yield* first.history).slice(1)).toEqual([
          "cancel-requested Cancelled",
          "completed charge",
          "completed refund",
          "ended Cancelled"
        ])
        expect(told(yield* second.history).slice(2)).toEqual([
          "fired time up",
          "completed charge",
          "completed refund",
          "ended Late"
        ])
        expect(Option.isSome(yield* Single.find(journal, "l"))).toBe(true)
      })
    ))
})
