/** What a step's options promise while it is attempted: time limits, heartbeats, and what errors say about trying again. */
import { Deferred, Effect, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Step, WIO, Workflow } from "@waymark/core"
import type { Event, Journal } from "@waymark/interpreter"
import { Faults, Single } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { await_, boot, run, settle } from "../support/engine.ts"

class Declined extends Schema.TaggedError<Declined>()("Declined", {}) {}

/** A workflow of one step. */
const flow = (
  effect: (info: Step.Info) => Effect.Effect<number, Declined>,
  options: { readonly timeouts?: WIO.TimeoutOptions; readonly retry?: WIO.RetryPolicy<"Declined"> } = {}
) =>
  Workflow.make("Limited", {
    version: 1,
    input: Schema.Number,
    state: Schema.Number,
    error: Declined,
    body: WIO.runIO("step", {
      event: Schema.Number,
      error: Declined,
      run: (_: number) => Effect.flatMap(Step.info, effect),
      apply: (_, n) => n,
      retry: { initial: "1 second", factor: 1, ...options.retry },
      timeouts: options.timeouts ?? {}
    })
  })

interface Attempt {
  readonly attempt: number | undefined
  readonly at: number
  readonly next: number | null
  readonly message: string
}

const attempts = (events: ReadonlyArray<Event.Event>): ReadonlyArray<Attempt> =>
  events
    .filter(({ kind }) => kind === "attempt")
    .map(({ at, attempt, payload }) => {
      const { error, next } = payload as unknown as { error: { message: string }; next: number | null }
      return { attempt, at, next, message: error.message }
    })

const slow = { poll: "1 hour", lease: "3 hours" } as const

describe("startToClose", () => {
  it("interrupts an attempt, waits for its clean-up, and tries again by the policy", () =>
    run((journal) =>
      Effect.gen(function* () {
        const seen: Array<string> = []
        const workflow = flow(
          ({ attempt, now }) =>
            Effect.suspend(() => {
              seen.push(`begins ${attempt} at ${now}`)
              return attempt < 3 ? Effect.never : Effect.succeed(7)
            }).pipe(
              Effect.onInterrupt(() =>
                Effect.andThen(
                  Effect.sleep("5 seconds"),
                  Effect.sync(() => seen.push(`cleaned ${attempt}`))
                )
              )
            ),
          { timeouts: { startToClose: "10 seconds" } }
        )
        const { engine } = yield* boot(journal, [workflow], slow)
        const handle = yield* engine.start(workflow, { id: "l-1", input: 1 })
        expect(yield* await_(handle.result)).toBe(7)
        expect(seen).toEqual(["begins 1 at 0", "cleaned 1", "begins 2 at 16000", "cleaned 2", "begins 3 at 32000"])
        expect(attempts(yield* handle.history)).toMatchObject([
          { attempt: 1, at: 15_000, next: 16_000, message: expect.stringContaining("startToClose") },
          { attempt: 2, at: 31_000, next: 32_000 }
        ])
      })
    ))

  it("does nothing to an attempt that is in time, nor to what follows it", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = flow(() => Effect.as(Effect.sleep("9 seconds"), 7), {
          timeouts: { startToClose: "10 seconds", scheduleToClose: "20 seconds", scheduleToStart: 1 }
        })
        const { engine } = yield* boot(journal, [workflow], slow)
        const handle = yield* engine.start(workflow, { id: "l-1", input: 1 })
        expect(yield* await_(handle.result)).toBe(7)
        expect((yield* handle.history).map(({ kind }) => kind)).toEqual(["started", "completed", "ended"])
      })
    ))

  it("leaves the instance stuck when its attempts are used up", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = flow(() => Effect.never, { timeouts: { startToClose: "10 seconds" }, retry: { attempts: 2 } })
        const { engine } = yield* boot(journal, [workflow], slow)
        const handle = yield* engine.start(workflow, { id: "l-1", input: 1 })
        yield* settle
        yield* TestClock.adjust("10 seconds")
        yield* settle
        yield* TestClock.adjust("11 seconds")
        yield* settle
        expect(yield* handle.status).toMatchObject({
          status: "stuck",
          error: expect.stringContaining("startToClose timeout of 10000 ms")
        })
      })
    ))
})

