import { WIO } from "@waymark/core"
import { hold, Rejected, send, validate } from "./domain.ts"
import type { Bank, Fees, Held, NotEnoughFunds, Requested, TooLarge, Validated } from "./domain.ts"
import { same } from "./equals.ts"

// ---- version: starts from what both roads start from, ends as either, and rests before them too ----------------
const changed = WIO.version("reject at once", {
  before: validate.pipe(WIO.andThen(hold)),
  after: WIO.pure((s: Requested) => new Rejected({ reason: `${s.amount}` }))
})
same<
  typeof changed,
  WIO.WIO<Requested, Held | Rejected, TooLarge | NotEnoughFunds, Fees | Bank, Requested | Validated | Held | Rejected>
>()
const pure = WIO.version("pure", {
  before: WIO.pure((s: Requested) => s.amount),
  after: WIO.pure((_: Requested | Held) => "")
})
same<typeof pure, WIO.WIO<Requested, number | string, never, never, Requested | number | string>>()

// @ts-expect-error the roads start from different states, and this is only one of them
validate.pipe(WIO.andThen(WIO.version("mixed", { before: hold, after: send })))
// @ts-expect-error a change has two roads
WIO.version("half", { after: hold })
// @ts-expect-error it may end in either
changed.pipe(WIO.andThen(send))
