import { Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import { TimedOut } from "@waymark/core"
import { hold, Held, NotEnoughFunds, Rejected, send, Validated } from "./domain.ts"
import type { Bank, Fees, Requested, TooLarge } from "./domain.ts"
import { same } from "./equals.ts"

type Limited = WIO.WIO<Validated, Held, NotEnoughFunds | TimedOut, Bank, Validated | Held>

// ---- timeout: fails with TimedOut as well -------------------------------------------------------------------------
const piped = hold.pipe(WIO.timeout("late", { for: "1 hour" }))
same<typeof piped, Limited>()
const dataFirst = WIO.timeout(hold, "late", { for: "1 hour" })
same<typeof dataFirst, Limited>()
const computed = hold.pipe(
  WIO.timeout("late", {
    for: (s) => {
      same<typeof s, Validated | Held>()
      return `${s.amount} minutes`
    }
  })
)
same<typeof computed, Limited>()
const computedFirst = WIO.timeout(hold, "late", {
  until: (s) => {
    same<typeof s, Validated | Held>()
    return new Date(s.amount)
  }
})
same<typeof computedFirst, Limited>()

// Written before what it limits.
const limit = WIO.timeout("late", { for: "1 hour" })
const before = hold.pipe(limit)
same<typeof before, Limited>()
const byAmount = WIO.timeout("late", { for: (s: { readonly amount: number }) => s.amount })
const computedBefore = hold.pipe(byAmount)
same<typeof computedBefore, Limited>()

// The timer may start before the part has rested anywhere: in the state that the part starts from.
declare const unrested: WIO.WIO<Requested, Held>
const early = unrested.pipe(
  WIO.timeout("late", {
    for: (s) => {
      same<typeof s, Requested | Held>()
      return s.amount
    }
  })
)
same<typeof early, WIO.WIO<Requested, Held, TimedOut, never, Held>>()

// With onTimeout it fails with nothing new, and may end as that does.
const reject = WIO.pure((s: Validated | Held) => new Rejected({ reason: `${s.amount}` }))
const rejected = hold.pipe(WIO.timeout("late", { for: "1 hour", onTimeout: reject }))
type OrRejected = WIO.WIO<Validated, Held | Rejected, NotEnoughFunds, Bank, Validated | Held | Rejected>
same<typeof rejected, OrRejected>()
const rejectedFirst = WIO.timeout(hold, "late", { for: (s) => s.amount, onTimeout: reject })
same<typeof rejectedFirst, OrRejected>()
declare const rest: WIO.WIO<Validated | Held, string, TooLarge, Fees, boolean>
const rested = hold.pipe(WIO.timeout("late", { until: (s) => s.amount, onTimeout: rest }))
same<
  typeof rested,
  WIO.WIO<Validated, Held | string, NotEnoughFunds | TooLarge, Bank | Fees, Validated | Held | boolean>
>()

// Handled, it is gone.
const late = WIO.pure((failure: WIO.Failure<unknown, TimedOut>) => new Rejected({ reason: failure.error.timer }))
const handled = piped.pipe(WIO.catchTag("TimedOut", late))
same<typeof handled, OrRejected>()
const handledFirst = WIO.catchTag(dataFirst, "TimedOut", late)
same<typeof handledFirst, OrRejected>()

const onlyHeld = WIO.timeout("late", { for: (s: Held) => s.amount })
// @ts-expect-error the timer starts in Validated
hold.pipe(onlyHeld)
// @ts-expect-error the same, where it stands
hold.pipe(WIO.timeout("late", { for: (s: Held) => s.amount }))
// @ts-expect-error the same, data-first
WIO.timeout(hold, "late", { for: (s: Held) => s.amount })
// @ts-expect-error it starts in Requested, though the part never rests there
unrested.pipe(onlyHeld)
// @ts-expect-error it may run out in Validated, from which send does not start
hold.pipe(WIO.timeout("late", { for: "1 hour", onTimeout: send }))
// @ts-expect-error the same, data-first
WIO.timeout(hold, "late", { for: "1 hour", onTimeout: send })
// @ts-expect-error a limit has a length or an end
hold.pipe(WIO.timeout("late", {}))
// @ts-expect-error no unit
hold.pipe(WIO.timeout("late", { for: "1 dya" }))
// @ts-expect-error it fails with TimedOut, whatever the place expects
export const expected: WIO.WIO<Validated, Held, NotEnoughFunds, Bank, unknown> = WIO.timeout(hold, "late", { for: 1 })

const input = Validated
const state = Schema.Union([Validated, Held])
// @ts-expect-error TimedOut is left unhandled
Workflow.make("Unhandled", { version: 1, input, state, error: NotEnoughFunds, body: piped })
Workflow.make("Declared", { version: 1, input, state, error: Schema.Union([NotEnoughFunds, TimedOut]), body: piped })
