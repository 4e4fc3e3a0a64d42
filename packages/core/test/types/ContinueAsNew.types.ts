import { Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import { hold, Held, NotEnoughFunds, Requested, TooLarge, validate, Validated } from "./domain.ts"
import type { Bank, Fees } from "./domain.ts"
import { same } from "./equals.ts"

// ---- continueAsNew: it ends nowhere; what it continues with is kept until Workflow.make has checked it -----------
const again = WIO.continueAsNew((validated: Validated) => new Requested({ amount: validated.fee }))
same<typeof again, WIO.WIO<Validated, never, never, WIO.ContinuesAs<Requested>, Validated>>()

const endless = validate.pipe(WIO.andThen(again))
same<typeof endless, WIO.WIO<Requested, never, TooLarge, Fees | WIO.ContinuesAs<Requested>, Requested | Validated>>()
const placed = validate.pipe(WIO.andThen(WIO.continueAsNew((validated) => validated.fee)))
same<WIO.Services<typeof placed>, Fees | WIO.ContinuesAs<number>>()

const version = 1
const input = Requested
const state = Schema.Union([Requested, Validated, Held])
const Endless = Workflow.make("Endless", { version, input, state, error: TooLarge, body: endless })
// A service it is not: an engine is never asked for it.
same<typeof Endless, Workflow.Workflow<"Endless", Requested, never, TooLarge, Fees, Requested | Validated>>()

const error = Schema.Union([TooLarge, NotEnoughFunds])
const some = validate.pipe(
  WIO.andThen(WIO.match("enough?", { Validated: hold })),
  WIO.andThen(WIO.match("again?", { Held: WIO.continueAsNew((held: Held) => new Requested({ amount: held.amount })) }))
)
const Some = Workflow.make("Some", { version, input, state, error, body: some })
same<Workflow.Services<typeof Some>, Fees | Bank>()
same<Workflow.Output<typeof Some>, never>()

// @ts-expect-error the next run starts with Requested, not with a number
Workflow.make("Wrong", { version, input, state, error, body: placed })
const two = WIO.branch(
  "which?",
  { one: { when: (s: Validated) => s.fee > 1, then: again } },
  WIO.continueAsNew((s: Validated) => s)
)
// @ts-expect-error one of the two continues with Validated
Workflow.make("Wrong", { version, input, state, error, body: validate.pipe(WIO.andThen(two)) })
const inGen = WIO.gen(function* (requested: Requested) {
  const validated = yield* WIO.step(validate, requested)
  return yield* WIO.step(placed, new Requested({ amount: validated.fee }))
})
// @ts-expect-error however deep it is
Workflow.make("Wrong", { version, input, state, error, body: inGen })
// A wider input takes what it continues with.
Workflow.make("Wide", {
  version,
  input: Schema.Union([Requested, Validated]),
  state,
  error,
  body: WIO.match("which?", { Requested: validate, Validated: WIO.pure((s: Validated) => s) }).pipe(WIO.andThen(two))
})
