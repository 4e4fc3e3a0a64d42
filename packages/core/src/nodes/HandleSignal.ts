/** A step that waits for a typed message. */
import type * as Effect from "effect/Effect"
import type { AnySchema } from "../Codec.ts"
import * as Codec from "../Codec.ts"
import { make } from "../internal/node.ts"
import type * as Signal from "../Signal.ts"
import type { WIO } from "../WIO.ts"

/** A step that waits for a message. */
export interface HandleSignal {
  readonly _tag: "HandleSignal"
  readonly name: string
  readonly signal: Signal.Any
  readonly event: Codec.Codec<unknown>
  readonly handle: (state: unknown, payload: unknown) => Effect.Effect<unknown, unknown, unknown>
  readonly apply: (state: unknown, event: unknown) => unknown
  readonly reply: (state: unknown, event: unknown) => unknown
}

/** A signal with a reply must say how it is computed; without one, `reply` may be left out. */
// While the compiler has not looked at `handle` and `apply` yet, both states are unknown. To ask for a reply that early
// would make it complain about the state instead of the missing reply.
type NeedsReply<Reply, States extends ReadonlyArray<unknown>> = [Reply] extends [void]
  ? unknown
  : [unknown, unknown] extends States
    ? unknown
    : { readonly reply: unknown }

/**
 * Waits for a signal. `handle` turns the payload into the event to record; it may run an Effect and may refuse with the
 * signal's typed error, which journals nothing and leaves the step waiting. `reply` is computed from the state that the
 * signal found and the event, so that a message delivered again gets the same answer.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Signal, WIO } from "@waymark/core"
 *
 * const Approve = Signal.make("approve", { payload: Schema.Struct({ by: Schema.String }), reply: Schema.String })
 *
 * export const approve = WIO.handleSignal(Approve, {
 *   event: Schema.Struct({ by: Schema.String }),
 *   handle: (_: { readonly amount: number }, { by }) => Effect.succeed({ by }),
 *   apply: (order, { by }) => ({ ...order, approvedBy: by }),
 *   reply: (_, { by }) => `thanks ${by}`
 * })
 * ```
 */
export const handleSignal = <Name extends string, Payload, Reply, Refusal, In, Event extends AnySchema, Out, R>(
  signal: Signal.Signal<Name, Payload, Reply, Refusal>,
  options: {
    readonly event: Event
    readonly handle: (state: In, payload: NoInfer<Payload>) => Effect.Effect<Event["Type"], NoInfer<Refusal>, R>
    readonly apply: (state: In, event: Event["Type"]) => Out
    readonly reply?: (state: In, event: Event["Type"]) => NoInfer<Reply>
  } & NeedsReply<Reply, [In, Out]>
): WIO<In, Out, never, R, In | Out> =>
  make<HandleSignal>({
    _tag: "HandleSignal",
    name: signal.name,
    signal,
    event: Codec.make(options.event),
    handle: options.handle as never,
    apply: options.apply as never,
    reply: (options.reply ?? (() => undefined)) as never
  }) as never
