import { WIO } from "@waymark/core"
import { Completed, hold, send, validate } from "./domain.ts"
import type { Bank, Fees, NotEnoughFunds, TooLarge, Held, Requested, Validated } from "./domain.ts"
import { same } from "./equals.ts"

declare const three: WIO.WIO<Requested, Requested | Validated | Held>

// ---- match: starts from the states of its cases, ends as any of them ---------------------------------------------
const finish = WIO.match("finish", { Requested: validate, Validated: hold, Held: send })
same<
  typeof finish,
  WIO.WIO<
    Requested | Validated | Held,
    Validated | Held | Completed,
    TooLarge | NotEnoughFunds,
    Fees | Bank,
    Requested | Validated | Held | Completed
  >
>()
const finished = three.pipe(WIO.andThen(finish))
same<WIO.Out<typeof finished>, Validated | Held | Completed>()

// A case may be ready for other states, or ask for no tag at all: under its tag it is given the tagged state.
const amount = WIO.pure((s: Requested | Validated) => s.amount)
const wide = WIO.match("wide", { Requested: amount, Held: WIO.pure((s: Held) => s.hold) })
same<WIO.In<typeof wide>, Requested | Held>()
const any = WIO.match("any", { Requested: WIO.pure((_: unknown) => 1), Held: WIO.pure(() => 2) })
three.pipe(WIO.andThen(WIO.match("all", { Requested: amount, Validated: amount, Held: WIO.pure((_: unknown) => 1) })))
same<WIO.In<typeof any>, { readonly _tag: "Requested" } | { readonly _tag: "Held" }>()
const structural = WIO.match("structural", {
  Requested: WIO.pure((s: { readonly amount: number }) => s.amount),
  Validated: WIO.pure((s: { readonly _tag: string; readonly fee: number }) => s.fee),
  Held: WIO.pure((_: { readonly hold: string }) => 1)
})
const structured = three.pipe(WIO.andThen(structural))
same<WIO.Out<typeof structured>, number>()

// @ts-expect-error a misspelt tag: Hold is no state that send starts from
WIO.match("finish", { Requested: validate, Hold: send })
// @ts-expect-error the tag is right, the workflow is of another state
WIO.match("finish", { Requested: validate, Held: hold })
// @ts-expect-error there is no case for Held
three.pipe(WIO.andThen(WIO.match("finish", { Requested: validate, Validated: hold })))
const greedy = WIO.match("greedy", { Requested: amount, Validated: amount, Held: WIO.pure((_: { fee: number }) => 1) })
// @ts-expect-error the case for Held wants more than Held has
three.pipe(WIO.andThen(greedy))
// @ts-expect-error without its state type, a timer accepts nothing
WIO.match("finish", { Requested: WIO.await("wait", { for: 1 }) })
// @ts-expect-error a case is a workflow
WIO.match("finish", { Completed: new Completed({ txId: "" }) })
