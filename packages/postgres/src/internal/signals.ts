/** Signals: putting them into inboxes, and what became of them. */
import type { Delivered, Instance, Journal, JournalError, Send, Sent } from "@waymark/interpreter"
import { Store } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { SqlError } from "effect/sql/SqlError"
import type { Answers } from "./apart.ts"
import { writeApart } from "./apart.ts"
import type { Database } from "./database.ts"
import { toJournalError } from "./errors.ts"
import { integers, texts } from "./parameters.ts"
import * as statements from "./statements.ts"

/** How a signal and its instance stand. */
interface Row {
  readonly place: number
  readonly status: Instance["status"]
  readonly outcome: string | null
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

/** Makes the operations. */
export const make = ({ query, run }: Database): Pick<Journal["Service"], "send" | "sent"> => {
  const write = (entries: ReadonlyArray<Entry>): Effect.Effect<Answers<Delivered>, SqlError> =>
    Effect.map(
      run<Row & { readonly name: string | null }>(statements.send, parametersOf(entries)),
      (rows) =>
        new Map(
          rows.flatMap(({ name, outcome, place, status }) => {
            // The database counts from 1 on.
            const entry = entries[place - 1]
            return entry === undefined
              ? []
              : [[entry.place, Store.answerTo(entry.send, name, status, outcome)] as const]
          })
        )
    )

  const send = Effect.fnUntraced(function* (
    batch: ReadonlyArray<Send>
  ): Effect.fn.Return<ReadonlyArray<Delivered>, SqlError> {
    const payloads = batch.map(Store.prepareSend)
    const entries = batch.flatMap((send, place) => {
      const payload = payloads[place]
      return payload !== undefined && Result.isSuccess(payload) ? [{ place, send, payload: payload.success }] : []
    })
    const answers = yield* writeApart(entries, write)
    return payloads.map((payload, place) =>
      Result.isFailure(payload) ? { _tag: "Rejected", reason: payload.failure } : (answers.get(place) ?? unknown)
    )
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
    send: (batch) => Effect.mapError(send(batch), (error) => toJournalError("send", error)),
    sent
  }
}
