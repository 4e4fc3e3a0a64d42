/** Waymark's Postgres journal: for several processes, and for those who run Postgres already. */
export * as PgJournal from "./PgJournal.ts"
