import type { Result } from "effect"
import { WIO } from "@waymark/core"
import type { Product } from "@waymark/core"
import { hold, Requested, send, validate, Validated } from "./domain.ts"
import type { Bank, Completed, Fees, NotEnoughFunds, TooLarge, Held } from "./domain.ts"
import { same } from "./equals.ts"

type Ins = { readonly left: Requested; readonly right: Validated }
type Outs = Product.Product<{ readonly left: Validated; readonly right: Held }>
type States = Product.Product<{ readonly left: Requested | Validated; readonly right: Validated | Held }>

const branches = { left: validate, right: hold }

// ---- parallel: records key by key ---------------------------------------------------------------------------------
const both = WIO.parallel(branches)
same<typeof both, WIO.WIO<Ins, Outs, TooLarge | NotEnoughFunds, Fees | Bank, States>>()

const joined = WIO.parallel(branches, { join: ({ left, right }) => left.fee + right.amount })
same<typeof joined, WIO.WIO<Ins, number, TooLarge | NotEnoughFunds, Fees | Bank, States | number>>()

const forked = WIO.parallel(branches, {
  fork: (s: Held) => ({ left: new Requested({ amount: s.amount }), right: new Validated({ amount: s.amount, fee: 0 }) })
})
same<typeof forked, WIO.WIO<Held, Outs, TooLarge | NotEnoughFunds, Fees | Bank, States>>()

const forkedAndJoined = WIO.parallel(branches, {
  fork: (s: Held) => ({
    left: new Requested({ amount: s.amount }),
    right: new Validated({ amount: s.amount, fee: 0 })
  }),
  join: ({ left, right }, before) => {
    same<typeof left, Validated>()
    same<typeof right, Held>()
    same<typeof before, Held>()
    return `${left.fee}`
  }
})
same<typeof forkedAndJoined, WIO.WIO<Held, string, TooLarge | NotEnoughFunds, Fees | Bank, States | string>>()

const ended = WIO.pure((s: Ins) => s).pipe(WIO.andThen(joined))
same<WIO.Out<typeof ended>, number>()
// The branches may need nothing of the state before.
const constant = WIO.parallel({ left: WIO.pure(() => 1) }, { fork: (_: Held) => ({ left: "" }) })
same<
  typeof constant,
  WIO.WIO<Held, Product.Product<{ readonly left: number }>, never, never, Product.Product<{ readonly left: number }>>
>()
// A parallel of parallels is a record of records.
const nested = WIO.parallel({ outer: both, other: send })
same<WIO.Out<typeof nested>, Product.Product<{ readonly outer: Outs; readonly other: Completed }>>()
same<Product.Leaves<WIO.State<typeof nested>>, Requested | Validated | Held | Completed>()

// A spread is no product any more, as its value is none: its fields are a state of their own.
// oxlint-disable-next-line typescript/no-misused-spread -- what it loses is what this is about
const spread = both.pipe(WIO.map((s) => ({ ...s, more: 1 })))
same<WIO.Out<typeof spread>, { left: Validated; right: Held; more: number }>()
same<Product.Leaves<WIO.Out<typeof spread>>, { left: Validated; right: Held; more: number }>()

