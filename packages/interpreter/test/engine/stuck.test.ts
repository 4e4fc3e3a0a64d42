/** Instances that are stuck although no step gave up: every process sees it, none is filled by them, and an operator sets them going. */
import { Deferred, Effect, Exit, Fiber, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Signal, WIO, Workflow } from "@waymark/core"
import type { Journal } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { await_, boot, finding, run, settle } from "../support/engine.ts"

const Go = Signal.make("go", { payload: Schema.Number, reply: Schema.Number })

type Body = WIO.WIO<number, number, never, never, number>
type Numbers = Workflow.Workflow<string, number, number, never, never, number>

const numbers = (body: Body, version = 1): Numbers =>
  Workflow.make("Numbers", { version, input: Schema.Number, state: Schema.Number, body })

/** A workflow that can be mended, and how often its step has run. */
interface Fragile {
  isMended: boolean
  runs: number
  readonly workflow: Numbers
}

/** A step that is counted, and whose event nothing comes of until it is mended. */
const fragile = (version = 1): Fragile => {
  const self: Fragile = {
    isMended: false,
    runs: 0,
    workflow: numbers(
      WIO.runIO("charge", {
        event: Schema.Number,
        run: (_: number) => Effect.sync(() => ++self.runs),
        apply: (n): number => {
          if (!self.isMended) throw new Error("no such account")
          return n + 1
        }
      }),
      version
    )
  }
  return self
}

const healthy = Workflow.make("Healthy", {
  version: 1,
  input: Schema.Number,
  state: Schema.Number,
  body: WIO.runIO("step", { event: Schema.Number, run: (n: number) => Effect.succeed(n), apply: (_, n) => n })
})

const rowOf = (journal: Journal["Service"], id: string) => Effect.map(Single.find(journal, id), Option.getOrThrow)

const idsOf = (page: { readonly instances: ReadonlyArray<{ readonly id: string }> }) =>
  page.instances.map(({ id }) => id)

