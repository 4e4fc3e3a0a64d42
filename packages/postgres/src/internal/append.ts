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
 * A group may find its place taken by its own events, when an earlier try was committed and its answer got lost. Their
 * ids are compared by a second statement.
 */
import type { Append, Appended, Event } from "@waymark/interpreter"
import { isTerminal, Store } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { writeApart } from "./apart.ts"
import type { Answers } from "./apart.ts"
import type { Database } from "./database.ts"
import { boolean, booleans, double, doubles, integer, integers, text, texts } from "./parameters.ts"
import { parametersOfEvents } from "./rows.ts"

const appendSql = `select * from waymark_append(${Array.from({ length: 34 }, (_, index) => `$${index + 1}`).join(", ")})`

const appendOneSql = `select waymark_append_one(${Array.from({ length: 18 }, (_, index) => `$${index + 1}`).join(", ")}) as now`

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

/** What all groups have. They are numbered from 1 on, as arrays are in the database. */
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

const parametersOfRecords = (entries: ReadonlyArray<Entry>): ReadonlyArray<unknown> =>
  parametersOfEvents(
    entries.map(({ writable: { group, payloads, patches } }, index) => ({
      place: index + 1,
      events: group.events,
      payloads,
      patches
    }))
  )

const parametersOf = (entries: ReadonlyArray<Entry>): ReadonlyArray<unknown> => {
  const settled: Array<{ place: number; instance: string; id: string; outcome: string }> = []
  const mail: Array<{ place: number; send: NonNullable<Append["sends"]>[number]; payload: string }> = []
  entries.forEach(({ writable: { group, messages, outcomes } }, index) => {
    const place = index + 1
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
    ...parametersOfRecords(entries),
    integers(mail.map(({ place }) => place)),
    texts(mail.map(({ send }) => send.instance)),
    texts(mail.map(({ send }) => send.id)),
    texts(mail.map(({ send }) => send.name)),
    texts(mail.map(({ send }) => send.to ?? null)),
    texts(mail.map(({ payload }) => payload)),
    texts(mail.map(({ send }) => send.sender ?? null))
  ]
}

/** Whether all that a group has to write are events of a run that has begun. */
const isPlain = ({ group: { events, expected, sends, settled } }: Store.Writable): boolean =>
  events.length > 0 && expected > 0 && settled.length === 0 && (sends ?? []).length === 0

const parametersOfOne = ({ attributes, group, patches, payloads }: Store.Writable): ReadonlyArray<unknown> => {
  const event = group.events[0] as Event.Event
  return [
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
export const make = ({ call, run }: Database, observe: (time: number) => void) => {
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

  /** Writes what needs nothing but its rows and events, and answers what it has not written. */
  const writeOwn = Effect.fnUntraced(function* (
    entries: ReadonlyArray<Entry>
  ): Effect.fn.Return<ReadonlyArray<Entry>, SqlError> {
    const [only, second] = entries
    if (only !== undefined && second === undefined && only.writable.group.events.length === 1) {
      const [row] = yield* run<{ readonly now: number | null }>(appendOneSql, parametersOfOne(only.writable))
      if (typeof row?.now !== "number") return entries
      observe(row.now)
      return []
    }
    const parameters = [...parametersOfRows(entries), ...parametersOfRecords(entries)]
    const [now = 0, ...refused] = yield* call("waymark_append_own", parameters)
    observe(now)
    return refused.flatMap((place) => entries[place - 1] ?? [])
  })

  const write = Effect.fnUntraced(function* (
    batch: ReadonlyArray<Entry>
  ): Effect.fn.Return<Answers<Appended>, SqlError> {
    const answers = new Map<number, Appended>(batch.map(({ place }) => [place, appended]))
    const entries = batch.every(({ writable }) => isPlain(writable)) ? yield* writeOwn(batch) : batch
    if (entries.length === 0) return answers
    const rows = yield* run<AnswerRow>(appendSql, parametersOf(entries))
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
    return prepared.map((group, place) => (group._tag === "Rejected" ? group : (answers.get(place) ?? Store.unknown)))
  })
}

const appended: Appended = { _tag: "Appended" }
