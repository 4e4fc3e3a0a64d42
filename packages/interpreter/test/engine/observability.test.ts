/** What an engine shows of its work: spans in one trace, metrics, and log lines that say whose they are. */
import {
  Context,
  Deferred,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  Metric,
  Option,
  References,
  Schema,
  Scope,
  Tracer
} from "effect"
import { Signal, WIO, Workflow } from "@waymark/core"
import { Engine, Journal, Metrics, type Options, type Page } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { await_, boot, does, line, Oops, run, settle, undoes, wordy } from "../support/engine.ts"

/** A tracer that keeps its spans. */
const recorder = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  const seen = () =>
    spans.map(({ attributes, name, parent, spanId, status, traceId }) => ({
      name,
      traceId,
      spanId,
      parent: Option.getOrUndefined(Option.map(parent, ({ spanId }) => spanId)),
      outcome: attributes.get("waymark.outcome"),
      attempt: attributes.get("waymark.attempt"),
      isEnded: status._tag === "Ended",
      isFailure: status._tag === "Ended" && Exit.isFailure(status.exit)
    }))
  return { spans, seen, tracer, layer: Layer.succeed(Tracer.Tracer, tracer) }
}

const Go = Signal.make("go", { payload: Schema.String, reply: Schema.String })

const waits = WIO.handleSignal(Go, {
  event: Schema.String,
  handle: (_: ReadonlyArray<string>, said) => Effect.succeed(said),
  apply: (words, said) => [...words, said],
  reply: (_, said) => said
})

