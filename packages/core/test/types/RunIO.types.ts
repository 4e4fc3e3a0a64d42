import { Duration, Effect, Schema } from "effect"
import { Step, WIO } from "@waymark/core"
import type { Held, Requested, validate, Validated, send, Completed } from "./domain.ts"
import { Bank, Fees, NotEnoughFunds, TooLarge } from "./domain.ts"
import { same } from "./equals.ts"

// ---- runIO: the state from run, the end from apply, failures from the schema, services from the effect ----------
same<typeof validate, WIO.WIO<Requested, Validated, TooLarge, Fees, Requested | Validated>>()
same<typeof send, WIO.WIO<Held, Completed, never, Bank, Held | Completed>>()

const event = Schema.Struct({ fee: Schema.Number })

const both = WIO.runIO("both", {
  event,
  error: Schema.Union([TooLarge, NotEnoughFunds]),
  run: (s: Requested) =>
    Effect.gen(function* () {
      const fees = yield* Fees
      const bank = yield* Bank
      yield* bank.hold(s.amount)
      return { fee: yield* fees.fee(s.amount) }
    }),
  apply: (s) => s,
  retry: { initial: "1 second", factor: 2, max: "1 minute", attempts: 3, jitter: 0.5, while: ["TooLarge"] }
})
same<typeof both, WIO.WIO<Requested, Requested, TooLarge | NotEnoughFunds, Fees | Bank, Requested>>()

// A declared error is the step's, whether this effect can fail with it today or not.
const mayOne = WIO.runIO("x", { event, error: TooLarge, run: (_: Held) => Effect.succeed({ fee: 1 }), apply: (s) => s })
same<typeof mayOne, WIO.WIO<Held, Held, TooLarge, never, Held>>()

// The event is what the schema describes, decoded: a Date, not its text.
const dated = WIO.runIO("dated", {
  event: Schema.Date,
  run: (_: Held) => Effect.succeed(new Date(0)),
  apply: (_, date) => date
})
same<typeof dated, WIO.WIO<Held, Date, never, never, Held | Date>>()

WIO.runIO("wrong event", {
  event,
  // @ts-expect-error the event has a fee that is a number
  run: (_: Requested) => Effect.succeed({ fee: "1" }),
  apply: (s) => s
})
WIO.runIO("undeclared error", {
  event,
  // @ts-expect-error NotEnoughFunds is not in the error schema
  run: (_: Requested) => Effect.fail(new NotEnoughFunds({ missing: 1 })),
  apply: (s) => s
})
WIO.runIO("another error", {
  event,
  error: TooLarge,
  // @ts-expect-error TooLarge is declared, NotEnoughFunds is not
  run: (_: Requested) => Effect.fail(new NotEnoughFunds({ missing: 1 })),
  apply: (s) => s
})
WIO.runIO("not an effect", {
  event,
  // @ts-expect-error run gives an Effect, not a promise
  run: async (_: Requested) => ({ fee: 1 }),
  apply: (s) => s
})
WIO.runIO("another state", {
  event,
  // @ts-expect-error run and apply start from the same state
  run: (_: Requested) => Effect.succeed({ fee: 1 }),
  apply: (s: Held) => s
})
WIO.runIO("another event", {
  event,
  run: (_: Requested) => Effect.succeed({ fee: 1 }),
  // @ts-expect-error apply is given the recorded event
  apply: (s, event: { readonly hold: string }) => [s, event]
})
WIO.runIO("unknown tag", {
  event,
  error: Schema.Union([TooLarge, NotEnoughFunds]),
  run: (_: Requested) => Effect.succeed({ fee: 1 }),
  apply: (s) => s,
  // @ts-expect-error no failure of this step has the tag "TooSmall"
  retry: { while: ["TooLarge", "TooSmall"] }
})
WIO.runIO("no failures", {
  event,
  run: (_: Requested) => Effect.succeed({ fee: 1 }),
  apply: (s) => s,
  // @ts-expect-error this step has no typed failure to be tried again for
  retry: { while: ["TooLarge"] }
})
WIO.runIO("x", {
  // @ts-expect-error an event schema that needs services to decode cannot be read by a pure machine
  event: null as unknown as Schema.Codec<1, 1, Bank>,
  run: (_: Held) => Effect.succeed(1),
  apply: (s) => s
})

// What a context expects is not taken for a declaration.
const fit = { event, run: (_: Held) => Effect.succeed({ fee: 1 }), apply: (s: Held) => s }
// @ts-expect-error apply makes a Held, whatever the place expects
export const annotated: WIO.WIO<Held, Completed> = WIO.runIO("x", fit)

// ---- the four timeouts: lengths, each by itself -------------------------------------------------------------------
const limited = WIO.runIO("limited", {
  event,
  run: (_: Held) => Effect.succeed({ fee: 1 }),
  apply: (s) => s,
  timeouts: {
    scheduleToStart: "1 day",
    startToClose: { minutes: 1 },
    scheduleToClose: 1000,
    heartbeat: Duration.seconds(1)
  }
})
same<typeof limited, WIO.WIO<Held, Held, never, never, Held>>()
WIO.runIO("no unit", {
  event,
  run: (_: Held) => Effect.succeed({ fee: 1 }),
  apply: (s) => s,
  // @ts-expect-error no unit
  timeouts: { startToClose: "1 dya" }
})
WIO.runIO("unknown timeout", {
  event,
  run: (_: Held) => Effect.succeed({ fee: 1 }),
  apply: (s) => s,
  // @ts-expect-error a part of the business that takes too long is WIO.timeout
  timeouts: { total: "1 day" }
})

// A step may say of its own failures what is to become of them: they stay what they are.
const advised = Step.doNotRetry(new TooLarge({ limit: 1 }))
same<typeof advised, TooLarge>()
const postponed = Step.retryAfter(new TooLarge({ limit: 1 }), "1 minute")
same<typeof postponed, TooLarge>()
WIO.runIO("advised", {
  event,
  error: TooLarge,
  run: (_: Held) => Effect.fail(Step.doNotRetry(new TooLarge({ limit: 1 }))),
  apply: (s) => s
})
same<typeof Step.info, Effect.Effect<Step.Info>>()
same<ReturnType<typeof Step.heartbeat>, Effect.Effect<void>>()
// @ts-expect-error only what is an object can be told from others like it
Step.doNotRetry("too large")
// @ts-expect-error the details are written down as JSON
Step.heartbeat(new Date(0))
