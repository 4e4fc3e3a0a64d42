/**
 * The journal: where instances, their events and their signals are kept. Stores implement this port, the engine uses it.
 *
 * Who is authoritative for what:
 *
 * - *Events* of an instance have one writer at a time. The writer is whoever claimed the instance last: a claim raises
 *   the instance's epoch, every append carries the epoch and the sequence it expects, and the store checks both in the
 *   statement that writes. Or it checks there that the owner has lost nothing since the writer had both from it (`LeaseToken`).
 * - *Ownership* says who runs an instance. An owner has one lease for all of its instances; when that lapses they are given
 *   back (`reap`) and others may claim them. By itself that spares work; it protects what rests on the lease's token.
 *   What nobody owns has an instant from which it may be claimed: at once where there is something to run, at its next
 *   timer or signal where it only waits. So instances that wait cost nobody anything.
 * - *Signals* are written by anybody, into an inbox beside the journal. Only the owner settles them, in the same atomic
 *   group as the event that consumed them. Every signal id stays known: in = consumed ∪ refused ∪ pending.
 * - *Notes* are hints of the writer to itself and its successors: what spares work, such as a snapshot. Where they and
 *   the journal differ the journal is right, and deleting them all changes no outcome. They are fenced by the epoch, as
 *   events are, so no stale writer writes over its successor's, and they are gone with the end.
 * - *Time* is `now`. Nothing else decides what is due.
 *
 * `@waymark/interpreter/testing` exports the conformance suite that every implementation passes.
 */
import type { Workflow } from "@waymark/core"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type { Event } from "./Event.ts"
import * as memory from "./internal/memoryJournal.ts"
import type { JournalError } from "./JournalError.ts"
import type { Status } from "./Status.ts"

export { isTerminal, Status } from "./Status.ts"
export { JournalError } from "./JournalError.ts"

/** The search attributes of an instance: plain values by which it can be listed. They are kept as they are, never encrypted. */
export type Attributes = Workflow.SearchAttributes

/** The row of an instance. Times are in whole milliseconds since the epoch. */
export interface Instance {
  readonly id: string
  readonly workflow: string
  readonly version: number
  readonly run: number
  readonly status: Status
  readonly epoch: number
  /** How many events the present run has: the next sequence number. */
  readonly length: number
  /** From when on somebody has to run it: 0 where there is something to do now; `null` where it only waits for signals. */
  readonly wakeAt: number | null
  /** How often it was taken from owners that were not heard of in time (`reap`), since anything was appended to it last. */
  readonly takeovers: number
  readonly createdAt: number
  /** When it was written last; the last events may be a second younger. */
  readonly updatedAt: number
  readonly attributes: Attributes
}

/**
 * A new instance, with the events of its start, at least one. Its first writer is `owner`, at epoch 1; where nobody is named
 * it can be claimed from its `wakeAt` on.
 *
 * `mark` is a UUID in lower case, made once by whoever asks. The answer to a creation may get lost: asked again with its mark it is known as
 * what began the instance's present life, and not taken for another one.
 */
export interface Create {
  readonly mark: string
  readonly id: string
  readonly workflow: string
  readonly version: number
  readonly events: ReadonlyArray<Event>
  readonly status: Status
  readonly wakeAt: number | null
  readonly attributes: Attributes
  readonly owner: string | null
}

/** The answer to `create`, for one instance of a batch. */
export type Created =
  /**
   * Its present life was begun by this very call, or by an earlier one with its mark. In that case it may have gone on since, to its end
   * even: a higher epoch than it was begun with says that it was claimed.
   */
  | { readonly _tag: "Created"; readonly instance: Instance }
  /** An instance that exists is left as it is; the `started` event with which its present life began tells of its input. */
  | { readonly _tag: "Exists"; readonly instance: Instance; readonly started: Event }
  /** The store cannot keep it; nothing was written. */
  | { readonly _tag: "Rejected"; readonly reason: string }

