import { Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import { hold, Held, NotEnoughFunds, Requested, TooLarge, validate, Validated } from "./domain.ts"
import type { Bank, Fees } from "./domain.ts"
import { same } from "./equals.ts"

// ---- draft: its types are what it is given, and it asks for what nobody has --------------------------------------
const draft = WIO.draft<Validated, Held>("hold funds")
same<typeof draft, WIO.WIO<Validated, Held, never, WIO.Unwritten<string>, Validated | Held>>()
const passing = WIO.draft<Held>("think")
same<typeof passing, WIO.WIO<Held, Held, never, WIO.Unwritten<string>, Held>>()

const Drafted = Workflow.make("Drafted", {
  version: 1,
  input: Requested,
  state: Schema.Union([Requested, Validated, Held]),
  error: Schema.Union([TooLarge, NotEnoughFunds]),
  body: validate.pipe(WIO.andThen(hold), WIO.andThen(passing))
})
// Whoever runs it would have to provide what is only a note.
same<Workflow.Services<typeof Drafted>, Fees | Bank | WIO.Unwritten<string>>()
declare const runs: (workflow: Workflow.Workflow<string, unknown, unknown, unknown, Fees | Bank, unknown>) => void
// @ts-expect-error no layer provides a draft
runs(Drafted)
// @ts-expect-error a draft has its place in the order as well
validate.pipe(WIO.andThen(passing))
