import { Schema } from "effect"
import type { Result } from "effect"
import { WIO, Workflow } from "@waymark/core"
import type { Product } from "@waymark/core"
import { hold, Held, NotEnoughFunds, Requested, send, TooLarge, validate, Validated } from "./domain.ts"
import type { Bank, Fees } from "./domain.ts"
import { same } from "./equals.ts"

interface Batch {
  readonly id: string
  readonly requests: ReadonlyArray<Requested>
}
const items = (batch: Batch) => batch.requests

// ---- forEach: rests in the items' states, ends in their results ---------------------------------------------------
const all = WIO.forEach("all", {
  items: (batch: Batch) => batch.requests,
  key: (request, index) => {
    same<typeof request, Requested>()
    same<typeof index, number>()
    return `${request.amount}/${index}`
  },
  body: validate
})
same<
  typeof all,
  WIO.WIO<Batch, ReadonlyArray<Validated>, TooLarge, Fees, WIO.Items<Requested | Validated> | ReadonlyArray<Validated>>
>()
same<WIO.Items<number>, Product.Product<{ readonly [key: string]: number }>>()
same<Product.Leaves<WIO.State<typeof all>>, Requested | Validated | ReadonlyArray<Validated>>()

const joined = WIO.forEach("joined", {
  items,
  key: (request) => `${request.amount}`,
  body: validate.pipe(WIO.andThen(hold)),
  concurrency: 10,
  join: (helds, batch) => {
    same<typeof helds, ReadonlyArray<Held>>()
    same<typeof batch, Batch>()
    return { ...batch, holds: helds.map((held) => held.hold) }
  }
})
type Joined = { holds: Array<string>; id: string; requests: ReadonlyArray<Requested> }
same<
  typeof joined,
  WIO.WIO<Batch, Joined, TooLarge | NotEnoughFunds, Fees | Bank, WIO.Items<Requested | Validated | Held> | Joined>
>()

// In settle mode nothing fails: there is a Result for each.
const settled = WIO.forEach("settled", { items, key: (request) => `${request.amount}`, body: validate, mode: "settle" })
type Results = ReadonlyArray<Result.Result<Validated, TooLarge>>
same<typeof settled, WIO.WIO<Batch, Results, never, Fees, WIO.Items<Requested | Validated> | Results>>()
const counted = WIO.forEach("counted", {
  items,
  key: (request) => `${request.amount}`,
  body: validate,
  mode: "settle",
  join: (results, batch) => {
    same<typeof results, Results>()
    same<typeof batch, Batch>()
    return results.length
  }
})
same<typeof counted, WIO.WIO<Batch, number, never, Fees, WIO.Items<Requested | Validated> | number>>()

// The state before is inferred where the place says it.
declare const batched: WIO.WIO<string, Batch>
const placed = batched.pipe(
  WIO.andThen(
    WIO.forEach("placed", {
      items: (batch) => {
        same<typeof batch, Batch>()
        return batch.requests
      },
      key: (request) => `${request.amount}`,
      body: validate,
      join: (all, batch) => `${batch.id}: ${all.length}`
    })
  )
)
same<WIO.Out<typeof placed>, string>()

// A body may start from more than the items are, or look at none of them.
const wide = WIO.forEach("wide", {
  items: () => [1, 2],
  key: String,
  body: WIO.pure((_: number | string) => true as const)
})
same<typeof wide, WIO.WIO<unknown, ReadonlyArray<true>, never, never, WIO.Items<number | true> | ReadonlyArray<true>>>()
const blind = WIO.forEach("blind", { items, key: () => "", body: WIO.pure(() => 1) })
same<WIO.State<typeof blind>, WIO.Items<Requested | number> | ReadonlyArray<number>>()
WIO.forEach("none", { items: () => [], key: String, body: hold })

const key = () => "k"
// @ts-expect-error the body starts from Validated, the items are Requested
WIO.forEach("wrong", { items, key, body: hold })
// @ts-expect-error the same in settle mode
WIO.forEach("wrong", { items, key, body: hold, mode: "settle" })
// @ts-expect-error and with a join
WIO.forEach("wrong", { items, key, body: hold, join: (outs: ReadonlyArray<Held>) => outs })
// @ts-expect-error an unknown item is nothing that a body could start from
WIO.forEach("wrong", { items: (_: Batch): ReadonlyArray<unknown> => [], key, body: hold })
// @ts-expect-error a key is a string
WIO.forEach("wrong", { items, key: (request) => request.amount, body: validate })
// @ts-expect-error there is no such mode
WIO.forEach("wrong", { items, key, body: validate, mode: "all" })
// @ts-expect-error the items are those of one body
WIO.forEach("wrong", { items, key, body: validate, join: (outs: ReadonlyArray<Held>) => outs })
// @ts-expect-error join is given the state before
WIO.forEach("wrong", { items, key, body: validate, join: (_, before: Held) => before })
// @ts-expect-error items are a list
WIO.forEach("wrong", { items: (batch: Batch) => batch.id.length, key, body: validate })
// @ts-expect-error without a join it ends in the list, whatever the place expects
export const expectedOut: WIO.WIO<Batch, string, unknown, unknown, unknown> = WIO.forEach("x", {
  items,
  key,
  body: validate
})
// @ts-expect-error and rests in the record of the items
export const expectedState: WIO.WIO<Batch, unknown, unknown, unknown, Batch> = WIO.forEach("x", {
  items,
  key,
  body: send as never
})

// The schema of a workflow covers what its items rest in, however deep they are.
const inner = WIO.parallel(
  { one: validate, two: hold },
  { fork: (r: Requested) => ({ one: r, two: new Validated({ amount: r.amount, fee: 0 }) }), join: ({ two }) => two }
)
const deep = WIO.race({
  each: WIO.forEach("each", {
    items: (b: Batch) => b.requests,
    key: (r) => `${r.amount}`,
    body: inner,
    join: (outs) => outs.length
  }),
  late: WIO.await<Batch>("late", { for: "1 day" })
})
same<Product.Leaves<WIO.State<typeof deep>>, Requested | Validated | Held | number | Batch>()
const input = Schema.Struct({ id: Schema.String, requests: Schema.Array(Requested) })
const error = Schema.Union([TooLarge, NotEnoughFunds])
const leaves = Schema.Union([Requested, Validated, Held, Schema.Number, input])
Workflow.make("Deep", { version: 1, input, state: leaves, error, body: deep })
const gap = Schema.Union([Requested, Validated, Schema.Number, input])
// @ts-expect-error Held is a leaf of the parallel in the forEach in the race
Workflow.make("Gap", { version: 1, input, state: gap, error, body: deep })
