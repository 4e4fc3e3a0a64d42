/** A limit to how long a part may take: `interruptWith` a timer. */
import { dual } from "effect/Function"
import { TimedOut } from "../Errors.ts"
import type { Stated } from "../internal/types.ts"
import type { WIO } from "../WIO.ts"
import { andThen } from "./AndThen.ts"
import type { Timing } from "./Await.ts"
import { timer } from "./Await.ts"
import { fail } from "./Fail.ts"
import { interruptWith } from "./InterruptWith.ts"

/** When, and what then; without `onTimeout` it fails. */
type Options<S, In2, Out2, E2, R2, S2> = Timing<S> & { readonly onTimeout?: WIO<In2, Out2, E2, R2, S2> }

/** What the compiler shows where a limit is computed from a state that the part does not always have. */
interface NotComputed<State> {
  readonly "the limit is not computed from the state": State
}

/**
 * Demands that a computed limit reads every state of the part. Where it says nothing of them itself, they are taken
 * from the part: that is what `W` is for, since a conditional type is inferred to through its branches.
 */
type Reads<State, I, S, W> = [State] extends [I | S] ? unknown : NotComputed<Exclude<State, I | S>> & W

/**
 * Gives a part up when it takes too long, as `interruptWith` does with a timer: its running effects are interrupted,
 * and what it had to undo is undone. Then it fails with `TimedOut` (of this package), which is to be handled or named in
 * the workflow's `error` schema, or goes on with `onTimeout`, which starts from the state that was reached.
 *
 * The limit is kept across restarts. For how long a single attempt of a step may take, see `timeouts` of `runIO`.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * const delivery = WIO.await<number>("delivery", { for: "3 days" })
 *
 * export const limited = delivery.pipe(WIO.timeout("too late", { for: "2 days" }))
 * export const anyway = delivery.pipe(
 *   WIO.timeout("too late", { for: "2 days", onTimeout: WIO.pure((n: number) => n + 1) })
 * )
 * ```
 */
export const timeout: {
  <I = never, S = unknown, In2 = unknown, Out2 = never, E2 = TimedOut, R2 = never, S2 = never>(
    name: string,
    options: Options<I | S, In2, Out2, E2, R2, S2>
  ): <In extends In2, Out, E, R, State extends In2>(
    self: WIO<In, Out, E, R, State> & Reads<In | State, I, S, WIO<I, Out, E, R, S>>
  ) => WIO<In, Out | Stated<Out2>, E | Stated<E2>, R | Stated<R2>, State | Stated<S2>>
  <In extends In2, Out, E, R, State extends In2, In2 = unknown, Out2 = never, E2 = TimedOut, R2 = never, S2 = never>(
    self: WIO<In, Out, E, R, State>,
    name: string,
    options: Options<NoInfer<In | State>, In2, Out2, E2, R2, S2>
  ): WIO<In, Out | Stated<Out2>, E | Stated<E2>, R | Stated<R2>, State | Stated<S2>>
} = dual(3, (self: never, name: string, options: Options<never, never, unknown, unknown, unknown, unknown>) => {
  const { onTimeout, ...timing } = options
  const rest = onTimeout ?? fail((_: never) => new TimedOut({ timer: name }), { name: "timed out" })
  return interruptWith(andThen(timer("WIO.timeout", name, timing) as never, rest as never))(self)
}) as never
