/** Finding instances, with what else is asked about them: one call of a function in the database for all of them. */
import type { Event, Find, Found, Instance, Journal, JournalError, Noted, Send } from "@waymark/interpreter"
import { Store } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Database } from "./database.ts"
import { booleans, integer, integers, texts } from "./parameters.ts"
import type { EventRow } from "./rows.ts"
import { eventOf } from "./rows.ts"
import * as statements from "./statements.ts"

type NoteList = readonly [name: string, value: Noted["value"]]
type SignalList = readonly [id: string, name: string, recipient: string | null, payload: Send["payload"]]
type EventList = readonly [
  seq: number,
  id: string,
  at: number,
  kind: Event.Kind,
  path: string,
  ordinal: number,
  step: string,
  attempt: number | null,
  payload: EventRow["payload"],
  trace: string | null,
  patch: string | null
]

/** An instance as it is found. */
export interface FoundRow extends Instance {
  readonly notes: ReadonlyArray<NoteList> | null
  readonly inbox: ReadonlyArray<SignalList> | null
  readonly events: ReadonlyArray<EventList> | null
}

interface Row extends FoundRow {
  readonly place: number
}

/** What it says, whatever else is in the row. */
export const foundOf = ({ events, inbox, notes, ...row }: FoundRow): Found => {
  const { attributes, createdAt, epoch, id, length, run, status, takeovers, updatedAt, version, wakeAt, workflow } = row
  const instance = {
    id,
    workflow,
    version,
    run,
    status,
    epoch,
    length,
    wakeAt,
    takeovers,
    createdAt,
    updatedAt,
    attributes
  }
  return {
    instance,
    notes: notes?.map(([name, value]) => ({ name, value })) ?? [],
    inbox:
      inbox?.map(([id, name, to, payload]) => ({
        instance: instance.id,
        id,
        name,
        payload,
        ...(to === null ? undefined : { to })
      })) ?? [],
    events:
      events?.map(([seq, id, at, kind, path, ordinal, step, attempt, payload, trace, patch]) =>
        eventOf({
          instance: instance.id,
          run: instance.run,
          seq,
          id,
          at,
          kind,
          path,
          ordinal,
          step,
          attempt,
          payload,
          trace,
          patch
        })
      ) ?? null
  }
}

/** Makes the operation. */
export const make = ({ query }: Database): Journal["Service"]["find"] =>
  Effect.fnUntraced(function* (
    wanted: ReadonlyArray<Find>
  ): Effect.fn.Return<ReadonlyArray<Option.Option<Found>>, JournalError> {
    if (wanted.length === 0) return []
    const rows = yield* query<Row>("find", statements.find, [
      texts(wanted.map(({ id }) => id)),
      booleans(wanted.map(({ notes = false }) => notes)),
      booleans(wanted.map(({ inbox = false }) => inbox)),
      integers(wanted.map(({ events }) => events?.from ?? null)),
      integers(wanted.map(({ events }) => events?.limit ?? null)),
      integer(Store.FOUND_BYTES)
    ])
    // The database counts from 1 on.
    const found = new Map(rows.map((row) => [row.place - 1, foundOf(row)]))
    return wanted.map((_, place) => Option.fromUndefinedOr(found.get(place)))
  })
