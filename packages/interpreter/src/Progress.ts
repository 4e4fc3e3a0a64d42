/** How far an execution has come, for each static node of its workflow: what pictures and status pages show. */

/** What has become of a node: ahead, being waited at, done, ended in a typed failure, or passed by for good. */
export type Status = "pending" | "current" | "done" | "failed" | "skipped"

/** One node's part in an execution. */
export interface Entry {
  readonly status: Status
  /** How often it was completed: more than once in loops. */
  readonly completed: number
  /** How often it ended in a typed failure. */
  readonly failed: number
}

/** Every static node by its address (`Node.address`), composites included. */
export type Progress = ReadonlyMap<string, Entry>
