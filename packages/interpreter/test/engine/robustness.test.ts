/** What a definition, an effect or a handler may do wrong: nothing of it goes unnoticed, spins or is decided by accident. */
import { Cause, Deferred, type Duration, Effect, Fiber, Option, Schedule, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Signal, Step, WIO, Workflow } from "@waymark/core"
import { JournalError, type Engine, type Journal } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { await_, boot, restless, run, settle } from "../support/engine.ts"

class Declined extends Schema.TaggedError<Declined>()("Declined", {}) {}

const numbers = <R>(name: string, body: WIO.WIO<number, number, never, R, number>) =>
  Workflow.make(name, { version: 1, input: Schema.Number, state: Schema.Number, body })

const step = (effect: Effect.Effect<number>, retry: WIO.RetryPolicy<never> = { attempts: 1 }) =>
  WIO.runIO("step", { event: Schema.Number, run: (_: number) => effect, apply: (_, n) => n, retry })

const unspeakable = Object.create(null) as object
const sulking = {
  toString: () => {
    throw new Error("not even that")
  }
}

const start = (engine: Engine["Service"], workflow: Workflow.Workflow<string, number, number, never, never, number>) =>
  engine.start(workflow, { id: "x", input: 1 })

describe("a step", () => {
  for (const [what, defect] of [
    ["an object without a prototype", unspeakable],
    ["an object that cannot be printed", sulking]
  ] as const) {
    it(`that dies of ${what} counts its attempt and is stuck`, () =>
      run((journal) =>
        Effect.gen(function* () {
          const workflow = numbers("Dies", step(Effect.die(defect)))
          const { engine } = yield* boot(journal, [workflow])
          const handle = yield* start(engine, workflow)
          yield* settle
          expect(yield* handle.status).toMatchObject({ status: "stuck", error: expect.any(String) })
          expect((yield* handle.history).map(({ kind }) => kind)).toEqual(["started", "attempt"])
        })
      ))

    it(`whose apply throws ${what} is stuck, with nothing written`, () =>
      run((journal) =>
        Effect.gen(function* () {
          const thrower = WIO.runIO("step", {
            event: Schema.Number,
            run: (_: number) => Effect.succeed(1),
            apply: (): number => {
              // oxlint-disable-next-line typescript/only-throw-error -- this is what it is about
              throw defect
            }
          })
          const workflow = numbers("Throws", thrower)
          const { engine } = yield* boot(journal, [workflow])
          const handle = yield* start(engine, workflow)
          yield* settle
          expect((yield* handle.status).status).toBe("stuck")
          expect(yield* handle.history).toHaveLength(1)
        })
      ))
  }

  it("that fails and dies at once is no business outcome", () =>
    run((journal) =>
      Effect.gen(function* () {
        const both = Effect.failCause(Cause.combine(Cause.fail(new Declined()), Cause.die("and more")))
        const body = WIO.runIO("step", {
          event: Schema.Number,
          error: Declined,
          run: (_: number) => both,
          apply: (n) => n,
          retry: { attempts: 1 }
        })
        const workflow = Workflow.make("Both", {
          version: 1,
          input: Schema.Number,
          state: Schema.Number,
          error: Declined,
          body
        })
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "x", input: 1 })
        yield* settle
        expect((yield* handle.history).map(({ kind }) => kind)).toEqual(["started", "attempt"])
      })
    ))

  it("whose event is not JSON to the letter is at fault, before anybody sees it", () =>
    run((journal) =>
      Effect.gen(function* () {
        const values = [{ at: new Date(0) }, { n: Number.NaN }, { u: undefined }, new Map(), 1n, undefined]
        for (const [index, value] of values.entries()) {
          const any = WIO.runIO("any", {
            event: Schema.Any,
            run: (_: number) => Effect.succeed(value as unknown),
            apply: (n) => n,
            retry: { attempts: 1 }
          })
          const workflow = numbers(`Any${index}`, any)
          const { close, engine } = yield* boot(journal, [workflow])
          const handle = yield* engine.start(workflow, { id: `any-${index}`, input: 1 })
          yield* settle
          expect((yield* handle.status).status, String(index)).toBe("stuck")
          yield* close
        }
      })
    ))
})

