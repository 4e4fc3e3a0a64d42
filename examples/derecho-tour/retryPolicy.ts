/**
 * A charge that is tried again: a retry policy, and timeouts for what does not answer at all.
 *
 * Faults (an exception, a lost connection, an attempt that takes too long) are tried again by the policy; typed
 * failures are outcomes of the business, and tried again only where `while` names them. Each failed attempt is
 * journaled with the time of the next one, so a restart neither forgets how many there were nor tries at once. A step
 * that runs out of attempts leaves its instance stuck, with nothing lost: mend the cause, then `retry`.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { Step, WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"

export class Charge extends Schema.TaggedClass<Charge>()("Charge", { account: Schema.String }) {}
export class Charged extends Schema.TaggedClass<Charged>()("Charged", { receipt: Schema.String }) {}
export class Refused extends Schema.TaggedClass<Refused>()("Refused", { reason: Schema.String }) {}

/** The bank has no time now: worth another attempt. */
export class Busy extends Schema.TaggedError<Busy>()("Busy", {}) {}
/** The bank has said no: an outcome, and final. */
export class Declined extends Schema.TaggedError<Declined>()("Declined", { reason: Schema.String }) {}

export class Bank extends Context.Service<
  Bank,
  { readonly charge: (account: string) => Effect.Effect<string, Busy | Declined> }
>()("derecho-tour/Bank") {
  /** It does not answer at all, breaks the connection, is busy, then answers; or is on strike for a minute. */
  static readonly layer = Layer.succeed(Bank, {
    charge: Effect.fnUntraced(function* (account) {
      const { attempt, now } = yield* Step.info
      if (account === "empty") return yield* new Declined({ reason: "there is nothing on it" })
      if (account === "on strike" && now < 60_000) return yield* Effect.die(new Error("nobody works here"))
      if (account === "on strike") return "late receipt"
      if (attempt === 1) return yield* Effect.never
      if (attempt === 2) return yield* Effect.die(new Error("the connection was lost"))
      if (attempt === 3) return yield* new Busy()
      return `receipt for ${account}`
    })
  })
}

const charge = WIO.runIO("charge", {
  event: Schema.String,
  error: Schema.Union([Busy, Declined]),
  run: ({ account }: Charge) => Bank.use((bank) => bank.charge(account)),
  apply: (_, receipt) => new Charged({ receipt }),
  retry: { initial: "1 second", factor: 2, max: "1 minute", attempts: 5, while: ["Busy"] },
  timeouts: {
    startToClose: "5 seconds", // one attempt: interrupted then, and tried again
    scheduleToClose: "10 minutes" // all of them together: given up then
  }
})

const refused = WIO.pure(
  ({ error }: WIO.Failure<unknown, Busy | Declined>) =>
    new Refused({ reason: error._tag === "Busy" ? "the bank has been busy all the time" : error.reason }),
  { name: "refused" }
)

export const Payment = Workflow.make("Payment", {
  version: 1,
  input: Charge,
  state: Schema.Union([Charge, Charged, Refused]),
  body: charge.pipe(WIO.catch(refused))
})

export const program = Effect.gen(function* () {
  const engine = yield* Engine
  const patient = yield* engine.start(Payment, { id: "patient", input: new Charge({ account: "full" }) })
  const declined = yield* engine.start(Payment, { id: "declined", input: new Charge({ account: "empty" }) })
  const stuck = yield* engine.start(Payment, { id: "stuck", input: new Charge({ account: "on strike" }) })
  yield* Effect.sleep("1 minute")
  const { error, status } = yield* stuck.status
  yield* stuck.retry() // by an operator who knows that the strike is over: all attempts anew
  return {
    patient: yield* patient.result,
    declined: yield* declined.result,
    stuck: { status, error, result: yield* stuck.result }
  }
})

export const layer = Engine.layer({ workflows: [Payment] }).pipe(Layer.provide(Bank.layer))
