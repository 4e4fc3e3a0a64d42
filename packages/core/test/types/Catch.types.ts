import { Effect, Schema } from "effect"
import { WIO } from "@waymark/core"
import { Bank, hold, NotEnoughFunds, Rejected, validate } from "./domain.ts"
import type { Fees, Held, Requested, TooLarge, Validated } from "./domain.ts"
import { same } from "./equals.ts"

const body = validate.pipe(WIO.andThen(hold))
type States = Requested | Validated | Held

// ---- catch: no failure is left but the handler's own -------------------------------------------------------------
const reject = WIO.pure(
  (failure: WIO.Failure<unknown, TooLarge | NotEnoughFunds>) => new Rejected({ reason: failure.error._tag })
)
const safe = body.pipe(WIO.catch(reject))
same<typeof safe, WIO.WIO<Requested, Held | Rejected, never, Fees | Bank, States | Rejected>>()

// A handler may be ready for more than can happen, and for a body that never fails.
const ready = WIO.pure(
  (failure: WIO.Failure<unknown, { readonly _tag: string }>) => new Rejected({ reason: failure.error._tag })
)
const alsoSafe = body.pipe(WIO.catch(ready))
same<typeof alsoSafe, typeof safe>()
const never = safe.pipe(WIO.catch(reject))
same<typeof never, typeof safe>()

// A handler that does something rests in the state that was reached: its `Failure` is nothing a query sees.
const refund = WIO.runIO("refund", {
  event: Schema.Struct({ ref: Schema.String }),
  error: NotEnoughFunds,
  run: (failure: WIO.Failure<States, TooLarge | NotEnoughFunds>) =>
    Bank.use((bank) => bank.hold(failure.state.amount)).pipe(Effect.map((ref) => ({ ref }))),
  apply: (_, { ref }) => new Rejected({ reason: ref })
})
const refunded = body.pipe(WIO.catch(refund))
same<typeof refunded, WIO.WIO<Requested, Held | Rejected, NotEnoughFunds, Fees | Bank, States | Rejected>>()
const slowly = body.pipe(
  WIO.catch(WIO.await<WIO.Failure<States, TooLarge | NotEnoughFunds>>("wait", { for: 1 }).pipe(WIO.andThen(reject)))
)
same<typeof slowly, WIO.WIO<Requested, Held | Rejected, never, Fees | Bank, States | Rejected>>()

// A handler that ends in the Failure itself makes a state of it, which a `state` schema would have to cover.
const kept = validate.pipe(WIO.catch(WIO.pure((failure: WIO.Failure<States, TooLarge>) => failure)))
same<
  typeof kept,
  WIO.WIO<
    Requested,
    Validated | WIO.Failure<States, TooLarge>,
    never,
    Fees,
    Requested | Validated | WIO.Failure<States, TooLarge>
  >
>()

const onlyLarge = WIO.pure(
  (failure: WIO.Failure<States, TooLarge>) => new Rejected({ reason: `${failure.error.limit}` })
)
// @ts-expect-error the handler does not accept NotEnoughFunds
body.pipe(WIO.catch(onlyLarge))
// @ts-expect-error the body can fail in Requested, which the handler does not accept
validate.pipe(WIO.catch(WIO.pure((failure: WIO.Failure<Validated, TooLarge>) => failure.state.fee)))
// @ts-expect-error a handler starts from a Failure
validate.pipe(WIO.catch(hold))

// ---- catchTag: one failure is handled, the others go on ----------------------------------------------------------
const without = body.pipe(WIO.catchTag("TooLarge", onlyLarge))
same<typeof without, WIO.WIO<Requested, Held | Rejected, NotEnoughFunds, Fees | Bank, States | Rejected>>()
const several = body.pipe(WIO.catchTag(["TooLarge", "NotEnoughFunds"], reject))
same<typeof several, WIO.WIO<Requested, Held | Rejected, never, Fees | Bank, States | Rejected>>()
const oneByOne = body.pipe(WIO.catchTag("TooLarge", onlyLarge), WIO.catchTag("NotEnoughFunds", ready))
same<typeof oneByOne, WIO.WIO<Requested, Held | Rejected, never, Fees | Bank, States | Rejected>>()
const failsItself = validate.pipe(
  WIO.catchTag(
    "TooLarge",
    WIO.fail((_: WIO.Failure<unknown, TooLarge>) => new NotEnoughFunds({ missing: 1 }))
  )
)
same<typeof failsItself, WIO.WIO<Requested, Validated, NotEnoughFunds, Fees, Requested | Validated>>()

// @ts-expect-error the body cannot fail with TooSmall
body.pipe(WIO.catchTag("TooSmall", ready))
// @ts-expect-error one of the two cannot happen
body.pipe(WIO.catchTag(["TooLarge", "TooSmall"], ready))
// @ts-expect-error what was handled cannot happen again
body.pipe(WIO.catchTag("TooLarge", onlyLarge), WIO.catchTag("TooLarge", onlyLarge))
// @ts-expect-error the handler accepts TooLarge and is put under NotEnoughFunds
body.pipe(WIO.catchTag("NotEnoughFunds", onlyLarge))
const onlyValidated = WIO.pure((failure: WIO.Failure<Validated, TooLarge>) => failure.state.fee)
// @ts-expect-error the body can fail in Requested, which the handler does not accept
validate.pipe(WIO.catchTag("TooLarge", onlyValidated))
declare const tag: string
// @ts-expect-error the tag must be known when it is compiled
body.pipe(WIO.catchTag(tag, ready))

// One type of failure under two tags: the handler gets it, and it may go on too.
interface Busy {
  readonly _tag: "Busy" | "Closed"
  readonly since: number
}
declare const busy: WIO.WIO<Held, Held, Busy>
const half = busy.pipe(
  WIO.catchTag(
    "Busy",
    WIO.pure((failure: WIO.Failure<Held, Busy>) => failure.error.since)
  )
)
same<typeof half, WIO.WIO<Held, Held | number, Busy, never, Held | number>>()
// @ts-expect-error the handler does not accept a Busy
busy.pipe(WIO.catchTag("Busy", onlyLarge))

// ---- data-first: the same ------------------------------------------------------------------------------------------
const safeFirst = WIO.catch(body, reject)
same<typeof safeFirst, typeof safe>()
const refundedFirst = WIO.catch(body, refund)
same<typeof refundedFirst, typeof refunded>()
const withoutFirst = WIO.catchTag(body, "TooLarge", onlyLarge)
same<typeof withoutFirst, typeof without>()
const severalFirst = WIO.catchTag(body, ["TooLarge", "NotEnoughFunds"], reject)
same<typeof severalFirst, typeof several>()
// @ts-expect-error the handler does not accept NotEnoughFunds
WIO.catch(body, onlyLarge)
// @ts-expect-error the body can fail in Requested, which the handler does not accept
WIO.catchTag(validate, "TooLarge", onlyValidated)
// @ts-expect-error the body cannot fail with TooSmall
WIO.catchTag(body, "TooSmall", ready)
// @ts-expect-error the handler accepts TooLarge and is put under NotEnoughFunds
WIO.catchTag(body, "NotEnoughFunds", onlyLarge)
