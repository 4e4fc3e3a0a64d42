/** The programs of the tour, each on a journal in memory and a clock that the test turns. */
import { Effect, Fiber, Layer, Logger, Option, Result } from "effect"
import { TestClock } from "effect/testing"
import { Engine, Journal, JournalMismatch, Lint } from "@waymark/interpreter"
import { Journals } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import * as Approval from "../derecho-tour/approval.ts"
import * as Batch from "../derecho-tour/batch.ts"
import * as CancellableTimer from "../derecho-tour/cancellableTimer.ts"
import * as Children from "../derecho-tour/children.ts"
import * as ErrorAdvice from "../derecho-tour/errorAdvice.ts"
import * as Heartbeat from "../derecho-tour/heartbeat.ts"
import * as Order from "../derecho-tour/order.ts"
import * as Poller from "../derecho-tour/poller.ts"
import * as Quorum from "../derecho-tour/quorum.ts"
import * as RecordedValues from "../derecho-tour/recordedValues.ts"
import * as ReplayTest from "../derecho-tour/replayTest.ts"
import * as RetryPolicy from "../derecho-tour/retryPolicy.ts"
import * as TimeAndIdentity from "../derecho-tour/timeAndIdentity.ts"
import * as UnitTest from "../derecho-tour/unitTest.ts"
import * as WeekLongSleep from "../derecho-tour/weekLongSleep.ts"

const SECOND = 1_000
const HOUR = 3_600 * SECOND
const DAY = 24 * HOUR

/** A journal in memory. Everything here goes through one process, so there is nothing to poll for, least of all for weeks. */
const journal = Layer.effect(
  Journal,
  Effect.map(Journal, (memory): Journal["Service"] => ({ ...memory, poll: HOUR }))
).pipe(Layer.provide(Journal.layerMemory))

/** Turns the clock, hour by hour, until a program has ended. Nothing here takes longer than forty days. */
const play = <A, E, R, E2>(program: Effect.Effect<A, E, R | Journal>, layer: Layer.Layer<R, E2, Journal>): Promise<A> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(program)
      for (let hour = 0; hour <= 40 * 24; hour++) {
        for (let turn = 0; turn < 50; turn++) yield* Effect.yieldNow
        if (fiber.pollUnsafe() !== undefined) return yield* Fiber.join(fiber)
        yield* TestClock.adjust("1 hour")
      }
      return yield* Effect.die(new Error("the program did not end within forty days"))
    }).pipe(
      Effect.provide(layer),
      Effect.provide(journal),
      Effect.provide(Logger.layer([])),
      Effect.provide(TestClock.layer())
    )
  )

/** The events of an instance. */
const recorded = (instance: string, run = 0) =>
  Journal.use((journal) => journal.read({ instance, run, from: 0, limit: 1_000 }))

/** The events of an instance, as `kind step` and the second at which they happened. */
const told = (instance: string, run = 0) =>
  Effect.map(recorded(instance, run), (events) =>
    events.map(({ at, kind, step }) => [`${kind} ${step}`, at / SECOND] as const)
  )

