/**
 * Lists of instances in pages, and the deletion of old ones.
 *
 * A page is read along an index that has its order, so it costs no more than what is on it and what its filters pass by.
 * No index of open instances has what appends change, so two lists take more than one road, each in order, and merge:
 * one of statuses that come and go (`going`) looks through the open instances; and one by the time of the last change
 * sorts the open instances, beside the ended ones, which have an index by it.
 *
 * Where an attribute or a workflow leaves few instances they are looked up and sorted instead. SQLite would have to guess
 * which is better, since a journal is not analyzed: so they are counted, up to `few`.
 */
import type { Instance, Listing, Purge, Span } from "@waymark/interpreter"
import { isTerminal } from "@waymark/interpreter"
import { searchable } from "./attributes.ts"
import type { Connection } from "./connection.ts"
import type { InstanceRow } from "./rows.ts"
import { instanceOf } from "./rows.ts"
import { instance } from "./statements.ts"

/** The statuses that the index of statuses leaves out, because open instances go from one to another all the time. */
const going: ReadonlyArray<Instance["status"]> = ["running", "waiting", "continued"]

/** So many are sorted rather than walked by. */
const few = 1000

/** A part of a statement, and its parameters. */
interface Part {
  readonly text: string
  readonly parameters: ReadonlyArray<unknown>
}

const part = (text: string, ...parameters: ReadonlyArray<unknown>): Part => ({ text, parameters })

const joined = (parts: ReadonlyArray<Part>, separator: string): Part => ({
  text: parts.map(({ text }) => text).join(separator),
  parameters: parts.flatMap(({ parameters }) => parameters)
})

/** Which few instances a listing can be about at most. */
export type Narrow = { readonly attribute: string } | { readonly workflow: string } | undefined

/** The rows of instances that match, in order. */
export const list = (connection: Connection, listing: Listing): ReadonlyArray<Instance> => {
  const { text, parameters } = statementOf(listing, narrow(connection, listing))
  // No status at all: nothing matches.
  if (text === "") return []
  return (connection.statement(text).all(...parameters) as ReadonlyArray<InstanceRow>).map((row) => instanceOf(row))
}

const narrow = (connection: Connection, { attributes = {}, workflow }: Listing): Narrow => {
  const counts = Object.entries(attributes).map(([name, value]) => ({
    narrow: { attribute: name },
    count: count(connection, part("waymark_attributes where name = ? and value = ?", name, searchable(value)))
  }))
  const rarest = counts.sort((a, b) => a.count - b.count)[0]
  if (rarest !== undefined && rarest.count < few) return rarest.narrow
  if (workflow === undefined) return undefined
  const ofWorkflow = part("waymark_instances indexed by waymark_instances_workflow where workflow = ?", workflow)
  return count(connection, ofWorkflow) < few ? { workflow } : undefined
}

/** How many rows there are, up to `few`. */
const count = (connection: Connection, { text, parameters }: Part): number => {
  const counted = `select count(*) as count from (select 1 from ${text} limit ${few})`
  const [row] = connection.statement(counted).all(...parameters) as ReadonlyArray<{ readonly count: number }>
  return row?.count ?? 0
}

/** The statement of a page. */
export const statementOf = (listing: Listing, narrow: Narrow): Part => {
  const order = `order by ${column(listing)}${listing.descending ? " desc" : ""}, id limit ?`
  const pages = roads(listing, narrow).map(({ conditions, from }) => {
    const { text, parameters } = joined([...conditions, ...filters(listing)], " and ")
    const where = text === "" ? "" : `where ${text}`
    return part(
      `select * from (select ${instance} from ${from.text} ${where} ${order})`,
      ...from.parameters,
      ...parameters,
      listing.limit
    )
  })
  if (pages.length === 0) return part("")
  const all = joined(pages, " union all ")
  return part(`${all.text} ${order}`, ...all.parameters, listing.limit)
}

const column = ({ order }: Listing): string => (order === "created" ? "created_at" : "updated_at")

/** A way to what a listing may be about. */
interface Road {
  readonly from: Part
  readonly conditions: ReadonlyArray<Part>
}