describe("scheduleToClose", () => {
  it("interrupts the attempt that exceeds it, and gives up", () =>
    run((journal) =>
      Effect.gen(function* () {
        let cleaned = 0
        const workflow = flow(
          ({ attempt }) =>
            attempt === 1
              ? Effect.die("at once")
              : Effect.onInterrupt(Effect.never, () => Effect.sync(() => void cleaned++)),
          { timeouts: { scheduleToClose: "30 seconds" } }
        )
        const { engine } = yield* boot(journal, [workflow], slow)
        const handle = yield* engine.start(workflow, { id: "l-1", input: 1 })
        yield* settle
        yield* TestClock.adjust("29 seconds")
        yield* settle
        expect((yield* handle.status).status).toBe("running")
        yield* TestClock.adjust("1 second")
        yield* settle
        expect(yield* handle.status).toMatchObject({
          status: "stuck",
          error: expect.stringContaining("scheduleToClose timeout of 30000 ms")
        })
        expect(cleaned).toBe(1)
        expect(attempts(yield* handle.history)).toMatchObject([
          { attempt: 1, next: 1_000 },
          { attempt: 2, at: 30_000, next: null }
        ])
      })
    ))

  it("gives up at once where the next attempt would lie beyond it", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = flow(() => Effect.die("line lost"), {
          timeouts: { scheduleToClose: "25 seconds" },
          retry: { initial: "10 seconds", factor: 1 }
        })
        const { engine } = yield* boot(journal, [workflow], slow)
        const handle = yield* engine.start(workflow, { id: "l-1", input: 1 })
        for (const _ of [1, 2, 3]) {
          yield* settle
          yield* TestClock.adjust("10 seconds")
        }
        yield* settle
        expect(attempts(yield* handle.history).map(({ at, next }) => [at, next])).toEqual([
          [0, 10_000],
          [10_000, 20_000],
          [20_000, null]
        ])
      })
    ))

  it("counts from when the step opened, over restarts", () =>
    run((journal) =>
      Effect.gen(function* () {
        let runs = 0
        const workflow = flow(() => Effect.suspend(() => (runs++, Effect.never)), {
          timeouts: { scheduleToClose: "1 minute" }
        })
        const first = yield* boot(journal, [workflow], slow)
        yield* first.engine.start(workflow, { id: "l-1", input: 1 })
        yield* settle
        yield* TestClock.adjust("40 seconds")
        yield* first.close
        const second = yield* boot(journal, [workflow], slow)
        yield* settle
        expect(runs).toBe(2)
        yield* TestClock.adjust("19 seconds")
        yield* settle
        expect((yield* second.engine.status("l-1")).status).toBe("running")
        yield* second.close
        yield* TestClock.adjust("1 hour")
        const third = yield* boot(journal, [workflow], slow)
        yield* settle
        // Too late to start: it is given up without another attempt.
        expect(runs).toBe(2)
        expect(yield* third.engine.status("l-1")).toMatchObject({
          status: "stuck",
          error: expect.stringContaining("scheduleToClose")
        })
      })
    ))

  it("makes a typed failure that would be tried again beyond it the step's failure", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = flow(() => Effect.fail(new Declined()), {
          timeouts: { scheduleToClose: "5 seconds" },
          retry: { initial: "10 seconds", while: ["Declined"] }
        })
        const { engine } = yield* boot(journal, [workflow], slow)
        const handle = yield* engine.start(workflow, { id: "l-1", input: 1 })
        expect(yield* Effect.flip(handle.result)).toEqual(new Declined())
      })
    ))
})

describe("scheduleToStart", () => {
  const limited = (runs: Array<number>, fails = false) =>
    flow(({ attempt }) => Effect.suspend(() => (runs.push(attempt), fails ? Effect.die("once") : Effect.never)), {
      timeouts: { scheduleToStart: "30 seconds" },
      retry: { initial: "1 minute" }
    })

  it("gives up a step that could not start for so long", () =>
    run((journal) =>
      Effect.gen(function* () {
        const runs: Array<number> = []
        const workflow = limited(runs)
        const first = yield* boot(journal, [workflow], slow)
        yield* first.engine.start(workflow, { id: "l-1", input: 1 })
        yield* settle
        yield* first.close
        yield* TestClock.adjust("31 seconds")
        const { engine } = yield* boot(journal, [workflow], slow)
        yield* settle
        expect(runs).toEqual([1])
        expect(yield* engine.status("l-1")).toMatchObject({
          status: "stuck",
          error: expect.stringContaining("scheduleToStart timeout of 30000 ms")
        })
      })
    ))

  it("counts from when the next attempt is due, not from when the step opened", () =>
    run((journal) =>
      Effect.gen(function* () {
        const runs: Array<number> = []
        const workflow = limited(runs, true)
        const first = yield* boot(journal, [workflow], slow)
        yield* first.engine.start(workflow, { id: "l-1", input: 1 })
        yield* settle
        yield* first.close
        yield* TestClock.adjust("80 seconds")
        const { engine } = yield* boot(journal, [workflow], slow)
        yield* settle
        expect(runs).toEqual([1, 2])
        expect((yield* engine.status("l-1")).status).not.toBe("stuck")
      })
    ))
})