describe("spans", () => {
  it("of all that an instance does are one trace, over restarts: that of whoever started it", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { layer, seen, spans, tracer } = recorder()
        const workflow = wordy("Flow", line(does("a"), waits, does("b")))
        const first = yield* boot(journal, [workflow], {}, layer)
        const start = first.engine.start(workflow, { id: "f", input: [] })
        const { spanId, traceId } = yield* Effect.withSpan(Effect.andThen(start, Effect.currentSpan), "caller").pipe(
          Effect.withTracer(tracer)
        )
        yield* settle
        yield* first.close
        const second = yield* boot(journal, [workflow], {}, layer)
        yield* second.engine.signal("f", Go, "go")
        yield* second.engine.result(workflow, "f")
        const work = seen().filter(({ name }) => name !== "caller")
        expect(work.map(({ name, outcome }) => [name, outcome])).toEqual([
          ["a", "completed"],
          ["signal go", "completed"],
          ["b", "completed"]
        ])
        for (const span of work)
          expect(span).toMatchObject({ traceId, parent: spanId, isEnded: true, isFailure: false })
        expect(Object.fromEntries(spans.find(({ name }) => name === "b")?.attributes ?? [])).toEqual({
          "waymark.instance": "f",
          "waymark.workflow": "Flow",
          "waymark.run": 0,
          "waymark.path": "",
          "waymark.ordinal": 2,
          "waymark.attempt": 1,
          "waymark.outcome": "completed"
        })
        const [started] = yield* journal.read({ instance: "f", run: 0, from: 0, limit: 1 })
        expect(started?.trace).toBe(`00-${traceId}-${spanId}-01`)
      })
    ))

  it("of an instance that nobody's span has started have one of their own above them", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { layer, seen } = recorder()
        const workflow = wordy("Flow", does("a"))
        const { engine } = yield* boot(journal, [workflow], {}, layer)
        yield* Effect.flatMap(engine.start(workflow, { id: "f", input: [] }), ({ result }) => result)
        const [start, a] = seen()
        expect(start).toMatchObject({ name: "start Flow", parent: undefined, isEnded: true })
        expect(a).toMatchObject({ name: "a", parent: start?.spanId, traceId: start?.traceId })
      })
    ))

  it("go on in the same trace in the next run, and in children", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { layer, seen } = recorder()
        const child = wordy("Child", does("in the child"))
        const part = WIO.branch(
          "begun?",
          {
            no: {
              when: (words: ReadonlyArray<string>) => words.length === 0,
              then: WIO.continueAsNew((_: ReadonlyArray<string>) => ["again"])
            }
          },
          WIO.child(child, { id: "c", input: (words: ReadonlyArray<string>) => words })
        )
        const workflow = Workflow.make("Parent", {
          version: 1,
          input: Schema.Array(Schema.String),
          state: Schema.Array(Schema.String),
          error: Schema.Unknown,
          body: part
        })
        const { engine } = yield* boot(journal, [workflow, child], {}, layer)
        const { result } = yield* engine.start(workflow, { id: "p", input: [] })
        expect(yield* await_(result)).toEqual(["again", "in the child"])
        const [start, starts, inside] = seen()
        expect([start?.name, starts?.name, inside?.name]).toEqual(["start Parent", "Child", "in the child"])
        expect(starts).toMatchObject({ traceId: start?.traceId, parent: start?.spanId })
        // It is on record with each run: the process that takes the instance over reads that of the present one.
        const trace = `00-${start?.traceId}-${start?.spanId}-01`
        const begun = (yield* engine.history("p")).filter(({ kind }) => kind === "started")
        expect(begun.map((event) => event.trace)).toEqual([trace, trace])
        expect(inside).toMatchObject({ traceId: start?.traceId, parent: starts?.spanId })
      })
    ))

  it("say of each attempt what it came to, and why", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { layer, seen } = recorder()
        let times = 0
        const dies = does(
          "dies",
          Effect.suspend(() => (++times === 1 ? Effect.die("once") : Effect.void)),
          2
        )
        const slow = WIO.runIO("slow", {
          event: Schema.String,
          error: Oops,
          run: (_: ReadonlyArray<string>) => Effect.never,
          apply: (words) => words,
          timeouts: { startToClose: "1 second" },
          retry: { attempts: 1 }
        })
        const workflow = wordy("Dies", dies)
        const fails = wordy("Fails", does("fails", Effect.fail(new Oops({ why: "no" }))))
        const late = wordy("Late", slow)
        const never = wordy("Never", does("never", Effect.never))
        const { close, engine } = yield* boot(journal, [workflow, fails, late, never], {}, layer)
        for (const flow of [workflow, fails, late, never]) yield* engine.start(flow, { id: flow.name, input: [] })
        yield* await_(Effect.sleep("5 seconds"))
        yield* await_(close)
        const ends = seen().flatMap(({ attempt, isFailure, name, outcome }) =>
          outcome === undefined ? [] : [[name, attempt, outcome, isFailure]]
        )
        expect(new Set(ends.map((end) => JSON.stringify(end)))).toEqual(
          new Set(
            [
              ["dies", 1, "died", true],
              ["dies", 2, "completed", false],
              ["fails", 1, "failed", true],
              ["slow", 1, "timed-out", true],
              ["never", 1, "interrupted", true]
            ].map((end) => JSON.stringify(end))
          )
        )
      })
    ))

  it("of a signal's handling are linked with whoever sent it", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { layer, spans, tracer } = recorder()
        const workflow = wordy("Flow", waits)
        const { engine } = yield* boot(journal, [workflow], {}, layer)
        yield* engine.start(workflow, { id: "f", input: [] })
        yield* engine.signal("f", Go, "go").pipe(Effect.withSpan("sender"), Effect.withTracer(tracer))
        const [sender, handling] = ["sender", "signal go"].map((name) => spans.find((span) => span.name === name))
        expect(handling?.links.map(({ span }) => span.spanId)).toEqual([sender?.spanId])
      })
    ))

  it("are what an effect's own spans are children of", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { layer, seen } = recorder()
        const workflow = wordy("Flow", does("a", Effect.withSpan(Effect.void, "inside")))
        const { engine } = yield* boot(journal, [workflow], {}, layer)
        yield* Effect.flatMap(engine.start(workflow, { id: "f", input: [] }), ({ result }) => result)
        const [a, inside] = ["a", "inside"].map((name) => seen().find((span) => span.name === name))
        expect(inside).toMatchObject({ parent: a?.spanId, traceId: a?.traceId })
      })
    ))

  it("are not made, and no trace is kept or read, where no tracer is installed", () =>
    run((journal) =>
      Effect.gen(function* () {
        const reads: Array<Page> = []
        const watched: Journal["Service"] = {
          ...journal,
          read: (page) => (reads.push(page), journal.read(page))
        }
        const spans: Array<Option.Option<Tracer.Span>> = []
        const workflow = wordy(
          "Flow",
          line(
            waits,
            does(
              "a",
              Effect.map(Effect.option(Effect.currentSpan), (span) => void spans.push(span))
            )
          )
        )
        const first = yield* boot(journal, [workflow])
        yield* Effect.withSpan(first.engine.start(workflow, { id: "f", input: [] }), "caller")
        yield* first.close
        const second = yield* boot(watched, [workflow])
        yield* second.engine.signal("f", Go, "go")
        yield* second.engine.result(workflow, "f")
        expect(spans).toEqual([Option.none()])
        expect(reads.filter(({ from, limit }) => from === 0 && limit === 1)).toEqual([])
        const [started] = yield* journal.read({ instance: "f", run: 0, from: 0, limit: 1 })
        expect(started).not.toHaveProperty("trace")
      })
    ))

  it("of an instance whose trace is unreadable have traces of their own", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { layer, seen } = recorder()
        const workflow = wordy("Flow", line(waits, does("a")))
        const garbled: Journal["Service"] = {
          ...journal,
          create: (batch) =>
            journal.create(
              batch.map((one) => ({ ...one, events: one.events.map((event) => ({ ...event, trace: "01-what" })) }))
            )
        }
        const first = yield* boot(garbled, [workflow], {}, layer)
        yield* first.engine.start(workflow, { id: "f", input: [] })
        yield* first.close
        const second = yield* boot(journal, [workflow], {}, layer)
        yield* second.engine.signal("f", Go, "go")
        yield* second.engine.result(workflow, "f")
        expect(seen().find(({ name }) => name === "a")).toMatchObject({ parent: undefined, isEnded: true })
      })
    ))
})

