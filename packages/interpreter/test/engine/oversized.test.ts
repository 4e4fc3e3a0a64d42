/** `oversized-payload-and-history`: what is too large is refused before it is appended, with its size and place. */
import { Deferred, Effect, Fiber, Layer, Schema } from "effect"
import { Signal, Step, WIO, Workflow } from "@waymark/core"
import { InstanceClosed, type Engine, type Journal } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { await_, boot, run, settle, told } from "../support/engine.ts"

const text = (bytes: number) => "x".repeat(bytes - 2)

/** A workflow of one step, which gives a text of so many bytes. */
const gives = (size: () => number, attempts = 2) =>
  Workflow.make("Gives", {
    version: 1,
    input: Schema.String,
    state: Schema.String,
    body: WIO.runIO("step", {
      event: Schema.String,
      run: (_: string) => Effect.sync(() => text(size())),
      apply: (_, given) => given.slice(0, 5),
      retry: { attempts, initial: "1 second" }
    })
  })

const Say = Signal.make("say", { payload: Schema.String, reply: Schema.String, error: Schema.String })

/** Waits for texts, until one says "stop". */
const listens = Workflow.make("Listens", {
  version: 1,
  input: Schema.String,
  state: Schema.String,
  body: WIO.loop(
    "words",
    WIO.handleSignal(Say, {
      event: Schema.String,
      handle: (_: string, said) =>
        said === "event"
          ? Effect.succeed(text(101))
          : said === "refusal"
            ? Effect.fail(text(101))
            : Effect.succeed(said),
      apply: (_, said) => said,
      reply: (_, said) => (said === "reply" ? text(101) : said)
    }),
    { while: (said) => said !== "stop" }
  )
})

/** Counts on: a step, and a step that undoes it. */
const counts = (done: Array<string> = []) =>
  Workflow.make("Counts", {
    version: 1,
    input: Schema.Number,
    state: Schema.Number,
    body: WIO.loop(
      "count",
      WIO.runIO("one", {
        event: Schema.Number,
        run: (n: number) => Effect.sync(() => (done.push(`${n}`), n + 1)),
        apply: (_, n) => n
      }).pipe(
        WIO.compensateWith(
          WIO.runIO("undo", {
            event: Schema.Number,
            run: (n: number) => Effect.sync(() => (done.push(`undo ${n}`), n)),
            apply: (n: number) => n
          })
        )
      ),
      { while: (n) => n < 20 }
    )
  })

const lengthOf = (journal: Journal["Service"], instance: string) =>
  Effect.map(journal.read({ instance, run: 0, from: 0, limit: 1_000 }), (events) => events.length)

const limits = { payload: 100 } as const

