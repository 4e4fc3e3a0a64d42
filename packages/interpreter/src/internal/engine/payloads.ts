/**
 * A journal whose payloads go through a codec: the engine's own, made once where it gets its journal. Stores know nothing of it.
 *
 * A value that cannot be read fails the operation with a `JournalError` that has the typed error as its cause, so that whoever
 * only waits for the journal need not know of codecs; `legible` gives that error to those who tell instances apart.
 */
import type { Schema } from "effect"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import { PayloadUnreadable } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import type { Append, Create, Created, Note, Noted, Outcome, Send, Sent, Settlement } from "../../Journal.ts"
import { JournalError } from "../../JournalError.ts"
import { PayloadCodecError, type PayloadCodec, type PayloadPlace } from "../../PayloadCodec.ts"
import { describe } from "../cause.ts"
import type { Direct } from "./lines.ts"

/** What is stored in the place of a value. */
interface Stored {
  readonly "~codec": string
  readonly data: string
}

const isStored = (json: unknown): json is Stored =>
  typeof json === "object" &&
  json !== null &&
  "~codec" in json &&
  typeof json["~codec"] === "string" &&
  "data" in json &&
  typeof json.data === "string" &&
  Object.keys(json).length === 2

const eventPlace = ({ instance, run, seq }: Event): PayloadPlace => ({ instance, item: `event ${run}.${seq}` })
const patchPlace = ({ instance, run, seq }: Event): PayloadPlace => ({ instance, item: `patch ${run}.${seq}` })
const signalPlace = (instance: string, id: string): PayloadPlace => ({ instance, item: `signal ${id}` })
const outcomePlace = (instance: string, id: string): PayloadPlace => ({ instance, item: `outcome ${id}` })
const notePlace = (instance: string, name: string): PayloadPlace => ({ instance, item: `note ${name}` })

/** One direction of a codec, over a single value. */
type Way = (json: Schema.Json, place: PayloadPlace) => Effect.Effect<Schema.Json, JournalError>

/** A codec that throws where it should fail is at fault for good. */
const orRefuse = <A>(effect: () => Effect.Effect<A, PayloadCodecError>): Effect.Effect<A, PayloadCodecError> =>
  Effect.catchDefect(Effect.suspend(effect), (cause) =>
    Effect.fail(new PayloadCodecError({ reason: `it threw: ${describe(cause)}`, retryable: false, cause }))
  )

const writing =
  (codec: PayloadCodec): Way =>
  (json, place) =>
    orRefuse(() => {
      const text: string | undefined = JSON.stringify(json)
      return text === undefined
        ? Effect.fail(new PayloadCodecError({ reason: "it is not JSON", retryable: false }))
        : codec.encode(text, place)
    }).pipe(
      Effect.map(({ data, key }) => ({ "~codec": key, data: Base64.encode(data) })),
      Effect.mapError((cause) => {
        const reason = `the PayloadCodec cannot encode ${place.item} of instance "${place.instance}": ${cause.message}`
        return new JournalError({ operation: "encode", reason, retryable: cause.retryable, cause })
      })
    )

const unreadable = ({ instance, item }: PayloadPlace, key: string, reason: string): JournalError => {
  const cause = new PayloadUnreadable({ instance, item, key, reason })
  return new JournalError({ operation: "decode", reason: cause.message, retryable: false, cause })
}

const reading =
  (codec: PayloadCodec | undefined): Way =>
  (json, place) => {
    if (!isStored(json)) return Effect.succeed(json)
    const { "~codec": key } = json
    const refuse = (reason: string) => Effect.fail(unreadable(place, key, reason))
    if (codec === undefined) return refuse("this engine has no PayloadCodec")
    const data = Base64.decode(json.data)
    if (Result.isFailure(data)) return refuse("it is no base64: it was damaged")
    return orRefuse(() => codec.decode({ key, data: data.success }, place)).pipe(
      Effect.mapError((cause) => {
        if (!cause.retryable) return unreadable(place, key, cause.message)
        const { message: reason } = cause
        return new JournalError({ operation: "decode", reason, retryable: true, cause })
      }),
      Effect.flatMap((text) => {
        try {
          return Effect.succeed(JSON.parse(text) as Schema.Json)
        } catch {
          return refuse("the PayloadCodec gives no JSON for it")
        }
      })
    )
  }