const Go = Signal.make("go", { payload: Schema.Number, reply: Schema.Number })
const handler = (handle: (n: number) => Effect.Effect<number>, reply: (n: number) => number = (n) => n) =>
  numbers(
    "Handles",
    WIO.handleSignal(Go, {
      event: Schema.Number,
      handle: (_: number, n) => handle(n),
      apply: (_, n) => n,
      reply: (_, n) => reply(n)
    })
  )

describe("a signal's handler", () => {
  it("that is interrupted by something of its own pauses before it is tried again", () =>
    run((journal) =>
      Effect.gen(function* () {
        let runs = 0
        const workflow = handler((n) => Effect.suspend(() => (++runs < 3 ? Effect.interrupt : Effect.succeed(n))))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* start(engine, workflow)
        const reply = yield* Effect.forkChild(handle.signal(Go, 4))
        yield* settle
        expect(runs).toBe(1)
        expect((yield* handle.status).waitsFor).toMatchObject([{ _tag: "Signal", lastError: expect.any(String) }])
        expect(yield* await_(Fiber.join(reply))).toBe(4)
      })
    ))

  it("whose reply throws leaves the instance stuck, and its effect ran once", () =>
    run((journal) =>
      Effect.gen(function* () {
        let runs = 0
        const workflow = handler(
          (n) => Effect.sync(() => (runs++, n)),
          () => {
            throw new Error("no words")
          }
        )
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* start(engine, workflow)
        yield* Effect.forkChild(handle.signal(Go, 4))
        yield* TestClock.adjust("1 hour")
        yield* settle
        expect(runs).toBe(1)
        expect(yield* handle.status).toMatchObject({ status: "stuck", error: expect.stringContaining("no words") })
        expect(yield* handle.history).toHaveLength(1)
      })
    ))

  it("knows which signal it handles, under a key of its own", () =>
    run((journal) =>
      Effect.gen(function* () {
        let seen: Step.Info | undefined
        const workflow = handler((n) => Effect.map(Step.info, (info) => ((seen = info), n)))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* start(engine, workflow)
        yield* handle.signal(Go, 4, { id: "go-1" })
        expect(seen).toMatchObject({ instance: "x", step: "go", ordinal: 0, idempotencyKey: "x/0/0/go-1" })
      })
    ))

  it("that loses its step gives the signal back to the head of its line", () =>
    run((journal) =>
      Effect.gen(function* () {
        const Add = Signal.make("add", { payload: Schema.Number })
        const gate = yield* Deferred.make<void>()
        let slow = true
        const add = WIO.handleSignal(Add, {
          event: Schema.Number,
          handle: (_: number, n) => (slow ? Effect.as(Deferred.await(gate), n) : Effect.succeed(n)),
          apply: (sum, n) => sum * 10 + n
        })
        const timeUp = WIO.await<number>("time up", { for: "1 minute" })
        const workflow = numbers("Line", add.pipe(WIO.interruptWith(timeUp), WIO.andThen(add), WIO.andThen(add)))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* start(engine, workflow)
        for (const n of [2, 3]) {
          yield* Effect.forkChild(handle.signal(Add, n))
          yield* settle
        }
        slow = false
        expect(yield* await_(handle.result)).toBe(123)
      })
    ))
})

