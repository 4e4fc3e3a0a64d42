/** What a running step may know of itself. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** Which step runs, for the how-manieth time. */
export interface Info {
  readonly instance: string
  readonly run: number
  readonly path: string
  readonly ordinal: number
  readonly step: string
  /** From 1. */
  readonly attempt: number
  /** Stable over attempts, restarts and machines: give it to whatever the effect talks to, and twice does no harm. */
  readonly idempotencyKey: string
}

/**
 * Where the engine puts the running step's `Info`; a test of a step puts one there itself.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Step } from "@waymark/core"
 *
 * const info = { instance: "o-1", run: 1, path: "", ordinal: 0, step: "charge", attempt: 1, idempotencyKey: "o-1/1//0" }
 * export const tested = Effect.runSync(Effect.provideService(Step.info, Step.Current, info))
 * ```
 */
export const Current: Context.Reference<Info | undefined> = Context.Reference("@waymark/core/Step/Current", {
  defaultValue: (): Info | undefined => undefined
})

/**
 * The running step: its identity, attempt and idempotency key. Use it inside `run`; elsewhere it is a defect.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Step, WIO } from "@waymark/core"
 *
 * export const charge = WIO.runIO("charge", {
 *   event: Schema.String,
 *   run: (_: number) => Effect.map(Step.info, ({ idempotencyKey }) => `charged under ${idempotencyKey}`),
 *   apply: (_, receipt) => receipt
 * })
 * ```
 */
export const info: Effect.Effect<Info> = Effect.flatMap(Effect.service(Current), (current) =>
  current === undefined
    ? Effect.die(new Error("Step.info: no step is running here. Read it inside the `run` of a WIO.runIO."))
    : Effect.succeed(current)
)
