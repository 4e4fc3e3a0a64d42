/**
 * The workflows of the examples recover: killed before and after each of their appends, they come to the same. Left out are
 * those whose events say how often they were attempted, or that go on for months.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { checkRecovery, Stub } from "@waymark/interpreter/testing"
import { afterAll, describe, expect, it } from "vitest"
import * as Approval from "../derecho-tour/approval.ts"
import * as Batch from "../derecho-tour/batch.ts"
import * as CancellableTimer from "../derecho-tour/cancellableTimer.ts"
import * as Children from "../derecho-tour/children.ts"
import * as ErrorAdvice from "../derecho-tour/errorAdvice.ts"
import * as Order from "../derecho-tour/order.ts"
import * as Quorum from "../derecho-tour/quorum.ts"
import * as RecordedValues from "../derecho-tour/recordedValues.ts"
import * as RetryPolicy from "../derecho-tour/retryPolicy.ts"
import * as TimeAndIdentity from "../derecho-tour/timeAndIdentity.ts"
import * as WeekLongSleep from "../derecho-tour/weekLongSleep.ts"
import * as Services from "../withdrawal/services.ts"
import * as Withdrawal from "../withdrawal/workflow.ts"

const home = mkdtempSync(join(tmpdir(), "waymark-recovery-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const order = new Withdrawal.Order({ reference: "w-1", account: "alice", amount: 120, requestedBy: "alice" })

const checks = {
  order: checkRecovery(Order.Order, {
    input: new Order.Placed({ item: "lamp", price: 40 }),
    services: Order.Shop.layer
  }),
  retryPolicy: checkRecovery(RetryPolicy.Payment, {
    input: new RetryPolicy.Charge({ account: "empty" }),
    services: RetryPolicy.Bank.layer
  }),
  errorAdvice: checkRecovery(ErrorAdvice.Mailing, {
    input: new ErrorAdvice.Letter({ to: "ann" }),
    services: ErrorAdvice.Post.layer
  }),
  batch: checkRecovery(Batch.Batch, {
    input: new Batch.Album({ pictures: ["a", "blurred", "b", "c"] }),
    services: Batch.Scaler.layer
  }),
  quorum: checkRecovery(Quorum.Review, {
    input: new Quorum.Proposal({ title: "more coffee" }),
    signals: [
      { signal: Quorum.Agree, payload: "ann", to: "first" },
      { signal: Quorum.Agree, payload: "cid", to: "third", after: "1 day" }
    ]
  }),
  weekLongSleep: checkRecovery(WeekLongSleep.Trying, {
    input: new WeekLongSleep.Trial({ customer: "ann" }),
    services: WeekLongSleep.Mail.layer
  }),
  cancellableTimer: checkRecovery(CancellableTimer.Invoice, {
    input: new CancellableTimer.Open({ customer: "ann" }),
    services: CancellableTimer.Letters.layer
  }),
  timeAndIdentity: checkRecovery(TimeAndIdentity.Delivery, { input: new TimeAndIdentity.Parcel({ to: "ann" }) }),
  approval: checkRecovery(Approval.Approval, { input: new Approval.Expense({ by: "ann", amount: 40 }) }),
  children: checkRecovery(Children.Ordering, {
    input: new Children.Order({ id: "order-1", items: ["lamp", "table", "chair"] })
  }),
  recordedValues: checkRecovery(RecordedValues.Invoicing, {
    input: new RecordedValues.Sale({ price: 100 }),
    // Another number in each run: a run cannot be compared with the next.
    stubs: { "draw a discount": Stub.succeed(7) }
  }),
  "the withdrawal": checkRecovery(Withdrawal.Withdrawal, {
    input: new Withdrawal.Requested({ order }),
    world: () => mkdtempSync(join(home, "ledgers-")),
    services: (directory) => Services.layer(directory, () => Effect.void),
    signals: [
      { signal: Withdrawal.Approve, payload: { by: "alice" } },
      { signal: Withdrawal.Approve, payload: { by: "bob" } }
    ]
  })
}

describe("recovery", () => {
  it.each(Object.entries(checks))("%s", async (_, check) => {
    const { appends, crashes } = await Effect.runPromise(check)
    expect(crashes).toBe(2 * appends)
    expect(appends).toBeGreaterThan(0)
  })
})
