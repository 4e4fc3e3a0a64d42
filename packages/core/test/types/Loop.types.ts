import { WIO } from "@waymark/core"
import { hold, Held, send, validate, Validated } from "./domain.ts"
import type { Bank, Completed, NotEnoughFunds } from "./domain.ts"
import { same } from "./equals.ts"

// ---- loop: ends where its body ends ------------------------------------------------------------------------------
const release = hold.pipe(WIO.map((s) => new Validated({ amount: s.amount - 1, fee: 0 })))
const rounds = WIO.loop("rounds", release, { while: (s) => s.amount > 0 })
same<typeof rounds, WIO.WIO<Validated, Validated, NotEnoughFunds, Bank, Validated | Held>>()

// A body may start from more than it ends in.
const wide = WIO.loop(
  "wide",
  WIO.pure((s: Validated | Held) => new Held({ amount: s.amount, hold: "" })),
  { while: () => false }
)
same<typeof wide, WIO.WIO<Validated | Held, Held, never, never, Held>>()

// Where `while` tells the states apart, the loop goes round with one and ends in the others.
declare const attempt: WIO.WIO<
  Validated,
  Validated | Held | Completed,
  NotEnoughFunds,
  Bank,
  Validated | Held | Completed
>
const guarded = WIO.loop("guarded", attempt, { while: (s): s is Validated => s._tag === "Validated" })
same<typeof guarded, WIO.WIO<Validated, Held | Completed, NotEnoughFunds, Bank, Validated | Held | Completed>>()
const inferred = WIO.loop("inferred", attempt, { while: (s) => s._tag === "Validated" })
same<typeof inferred, typeof guarded>()
const ended = WIO.loop("ended", attempt, { while: (s) => s._tag === "Validated" }).pipe(
  WIO.andThen(WIO.match("end", { Held: send, Completed: WIO.pure((s: Completed) => s) }))
)
same<WIO.Out<typeof ended>, Completed>()

// @ts-expect-error hold ends in Held, where it does not start
WIO.loop("no way back", hold, { while: () => true })
// @ts-expect-error the guard lets Held through, from which the body does not start
WIO.loop("wrong way", attempt, { while: (s): s is Held => s._tag === "Held" })
// @ts-expect-error it may go round with what the body does not start from
WIO.loop("any way", attempt, { while: () => true })
// @ts-expect-error the condition sees where the body ended
WIO.loop("condition", release, { while: (s: Held) => s.hold === "" })
// @ts-expect-error a loop says when it ends
WIO.loop("endless", validate)
