/**
 * A subscription: it goes round month after month, has timers in three states, and may be cancelled in two of them.
 *
 * A circle leaves nothing behind, however long it goes on. A timer's due time is on record, so a restart moves nothing.
 */
import { Context, Effect, Schema } from "effect"
import { Signal, WIO } from "@waymark/core"
import { Diagram } from "@waymark/render"

export const Subscribing = Diagram.make(`---
title: Subscription
---
stateDiagram-v2
  state decision <<choice>>
  state payment <<choice>>
  state month_end <<choice>>

  [*] --> trial
  trial --> decision
  decision --> bill: stays
  decision --> [*]: leaves
  bill --> bill: attempts=3, backoffMs=1000
  bill --> payment
  payment --> month: paid
  payment --> grace: failed
  payment --> [*]: failed again
  grace --> bill
  month --> month_end
  month_end --> bill: over
  month_end --> [*]: cancelled
`)

const Paid = Schema.Struct({ months: Schema.Number })
const Due = Schema.Struct({ months: Schema.Number, isReminder: Schema.Boolean })
type Paid = typeof Paid.Type

export const Cancel = Signal.make("cancel", { payload: Schema.Void })

/** The other contestant of each timer. */
const cancelled = <T>(go: (paid: Paid) => T) =>
  WIO.handleSignal(Cancel, {
    event: Schema.Void,
    handle: (_: Paid) => Effect.void,
    apply: (paid) => go(paid)
  })

export class Billing extends Context.Service<Billing, { readonly charge: (month: number) => Effect.Effect<boolean> }>()(
  "Billing"
) {}

export const Subscription = Subscribing.implement({
  version: 1,
  payloads: { trial: Paid, bill: Due, month: Paid, grace: Paid },
  output: Paid,
  states: {
    trial: {
      part: (go) =>
        WIO.raceFirst({
          stays: WIO.await<Paid>("two weeks", { for: "14 days" }).pipe(
            WIO.map((paid) => go.stays({ ...paid, isReminder: false }))
          ),
          leaves: cancelled(go.leaves)
        })
    },
    bill: ({ isReminder, months }, go) =>
      Effect.map(
        Billing.use((billing) => billing.charge(months + 1)),
        (isPaid) => {
          if (isPaid) return go.paid({ months: months + 1 })
          return isReminder ? go["failed again"]({ months }) : go.failed({ months })
        }
      ),
    grace: {
      part: (go) =>
        WIO.await<Paid>("three days", { for: "3 days" }).pipe(WIO.map((paid) => go.bill({ ...paid, isReminder: true })))
    },
    month: {
      part: (go) =>
        WIO.raceFirst({
          over: WIO.await<Paid>("a month", { for: "30 days" }).pipe(
            WIO.map((paid) => go.over({ ...paid, isReminder: false }))
          ),
          cancelled: cancelled(go.cancelled)
        })
    }
  }
})
