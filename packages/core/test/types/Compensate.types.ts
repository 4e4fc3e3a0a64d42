import { WIO } from "@waymark/core"
import { hold, send, validate } from "./domain.ts"
import type { Bank, Fees, Held, NotEnoughFunds, Requested, TooLarge, Validated } from "./domain.ts"
import { same } from "./equals.ts"

const release = WIO.await<Held>("wait", { for: 1 }).pipe(WIO.map((held) => held.amount))

// ---- compensateWith: the part stays what it is, its undo may rest and need something --------------------------
const piped = hold.pipe(WIO.compensateWith(release))
same<typeof piped, WIO.WIO<Validated, Held, NotEnoughFunds, Bank, Validated | Held | number>>()
const dataFirst = WIO.compensateWith(hold, release)
same<typeof dataFirst, typeof piped>()

// An undo may start from more than the part ends in, and may need services that the part does not.
declare const wide: WIO.WIO<Requested | Validated | Held, string, never, Fees, boolean>
const widened = hold.pipe(WIO.compensateWith(wide))
same<typeof widened, WIO.WIO<Validated, Held, NotEnoughFunds, Bank | Fees, Validated | Held | boolean>>()
const several = validate.pipe(
  WIO.andThen(hold),
  WIO.compensateWith(release),
  WIO.compensateWith(WIO.pure(() => "twice" as const))
)
same<
  typeof several,
  WIO.WIO<Requested, Held, TooLarge | NotEnoughFunds, Fees | Bank, Requested | Validated | Held | number | "twice">
>()
declare const failing: WIO.WIO<Held, Held, NotEnoughFunds>
// @ts-expect-error an undo must not fail
hold.pipe(WIO.compensateWith(failing))
// @ts-expect-error the same, data-first
WIO.compensateWith(hold, failing)
const ofValidated = WIO.pure((s: Validated) => s.fee)
// @ts-expect-error hold ends in Held, from which this undo does not start
hold.pipe(WIO.compensateWith(ofValidated))
// @ts-expect-error the same, data-first
WIO.compensateWith(hold, ofValidated)
// @ts-expect-error what the undo ends in is dropped
hold.pipe(WIO.compensateWith(release), WIO.andThen(WIO.pure((n: number) => n)))
// @ts-expect-error an undo is a workflow
send.pipe(WIO.compensateWith(() => 1))
