/** Steps that kill whoever runs them: how often an instance is taken over is counted, and past a limit it is left alone. */
import { Effect, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Signal, WIO, Workflow } from "@waymark/core"
import type { Claim, Journal } from "@waymark/interpreter"
import { Generator, Simulator, Single } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { await_, boot, mortal, run, settle } from "../support/engine.ts"
import { call, caseOf, fine, only, trials } from "../support/simulator.ts"

const healthy = Workflow.make("Healthy", {
  version: 1,
  input: Schema.Number,
  state: Schema.Number,
  body: WIO.runIO("step", { event: Schema.Number, run: () => Effect.succeed(1), apply: (n: number, one) => n + one })
})

/** A workflow whose step kills its process, and how often that step has begun. */
interface Killer {
  isMended: boolean
  runs: number
  kill: () => void
  readonly workflow: Workflow.Workflow<string, number, number, never, never, number>
  /** The next process, which whatever kills it kills: nobody hears of it any more, and it hears of nothing. */
  readonly process: ReturnType<typeof boot>
}

/** A step that kills whoever runs it, until it is mended, beside one that does not; each process has a line of its own to the journal. */
const killer = (journal: Journal["Service"]): Killer => {
  const self: Killer = {
    isMended: false,
    runs: 0,
    kill: () => {},
    workflow: Workflow.make("Killer", {
      version: 1,
      input: Schema.Number,
      state: Schema.Number,
      body: WIO.runIO("segfault", {
        event: Schema.Number,
        run: (n: number) =>
          Effect.suspend(() => {
            self.runs++
            if (self.isMended) return Effect.succeed(n)
            self.kill()
            return Effect.never
          }),
        apply: (_, n) => n + 1
      })
    }),
    process: Effect.suspend(() => {
      const line = mortal(journal)
      self.kill = line.kill
      return boot(line.journal, [self.workflow, healthy], { takeovers: 3 })
    })
  }
  return self
}