describe("the tour", () => {
  it.each([
    Order.Order,
    RetryPolicy.Payment,
    Heartbeat.Importing,
    ErrorAdvice.Mailing,
    Batch.Batch,
    Quorum.Review,
    WeekLongSleep.Trying,
    CancellableTimer.Invoice,
    TimeAndIdentity.Delivery,
    Approval.Approval,
    Children.Ordering,
    Children.Delivery,
    Children.Surveying,
    RecordedValues.Invoicing,
    Poller.Watching
  ])("$name is a workflow that the linter has nothing to say about", (workflow) => {
    expect(Lint.check(workflow)).toEqual([])
  })

  it("order: reserves, charges and ships, once each", () =>
    play(
      Effect.gen(function* () {
        expect(yield* Order.program).toEqual(
          new Order.Shipped({ receipt: "receipt for 40", parcel: "parcel from the shelf of lamps" })
        )
        const events = yield* told("order-1")
        expect(events.map(([event]) => event)).toEqual([
          "started Order",
          "completed reserve",
          "completed charge",
          "completed ship",
          "ended Order"
        ])
      }),
      Order.layer
    ))

  it("retryPolicy: tries again after 1, 2 and 4 seconds, and never where the bank has said no", () =>
    play(
      Effect.gen(function* () {
        expect(yield* RetryPolicy.program).toEqual({
          patient: new RetryPolicy.Charged({ receipt: "receipt for full" }),
          declined: new RetryPolicy.Refused({ reason: "there is nothing on it" }),
          stuck: {
            status: "stuck",
            error: "nobody works here",
            result: new RetryPolicy.Charged({ receipt: "late receipt" })
          }
        })
        const attempts = (yield* recorded("patient")).filter(({ kind }) => kind === "attempt")
        expect(attempts.map(({ at, attempt, payload }) => [attempt, at / SECOND, payload])).toMatchObject([
          [1, 5, { error: { message: expect.stringContaining("startToClose") }, next: 6 * SECOND }],
          [2, 6, { error: { message: "the connection was lost" }, next: 8 * SECOND }],
          [3, 8, { error: { message: "Busy" }, next: 12 * SECOND }]
        ])
        expect((yield* told("patient")).slice(-2)).toEqual([
          ["completed charge", 12],
          ["ended Payment", 12]
        ])
        expect(yield* told("declined")).toEqual([
          ["started Payment", 0],
          ["failed charge", 0],
          ["ended Payment", 0]
        ])
        // Five attempts, given up with the last; then an operator's word, and one more.
        expect((yield* told("stuck")).slice(1)).toEqual([
          ["attempt charge", 0],
          ["attempt charge", 1],
          ["attempt charge", 3],
          ["attempt charge", 7],
          ["attempt charge", 15],
          ["resolved charge", 60],
          ["completed charge", 60],
          ["ended Payment", 60]
        ])
      }),
      RetryPolicy.layer
    ))

  describe("heartbeat", () => {
    it("goes on from the page of its last heartbeat, once it was silent for too long", () =>
      play(
        Effect.gen(function* () {
          expect(yield* Heartbeat.program).toEqual({
            imported: new Heartbeat.Imported({ pages: 5, attempts: 2 }),
            asked: [1, 2, 3, 3, 4, 5]
          })
          // Two pages of 20 seconds, 30 of silence, one until the next attempt, three pages; no heartbeat is an event.
          expect(yield* told("import-1")).toEqual([
            ["started Importing", 0],
            ["attempt copy all pages", 70],
            ["completed copy all pages", 131],
            ["ended Importing", 131]
          ])
        }),
        Heartbeat.layer
      ))

    it("goes on from there in another process too", () =>
      play(
        Effect.gen(function* () {
          const engine = Engine.layer({ workflows: [Heartbeat.Importing] })
          const first = Effect.gen(function* () {
            const { start } = yield* Engine
            yield* start(Heartbeat.Importing, { id: "import-1", input: new Heartbeat.Import({ pages: 5 }) })
            yield* Effect.sleep("45 seconds")
          })
          yield* Effect.provide(first, engine)
          const second = Engine.use(({ result }) => result(Heartbeat.Importing, "import-1"))
          yield* Effect.provide(second, engine)
          expect(yield* Heartbeat.Archive.use(({ asked }) => asked)).toEqual([1, 2, 3, 3, 4, 5])
        }),
        Heartbeat.Archive.layer
      ))
  })

  it("errorAdvice: waits as long as it is told, and does not try again what is final", () =>
    play(
      Effect.gen(function* () {
        expect(yield* ErrorAdvice.program).toEqual({
          asked: new ErrorAdvice.Posted({ number: "letter to ann" }),
          final: new ErrorAdvice.Returned({ status: 404 }),
          usual: new ErrorAdvice.Posted({ number: "letter to bob" })
        })
        expect((yield* told("ann")).slice(1, 3)).toEqual([
          ["attempt post", 0],
          ["completed post", 30]
        ])
        expect((yield* told("nobody")).slice(1, 2)).toEqual([["failed post", 0]])
        expect((yield* told("bob")).slice(1, 3)).toEqual([
          ["attempt post", 0],
          ["completed post", 1]
        ])
      }),
      ErrorAdvice.layer
    ))

  it("batch: scales two pictures at a time, and puts the broken one aside", () =>
    play(
      Effect.gen(function* () {
        expect(yield* Batch.program).toEqual(
          new Batch.Gallery({
            thumbnails: ["small sea", "small hill", "small wood", "small town"],
            broken: ["blurred"]
          })
        )
        const events = (yield* recorded("album-1")).filter(({ step }) => step === "scale")
        const ends = events.map(({ at, kind, path }) => [path.split(":")[1], `${kind} at ${at / SECOND}`])
        expect(ends).toHaveLength(5)
        expect(Object.fromEntries(ends)).toEqual({
          sea: "completed at 1",
          hill: "completed at 1",
          blurred: "failed at 1",
          wood: "completed at 2",
          town: "completed at 2"
        })
      }),
      Batch.layer
    ))

  it("quorum: is there with the second vote, or gives up after two days", () =>
    play(
      Effect.gen(function* () {
        expect(yield* Quorum.program).toEqual({
          popular: new Quorum.Accepted({ title: "more coffee", by: ["ann", "cid"] }),
          ignored: new Quorum.Expired({ reason: 'the timeout "two days" has run out' })
        })
        expect((yield* told("popular")).at(-1)).toEqual(["ended Review", DAY / SECOND])
        expect((yield* told("ignored")).at(-1)).toEqual(["ended Review", (2 * DAY) / SECOND])
      }),
      Quorum.layer
    ))

  describe("weekLongSleep", () => {
    it("wakes on time in another process, and greets nobody twice", () =>
      play(
        Effect.gen(function* () {
          expect(yield* WeekLongSleep.program).toEqual({
            before: ["welcome, ann"],
            reminded: new WeekLongSleep.Reminded({ customer: "ann" }),
            after: ["welcome, ann", "your week is over, ann"]
          })
          expect(yield* told("trial-1")).toEqual([
            ["started Trying", 0],
            ["completed greet", 0],
            ["due a week", 0],
            ["fired a week", (7 * DAY) / SECOND],
            ["completed remind", (7 * DAY) / SECOND],
            ["ended Trying", (7 * DAY) / SECOND]
          ])
        }),
        WeekLongSleep.layer
      ))

    it("wakes at once where the process comes back too late", () =>
      play(
        Effect.gen(function* () {
          const engine = Engine.layer({ workflows: [WeekLongSleep.Trying] })
          const first = Effect.gen(function* () {
            const { start } = yield* Engine
            yield* start(WeekLongSleep.Trying, { id: "trial-1", input: new WeekLongSleep.Trial({ customer: "ann" }) })
            yield* Effect.sleep("1 day")
          })
          yield* Effect.provide(first, engine)
          yield* Effect.sleep("9 days")
          const second = Engine.use(({ result }) => result(WeekLongSleep.Trying, "trial-1"))
          yield* Effect.provide(second, engine)
          expect((yield* told("trial-1")).slice(3, 5)).toEqual([
            ["fired a week", (10 * DAY) / SECOND],
            ["completed remind", (10 * DAY) / SECOND]
          ])
          expect(yield* WeekLongSleep.Mail.use(({ sent }) => sent)).toHaveLength(2)
        }),
        WeekLongSleep.layer
      ))
  })

  it("cancellableTimer: reminds after a week whoever has not paid by then", () =>
    play(
      Effect.gen(function* () {
        expect(yield* CancellableTimer.program).toEqual({
          prompt: new CancellableTimer.Settled({ amount: 40 }),
          late: new CancellableTimer.Reminded({ letter: "please pay, bob" })
        })
        expect((yield* told("prompt")).slice(2)).toEqual([
          ["signal pay", (6 * DAY) / SECOND],
          ["ended Invoice", (6 * DAY) / SECOND]
        ])
        expect((yield* told("late")).slice(2)).toEqual([
          ["fired a week", (7 * DAY) / SECOND],
          ["completed remind", (7 * DAY) / SECOND],
          ["ended Invoice", (7 * DAY) / SECOND]
        ])
      }),
      CancellableTimer.layer
    ))

  it("timeAndIdentity: knows the time by the journal's clock, and the attempt by its key", () =>
    play(
      Effect.gen(function* () {
        expect(yield* TimeAndIdentity.program).toEqual(
          new TimeAndIdentity.Sent({ label: "parcel-7 for ann", hours: 36, key: "parcel-7/0/2", attempts: 2 })
        )
        const stamp = (yield* recorded("parcel-7")).find(({ step }) => step === "packed at")
        expect(stamp).toMatchObject({ kind: "completed", payload: 36 * HOUR, at: 36 * HOUR })
      }),
      TimeAndIdentity.layer
    ))

  it("approval: refuses one's own, answers a repeated one alike, and escalates after three days", () =>
    play(
      Effect.gen(function* () {
        expect(yield* Approval.program).toEqual({
          refusal: new Approval.OwnExpense({ by: "ann" }),
          standing: "waiting for somebody other than ann",
          reply: "thank you cid, 40 will be paid",
          again: "thank you cid, 40 will be paid",
          quick: new Approval.Approved({ by: "cid", amount: 40 }),
          slow: new Approval.Escalated({ amount: 90 })
        })
        // Neither the refusal nor the repetition is an event.
        expect(yield* told("quick")).toEqual([
          ["started Approval", 0],
          ["due three days", 0],
          ["signal approve", 0],
          ["ended Approval", 0]
        ])
        expect((yield* told("slow")).slice(2)).toEqual([
          ["fired three days", (3 * DAY) / SECOND],
          ["ended Approval", (3 * DAY) / SECOND]
        ])
      }),
      Approval.layer
    ))

  it("children: waits for the parcels, and is outlived by the survey", () =>
    play(
      Effect.gen(function* () {
        expect(yield* Children.program).toEqual({
          closed: new Children.Closed({ id: "order-1", delivered: ["lamp", "table", "chair"] }),
          answered: new Children.Answered({ stars: 5 })
        })
        const order = yield* told("order-1")
        expect(order.slice(-2)).toEqual([
          ["child-started Surveying", (2 * DAY) / SECOND],
          ["ended Ordering", (2 * DAY) / SECOND]
        ])
        const children = (yield* recorded("order-1")).filter(({ kind }) => kind.startsWith("child-"))
        expect(
          children.map(({ at, kind, path, step }) => `${kind} ${path.split(":")[1] ?? step} ${at / DAY}`).sort()
        ).toEqual([
          "child-ended chair 2",
          "child-ended lamp 2",
          "child-ended table 2",
          "child-started Surveying 2",
          "child-started chair 0",
          "child-started lamp 0",
          "child-started table 0"
        ])
        const [started] = yield* recorded("order-1/lamp")
        expect(started?.payload).toMatchObject({ parent: { instance: "order-1" } })
        expect((yield* told("order-1/survey")).at(-1)).toEqual(["ended Surveying", (32 * DAY) / SECOND])
      }),
      Children.layer
    ))

  it("recordedValues: replays the number and the lot that were recorded", () =>
    play(
      Effect.gen(function* () {
        const { invoiced, replayed } = yield* RecordedValues.program
        expect(replayed).toEqual(invoiced)
        const [, number, lot] = yield* recorded("sale-1")
        expect(number?.payload).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
        expect(invoiced).toMatchObject({ invoice: number?.payload, percent: lot?.payload })
      }),
      RecordedValues.layer
    ))

  it("poller: begins a fresh journal each day, and its caller gets the outcome of the last", () =>
    play(
      Effect.gen(function* () {
        const { done, length, run } = yield* Poller.program
        expect(done).toEqual(new Poller.Done({ polls: 60, outcome: "backup is done" }))
        expect(run).toBe(2)
        const runs = yield* Effect.forEach([0, 1, 2], (run) => told("watch-1", run))
        const polls = runs.map((events) => events.filter(([event]) => event === "completed poll").length)
        expect(polls).toEqual([24, 24, 12])
        expect(runs.map((events) => events.at(-1)?.[0])).toEqual([
          "continued Watching",
          "continued Watching",
          "ended Watching"
        ])
        expect(runs[2]).toHaveLength(length)
      }),
      Poller.layer
    ))

  it("unitTest: tells the same of the trial, on an engine and by hand", async () => {
    const { byHand, withStubs } = await Effect.runPromise(UnitTest.program)
    const reminded = new WeekLongSleep.Reminded({ customer: "ann" })
    expect(withStubs).toEqual({ dayBefore: ["greet"], reminded, calls: ["greet at 0", `remind at ${7 * DAY}`] })
    expect(byHand).toEqual({
      waitsFor: [["greet"], ["a week"], ["a week"], ["remind"], []],
      events: ["started Trying", "completed greet", "due a week", "fired a week", "completed remind", "ended Trying"],
      end: Option.some(Result.succeed(reminded))
    })
  })

  describe("replayTest", () => {
    it("accepts the stored journal, refuses it after a change, and accepts it where the change is a version", async () => {
      const { refused, today, versioned } = await Effect.runPromise(ReplayTest.program)
      expect(today).toMatchObject({ events: 5, status: "completed", state: { _tag: "Shipped" } })
      expect(refused).toBeInstanceOf(JournalMismatch)
      expect(refused).toMatchObject({ instance: "order-1", position: 2, recorded: "charge", expected: "inspect" })
      expect(versioned.status).toBe("completed")
    })

    it("has a journal on file that is the one of an order today", async () => {
      const exported = await play(ReplayTest.record, Order.layer)
      // Made anew with `npx vitest run examples/test/derechoTour.test.ts -u`: look at the difference before you commit it.
      await expect(`${JSON.stringify(exported, null, 2)}\n`).toMatchFileSnapshot(
        "../derecho-tour/golden/order.journal.json"
      )
      expect(Result.isSuccess(Journals.replay(Order.Order, exported))).toBe(true)
    })
  })
})