/** Which instances to take over: unfinished ones that nobody owns and that have something to do. */
export interface Claim {
  readonly owner: string
  /** Only instances of these workflows, started by this version or an older one. */
  readonly workflows: ReadonlyArray<{ readonly name: string; readonly version: number }>
  /** At most so many. */
  readonly limit: number
  /** Which first: those that have waited longest, those that were created last, or any. */
  readonly order: "oldest" | "newest" | "random"
  /** Only these, whether they have something to do or not. */
  readonly ids?: ReadonlyArray<string>
}

/** An instance that its writer gives back. One that has another owner or epoch by then is left as it is. */
export interface Release {
  readonly id: string
  readonly epoch: number
  /** From when on it may be claimed again, by the journal's clock; `null`: when a signal arrives. */
  readonly at: number | null
  /**
   * The ids of the pending signals that its writer knows of and that nothing waits for yet. Any other that is pending
   * makes it claimable at once: so a signal that arrives just now is not slept through.
   */
  readonly known: ReadonlyArray<string>
}

/**
 * What stands for as long as nothing was taken away from an owner since it got it: for stores that would rather write events only than the row of their instance with each
 * group. The store makes it, and makes none twice. Before `reap` or `retire` gives anything back it ends the owner's token: it waits for what is being written by it, and from
 * then on judges whatever comes with it by the row.
 */
export interface LeaseToken {
  readonly owner: string
  readonly token: string
}

/** How a signal ended: what its sender is answered. Encoded by the signal's schemas. */
export type Outcome =
  | { readonly _tag: "Consumed"; readonly reply: Schema.Json }
  | { readonly _tag: "Refused"; readonly error: Schema.Json }
  /** Several parts waited for it, and it named none of them. */
  | { readonly _tag: "Ambiguous"; readonly waiting: ReadonlyArray<string> }

/** A signal that a writer has dealt with. */
export interface Settlement {
  readonly id: string
  readonly outcome: Outcome
}

/**
 * One atomic group for one instance: its events, its row and the signals it settled, all or nothing. There may be no
 * events (a refusal journals none, nor does becoming stuck); such a group is not recognised when it is appended again. A
 * group that ends the instance deletes its notes. Any group is progress: it sets `takeovers` to 0.
 *
 * The next run begins with a group of its own: after one that leaves the status `continued`, with `run` one higher and
 * `expected` 0. A signal that is settled already keeps its first outcome.
 */
export interface Append {
  readonly instance: string
  readonly run: number
  readonly epoch: number
  /** The sequence number of the first event: how many there are before it. */
  readonly expected: number
  readonly events: ReadonlyArray<Event>
  readonly status: Status
  readonly wakeAt: number | null
  /** Its search attributes from now on; they stay as they are where this is left out. */
  readonly attributes?: Attributes
  readonly settled: ReadonlyArray<Settlement>
  /**
   * Only what its writer vouches for may come with a token: that it has made or claimed the instance while the token stood and given it to nobody, that the row says what this
   * group says, but for the length, and that there are `expected` events. There are events of a run that has begun, and nothing else: no settlements, messages or
   * attributes. As long as the token stands a store may take that for granted and leave the row alone; `updatedAt` then stays behind.
   */
  readonly leaseToken?: LeaseToken
  /**
   * Messages to other instances, which are stored with it as `send` stores them. One to an instance that has ended or is not
   * there, and one whose id is known, is dropped.
   */
  readonly sends?: ReadonlyArray<Send>
}

/**
 * The answer for one instance of a batch. A neighbour's answer never changes it.
 *
 * - `Appended`: durable; also where these very events (by id) were durable already.
 * - `Fenced`: somebody else claimed the instance, or it has ended; nothing was written.
 * - `Conflict`: the instance has another length than expected, or other events there, or the group's events consume a
 *   signal that was settled before; nothing was written.
 * - `Rejected`: the store cannot keep this group (its payload, a name, wrong numbering); nothing was written.
 *
 * An instance that isn't there is `Fenced` with epoch 0. `Store` has the rules in their order.
 */
