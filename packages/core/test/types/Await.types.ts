import { DateTime, Duration } from "effect"
import { WIO } from "@waymark/core"
import { hold, send, validate } from "./domain.ts"
import type { Completed, Fees, TooLarge, Held, Requested, Validated } from "./domain.ts"
import { same } from "./equals.ts"

// ---- await: the state passes through, under the type it was given -----------------------------------------------
const pause = WIO.await<Held>("cooling off", { for: "1 day" })
same<typeof pause, WIO.WIO<Held, Held, never, never, Held>>()
const union = WIO.await<Requested | Held>("cooling off", { for: Duration.hours(1) })
same<typeof union, WIO.WIO<Requested | Held, Requested | Held, never, never, Requested | Held>>()

same<typeof pause, ReturnType<typeof WIO.await<Held>>>()
WIO.await<Held>("by amount", { for: (s) => `${s.amount} minutes` })
WIO.await<Held>("until", { until: new Date(0) })
WIO.await<Held>("until", { until: (s) => DateTime.makeUnsafe(s.amount) })

const slow = validate.pipe(WIO.andThen(WIO.await<Validated>("wait", { for: { minutes: 5 } })))
same<typeof slow, WIO.WIO<Requested, Validated, TooLarge, Fees, Requested | Validated>>()

const waited = pause.pipe(WIO.andThen(send))
same<WIO.Out<typeof waited>, Completed>()

// @ts-expect-error without its state type, a timer accepts nothing
validate.pipe(WIO.andThen(WIO.await("wait", { for: "1 day" })))
// @ts-expect-error the same, data-first
WIO.andThen(validate, WIO.await("wait", { for: "1 day" }))
// @ts-expect-error the type is not taken from where the timer is put
export const expected: WIO.WIO<Held, Held> = WIO.await("wait", { for: "1 day" })
// @ts-expect-error hold ends in Held
hold.pipe(WIO.andThen(WIO.await<Validated>("wait", { for: "1 day" })))
// @ts-expect-error a timer of all states would forget which one it is
hold.pipe(WIO.andThen(WIO.await<Held | Validated>("wait", { for: "1 day" })), WIO.andThen(send))
// @ts-expect-error a timer has a length or an end
WIO.await<Held>("wait", {})
// @ts-expect-error no unit
WIO.await<Held>("wait", { for: "1 dya" })
// @ts-expect-error Held has no fee
WIO.await<Held>("wait", { for: (s) => `${s.fee} minutes` })
