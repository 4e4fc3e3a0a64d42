/** What an instance is given: what it needs of its engine, and where it goes on from. */
import type { RetryPolicy } from "@waymark/core"
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as Execution from "../../Execution.ts"
import type { JournalError } from "../../JournalError.ts"
import type { Appended, Attributes, Journal, LeaseToken, Note, Noted, Outcome, Send, Status } from "../../Journal.ts"
import type { Instance } from "./instance.ts"
import type * as Limits from "./limits.ts"
import type { Neighbours } from "./neighbours.ts"
import type { Observer } from "./observer.ts"
import type { Permits } from "./permits.ts"
import type { Policy } from "./snapshots.ts"

/** What an instance needs of its engine. */
export interface Host {
  readonly now: Journal["Service"]["now"]
  readonly retry: RetryPolicy.Resolved
  readonly audit: boolean
  readonly snapshots: Policy
  readonly limits: Limits.Resolved
  readonly observer: Observer
  readonly neighbours: Neighbours
  /** Ends once this process may begin anything at all. */
  readonly assured: Effect.Effect<void>
  /** Whether it may just now. */
  readonly isAssured: () => boolean
  /** Runs the effect of a step when there is a place for it. */
  readonly permits: Permits
  /** The search attributes of an execution, where its workflow declares some. */
  readonly attributes: (execution: Execution.Any) => Attributes | undefined
  /** Runs an effect with the services of the workflows, and others; it ends with the engine. */
  readonly fork: (
    effect: Effect.Effect<unknown, unknown, unknown>,
    services?: Context.Context<never>
  ) => Fiber.Fiber<unknown, unknown>
  /** A number from 0 to 1, another one each time. */
  readonly random: () => number
  /** What this process has by its lease just now, where the journal knows such tokens. */
  readonly leaseToken: () => LeaseToken | undefined
  /** The instance has something to say: it is to have a turn. */
  readonly turn: (instance: Instance) => void
  readonly note: (note: Note) => Effect.Effect<boolean, JournalError>
  /** `about` says more than which instance it is: the workflow, and the step where there is one. */
  readonly log: (
    level: "Warn" | "Error",
    instance: string,
    message: string,
    about?: Readonly<Record<string, string>>
  ) => void
  readonly alarm: (id: string, at: number | undefined) => void
  /** Events of an instance are on record. */
  readonly progressed: (instance: string) => void
  /** A message to another instance is durable. */
  readonly sent: (send: Send) => void
  /** Nothing is under way: it waits, or is stuck. So it is since an instant of the journal's clock. */
  readonly rested: (instance: Instance, now: number) => void
  /** A signal's outcome is durable. */
  readonly settled: (instance: string, signal: string, outcome: Outcome) => void
  /** The end is durable. */
  readonly ended: (instance: Instance) => void
  /** Is anything being read from the inbox that will be told to this instance? It may be older than what is settled here. */
  readonly hears: (instance: string) => boolean
  /** Somebody else owns the instance now, or the journal refuses it: it is live here no more. */
  readonly lost: (instance: Instance, why: Appended) => void
}

/** Where an instance goes on from: its execution, what a snapshot spared of its events, and what was noted of it. */
export interface Beginning {
  /** The search attributes that are on record. */
  readonly attributes: Attributes
  readonly execution: Execution.Any
  readonly epoch: number
  readonly spared?: number
  readonly notes?: ReadonlyArray<Noted>
  /** What its row says. */
  readonly status: Status
  /** What this process had before it was made or claimed here. */
  readonly leaseToken?: LeaseToken | undefined
  /** Why it was stuck where it was run last, although no step was given up. It goes on once somebody asks for it. */
  readonly failure?: string | undefined
  /** The trace that it was started in, where one is on record and somebody looks at traces. */
  readonly trace?: string | undefined
}
