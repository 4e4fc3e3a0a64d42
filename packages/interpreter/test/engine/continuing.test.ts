/** Instances that continue as new: each run has a journal of its own, and whoever holds the instance notices nothing. */
import { Deferred, Effect, Fiber, Option, Schema } from "effect"
import { Query, Signal, Step, WIO, Workflow } from "@waymark/core"
import type { Journal } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { await_, boot, run, settle, survive, told } from "../support/engine.ts"

const Add = Signal.make("add", { payload: Schema.Number, reply: Schema.Number })
const Sum = Query.make("sum", { reply: Schema.Number })

const add = WIO.handleSignal(Add, {
  event: Schema.Number,
  handle: (_: number, n) => Effect.succeed(n),
  apply: (sum, n) => sum + n,
  reply: (sum, n) => sum + n
})

const numbers = (name: string, body: WIO.WIO<number, number, never, unknown, number>) =>
  Workflow.make(name, {
    version: 1,
    input: Schema.Number,
    state: Schema.Number,
    body: body as never
  }) as never as Workflow.Workflow<string, number, number, never, never, number>

/** Continues as new while a number is too small. */
const until = (enough: number, next: (n: number) => number = (n) => n): WIO.WIO<number, number, never, never, number> =>
  WIO.branch(
    "enough?",
    { no: { when: (n: number) => n < enough, then: WIO.continueAsNew(next) } },
    WIO.pure((n: number) => n)
  ) as never

/** Adds what it is sent, each time in a run of its own, until it has ten. */
const counter = numbers(
  "Counter",
  add.pipe(
    WIO.andThen(until(10)),
    WIO.query(Sum, (n) => n)
  ) as never
)

