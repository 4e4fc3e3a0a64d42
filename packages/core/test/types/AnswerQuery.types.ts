import { Schema } from "effect"
import { Query, WIO } from "@waymark/core"
import { hold, Status, validate } from "./domain.ts"
import type { Bank, Fees, Held, NotEnoughFunds, Requested, TooLarge, Validated } from "./domain.ts"
import { same } from "./equals.ts"

// ---- Query.make: name and reply are in its type ------------------------------------------------------------------
const When = Query.make("when", { reply: Schema.Date })
same<typeof When, Query.Query<"when", Date>>()
export const any: ReadonlyArray<Query.Any> = [Status, When]
// @ts-expect-error a query says what it replies
Query.make("nothing", {})
// @ts-expect-error the reply of one query is not that of another
export const other: Query.Query<"when", string> = When

// ---- query: what it wraps keeps its type -------------------------------------------------------------------------
const body = validate.pipe(WIO.andThen(hold))
type Body = WIO.WIO<Requested, Held, TooLarge | NotEnoughFunds, Fees | Bank, Requested | Validated | Held>

const asked = body.pipe(WIO.query(Status, (s) => s._tag))
same<typeof asked, Body>()
const askedTwice = body.pipe(
  WIO.query(Status, (s) => {
    same<typeof s, Requested | Validated | Held>()
    return s._tag
  }),
  WIO.query(When, (s) => new Date(s.amount))
)
same<typeof askedTwice, Body>()
const inside = validate.pipe(
  WIO.query(Status, (s) => s._tag),
  WIO.andThen(hold)
)
same<typeof inside, Body>()
// An answer may be ready for more than can be asked, in the open or written before.
const ready = WIO.query(Status, (s: { readonly amount: number }) => `${s.amount}`)
const readied = body.pipe(ready)
same<typeof readied, Body>()
const always = body.pipe(WIO.query(Status, () => "x"))
same<typeof always, Body>()

// @ts-expect-error Requested has no fee
validate.pipe(WIO.query(Status, (s) => String(s.fee)))
// @ts-expect-error the answer leaves Requested out
validate.pipe(WIO.query(Status, (s: Validated) => String(s.fee)))
// @ts-expect-error "status" replies with a string
validate.pipe(WIO.query(Status, (s) => s.amount))

// Data-first it is the same.
const askedFirst = WIO.query(body, Status, (s) => {
  same<typeof s, Requested | Validated | Held>()
  return s._tag
})
same<typeof askedFirst, Body>()
const readyFirst = WIO.query(body, Status, (s: { readonly amount: number }) => `${s.amount}`)
same<typeof readyFirst, Body>()
// @ts-expect-error Requested has no fee
WIO.query(validate, Status, (s) => String(s.fee))
// @ts-expect-error the answer leaves Requested out
WIO.query(validate, Status, (s: Validated) => String(s.fee))
// @ts-expect-error "status" replies with a string
WIO.query(validate, Status, (s) => s.amount)
