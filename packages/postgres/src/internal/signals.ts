/** Signals: putting them into inboxes, and what became of them. */
import type { Delivered, Found, Instance, Journal, JournalError, Send, Sent, Waking, Woken } from "@waymark/interpreter"
import { Store } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { SqlError } from "effect/sql/SqlError"
import { writeApart } from "./apart.ts"
import type { Database } from "./database.ts"
import { toJournalError } from "./errors.ts"
import { foundOf, type FoundRow } from "./find.ts"
import { boolean, integer, integers, text, texts } from "./parameters.ts"
import * as statements from "./statements.ts"

/** How a signal and its instance stand. */
interface Row {
  readonly place: number
  readonly status: Instance["status"]
  readonly outcome: string | null
}

/** How they stand once it is sent. */
interface Sending {
  readonly place: number
  readonly standing: Instance["status"]
  readonly name: string | null
  readonly outcome: string | null
}

/** An instance that was taken over. */
interface Taken extends FoundRow {
  readonly place: null
  readonly standing: null
  readonly name: null
  readonly outcome: null
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

/** Makes the operations. */
export const make = ({ query, run }: Database): Pick<Journal["Service"], "send" | "wake" | "sent"> => {
  /** What was taken over goes to `claimed`. */
  const write = (entries: ReadonlyArray<Entry>, claimed: Array<Found>, waking: Waking | undefined) => {
    const rows =
      waking === undefined
        ? run<Sending>(statements.send, parametersOf(entries))
        : run<Sending | Taken>(statements.wake, [
            ...parametersOf(entries),
            ...parametersOfWaking({ ...waking, limit: waking.limit - claimed.length })
          ])
    return Effect.map(rows, (rows) => {
      const answers = new Map<number, Delivered>()
      for (const row of rows) {
        // The database counts from 1 on.
        if (row.place === null) {
          const { name: _1, outcome: _2, place: _3, standing: _4, ...found } = row
          claimed.push(foundOf(found))
          continue
        }
        const entry = entries[row.place - 1]
        if (entry !== undefined)
          answers.set(entry.place, Store.answerTo(entry.send, row.name, row.standing, row.outcome))
      }
      return answers
    })
  }

  const deliver = Effect.fnUntraced(function* (
    batch: ReadonlyArray<Send>,
    waking?: Waking
  ): Effect.fn.Return<Woken, SqlError> {
    const payloads = batch.map(Store.prepareSend)
    const entries = batch.flatMap((send, place) => {
      const payload = payloads[place]
      return payload !== undefined && Result.isSuccess(payload) ? [{ place, send, payload: payload.success }] : []
    })
    const claimed: Array<Found> = []
    const answers = yield* writeApart(entries, (entries) => write(entries, claimed, waking))
    const delivered = payloads.map((payload, place): Delivered =>
      Result.isFailure(payload) ? { _tag: "Rejected", reason: payload.failure } : (answers.get(place) ?? unknown)
    )
    return { delivered, claimed }
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
    const known = new Map(rows.map(({ place, status, outcome }) => [place, Store.sentOf(status, outcome)]))
    return asked.map((_, place) => known.get(place) ?? unknown)
  })

  return {
    send: (batch) =>
      Effect.mapBoth(deliver(batch), {
        onFailure: (error) => toJournalError("send", error),
        onSuccess: ({ delivered }) => delivered
      }),
    wake: (batch, waking) => Effect.mapError(deliver(batch, waking), (error) => toJournalError("wake", error)),
    sent
  }
}
