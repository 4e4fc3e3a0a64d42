import { WIO } from "@waymark/core"
import { TooLarge, validate, hold, NotEnoughFunds } from "./domain.ts"
import type { Bank, Fees, Requested, Validated } from "./domain.ts"
import { same } from "./equals.ts"

// ---- fail: never ends in a state, and rests in the one it started from -----------------------------------------
const refuse = WIO.fail((s: Requested) => new TooLarge({ limit: s.amount }))
same<typeof refuse, WIO.WIO<Requested, never, TooLarge, never, Requested>>()

const named = WIO.fail((_: Requested): TooLarge | NotEnoughFunds => new NotEnoughFunds({ missing: 1 }), { name: "no" })
same<typeof named, WIO.WIO<Requested, never, TooLarge | NotEnoughFunds, never, Requested>>()

// What comes after is never reached, so anything may.
const after = refuse.pipe(WIO.andThen(hold))
same<
  typeof after,
  WIO.WIO<
    Requested,
    typeof hold extends WIO.WIO<infer _I, infer O, infer _E, infer _R, infer _S> ? O : 0,
    TooLarge | NotEnoughFunds,
    Bank,
    WIO.State<typeof hold> | Requested
  >
>()

const stops = validate.pipe(WIO.andThen(WIO.fail((s: Validated) => new NotEnoughFunds({ missing: s.fee }))))
same<typeof stops, WIO.WIO<Requested, never, TooLarge | NotEnoughFunds, Fees, Requested | Validated>>()

// @ts-expect-error validate ends in Validated, this fails a Requested
validate.pipe(WIO.andThen(refuse))
// @ts-expect-error a failure is computed from the state
WIO.fail(new TooLarge({ limit: 1 }))
