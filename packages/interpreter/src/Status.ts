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
/**
 * Where an instance stands.
 *
 * - `running`: something runs, or is to be run; `waiting`: for a signal or an instant.
 * - `stuck`: an operator is wanted. A step gave up, or nothing more of it is started for another reason, which `Engine.status` tells.
 * - `set-aside`: a process that looked at it cannot read it, or its definition does not fit. No row says so, and no list: another
 *   process may host the right version, and claims it as what it is. Ask `Engine.status` of the process that logged it.
 * - `continued`: the present run is over, and the next one begins.
 * - `completed`, `failed`, `cancelled`, `terminated`: it has ended.
 */
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
