import { Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import {
  Completed,
  hold,
  Held,
  NotEnoughFunds,
  Rejected,
  Requested,
  send,
  TooLarge,
  validate,
  Validated
} from "./domain.ts"
import type { Bank, Fees } from "./domain.ts"
import { same } from "./equals.ts"

// ---- gen: what its parts fail with, need and rest in; what it returns is where it ends --------------------------
const withdraw = WIO.gen(function* (requested: Requested) {
  const validated = yield* WIO.step(validate, requested)
  same<typeof validated, Validated>()
  const held = yield* WIO.step(hold, validated)
  same<typeof held, Held>()
  return yield* WIO.step(send, held)
})
same<
  typeof withdraw,
  WIO.WIO<Requested, Completed, TooLarge | NotEnoughFunds, Fees | Bank, Requested | Validated | Held | Completed>
>()

const named = WIO.gen("withdraw", function* (requested: Requested) {
  return yield* WIO.step(validate, requested)
})
same<typeof named, WIO.WIO<Requested, Validated, TooLarge, Fees, Requested | Validated>>()

// Roads that end differently, and loops.
const either = WIO.gen(function* (validated: Validated) {
  if (validated.fee > 1) return new Rejected({ reason: "too dear" })
  for (let tries = 0; tries < 3; tries++) {
    const held = yield* WIO.step(hold, validated)
    if (held.amount > 0) return yield* WIO.step(send, held)
  }
  return "tired" as const
})
same<
  typeof either,
  WIO.WIO<
    Validated,
    Rejected | Completed | "tired",
    NotEnoughFunds,
    Bank,
    Validated | Held | Completed | Rejected | "tired"
  >
>()

// Without a part it is a pure function.
const none = WIO.gen(function* (n: number) {
  return `${n}`
})
same<typeof none, WIO.WIO<number, string, never, never, string>>()
const nothing = WIO.gen(function* () {})
same<typeof nothing, WIO.WIO<unknown, void, never, never, void>>()

// The state before is inferred where the place says it.
const placed = validate.pipe(
  WIO.andThen(
    WIO.gen(function* (validated) {
      same<typeof validated, Validated>()
      return yield* WIO.step(hold, validated)
    })
  )
)
same<typeof placed, WIO.WIO<Requested, Held, TooLarge | NotEnoughFunds, Fees | Bank, Requested | Validated | Held>>()

// A failure that is handled on the part is none of the whole.
const handled = WIO.gen(function* (requested: Requested) {
  const reject = WIO.pure((failure: WIO.Failure<unknown, TooLarge>) => new Rejected({ reason: failure.error._tag }))
  const validated = yield* WIO.step(validate.pipe(WIO.catch(reject)), requested)
  same<typeof validated, Validated | Rejected>()
  return validated
})
same<typeof handled, WIO.WIO<Requested, Validated | Rejected, never, Fees, Requested | Validated | Rejected>>()

const state = Schema.Union([Requested, Validated, Held, Completed])
const error = Schema.Union([TooLarge, NotEnoughFunds])
Workflow.make("Withdraw", { version: 1, input: Requested, state, error, body: withdraw })
// @ts-expect-error the failures of its parts are its own
Workflow.make("Unhandled", { version: 1, input: Requested, state, body: withdraw })
// @ts-expect-error the states of its parts are its own
Workflow.make("Uncovered", { version: 1, input: Requested, state: Completed, error, body: withdraw })

WIO.gen(function* (requested: Requested) {
  // @ts-expect-error hold starts from Validated
  return yield* WIO.step(hold, requested)
})
declare const one: WIO.WIO<Requested, Held> | WIO.WIO<Validated, Held>
WIO.gen(function* (requested: Requested) {
  // @ts-expect-error either of the two may be it, so it takes a state that both start from
  return yield* WIO.step(one, requested)
})
// @ts-expect-error a part is given its state by WIO.step
WIO.gen(function* (requested: Requested) {
  yield validate
  return requested
})
// @ts-expect-error a gen is made of a generator function
WIO.gen((requested: Requested) => requested)
// @ts-expect-error what it returns is where it ends, whatever the place expects
export const expected: WIO.WIO<Requested, Held, unknown, unknown, unknown> = withdraw
