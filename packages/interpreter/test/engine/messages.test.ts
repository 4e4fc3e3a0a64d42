/** Messages from one instance to another: each is stored once with its receiver, or its sender knows that it was not. */
import { Deferred, Effect, Schema } from "effect"
import { NotDelivered, Signal, WIO, Workflow } from "@waymark/core"
import type { Journal } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import type { Faults } from "@waymark/interpreter/testing"
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
  wordy,
  type Part,
  type Words
} from "../support/engine.ts"

const Stock = Signal.make("stock", { payload: Schema.String, reply: Schema.Number })

const stocks: Part = WIO.handleSignal(Stock, {
  event: Schema.String,
  handle: (_: Words, item) => Effect.succeed(item),
  apply: (words, item) => [...words, item],
  reply: (words) => words.length
}) as never

/** Takes in so many items. */
const shop = (items: number) =>
  wordy("Shop", WIO.loop("open", stocks, { while: (words: Words) => words.length < items }) as never)

/** Sends an item to the shop. */
const sends = (item: string, to = "shop", shops: Workflow.Any = shop(2)): Part =>
  WIO.signalTo(shops, to, Stock, (_: Words) => item) as never

const sender = (body: Part) =>
  Workflow.make("Sender", {
    version: 1,
    input: Schema.Array(Schema.String),
    state: Schema.Array(Schema.String),
    error: Schema.Union([Oops, NotDelivered]),
    body
  })

describe("a message to another instance", () => {
  it("is stored with it, and its sender goes on without waiting for a reply", () =>
    run((journal) =>
      Effect.gen(function* () {
        const [receiver, workflow] = [shop(2), sender(line(sends("tea"), does("after"), sends("milk")))]
        const { engine } = yield* boot(journal, [receiver, workflow])
        yield* engine.start(receiver, { id: "shop", input: [] })
        const handle = yield* engine.start(workflow, { id: "s", input: ["in"] })
        expect(yield* handle.result).toEqual(["in", "after"])
        expect(yield* engine.result(receiver, "shop")).toEqual(["tea", "milk"])
        const sent = (yield* handle.history).filter(({ kind }) => kind === "sent")
        expect(sent.map(({ payload }) => payload)).toEqual([
          { to: "shop", delivered: true },
          { to: "shop", delivered: true }
        ])
      })
    ))

  it("reaches one that another process runs", () =>
    run((journal) =>
      Effect.gen(function* () {
        const [receiver, workflow] = [shop(1), sender(sends("tea"))]
        const there = yield* boot(journal, [receiver])
        const { result } = yield* there.engine.start(receiver, { id: "shop", input: [] })
        const { engine } = yield* boot(journal, [workflow])
        yield* engine.start(workflow, { id: "s", input: [] })
        expect(yield* await_(result)).toEqual(["tea"])
      })
    ))

  it("to itself is taken as any other", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = sender(line(sends("tea", "s", wordy("Sender", stocks)), stocks))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "s", input: [] })
        expect(yield* handle.result).toEqual(["tea"])
      })
    ))

  it("fails with NotDelivered where nobody is there, where it has ended, and where it is another workflow", () =>
    run((journal) =>
      Effect.gen(function* () {
        const receiver = shop(2)
        const other = wordy("Other", does("rest", Effect.never))
        const workflows = ["nobody", "closed", "other"].map(
          (to) => [to, Workflow.make(`To ${to}`, { ...shape, body: sends("tea", to) as never })] as const
        )
        const { engine } = yield* boot(journal, [receiver, other, ...workflows.map(([, workflow]) => workflow)])
        yield* engine.start(other, { id: "other", input: [] })
        yield* engine.start(receiver, { id: "closed", input: ["full", "full"] })
        yield* engine.signal("closed", Stock, "one more")
        for (const [to, workflow] of workflows) {
          const handle = yield* engine.start(workflow, { id: `to-${to}`, input: [] })
          expect(yield* Effect.flip(handle.result as Effect.Effect<unknown, unknown>), to).toMatchObject({
            _tag: "NotDelivered",
            target: to,
            signal: "stock"
          })
        }
      })
    ))

  for (const fault of ["crash-before", "crash-after"] as const) {
    it(`${fault}-every-append: is consumed once`, async () => {
      let deaths = 0
      for (let k = 0; k < 8; k++) if (await delivered((index) => (index === k ? fault : "none"))) deaths++
      // What the shop records of the message and what follows it at the sender are one write.
      expect(deaths).toBe(2)
    })
  }

  it("that is stored as its sender dies is consumed once, though it is sent again", async () => {
    const dying = ({ crashed, journal }: Faults.Faulty): Journal["Service"] => ({
      ...journal,
      send: (batch) =>
        Effect.andThen(journal.send(batch), Effect.andThen(Deferred.succeed(crashed, undefined), Effect.never))
    })
    expect(await delivered(() => "none", dying)).toBe(true)
  })

  it("that was stored and whose receiver has ended since was delivered", () =>
    run((journal) =>
      Effect.gen(function* () {
        const [receiver, workflow] = [shop(1), sender(line(sends("tea"), does("after")))]
        const { engine } = yield* boot(journal, [receiver, workflow])
        // It was stored by a process that died, and the shop has closed without looking at it.
        const closing = yield* engine.start(receiver, { id: "shop", input: ["one", "two"] })
        yield* Single.send(journal, { instance: "shop", id: "s/0/0", name: "stock", payload: "tea", to: "nowhere" })
        yield* closing.signal(Stock, "three")
        yield* closing.result
        const handle = yield* engine.start(workflow, { id: "s", input: [] })
        expect(yield* handle.result).toEqual(["after"])
      })
    ))
})

const shape = {
  version: 1,
  input: Schema.Array(Schema.String),
  state: Schema.Array(Schema.String),
  error: Schema.Union([Oops, NotDelivered])
} as const

const delivered = (
  decide: (index: number) => Faults.Fault,
  wrap?: (faulty: Faults.Faulty) => Journal["Service"]
): Promise<boolean> =>
  run((journal) =>
    Effect.gen(function* () {
      const receiver = wordy("Shop", line(stocks, does("rest", Effect.sleep("1 hour"))))
      const workflow = sender(line(sends("tea"), does("after")))
      const { died } = yield* survive(
        journal,
        [receiver, workflow],
        decide,
        (engine) =>
          Effect.gen(function* () {
            yield* engine.start(receiver, { id: "shop", input: [] })
            const { result } = yield* engine.start(workflow, { id: "s", input: [] })
            expect(yield* result).toEqual(["after"])
            yield* Effect.sleep("1 minute")
            expect((yield* engine.history("shop")).filter(({ kind }) => kind === "signal")).toHaveLength(1)
          }),
        wrap
      )
      expect(told(yield* journal.read({ instance: "s", run: 0, from: 0, limit: 100 }))).toEqual([
        "started Sender",
        "sent stock",
        "completed after",
        "ended Sender"
      ])
      expect(yield* Single.inbox(journal, "shop")).toEqual([])
      yield* settle
      return died
    })
  )