describe("a handler that ends while its step is being lost", () => {
  it("gives its signal back once", () =>
    run((journal) =>
      Effect.gen(function* () {
        const [handled, stored] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        let slow = true
        const go = WIO.handleSignal(Go, {
          event: Schema.Number,
          handle: (_: number, n) => (slow ? Effect.as(Deferred.await(handled), n) : Effect.succeed(n)),
          apply: (sum, n) => sum + n,
          reply: (sum, n) => sum + n
        })
        const timeUp = WIO.await<number>("time up", { for: "1 minute" })
        const workflow = numbers("Lost", go.pipe(WIO.interruptWith(timeUp), WIO.andThen(go), WIO.andThen(go)))
        // The append of the timer takes its time: the handler ends meanwhile.
        const { engine } = yield* boot(
          {
            ...journal,
            append: (batch) =>
              batch.some(({ events }) => events.some(({ kind }) => kind === "fired"))
                ? Effect.andThen(Deferred.await(stored), journal.append(batch))
                : journal.append(batch)
          },
          [workflow]
        )
        const handle = yield* start(engine, workflow)
        const reply = yield* Effect.forkChild(handle.signal(Go, 4))
        yield* settle
        yield* TestClock.adjust("1 minute")
        yield* Deferred.succeed(handled, undefined)
        yield* settle
        slow = false
        yield* Deferred.succeed(stored, undefined)
        expect(yield* await_(Fiber.join(reply))).toBe(5)
        yield* settle
        expect((yield* handle.history).filter(({ kind }) => kind === "signal")).toHaveLength(1)
        // No conflict had to put it right: it is still the first epoch's work.
        expect((yield* handle.history).at(-1)?.id.split(".")[2]).toBe("1")
        expect((yield* handle.status).status).toBe("waiting")
        yield* TestClock.adjust("1 minute")
        expect(Option.getOrThrow(yield* Single.find(journal, "x")).epoch).toBe(1)
      })
    ))
})

describe("an instance that was set aside", () => {
  const named = (name: string) =>
    numbers(
      "Named",
      WIO.runIO(name, { event: Schema.Number, run: (n: number) => Effect.succeed(n), apply: (n) => n }).pipe(
        WIO.andThen(
          WIO.handleSignal(Go, {
            event: Schema.Number,
            handle: (_: number, n) => Effect.succeed(n),
            apply: (_, n) => n,
            reply: (_, n) => n
          })
        )
      )
    )

  it("because the journal has no clock for now is tried ever more seldom, and goes on once there is one", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = numbers("Clockless", step(Effect.as(Effect.sleep("1 second"), 2)))
        const clock = { isBroken: false, asked: 0 }
        const broken = new JournalError({ operation: "now", reason: "no clock", retryable: false })
        const now = Effect.suspend(() => {
          clock.asked++
          return clock.isBroken ? Effect.fail(broken) : journal.now
        })
        const { engine } = yield* boot({ ...journal, now }, [workflow])
        const handle = yield* start(engine, workflow)
        yield* settle
        Object.assign(clock, { isBroken: true, asked: 0 })
        yield* TestClock.adjust("2 seconds")
        yield* settle
        expect(clock.asked).toBeLessThan(50)
        clock.isBroken = false
        expect(yield* await_(Effect.retry(handle.result, { schedule: Schedule.spaced("1 minute") }))).toBe(2)
      })
    ))

  it("says so to whoever sends it a signal, which is kept", () =>
    run((journal) =>
      Effect.gen(function* () {
        const old = yield* boot(journal, [named("check")])
        const before = named("check")
        yield* old.close
        const first = yield* boot(journal, [before])
        yield* start(first.engine, before)
        yield* settle
        yield* first.close
        const after = named("validate")
        const { engine } = yield* boot(journal, [after])
        yield* settle
        expect(yield* Effect.flip(engine.signal("x", Go, 1, { id: "s" }))).toMatchObject({ _tag: "JournalMismatch" })
        expect(yield* Single.inbox(journal, "x")).toHaveLength(1)
      })
    ))

  it("is given back, so that a process which knows its definition runs it", () =>
    run((journal) =>
      Effect.gen(function* () {
        const before = named("check")
        const first = yield* boot(journal, [before])
        yield* start(first.engine, before)
        yield* settle
        yield* first.close
        yield* boot(journal, [named("validate")])
        yield* settle
        const { engine } = yield* boot(journal, [before])
        expect(yield* await_(engine.signal("x", Go, 5))).toBe(5)
        expect(yield* await_(engine.result(before, "x"))).toBe(5)
      })
    ))
})

