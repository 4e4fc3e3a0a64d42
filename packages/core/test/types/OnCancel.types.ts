import { WIO } from "@waymark/core"
import { hold, Validated } from "./domain.ts"
import type { Bank, Fees, Held, NotEnoughFunds, Requested } from "./domain.ts"
import { same } from "./equals.ts"

const tell = WIO.await<Validated | Held>("wait", { for: 1 }).pipe(WIO.map((s) => s.amount))

// ---- onCancel: the part stays what it is; the handler accepts whatever it rests in -------------------------------
const piped = hold.pipe(WIO.onCancel(tell))
same<typeof piped, WIO.WIO<Validated, Held, NotEnoughFunds, Bank, Validated | Held | number>>()
const dataFirst = WIO.onCancel(hold, tell)
same<typeof dataFirst, typeof piped>()
declare const wide: WIO.WIO<unknown, string, never, Fees, boolean>
const widened = hold.pipe(WIO.onCancel(wide))
same<typeof widened, WIO.WIO<Validated, Held, NotEnoughFunds, Bank | Fees, Validated | Held | boolean>>()

declare const failing: WIO.WIO<unknown, Held, NotEnoughFunds>
// @ts-expect-error a handler must not fail
hold.pipe(WIO.onCancel(failing))
// @ts-expect-error the same, data-first
WIO.onCancel(hold, failing)
const onlyHeld = WIO.pure((held: Held) => held.hold)
// @ts-expect-error it may be cancelled in Validated too
hold.pipe(WIO.onCancel(onlyHeld))
// @ts-expect-error the same, data-first
WIO.onCancel(hold, onlyHeld)
const from = WIO.pure((s: Requested) => new Validated({ amount: s.amount, fee: 0 }))
// It is never cancelled where it does not rest.
const behind = from.pipe(WIO.andThen(hold), WIO.onCancel(tell))
same<WIO.In<typeof behind>, Requested>()