describe("poison-step-and-payload: a step that kills its process", () => {
  /** So many processes, one after the other, each with the time to take over what the last one has left. */
  const processes = (killed: ReturnType<typeof killer>, count: number) =>
    Effect.forEach(Array.from({ length: count }), () =>
      Effect.tap(killed.process, () => Effect.andThen(TestClock.adjust("1 minute"), settle))
    )

  const rowOf = (journal: Journal["Service"]) => Effect.map(Single.find(journal, "bad"), Option.getOrThrow)

  const begun = Effect.fnUntraced(function* (journal: Journal["Service"]) {
    const killed = killer(journal)
    const { engine } = yield* killed.process
    yield* engine.start(killed.workflow, { id: "bad", input: 1 })
    yield* settle
    return killed
  })

  it("poison-step-and-payload: is given up after as many take-overs as the limit says, and the process goes on", () =>
    run((journal) =>
      Effect.gen(function* () {
        const killed = yield* begun(journal)
        yield* processes(killed, 3)
        expect([killed.runs, (yield* rowOf(journal)).takeovers]).toEqual([4, 3])
        const [{ close, engine } = expect.fail("no process")] = yield* processes(killed, 1)
        expect(killed.runs).toBe(4)
        expect(yield* rowOf(journal)).toMatchObject({ status: "stuck", wakeAt: null, takeovers: 0, length: 1 })
        expect((yield* engine.status("bad")).error).toMatch(/taken over 4 times.*limit of takeovers is 3.*"segfault"/s)
        const { result } = yield* engine.start(healthy, { id: "good", input: 1 })
        expect(yield* await_(result)).toBe(2)
        // Whoever comes next leaves it alone.
        yield* close
        yield* processes(killed, 2)
        expect(killed.runs).toBe(4)
      })
    ))

  it("poison-step-and-payload: who was only there when it killed its processes is not given up", () =>
    run((journal) =>
      Effect.gen(function* () {
        const slow = WIO.runIO("slow", {
          event: Schema.Number,
          run: (n: number) => Effect.delay(Effect.succeed(n), "30 seconds"),
          apply: (_, n) => n + 1
        })
        const bystander = Workflow.make("Bystander", {
          version: 1,
          input: Schema.Number,
          state: Schema.Number,
          body: slow
        })
        const ids = Array.from({ length: 8 }, (_, index) => `bystander ${index}`)
        let die = (): void => {}
        let deaths = 0
        const poison = Workflow.make("Poison", {
          version: 1,
          input: Schema.Number,
          state: Schema.Number,
          body: WIO.runIO("segfault", {
            event: Schema.Number,
            run: () => Effect.suspend(() => (deaths++, die(), Effect.never)),
            apply: (n: number) => n
          })
        })
        const process = Effect.suspend(() => {
          const line = mortal(journal)
          die = line.kill
          return boot(line.journal, [poison, bystander], { takeovers: 6 })
        })
        const { engine } = yield* process
        yield* Effect.forEach(ids, (id) => engine.start(bystander, { id, input: 1 }))
        yield* engine.start(poison, { id: "bad", input: 1 })
        yield* settle
        let last = engine
        for (let count = 0; count < 12; count++) {
          last = (yield* process).engine
          yield* TestClock.adjust("10 minutes")
          yield* settle
        }
        expect(deaths).toBe(7)
        expect((yield* last.status("bad")).status).toBe("stuck")
        for (const id of ids) expect((yield* last.status(id)).status).toBe("completed")
      })
    ))

  it("poison-step-and-payload: a retry lets it go on, with as many take-overs as at first", () =>
    run((journal) =>
      Effect.gen(function* () {
        const killed = yield* begun(journal)
        const [, , , last = expect.fail("no process")] = yield* processes(killed, 4)
        yield* last.engine.retry("bad")
        yield* settle
        expect(killed.runs).toBe(5)
        const [, , , { engine } = expect.fail("no process")] = yield* processes(killed, 4)
        expect(killed.runs).toBe(8)
        expect((yield* engine.status("bad")).status).toBe("stuck")
        killed.isMended = true
        yield* engine.retry("bad")
        expect(yield* await_(engine.result(killed.workflow, "bad"))).toBe(2)
      })
    ))

  it("poison-step-and-payload: what is shut down in order, however often, is not suspected", () =>
    run((journal) =>
      Effect.gen(function* () {
        const step = WIO.runIO("long", { event: Schema.Number, run: () => Effect.never, apply: (n: number) => n })
        const long = Workflow.make("Long", { version: 1, input: Schema.Number, state: Schema.Number, body: step })
        for (let count = 0; count < 8; count++) {
          const { close, engine } = yield* boot(journal, [long], { takeovers: 1 })
          yield* engine.start(long, { id: "l", input: 1 })
          yield* settle
          expect((yield* engine.status("l")).status).toBe("running")
          yield* close
        }
      })
    ))

  it("poison-step-and-payload: who only waits where others are killed is not suspected, and a limit of none is kept", () =>
    run((journal) =>
      Effect.gen(function* () {
        const Go = Signal.make("go", { payload: Schema.Number, reply: Schema.Number })
        const go = WIO.handleSignal(Go, {
          event: Schema.Number,
          handle: (_: number, n) => Effect.succeed(n),
          apply: (_, n) => n,
          reply: (_, n) => n
        })
        const waits = Workflow.make("Waits", { version: 1, input: Schema.Number, state: Schema.Number, body: go })
        const wake = { instance: "w", name: "nobody waits for this", payload: null }
        yield* Effect.andThen(boot(journal, [waits]), ({ close, engine }) =>
          Effect.andThen(engine.start(waits, { id: "w", input: 1 }), close)
        )
        for (let count = 0; count < 5; count++) {
          yield* Single.send(journal, { ...wake, id: `${count}` })
          yield* journal.claim({ owner: "dies", workflows: [{ name: "Waits", version: 1 }], order: "oldest", limit: 1 })
          yield* journal.reap
        }
        expect(Option.getOrThrow(yield* Single.find(journal, "w")).takeovers).toBe(5)
        const { engine } = yield* boot(journal, [waits], { takeovers: 2 })
        yield* settle
        expect((yield* engine.status("w")).status).toBe("waiting")
        expect(yield* await_(engine.signal("w", Go, 7))).toBe(7)
        for (const takeovers of [0, Number.NaN]) {
          const refused = yield* Effect.catchDefect(boot(journal, [], { takeovers }), Effect.succeed)
          expect(String(refused)).toMatch(/RangeError: Engine\.layer: takeovers/)
        }
      })
    ))

  const asks = Array.from({ length: 12 }, (_, index) => ({ at: 70_000 + index * 100_000, what: "retry" as const }))
  let suspected = 0
  const wary = (store: Journal["Service"]): Journal["Service"] => ({
    ...store,
    claim: (claim: Claim) => Effect.map(store.claim(claim), (rows) => rows.map((row) => ({ ...row, takeovers: 99 }))),
    append: (batch) => {
      suspected += batch.filter(({ events, status }) => events.length === 0 && status === "stuck").length
      return store.append(batch)
    }
  })

  it("poison-step-and-payload: one that is suspected while another part of it has given up waits for its operator", () => {
    const [one, two] = [
      { tag: "SideEffect", k: 0, parts: [] },
      { tag: "RunIO", k: 0, parts: [] }
    ] as const
    const gaveUp = caseOf({ tag: "Parallel", k: 0, parts: [one, two] }, [{ dies: 1, then: "Succeed", k: 0 }])
    const crash = only({ faults: [call("append", 1, "crash-before")], asks })
    fine({ case: gaveUp, schedule: crash }, { mutant: wary, engine: { takeovers: 1 } })
  })

  it("poison-step-and-payload: an instance that is suspected at every claim comes to its end as an operator says so, whatever goes wrong", () => {
    suspected = 0
    const schedules = Simulator.schedules({ atMost: 8, asks: 0 }).map(({ faults, workers }) => ({
      faults,
      workers,
      asks
    }))
    fc.assert(
      fc.property(trials(schedules, Generator.cases({ size: 8, duplicates: false })), (trial) => {
        fine(trial, { mutant: wary, engine: { takeovers: 1 } })
      }),
      { numRuns: 60 }
    )
    expect(suspected).toBeGreaterThan(0)
  })
})
