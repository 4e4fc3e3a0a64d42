/** Waymark's runtime: the pure machine, the journal port and the engine. */
export * as Command from "./Command.ts"
export {
  CommandRejected,
  DefinitionThrew,
  JournalCorrupt,
  JournalMismatch,
  QueryNotAvailable
} from "./Errors.ts"
export * as Event from "./Event.ts"
export * as Execution from "./Execution.ts"
export * from "./Journal.ts"
export * as Pending from "./Pending.ts"
export * as Progress from "./Progress.ts"
export * as Store from "./Store.ts"