const along = (index: string, ...conditions: ReadonlyArray<Part>): Road => ({
  from: part(`waymark_instances indexed by waymark_instances_${index}`),
  conditions
})

const isOpen = part("ended = 0")
const isEnded = part("ended = 1")

const roads = ({ attributes = {}, order, statuses, workflow }: Listing, narrow: Narrow): ReadonlyArray<Road> => {
  if (narrow !== undefined && "attribute" in narrow) {
    const { attribute } = narrow
    const of = part("a.name = ? and a.value = ?", attribute, searchable(attributes[attribute] ?? null))
    // A cross join keeps its order: from the attribute to the instances.
    return [{ from: part("waymark_attributes a cross join waymark_instances on id = a.instance"), conditions: [of] }]
  }
  if (narrow !== undefined) return [along("workflow", part("workflow = ?", narrow.workflow))]
  if (order === "updated") {
    return [
      ...((statuses ?? ["completed"]).some(isTerminal) ? [along("ended", isEnded)] : []),
      ...((statuses ?? ["running"]).every(isTerminal) ? [] : [along("open", isOpen)])
    ]
  }
  if (statuses !== undefined) {
    const resting = Array.from(new Set(statuses)).filter((status) => !going.includes(status))
    return [
      ...resting.map((status) => along("status", part("status = ?", status), isResting)),
      ...(statuses.some((status) => going.includes(status)) ? [along("open", isOpen, isGoing)] : [])
    ]
  }
  return [workflow === undefined ? along("created") : along("workflow", part("workflow = ?", workflow))]
}

const goingText = going.map((status) => `'${status}'`).join(", ")
const isGoing = part(`status in (${goingText})`)
/** As the index says it, so that it can be used. */
const isResting = part(`status not in (${goingText})`)

const filters = (listing: Listing): ReadonlyArray<Part> => {
  const { after, attributes = {}, created, order, statuses, updated, workflow } = listing
  const at = column(listing)
  return [
    ...(workflow === undefined ? [] : [part("workflow = ?", workflow)]),
    ...(statuses === undefined ? [] : [part("status in (select value from json_each(?))", JSON.stringify(statuses))]),
    ...within("created_at", order === "created" ? from(listing, created) : created),
    ...within("updated_at", order === "updated" ? from(listing, updated) : updated),
    ...Object.entries(attributes).map(([name, value]) => hasAttribute(name, searchable(value))),
    ...(after === undefined ? [] : [part(`(${at} <> ? or id > ?)`, after.at, after.id)])
  ]
}

/** A span cut where the page before has ended; one bound a side, since an index is entered by one. */
const from = ({ after, descending }: Listing, span: Span = {}): Span => {
  if (after === undefined) return span
  return descending
    ? { ...span, to: Math.min(span.to ?? Infinity, after.at + 1) }
    : { ...span, from: Math.max(span.from ?? -Infinity, after.at) }
}

const within = (at: string, { from, to }: Span = {}): ReadonlyArray<Part> => [
  ...(from === undefined ? [] : [part(`${at} >= ?`, from)]),
  ...(to === undefined ? [] : [part(`${at} < ?`, to)])
]

const hasAttribute = (name: string, value: string): Part =>
  part(
    "exists (select 1 from waymark_attributes h where h.name = ? and h.value = ? and h.instance = waymark_instances.id)",
    name,
    value
  )

/** Deletes instances that have ended, with all that belongs to them. */
export const purge = (connection: Connection, { before, limit, statuses, workflow }: Purge): number =>
  connection.transaction(() => {
    const { sql } = connection
    const found = sql.purgeable.all(before, JSON.stringify(statuses), workflow ?? null, workflow ?? null, limit)
    for (const { id } of found as ReadonlyArray<InstanceRow>) {
      sql.deleteEvents.run(id)
      sql.deleteSignals.run(id)
      sql.deleteNotes.run(id)
      sql.deleteAttributes.run(id)
      sql.deleteInstance.run(id)
    }
    return found.length
  })