describe("an instance whose definition throws", () => {
  it("is stuck for every process: in its row, in lists, and in its status, which says why", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { workflow } = fragile()
        const first = yield* boot(journal, [workflow])
        yield* first.engine.start(workflow, { id: "x", input: 1 })
        yield* settle
        expect(yield* rowOf(journal, "x")).toMatchObject({ status: "stuck", wakeAt: null, length: 1 })
        const second = yield* boot(journal, [])
        expect(idsOf(yield* second.engine.list({ status: "stuck" }))).toEqual(["x"])
        expect(idsOf(yield* second.engine.list({ status: ["running", "waiting"] }))).toEqual([])
        const { error, status } = yield* second.engine.handle(workflow, "x").status
        expect(status).toBe("stuck")
        expect(error).toMatch(/charge.*no such account.*retry it/s)
        expect((yield* Single.notes(journal, "x")).map(({ name }) => name)).toEqual(["stuck"])
      })
    ))

  it("leaves memory: however many there are, others find a place", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { workflow } = fragile()
        const { engine } = yield* boot(journal, [workflow, healthy], { resident: 2 })
        for (let count = 0; count < 6; count++) {
          yield* engine.start(workflow, { id: `x-${count}`, input: 1 })
          yield* settle
        }
        const { result } = yield* engine.start(healthy, { id: "h", input: 3 })
        expect(yield* await_(result)).toBe(3)
        expect(idsOf(yield* engine.list({ status: "stuck" }))).toHaveLength(6)
      })
    ))

  it("is left alone by whoever comes next, also for a signal, until it is retried", () =>
    run((journal) =>
      Effect.gen(function* () {
        const self = fragile()
        const first = yield* boot(journal, [self.workflow])
        yield* first.engine.start(self.workflow, { id: "x", input: 1 })
        yield* settle
        yield* first.close
        self.isMended = true
        const { engine } = yield* boot(journal, [self.workflow])
        const asking = yield* Effect.forkChild(engine.signal("x", Go, 1, { id: "s" }))
        yield* await_(Effect.sleep("2 minutes"))
        expect([self.runs, (yield* rowOf(journal, "x")).status]).toEqual([1, "stuck"])
        yield* engine.retry("x")
        expect(yield* await_(engine.result(self.workflow, "x"))).toBe(2)
        expect(self.runs).toBe(2)
        expect(yield* Effect.flip(Fiber.join(asking))).toMatchObject({ _tag: "InstanceClosed" })
      })
    ))

  it("goes on with a newer version of its workflow once it is retried, in whichever process", () =>
    run((journal) =>
      Effect.gen(function* () {
        const [old, mended] = [fragile(1), fragile(2)]
        mended.isMended = true
        const first = yield* boot(journal, [old.workflow])
        yield* first.engine.start(old.workflow, { id: "x", input: 1 })
        yield* settle
        yield* first.close
        const client = yield* boot(journal, [])
        const second = yield* boot(journal, [mended.workflow])
        yield* settle
        expect((yield* second.engine.status("x")).status).toBe("stuck")
        yield* await_(client.engine.retry("x"))
        expect(yield* await_(client.engine.result(mended.workflow, "x"))).toBe(2)
      })
    ))

  it("says on a retry what still stands in its way, and stays stuck for it", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { workflow } = fragile()
        const first = yield* boot(journal, [workflow])
        yield* first.engine.start(workflow, { id: "x", input: 1 })
        yield* settle
        yield* first.close
        const { engine } = yield* boot(journal, [workflow])
        // Its effect runs again, since nothing came of it before: only then it throws.
        yield* engine.retry("x")
        yield* settle
        expect(yield* rowOf(journal, "x")).toMatchObject({ status: "stuck", wakeAt: null })
        const refused = yield* Effect.flip(engine.retry("x"))
        expect(refused).toMatchObject({ _tag: "CommandRejected", reason: expect.stringContaining("no such account") })
        expect((yield* rowOf(journal, "x")).status).toBe("stuck")
      })
    ))

  for (const how of ["cancel", "terminate"] as const) {
    it(`may be ended after a restart: ${how}`, () =>
      run((journal) =>
        Effect.gen(function* () {
          const { workflow } = fragile()
          const first = yield* boot(journal, [workflow])
          yield* first.engine.start(workflow, { id: "x", input: 1 })
          yield* settle
          yield* first.close
          const { engine } = yield* boot(journal, [workflow])
          yield* engine[how]("x", "enough")
          expect(yield* Effect.flip(engine.result(workflow, "x"))).toMatchObject({ reason: "enough" })
          expect(yield* Single.notes(journal, "x")).toEqual([])
        })
      ))
  }

  it("is as stuck without its note, and when the process dies between the note and the row it is so the next time", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { workflow } = fragile()
        // The first process writes the note, and nothing else any more.
        const dying = { ...journal, append: () => Effect.never }
        const first = yield* boot(dying, [workflow])
        yield* first.engine.start(workflow, { id: "x", input: 1 })
        yield* settle
        expect((yield* Single.notes(journal, "x")).map(({ name }) => name)).toEqual(["stuck"])
        yield* first.close
        const second = yield* boot(journal, [workflow])
        yield* settle
        expect((yield* rowOf(journal, "x")).status).toBe("stuck")
        yield* second.close
        const third = yield* boot(
          finding(journal, (found) => ({ ...found, notes: [] })),
          [workflow]
        )
        yield* settle
        expect(yield* third.engine.status("x")).toMatchObject({
          status: "stuck",
          error: expect.stringContaining("retry it")
        })
      })
    ))

  it("is not the one that is run by hand again and again", () =>
    run((journal) =>
      Effect.gen(function* () {
        const self = fragile()
        const { engine } = yield* boot(journal, [self.workflow, healthy], { mode: "manual" })
        yield* engine.start(self.workflow, { id: "x", input: 1 })
        yield* TestClock.adjust("1 second")
        yield* engine.start(healthy, { id: "h", input: 3 })
        expect(Option.getOrThrow(yield* engine.runOne())).toMatchObject({ id: "x", status: "stuck" })
        expect(Option.getOrThrow(yield* engine.runOne())).toMatchObject({ id: "h", status: "completed" })
        expect(Option.isNone(yield* engine.runOne())).toBe(true)
        expect(self.runs).toBe(1)
      })
    ))

  it("starts nothing more beside it, keeps what runs, and goes on with all of it once it is retried", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const ran: Array<string> = []
        let isMended = false
        const step = (name: string, first: Effect.Effect<unknown>, apply: (n: number) => number = (n) => n + 1) =>
          WIO.runIO(name, {
            event: Schema.Number,
            run: (_: number) =>
              Effect.as(
                Effect.andThen(
                  Effect.sync(() => ran.push(name)),
                  first
                ),
                1
              ),
            apply
          })
        const throws = step("throws", Effect.void, (n) => {
          if (!isMended) throw new Error("no such account")
          return n + 1
        })
        const body = WIO.parallel(
          {
            throws,
            slow: step("slow", Deferred.await(gate)).pipe(WIO.andThen(step("after", Effect.void))),
            timer: WIO.await<number>("a while", { for: "10 minutes" }).pipe(WIO.andThen(step("later", Effect.void)))
          },
          {
            fork: (n: number) => ({ throws: n, slow: n, timer: n }),
            join: ({ slow, throws, timer }) => slow + throws + timer
          }
        )
        const workflow = numbers(body as Body)
        const { engine } = yield* boot(journal, [workflow])
        yield* engine.start(workflow, { id: "x", input: 0 })
        yield* settle
        yield* Deferred.succeed(gate, undefined)
        yield* await_(Effect.sleep("20 minutes"))
        expect(ran).toEqual(["throws", "slow"])
        // started, the timer's due time, and what was under way; nobody has claimed it since.
        expect(yield* rowOf(journal, "x")).toMatchObject({ length: 3, status: "stuck", epoch: 1 })
        isMended = true
        yield* engine.retry("x")
        expect(yield* await_(engine.result(workflow, "x"))).toBe(4)
        // It had left memory with what was not on record: that ran again.
        expect(ran.slice(2).sort()).toEqual(["after", "later", "throws"])
      })
    ))

  it("is running again in its row once it is set going, without a reason", () =>
    run((journal) =>
      Effect.gen(function* () {
        let isMended = false
        const go = WIO.handleSignal(Go, {
          event: Schema.Number,
          handle: (_: number, n) => Effect.succeed(n),
          apply: (_, n): number => {
            if (!isMended) throw new Error("no such account")
            return n
          },
          reply: (_, n) => n
        })
        const workflow = numbers(go.pipe(WIO.andThen(go)))
        const { engine } = yield* boot(journal, [workflow])
        yield* engine.start(workflow, { id: "x", input: 0 })
        const first = yield* Effect.forkChild(engine.signal("x", Go, 1))
        yield* settle
        expect((yield* rowOf(journal, "x")).status).toBe("stuck")
        isMended = true
        yield* engine.retry("x")
        expect(yield* await_(Fiber.join(first))).toBe(1)
        yield* settle
        expect((yield* rowOf(journal, "x")).status).toBe("waiting")
        expect(yield* Single.notes(journal, "x")).toEqual([])
        expect(yield* await_(engine.signal("x", Go, 2))).toBe(2)
      })
    ))
})