describe("heartbeats", () => {
  it("keep an attempt alive; one that falls silent is interrupted and tried again, and knows how far it was", () =>
    run((journal) =>
      Effect.gen(function* () {
        const seen: Array<unknown> = []
        const workflow = flow(
          ({ attempt, details }) =>
            Effect.gen(function* () {
              seen.push([attempt, details])
              for (let page = Number(details ?? 0); page < 6; page++) {
                if (attempt === 1 && page === 4) return yield* Effect.never
                yield* Effect.sleep("8 seconds")
                yield* Step.heartbeat(page + 1)
              }
              return 6
            }),
          { timeouts: { heartbeat: "10 seconds" } }
        )
        const { engine } = yield* boot(journal, [workflow], slow)
        const handle = yield* engine.start(workflow, { id: "l-1", input: 1 })
        expect(yield* await_(handle.result)).toBe(6)
        expect(seen).toEqual([
          [1, undefined],
          [2, 4]
        ])
        expect(attempts(yield* handle.history)).toMatchObject([
          { at: 42_000, message: expect.stringContaining("heartbeat timeout of 10000 ms") }
        ])
      })
    ))

  it("are known to the process that takes over after a crash, and forgotten once the step is done", () =>
    run((journal) =>
      Effect.gen(function* () {
        const seen: Array<unknown> = []
        const step = WIO.runIO("copy", {
          event: Schema.Number,
          run: (pages: number) =>
            Effect.gen(function* () {
              const { details } = yield* Step.info
              seen.push(details)
              for (let page = Number(details ?? 0); page < pages; page++) {
                if (details === undefined && page === 3) return yield* Effect.never
                yield* Step.heartbeat(page + 1)
              }
              return pages
            }),
          apply: (_, n) => n
        })
        const body = step.pipe(WIO.andThen(WIO.await<number>("rest", { for: "1 hour" })))
        const workflow = Workflow.make("Copy", { version: 1, input: Schema.Number, state: Schema.Number, body })
        const faulty = yield* Faults.make(journal, () => "none")
        const first = yield* boot(faulty.journal, [workflow])
        yield* first.engine.start(workflow, { id: "c-1", input: 5 })
        yield* settle
        expect(yield* Single.notes(journal, "c-1")).toMatchObject([{ name: "heartbeat:#0" }])
        yield* Deferred.succeed(faulty.crashed, undefined)
        yield* first.close
        yield* TestClock.adjust("1 minute")
        yield* boot(journal, [workflow])
        yield* settle
        expect(seen).toEqual([undefined, 3])
        expect(yield* Single.notes(journal, "c-1")).toEqual([])
      })
    ))

  it("go on once they are durable; of several that wait for a write only the latest is written", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const written: Array<unknown> = []
        const note: Journal["Service"]["note"] = (notes) =>
          Effect.andThen(
            Effect.sync(() => void written.push(...notes.map(({ value }) => (value as { details: unknown }).details))),
            Effect.andThen(Deferred.await(gate), journal.note(notes))
          )
        const ended: Array<number> = []
        const workflow = flow(() =>
          Effect.gen(function* () {
            const beat = (n: number) =>
              Effect.andThen(
                Step.heartbeat(n),
                Effect.sync(() => ended.push(n))
              )
            yield* Effect.all([1, 2, 3, 4].map(beat), { concurrency: "unbounded" })
            return yield* Effect.never
          })
        )
        const { engine } = yield* boot({ ...journal, note }, [workflow], slow)
        yield* engine.start(workflow, { id: "l-1", input: 1 })
        yield* settle
        expect(ended).toEqual([])
        yield* Deferred.succeed(gate, undefined)
        yield* settle
        expect(ended).toEqual([1, 2, 3, 4])
        expect(written).toEqual([1, 4])
      })
    ))

  it("that wait for the journal are no silence", () =>
    run((journal) =>
      Effect.gen(function* () {
        const note: Journal["Service"]["note"] = (notes) =>
          Effect.andThen(Effect.sleep("1 minute"), journal.note(notes))
        const workflow = flow(() => Effect.as(Step.heartbeat("here"), 7), { timeouts: { heartbeat: "10 seconds" } })
        const { engine } = yield* boot({ ...journal, note }, [workflow], slow)
        const handle = yield* engine.start(workflow, { id: "l-1", input: 1 })
        expect(yield* await_(handle.result)).toBe(7)
        expect(attempts(yield* handle.history)).toEqual([])
      })
    ))

  it("of a process that was taken over end its effect: somebody else is at it", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const seen: Array<string> = []
        let runs = 0
        const workflow = flow(() =>
          Effect.suspend(() =>
            ++runs === 1
              ? Deferred.await(gate).pipe(
                  Effect.andThen(Step.heartbeat(1)),
                  Effect.tap(() => Effect.sync(() => seen.push("went on"))),
                  Effect.as(1)
                )
              : Effect.succeed(2)
          )
        )
        const paused = { ...journal, renew: () => Effect.succeed(true), claim: () => Effect.succeed([]) }
        const zombie = yield* boot(paused, [workflow])
        yield* zombie.engine.start(workflow, { id: "l-1", input: 1 })
        yield* settle
        const second = yield* boot(journal, [workflow])
        yield* TestClock.adjust("30 seconds")
        expect(yield* await_(second.engine.result(workflow, "l-1"))).toBe(2)
        yield* Deferred.succeed(gate, undefined)
        yield* settle
        expect(seen).toEqual([])
        expect((yield* second.engine.history("l-1")).map(({ kind }) => kind)).toEqual(["started", "completed", "ended"])
      })
    ))
})

