/** Where an instance stands. The engine decides it, the journal's row of the instance says it. */
import * as Schema from "effect/Schema"

/** Where an instance stands, as its row says it. */
export const Status = Schema.Literals([
  "running",
  "waiting",
  "stuck",
  "paused",
  "set-aside",
  "completed",
  "failed",
  "cancelled",
  "terminated",
  "continued"
])
/** Where an instance stands. */
export type Status = typeof Status.Type

/**
 * Statuses that nothing follows: an instance that has one takes no event and no signal any more.
 *
 * @example
 * ```ts
 * import { isTerminal } from "@waymark/interpreter"
 *
 * export const over = [isTerminal("completed"), isTerminal("stuck")] // [true, false]
 * ```
 */
export const isTerminal = (status: Status): boolean =>
  status === "completed" || status === "failed" || status === "cancelled" || status === "terminated"
