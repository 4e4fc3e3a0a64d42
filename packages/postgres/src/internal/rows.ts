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

/** The events of a batch, as the parameters from the twelfth on. */
export const events = `unnest($12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
    as e (place, instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload, patch)`

/** What `events` names, as it is written. */
export const eventValues = "e.seq, e.id, e.at, e.kind, e.path, e.ordinal, e.step, e.attempt, e.trace, e.payload::json"

/** The columns of so many events, put together for the parameters of a statement. Lists that grow would be copied again and again. */
export class Columns {
  readonly #places: Array<number>
  readonly #instances: Array<string>
  readonly #runs: Array<number>
  readonly #seqs: Array<number>
  readonly #ids: Array<string>
  readonly #ats: Array<number>
  readonly #kinds: Array<string>
  readonly #paths: Array<string>
  readonly #ordinals: Array<number>
  readonly #steps: Array<string>
  readonly #payloads: Array<string>
  // Mostly there are none: `unnest` fills up the shorter lists with nulls.
  readonly #attempts: Array<number | null> = []
  readonly #traces: Array<string | null> = []
  readonly #patches: Array<string | null> = []
  #length = 0

  constructor(size: number) {
    this.#places = sized(size)
    this.#instances = sized(size)
    this.#runs = sized(size)
    this.#seqs = sized(size)
    this.#ids = sized(size)
    this.#ats = sized(size)
    this.#kinds = sized(size)
    this.#paths = sized(size)
    this.#ordinals = sized(size)
    this.#steps = sized(size)
    this.#payloads = sized(size)
  }

  /** Takes the events of one group: each is looked at once, since with many of them that costs more than what is done with it. */
  add(place: number, events: ReadonlyArray<Event.Event>, { patches, payloads }: Store.Texts): void {
    for (let index = 0; index < events.length; index++) {
      const { at, attempt, id, instance, kind, ordinal, path, run, seq, step, trace } = events[index] as Event.Event
      const row = this.#length++
      this.#places[row] = place
      this.#instances[row] = instance
      this.#runs[row] = run
      this.#seqs[row] = seq
      this.#ids[row] = id
      this.#ats[row] = at
      this.#kinds[row] = kind
      this.#paths[row] = path
      this.#ordinals[row] = ordinal
      this.#steps[row] = step
      this.#payloads[row] = payloads[index] ?? "null"
      if (attempt !== undefined) putAt(this.#attempts, row, attempt)
      if (trace !== undefined) putAt(this.#traces, row, trace)
      const patch = patches[index]
      if (patch !== undefined && patch !== null) putAt(this.#patches, row, patch)
    }
  }

  /** The parameters for `events`, and for functions of the database that take events. */
  get parameters(): ReadonlyArray<unknown> {
    return [
      integers(this.#places),
      texts(this.#instances),
      integers(this.#runs),
      integers(this.#seqs),
      texts(this.#ids),
      doubles(this.#ats),
      texts(this.#kinds),
      texts(this.#paths),
      integers(this.#ordinals),
      texts(this.#steps),
      integers(this.#attempts),
      texts(this.#traces),
      texts(this.#payloads),
      texts(this.#patches)
    ]
  }
}

/** A list with room for so many from the beginning. */
const sized = <A>(size: number): Array<A> => {
  const list: Array<A> = []
  list.length = size
  return list
}

/** Puts a value at a place of a list that has as many at the most, and nothing in between. */
const putAt = <A>(list: Array<A | null>, place: number, value: A): void => {
  while (list.length < place) list.push(null)
  list.push(value)
}
