import { WIO } from "@waymark/core"
import { hold, send, validate } from "./domain.ts"
import type { Bank, Completed, Fees, NotEnoughFunds, Requested, TooLarge, Validated, Held } from "./domain.ts"
import { same } from "./equals.ts"

// ---- andThen: from the start of the first to the end of the second, everything else united ----------------------
type All = WIO.WIO<
  Requested,
  Completed,
  TooLarge | NotEnoughFunds,
  Fees | Bank,
  Requested | Validated | Held | Completed
>

const piped = validate.pipe(WIO.andThen(hold), WIO.andThen(send))
same<typeof piped, All>()
const first = WIO.andThen(WIO.andThen(validate, hold), send)
same<typeof first, All>()
const right = WIO.andThen(validate, WIO.andThen(hold, send))
same<typeof right, All>()
const nested = validate.pipe(WIO.andThen(hold.pipe(WIO.andThen(send))))
same<typeof nested, All>()

// The second may accept more than it gets.
const more = validate.pipe(WIO.andThen(WIO.pure((s: Validated | Held) => s.amount)))
same<typeof more, WIO.WIO<Requested, number, TooLarge, Fees, Requested | Validated | number>>()
const all = WIO.andThen(
  validate,
  WIO.pure((_: unknown) => 1)
)
same<typeof all, WIO.WIO<Requested, number, TooLarge, Fees, Requested | Validated | number>>()

// Data-first, a function written in place knows its state.
const inPlace = WIO.andThen(
  validate,
  WIO.pure((s) => s.fee)
)
same<typeof inPlace, WIO.WIO<Requested, number, TooLarge, Fees, Requested | Validated | number>>()

// @ts-expect-error send needs Held, validate ends in Validated
validate.pipe(WIO.andThen(send))
// @ts-expect-error the same, data-first
WIO.andThen(validate, send)
// @ts-expect-error the order is wrong two steps before the end
validate.pipe(WIO.andThen(send), WIO.andThen(hold))
declare const two: WIO.WIO<Validated, Validated | Held>
// @ts-expect-error of two possible ends, the second must accept both
WIO.andThen(two, send)
// @ts-expect-error a function is no workflow
validate.pipe(WIO.andThen((s: Validated) => s))
