import { WIO } from "@waymark/core"
import { hold, send, validate } from "./domain.ts"
import type { Bank, Completed, Fees, NotEnoughFunds, TooLarge, Held, Requested, Validated } from "./domain.ts"
import { same } from "./equals.ts"

// ---- branch: starts from what every road and predicate accepts, ends as any of the roads ------------------------
const size = WIO.branch(
  "how large?",
  {
    large: { when: (s: Validated) => s.amount > 100, then: hold },
    huge: { when: (s: Validated) => s.fee > 10, then: WIO.pure((s: Validated) => s.fee) }
  },
  WIO.pure((_: unknown) => "at once" as const)
)
same<
  typeof size,
  WIO.WIO<Validated, Held | number | "at once", NotEnoughFunds, Bank, Validated | Held | number | "at once">
>()
const sized = validate.pipe(WIO.andThen(size))
same<
  typeof sized,
  WIO.WIO<
    Requested,
    Held | number | "at once",
    TooLarge | NotEnoughFunds,
    Fees | Bank,
    Requested | Validated | Held | number | "at once"
  >
>()

// Predicates and roads may be ready for more: the state is what all accept.
const wider = WIO.branch(
  "wider",
  { a: { when: (s: Validated | Held) => s.amount > 1, then: WIO.pure((_: Requested | Validated) => 1) } },
  hold
)
same<WIO.In<typeof wider>, Validated>()
const constant = WIO.branch("constant", { a: { when: () => true, then: hold } }, hold)
same<WIO.In<typeof constant>, Validated>()
const otherwise = WIO.branch(
  "otherwise",
  { a: { when: (_: Validated) => true, then: hold } },
  WIO.pure(() => 1)
)
same<WIO.In<typeof otherwise>, Validated>()
const only = WIO.branch("only", {}, hold)
same<typeof only, WIO.WIO<Validated, Held, NotEnoughFunds, Bank, Validated | Held>>()

// Roads that accept different states leave no state to start from.
const apart = WIO.branch("apart", { a: { when: (_: Validated | Held) => true, then: hold } }, send)
same<WIO.In<typeof apart>, never>()
// @ts-expect-error no state is both Validated and Held
validate.pipe(WIO.andThen(apart))
// @ts-expect-error the predicate looks at a Held
validate.pipe(WIO.andThen(WIO.branch("x", { a: { when: (s: Held) => s.hold === "", then: hold } }, hold)))
// @ts-expect-error a road starts from Held
validate.pipe(WIO.andThen(WIO.branch("x", { a: { when: (_: Validated) => true, then: send } }, hold)))
// @ts-expect-error the other road starts from Held
validate.pipe(WIO.andThen(WIO.branch("x", { a: { when: (_: Validated) => true, then: hold } }, send)))
declare const either: WIO.WIO<Validated, Completed> | WIO.WIO<Held, Completed>
// @ts-expect-error nobody knows which of the two workflows the road is
validate.pipe(WIO.andThen(WIO.branch("x", { a: { when: (_: Validated) => true, then: either } }, hold)))
// @ts-expect-error there is a road for when no case holds
WIO.branch("x", { a: { when: (_: Validated) => true, then: hold } })
// @ts-expect-error a predicate answers with a boolean
WIO.branch("x", { a: { when: (_: Validated) => 1, then: hold } }, hold)