describe("what another process makes of an instance that was set aside here", () => {
  const named = (name: string) =>
    numbers(
      "Named",
      WIO.runIO(name, { event: Schema.Number, run: (n: number) => Effect.succeed(n), apply: (n) => n }).pipe(
        WIO.andThen(
          WIO.handleSignal(Go, {
            event: Schema.Number,
            handle: (_: number, n) => Effect.succeed(n),
            apply: (_, n) => n,
            reply: (_, n) => n
          })
        )
      )
    )

  it("counts: callers here are answered by whoever knows its definition", () =>
    run((journal) =>
      Effect.gen(function* () {
        const before = named("check")
        const first = yield* boot(journal, [before])
        yield* start(first.engine, before)
        yield* settle
        yield* first.close
        const { engine } = yield* boot(journal, [named("validate")])
        expect(yield* Effect.flip(engine.signal("x", Go, 5, { id: "s" }))).toMatchObject({ _tag: "JournalMismatch" })
        expect(yield* engine.status("x")).toMatchObject({ status: "set-aside" })
        // No row says so: it is for processes with the right definition to claim.
        expect(Option.getOrThrow(yield* Single.find(journal, "x")).status).toBe("waiting")
        const second = yield* boot(journal, [before], { idle: "1 day" })
        expect(yield* await_(second.engine.signal("x", Go, 5, { id: "s" }))).toBe(5)
        expect(yield* await_(engine.signal("x", Go, 5, { id: "s" }))).toBe(5)
      })
    ))

  it("is not waited for: one that is there for long is forgotten here, and why it was set aside is told anew", () =>
    run((journal) =>
      Effect.gen(function* () {
        const before = named("check")
        const first = yield* boot(restless(journal), [before])
        yield* start(first.engine, before)
        yield* settle
        yield* first.close
        const log: Array<string> = []
        const told = () => log.filter((said) => said.includes('the journal says "check"')).length
        yield* boot(journal, [named("validate")], { poll: "1 second" }, undefined, log)
        yield* await_(Effect.repeat(Effect.sleep(1), { until: () => told() > 0 }))
        const workflows = [{ name: "Named", version: 1 }]
        const elsewhere = Effect.fnUntraced(function* (length: Duration.Input) {
          yield* journal.renew("there", 1e9)
          const claim = { owner: "there", workflows, limit: 1, order: "oldest", ids: ["x"] } as const
          const [row] = yield* Effect.repeat(journal.claim(claim), { until: (rows) => rows.length > 0 })
          yield* TestClock.adjust(length)
          yield* journal.release("there", [{ id: "x", epoch: row?.epoch ?? 0, at: 0, known: [] }])
          yield* TestClock.adjust("2 seconds")
          yield* settle
          return told()
        })
        expect([told(), yield* elsewhere("3 seconds"), yield* elsewhere("10 minutes")]).toEqual([1, 1, 2])
      })
    ))

  it("is not forestalled: one that has begun there is waited for here", () =>
    run((journal) =>
      Effect.gen(function* () {
        const before = named("check")
        const first = yield* boot(journal, [before])
        yield* start(first.engine, before)
        yield* settle
        yield* first.close
        const after = named("validate")
        const { engine } = yield* boot(journal, [after])
        expect(yield* Effect.flip(engine.signal("x", Go, 5, { id: "s" }))).toMatchObject({ _tag: "JournalMismatch" })
        expect(yield* Effect.flip(engine.result(after, "x"))).toMatchObject({ _tag: "JournalMismatch" })
        // It runs there from now on, and waits for a signal.
        const workflows = [{ name: "Named", version: 1 }]
        yield* journal.renew("there", 1_000_000)
        yield* settle
        yield* journal.claim({ owner: "there", workflows, limit: 1, order: "oldest", ids: ["x"] })
        const waiting = yield* Effect.forkChild(engine.result(after, "x"))
        yield* settle
        expect(waiting.pollUnsafe()).toBe(undefined)
        yield* Fiber.interrupt(waiting)
      })
    ))
})

