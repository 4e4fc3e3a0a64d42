/** The end of a journal and the beginning of a fresh one under the same id. */
import { make } from "../internal/node.ts"
import type { WIO } from "../WIO.ts"

/** The end of a journal and the beginning of a fresh one. */
export interface ContinueAsNew {
  readonly _tag: "ContinueAsNew"
  readonly input: (state: unknown) => unknown
}

/**
 * What `Workflow.make` checks: the input that a body continues with. It stands among the services, where everything that
 * is put around it lets it pass.
 */
export interface ContinuesAs<out Input> {
  readonly "~waymark/ContinuesAs": Input
}

/**
 * Ends this run and begins the next one with a fresh journal: the same instance, its signals kept, started with
 * `input`. Waiting callers follow. Use it where a workflow goes on for ever, so that its journal does not grow as
 * long.
 *
 * It stands in the main thread, not in a branch. What was completed is not undone any more. Children that are not waited for
 * belong to the run: they are closed by their policy, so those that are to go on are started with `abandon`.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * export const poller = WIO.await<number>("an hour", { for: "1 hour" }).pipe(
 *   WIO.andThen(WIO.continueAsNew((polled: number) => polled + 1))
 * )
 * ```
 */
export const continueAsNew = <In, Input>(input: (state: In) => Input): WIO<In, never, never, ContinuesAs<Input>, In> =>
  make<ContinueAsNew>({ _tag: "ContinueAsNew", input: input as never }) as never
