/**
 * Appending a batch: one call of a function in the database, so one round trip, one commit, and no transaction left open by a
 * lost connection.
 *
 * The function takes the groups in the order of their instances' ids, so calls that overlap wait for each other and never
 * deadlock. A group is written by the update of its instance's row, whose condition is the fence: having waited for the row it sees it as it
 * is then. What is good is written, and the answer tells how the rows of the others stand, by which those are judged.
 *
 * A group that consumes a signal which has its outcome already is not good. Only the instance's writer settles signals, one append
 * after the other, so looking before the row is held is early enough.
 *
 * Messages to other instances are put into their inboxes by the same call, which holds their rows too, and wakes those that
 * nobody owns. An instance that nobody owns and that its last writer still appends to can be claimed from when on that one
 * says.
 *
 * What owners append without signals and messages has a call of its own, `waymark_append_own`, which takes less, and what a workflow that runs
 * alone appends, one event and nothing else, one that takes a fraction of the time. What those do not write is given to `waymark_append`, which
 * knows the reasons: a commit of its own, after that of its neighbours.
 *
 * A group that has the token of its engine's lease changes nothing in its row but the length, and that is told by the events: it is written by
 * these alone, as long as the token stands (`functions/leases.ts`). So a row says how many events there were when it was written, and whoever
 * reads it looks for those that came after.
 *
 * A group may find its place taken by its own events, when an earlier try was committed and its answer got lost. Their
 * ids are compared by a second statement. Where no row was written the key of the events stands in its way, and the batch goes to `waymark_append`.
 */
import type { Append, Appended, Event, LeaseToken } from "@waymark/interpreter"
import { isTerminal, Store } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { writeApart } from "./apart.ts"
import type { Answers } from "./apart.ts"
import { answered, type Database } from "./database.ts"
import { isAnswer, isEventThere, isPassing } from "./errors.ts"
import { boolean, booleans, double, doubles, integer, integers, text, texts, uuid } from "./parameters.ts"
import { Columns } from "./rows.ts"
import type { Tokens } from "./tokens.ts"

const appendSql = `select * from waymark_append(${Array.from({ length: 34 }, (_, index) => `$${index + 1}`).join(", ")})`

const appendOneSql = `select waymark_append_one(${Array.from({ length: 20 }, (_, index) => `$${index + 1}`).join(", ")}) as now`

const idsSql = `
select g.place, e.id
from unnest($1, $2, $3, $4, $5) as g (place, instance, run, expected, added)
cross join lateral (
  select id, seq from waymark_events
  where instance = g.instance and run = g.run and seq >= g.expected and seq < g.expected + g.added
  offset 0
) e
order by g.place, e.seq`

/** The first row has the time; each of the others is of a group that was refused, with its instance where that is there. */
interface AnswerRow {
  readonly place: number
  readonly epoch: number | null
  readonly run: number
  readonly length: number
  readonly status: Store.Position["status"]
  readonly now: number
}

/** A group and where its answer belongs. */
interface Entry {
  readonly place: number
  readonly writable: Store.Writable
}

/** How many events groups have. */
const eventsOf = (entries: ReadonlyArray<Entry>): number => {
  let count = 0
  for (const { writable } of entries) count += writable.group.events.length
  return count
}

/** What the rows of groups are to say. They are numbered from 1 on, as arrays are in the database. */
const parametersOfRows = (entries: ReadonlyArray<Entry>): ReadonlyArray<unknown> => {
  const groups = entries.map(({ writable }) => writable.group)
  return [
    texts(groups.map(({ instance }) => instance)),
    integers(groups.map(({ run }) => run)),
    integers(groups.map(({ epoch }) => epoch)),
    integers(groups.map(({ expected }) => expected)),
    integers(groups.map((group) => group.events.length)),
    texts(groups.map(({ status }) => status)),
    booleans(groups.map(({ status }) => isTerminal(status))),
    doubles(groups.map(({ wakeAt }) => wakeAt)),
    texts(entries.map(({ writable }) => writable.attributes))
  ]
}

