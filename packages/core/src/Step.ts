/** What a running step may know of itself, report, and say of its errors. */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { format } from "effect/Formatter"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"

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
  /** When this attempt started, in milliseconds since the epoch, by the journal's clock. */
  readonly now: number
  /** What the last heartbeat said, of this attempt or of one before it. */
  readonly details: Schema.Json | undefined
}

/**
 * Where the engine puts the running step's `Info`; a test of a step puts one there itself.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Step } from "@waymark/core"
 *
 * const info: Step.Info = {
 *   instance: "o-1", run: 0, path: "", ordinal: 0, step: "charge", attempt: 1, idempotencyKey: "o-1/0/0", now: 0, details: undefined
 * }
 * export const tested = Effect.runSync(Effect.provideService(Step.info, Step.Current, info))
 * ```
 */
export const Current: Context.Reference<Info | undefined> = Context.Reference("@waymark/core/Step/Current", {
  defaultValue: (): Info | undefined => undefined
})

/**
 * Where the engine puts what takes the running step's heartbeats. Without an engine they go nowhere; a test may listen.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Step } from "@waymark/core"
 *
 * const heard: Array<unknown> = []
 * const listen = (details: unknown) => Effect.sync(() => heard.push(details)).pipe(Effect.asVoid)
 * Effect.runSync(Step.heartbeat(3).pipe(Effect.provideService(Step.Heartbeats, listen)))
 * export const last = heard // [3]
 * ```
 */
export const Heartbeats: Context.Reference<(details: Schema.Json | undefined) => Effect.Effect<void>> =
  Context.Reference("@waymark/core/Step/Heartbeats", {
    defaultValue: () => (_: Schema.Json | undefined) => Effect.void
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

/**
 * Says that the running step is alive, and how far it is. It goes on once that is durable: should this process die
 * now, the next attempt finds these details in `Step.info`. They are no event and leave no trail; only the last ones
 * are kept.
 *
 * Use it in long effects: with `timeouts: { heartbeat: … }` one that is silent for too long is interrupted and tried
 * again.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Step, WIO } from "@waymark/core"
 *
 * const copy = (page: number) => Effect.succeed(page)
 *
 * export const copyAll = WIO.runIO("copy all", {
 *   event: Schema.Number,
 *   run: (pages: number) =>
 *     Effect.gen(function*() {
 *       const { details } = yield* Step.info
 *       for (let page = Number(details ?? 0); page < pages; page++) {
 *         yield* copy(page)
 *         yield* Step.heartbeat(page + 1)
 *       }
 *       return pages
 *     }),
 *   apply: (_, copied) => copied,
 *   timeouts: { heartbeat: "30 seconds" }
 * })
 * ```
 */
export const heartbeat = (details?: Schema.Json): Effect.Effect<void> =>
  Effect.flatMap(Effect.service(Heartbeats), (beat) => beat(details))

/** What an error says about trying again. */
export type Advice = { readonly _tag: "DoNotRetry" } | { readonly _tag: "RetryAfter"; readonly millis: number }

/** Kept beside the errors, so that their types and what is written down of them stay as they are. */
const advice = new WeakMap<object, Advice>()

const advise = <E extends object>(error: E, given: Advice): E => {
  advice.set(error, given)
  return error
}

/**
 * Says of an error, or of what an effect dies with, that trying again makes no sense: the retry policy is not asked.
 *
 * A typed failure is then the step's failure at once; a defect leaves the instance stuck at once.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Step } from "@waymark/core"
 *
 * export const run = Effect.die(Step.doNotRetry(new Error("the account is closed")))
 * ```
 */
export const doNotRetry = <E extends object>(error: E): E => advise(error, { _tag: "DoNotRetry" })

/**
 * Says of an error when to try again, in place of the wait that the retry policy gives. The policy still counts the
 * attempts.
 *
 * @throws RangeError where the wait is no finite length.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Step } from "@waymark/core"
 *
 * export const run = Effect.die(Step.retryAfter(new Error("too many requests"), "30 seconds"))
 * ```
 */
export const retryAfter = <E extends object>(error: E, wait: Duration.Input): E => {
  const millis = Option.getOrUndefined(Option.map(Duration.fromInput(wait), Duration.toMillis))
  // Effect reads NaN as no time at all; here it is a mistake.
  if (millis === undefined || !Number.isFinite(millis) || Number.isNaN(wait)) {
    throw new RangeError(`Step.retryAfter: the wait is ${format(wait)}: give a finite length like "30 seconds"`)
  }
  return advise(error, { _tag: "RetryAfter", millis })
}

/**
 * What an error says about trying again: for whoever runs steps.
 *
 * @example
 * ```ts
 * import { Step } from "@waymark/core"
 *
 * export const said = Step.adviceOf(Step.doNotRetry(new Error("no"))) // { _tag: "DoNotRetry" }
 * ```
 */
export const adviceOf = (error: unknown): Advice | undefined =>
  typeof error === "object" && error !== null ? advice.get(error) : undefined
