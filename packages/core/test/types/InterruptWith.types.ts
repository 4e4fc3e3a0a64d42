import { WIO } from "@waymark/core"
import { cancel, hold, send, validate, Validated } from "./domain.ts"
import type { Bank, Cancelled, Completed, Fees, NotEnoughFunds, Requested, TooLarge, Held } from "./domain.ts"
import { same } from "./equals.ts"

const body = validate.pipe(WIO.andThen(hold))

// ---- interruptWith: ends as the body or as the interruption ------------------------------------------------------
const cancellable = body.pipe(WIO.interruptWith(cancel))
// The interruption rests in what it accepts: a signal for Completed too can find it, as far as its type knows.
same<
  typeof cancellable,
  WIO.WIO<
    Requested,
    Held | Cancelled,
    TooLarge | NotEnoughFunds,
    Fees | Bank,
    Requested | Validated | Held | Completed | Cancelled
  >
>()

const deadline = WIO.await<Validated | Held>("deadline", { for: "1 day" })
const bounded = hold.pipe(WIO.interruptWith(deadline.pipe(WIO.map((s) => s.amount))))
same<typeof bounded, WIO.WIO<Validated, Held | number, NotEnoughFunds, Bank, Validated | Held | number>>()
const plain = hold.pipe(WIO.interruptWith(deadline))
same<typeof plain, WIO.WIO<Validated, Validated | Held, NotEnoughFunds, Bank, Validated | Held>>()

// What goes on after the trigger may fail and need services of its own.
const recovered = hold.pipe(
  WIO.interruptWith(
    deadline.pipe(
      WIO.map((s): Validated => new Validated({ amount: s.amount, fee: 0 })),
      WIO.andThen(hold)
    )
  )
)
same<typeof recovered, WIO.WIO<Validated, Held, NotEnoughFunds, Bank, Validated | Held>>()

// @ts-expect-error the timer does not accept Requested, in which the body may be interrupted
body.pipe(WIO.interruptWith(deadline))
declare const atOnce: WIO.WIO<Requested, Held>
// @ts-expect-error a body that starts from Requested may be interrupted there, though it rests only in Held
atOnce.pipe(WIO.interruptWith(WIO.await<Held>("x", { for: 1 })))
// @ts-expect-error without its state type, a timer accepts nothing
hold.pipe(WIO.interruptWith(WIO.await("deadline", { for: "1 day" })))
// @ts-expect-error of the two ends, send accepts only Held
hold.pipe(WIO.interruptWith(deadline), WIO.andThen(send))

// Data-first it is the same.
const cancellableFirst = WIO.interruptWith(body, cancel)
same<typeof cancellableFirst, typeof cancellable>()
const boundedFirst = WIO.interruptWith(hold, deadline.pipe(WIO.map((s) => s.amount)))
same<typeof boundedFirst, typeof bounded>()
// @ts-expect-error the timer does not accept Requested, in which the body may be interrupted
WIO.interruptWith(body, deadline)
// @ts-expect-error a body that starts from Requested may be interrupted there, though it rests only in Held
WIO.interruptWith(atOnce, WIO.await<Held>("x", { for: 1 }))
