/** The diagrams of the examples: run with what they need, crashed at each of their appends, linted and drawn. */
import { Effect, Layer, Option, Result, Tracer } from "effect"
import { Journal, Lint } from "@waymark/interpreter"
import { checkRecovery, TestRun } from "@waymark/interpreter/testing"
import { Picture } from "@waymark/render"
import { describe, expect, it } from "vitest"
import { arrowsIn, arrowsOn } from "../../packages/render/test/diagram/support/arrows.ts"
import * as ByHand from "../diagrams/byHand.ts"
import { Conditions, ConditionsWorkflow } from "../diagrams/conditions.ts"
import { Loan, LoanApproval, Verdict } from "../diagrams/loanApproval.ts"
import { Order, OrderFulfilment, Shop } from "../diagrams/orderFulfilment.ts"
import { Recursion, RecursionWorkflow } from "../diagrams/recursion.ts"
import { Simple, SimpleWorkflow } from "../diagrams/simpleWorkflow.ts"
import { Billing, Cancel, Subscribing, Subscription } from "../diagrams/subscription.ts"

const DAY = 86_400_000

/** A shop that writes down what it does. */
const shop = (card: string | undefined, hasCarrier: boolean, book: Array<string> = []) =>
  Layer.succeed(
    Shop,
    Shop.of({
      reserve: (item) => Effect.sync(() => (book.push(`reserve ${item}`), `shelf of ${item}`)),
      release: (shelf) => Effect.sync(() => void book.push(`release ${shelf}`)),
      charge: (price) => Effect.sync(() => (book.push(`charge ${price}`), card)),
      refund: (receipt) => Effect.sync(() => void book.push(`refund ${receipt}`)),
      ship: (shelf) => Effect.sync(() => (book.push(`ship ${shelf}`), hasCarrier))
    })
  )

/** A billing that fails in one month, the first time or always. */
const billing = (badMonth: number, isFinal: boolean) => {
  let tries = 0
  return Layer.succeed(
    Billing,
    Billing.of({ charge: (month) => Effect.sync(() => month !== badMonth || (!isFinal && ++tries > 1)) })
  )
}

const steps = (events: ReadonlyArray<{ readonly kind: string; readonly step: string }>): ReadonlyArray<string> =>
  events.filter(({ kind }) => kind === "completed").map(({ step }) => step)

const ended = <A, E>({ result }: { readonly result: Result.Result<A, E> }): A => Result.getOrThrow(result)

