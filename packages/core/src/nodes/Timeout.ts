/** A limit to how long a part may take: `interruptWith` a timer. */
import { dual } from "effect/Function"
import { TimedOut } from "../Errors.ts"
import type { WIO } from "../WIO.ts"
import { andThen } from "./AndThen.ts"
import type { Timing } from "./Await.ts"
import { await_ } from "./Await.ts"
import { fail } from "./Fail.ts"
import { interruptWith } from "./InterruptWith.ts"

/**
 * Gives a part up when it takes too long, as `interruptWith` does with a timer: its running effects are interrupted, and what it had to undo is
 * undone. Then it fails with `TimedOut`, or goes on with `onTimeout`, which starts from the state that was reached.
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
  <S, In2, Out2, E2, R2, S2>(
    name: string,
    options: Timing<NoInfer<S>> & { readonly onTimeout: WIO<In2, Out2, E2, R2, S2> }
  ): <In extends In2, Out, E, R, State extends In2>(
    self: WIO<In, Out, E, R, State> & WIO<In, Out, E, R, S>
  ) => WIO<In, Out | Out2, E | E2, R | R2, State | S2>
  (
    name: string,
    options: Timing<unknown> & { readonly onTimeout?: undefined }
  ): <In, Out, E, R, State>(self: WIO<In, Out, E, R, State>) => WIO<In, Out, E | TimedOut, R, State>
  <In extends In2, Out, E, R, State extends In2, In2, Out2, E2, R2, S2>(
    self: WIO<In, Out, E, R, State>,
    name: string,
    options: Timing<NoInfer<In | State>> & { readonly onTimeout: WIO<In2, Out2, E2, R2, S2> }
  ): WIO<In, Out | Out2, E | E2, R | R2, State | S2>
  <In, Out, E, R, State>(
    self: WIO<In, Out, E, R, State>,
    name: string,
    options: Timing<NoInfer<In | State>> & { readonly onTimeout?: undefined }
  ): WIO<In, Out, E | TimedOut, R, State>
} = dual(3, (self: never, name: string, options: Timing<never> & { readonly onTimeout?: never }) => {
  const { onTimeout, ...timing } = options
  const rest = onTimeout ?? fail((_: never) => new TimedOut({ timer: name }), { name: "timed out" })
  return interruptWith(andThen(await_<never>(name, timing as never), rest as never))(self)
}) as never
