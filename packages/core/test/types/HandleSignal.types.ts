import { Effect, Schema } from "effect"
import { Signal, WIO } from "@waymark/core"
import type { cancel, Cancelled, Held, Requested, Validated } from "./domain.ts"
import { Bank, Completed, NotEnoughFunds, TooLarge } from "./domain.ts"
import { same } from "./equals.ts"

// ---- Signal.make: name, payload, reply and refusals are in its type ---------------------------------------------
const payload = Schema.Struct({ by: Schema.String })
const Approve = Signal.make("approve", { payload, reply: Schema.Date, error: NotEnoughFunds })
same<typeof Approve, Signal.Signal<"approve", { readonly by: string }, Date, NotEnoughFunds>>()
const Poke = Signal.make("poke", { payload: Schema.Void })
same<typeof Poke, Signal.Signal<"poke", void>>()
export const any: ReadonlyArray<Signal.Any> = [Approve, Poke]

// @ts-expect-error a signal says what its sender gives
Signal.make("nothing", {})
// @ts-expect-error the payload schema needs no services
Signal.make("x", { payload: null as unknown as Schema.Codec<1, 1, Bank> })
// @ts-expect-error the answer of one signal is not that of another
export const other: Signal.Signal<"approve", { readonly by: string }, string, NotEnoughFunds> = Approve
// @ts-expect-error a signal that may be refused is not one that is never refused
export const never: Signal.Signal<"approve", { readonly by: string }, Date> = Approve

// ---- handleSignal: a step like any other, which never fails -----------------------------------------------------
same<
  typeof cancel,
  WIO.WIO<
    Requested | Validated | Held | Completed,
    Cancelled,
    never,
    never,
    Requested | Validated | Held | Completed | Cancelled
  >
>()

const event = Schema.Struct({ by: Schema.String, at: Schema.Date })
const approve = WIO.handleSignal(Approve, {
  event,
  handle: (s: Held, { by }) =>
    Effect.gen(function* () {
      if (s.amount > 100) return yield* new NotEnoughFunds({ missing: 1 })
      const bank = yield* Bank
      yield* bank.send(s.hold)
      return { by, at: new Date(0) }
    }),
  apply: (s, { by }) => new Completed({ txId: `${s.hold}${by}` }),
  reply: (_, { at }) => at
})
same<typeof approve, WIO.WIO<Held, Completed, never, Bank, Held | Completed>>()

// Without a reply in the signal, none has to be computed; saying so is allowed.
const poked = WIO.handleSignal(Poke, {
  event: Schema.Void,
  handle: (_: Held) => Effect.void,
  apply: (s) => s,
  reply: () => undefined
})
same<typeof poked, WIO.WIO<Held, Held, never, never, Held>>()

const unanswered = {
  event,
  handle: (_: Held, { by }: { readonly by: string }) => Effect.succeed({ by, at: new Date(0) }),
  apply: (s: Held) => s
}
// @ts-expect-error the sender of "approve" is promised a reply
WIO.handleSignal(Approve, unanswered)
// @ts-expect-error the same, written in place
WIO.handleSignal(Approve, {
  event,
  handle: (_: Held, { by }) => Effect.succeed({ by, at: new Date(0) }),
  apply: (s) => s
})
WIO.handleSignal(Approve, {
  event,
  handle: (_: Held, { by }) => Effect.succeed({ by, at: new Date(0) }),
  apply: (s) => s,
  // @ts-expect-error the reply is a Date
  reply: (_, { by }) => by
})
WIO.handleSignal(Approve, {
  event,
  // @ts-expect-error the payload's `by` is a string
  handle: (_: Held, given: { readonly by: number }) => Effect.succeed({ by: String(given.by), at: new Date(0) }),
  apply: (s) => s,
  reply: (_, { at }) => at
})
WIO.handleSignal(Approve, {
  event,
  // @ts-expect-error the event needs an instant
  handle: (_: Held, { by }) => Effect.succeed({ by }),
  apply: (s) => s,
  reply: () => new Date(0)
})
WIO.handleSignal(Approve, {
  event,
  // @ts-expect-error "approve" is not declared to be refused with TooLarge
  handle: (_: Held) => Effect.fail(new TooLarge({ limit: 1 })),
  apply: (s) => s,
  reply: () => new Date(0)
})
WIO.handleSignal(Poke, {
  event: Schema.Void,
  // @ts-expect-error "poke" cannot be refused
  handle: (_: Held) => Effect.fail(new TooLarge({ limit: 1 })),
  apply: (s) => s
})
WIO.handleSignal(Poke, {
  event: Schema.Void,
  handle: (_: Held) => Effect.void,
  // @ts-expect-error handle and apply start from the same state
  apply: (s: Requested) => s
})
