/** Why a workflow is no diagram, and what to do about it. */
import * as Schema from "effect/Schema"

/**
 * A workflow cannot be drawn as a diagram that is read again: `what` says why not. Mend it as `mend` says.
 *
 * @example
 * ```ts
 * import { Result, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Diagram } from "@waymark/render"
 *
 * const wait = WIO.await<number>("a day", { for: "1 day" })
 * const Days = Workflow.make("Days", {
 *   version: 1,
 *   input: Schema.Number,
 *   state: Schema.Number,
 *   body: WIO.loop("day by day", wait, { while: (days) => days > 0 })
 * })
 *
 * export const mend = Result.match(Diagram.of(Days), { onSuccess: () => "", onFailure: ({ mend }) => mend })
 * // put it into a state of a WIO.machine, or draw it with another syntax, such as "state"
 * ```
 */
export class NoDiagram extends Schema.TaggedError<NoDiagram>()("NoDiagram", {
  workflow: Schema.String,
  what: Schema.String,
  mend: Schema.String
}) {
  override get message(): string {
    return `the workflow "${this.workflow}" is no diagram: ${this.what}: ${this.mend}`
  }
}
