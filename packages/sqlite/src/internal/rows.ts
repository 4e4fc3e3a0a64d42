/** The rows of a journal file, and what the port calls them. */
import type { Attributes, Event, Instance, Noted, Send } from "@waymark/interpreter"
import { Store } from "@waymark/interpreter"

/** A row of `waymark_instances`. */
export interface InstanceRow {
  readonly id: string
  readonly workflow: string
  readonly version: number
  readonly run: number
  /** The first run of its present life: that which it was created or opened anew with. */
  readonly first_run: number
  readonly status: Instance["status"]
  readonly epoch: number
  readonly length: number
  readonly wake_at: number | null
  readonly owner: string | null
  /** Where nobody owns it, from when on it may be claimed. */
  readonly available_at: number | null
  readonly watched: number
  /** How often it was taken from an owner since anything was appended to it last. */
  readonly takeovers: number
  readonly created_at: number
  readonly updated_at: number
  readonly attributes: string
  /** That of the call by which its present life began. */
  readonly mark: string
}

/** A row of `waymark_events`. */
export interface EventRow {
  readonly instance: string
  readonly run: number
  readonly seq: number
  readonly id: string
  readonly at: number
  readonly kind: Event.Kind
  readonly path: string
  readonly ordinal: number
  readonly step: string
  readonly attempt: number | null
  readonly trace: string | null
  readonly payload: string
  readonly patch: string | null
}

/** A row of `waymark_signals`, as far as a writer reads it. */
export interface SignalRow {
  readonly instance: string
  readonly id: string
  readonly name: string
  readonly recipient: string | null
  readonly payload: string
}

/** A row of `waymark_notes`, as far as it is read. */
export interface NoteRow {
  readonly name: string
  readonly value: string
}

/** The instance that a row tells of, or told of until its epoch was raised. */
export const instanceOf = (row: InstanceRow, epoch = row.epoch): Instance => ({
  id: row.id,
  workflow: row.workflow,
  version: row.version,
  run: row.run,
  status: row.status,
  epoch,
  length: row.length,
  wakeAt: row.wake_at,
  takeovers: row.takeovers,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  attributes: Store.payloadOf(row.attributes) as Attributes
})

/** The event that a row tells of. */
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
  payload: Store.payloadOf(row.payload),
  ...(row.trace === null ? undefined : { trace: row.trace }),
  ...(row.patch === null ? undefined : { patch: Store.payloadOf(row.patch) })
})

/** The signal that a row tells of. */
export const signalOf = ({ recipient, payload, ...row }: SignalRow): Send => ({
  ...row,
  payload: Store.payloadOf(payload),
  ...(recipient === null ? undefined : { to: recipient })
})

/** The note that a row tells of. */
export const noteOf = ({ name, value }: NoteRow): Noted => ({ name, value: Store.payloadOf(value) })
