import { Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import type { Product } from "@waymark/core"
import { Cancelled, hold, Held, Requested, send, TooLarge, validate, Validated } from "./domain.ts"
import type { Bank, Completed, Fees, NotEnoughFunds } from "./domain.ts"
import { same } from "./equals.ts"

const giveUp = WIO.await<Requested>("give up", { for: "1 day" }).pipe(WIO.map(() => new Cancelled({ by: "timer" })))

// ---- race: all start from the state before; it ends as one of them does ------------------------------------------
const first = WIO.race({ work: validate, giveUp })
same<
  typeof first,
  WIO.WIO<
    Requested,
    Validated | Cancelled,
    TooLarge,
    Fees,
    | Product.Product<{ readonly work: Requested | Validated; readonly giveUp: Requested | Cancelled }>
    | Validated
    | Cancelled
  >
>()
same<Product.Leaves<WIO.State<typeof first>>, Requested | Validated | Cancelled>()

// Two of them race as left and right, piped or not.
type Two = WIO.WIO<
  Requested,
  Validated | Cancelled,
  TooLarge,
  Fees,
  | Product.Product<{ readonly left: Requested | Validated; readonly right: Requested | Cancelled }>
  | Validated
  | Cancelled
>
const piped = validate.pipe(WIO.race(giveUp))
same<typeof piped, Two>()
const dataFirst = WIO.race(validate, giveUp)
same<typeof dataFirst, Two>()
const settledPiped = validate.pipe(WIO.raceFirst(giveUp))
same<typeof settledPiped, Two>()
const settledDataFirst = WIO.raceFirst(validate, giveUp)
same<typeof settledDataFirst, Two>()
const settledRecord = WIO.raceFirst({ work: validate, giveUp })
same<typeof settledRecord, typeof first>()

// A branch may start from more than the others, or from anything.
const wide = WIO.race({ work: validate, other: WIO.pure((_: Requested | Held) => 1), any: WIO.pure(() => 2) })
same<WIO.In<typeof wide>, Requested>()
const widePiped = validate.pipe(WIO.race(WIO.pure(() => 2)))
same<WIO.In<typeof widePiped>, Requested>()
// Of two that ask for something else each, what has both starts both.
const amount = WIO.pure((s: { readonly amount: number }) => s.amount)
const both = WIO.race({ amount, by: WIO.pure((s: { readonly by: string }) => s.by) })
same<WIO.In<typeof both>, { readonly amount: number } & { readonly by: string }>()

// With a fork each is given its own.
const forked = WIO.race(
  { left: hold, right: send },
  {
    fork: (s: Requested) => ({
      left: new Validated({ amount: s.amount, fee: 0 }),
      right: new Held({ amount: s.amount, hold: "" })
    })
  }
)
same<
  typeof forked,
  WIO.WIO<
    Requested,
    Held | Completed,
    NotEnoughFunds,
    Bank,
    Product.Product<{ readonly left: Validated | Held; readonly right: Held | Completed }> | Held | Completed
  >
>()
const placed = giveUp.pipe(
  WIO.andThen(
    WIO.race(
      { one: amount },
      {
        fork: (s) => {
          same<typeof s, Cancelled>()
          return { one: { amount: 1 } }
        }
      }
    )
  )
)
same<WIO.Out<typeof placed>, number>()

// @ts-expect-error no state starts both
WIO.race({ left: validate, right: hold })
// @ts-expect-error the same of the first to settle
WIO.raceFirst({ left: validate, right: hold })
// @ts-expect-error the same, piped
validate.pipe(WIO.race(hold))
// @ts-expect-error the same, data-first
WIO.race(validate, hold)
// @ts-expect-error the fork says nothing of the right branch
WIO.race({ left: hold, right: send }, { fork: (s: Validated) => ({ left: s }) })
// @ts-expect-error the right branch starts from Held
WIO.race({ left: hold, right: send }, { fork: (s: Validated) => ({ left: s, right: s }) })
// @ts-expect-error a branch is a workflow
WIO.race({ left: 1 })
// @ts-expect-error it may end in either
validate.pipe(WIO.race(giveUp), WIO.andThen(hold))
// @ts-expect-error it starts where its branches do
hold.pipe(WIO.andThen(first))

const state = Schema.Union([Requested, Validated, Cancelled])
Workflow.make("Race", { version: 1, input: Requested, state, error: TooLarge, body: first })
const without = Schema.Union([Requested, Validated])
// @ts-expect-error one branch rests in Cancelled
Workflow.make("Gap", { version: 1, input: Requested, state: without, error: TooLarge, body: first })
// @ts-expect-error where all fail, so does the race
Workflow.make("Error", { version: 1, input: Requested, state, body: first })
