/** What operators and schedulers ask of all instances together: lists, removal, running one by hand, ids used anew. */
import { Duration, Effect, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Signal, WIO, Workflow } from "@waymark/core"
import type { InstanceStatus } from "@waymark/interpreter"
import { describe, expect, it } from "vitest"
import { await_, boot, Oops, run, settle, type Words } from "../support/engine.ts"

class Order extends Schema.TaggedClass<Order>()("Order", { customer: Schema.String, total: Schema.Number }) {}
class Paid extends Schema.TaggedClass<Paid>()("Paid", { customer: Schema.String }) {}

const Pay = Signal.make("pay", { payload: Schema.Struct({ by: Schema.String }) })
const pay = WIO.handleSignal(Pay, {
  event: Schema.Void,
  handle: (_: Order) => Effect.void,
  apply: ({ customer }) => new Paid({ customer })
})
const Purchase = Workflow.make("Purchase", {
  version: 1,
  input: Order,
  state: Schema.Union([Order, Paid]),
  body: pay,
  attributes: (state) => ({ customer: state.customer, isPaid: state._tag === "Paid" })
})
const words = (name: string, body: WIO.WIO<Words, Words, Oops, never, Words>) =>
  Workflow.make(name, {
    version: 1,
    input: Schema.Array(Schema.String),
    state: Schema.Array(Schema.String),
    error: Oops,
    body
  })

const ids = (instances: ReadonlyArray<{ readonly id: string }>) => instances.map(({ id }) => id)

describe("a list of instances", () => {
  it("is by workflow, status, times and search attributes, which follow the state", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [Purchase])
        for (const [n, customer] of ["ann", "bob", "ann"].entries()) {
          yield* engine.start(Purchase, { id: `p${n}`, input: new Order({ customer, total: n }) })
          yield* TestClock.adjust("1 minute")
        }
        yield* await_(engine.signal("p2", Pay, { by: "card" }))
        const found = yield* engine.list({ workflow: Purchase, attributes: { customer: "ann" } })
        expect(found).toMatchObject({
          instances: [
            { id: "p2", status: "completed", attributes: { customer: "ann", isPaid: true } },
            { id: "p0", status: "waiting", attributes: { customer: "ann", isPaid: false } }
          ],
          cursor: undefined
        })
        expect(ids((yield* engine.list({ attributes: { isPaid: false } })).instances)).toEqual(["p1", "p0"])
        expect(ids((yield* engine.list({ status: ["completed", "failed"] })).instances)).toEqual(["p2"])
        const minute = Duration.toMillis("1 minute")
        expect(ids((yield* engine.list({ created: { from: minute, to: 2 * minute } })).instances)).toEqual(["p1"])
        expect(ids((yield* engine.list({ order: "updated", descending: false })).instances)).toEqual(["p0", "p1", "p2"])
      })
    ))

  it("comes in pages, and goes on where the last one ended", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [Purchase])
        for (let n = 0; n < 5; n++) {
          yield* engine.start(Purchase, { id: `p${n}`, input: new Order({ customer: "ann", total: n }) })
        }
        const seen: Array<string> = []
        let cursor: string | undefined
        do {
          const page = yield* engine.list({ limit: 2, ...(cursor !== undefined && { cursor }) })
          seen.push(...ids(page.instances))
          cursor = page.cursor
        } while (cursor !== undefined)
        expect(seen.toSorted()).toEqual(["p0", "p1", "p2", "p3", "p4"])
        const { cursor: byCreation = "" } = yield* engine.list({ limit: 2 })
        expect(yield* Effect.flip(engine.list({ cursor: byCreation, order: "updated" }))).toMatchObject({
          _tag: "InvalidCursor",
          reason: expect.stringContaining("created")
        })
        expect(yield* Effect.flip(engine.list({ cursor: "page two" }))).toMatchObject({ _tag: "InvalidCursor" })
      })
    ))

  it("is not harmed by a function of search attributes that throws: the instance keeps those it had, and runs on", () =>
    run((journal) =>
      Effect.gen(function* () {
        const log: Array<string> = []
        const workflow = Workflow.make("Throws", {
          version: 1,
          input: Order,
          state: Schema.Union([Order, Paid]),
          body: pay,
          attributes: (state) => {
            if (state._tag === "Paid") throw new Error("no such column")
            return { customer: state.customer }
          }
        })
        const { engine } = yield* boot(journal, [workflow], {}, undefined, log)
        yield* engine.start(workflow, { id: "t", input: new Order({ customer: "ann", total: 1 }) })
        yield* await_(engine.signal("t", Pay, { by: "card" }))
        expect((yield* engine.list()).instances).toMatchObject([
          { id: "t", status: "completed", attributes: { customer: "ann" } }
        ])
        expect(log.join()).toContain("no such column")
      })
    ))
})