describe("an error that says", () => {
  it("that trying again makes no sense is the step's failure at once, or leaves it stuck at once", () =>
    run((journal) =>
      Effect.gen(function* () {
        const declines = flow(() => Effect.fail(Step.doNotRetry(new Declined())), { retry: { while: ["Declined"] } })
        const first = yield* boot(journal, [declines], slow)
        const typed = yield* first.engine.start(declines, { id: "l-1", input: 1 })
        expect(yield* Effect.flip(typed.result)).toEqual(new Declined())
        yield* first.close
        const dies = flow(() => Effect.die(Step.doNotRetry(new Error("the account is closed"))))
        const { engine } = yield* boot(journal, [dies], slow)
        const handle = yield* engine.start(dies, { id: "l-2", input: 1 })
        yield* settle
        expect(yield* handle.status).toMatchObject({ status: "stuck", error: "the account is closed" })
        expect(attempts(yield* handle.history)).toMatchObject([{ attempt: 1, next: null }])
      })
    ))

  it("when to try again decides the wait; the policy counts the attempts", () =>
    run((journal) =>
      Effect.gen(function* () {
        const busy = (error: Effect.Effect<never, Declined>) => flow(() => error, { retry: { attempts: 3 } })
        const dies = busy(
          Effect.suspend(() => Effect.die(Step.retryAfter(new Error("too many requests"), "30 seconds")))
        )
        const first = yield* boot(journal, [dies], slow)
        const stuck = yield* first.engine.start(dies, { id: "l-1", input: 1 })
        for (const _ of [1, 2, 3]) {
          yield* settle
          yield* TestClock.adjust("30 seconds")
        }
        yield* settle
        expect(attempts(yield* stuck.history).map(({ at, next }) => [at, next])).toEqual([
          [0, 30_000],
          [30_000, 60_000],
          [60_000, null]
        ])
        yield* first.close
        const fails = busy(Effect.suspend(() => Effect.fail(Step.retryAfter(new Declined(), "30 seconds"))))
        const { engine } = yield* boot(journal, [fails], slow)
        const failing = yield* engine.start(fails, { id: "l-2", input: 1 })
        expect(yield* await_(Effect.flip(failing.result))).toEqual(new Declined())
        expect(attempts(yield* failing.history)).toHaveLength(2)
      })
    ))
})

describe("what an error leaves in the journal", () => {
  it("says what failed, with its tag", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = flow(({ attempt }) => (attempt === 1 ? Effect.fail(new Declined()) : Effect.succeed(1)), {
          retry: { while: ["Declined"] }
        })
        const { engine } = yield* boot(journal, [workflow], slow, Layer.empty)
        const handle = yield* engine.start(workflow, { id: "l-1", input: 1 })
        yield* await_(handle.result)
        const failed = (yield* handle.history).find(({ kind }) => kind === "attempt")
        expect(failed?.payload).toMatchObject({ error: { tag: "Declined", defect: false }, next: 1_000 })
      })
    ))
})
