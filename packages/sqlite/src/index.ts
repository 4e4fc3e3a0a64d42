/** Waymark's embedded journal: one file, one process, nothing to install or run. */
export { JournalLocked, JournalNotOpened, JournalTooNew } from "./errors.ts"
export * as SqliteJournal from "./SqliteJournal.ts"