describe("a purge", () => {
  it("deletes ended instances of an age, and leaves the others", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [Purchase])
        for (const id of ["old", "new", "open"]) {
          yield* engine.start(Purchase, { id, input: new Order({ customer: "ann", total: 1 }) })
        }
        yield* await_(engine.signal("old", Pay, { by: "card" }))
        yield* TestClock.adjust("1 hour")
        yield* await_(engine.signal("new", Pay, { by: "card" }))
        expect(yield* engine.purge({ olderThan: "30 minutes", status: "failed" })).toBe(0)
        expect(yield* engine.purge({ olderThan: "30 minutes" })).toBe(1)
        expect(ids((yield* engine.list()).instances).toSorted()).toEqual(["new", "open"])
        expect(yield* Effect.flip(engine.status("old"))).toMatchObject({ _tag: "InstanceNotFound" })
        expect(yield* journal.read({ instance: "old", run: 0, from: 0, limit: 10 })).toEqual([])
      })
    ))
})

describe("a number that is none", () => {
  it("deletes nothing, lists nothing and builds no engine: it is said which one is wrong", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [Purchase])
        yield* engine.start(Purchase, { id: "p", input: new Order({ customer: "ann", total: 1 }) })
        yield* await_(engine.signal("p", Pay, { by: "card" }))
        for (const olderThan of [Number.NaN, -5]) {
          expect(String(yield* Effect.exit(engine.purge({ olderThan })))).toContain("Engine.purge: olderThan is")
        }
        expect(String(yield* Effect.exit(engine.list({ limit: Number.NaN })))).toContain("Engine.list: limit is NaN")
        expect(ids((yield* engine.list({ limit: 1.5 })).instances)).toEqual(["p"])
        const steps = { pay: { concurrency: 0 } }
        const built = yield* Effect.exit(boot(journal, [Purchase], { steps }))
        expect(String(built)).toContain('steps["pay"].concurrency is 0')
      })
    ))
})

describe("the status of an instance", () => {
  it("tells with its signals what they carry, as a JSON Schema", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [Purchase])
        const handle = yield* engine.start(Purchase, { id: "p", input: new Order({ customer: "ann", total: 1 }) })
        const { waitsFor } = yield* handle.status
        expect(waitsFor).toMatchObject([
          {
            _tag: "Signal",
            step: { name: "pay" },
            payload: { type: "object", properties: { by: { type: "string" } }, required: ["by"] }
          }
        ])
      })
    ))
})