describe("an instance that continues as new", () => {
  it("begins a run with a journal of its own; result, query, status and signals follow", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [counter])
        const handle = yield* engine.start(counter, { id: "c", input: 0 })
        const result = yield* Effect.forkChild(handle.result)
        expect(yield* handle.signal(Add, 4)).toBe(4)
        yield* settle
        expect(yield* handle.query(Sum)).toBe(4)
        expect(yield* handle.status).toMatchObject({ run: 1, status: "waiting", length: 1 })
        expect(yield* handle.signal(Add, 5)).toBe(9)
        expect(yield* handle.signal(Add, 6)).toBe(15)
        expect(yield* Fiber.join(result)).toBe(15)
        expect((yield* handle.history).map(({ kind, run, seq }) => [run, seq, kind])).toEqual([
          [0, 0, "started"],
          [0, 1, "signal"],
          [0, 2, "continued"],
          [1, 0, "started"],
          [1, 1, "signal"],
          [1, 2, "continued"],
          [2, 0, "started"],
          [2, 1, "signal"],
          [2, 2, "ended"]
        ])
        const other = yield* boot(journal, [counter])
        expect(yield* other.engine.result(counter, "c")).toBe(15)
      })
    ))

  it("keeps the signals that wait, in their order, for the runs to come", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [counter])
        const handle = yield* engine.start(counter, { id: "c", input: 0 })
        const replies = yield* Effect.all(
          [1, 2, 3, 4].map((n) => handle.signal(Add, n, { id: `n${n}` })),
          { concurrency: "unbounded" }
        )
        expect(replies).toEqual([1, 3, 6, 10])
        expect(yield* handle.result).toBe(10)
        expect(yield* handle.signal(Add, 2, { id: "n2" })).toBe(3)
      })
    ))

  it("that continues at once, without waiting for anything, gets on", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = numbers(
          "Hasty",
          until(5, (n) => n + 1)
        )
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "h", input: 0 })
        expect(yield* handle.result).toBe(5)
        expect(Option.getOrThrow(yield* Single.find(journal, "h")).run).toBe(5)
      })
    ))

  it("gives the steps of each run keys of their own, and forgets what heartbeats said in the run before", () =>
    run((journal) =>
      Effect.gen(function* () {
        const seen: Array<unknown> = []
        const beats = WIO.runIO("beats", {
          event: Schema.Number,
          run: (n: number) =>
            Effect.flatMap(Step.info, ({ details, idempotencyKey }) => {
              seen.push([idempotencyKey, details])
              return Effect.as(Step.heartbeat(n), n)
            }),
          apply: (_, n) => n + 1
        })
        const workflow = numbers("Beats", beats.pipe(WIO.andThen(until(3))))
        const { engine } = yield* boot(journal, [workflow])
        expect(yield* Effect.flatMap(engine.start(workflow, { id: "b", input: 0 }), ({ result }) => result)).toBe(3)
        expect(seen).toEqual([
          ["b/0/0", undefined],
          ["b/1/0", undefined],
          ["b/2/0", undefined]
        ])
      })
    ))

  it("does not take what a heartbeat of the run before said for its own, where the note was left behind", () =>
    run((journal) =>
      Effect.gen(function* () {
        const seen: Array<unknown> = []
        const beats = WIO.runIO("beats", {
          event: Schema.Number,
          run: (n: number) =>
            Effect.flatMap(Step.info, ({ details }) => {
              seen.push([n, details])
              return n === 0 ? Effect.as(Step.heartbeat("of run 0"), n) : Effect.never
            }),
          apply: (_, n) => n
        })
        const workflow = numbers("Left", beats.pipe(WIO.andThen(until(1, (n) => n + 1))))
        const forgetful: Journal["Service"] = {
          ...journal,
          note: (batch) =>
            Effect.as(
              journal.note(batch.filter(({ value }) => value !== null)),
              batch.map(() => true)
            )
        }
        const first = yield* boot(forgetful, [workflow])
        yield* first.engine.start(workflow, { id: "l", input: 0 })
        yield* settle
        yield* first.close
        expect(yield* Single.notes(journal, "l")).toHaveLength(1)
        yield* boot(journal, [workflow])
        yield* settle
        expect(seen).toEqual([
          [0, undefined],
          [1, undefined],
          [1, undefined]
        ])
      })
    ))

  it("does not take what an effect of the run before comes to for what the same step of this run does", () =>
    run((journal) =>
      Effect.gen(function* () {
        const [ended, stored] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const seen: Array<number> = []
        const slow = WIO.runIO("slow", {
          event: Schema.Number,
          run: (n: number) =>
            Effect.suspend(() => {
              seen.push(n)
              return n === 0 ? Effect.as(Deferred.await(ended), 666) : Effect.succeed(n)
            }),
          apply: (_, n) => n
        })
        const again = add.pipe(WIO.andThen(WIO.continueAsNew((n: number) => n)))
        const workflow = numbers("Late", slow.pipe(WIO.interruptWith(again as never)) as never)
        // The append of the first run's end takes its time: the effect that it has given up ends meanwhile.
        const { engine } = yield* boot(
          {
            ...journal,
            append: (batch) =>
              batch.some(({ events }) => events.some(({ kind }) => kind === "continued"))
                ? Effect.andThen(Deferred.await(stored), journal.append(batch))
                : journal.append(batch)
          },
          [workflow]
        )
        const handle = yield* engine.start(workflow, { id: "l", input: 0 })
        yield* settle
        yield* Effect.forkChild(handle.signal(Add, 5))
        yield* settle
        yield* Deferred.succeed(ended, undefined)
        yield* settle
        yield* Deferred.succeed(stored, undefined)
        expect(yield* handle.result).toBe(5)
        expect(seen).toEqual([0, 5])
      })
    ))

  for (const fault of ["crash-before", "crash-after"] as const) {
    it(`${fault}-every-append: every run begins once, with what the one before gave it`, async () => {
      let deaths = 0
      for (let k = 0; k < 7; k++) {
        await run((journal) =>
          Effect.gen(function* () {
            const { died, value } = yield* survive(
              journal,
              [counter],
              (index) => (index === k ? fault : "none"),
              (engine) =>
                Effect.gen(function* () {
                  const handle = yield* engine.start(counter, { id: "c", input: 0 })
                  for (const n of [4, 5, 6]) yield* handle.signal(Add, n, { id: `n${n}` })
                  return [yield* handle.result, told(yield* handle.history)] as const
                })
            )
            if (died) deaths++
            const run = ["started Counter", "signal add"]
            expect(value, `append ${k}`).toEqual([
              15,
              [...run, "continued Counter", ...run, "continued Counter", ...run, "ended Counter"]
            ])
          })
        )
      }
      expect(deaths).toBeGreaterThanOrEqual(4)
    })
  }

  it("whose next run cannot begin is stuck, says why, and begins it once that is mended", () =>
    run((journal) =>
      Effect.gen(function* () {
        let mended = false
        const fragile = WIO.pure((n: number) => {
          if (n === 1 && !mended) throw new Error("not today")
          return n
        })
        const workflow = numbers("Fragile", fragile.pipe(WIO.andThen(until(1, (n) => n + 1))))
        const first = yield* boot(journal, [workflow])
        const handle = yield* first.engine.start(workflow, { id: "f", input: 0 })
        yield* settle
        expect(yield* handle.status).toMatchObject({ status: "stuck", error: expect.stringContaining("not today") })
        const early = yield* Effect.forkChild(handle.retry())
        yield* settle
        expect((yield* handle.status).status).toBe("stuck")
        yield* Fiber.interrupt(early)
        yield* first.close
        const { engine } = yield* boot(journal, [workflow])
        yield* settle
        expect((yield* engine.status("f")).status).toBe("stuck")
        mended = true
        yield* engine.retry("f")
        expect(yield* await_(engine.result(workflow, "f"))).toBe(1)
        expect(yield* Effect.flip(engine.retry("f"))).toMatchObject({ _tag: "InstanceClosed" })
      })
    ))

  it("is cancelled in whichever run it is asked", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const { engine } = yield* boot(
          {
            ...journal,
            append: (batch) =>
              batch.some(({ events }) => events.some(({ kind }) => kind === "continued"))
                ? Effect.andThen(Deferred.await(gate), journal.append(batch))
                : journal.append(batch)
          },
          [counter]
        )
        const handle = yield* engine.start(counter, { id: "c", input: 0 })
        const reply = yield* Effect.forkChild(handle.signal(Add, 1))
        yield* settle
        // It comes while the end of the first run is being written.
        const asked = yield* Effect.forkChild(handle.cancel("stop"))
        yield* settle
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(asked)
        expect(yield* Fiber.join(reply)).toBe(1)
        expect(yield* Effect.flip(handle.result)).toMatchObject({ _tag: "WorkflowCancelled" })
        expect((yield* handle.history).map(({ kind, run }) => `${run} ${kind}`)).toEqual([
          "0 started",
          "0 signal",
          "0 continued",
          "1 started",
          "1 cancel-requested",
          "1 ended"
        ])
      })
    ))
})

describe("a parent whose child continues as new", () => {
  it("waits for the end of its last run", () =>
    run((journal) =>
      Effect.gen(function* () {
        const parent = numbers(
          "Parent",
          WIO.child(counter, { name: "count", id: "kid", input: (n: number) => n }) as never
        )
        const { engine } = yield* boot(journal, [parent, counter])
        const handle = yield* engine.start(parent, { id: "p", input: 1 })
        yield* settle
        for (const n of [4, 6]) yield* engine.signal("kid", Add, n)
        expect(yield* handle.result).toBe(11)
        const [first] = yield* engine.history("kid")
        expect(first?.payload).toMatchObject({ parent: { instance: "p" } })
      })
    ))
})