describe("oversized-payload-and-history: a payload", () => {
  it("that a step comes to is a fault of the step, which no other attempt would mend: it is stuck at once", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = gives(() => 101)
        const { engine } = yield* boot(journal, [workflow], { limits })
        const handle = yield* engine.start(workflow, { id: "g", input: "" })
        yield* settle
        const { error, status } = yield* handle.status
        expect(status).toBe("stuck")
        expect(error).toMatch(/"g" at path "": the event of step "step" has 101 bytes .* 100 may .* limits\.payload/)
        const history = yield* handle.history
        expect(told(history)).toEqual(["started Gives", "attempt step"])
        expect(history[1]?.payload).toMatchObject({ error: { tag: "PayloadTooLarge", defect: true }, next: null })
      })
    ))

  it("of just the limit is none too many, and one that is mended is taken", () =>
    run((journal) =>
      Effect.gen(function* () {
        let size = 101
        const workflow = gives(() => size--)
        const { engine } = yield* boot(journal, [workflow], { limits })
        const handle = yield* engine.start(workflow, { id: "g", input: "" })
        yield* settle
        yield* handle.retry()
        expect(yield* await_(handle.result)).toBe("xxxxx")
        expect(told(yield* handle.history)).toEqual([
          "started Gives",
          "attempt step",
          "resolved step",
          "completed step",
          "ended Gives"
        ])
      })
    ))

  it("is measured in bytes of UTF-8 and as JSON is written, not in characters", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [listens], { limits })
        yield* engine.start(listens, { id: "l", input: "" })
        for (const [said, size] of [
          ["ä".repeat(50), 102],
          ["\u0001".repeat(17), 104],
          ["\u{1F600}".repeat(25), 102],
          ["\ud800".repeat(17), 104]
        ] as const) {
          const refused = yield* Effect.flip(engine.signal("l", Say, said))
          expect(refused).toMatchObject({ _tag: "PayloadTooLarge", size, limit: 100 })
        }
        expect(yield* engine.signal("l", Say, "ä".repeat(49))).toBe("ä".repeat(49))
      })
    ))

  it("to start with is refused to the caller, and nothing is there", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [listens], { limits })
        const refused = yield* Effect.flip(engine.start(listens, { id: "l", input: text(101) }))
        expect(refused).toMatchObject({ _tag: "PayloadTooLarge", instance: "l", what: "the input", limit: 100 })
        expect((yield* Effect.flip(engine.status("l")))._tag).toBe("InstanceNotFound")
      })
    ))

  it("of a signal is refused to the caller, and nothing is stored", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [listens], { limits })
        yield* engine.start(listens, { id: "l", input: "" })
        const refused = yield* Effect.flip(engine.signal("l", Say, text(101), { id: "s" }))
        expect(refused).toMatchObject({ _tag: "PayloadTooLarge", what: 'the payload of signal "say"', size: 101 })
        expect(yield* Single.sent(journal, "l", "s")).toEqual({ _tag: "Unknown" })
        expect(yield* engine.signal("l", Say, "stop", { id: "s" })).toBe("stop")
      })
    ))

  for (const said of ["event", "refusal"]) {
    it(`that a signal's handler makes as its ${said} is a fault of the handler, which is tried again`, () =>
      run((journal) =>
        Effect.gen(function* () {
          const { engine } = yield* boot(journal, [listens], { limits })
          yield* engine.start(listens, { id: "l", input: "" })
          const asking = yield* Effect.forkChild(engine.signal("l", Say, said))
          yield* settle
          const { status, waitsFor } = yield* engine.status("l")
          expect(status).toBe("waiting")
          expect(waitsFor).toMatchObject([{ _tag: "Signal", lastError: expect.stringContaining("101 bytes") }])
          expect(yield* lengthOf(journal, "l")).toBe(1)
          yield* Fiber.interrupt(asking)
        })
      ))
  }

  it("of a reply is a fault of the definition: nothing is written, and the instance is stuck", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [listens], { limits })
        yield* engine.start(listens, { id: "l", input: "" })
        yield* Effect.forkChild(engine.signal("l", Say, "reply"))
        yield* settle
        expect(yield* engine.status("l")).toMatchObject({
          status: "stuck",
          error: expect.stringMatching(/reply of signal "say" has 101 bytes/)
        })
        expect(yield* lengthOf(journal, "l")).toBe(1)
      })
    ))

  it("that the workflow would end with is a fault of the definition, and a retry under higher limits lets it end", () =>
    run((journal) =>
      Effect.gen(function* () {
        const grows = Workflow.make("Grows", {
          version: 1,
          input: Schema.String,
          state: Schema.String,
          body: WIO.runIO("step", {
            event: Schema.Number,
            run: (_: string) => Effect.succeed(200),
            apply: (_, size) => text(size)
          })
        })
        const first = yield* boot(journal, [grows], { limits })
        const handle = yield* first.engine.start(grows, { id: "g", input: "" })
        yield* settle
        expect(yield* handle.status).toMatchObject({
          status: "stuck",
          error: expect.stringContaining("what the workflow ends with has 200 bytes")
        })
        expect(yield* lengthOf(journal, "g")).toBe(1)
        yield* first.close
        const second = yield* boot(journal, [grows])
        yield* second.engine.retry("g")
        expect(yield* second.engine.result(grows, "g")).toBe(text(200))
      })
    ))

  it("of a child's input or of a message gives the step up", () =>
    run((journal) =>
      Effect.gen(function* () {
        const parent = (name: string, body: WIO.WIO<string, string, unknown, never, string>) =>
          Workflow.make(name, { version: 1, input: Schema.String, state: Schema.String, error: Schema.Unknown, body })
        const flows = [
          parent("Parent", WIO.child(listens, { id: "c", input: (_: string) => text(101) })),
          parent(
            "Sender",
            WIO.signalTo(listens, "l", Say, (_: string) => text(101))
          )
        ]
        const { engine } = yield* boot(journal, [listens, ...flows], { limits })
        yield* engine.start(listens, { id: "l", input: "" })
        for (const flow of flows) {
          const { status } = yield* engine.start(flow, { id: flow.name, input: "" })
          yield* settle
          expect(yield* status).toMatchObject({ status: "stuck", error: expect.stringContaining("bytes of JSON") })
        }
        expect(yield* Single.inbox(journal, "l")).toEqual([])
        expect((yield* Effect.flip(engine.status("c")))._tag).toBe("InstanceNotFound")
      })
    ))

  it("of the next run leaves this one stuck, and a retry under higher limits lets it go on", () =>
    run((journal) =>
      Effect.gen(function* () {
        const again = Workflow.make("Again", {
          version: 1,
          input: Schema.String,
          state: Schema.String,
          body: WIO.branch(
            "long enough?",
            { yes: { when: (said: string) => said.length > 10, then: WIO.pure((_: string) => "the end") } },
            WIO.await<string>("a second", { for: "1 second" }).pipe(
              WIO.andThen(WIO.continueAsNew((_: string) => text(101)))
            )
          )
        })
        const first = yield* boot(journal, [again], { limits })
        const handle = yield* first.engine.start(again, { id: "a", input: "" })
        yield* await_(Effect.sleep("2 seconds"))
        expect(yield* handle.status).toMatchObject({
          run: 0,
          status: "stuck",
          error: expect.stringContaining("the input of the next run has 101 bytes")
        })
        yield* first.close
        const second = yield* boot(journal, [again])
        yield* second.engine.retry("a")
        expect(yield* await_(second.engine.result(again, "a"))).toBe("the end")
      })
    ))

  it("of a heartbeat is a fault of the step", () =>
    run((journal) =>
      Effect.gen(function* () {
        const beats = Workflow.make("Beats", {
          version: 1,
          input: Schema.String,
          state: Schema.String,
          body: WIO.runIO("step", {
            event: Schema.String,
            run: (_: string) => Effect.as(Step.heartbeat(text(101)), "done"),
            apply: (_, done) => done,
            retry: { attempts: 5 }
          })
        })
        const { engine } = yield* boot(journal, [beats], { limits })
        const { status } = yield* engine.start(beats, { id: "b", input: "" })
        yield* settle
        expect(yield* status).toMatchObject({ status: "stuck", error: expect.stringContaining("101 bytes") })
        expect(yield* Single.notes(journal, "b")).toEqual([])
      })
    ))

  it("from half of the limit on is warned of, once for each instance and step", () =>
    run((journal) =>
      Effect.gen(function* () {
        const log: Array<string> = []
        const { engine } = yield* boot(journal, [listens], { limits }, Layer.empty, log)
        yield* engine.start(listens, { id: "l", input: "" })
        for (const size of [48, 49, 70, 80]) yield* engine.signal("l", Say, text(size))
        expect(log).toEqual([expect.stringMatching(/the event of signal "say" has 70 bytes .* more than 100/)])
      })
    ))
})