describe("metrics", () => {
  /** An engine whose metrics are nobody else's, and how to read them. */
  const measured = Effect.fnUntraced(function* (
    journal: Journal["Service"],
    workflows: ReadonlyArray<Workflow.Any>,
    options: Partial<Omit<Options<ReadonlyArray<Workflow.Any>>, "workflows">> = {}
  ) {
    const registry: Metric.MetricRegistry = new Map()
    const booted = yield* boot(journal, workflows, options, Layer.succeed(Metric.MetricRegistry, registry))
    const read = <A>(effect: Effect.Effect<A>) => Effect.provideService(effect, Metric.MetricRegistry, registry)
    const count = (metric: typeof Metrics.started) => Effect.map(read(Metric.value(metric)), ({ count }) => count)
    const gauge = (metric: typeof Metrics.live) => Effect.map(read(Metric.value(metric)), ({ value }) => value)
    const histogram = (metric: typeof Metrics.appendBatch) => read(Metric.value(metric))
    return { ...booted, count, gauge, histogram }
  })

  const ends = [Metrics.started, Metrics.completed, Metrics.failed, Metrics.cancelled, Metrics.terminated]

  it("count what is started and how it ends", () =>
    run((journal) =>
      Effect.gen(function* () {
        const fine = wordy("Fine", does("a"))
        const fails = wordy("Fails", does("a", Effect.fail(new Oops({ why: "no" }))))
        const open = wordy("Open", line(undoes("u"), waits))
        const at = wordy(
          "At once",
          WIO.pure((words: ReadonlyArray<string>) => words)
        )
        const { count, engine } = yield* measured(journal, [fine, fails, open, at])
        for (const [flow, id] of [
          [fine, "1"],
          [fine, "2"],
          [fails, "3"],
          [open, "4"],
          [open, "5"],
          [at, "6"]
        ] as const) {
          yield* engine.start(flow, { id, input: [] })
        }
        yield* engine.start(fine, { id: "1", input: [] })
        yield* settle
        yield* engine.cancel("4", "enough")
        yield* engine.terminate("5", "enough")
        yield* settle
        expect(yield* Effect.forEach(ends, count)).toEqual([6, 3, 1, 1, 1])
      })
    ))

  it("measure attempts of steps by what they came to, commits and replays", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = wordy("Flow", line(does("a", Effect.sleep("3 seconds")), waits, does("b", Effect.die("no"))))
        const first = yield* measured(journal, [workflow])
        yield* first.engine.start(workflow, { id: "f", input: [] })
        yield* await_(Effect.sleep("5 seconds"))
        const latency = (outcome: string) => Metric.withAttributes(Metrics.stepLatency, { outcome })
        expect(yield* first.histogram(latency("completed"))).toMatchObject({ count: 1, min: 3_000, max: 3_000 })
        expect(yield* first.histogram(Metrics.appendBatch)).toMatchObject({ count: 1, max: 1 })
        yield* first.close
        const second = yield* measured(journal, [workflow])
        yield* second.engine.signal("f", Go, "go")
        yield* settle
        expect(yield* second.histogram(latency("died"))).toMatchObject({ count: 1 })
        expect(yield* second.histogram(Metrics.replayLength)).toMatchObject({ count: 1, max: 2 })
      })
    ))

  it("tell how many instances are live and how many effects run, down to none", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const workflow = wordy("Flow", line(does("a", Deferred.await(gate)), waits))
        const { close, engine, gauge } = yield* measured(journal, [workflow])
        for (const id of ["1", "2", "3"]) yield* engine.start(workflow, { id, input: [] })
        yield* settle
        expect([yield* gauge(Metrics.live), yield* gauge(Metrics.effects)]).toEqual([3, 3])
        yield* Deferred.succeed(gate, undefined)
        yield* settle
        expect([yield* gauge(Metrics.live), yield* gauge(Metrics.effects)]).toEqual([3, 0])
        yield* engine.signal("1", Go, "go")
        yield* engine.result(workflow, "1")
        expect(yield* gauge(Metrics.live)).toBe(2)
        yield* await_(close)
        expect([yield* gauge(Metrics.live), yield* gauge(Metrics.effects)]).toEqual([0, 0])
      })
    ))

  it("count what was lost to another owner", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const workflow = wordy("Flow", does("a", Deferred.await(gate)))
        const { count, engine } = yield* measured(journal, [workflow])
        yield* engine.start(workflow, { id: "f", input: [] })
        yield* settle
        const [held] = yield* Effect.map(Single.find(journal, "f"), Option.toArray)
        const fenced: Journal["Service"] = {
          ...journal,
          append: (batch) => journal.append(batch.map((one) => ({ ...one, epoch: one.epoch + 1 })))
        }
        expect(held?.epoch).toBe(1)
        const other = yield* measured(fenced, [workflow])
        yield* other.engine.start(workflow, { id: "g", input: [] })
        yield* Deferred.succeed(gate, undefined)
        yield* settle
        expect(yield* count(Metrics.leaseLosses)).toBe(0)
        expect(yield* other.count(Metrics.leaseLosses)).toBeGreaterThan(0)
      })
    ))
})

