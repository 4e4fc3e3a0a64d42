/** Making instances, and watching them. */
import type { Create, Created, Event, Instance } from "@waymark/interpreter"
import { isTerminal, Store } from "@waymark/interpreter"
import { describe } from "./attributes.ts"
import type { Connection } from "./connection.ts"
import { Refused } from "./failure.ts"
import type { EventRow, InstanceRow } from "./rows.ts"
import { eventOf, instanceOf } from "./rows.ts"

/** Makes those whose ids are free. Whether one is free goes before whether what it brings can be kept. */
export const create = (connection: Connection, batch: ReadonlyArray<Create>, now: number): ReadonlyArray<Created> =>
  connection.batch(
    batch.map((create) => ({ _tag: "Asked", create }) as const),
    ({ create }): Created => {
      const taken = connection.row(create.id)
      if (taken !== undefined) return found(connection, taken, create)
      const prepared = Store.prepareCreate(create)
      return prepared._tag === "Rejected" ? prepared : begin(connection, prepared, 1, now)
    }
  )

/** Begins an ended instance anew. */
export const reopen = (connection: Connection, create: Create, epoch: number, now: number): Created => {
  const before = connection.row(create.id)
  if (before === undefined) throw new Refused(`there is no instance "${create.id}" to open anew: create it`)
  const [created] = connection.batch([{ _tag: "Asked" } as const], (): Created => {
    if (!isTerminal(before.status) || before.epoch !== epoch || before.mark === create.mark) {
      return found(connection, before, create)
    }
    const prepared = Store.prepareCreate(create)
    if (prepared._tag === "Rejected") return prepared
    if (prepared.run !== before.run + 1) {
      return { _tag: "Rejected", reason: `${create.id} has come to run ${before.run}: begin with the next one` }
    }
    connection.sql.deletePending.run(create.id)
    connection.sql.deleteAttributes.run(create.id)
    connection.sql.deleteInstance.run(create.id)
    return begin(connection, prepared, epoch + 1, now)
  })
  return created as Created
}

const begin = (connection: Connection, prepared: Store.WritableCreate, epoch: number, now: number): Created => {
  const { sql } = connection
  const { id, mark, owner, status, version, wakeAt, workflow, events } = prepared.create
  const ended = isTerminal(status)
  const isOwned = owner !== null && !ended
  const row: InstanceRow = {
    id,
    workflow,
    version,
    run: prepared.run,
    first_run: prepared.run,
    status,
    epoch,
    length: events.length,
    wake_at: wakeAt,
    owner: isOwned ? owner : null,
    available_at: isOwned || ended ? null : instantOf(wakeAt, now),
    watched: 0,
    takeovers: 0,
    created_at: now,
    updated_at: now,
    attributes: prepared.attributes,
    mark
  }
  sql.insertInstance.run(
    id,
    workflow,
    version,
    row.run,
    row.first_run,
    status,
    ended ? 1 : 0,
    epoch,
    row.length,
    wakeAt,
    row.owner,
    row.available_at,
    now,
    now,
    row.attributes,
    mark
  )
  if (isOwned) sql.meet.run(owner, now)
  connection.offer([row], now)
  describe(connection, id, prepared.attributes)
  insertEvents(connection, events, prepared)
  return { _tag: "Created", instance: instanceOf(row) }
}

/** From when on an instance may be claimed that has something to do at an instant, 0 being any. */
export const instantOf = (at: number | null, now: number): number | null => (at === null || at > 0 ? at : now)

/** What is there instead: it is the call's own where it was made by its mark. */
const found = ({ sql }: Connection, row: InstanceRow, { mark }: Create): Created => {
  if (row.mark === mark) return { _tag: "Created", instance: instanceOf(row) }
  const [started] = sql.started.all(row.id, row.first_run) as ReadonlyArray<EventRow>
  if (started === undefined) throw new Refused(`${row.id} is taken, and its first event is lost`)
  return { _tag: "Exists", instance: instanceOf(row), started: eventOf(started) }
}

/** Writes consecutive events. */
export const insertEvents = (
  { sql }: Connection,
  events: ReadonlyArray<Event.Event>,
  { payloads, patches }: Store.Texts
): void => {
  for (const [index, event] of events.entries()) {
    sql.insertEvent.run(
      event.instance,
      event.run,
      event.seq,
      event.id,
      event.at,
      event.kind,
      event.path,
      event.ordinal,
      event.step,
      event.attempt ?? null,
      event.trace ?? null,
      payloads[index],
      patches[index] ?? null
    )
  }
}

/** Marks those that go on, and answers the rows of all that are there. */
export const watch = (connection: Connection, ids: ReadonlyArray<string>): ReadonlyArray<Instance> =>
  connection.transaction(() =>
    ids.flatMap((id) => {
      const row = connection.row(id)
      if (row === undefined) return []
      connection.sql.watch.run(id)
      return [instanceOf(row)]
    })
  )