describe("an append that the journal refuses", () => {
  it("is forgotten once events are on record: what is refused after that is another story", () =>
    run((journal) =>
      Effect.gen(function* () {
        let isRefusing = true
        const at: Array<number> = []
        const two = step(Effect.succeed(1)).pipe(
          WIO.andThen(
            WIO.runIO("second", {
              event: Schema.Number,
              run: (_: number) => Effect.map(Effect.orDie(journal.now), (now) => at.push(now)),
              apply: (n) => n
            })
          )
        )
        const workflow = numbers("Refused", two)
        const refusing: Journal["Service"] = {
          ...journal,
          append: (batch) =>
            isRefusing || batch.some(({ events }) => events.some((event) => event.step === "second"))
              ? Effect.succeed(batch.map(() => ({ _tag: "Rejected", reason: "too large" }) as const))
              : journal.append(batch)
        }
        const { engine } = yield* boot(refusing, [workflow])
        yield* start(engine, workflow)
        // It is tried ever more seldom.
        yield* TestClock.adjust("4 hours")
        yield* settle
        expect(at).toEqual([])
        isRefusing = false
        yield* await_(Effect.repeat(Effect.sleep("1 second"), { until: () => at.length >= 3 }))
        const [first = 0, , third = Infinity] = at
        expect(third - first).toBeLessThan(60_000)
      })
    ))

  it("does not make the effect run at every look: it is tried ever more seldom", () =>
    run((journal) =>
      Effect.gen(function* () {
        let runs = 0
        const workflow = numbers("Refused", step(Effect.sync(() => ++runs)))
        const refusing = {
          ...journal,
          append: (batch: ReadonlyArray<unknown>) =>
            Effect.succeed(batch.map(() => ({ _tag: "Rejected", reason: "too large" }) as const))
        }
        const { engine } = yield* boot(refusing, [workflow])
        const handle = yield* start(engine, workflow)
        yield* settle
        expect(yield* handle.status).toMatchObject({ status: "set-aside", error: expect.stringContaining("too large") })
        yield* TestClock.adjust("1 hour")
        expect(runs).toBeLessThan(15)
        expect(yield* handle.history).toHaveLength(1)
      })
    ))
})

describe("a shutdown", () => {
  it("gives instances back once their effects have ended: nobody runs one of them meanwhile", () =>
    run((journal) =>
      Effect.gen(function* () {
        let running = 0
        let most = 0
        const busy = Effect.gen(function* () {
          most = Math.max(most, ++running)
          yield* Effect.sleep("2 seconds")
          running--
          return 7
        }).pipe(Effect.uninterruptible)
        const workflow = numbers("Busy", step(busy, {}))
        const first = yield* boot(journal, [workflow])
        yield* start(first.engine, workflow)
        yield* settle
        const closing = yield* Effect.forkChild(first.close)
        const second = yield* boot(journal, [workflow])
        expect(yield* await_(second.engine.result(workflow, "x"))).toBe(7)
        yield* Fiber.join(closing)
        expect(most).toBe(1)
      })
    ))

  it("does not wait for ever for an effect that cannot be interrupted", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = numbers("Never", step(Effect.uninterruptible(Effect.never), {}))
        const first = yield* boot(journal, [workflow])
        yield* start(first.engine, workflow)
        yield* settle
        yield* await_(first.close)
        const second = yield* boot(journal, [workflow])
        yield* settle
        expect((yield* second.engine.status("x")).status).toBe("running")
      })
    ))
})