const event = (way: Way, event: Event): Effect.Effect<Event, JournalError> => {
  const payload = way(event.payload, eventPlace(event))
  const { patch } = event
  return patch === undefined
    ? Effect.map(payload, (payload) => ({ ...event, payload }))
    : Effect.zipWith(payload, way(patch, patchPlace(event)), (payload, patch) => ({ ...event, payload, patch }))
}

const events = (way: Way, all: ReadonlyArray<Event>): Effect.Effect<ReadonlyArray<Event>, JournalError> =>
  Effect.forEach(all, (one) => event(way, one))

const outcome = (way: Way, instance: string, id: string, outcome: Outcome): Effect.Effect<Outcome, JournalError> => {
  const place = outcomePlace(instance, id)
  switch (outcome._tag) {
    case "Consumed":
      return Effect.map(way(outcome.reply, place), (reply) => ({ ...outcome, reply }))
    case "Refused":
      return Effect.map(way(outcome.error, place), (error) => ({ ...outcome, error }))
    // Paths are names.
    case "Ambiguous":
      return Effect.succeed(outcome)
  }
}

const settlement = (way: Way, instance: string, { id, outcome: given }: Settlement) =>
  Effect.map(outcome(way, instance, id, given), (outcome) => ({ id, outcome }))

/** A message, whose id is its own in the inbox of the instance that it is for. */
const send = <S extends { readonly instance: string; readonly id: string; readonly payload: Schema.Json }>(
  way: Way,
  send: S
): Effect.Effect<S, JournalError> =>
  Effect.map(way(send.payload, signalPlace(send.instance, send.id)), (payload) => ({ ...send, payload }))

const group = (way: Way, append: Append): Effect.Effect<Append, JournalError> =>
  Effect.gen(function* () {
    const { instance, sends } = append
    const made = yield* events(way, append.events)
    const settled = yield* Effect.forEach(append.settled, (one) => settlement(way, instance, one))
    if (sends === undefined) return { ...append, events: made, settled }
    return { ...append, events: made, settled, sends: yield* Effect.forEach(sends, (one) => send(way, one)) }
  })

const begun = (way: Way, create: Create): Effect.Effect<Create, JournalError> =>
  Effect.map(events(way, create.events), (events) => ({ ...create, events }))

/** One of a batch that cannot be read stays as it is stored: its neighbours have their answers all the same. */
const orAsStored = <A>(read: Effect.Effect<A, JournalError>, stored: A): Effect.Effect<A, JournalError> =>
  Effect.catchIf(
    read,
    ({ cause }) => cause instanceof PayloadUnreadable,
    () => Effect.succeed(stored)
  )

const created = (way: Way, answer: Created): Effect.Effect<Created, JournalError> =>
  answer._tag === "Exists"
    ? orAsStored(
        Effect.map(event(way, answer.started), (started) => ({ ...answer, started })),
        answer
      )
    : Effect.succeed(answer)

const sent = (way: Way, instance: string, id: string, answer: Sent): Effect.Effect<Sent, JournalError> =>
  answer._tag === "Settled"
    ? Effect.map(outcome(way, instance, id, answer.outcome), (outcome) => ({ ...answer, outcome }))
    : Effect.succeed(answer)

const needsReading = ({ patch, payload }: Event): boolean => isStored(payload) || isStored(patch)

/** What makes of a single item what is stored of it. Each is encoded on its own: a codec that fails for one holds up no other. */
export interface Encoders {
  readonly append: (append: Append) => Effect.Effect<Append, JournalError>
  readonly create: (create: Create) => Effect.Effect<Create, JournalError>
  readonly note: (note: Note) => Effect.Effect<Note, JournalError>
  readonly send: (send: Send) => Effect.Effect<Send, JournalError>
}

