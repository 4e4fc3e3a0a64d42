/** Waymark's runtime: the pure machine, the journal port and the engine. */
export * as Command from "./Command.ts"
export { Engine, type Limits, type Options, type RunOne, type Snapshots } from "./Engine.ts"
export * from "./Errors.ts"
export * as Event from "./Event.ts"
export * as Execution from "./Execution.ts"
// Named here too, so that a program which exports what a replay came to can name its type.
export type { RecoveryError } from "./Execution.ts"
export type * from "./Handle.ts"
export * from "./Journal.ts"
export type { Listed, ListOptions, Page as ListPage, PurgeOptions } from "./Listing.ts"
export * as Lint from "./Lint.ts"
// Named here too, so that a program which exports a layer of an engine can name its type.
export { LintFailed } from "./Lint.ts"
export * as Metrics from "./Metrics.ts"
export * from "./PayloadCodec.ts"
export * as Pending from "./Pending.ts"
export * as Progress from "./Progress.ts"
export * as Store from "./Store.ts"
