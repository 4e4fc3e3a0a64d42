/** Waymark's embedded journal: one file, one process, nothing to install or run. */
export * as SqliteJournal from "./SqliteJournal.ts"
