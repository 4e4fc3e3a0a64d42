import { WIO } from "@waymark/core"
import type { TimedOut } from "@waymark/core"
import { hold, Rejected, validate } from "./domain.ts"
import type { Bank, Fees, Held, NotEnoughFunds, Requested, TooLarge, Validated } from "./domain.ts"
import { same } from "./equals.ts"

const body = validate.pipe(WIO.andThen(hold))
type Body = WIO.WIO<Requested, Held, TooLarge | NotEnoughFunds, Fees | Bank, Requested | Validated | Held>

// ---- saga, uncancellable: what they wrap keeps its type -----------------------------------------------------------
const scope = body.pipe(WIO.saga)
same<typeof scope, Body>()
const scopeFirst = WIO.saga(body)
same<typeof scopeFirst, Body>()
const whole = body.pipe(WIO.uncancellable)
same<typeof whole, Body>()
const wholeFirst = WIO.uncancellable(body)
same<typeof wholeFirst, Body>()

// ---- all of it together, as a user would write it ---------------------------------------------------------------
const undo = WIO.pure((held: Held) => held.hold)
const late = WIO.pure((failure: WIO.Failure<unknown, TimedOut>) => new Rejected({ reason: failure.error.timer }))
const limited = hold.pipe(
  WIO.compensateWith(undo),
  WIO.saga,
  WIO.timeout("late", { for: "1 hour" }),
  WIO.catchTag("TimedOut", late)
)
same<typeof limited, WIO.WIO<Validated, Held | Rejected, NotEnoughFunds, Bank, Validated | Held | string | Rejected>>()

// @ts-expect-error a scope has a body
WIO.saga((_: Held) => 1)
// @ts-expect-error and so has what is not cancelled
WIO.uncancellable(1)
