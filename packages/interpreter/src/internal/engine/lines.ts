/**
 * What thousands may ask of the journal at once, as when all that waits is signalled after a restart: each asks for itself, and those
 * that ask while answers are on their way to others share the next statement. Where the journal is out of reach, one loop tries
 * again for all of them. What a codec has encoded is decoded for each asker alone, so that one which cannot be read is
 * nobody else's trouble.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Event } from "../../Event.ts"
import type { Delivered, Find, Found, Instance, Journal, Noted, Release, Send, Sent, Waking } from "../../Journal.ts"
import { JournalError } from "../../JournalError.ts"
import * as Batch from "./batch.ts"
import { briefly, whileRetryable } from "./patience.ts"
import type { Encoders, Readers } from "./payloads.ts"

/** The journal without what goes through lines. */
export type Direct = Omit<Journal["Service"], "find" | "send" | "wake" | "sent">

/** A signal, by what names it. */
export type Asked = Pick<Send, "instance" | "id">

/** An instance as it is found; what may be encoded is decoded when it is asked for. */
export interface Opened {
  readonly instance: Instance
  /** A time, by the journal's clock, shortly before it was read. */
  readonly at: number
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
  /** Does so without a fiber; nothing where signals go through a codec first. What is heard still has to be read. */
  readonly post: Batch.Post<Send, Delivered, JournalError> | undefined
  /** Reads the answer to what was posted. */
  readonly posted: (asked: Asked, answer: Exit.Exit<Delivered, JournalError>) => Effect.Effect<Sent, JournalError>
  /** What became of a signal. */
  readonly sent: (asked: Asked) => Effect.Effect<Sent, JournalError>
  /** Finds an instance. It is impatient: after a few tries it fails, by an error that says whether more may help. */
  readonly find: (wanted: Find) => Effect.Effect<Option.Option<Opened>, JournalError>
  /** The row of an instance, and whether its end is watched from now on. */
  readonly watch: (id: string) => Effect.Effect<Instance | undefined, JournalError>
  /** Does so without a fiber. */
  readonly seek: Batch.Post<Find, Option.Option<Opened>, JournalError>
  /** Gives an instance back. */
  readonly release: (release: Release) => Effect.Effect<void>
}

/** How many instances are found by one statement at the most: as many have what was read of them in memory at once. */
export const FOUND = 128

/** How what a batch of signals wakes is taken over together with it. */
export interface WakeCall {
  readonly waking: Waking
  readonly take: (claimed: ReadonlyArray<Opened>) => void
  /** It was done, or has failed. */
  readonly over: () => void
}

export interface Setting {
  readonly journal: Journal["Service"]
  readonly owner: string
  readonly readers: Readers
  readonly encoders: Encoders | undefined
  /** What of a batch of signals may be taken over here; nothing where it wakes nobody. */
  readonly wakeCall: (batch: ReadonlyArray<Send>) => WakeCall | undefined
  /** Told of a signal that is stored, and whose sender was interrupted before he knew. */
  readonly unheard: (send: Pick<Send, "instance">) => void
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

export const make = ({ encoders, fork, journal, outliving, owner, readers, unheard, wakeCall }: Setting): Lines => {
  /** With a time that it is by then: asked for first, since what was done must not be taken for undone where the clock fails. */
  const dated = <A>(asked: Effect.Effect<A, JournalError>) => Effect.zip(journal.now, asked)
  /** Signals in whose way it stood that something was to be taken over with them: the next try only stores them. */
  const wasInTheWay = new WeakSet<Send>()
  const sendAll = (batch: ReadonlyArray<Send>): Effect.Effect<ReadonlyArray<Delivered>, JournalError> =>
    Effect.suspend(() => {
      const { wake } = journal
      if (wake === undefined) return journal.send(batch)
      const call = batch.some((send) => wasInTheWay.has(send)) ? undefined : wakeCall(batch)
      if (call === undefined) return journal.send(batch)
      const asked = dated(Effect.suspend(() => wake(batch, call.waking)))
      const woken = Effect.map(asked, ([at, { claimed, delivered }]) => {
        if (claimed.length > 0) call.take(claimed.map((found) => opened(found, at)))
        return delivered
      })
      return Effect.catch(Effect.ensuring(woken, Effect.sync(call.over)), (error) => {
        // One of them cannot be stored, or what is to be read with it cannot be had: the others are stored all the same.
        if (!error.retryable) return journal.send(batch)
        for (const send of batch) wasInTheWay.add(send)
        return Effect.fail(error)
      })
    })
  const sending: Batch.Writer<Send, Delivered, JournalError> = {
    largest: FOUND,
    write: sendAll,
    refused: Exit.failCause,
    unheard: (send, { _tag }) => {
      if (_tag === "Pending") unheard(send)
    }
  }
  const post = Batch.posting(sending, fork)
  const send = Batch.joining(post, { ...sending, prepare: encoders?.send })
  const sent = Batch.make<Asked, Sent, JournalError>({ write: journal.sent, refused: Exit.failCause }, fork)
  const finding: Batch.Writer<Find, Option.Option<Opened>, JournalError> = {
    write: (wanted) =>
      Effect.map(dated(journal.find(wanted)), ([at, found]) => found.map(Option.map((one) => opened(one, at)))),
    refused: Exit.failCause,
    patience: briefly,
    largest: FOUND
  }
  const seek = Batch.posting(finding, outliving)
  const watch = Batch.make<string, Instance | undefined, JournalError>(
    { write: (ids) => Effect.map(journal.watch(ids), (rows) => byId(ids, rows)), refused: Exit.failCause },
    fork
  )
  const release = Batch.make<Release, void>(
    { write: (batch) => Effect.as(journal.release(owner, batch), []), refused: () => Exit.void },
    fork
  )
  const readSent = ({ id, instance }: Asked, answer: Sent) => whileRetryable(readers.sent(instance, id, answer))
  const opened = ({ events, inbox, instance, notes }: Found, at: number): Opened => ({
    instance,
    at,
    notes: readers.notes(instance.id, notes),
    inbox: readers.inbox(inbox),
    pending: inbox.map(({ id }) => id),
    events: (skipped) => (events === null ? Effect.succeed(null) : readers.events(events.slice(skipped))),
    trace: events?.[0]?.trace
  })
  const posted: Lines["posted"] = (asked, answer) =>
    Effect.flatMap(Effect.flatMap(answer, stored), (sent) => readSent(asked, sent))
  return {
    send: (one) => Effect.flatMap(Effect.exit(send(one)), (answer) => posted(one, answer)),
    post: encoders === undefined ? post : undefined,
    posted,
    sent: (asked) => Effect.flatMap(sent(asked), (answer) => readSent(asked, answer)),
    find: Batch.joining(seek, finding),
    seek,
    watch,
    release
  }
}
