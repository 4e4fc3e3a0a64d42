/** A part of a workflow that a signal or a timer may cut short. */
import { constructorOf, make } from "../internal/node.ts"
import { flatten } from "../internal/sequence.ts"
import type { Node } from "../Node.ts"
import type { WIO } from "../WIO.ts"

/** A node with what may cut it short. */
export interface InterruptWith {
  readonly _tag: "InterruptWith"
  readonly body: Node
  /** Starts with a `HandleSignal` or an `Await`: the trigger. What follows runs once it has fired. */
  readonly interruption: Node
}

/**
 * Runs the body until it ends or the interruption's trigger fires, whichever comes first. Then the body is given up,
 * its running effects are interrupted, and the rest of the interruption goes on from the state the trigger made.
 *
 * The interruption starts with one signal or timer. It may fire in any state of the body, so it must accept them all.
 *
 * @throws TypeError where the interruption starts with anything else.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * const body = WIO.await<number>("a long wait", { for: "30 days" })
 * const tooLate = WIO.await<number>("deadline", { for: "1 day" }).pipe(WIO.map(() => "too late" as const))
 *
 * export const bounded = body.pipe(WIO.interruptWith(tooLate))
 * ```
 */
export const interruptWith: {
  <In2, Out2, E2, R2, S2>(
    interruption: WIO<In2, Out2, E2, R2, S2>
  ): <In extends In2, Out, E, R, S extends In2>(
    self: WIO<In, Out, E, R, S>
  ) => WIO<In, Out | Out2, E | E2, R | R2, S | S2>
  <In extends In2, Out, E, R, S extends In2, In2, Out2, E2, R2, S2>(
    self: WIO<In, Out, E, R, S>,
    interruption: WIO<In2, Out2, E2, R2, S2>
  ): WIO<In, Out | Out2, E | E2, R | R2, S | S2>
} = ((...args: [Node] | [Node, Node]) => {
  const interruption = args.length === 2 ? args[1] : args[0]
  const trigger = flatten(interruption)[0] as Node
  if (trigger._tag !== "HandleSignal" && trigger._tag !== "Await") {
    throw new TypeError(
      `WIO.interruptWith: an interruption starts with WIO.handleSignal or WIO.await, this one with WIO.${constructorOf(trigger._tag)}. ` +
        `Put the signal or timer first and this part after it with WIO.andThen.`
    )
  }
  const around = (body: Node) => make<InterruptWith>({ _tag: "InterruptWith", body, interruption })
  return args.length === 2 ? around(args[0]) : around
}) as never
