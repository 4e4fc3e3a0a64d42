/**
 * `WIO`: a durable function from one state to the next, as an immutable value.
 *
 * Workflow authors build these with the constructors and combinators of this module; the interpreter, the renderer and
 * every other reading walk them through `Node`. Building one runs nothing and reads no clock.
 */
import type { Covariant, Contravariant } from "effect/Types"
import type { Pipeable } from "effect/Pipeable"
import type { TypeId } from "./internal/node.ts"

export type { Failure } from "./Failure.ts"
export type { Product, Leaves } from "./Product.ts"
export type { Ins, Outs, Settled, States } from "./nodes/Parallel.ts"
export type { Goto } from "./Goto.ts"
export type { ContinuesAs } from "./nodes/ContinueAsNew.ts"
export type { OnParentClose } from "./nodes/Child.ts"
export type { Unwritten } from "./nodes/Draft.ts"
export type { Items } from "./nodes/ForEach.ts"
export type { Step } from "./nodes/Gen.ts"
export type { Info } from "./nodes/Pure.ts"
export type { TimeoutOptions } from "./nodes/RunIO.ts"
export type { RetryPolicy } from "./RetryPolicy.ts"

export { pure, map, info } from "./nodes/Pure.ts"
export { fail } from "./nodes/Fail.ts"
export { runIO } from "./nodes/RunIO.ts"
export { handleSignal } from "./nodes/HandleSignal.ts"
export { await_ as await } from "./nodes/Await.ts"
export { query } from "./nodes/AnswerQuery.ts"
export { andThen } from "./nodes/AndThen.ts"
export { flatMap } from "./nodes/FlatMap.ts"
export { interruptWith } from "./nodes/InterruptWith.ts"
export { catch_ as catch, catchTag } from "./nodes/Catch.ts"
export { match } from "./nodes/Match.ts"
export { branch } from "./nodes/Branch.ts"
export { loop } from "./nodes/Loop.ts"
export { parallel } from "./nodes/Parallel.ts"
export { forEach } from "./nodes/ForEach.ts"
export { race, raceFirst } from "./nodes/Race.ts"
export { timeout } from "./nodes/Timeout.ts"
export { gen, step } from "./nodes/Gen.ts"
export { machine } from "./nodes/Machine.ts"
export { goto } from "./Goto.ts"
export { saga } from "./nodes/Saga.ts"
export { compensateWith } from "./nodes/Compensate.ts"
export { onCancel } from "./nodes/OnCancel.ts"
export { uncancellable } from "./nodes/Uncancellable.ts"
export { embed } from "./nodes/Embed.ts"
export { child } from "./nodes/Child.ts"
export { signalTo } from "./nodes/SignalTo.ts"
export { continueAsNew } from "./nodes/ContinueAsNew.ts"
export { sideEffect, now, uuid } from "./nodes/SideEffect.ts"
export { version } from "./nodes/Version.ts"
export { checkpoint } from "./nodes/Checkpoint.ts"
export { draft } from "./nodes/Draft.ts"

/**
 * A durable function from state `In` to state `Out`.
 *
 * `E` are the business failures it can end with, `R` the Effect services its steps need, and `State` every state it can
 * rest in on the way: what a query can see. All five are inferred from the steps.
 *
 * @example
 * ```ts
 * import type { WIO } from "@waymark/core"
 *
 * interface Draft { readonly text: string }
 * interface Published { readonly text: string; readonly url: string }
 *
 * export type Publish = WIO.WIO<Draft, Published, never, never, Draft | Published>
 * ```
 */
export interface WIO<in In, out Out, out E = never, out R = never, out State = Out> extends Pipeable {
  readonly [TypeId]: {
    readonly In: Contravariant<In>
    readonly Out: Covariant<Out>
    readonly E: Covariant<E>
    readonly R: Covariant<R>
    readonly State: Covariant<State>
  }
}

/** Any `WIO`, for constraints. */
// Not `WIO<never, …>`: as a constraint, that would be what `WIO.pure(() => 1)` infers its `In` from.
export interface Any extends Pipeable {
  readonly [TypeId]: object
}

/** The state a `WIO` starts from. Of several that may stand in one place, a state that each of them starts from. */
// Not distributive: of `WIO<A, …> | WIO<B, …>` nobody knows which it is, so it can only be given an `A & B`.
export type In<W> = [W] extends [WIO<infer A, infer _Out, infer _E, infer _R, infer _S>] ? A : never
/** The state a `WIO` ends in. */
export type Out<W> = W extends WIO<infer _In, infer A, infer _E, infer _R, infer _S> ? A : never
/** The business failures a `WIO` can end with. */
export type Error<W> = W extends WIO<infer _In, infer _Out, infer A, infer _R, infer _S> ? A : never
/** The Effect services the steps of a `WIO` need. */
export type Services<W> = W extends WIO<infer _In, infer _Out, infer _E, infer A, infer _S> ? A : never
/** Every state a `WIO` can rest in. */
export type State<W> = W extends WIO<infer _In, infer _Out, infer _E, infer _R, infer A> ? A : never