describe("the diagrams", () => {
  it.each([
    [Simple, SimpleWorkflow],
    [Conditions, ConditionsWorkflow],
    [Recursion, RecursionWorkflow],
    [Order, OrderFulfilment],
    [Loan, LoanApproval],
    [Subscribing, Subscription]
  ] as const)(
    "$0.title is a workflow of that name, without findings, and drawn with all its arrows",
    (diagram, workflow) => {
      expect(workflow.name).toBe(diagram.title)
      expect(Lint.check(workflow)).toEqual([])
      expect(arrowsOn(Picture.make(workflow))).toEqual(arrowsIn(diagram.graph.root))
    }
  )

  it("simpleWorkflow goes through both steps", async () => {
    const run = await Effect.runPromise(TestRun.toEnd(SimpleWorkflow, { input: "a test", services: Layer.empty }))
    expect(ended(run)).toBe("a test, seen by the first, seen by the second")
    expect(steps(run.events)).toEqual(["task1", "task2"])
  })

  it("conditions goes the way that was chosen", async () => {
    const to = (input: number) => Effect.runPromise(TestRun.toEnd(ConditionsWorkflow, { input, services: Layer.empty }))
    expect(ended(await to(-1))).toBe("left, since it is below zero")
    expect(ended(await to(4))).toBe("right, by 4")
  })

  it("recursion counts down", async () => {
    const run = await Effect.runPromise(TestRun.toEnd(RecursionWorkflow, { input: 3, services: Layer.empty }))
    expect(steps(run.events)).toEqual(["countDown", "countDown", "countDown", "countDown"])
  })

  it("byHand runs one waiting instance of a type, and no other", async () => {
    const layer = ByHand.layer.pipe(Layer.provide(Journal.layerMemory))
    expect(await Effect.runPromise(ByHand.program.pipe(Effect.provide(layer)))).toEqual({
      submitted: "running",
      ran: Option.some("simple-1 is completed"),
      none: Option.none(),
      other: "running",
      result: "a test, seen by the first, seen by the second"
    })
  })

  it("byHand makes a span of each step, where there is a tracer", async () => {
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    const layer = ByHand.layer.pipe(
      Layer.provide(Layer.merge(Journal.layerMemory, Layer.succeed(Tracer.Tracer, tracer)))
    )
    await Effect.runPromise(ByHand.program.pipe(Effect.provide(layer)))
    expect(spans.map(({ name }) => name)).toEqual([
      "start SimpleWorkflow",
      "start ConditionsWorkflow",
      "task1",
      "task2"
    ])
  })

  it("orderFulfilment takes the way back that fits how far it has come", async () => {
    const to = async (card: string | undefined, hasCarrier: boolean) => {
      const book: Array<string> = []
      const services = shop(card, hasCarrier, book)
      const run = await Effect.runPromise(
        TestRun.toEnd(OrderFulfilment, { input: { item: "lamp", price: 40 }, services })
      )
      return [ended(run), ...book]
    }
    const taken = ["reserve lamp", "charge 40"]
    expect(await to("r-1", true)).toEqual([{ sent: true, why: "" }, ...taken, "ship shelf of lamp"])
    expect(await to(undefined, true)).toEqual([
      { sent: false, why: "the card was declined" },
      ...taken,
      "release shelf of lamp"
    ])
    expect(await to("r-1", false)).toEqual([
      { sent: false, why: "no carrier takes it" },
      ...taken,
      "ship shelf of lamp",
      "refund r-1",
      "release shelf of lamp"
    ])
  })

  it("loanApproval asks the officer where the checks leave a doubt", async () => {
    const to = (amount: number, ...verdicts: ReadonlyArray<boolean>) =>
      Effect.runPromise(
        TestRun.toEnd(LoanApproval, {
          input: { name: "Ann", amount },
          services: Layer.empty,
          signals: verdicts.map((approve) => ({ signal: Verdict, payload: { approve } }))
        })
      )
    expect(ended(await to(20))).toBe("paid, with 80 points")
    expect(ended(await to(200))).toBe("refused by the checks")
    expect(ended(await to(70, true))).toBe("paid, with 30 points")
    expect(ended(await to(70, false))).toBe("refused by the officer")
  })

  it("subscription goes on from month to month until somebody cancels, or does not pay twice", async () => {
    const input = { months: 0 }
    const cancelled = await Effect.runPromise(
      TestRun.toEnd(Subscription, {
        input,
        services: billing(2, false),
        signals: [{ signal: Cancel, payload: undefined, after: "90 days" }]
      })
    )
    // Two weeks, a month, three days of grace, and in the third month it is cancelled.
    expect([ended(cancelled), cancelled.took]).toEqual([{ months: 3 }, 90 * DAY])
    const unpaid = await Effect.runPromise(TestRun.toEnd(Subscription, { input, services: billing(2, true) }))
    expect([ended(unpaid), unpaid.took]).toEqual([{ months: 1 }, (14 + 30 + 3) * DAY])
  })

  it("recover from a crash at each append", async () => {
    const check = (recovering: ReturnType<typeof checkRecovery>) => Effect.runPromise(recovering)
    await check(checkRecovery(SimpleWorkflow, { input: "a" }))
    await check(checkRecovery(ConditionsWorkflow, { input: 1 }))
    await check(checkRecovery(RecursionWorkflow, { input: 2 }))
    await check(checkRecovery(OrderFulfilment, { input: { item: "lamp", price: 1 }, services: shop("r", false) }))
    await check(
      checkRecovery(LoanApproval, {
        input: { name: "Ann", amount: 70 },
        signals: [{ signal: Verdict, payload: { approve: true } }]
      })
    )
    await check(checkRecovery(Subscription, { input: { months: 0 }, services: () => billing(1, true) }))
  })
})