describe("an id", () => {
  const failsOnce = () => {
    let runs = 0
    return words(
      "Once",
      WIO.runIO("try", {
        event: Schema.String,
        error: Oops,
        run: (_: Words) => (++runs === 1 ? Effect.fail(new Oops({ why: "first" })) : Effect.succeed(`run ${runs}`)),
        apply: (all, word) => [...all, word]
      })
    )
  }

  it("is given back with the instance that is there, unless it may be used anew", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = failsOnce()
        const { engine } = yield* boot(journal, [workflow])
        const first = yield* engine.start(workflow, { id: "o", input: ["a"] })
        expect(yield* Effect.flip(first.result)).toMatchObject({ _tag: "Oops" })
        const same = yield* engine.start(workflow, { id: "o", input: ["a"] })
        expect(yield* Effect.flip(same.result)).toMatchObject({ _tag: "Oops" })
        expect(yield* Effect.flip(engine.start(workflow, { id: "o", input: ["b"] }))).toMatchObject({
          _tag: "InstanceExists"
        })
        const anew = yield* engine.start(workflow, { id: "o", input: ["b"], reuse: "after-failure" })
        expect(yield* anew.result).toEqual(["b", "run 2"])
        expect(yield* engine.status("o")).toMatchObject({ run: 1, status: "completed" })
        // It has succeeded: that is no failure to try again after.
        expect(
          yield* Effect.flip(engine.start(workflow, { id: "o", input: ["c"], reuse: "after-failure" }))
        ).toMatchObject({
          _tag: "InstanceExists"
        })
        const third = yield* engine.start(workflow, { id: "o", input: ["c"], reuse: "always" })
        expect(yield* third.result).toEqual(["c", "run 3"])
        expect((yield* third.history).map(({ kind, run }) => `${run} ${kind}`)).toEqual([
          "0 started",
          "0 failed",
          "0 ended",
          "1 started",
          "1 completed",
          "1 ended",
          "2 started",
          "2 completed",
          "2 ended"
        ])
      })
    ))

  it("is used anew once, however many ask for it", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = failsOnce()
        const { engine } = yield* boot(journal, [workflow])
        yield* Effect.flip(Effect.flatMap(engine.start(workflow, { id: "o", input: [] }), ({ result }) => result))
        const again = engine.start(workflow, { id: "o", input: [], reuse: "after-failure" })
        const handles = yield* Effect.all([again, again, again], { concurrency: "unbounded" })
        for (const { result } of handles) expect(yield* result).toEqual(["run 2"])
      })
    ))
})

describe("an engine that is driven by hand", () => {
  const ran: Array<string> = []
  const workflow = (name = "Job") =>
    words(
      name,
      WIO.runIO("work", {
        event: Schema.String,
        error: Oops,
        run: ([word = ""]: Words) =>
          word === "slow"
            ? Effect.never
            : Effect.sync(() => {
                ran.push(word)
                return "done"
              }),
        apply: (all, word) => [...all, word]
      }).pipe(
        WIO.andThen(
          WIO.handleSignal(Pay, {
            event: Schema.String,
            handle: (_: Words, { by }) => Effect.succeed(by),
            apply: (all, by) => [...all, by]
          })
        )
      )
    )

  const summary = (status: Option.Option<InstanceStatus>) =>
    Option.getOrUndefined(Option.map(status, ({ id, status }) => `${id} ${status}`))

  it("runs nothing by itself, and one instance at a time when it is told to, in the order asked for", () =>
    run((journal) =>
      Effect.gen(function* () {
        ran.length = 0
        const [job, other] = [workflow(), workflow("Other")]
        const { engine } = yield* boot(journal, [job, other], { mode: "manual" })
        for (const id of ["a", "b", "c"]) {
          yield* engine.start(job, { id, input: [id] })
          yield* TestClock.adjust("1 second")
        }
        yield* engine.start(other, { id: "d", input: ["d"] })
        yield* TestClock.adjust("1 minute")
        yield* settle
        expect(ran).toEqual([])
        expect(summary(yield* engine.runOne({ workflow: job }))).toBe("a waiting")
        expect(summary(yield* engine.runOne({ workflow: job, order: "newest" }))).toBe("c waiting")
        expect(ran).toEqual(["a", "c"])
        const waiting = yield* Effect.forkChild(engine.signal("c", Pay, { by: "x" }))
        yield* settle
        const random = [
          summary(yield* engine.runOne({ order: "random" })),
          summary(yield* engine.runOne({ order: "random" })),
          summary(yield* engine.runOne({ order: "random" }))
        ]
        expect(random.toSorted()).toEqual(["b waiting", "c completed", "d waiting"])
        expect(yield* engine.runOne()).toEqual(Option.none())
        expect(waiting.pollUnsafe()).toBeDefined()
      })
    ))

  it("interrupts what takes longer than it may, and gives it back to be run again", () =>
    run((journal) =>
      Effect.gen(function* () {
        const job = workflow()
        const { engine } = yield* boot(journal, [job], { mode: "manual" })
        yield* engine.start(job, { id: "s", input: ["slow"] })
        expect(summary(yield* await_(engine.runOne({ timeLimit: "5 seconds" })))).toBe("s running")
        const again = yield* journal.claim({
          owner: "next",
          workflows: [{ name: "Job", version: 1 }],
          limit: 5,
          order: "oldest"
        })
        expect(ids(again)).toEqual(["s"])
      })
    ))
})