const parametersOf = (entries: ReadonlyArray<Entry>): ReadonlyArray<unknown> => {
  const settled: Array<{ place: number; instance: string; id: string; outcome: string }> = []
  const mail: Array<{ place: number; send: NonNullable<Append["sends"]>[number]; payload: string }> = []
  const columns = new Columns(eventsOf(entries))
  entries.forEach(({ writable }, index) => {
    const { group, messages, outcomes } = writable
    const place = index + 1
    columns.add(place, group.events, writable)
    group.settled.forEach(({ id }, rank) =>
      settled.push({ place, instance: group.instance, id, outcome: outcomes[rank] ?? "null" })
    )
    group.sends?.forEach((send, rank) => mail.push({ place, send, payload: messages[rank] ?? "null" }))
  })
  return [
    ...parametersOfRows(entries),
    integers(settled.map(({ place }) => place)),
    texts(settled.map(({ instance }) => instance)),
    texts(settled.map(({ id }) => id)),
    texts(settled.map(({ outcome }) => outcome)),
    ...columns.parameters,
    integers(mail.map(({ place }) => place)),
    texts(mail.map(({ send }) => send.instance)),
    texts(mail.map(({ send }) => send.id)),
    texts(mail.map(({ send }) => send.name)),
    texts(mail.map(({ send }) => send.to ?? null)),
    texts(mail.map(({ payload }) => payload)),
    texts(mail.map(({ send }) => send.sender ?? null))
  ]
}

/** The token that the first of them has which has one. */
const tokenOf = (entries: ReadonlyArray<Entry>): LeaseToken | undefined =>
  entries.find(({ writable }) => writable.group.leaseToken !== undefined)?.writable.group.leaseToken

/** Whether all that a group has to write are events of a run that has begun. */
const isPlain = ({ group: { events, expected, sends, settled } }: Store.Writable): boolean =>
  events.length > 0 && expected > 0 && settled.length === 0 && (sends ?? []).length === 0

/** What a statement rests on where it leaves rows as they are: it is written only as long as that token stands. */
const parametersOfToken = (token: LeaseToken | undefined): ReadonlyArray<unknown> => [
  text(token?.owner ?? null),
  uuid(token?.token ?? null)
]

const parametersOfOne = ({ attributes, group, patches, payloads }: Store.Writable): ReadonlyArray<unknown> => {
  const event = group.events[0] as Event.Event
  return [
    ...parametersOfToken(group.leaseToken),
    text(group.instance),
    integer(group.run),
    integer(group.epoch),
    integer(group.expected),
    text(group.status),
    boolean(isTerminal(group.status)),
    double(group.wakeAt),
    text(attributes),
    text(event.id),
    double(event.at),
    text(event.kind),
    text(event.path),
    integer(event.ordinal),
    text(event.step),
    integer(event.attempt ?? null),
    text(event.trace ?? null),
    text(payloads[0] ?? "null"),
    text(patches[0] ?? null)
  ]
}

