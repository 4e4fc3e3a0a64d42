/** Signals: putting them into inboxes, with or without taking over whom they wake, and what became of them. */
import type { Delivered, Found, Instance, Journal, JournalError, Send, Sent, Waking, Woken } from "@waymark/interpreter"
import { Store } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { SqlError } from "effect/sql/SqlError"
import type { Answers } from "./apart.ts"
import { writeApart } from "./apart.ts"
import type { Database } from "./database.ts"
import { toJournalError } from "./errors.ts"
import { foundOf, type FoundRow } from "./find.ts"
import { boolean, integer, integers, text, texts } from "./parameters.ts"
import * as statements from "./statements.ts"

/** How a signal and its instance stand. */
interface Row {
  readonly place: number
  readonly standing: Instance["status"]
  readonly outcome: string | null
}

/** The same once it is sent. */
interface Sending extends Row {
  readonly name: string | null
}

/** An instance that was taken over. */
interface Taken extends FoundRow {
  readonly place: null
}

/** A signal that can be stored, with its payload as text, and where its answer belongs. */
interface Entry {
  readonly place: number
  readonly send: Send
  readonly payload: string
}

const unknown: Sent = { _tag: "Unknown" }

const parametersOf = (entries: ReadonlyArray<Entry>): ReadonlyArray<unknown> => [
  texts(entries.map(({ send }) => send.instance)),
  texts(entries.map(({ send }) => send.id)),
  texts(entries.map(({ send }) => send.name)),
  texts(entries.map(({ send }) => send.to ?? null)),
  texts(entries.map(({ payload }) => payload)),
  texts(entries.map(({ send }) => send.sender ?? null))
]

const parametersOfWaking = ({ events, inbox, limit, notes, owner, workflows }: Waking): ReadonlyArray<unknown> => [
  text(owner),
  texts(workflows.map(({ name }) => name)),
  integers(workflows.map(({ version }) => version)),
  integer(limit),
  boolean(notes ?? false),
  boolean(inbox ?? false),
  integer(events?.from ?? null),
  integer(events?.limit ?? null),
  integer(Store.FOUND_BYTES)
]

const answersOf = (entries: ReadonlyArray<Entry>, rows: ReadonlyArray<Sending>): Answers<Delivered> =>
  new Map(
    rows.flatMap(({ name, outcome, place, standing }) => {
      // The database counts from 1 on.
      const entry = entries[place - 1]
      return entry === undefined ? [] : [[entry.place, Store.answerTo(entry.send, name, standing, outcome)] as const]
    })
  )

/** Answers each signal of a batch; one that is not JSON is refused alone. */
const answering = (
  batch: ReadonlyArray<Send>,
  write: (entries: ReadonlyArray<Entry>) => Effect.Effect<Answers<Delivered>, SqlError>
): Effect.Effect<ReadonlyArray<Delivered>, SqlError> => {
  const payloads = batch.map(Store.prepareSend)
  const entries = batch.flatMap((send, place) => {
    const payload = payloads[place]
    return payload !== undefined && Result.isSuccess(payload) ? [{ place, send, payload: payload.success }] : []
  })
  return Effect.map(write(entries), (answers) =>
    payloads.map((payload, place) =>
      Result.isFailure(payload) ? { _tag: "Rejected", reason: payload.failure } : (answers.get(place) ?? unknown)
    )
  )
}

/** Makes the operations. */
export const make = ({ query, run }: Database): Pick<Journal["Service"], "send" | "wake" | "sent"> => {
  const write = (entries: ReadonlyArray<Entry>): Effect.Effect<Answers<Delivered>, SqlError> =>
    Effect.map(run<Sending>(statements.send, parametersOf(entries)), (rows) => answersOf(entries, rows))

  const send = (batch: ReadonlyArray<Send>) => answering(batch, (entries) => writeApart(entries, write))

  /** All of them or none: what one of them is to blame for, `send` finds out. */
  const wake = (batch: ReadonlyArray<Send>, waking: Waking): Effect.Effect<Woken, SqlError> =>
    Effect.suspend(() => {
      const claimed: Array<Found> = []
      const delivered = answering(batch, (entries) => {
        if (entries.length === 0) return Effect.succeed(new Map())
        const parameters = [...parametersOf(entries), ...parametersOfWaking(waking)]
        return Effect.map(run<Sending | Taken>(statements.wake, parameters), (rows) => {
          const answers: Array<Sending> = []
          for (const row of rows) {
            if (row.place === null) claimed.push(foundOf(row))
            else answers.push(row)
          }
          return answersOf(entries, answers)
        })
      })
      return Effect.map(delivered, (delivered) => ({ delivered, claimed }))
    })

  const sent = Effect.fnUntraced(function* (
    asked: ReadonlyArray<Pick<Send, "instance" | "id">>
  ): Effect.fn.Return<ReadonlyArray<Sent>, JournalError> {
    if (asked.length === 0) return []
    const parameters = [
      integers(asked.map((_, place) => place)),
      texts(asked.map(({ instance }) => instance)),
      texts(asked.map(({ id }) => id))
    ]
    const rows = yield* query<Row>("sent", statements.sent, parameters)
    const known = new Map(rows.map(({ place, standing, outcome }) => [place, Store.sentOf(standing, outcome)]))
    return asked.map((_, place) => known.get(place) ?? unknown)
  })

  return {
    send: (batch) => Effect.mapError(send(batch), (error) => toJournalError("send", error)),
    wake: (batch, waking) => Effect.mapError(wake(batch, waking), (error) => toJournalError("wake", error)),
    sent
  }
}
