/** Finding instances, with what else is asked about them. */
import type { Find, Found } from "@waymark/interpreter"
import { Store } from "@waymark/interpreter"
import * as Option from "effect/Option"
import type { Connection } from "./connection.ts"
import { notes } from "./notes.ts"
import type { EventRow } from "./rows.ts"
import { eventOf, instanceOf } from "./rows.ts"
import { inbox } from "./signals.ts"

/** Finds instances. Nothing is written here meanwhile, so all of an answer is as of one moment. */
export const find = (connection: Connection, wanted: ReadonlyArray<Find>): ReadonlyArray<Option.Option<Found>> => {
  let left = Store.FOUND_BYTES
  return wanted.map((find) => {
    const row = connection.row(find.id)
    if (row === undefined) return Option.none()
    const instance = instanceOf(row)
    const page = left < 0 ? undefined : Store.wantedOf(find, instance)
    const rows =
      page && (connection.sql.read.all(page.instance, page.run, page.from, page.limit) as ReadonlyArray<EventRow>)
    left -= rows?.reduce((sum, { patch, payload }) => sum + payload.length + (patch?.length ?? 0), 0) ?? 0
    return Option.some({
      instance,
      notes: find.notes === true ? notes(connection, find.id) : [],
      inbox: find.inbox === true ? inbox(connection, find.id) : [],
      events: rows === undefined || left < 0 ? null : rows.map(eventOf)
    })
  })
}
