/** Several workflows at once: the product of their states. */
import type * as Result from "effect/Result"
import * as Given from "../internal/given.ts"
import { make } from "../internal/node.ts"
import type { Stated } from "../internal/types.ts"
import type { Node } from "../Node.ts"
import type { Product } from "../Product.ts"
import type * as WIO from "../WIO.ts"

/** Branches side by side. */
export interface Parallel {
  readonly _tag: "Parallel"
  /** The branches in the order of declaration; keys that are whole numbers come first, as JavaScript orders them. */
  readonly branches: ReadonlyArray<{ readonly key: string; readonly body: Node }>
  readonly fork: (state: unknown) => Readonly<Record<string, unknown>>
  readonly join: ((outs: unknown, state: unknown) => unknown) | undefined
  /** Ends it early once it holds for the record of the branches' states. */
  readonly until: ((record: unknown) => boolean) | undefined
  readonly mode: "fail-fast" | "settle"
}

type Branches = Readonly<Record<string, WIO.Any>>

/** The record of what the branches start from. */
export type Ins<B extends Branches> = { readonly [K in keyof B]: WIO.In<B[K]> }
/** The record of what the branches end in. */
export type Outs<B extends Branches> = Product<{ readonly [K in keyof B]: WIO.Out<B[K]> }>
/** The record of where the branches rest. */
export type States<B extends Branches> = Product<{ readonly [K in keyof B]: WIO.State<B[K]> }>
/** The record of how the branches settled. */
export type Settled<B extends Branches> = Product<{
  readonly [K in keyof B]: Result.Result<WIO.Out<B[K]>, WIO.Error<B[K]>>
}>

/** Where it rests, and where it ends: the record that it ends in without a join is one of its branches' states. */
type Rests<B extends Branches, Out> = States<B> | Exclude<Out, Outs<B> | States<B>>

/** How the branches end: where none interrupts the others, that is a `Result` of each. */
type Ended<B extends Branches, Mode> = Mode extends "settle" ? Settled<B> : Outs<B>

/**
 * Runs branches side by side. The state in between is the record of the branches' states, so a query sees them move.
 *
 * `fork` says what each branch starts from (left out, the state before is that record already); `join` makes one state
 * of what they end in (left out, it is the record). The first typed failure interrupts the other branches; with
 * `mode: "settle"` none does, and there is a `Result` for each: without a `join` the workflow rests in the record of those, so its `state`
 * schema has to cover `Schema.Result(success, failure)`.
 *
 * With `until` it ends early: as soon as the condition holds for the record of the branches' states, which is looked
 * at after each event. The branches that have not ended then are given up, and `join` is given the states they had
 * reached.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * const wait = WIO.await<number>("wait", { for: "1 hour" })
 *
 * export const both = WIO.parallel(
 *   { left: wait, right: wait },
 *   { fork: (n: number) => ({ left: n, right: n + 1 }), join: ({ left, right }) => left + right }
 * )
 * ```
 *
 * @example
 * ```ts
 * import { Effect, Result, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 *
 * const ask = (name: string) =>
 *   WIO.runIO(name, {
 *     event: Schema.Number,
 *     error: Schema.Literal("no answer"),
 *     run: (_: number) => Effect.succeed(3),
 *     apply: (_, price) => price
 *   })
 *
 * const sides = { left: ask("left"), right: ask("right") }
 * const fork = (n: number) => ({ left: n, right: n })
 * const price = (answer: Result.Result<number, "no answer">) => Result.getOrElse(answer, () => Infinity)
 *
 * export const Prices = Workflow.make("Prices", {
 *   version: 1,
 *   input: Schema.Number,
 *   // The workflow ends in the record of the results.
 *   state: Schema.Union([Schema.Number, Schema.Result(Schema.Number, Schema.Literal("no answer"))]),
 *   body: WIO.parallel(sides, { mode: "settle", fork })
 * })
 *
 * export const Lowest = Workflow.make("Lowest", {
 *   version: 1,
 *   input: Schema.Number,
 *   state: Schema.Number,
 *   body: WIO.parallel(sides, {
 *     mode: "settle",
 *     fork,
 *     join: ({ left, right }) => Math.min(price(left), price(right))
 *   })
 * })
 * ```
 */
export const parallel: {
  <const B extends Branches, In = Ins<B>, Out = States<B>>(
    branches: B,
    options: {
      readonly until: (record: NoInfer<States<B>>) => boolean
      readonly fork?: (state: In) => NoInfer<Ins<B>>
      readonly join?: (record: NoInfer<States<B>>, state: NoInfer<In>) => Out
    }
  ): WIO.WIO<Stated<In>, Stated<Out>, WIO.Error<B[keyof B]>, WIO.Services<B[keyof B]>, Rests<B, Stated<Out>>>
  <const B extends Branches, In = Ins<B>, Mode extends Parallel["mode"] = "fail-fast", Out = Ended<B, Mode>>(
    branches: B,
    options?: {
      readonly mode?: Mode
      readonly fork?: (state: In) => NoInfer<Ins<B>>
      // `In` is what the fork starts from: were it inferred here, a join alone could ask for any state.
      readonly join?: (outs: NoInfer<Ended<B, Mode>>, state: NoInfer<In>) => Out
    }
  ): WIO.WIO<
    Stated<In>,
    Stated<Out>,
    Mode extends "settle" ? never : WIO.Error<B[keyof B]>,
    WIO.Services<B[keyof B]>,
    Rests<B, Stated<Out>>
  >
} = ((branches: Branches, options: Partial<Pick<Parallel, "fork" | "join" | "mode" | "until">> = {}) =>
  make<Parallel>({
    _tag: "Parallel",
    branches: Object.freeze(
      Given.entries("WIO.parallel", branches).map(([key, body]) => Object.freeze({ key, body: body as never }))
    ),
    fork: options.fork ?? ((state) => state as Readonly<Record<string, unknown>>),
    join: options.join,
    until: options.until,
    mode: options.mode ?? "fail-fast"
  })) as never
