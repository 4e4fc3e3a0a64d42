/** Events between the port's form and the columns that they are kept in. */
import type { Event } from "@waymark/interpreter"
import { Store } from "@waymark/interpreter"
import { doubles, integers, texts } from "./parameters.ts"

/** An event as it is read. */
export type EventRow = Omit<Event.Event, "attempt" | "trace" | "patch"> & {
  readonly attempt: number | null
  readonly trace: string | null
  readonly patch: string | null
}

/** The event of a row. */
export const eventOf = (row: EventRow): Event.Event => ({
  instance: row.instance,
  run: row.run,
  seq: row.seq,
  id: row.id,
  at: row.at,
  kind: row.kind,
  path: row.path,
  ordinal: row.ordinal,
  step: row.step,
  ...(row.attempt === null ? undefined : { attempt: row.attempt }),
  payload: row.payload,
  ...(row.trace === null ? undefined : { trace: row.trace }),
  ...(row.patch === null ? undefined : { patch: Store.payloadOf(row.patch) })
})

/** What has events to write, and its place in the batch. */
export interface Writing extends Store.Texts {
  readonly place: number
  readonly events: ReadonlyArray<Event.Event>
}

/** The events of a batch, as the parameters from the twelfth on. */
export const events = `unnest($12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
    as e (place, instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch)`

/** What `events` names, as it is written. */
export const eventValues = "e.seq, e.id, e.at, e.kind, e.path, e.ordinal, e.step, e.attempt, e.trace, e.payload::json"

interface Written {
  readonly place: number
  readonly event: Event.Event
  readonly payload: string
  readonly patch: string | null
}

const rowsOf = (batch: ReadonlyArray<Writing>): ReadonlyArray<Written> => {
  const rows: Array<Written> = []
  for (const { place, events, payloads, patches } of batch) {
    events.forEach((event, index) =>
      rows.push({ place, event, payload: payloads[index] ?? "null", patch: patches[index] ?? null })
    )
  }
  return rows
}

/** The parameters for `events`, and for functions of the database that take events. */
export const parametersOfEvents = (batch: ReadonlyArray<Writing>): ReadonlyArray<unknown> => {
  const rows = rowsOf(batch)
  return [
    integers(rows.map(({ place }) => place)),
    texts(rows.map(({ event }) => event.instance)),
    integers(rows.map(({ event }) => event.run)),
    integers(rows.map(({ event }) => event.seq)),
    texts(rows.map(({ event }) => event.id)),
    doubles(rows.map(({ event }) => event.at)),
    texts(rows.map(({ event }) => event.kind)),
    texts(rows.map(({ event }) => event.path)),
    integers(rows.map(({ event }) => event.ordinal)),
    texts(rows.map(({ event }) => event.step)),
    integers(rows.map(({ event }) => event.attempt ?? null)),
    texts(rows.map(({ event }) => event.trace ?? null)),
    texts(rows.map(({ payload }) => payload)),
    // `unnest` fills up the shorter lists with nulls.
    texts(rows.some(({ patch }) => patch !== null) ? rows.map(({ patch }) => patch) : [])
  ]
}
