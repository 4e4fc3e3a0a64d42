/** What a worker is told when it starts, and what it says beyond the answers to what it is asked. */

/** Where instances live. */
export type Store =
  | {
      readonly _tag: "Postgres"
      /** The way to the journal, through whatever stands before it. */
      readonly url: string
      /** The straight way, for the ledger. */
      readonly ledger: string
      /** Whether the journal's statements are prepared; true where it is left out. */
      readonly prepare?: boolean
    }
  | { readonly _tag: "Sqlite"; readonly directory: string }

/** What a worker is started with. Times are in milliseconds. */
export interface Plan {
  /** Its name in the ledger: no two processes of a run have the same. */
  readonly process: string
  readonly store: Store
  readonly lease: number
  readonly poll: number
  readonly idle: number
  /** How long an effect takes at the most. */
  readonly latency: number
}

/** It got no time to run for a good part of a lease, for whatever reason. */
export interface Stall {
  readonly _tag: "Stall"
  readonly began: number
  readonly ended: number
}