/** Items of batches are encoded by those who put them into one. */
export const encoders = (codec: PayloadCodec | undefined): Encoders | undefined => {
  if (codec === undefined) return undefined
  const write = writing(codec)
  return {
    append: (append) => group(write, append),
    create: (create) => begun(write, create),
    note: (note) => {
      const { instance, name, value } = note
      if (value === null) return Effect.succeed(note)
      return Effect.map(write(value, notePlace(instance, name)), (value) => ({ ...note, value }))
    },
    send: (message) => send(write, message)
  }
}

/** What reads the answer for a single item of a batch, for whoever has asked: one that cannot be read fails nobody else. */
export interface Readers {
  readonly sent: (instance: string, id: string, answer: Sent) => Effect.Effect<Sent, JournalError>
  readonly notes: (instance: string, notes: ReadonlyArray<Noted>) => Effect.Effect<ReadonlyArray<Noted>, JournalError>
  readonly inbox: (inbox: ReadonlyArray<Send>) => Effect.Effect<ReadonlyArray<Send>, JournalError>
  readonly events: (events: ReadonlyArray<Event>) => Effect.Effect<ReadonlyArray<Event>, JournalError>
}

/** What reads as the codec does, or what no codec has written. */
export const readers = (codec: PayloadCodec | undefined): Readers => {
  const read = reading(codec)
  return {
    sent: (instance, id, answer) => sent(read, instance, id, answer),
    notes: (instance, notes) =>
      notes.some(({ value }) => isStored(value))
        ? Effect.forEach(notes, ({ name, value }) =>
            Effect.map(read(value, notePlace(instance, name)), (value) => ({ name, value }))
          )
        : Effect.succeed(notes),
    inbox: (inbox) =>
      inbox.some(({ payload }) => isStored(payload))
        ? Effect.forEach(inbox, (message) => send(read, message))
        : Effect.succeed(inbox),
    events: (found) => (found.some(needsReading) ? events(read, found) : Effect.succeed(found))
  }
}

/**
 * A journal whose payloads are read by a codec, and written by it as far as they come one by one; `encoders` and `readers` are for the
 * others.
 */
export const through = (journal: Direct, codec: PayloadCodec | undefined): Direct => {
  const read = reading(codec)
  const readable: Direct = {
    ...journal,
    create: (batch) =>
      Effect.flatMap(journal.create(batch), (answers) => Effect.forEach(answers, (answer) => created(read, answer))),
    reopen: (create, epoch) => Effect.flatMap(journal.reopen(create, epoch), (answer) => created(read, answer)),
    read: (page) => Effect.flatMap(journal.read(page), readers(codec).events)
  }
  if (codec === undefined) return readable
  const write = writing(codec)
  return {
    ...readable,
    reopen: (create, epoch) =>
      Effect.matchEffect(begun(write, create), {
        onSuccess: (create) => readable.reopen(create, epoch),
        onFailure: (error) =>
          error.retryable ? Effect.fail(error) : Effect.succeed({ _tag: "Rejected", reason: error.reason })
      })
  }
}

/** Why an event is as it is stored, where it is: it cannot be read. */
export const unread = (event: Event): PayloadUnreadable | undefined => {
  const { payload } = event
  if (!isStored(payload)) return undefined
  const reason = "this engine has no PayloadCodec that reads it"
  return new PayloadUnreadable({ ...eventPlace(event), key: payload["~codec"], reason })
}

/** Fails with the typed error where an operation failed because a value cannot be read. */
export const legible = <A, E, R>(
  effect: Effect.Effect<A, E | JournalError, R>
): Effect.Effect<A, E | JournalError | PayloadUnreadable, R> =>
  Effect.mapError(effect, (error) =>
    error instanceof JournalError && error.cause instanceof PayloadUnreadable ? error.cause : error
  )
