/**
 * What thousands may ask of the journal at once, as when all that waits is signalled after a restart: each asks for itself, and those
 * that ask while answers are on their way to others share the next statement. Where the journal is out of reach, one loop tries
 * again for all of them. What a codec has encoded is decoded for each asker alone, so that one which cannot be read is
 * nobody else's trouble.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Event } from "../../Event.ts"
import type { Claim, Delivered, Find, Found, Instance, Journal, Noted, Release, Send, Sent } from "../../Journal.ts"
import { JournalError } from "../../JournalError.ts"
import * as Batch from "./batch.ts"
import { briefly, whileRetryable } from "./patience.ts"
import type { Tenure } from "./lease.ts"
import type { Encoders, Readers } from "./payloads.ts"

/** The journal without what goes through lines. */
export type Direct = Omit<Journal["Service"], "find" | "send" | "sent">

/** A signal, by what names it. */
export type Asked = Pick<Send, "instance" | "id">

/** An instance as it is found; what may be encoded is decoded when it is asked for. */
export interface Opened {
  readonly instance: Instance
  readonly notes: Effect.Effect<ReadonlyArray<Noted>, JournalError>
  readonly inbox: Effect.Effect<ReadonlyArray<Send>, JournalError>
  /** The ids of its pending signals, whether they can be read here or not. */
  readonly pending: ReadonlyArray<string>
  /** From one of those that were asked for on: what is not needed need not be readable. */
  readonly events: (skipped: number) => Effect.Effect<ReadonlyArray<Event> | null, JournalError>
  /** The trace context with which the first of the events was written. */
  readonly trace: string | undefined
}

export interface Lines {
  /** Puts a signal into an inbox. */
  readonly send: (send: Send) => Effect.Effect<Sent, JournalError>
  /** What became of a signal. */
  readonly sent: (asked: Asked) => Effect.Effect<Sent, JournalError>
  /** Finds an instance. It is impatient: after a few tries it fails, by an error that says whether more may help. */
  readonly find: (wanted: Find) => Effect.Effect<Option.Option<Opened>, JournalError>
  /** The row of an instance, and whether its end is watched from now on. */
  readonly watch: (id: string) => Effect.Effect<Instance | undefined, JournalError>
  /** Takes an instance over. */
  readonly claim: (id: string) => Effect.Effect<Claimed | undefined, JournalError>
  /** Gives an instance back. */
  readonly release: (release: Release) => Effect.Effect<void>
}

/** An instance that was taken over, and what this process had by then: with something else it is not its own any more. */
export interface Claimed {
  readonly row: Instance
  readonly tenure: Tenure
}

/** How many instances are found or claimed by one statement at the most: as many have what was read of them in memory at once. */
const FOUND = 64

export interface Setting {
  readonly journal: Journal["Service"]
  readonly owner: string
  readonly workflows: Claim["workflows"]
  readonly readers: Readers
  readonly encoders: Encoders | undefined
  /** For how many that are to be claimed there is room. */
  readonly room: () => number
  /** Told where some were not claimed for want of room. */
  readonly crowded: () => void
  /** Told of a signal that is stored, and whose sender was interrupted before he knew. */
  readonly unheard: (send: Pick<Send, "instance">) => void
  /** What this process has; nothing where it claims no more. */
  readonly tenure: () => Tenure | undefined
  /** Runs what ends with the engine. */
  readonly fork: (effect: Effect.Effect<void>) => void
  /** Runs what does not: an engine that has stopped still tells how instances stand. */
  readonly outliving: (effect: Effect.Effect<void>) => void
}

const byId = (ids: ReadonlyArray<string>, rows: ReadonlyArray<Instance>): ReadonlyArray<Instance | undefined> => {
  const found = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => found.get(id))
}

const stored = (delivered: Delivered): Effect.Effect<Sent, JournalError> =>
  delivered._tag === "Rejected"
    ? Effect.fail(new JournalError({ operation: "send", reason: delivered.reason, retryable: false }))
    : Effect.succeed(delivered)

export const make = ({
  crowded,
  encoders,
  fork,
  journal,
  outliving,
  owner,
  readers,
  room,
  tenure,
  unheard,
  workflows
}: Setting): Lines => {
  const send = Batch.make<Send, Delivered, JournalError>(
    {
      prepare: encoders?.send,
      write: journal.send,
      refused: Effect.failCause,
      unheard: (send, { _tag }) => {
        if (_tag === "Pending") unheard(send)
      }
    },
    fork
  )
  const sent = Batch.make<Asked, Sent, JournalError>({ write: journal.sent, refused: Effect.failCause }, fork)
  const find = Batch.make<Find, Option.Option<Found>, JournalError>(
    { write: journal.find, refused: Effect.failCause, patience: briefly, largest: FOUND },
    outliving
  )
  const watch = Batch.make<string, Instance | undefined, JournalError>(
    { write: (ids) => Effect.map(journal.watch(ids), (rows) => byId(ids, rows)), refused: Effect.failCause },
    fork
  )
  const claimAll = (asked: ReadonlyArray<string>) =>
    Effect.suspend(() => {
      // Of now: whoever asks may have waited for long.
      const held = tenure()
      const all = Array.from(new Set(asked))
      const wanted = held === undefined ? [] : all.slice(0, room())
      if (held !== undefined && wanted.length < all.length) crowded()
      if (held === undefined || wanted.length === 0) return Effect.succeed(asked.map(() => undefined))
      const claim = { owner, workflows, limit: wanted.length, order: "oldest", ids: wanted } as const
      return Effect.map(journal.claim(claim), (rows) => {
        const found = new Map(rows.map((row) => [row.id, { row, tenure: held }]))
        // Of several who ask for one the first has it.
        return asked.map((id) => {
          const claimed = found.get(id)
          found.delete(id)
          return claimed
        })
      })
    })
  const claim = Batch.make<string, Claimed | undefined, JournalError>(
    { write: claimAll, refused: Effect.failCause, largest: FOUND },
    fork
  )
  const release = Batch.make<Release, void>(
    { write: (batch) => Effect.as(journal.release(owner, batch), []), refused: () => Effect.void },
    fork
  )
  const readSent = ({ id, instance }: Asked, answer: Sent) => whileRetryable(readers.sent(instance, id, answer))
  const opened = ({ events, inbox, instance, notes }: Found): Opened => ({
    instance,
    notes: readers.notes(instance.id, notes),
    inbox: readers.inbox(inbox),
    pending: inbox.map(({ id }) => id),
    events: (skipped) => (events === null ? Effect.succeed(null) : readers.events(events.slice(skipped))),
    trace: events?.[0]?.trace
  })
  return {
    send: (one) => Effect.flatMap(Effect.flatMap(send(one), stored), (answer) => readSent(one, answer)),
    sent: (asked) => Effect.flatMap(sent(asked), (answer) => readSent(asked, answer)),
    find: (wanted) => Effect.map(find(wanted), Option.map(opened)),
    watch,
    claim,
    release
  }
}
