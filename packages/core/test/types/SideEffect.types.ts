import { Effect, Schema } from "effect"
import { Query, WIO, Workflow } from "@waymark/core"
import { Fees, hold, Held, TooLarge, validate } from "./domain.ts"
import type { Bank, NotEnoughFunds, Requested, Validated } from "./domain.ts"
import { same } from "./equals.ts"

// ---- sideEffect: the value is the state after it, or what `apply` makes of it ------------------------------------
const drawn = WIO.sideEffect("draw", { event: Schema.Number, run: (_: Held) => Math.random() })
same<typeof drawn, WIO.WIO<Held, number, never, never, Held | number>>()
const applied = WIO.sideEffect("draw", {
  event: Schema.Struct({ n: Schema.Number }),
  run: (held: Held) => ({ n: held.amount }),
  apply: (held, event) => {
    same<typeof held, Held>()
    same<typeof event, { readonly n: number }>()
    return `${held.hold} ${event.n}`
  }
})
same<typeof applied, WIO.WIO<Held, string, never, never, Held | string>>()
const effect = WIO.sideEffect("ask", {
  event: Schema.Number,
  run: (held: Held) => Fees.use((fees) => fees.fee(held.amount)).pipe(Effect.orDie)
})
same<typeof effect, WIO.WIO<Held, number, never, Fees, Held | number>>()
const placed = validate.pipe(
  WIO.andThen(WIO.sideEffect("draw", { event: Schema.Number, run: (s) => s.fee, apply: (s, n) => s.amount + n }))
)
same<typeof placed, WIO.WIO<Requested, number, TooLarge, Fees, Requested | Validated | number>>()

// @ts-expect-error the value is a number
WIO.sideEffect("draw", { event: Schema.Number, run: (_: Held) => "1" })
// @ts-expect-error so is that of an effect
WIO.sideEffect("draw", { event: Schema.Number, run: (_: Held) => Effect.succeed("1") })
// @ts-expect-error what can fail is no side effect: use runIO
WIO.sideEffect("draw", { event: Schema.Number, run: (_: Held) => Effect.fail(new TooLarge({ limit: 1 })) })
// @ts-expect-error without `apply` it ends in the value, whatever the place expects
export const expected: WIO.WIO<Held, string, unknown, unknown, unknown> = WIO.sideEffect("draw", {
  event: Schema.Number,
  run: (_: Held) => 1
})

// ---- now, uuid: recorded by name ------------------------------------------------------------------------------------
const stamped = WIO.now("received at", (held: Held, at) => {
  same<typeof at, number>()
  return `${held.hold} at ${at}`
})
same<typeof stamped, WIO.WIO<Held, string, never, never, Held | string>>()
const numbered = WIO.uuid("order number", (held: Held, id) => {
  same<typeof id, string>()
  return [held.hold, id] as const
})
same<typeof numbered, WIO.WIO<Held, readonly [string, string], never, never, Held | readonly [string, string]>>()
const stampedThere = hold.pipe(WIO.andThen(WIO.now("at", (held, at) => held.amount + at)))
same<typeof stampedThere, WIO.WIO<Validated, number, NotEnoughFunds, Bank, Validated | Held | number>>()

// Without `apply` they end in the value, and rest in the state before: the place says which that is, or the type argument.
const time = WIO.now<Held>("at")
same<typeof time, WIO.WIO<Held, number, never, never, Held | number>>()
const id = WIO.uuid<Held>("id")
same<typeof id, WIO.WIO<Held, string, never, never, Held | string>>()
const timeThere = hold.pipe(WIO.andThen(WIO.now("at")))
same<typeof timeThere, typeof stampedThere>()
const nobodys = WIO.now("at")
// @ts-expect-error where nothing says which, it accepts none
hold.pipe(WIO.andThen(nobodys))
const nobodysId = WIO.uuid("id")
// @ts-expect-error the same of a UUID
hold.pipe(WIO.andThen(nobodysId))
const Shown = Query.make("shown", { reply: Schema.String })
// @ts-expect-error while the time is being recorded, a query sees the state before
time.pipe(WIO.query(Shown, (n: number) => n.toFixed()))
// @ts-expect-error so the schema covers that, too
Workflow.make("Stamped", { version: 1, input: Held, state: Schema.Number, body: time })
