/** A workflow with something to hide, and an engine that hides it: in the SQLite file there is nothing to be read of it. */
import { Effect, Layer, Schema } from "effect"
import { Signal, WIO, Workflow } from "@waymark/core"
import { Engine, PayloadCodec } from "@waymark/interpreter"
import { SqliteJournal } from "@waymark/sqlite"
import { codec, type Keyring } from "./keyring.ts"

const Payslip = Schema.Struct({
  name: Schema.String,
  salary: Schema.Number,
  account: Schema.String,
  paid: Schema.Boolean
})
type Payslip = typeof Payslip.Type

/** Somebody has looked at it. */
export const Approve = Signal.make("approve", { payload: Schema.String, reply: Schema.String })

const lookUp = WIO.runIO("look up the account", {
  event: Schema.String,
  run: ({ name }: Payslip) => Effect.succeed(`account of ${name}`),
  apply: (slip, account): Payslip => ({ ...slip, account })
})

const approve = WIO.handleSignal(Approve, {
  event: Schema.String,
  handle: (_: Payslip, by) => Effect.succeed(by),
  apply: (slip: Payslip): Payslip => ({ ...slip, paid: true }),
  reply: ({ salary }, by) => `${salary} approved by ${by}`
})

export const Payroll = Workflow.make("Payroll", {
  version: 1,
  input: Payslip,
  state: Payslip,
  body: WIO.andThen(lookUp, approve)
})

/** An engine on a file, with the keys that it has. */
export const engine = (filename: string, keyring: Keyring) =>
  Engine.layer({ workflows: [Payroll] }).pipe(
    Layer.provide([SqliteJournal.layer({ filename }), Layer.succeed(PayloadCodec, codec(keyring))])
  )