describe("a journal that is out of reach", () => {
  it("is asked again by one for all who wait, however many they are", () =>
    run((journal) =>
      Effect.gen(function* () {
        const down = Effect.fail(new JournalError({ operation: "any", reason: "it is down", retryable: true }))
        let isDown = true
        let asked = 0
        const away = <A>(effect: Effect.Effect<A, JournalError>): Effect.Effect<A, JournalError> =>
          Effect.suspend((): Effect.Effect<A, JournalError> => (isDown ? (asked++, down) : effect))
        const { engine } = yield* boot(
          {
            ...journal,
            send: (batch) => away(journal.send(batch)),
            find: (wanted) => away(journal.find(wanted)),
            watch: (ids) => away(journal.watch(ids))
          },
          []
        )
        const asks = Array.from({ length: 300 }, (_, index) => `x${index}`).flatMap(
          (id): ReadonlyArray<Effect.Effect<unknown, unknown>> => [engine.signal(id, Go, 1), engine.status(id)]
        )
        const callers = yield* Effect.forEach(asks, (ask) => Effect.forkChild(Effect.flip(ask)))
        yield* TestClock.adjust("10 seconds")
        yield* settle
        // Each of 600 callers for itself would be thousands.
        expect(asked).toBeLessThan(120)
        isDown = false
        yield* TestClock.adjust("10 seconds")
        for (const caller of callers) {
          expect(yield* await_(Fiber.join(caller))).toMatchObject({ _tag: "InstanceNotFound" })
        }
      })
    ))
})

describe("a store that throws where it should answer", () => {
  const broken = Effect.die(new Error("a fault of the store"))
  const waiting = (name: string) =>
    numbers(name, WIO.andThen(step(Effect.succeed(1)), WIO.await<number>("rest", { for: "1 day" })))

  it("is asked to prolong the lease again", () =>
    run((journal) =>
      Effect.gen(function* () {
        let asked = 0
        const renew: Journal["Service"]["renew"] = (owner, lease) =>
          Effect.suspend(() => (++asked === 2 ? broken : journal.renew(owner, lease)))
        yield* boot({ ...journal, renew }, [waiting("Waits")], { lease: "30 seconds" })
        yield* TestClock.adjust("1 minute")
        yield* settle
        expect(asked).toBeGreaterThan(3)
      })
    ))

  it("is looked into again, for what may be claimed", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = waiting("Waits")
        const { engine } = yield* boot(journal, [])
        yield* engine.start(workflow, { id: "x", input: 1 })
        let asked = 0
        const reap = Effect.suspend(() => (++asked === 1 ? broken : journal.reap))
        const claim: Journal["Service"]["claim"] = (what) =>
          Effect.suspend(() => (asked < 2 ? broken : journal.claim(what)))
        yield* boot({ ...journal, reap, claim }, [workflow])
        yield* TestClock.adjust("1 minute")
        yield* settle
        expect(Option.getOrThrow(yield* Single.find(journal, "x")).status).toBe("waiting")
      })
    ))

  it("holds up nobody but the instance that it throws at", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = waiting("Waits")
        const client = yield* boot(journal, [])
        const ids = Array.from({ length: 20 }, (_, index) => `x${index}`)
        for (const id of ids) yield* client.engine.start(workflow, { id, input: 1 })
        let isMended = false
        const find: Journal["Service"]["find"] = (wanted) =>
          !isMended && wanted.some(({ id }) => id === "x3") ? broken : journal.find(wanted)
        yield* boot({ ...journal, find }, [workflow])
        yield* settle
        const statuses = Effect.forEach(ids, (id) =>
          Effect.map(Single.find(journal, id), (row) => Option.getOrThrow(row).status)
        )
        expect(yield* statuses).toEqual(ids.map((id) => (id === "x3" ? "running" : "waiting")))
        isMended = true
        yield* TestClock.adjust("10 minutes")
        yield* settle
        expect(yield* statuses).toEqual(ids.map(() => "waiting"))
      })
    ))
})