export type Appended =
  | { readonly _tag: "Appended" }
  | { readonly _tag: "Fenced"; readonly epoch: number }
  | { readonly _tag: "Conflict"; readonly length: number }
  | { readonly _tag: "Rejected"; readonly reason: string }

/** A message for an instance. `id` makes sending it again harmless. */
export interface Send {
  readonly instance: string
  readonly id: string
  readonly name: string
  readonly payload: Schema.Json
  /** Which of several waiting parts it is for: a branch or item key. */
  readonly to?: string
  /**
   * The engine that sends it, by its owner's name: it wants to hear of the outcome, and claims by itself what the signal wakes, so a store need not tell it of
   * that.
   */
  readonly sender?: string
}

/** What became of a signal. */
export type Sent =
  /** Durable, and not dealt with yet. */
  | { readonly _tag: "Pending" }
  | { readonly _tag: "Settled"; readonly outcome: Outcome }
  /** The instance ended before it dealt with this signal. */
  | { readonly _tag: "Closed"; readonly status: Status }
  /** The id is that of another signal, sent before; nothing was stored. */
  | { readonly _tag: "Taken"; readonly name: string }
  /** No such instance (or, asked about a signal, no such signal). */
  | { readonly _tag: "Unknown" }

/** The answer to `send`, for one signal of a batch. */
export type Delivered =
  | Sent
  /** The store cannot keep it; nothing was stored. */
  | { readonly _tag: "Rejected"; readonly reason: string }

/** A small value beside an instance's journal, which its writer may change, and which may be lost. */
export interface Note {
  readonly instance: string
  readonly epoch: number
  readonly name: string
  /** What stands under the name from now on; `null` takes it away. */
  readonly value: Schema.Json | null
}

/** A note as it is found. */
export interface Noted {
  readonly name: string
  readonly value: Schema.Json
}

/** What is asked about an instance beside its row. What is left out is not asked. */
export interface Find {
  readonly id: string
  /** Its notes. */
  readonly notes?: boolean
  /** Its pending signals. */
  readonly inbox?: boolean
  /** The events of its present run from a sequence number on, where they are at most so many: more are read in pages. */
  readonly events?: { readonly from: number; readonly limit: number }
}

/** An instance as it is found, all of it as of one moment. */
export interface Found {
  readonly instance: Instance
  /** By name in the order of code points. */
  readonly notes: ReadonlyArray<Noted>
  /** In order of arrival; none once the instance has ended. */
  readonly inbox: ReadonlyArray<Send>
  /** The events in order; `null` where they were not asked for, are more than the limit, or too large to come with the answer. */
  readonly events: ReadonlyArray<Event> | null
}

/** Who takes over what signals wake, at most so many instances, and what is asked about those beside their rows. */
export interface Waking extends Pick<Claim, "owner" | "workflows" | "limit">, Omit<Find, "id"> {}

/** The answers to signals, in their order, and the instances that were taken over, as they are found. */
export interface Woken {
  readonly delivered: ReadonlyArray<Delivered>
  readonly claimed: ReadonlyArray<Found>
}

/** A page of events: those of a run from a sequence number on. */
export interface Page {
  readonly instance: string
  readonly run: number
  readonly from: number
  readonly limit: number
}

/** A place in a list: what comes after it has a later time (an earlier one where the order is descending), or the same and a greater id. */
export interface Cursor {
  readonly at: number
  readonly id: string
}

/** A span of time: from an instant on, to before another one, in milliseconds since the epoch. */
export interface Span {
  readonly from?: number
  readonly to?: number
}

/** Which instances to list. What is left out does not matter. */
export interface Listing {
  readonly workflow?: string
  readonly statuses?: ReadonlyArray<Status>
  readonly created?: Span
  readonly updated?: Span
  /** Each of them has to be equal. */
  readonly attributes?: Attributes
  readonly order: "created" | "updated"
  readonly descending: boolean
  readonly after?: Cursor
  readonly limit: number
}

