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
