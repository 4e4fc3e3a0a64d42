import { Schema } from "effect"
import { WIO } from "@waymark/core"
import { hold, Held, send, validate, Validated } from "./domain.ts"
import type { Bank, Completed, Fees, NotEnoughFunds, Requested, TooLarge } from "./domain.ts"
import { same } from "./equals.ts"

// ---- checkpoint: the state passes through, under the type of its schema ------------------------------------------
const held = WIO.checkpoint("held", { state: Held })
same<typeof held, WIO.WIO<Held, Held, never, never, Held>>()
const either = WIO.checkpoint("either", { state: Schema.Union([Validated, Held]) })
same<typeof either, WIO.WIO<Validated | Held, Validated | Held, never, never, Validated | Held>>()
const whole = validate.pipe(WIO.andThen(hold), WIO.andThen(held), WIO.andThen(send))
same<
  typeof whole,
  WIO.WIO<Requested, Completed, TooLarge | NotEnoughFunds, Fees | Bank, Requested | Validated | Held | Completed>
>()

// @ts-expect-error the schema is of another state
validate.pipe(WIO.andThen(held))
// @ts-expect-error a schema that is wider than the state before would forget which one it is
hold.pipe(WIO.andThen(either), WIO.andThen(send))
// @ts-expect-error a checkpoint says what it writes
WIO.checkpoint("held", {})
// @ts-expect-error a schema that needs services cannot be read by a pure machine
WIO.checkpoint("held", { state: null as unknown as Schema.Codec<1, 1, Bank> })