/** Which instances to delete, with all that belongs to them: only ended ones. */
export interface Purge {
  readonly workflow?: string
  readonly statuses: ReadonlyArray<Status>
  /** Only those that were not changed since, in milliseconds since the epoch. */
  readonly before: number
  /** At most so many, the oldest first. */
  readonly limit: number
}

/** A hint that looking pays. Hints may be lost, repeated or late: whoever gets none looks now and then. */
export type Hint =
  /** A signal has arrived for an instance that the listener owns. */
  | { readonly _tag: "Signal"; readonly instance: string }
  /** An instance may be claimed. */
  | { readonly _tag: "Claimable" }
  /** An instance has ended that somebody watches. */
  | { readonly _tag: "Ended"; readonly instance: string }
  /** A signal has its outcome, which the listener has sent. */
  | { readonly _tag: "Settled"; readonly instance: string; readonly id: string }

/**
 * The port. All operations are safe to repeat, and safe to run from several processes at once where the store is.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Journal } from "@waymark/interpreter"
 *
 * const program = Effect.gen(function*() {
 *   const journal = yield* Journal
 *   return yield* journal.find([{ id: "w-1" }])
 * })
 *
 * export const none = program.pipe(Effect.provide(Journal.layerMemory))
 * ```
 */
export class Journal extends Context.Service<
  Journal,
  {
    /**
     * How often an engine looks for what nobody told it, in milliseconds, unless its options say otherwise: often where
     * other processes write, seldom where all that happens goes through engines of this one.
     */
    readonly poll: number
    /**
     * Whether appends are worked on beside this process, as a server does. Then an engine divides what it has at once between two of them: it
     * makes the groups of the one while the other is written. Where they are written in place that would only be more commits.
     */
    readonly isRemote?: boolean
    /** The one clock that decides what is due, in milliseconds since the epoch. */
    readonly now: Effect.Effect<number, JournalError>
    /**
     * Makes instances with their first events, at epoch 1, unless their ids are taken; answers in their order. Of two with
     * one id in a batch the first one is made. Asked again with the same mark, it changes nothing and answers `Created`.
     */
    readonly create: (batch: ReadonlyArray<Create>) => Effect.Effect<ReadonlyArray<Created>, JournalError>
    /**
     * Begins another run of an instance that has ended, where it still has this epoch: raises it, and its signals that are still
     * pending are forgotten. `Exists` where that is no longer so; `Created` where it was this mark that has begun its present life.
     */
    readonly reopen: (create: Create, epoch: number) => Effect.Effect<Created, JournalError>
    /**
     * The rows of instances, with as much else of each as is asked for; answers in their order, none for one that isn't
     * there. The events of an answer are `Store.FOUND_BYTES` at the most, whatever is asked.
     */
    readonly find: (wanted: ReadonlyArray<Find>) => Effect.Effect<ReadonlyArray<Option.Option<Found>>, JournalError>
    /** The rows of the instances that match, in order; fewer than `limit` means that there are no more. */
    readonly list: (listing: Listing) => Effect.Effect<ReadonlyArray<Instance>, JournalError>
    /** Deletes instances that have ended; answers how many. */
    readonly purge: (purge: Purge) => Effect.Effect<number, JournalError>
    /** Takes instances over: raises their epoch and makes them the owner's. Without `ids`, it may pass by one that is being written to. */
    readonly claim: (claim: Claim) => Effect.Effect<ReadonlyArray<Instance>, JournalError>
    /** When the next instance that nobody owns may be claimed which may not be yet; `null` where there is none. */
    readonly upcoming: Effect.Effect<number | null, JournalError>
    /**
     * Says that an owner lives, for so many milliseconds from now; an owner that never said so, or not for too long, loses its
     * instances to `reap`. Answers `false` where that has happened since the last time.
     */
    readonly renew: (owner: string, lease: number) => Effect.Effect<boolean, JournalError>
    /**
     * What an owner got when its lease was renewed, where the store knows such tokens and it stands as far as that is known. Whoever appends by it
     * gives an instance away only when no append of that is under way.
     */
    readonly leaseToken?: (owner: string) => LeaseToken | undefined
    /**
     * Gives back the instances of owners whose lease has lapsed, and counts that in their `takeovers`; answers how many. Those
     * that only wait can be claimed once they have something to do.
     */
    readonly reap: Effect.Effect<number, JournalError>
    /**
     * Which instances an owner has. One that the owner doesn't know of was claimed by a call whose answer got lost: it must be
     * released, or nobody ever runs it.
     */
    readonly held: (owner: string) => Effect.Effect<ReadonlyArray<Pick<Instance, "id" | "epoch">>, JournalError>
    /** Gives instances back. */
    readonly release: (owner: string, released: ReadonlyArray<Release>) => Effect.Effect<void, JournalError>
    /** Gives back all instances of an owner, which ends: those that only wait can be claimed once they have something to do. */
    readonly retire: (owner: string) => Effect.Effect<void, JournalError>
    /**
     * Appends groups of many instances, each whole or not at all, and those that nothing stands against in one commit; answers in their order. At most one group an
     * instance. Where it fails, what came with a token is done before anything else that its owner appends or gives back, or never.
     */
    readonly append: (batch: ReadonlyArray<Append>) => Effect.Effect<ReadonlyArray<Appended>, JournalError>
    /** Reads events in order; fewer than `limit` means that there are no more. */
    readonly read: (page: Page) => Effect.Effect<ReadonlyArray<Event>, JournalError>
    /**
     * Puts signals into the inboxes of instances, unless their ids are known already; answers in their order. Where nobody
     * owns an instance it can be claimed from then on. Of two with one id in a batch the first one is stored.
     */
    readonly send: (batch: ReadonlyArray<Send>) => Effect.Effect<ReadonlyArray<Delivered>, JournalError>
    /**
     * What `send` does, `claim` for those instances that a signal was newly stored for, and `find` for what was claimed, in any order: all
     * of it in one commit. What is not claimed is woken as by `send`. Where it fails nothing has happened, or its answer got lost: then nobody is
     * claimed by another try, and what was is among what the owner holds. Left out by a store where that is no faster; then an
     * engine does one after the other.
     */
    readonly wake?: (batch: ReadonlyArray<Send>, waking: Waking) => Effect.Effect<Woken, JournalError>
    /** What became of signals, in their order. */
    readonly sent: (
      asked: ReadonlyArray<Pick<Send, "instance" | "id">>
    ) => Effect.Effect<ReadonlyArray<Sent>, JournalError>
    /** Which instances that the owner holds have pending signals: the net below lost wake-ups. */
    readonly attention: (owner: string) => Effect.Effect<ReadonlyArray<string>, JournalError>
    /** The rows of those that are there, which from now on are watched: listeners hear of their end. */
    readonly watch: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Instance>, JournalError>
    /**
     * Tells an owner what other processes write, until it is interrupted; fails where the store has lost the line, and is
     * to be called again. A store that nobody else writes to may never tell anything.
     */
    readonly listen: (owner: string, hear: (hint: Hint) => void) => Effect.Effect<never, JournalError>
    /**
     * Writes notes of many instances in one commit; of several with one name the last one stays. Answers for each, in
     * their order, whether it was written: not where the instance has another epoch, has ended or isn't there. A note that
     * no store can keep fails the whole batch, and nothing is written.
     */
    readonly note: (batch: ReadonlyArray<Note>) => Effect.Effect<ReadonlyArray<boolean>, JournalError>
  }
>()("@waymark/interpreter/Journal") {
  /** A journal in memory, for tests and for work that may be lost. It lives as long as its layer. Time is Effect's `Clock`. */
  static readonly layerMemory: Layer.Layer<Journal> = Layer.effect(Journal, memory.make)
}
