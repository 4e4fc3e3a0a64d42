/** Appending groups of events, with the signals that they settle and the messages that they send. */
import type { Append, Appended, Event, Page } from "@waymark/interpreter"
import { isTerminal, Store } from "@waymark/interpreter"
import { describeAgain } from "./attributes.ts"
import type { Connection } from "./connection.ts"
import { insertEvents } from "./instances.ts"
import type { EventRow, InstanceRow } from "./rows.ts"
import { eventOf } from "./rows.ts"
import { isSettled, store } from "./signals.ts"

/** Writes all groups that nothing stands against. */
export const append = (connection: Connection, batch: ReadonlyArray<Append>, now: number): ReadonlyArray<Appended> =>
  connection.batch(Store.prepare(batch), (group) => write(connection, group, now))

const write = (connection: Connection, prepared: Store.Writable, now: number): Appended => {
  const { group } = prepared
  const { sql } = connection
  const row = connection.row(group.instance)
  if (row === undefined) return Store.unknown
  const answer = Store.judge(row, group)
  if (answer._tag === "Compare") {
    const ids = sql.eventIds.all(group.instance, group.run, group.expected, group.events.length)
    return Store.compare(
      row,
      group,
      (ids as ReadonlyArray<EventRow>).map(({ id }) => id)
    )
  }
  if (answer._tag !== "Write") return answer
  if (Store.consumesAgain(group, (id) => isSettled(connection, group.instance, id))) return Store.refuse(row)
  insertEvents(connection, group.events, prepared)
  settle(connection, row, prepared)
  go(connection, row, prepared, now)
  for (const [index, send] of (group.sends ?? []).entries()) {
    store(connection, send, prepared.messages[index] ?? "null", now)
  }
  return { _tag: "Appended" }
}

const settle = (connection: Connection, { owner }: InstanceRow, { group, outcomes }: Store.Writable): void => {
  const { instance } = group
  for (const [index, { id }] of group.settled.entries()) {
    type Sender = { readonly sender: string | null }
    const [settled] = connection.sql.settle.all(outcomes[index], instance, id) as ReadonlyArray<Sender>
    const sender = settled?.sender ?? null
    if (sender !== null && sender !== owner) connection.tell(sender, { _tag: "Settled", instance, id })
  }
}

const go = (connection: Connection, row: InstanceRow, { attributes, group }: Store.Writable, now: number): void => {
  const { instance, run, status, wakeAt } = group
  const { sql } = connection
  const length = group.expected + group.events.length
  if (attributes !== null && attributes !== row.attributes) describeAgain(connection, instance, attributes)
  if (isTerminal(status)) {
    sql.end.run(run, status, length, wakeAt, now, instance)
    sql.deleteNotes.run(instance)
    if (row.watched === 1) connection.tell(undefined, { _tag: "Ended", instance })
    return
  }
  sql.advance.run(run, status, length, wakeAt, now, instance)
  // Its writer has lost or released it, and nobody has claimed it since.
  if (row.owner === null) connection.offer(sql.offer.all(now, now, instance) as ReadonlyArray<InstanceRow>, now)
}

/** Reads a page of events. */
export const read = ({ sql }: Connection, { instance, run, from, limit }: Page): ReadonlyArray<Event.Event> =>
  (sql.read.all(instance, run, from, limit) as ReadonlyArray<EventRow>).map(eventOf)