describe("an instance whose next run cannot begin", () => {
  const stalled = (): Fragile => {
    const self: Fragile = {
      isMended: false,
      runs: 0,
      workflow: numbers(
        WIO.pure((n: number) => {
          if (n === 1 && !self.isMended) throw new Error("not today")
          return n
        }).pipe(
          WIO.andThen(
            WIO.branch(
              "done?",
              { yes: { when: (n: number) => n >= 1, then: WIO.pure((n: number) => n) } },
              WIO.continueAsNew((n: number) => n + 1)
            )
          )
        ) as Body
      )
    }
    return self
  }

  it("is stuck for every process, and begins it once it is retried", () =>
    run((journal) =>
      Effect.gen(function* () {
        const self = stalled()
        const first = yield* boot(journal, [self.workflow])
        yield* first.engine.start(self.workflow, { id: "x", input: 0 })
        yield* settle
        expect(yield* rowOf(journal, "x")).toMatchObject({ status: "stuck", run: 0, wakeAt: null })
        yield* first.close
        const { engine } = yield* boot(journal, [self.workflow])
        yield* settle
        expect(yield* engine.status("x")).toMatchObject({
          status: "stuck",
          error: expect.stringContaining("not today")
        })
        self.isMended = true
        yield* engine.retry("x")
        expect(yield* await_(engine.result(self.workflow, "x"))).toBe(1)
        expect((yield* Single.notes(journal, "x")).map(({ name }) => name)).toEqual([])
      })
    ))

  it("refuses what operators ask, and says why, as long as it is so", () =>
    run((journal) =>
      Effect.gen(function* () {
        const self = stalled()
        const { engine } = yield* boot(journal, [self.workflow])
        yield* engine.start(self.workflow, { id: "x", input: 0 })
        yield* settle
        for (const ask of [engine.retry("x"), engine.cancel("x", "stop"), engine.terminate("x", "stop")]) {
          const exit = yield* Effect.exit(await_(ask))
          expect(Exit.isFailure(exit) && String(exit.cause)).toMatch(/CommandRejected.*not today/s)
          expect(yield* rowOf(journal, "x")).toMatchObject({ status: "stuck", run: 0 })
        }
        self.isMended = true
        yield* engine.retry("x")
        expect(yield* await_(engine.result(self.workflow, "x"))).toBe(1)
      })
    ))
})
