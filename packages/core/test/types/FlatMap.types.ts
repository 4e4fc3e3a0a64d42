import { WIO } from "@waymark/core"
import { hold, send, validate } from "./domain.ts"
import type { Bank, Completed, Fees, NotEnoughFunds, TooLarge, Held, Requested, Validated } from "./domain.ts"
import { same } from "./equals.ts"

// ---- flatMap: the computed workflow starts where the first ends --------------------------------------------------
const held = validate.pipe(WIO.flatMap(() => hold))
same<typeof held, WIO.WIO<Requested, Held, TooLarge | NotEnoughFunds, Fees | Bank, Requested | Validated | Held>>()

const seen = validate.pipe(
  WIO.flatMap((s) => {
    same<typeof s, Validated>()
    return WIO.await<Validated>("wait", { for: s.fee })
  })
)
same<typeof seen, WIO.WIO<Requested, Validated, TooLarge, Fees, Requested | Validated>>()

// Either of two workflows: all that either can end in, fail with, need and rest in.
const either = validate.pipe(
  WIO.flatMap((s) => (s.fee > 1 ? hold : WIO.pure((_: Requested | Validated) => "free" as const)))
)
same<
  typeof either,
  WIO.WIO<Requested, Held | "free", TooLarge | NotEnoughFunds, Fees | Bank, Requested | Validated | Held | "free">
>()

// @ts-expect-error send starts from Held
validate.pipe(WIO.flatMap(() => send))
// @ts-expect-error one of the two does not start from Validated
validate.pipe(WIO.flatMap((s) => (s.fee > 1 ? hold : send)))

declare const two: WIO.WIO<Requested, Validated | Held>
// @ts-expect-error it is given either state, and each of these accepts one: nothing says which of them is returned when
two.pipe(WIO.flatMap((s) => (s._tag === "Held" ? send : hold)))
const apart = two.pipe(WIO.andThen(WIO.match("which", { Held: send, Validated: hold.pipe(WIO.andThen(send)) })))
same<WIO.Out<typeof apart>, Completed>()

// @ts-expect-error the function gives a workflow, not a state
validate.pipe(WIO.flatMap((s) => s))

// Data-first it is the same.
const heldFirst = WIO.flatMap(validate, (s) => {
  same<typeof s, Validated>()
  return hold
})
same<typeof heldFirst, typeof held>()
const eitherFirst = WIO.flatMap(validate, (s) =>
  s.fee > 1 ? hold : WIO.pure((_: Requested | Validated) => "free" as const)
)
same<typeof eitherFirst, typeof either>()
// @ts-expect-error send starts from Held
WIO.flatMap(validate, () => send)
// @ts-expect-error validate does not end in Held
WIO.flatMap(validate, (_: Held) => send)
// @ts-expect-error the function gives a workflow, not a state
WIO.flatMap(validate, (s) => s)