describe("oversized-payload-and-history: a run", () => {
  const few = { limits: { history: 6 } }

  /** A count that is stuck at its sixth event. */
  const stuck = Effect.fnUntraced(function* (journal: Journal["Service"], log: Array<string> = []) {
    const done: Array<string> = []
    const workflow = counts(done)
    const booted = yield* boot(journal, [workflow], few, Layer.empty, log)
    const handle = yield* booted.engine.start(workflow, { id: "c", input: 0 })
    yield* settle
    return { ...booted, workflow, handle, done }
  })

  const inARow = (engine: Engine["Service"]) => Effect.map(engine.status("c"), ({ length, status }) => [status, length])

  it("with too many events is stuck, its row says so, and no effect ran in vain", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { done, handle } = yield* stuck(journal)
        const { error, length, status } = yield* handle.status
        expect([status, length, done.length]).toEqual(["stuck", 6, 5])
        expect(error).toMatch(/"c" \(run 0\) of "Counts" has 6 events.*WIO\.continueAsNew.*limits\.history/)
        const row = yield* Single.find(journal, "c")
        expect(row).toMatchObject({ value: { status: "stuck", wakeAt: null } })
      })
    ))

  it("is warned of from half of the limit on, once", () =>
    run((journal) =>
      Effect.gen(function* () {
        const log: Array<string> = []
        yield* stuck(journal, log)
        expect(log).toEqual([
          expect.stringMatching(/its history has 3 events.*at 6: see WIO\.continueAsNew/),
          expect.stringContaining("stuck: ")
        ])
      })
    ))

  it("stays stuck at a restart and when it is retried, and says why", () =>
    run((journal) =>
      Effect.gen(function* () {
        const first = yield* stuck(journal)
        expect(yield* Effect.flip(first.handle.retry())).toMatchObject({
          _tag: "CommandRejected",
          reason: expect.stringContaining("WIO.continueAsNew")
        })
        yield* first.close
        const second = yield* boot(journal, [first.workflow], few)
        yield* settle
        expect(yield* inARow(second.engine)).toEqual(["stuck", 6])
        expect(first.done).toHaveLength(5)
      })
    ))

  it("is taken on by a retry in an engine with a higher limit", () =>
    run((journal) =>
      Effect.gen(function* () {
        const first = yield* stuck(journal)
        yield* first.close
        const { engine } = yield* boot(journal, [first.workflow])
        yield* settle
        expect(yield* engine.status("c")).toMatchObject({ status: "stuck", error: expect.stringContaining("retry it") })
        yield* engine.retry("c")
        expect(yield* engine.result(first.workflow, "c")).toBe(20)
        expect(first.done).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`))
      })
    ))

  it("can be cancelled: what it did is undone, whatever the limit", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { done, handle } = yield* stuck(journal)
        yield* handle.cancel("enough")
        expect(yield* Effect.flip(handle.result)).toMatchObject({ _tag: "WorkflowCancelled", reason: "enough" })
        // The sixth step had opened. Whether it ran nobody can know who cancels, so it comes to its end, and is undone.
        expect(done.filter((what) => what.startsWith("undo"))).toHaveLength(6)
      })
    ))

  it("can be terminated", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { handle } = yield* stuck(journal)
        yield* handle.terminate("enough")
        expect(yield* Effect.flip(handle.result)).toMatchObject({ _tag: "WorkflowTerminated" })
        expect(yield* Effect.flip(handle.signal(Say, "late"))).toBeInstanceOf(InstanceClosed)
      })
    ))

  it("still records what is under way when it gets there, starts nothing more, and serves no signal or timer", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const started: Array<string> = []
        const part = (name: string, first: Effect.Effect<void>) => {
          const step = (which: string, effect: Effect.Effect<void>) =>
            WIO.runIO(which, {
              event: Schema.Number,
              run: (_: number) =>
                Effect.as(
                  Effect.andThen(
                    Effect.sync(() => started.push(which)),
                    effect
                  ),
                  1
                ),
              apply: (n, one) => n + one
            })
          return step(`${name}1`, first).pipe(WIO.andThen(step(`${name}2`, Effect.void)))
        }
        const body = WIO.parallel(
          {
            slow: part("slow", Deferred.await(gate)),
            fast: part("fast", Effect.void),
            timer: WIO.await<number>("a while", { for: "10 minutes" }),
            signal: WIO.handleSignal(Say, {
              event: Schema.String,
              handle: (_: number, said) => Effect.succeed(said),
              apply: (n) => n,
              reply: (_, said) => said
            })
          },
          { fork: (n: number) => ({ slow: n, fast: n, timer: n, signal: n }), join: (_, n: number) => n }
        )
        const workflow = Workflow.make("Both", { version: 1, input: Schema.Number, state: Schema.Number, body })
        const first = yield* boot(journal, [workflow], { limits: { history: 4 } })
        yield* first.engine.start(workflow, { id: "c", input: 0 })
        yield* settle
        // started, the timer's due time, and both of the fast branch.
        expect(yield* inARow(first.engine)).toEqual(["stuck", 4])
        yield* Deferred.succeed(gate, undefined)
        const asking = yield* Effect.forkChild(first.engine.signal("c", Say, "hello", { id: "s" }))
        yield* await_(Effect.sleep("20 minutes"))
        // Whatever arrives has it look what is due.
        const later = yield* Effect.forkChild(first.engine.signal("c", Say, "later", { id: "t", to: "signal" }))
        yield* settle
        expect(yield* inARow(first.engine)).toEqual(["stuck", 5])
        expect(started).toEqual(["slow1", "fast1", "fast2"])
        yield* Fiber.interruptAll([asking, later])
        yield* first.close
        const second = yield* boot(journal, [workflow])
        yield* second.engine.retry("c")
        expect(yield* await_(second.engine.result(workflow, "c"))).toBe(0)
        expect(started).toEqual(["slow1", "fast1", "fast2", "slow2"])
        expect(yield* second.engine.signal("c", Say, "hello", { id: "s" })).toBe("hello")
      })
    ))
})

describe("limits", () => {
  it("that are no limits are refused when the engine is made", () =>
    run((journal) =>
      Effect.gen(function* () {
        for (const limits of [{ payload: 0 }, { history: Number.NaN }, { warnAt: 0 }, { warnAt: 2 }]) {
          expect(String(yield* Effect.catchDefect(boot(journal, [], { limits }), Effect.succeed))).toMatch(
            /RangeError: Engine\.layer: limits\./
          )
        }
      })
    ))
})
