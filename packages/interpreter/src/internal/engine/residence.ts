/** What a process is to its instances: with which options it runs them, and what its engine asks of them. */
import type { RetryPolicy, Workflow } from "@waymark/core"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Result from "effect/Result"
import type { EngineStopped } from "../../Errors.ts"
import type * as Execution from "../../Execution.ts"
import type { Claim, Created, Instance as Row, Journal, Outcome, Send, Sent } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import type { Misfit } from "./aside.ts"
import type { Stay } from "./departures.ts"
import type { Instance } from "./instance.ts"
import type * as Limits from "./limits.ts"
import type { Lines } from "./lines.ts"
import type { Observer } from "./observer.ts"
import type { Encoders, Readers } from "./payloads.ts"
import type { Concurrency } from "./permits.ts"
import type { Presence } from "./presence.ts"
import type { Policy } from "./snapshots.ts"
import type { Waiters } from "./waiters.ts"

export interface Options extends Concurrency {
  readonly workflows: ReadonlyArray<Workflow.Any>
  /** How long this process keeps its instances when it is not heard of, in milliseconds. */
  readonly lease: number
  /** How often it looks for what nobody told it, in milliseconds. */
  readonly poll: number
  readonly retry: RetryPolicy.Resolved
  readonly snapshots: Policy
  /** Whether each event is kept with what it did to the state. */
  readonly audit: boolean
  readonly limits: Limits.Resolved
  readonly observer: Observer
  /** How many instances are live at the most. */
  readonly resident: number
  /** How long one that only waits stays in memory. */
  readonly idle: Stay
  /** How often an instance may be taken from processes that died, with nothing appended meanwhile. */
  readonly takeovers: number
  /** How long a shutdown lets effects run on, in milliseconds. */
  readonly grace: number
  /** The journal as it is, for what many ask together. */
  readonly stored: Journal["Service"]
  /** What makes of items of a batch what is stored of them, where payloads go through a codec. */
  readonly encoders: Encoders | undefined
  /** What reads the answers for single items of a batch. */
  readonly readers: Readers
  /** Whether instances run only when they are told to. */
  readonly isManual: boolean
}

/** The instances of this process, for the operations of its engine. */
export interface Residents {
  /** The workflows that may live here, by name. */
  readonly hosted: ReadonlyMap<string, Workflow.Any>
  readonly owner: string
  /** Until when callers are answered. */
  readonly presence: Presence
  readonly live: ReadonlyMap<string, Instance>
  /** Whether an instance was set aside here: nothing of it ran. */
  readonly wasSetAside: (id: string) => boolean
  /** Why it was; nothing once somebody else has claimed it since, who may know its definition. */
  readonly misfitOf: (row: Pick<Row, "id" | "epoch">) => Misfit | undefined
  /** Who waits for the end of an instance. */
  readonly results: Waiters<Result.Result<unknown, unknown>>
  /** Who waits for the outcome of a signal, by its id. */
  readonly replies: Waiters<Outcome>
  /** Creates an instance; where it was not there before and there is room, it is live here. */
  readonly create: (begun: Execution.Step<Execution.Any>, mayLiveHere: boolean) => Effect.Effect<Created>
  /** Begins another run of an instance that has ended, with this epoch. */
  readonly reopen: (
    begun: Execution.Step<Execution.Any>,
    epoch: number,
    mayLiveHere: boolean
  ) => Effect.Effect<Created, JournalError>
  /** What many ask of the journal together. */
  readonly lines: Lines
  /** Takes an instance over that nobody owns; in the background. */
  readonly takeOver: (id: string) => void
  /** Stores a signal and tells its instance where that is live here. */
  readonly deliver: (send: Send) => Effect.Effect<Sent, JournalError>
  /** Does so without a fiber; nothing where signals go through a codec first. */
  readonly post: Lines["post"]
  /** Runs one instance that has something to do until it rests, or for so long; gives it back, and says which it was. */
  readonly runOne: (
    claim: Pick<Claim, "workflows" | "order">,
    limit: number
  ) => Effect.Effect<Option.Option<string>, EngineStopped | JournalError>
  /** Claims nothing any more and starts no effect; once nothing runs, or time is up, everything ends. A second call ends it at once. */
  readonly shutdown: Effect.Effect<void>
}