const start = (s: Held) => ({
  left: new Requested({ amount: s.amount }),
  right: new Validated({ amount: s.amount, fee: 0 })
})
// @ts-expect-error the fork says nothing of the right branch
WIO.parallel(branches, { fork: (s: Held) => ({ left: new Requested({ amount: s.amount }) }) })
// @ts-expect-error the right branch starts from Validated
WIO.parallel(branches, { fork: (s: Held) => ({ left: new Requested({ amount: s.amount }), right: s }) })
// @ts-expect-error no branch is called middle
WIO.parallel(branches, { fork: start, join: ({ middle }) => middle })
// @ts-expect-error the left branch ends in Validated
WIO.parallel(branches, { fork: start, join: (outs: { readonly left: Held }) => outs })
// @ts-expect-error without a fork, the state before is the record of what the branches start from
WIO.parallel(branches, { join: (_, before: Held) => before })
// @ts-expect-error fork and join see the same state
WIO.parallel(branches, { fork: start, join: (_, before: Completed) => before })
// @ts-expect-error without a join it ends in the record, whatever the place expects
export const expectedOut: WIO.WIO<Held, string, unknown, unknown, unknown> = WIO.parallel(branches, { fork: start })
// @ts-expect-error without a fork it starts from the record, whatever the place expects
export const expectedIn: WIO.WIO<Held, number, unknown, unknown, unknown> = WIO.parallel(branches, { join: () => 1 })
// @ts-expect-error validate ends in no record
validate.pipe(WIO.andThen(both))
// @ts-expect-error a branch is a workflow
WIO.parallel({ left: 1 })

// ---- mode "settle": no branch fails it, each has a Result -------------------------------------------------------
type Results = Product.Product<{
  readonly left: Result.Result<Validated, TooLarge>
  readonly right: Result.Result<Held, NotEnoughFunds>
}>
same<WIO.Settled<typeof branches>, Results>()
const settled = WIO.parallel(branches, { mode: "settle" })
// It ends in the Results, so that is one more state for the schema and for queries.
same<typeof settled, WIO.WIO<Ins, Results, never, Fees | Bank, States | Results>>()
const settledJoined = WIO.parallel(branches, {
  mode: "settle",
  fork: start,
  join: ({ left, right }, before) => {
    same<typeof left, Result.Result<Validated, TooLarge>>()
    same<typeof right, Result.Result<Held, NotEnoughFunds>>()
    same<typeof before, Held>()
    return left._tag
  }
})
same<typeof settledJoined, WIO.WIO<Held, "Success" | "Failure", never, Fees | Bank, States | "Success" | "Failure">>()
const said = WIO.parallel(branches, { mode: "fail-fast" })
same<typeof said, typeof both>()

// ---- until: looks at the branches' states, and ends in them ------------------------------------------------------
const early = WIO.parallel(branches, {
  until: (record) => {
    same<typeof record, States>()
    return record.left._tag === "Validated"
  }
})
same<typeof early, WIO.WIO<Ins, States, TooLarge | NotEnoughFunds, Fees | Bank, States>>()
const earlyJoined = WIO.parallel(branches, {
  fork: start,
  until: ({ right }) => right._tag === "Held",
  join: (record, before) => {
    same<typeof record, States>()
    same<typeof before, Held>()
    return record.left.amount
  }
})
same<typeof earlyJoined, WIO.WIO<Held, number, TooLarge | NotEnoughFunds, Fees | Bank, States | number>>()

// @ts-expect-error in settle mode, join is given Results
WIO.parallel(branches, { mode: "settle", join: ({ left }) => left.fee })
// @ts-expect-error a branch may not have ended yet
WIO.parallel(branches, { until: () => true, join: ({ left }) => left.fee })
// @ts-expect-error the condition is computed from the record of the states
WIO.parallel(branches, { until: (s: Held) => s.amount > 0 })
// @ts-expect-error the left branch may rest in Requested, without a fee
WIO.parallel(branches, { until: ({ left }) => left.fee > 0 })
// @ts-expect-error a condition holds or does not
WIO.parallel(branches, { until: ({ left }) => left })
// @ts-expect-error what ends early is not settled
WIO.parallel(branches, { mode: "settle", until: () => true })
// @ts-expect-error there is no such mode
WIO.parallel(branches, { mode: "all" })
// @ts-expect-error settled, it ends in Results, whatever the place expects
export const expectedSettled: WIO.WIO<Ins, Outs, unknown, unknown, unknown> = settled

// ---- the same keys, also for the schema: a Settled has leaves of its own -------------------------------------------
same<
  Product.Leaves<WIO.State<typeof settled>>,
  Requested | Validated | Held | Result.Result<Validated, TooLarge> | Result.Result<Held, NotEnoughFunds>
>()