/** Makes the operation; `observe` is given the database's time with each answer. */
export const make = ({ call, limit, run }: Database, tokens: Tokens, observe: (time: number) => void) => {
  const idsOf = Effect.fnUntraced(function* (entries: ReadonlyArray<Entry>) {
    const groups = entries.map(({ writable }) => writable.group)
    const rows = yield* run<{ readonly place: number; readonly id: string }>(idsSql, [
      integers(entries.map(({ place }) => place)),
      texts(groups.map(({ instance }) => instance)),
      integers(groups.map(({ run }) => run)),
      integers(groups.map(({ expected }) => expected)),
      integers(groups.map((group) => group.events.length))
    ])
    const ids = new Map<number, Array<string>>()
    for (const { place, id } of rows) ids.set(place, [...(ids.get(place) ?? []), id])
    return ids
  })

  /** Nothing was written; what one of them rested on does not stand any more. */
  const unheld = (entries: ReadonlyArray<Entry>, token: LeaseToken | undefined): ReadonlyArray<Entry> => {
    if (token !== undefined) tokens.drop(token)
    return entries
  }

  /** Writes what needs nothing but its rows and events, and answers what it has not written. */
  const writeOwn = Effect.fnUntraced(function* (
    entries: ReadonlyArray<Entry>,
    token: LeaseToken | undefined
  ): Effect.fn.Return<ReadonlyArray<Entry>, SqlError> {
    const running = { isOnce: token !== undefined }
    const [only, second] = entries
    if (only !== undefined && second === undefined && only.writable.group.events.length === 1) {
      const parameters = parametersOfOne(only.writable)
      const [row] = yield* run<{ readonly now: number | null }>(appendOneSql, parameters, running)
      if (typeof row?.now !== "number") return unheld(entries, token)
      observe(row.now)
      return []
    }
    const columns = new Columns(eventsOf(entries))
    const written: Array<Entry> = []
    for (const entry of entries) {
      const { group } = entry.writable
      // Where no row is written none can stand against it. All tokens are of one engine where each has its own journal; the rows of others are written.
      const place = token !== undefined && group.leaseToken?.token === token.token ? 0 : written.push(entry)
      columns.add(place, group.events, entry.writable)
    }
    const parameters = [...parametersOfToken(token), ...parametersOfRows(written), ...columns.parameters]
    const [now, ...refused] = yield* call("waymark_append_own", parameters, running)
    if (now === undefined) return unheld(entries, token)
    observe(now)
    return refused.flatMap((place) => written[place - 1] ?? [])
  })

  /** The same, where some of them may rest on a token: such a statement is tried once, and nothing may come of it later. */
  const writeFirst = (entries: ReadonlyArray<Entry>): Effect.Effect<ReadonlyArray<Entry>, SqlError> => {
    const token = tokenOf(entries)
    const written = writeOwn(entries, token)
    if (token === undefined) return Effect.catchIf(written, isEventThere, () => Effect.succeed(entries))
    const doubt = Effect.sync(() => tokens.doubt(token))
    return written.pipe(
      Effect.onInterrupt(() => doubt),
      Effect.catch((error) => {
        if (!isAnswer(error)) return Effect.as(doubt, entries)
        return isEventThere(error) || isPassing(error) ? Effect.succeed(entries) : Effect.fail(error)
      })
    )
  }

  /** Answers those that were not written. */
  const write = Effect.fnUntraced(function* (
    batch: ReadonlyArray<Entry>
  ): Effect.fn.Return<Answers<Appended>, SqlError> {
    const answers = new Map<number, Appended>()
    const isPlainly = tokens.areSettled && batch.every(({ writable }) => isPlain(writable))
    const entries = isPlainly ? yield* writeFirst(batch) : batch
    if (entries.length === 0) return answers
    // What comes to be there while it is written is seen by the next try.
    const written = Effect.retry(run<AnswerRow>(appendSql, parametersOf(entries)), { while: isEventThere, times: 3 })
    const rows = yield* tokens.areSettled
      ? written
      : answered(Effect.andThen(tokens.settled, written), limit / 2, limit)
    const taken: Array<Entry & { readonly row: Store.Position }> = []
    for (const { place, epoch, now, ...row } of rows) {
      const entry = entries[place - 1]
      if (entry === undefined) {
        observe(now)
        continue
      }
      const answer = epoch === null ? Store.unknown : Store.judge({ ...row, epoch }, entry.writable.group)
      if (answer._tag !== "Compare" && answer._tag !== "Write") answers.set(entry.place, answer)
      else if (epoch !== null) taken.push({ ...entry, row: { ...row, epoch } })
    }
    if (taken.length > 0) {
      const ids = yield* idsOf(taken)
      for (const { place, writable, row } of taken) {
        answers.set(place, Store.compare(row, writable.group, ids.get(place) ?? []))
      }
    }
    return answers
  })

  return Effect.fnUntraced(function* (
    batch: ReadonlyArray<Append>
  ): Effect.fn.Return<ReadonlyArray<Appended>, SqlError> {
    const prepared = Store.prepare(batch)
    const entries: Array<Entry> = []
    prepared.forEach((writable, place) => {
      if (writable._tag === "Writable") entries.push({ place, writable })
    })
    const answers = yield* writeApart(entries, write)
    // `write` tells of those that were not written: each of them is answered there, or fails the batch.
    return prepared.map((group, place) => (group._tag === "Rejected" ? group : (answers.get(place) ?? appended)))
  })
}

const appended: Appended = { _tag: "Appended" }