describe("log lines", () => {
  it("of an engine, of a step and of a handler say whose they are", () =>
    run((journal) =>
      Effect.gen(function* () {
        const lines: Array<Readonly<Record<string, unknown>>> = []
        const logger = Logger.make(({ fiber, message }) => {
          lines.push({ message: String(message), ...fiber.getRef(References.CurrentLogAnnotations) })
        })
        const says = WIO.handleSignal(Go, {
          event: Schema.String,
          handle: (_: ReadonlyArray<string>, said) => Effect.as(Effect.logInfo("in the handler"), said),
          apply: (words, said) => [...words, said],
          reply: (_, said) => said
        })
        const dies = does("b", Effect.andThen(Effect.logInfo("in the step"), Effect.die("no")))
        const workflow = wordy("Flow", line(says, dies))
        const layer = Engine.layer({ workflows: [workflow], lint: "off" }).pipe(
          Layer.provide([
            Layer.succeed(Journal, journal),
            Logger.layer([logger]),
            Layer.succeed(References.CurrentLogAnnotations, { service: "test" })
          ])
        )
        const scope = yield* Scope.make()
        const engine = Context.get(yield* Layer.buildWithScope(layer, scope), Engine)
        yield* engine.start(workflow, { id: "f", input: [] })
        yield* Effect.flatMap(Effect.forkChild(engine.signal("f", Go, "go")), Fiber.join)
        yield* settle
        const about = { service: "test", instance: "f", workflow: "Flow" }
        expect(lines).toEqual([
          { ...about, step: "go", message: "in the handler" },
          { ...about, step: "b", message: "in the step" },
          { ...about, step: "b", message: expect.stringContaining('attempt 1 of "b" failed: no. It gave up') }
        ])
        yield* Scope.close(scope, Exit.void)
      })
    ))
})
