import { WIO } from "@waymark/core"
import { Completed, hold, Held, validate, Validated } from "./domain.ts"
import type { Bank, Fees, NotEnoughFunds, TooLarge, Requested } from "./domain.ts"
import { same } from "./equals.ts"

// ---- pure: both ends are inferred from the function, and it rests in what it makes -----------------------------
const admit = WIO.pure((s: Requested) => new Validated({ amount: s.amount, fee: 0 }))
same<typeof admit, WIO.WIO<Requested, Validated, never, never, Validated>>()

const anything = WIO.pure(() => new Completed({ txId: "" }), { name: "done" })
same<typeof anything, WIO.WIO<unknown, Completed, never, never, Completed>>()

const either = WIO.pure((s: Requested | Validated) => (s._tag === "Requested" ? s : new Completed({ txId: "" })))
same<typeof either, WIO.WIO<Requested | Validated, Requested | Completed, never, never, Requested | Completed>>()

// @ts-expect-error a name is a string
WIO.pure((n: number) => n, { name: 1 })
// @ts-expect-error a pure is a function of the state, not a state
WIO.pure(1)

// ---- map: the end changes, all that came before stays ----------------------------------------------------------
const mapped = validate.pipe(WIO.map((s) => new Held({ amount: s.fee, hold: "" })))
same<typeof mapped, WIO.WIO<Requested, Held, TooLarge, Fees, Requested | Validated | Held>>()

const twice = hold.pipe(
  WIO.map((s) => s.amount),
  WIO.map((n) => `${n}`, { name: "show" })
)
same<typeof twice, WIO.WIO<Validated, string, NotEnoughFunds, Bank, Validated | Held | number | string>>()

// @ts-expect-error Validated has no hold
validate.pipe(WIO.map((s) => s.hold))
// @ts-expect-error validate does not end in Held
validate.pipe(WIO.map((s: Held) => s.hold))

// Data-first it is the same.
const mappedFirst = WIO.map(validate, (s) => {
  same<typeof s, Validated>()
  return new Held({ amount: s.fee, hold: "" })
})
same<typeof mappedFirst, typeof mapped>()
const namedFirst = WIO.map(hold, (s) => s.amount, { name: "amount" })
same<typeof namedFirst, WIO.WIO<Validated, number, NotEnoughFunds, Bank, Validated | Held | number>>()
// @ts-expect-error Validated has no hold
WIO.map(validate, (s) => s.hold)
// @ts-expect-error validate does not end in Held
WIO.map(validate, (s: Held) => s.hold)

// ---- info: a pure function that may know which execution it is part of ------------------------------------------
const labelled = WIO.info(
  (s: Validated, info) => {
    same<typeof info, WIO.Info>()
    return `${info.instance}/${info.run} of ${info.startedAt}: ${s.fee}`
  },
  { name: "label" }
)
same<typeof labelled, WIO.WIO<Validated, string, never, never, string>>()
const labelledThere = validate.pipe(WIO.andThen(WIO.info((s, { instance }) => `${instance}: ${s.fee}`)))
same<typeof labelledThere, WIO.WIO<Requested, string, TooLarge, Fees, Requested | Validated | string>>()
// @ts-expect-error pure code does not know the time: that is WIO.now
WIO.info((_: Validated, info) => info.now)
