/**
 * Lists of instances, page by page, and deleting those that have ended.
 *
 * A list is planned for the values that it is asked for, each time anew: a status or an attribute may be that of a million
 * instances or of three. By the time of creation
 * every page is read from an index: one has all instances by workflow, status and time, so a list that names no workflow, or no status, is put
 * together of those of all; another has those with attributes by time. By the time of the last change only those that have ended are: an index on
 * that time would cost every append, so the others that match are sorted.
 */
import type { Instance, Journal, Listing, Span } from "@waymark/interpreter"
import { isTerminal, Status } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import type { Database } from "./database.ts"
import { double, fromMillis, integer, text, texts } from "./parameters.ts"
import { distinct, instance } from "./statements.ts"

/** A statement under construction, and its parameters. */
class Query {
  readonly parameters: Array<unknown> = []
  readonly conditions: Array<string> = []

  add(parameter: unknown): string {
    this.parameters.push(parameter)
    return `$${this.parameters.length}`
  }

  where(condition: string): void {
    this.conditions.push(condition)
  }

  within(column: string, { from, to }: Span = {}): void {
    if (from !== undefined) this.where(`i.${column} >= ${fromMillis(this.add(double(from)))}`)
    if (to !== undefined) this.where(`i.${column} < ${fromMillis(this.add(double(to)))}`)
  }
}

/** The statement for a list, and its parameters. */
const listQuery = (listing: Listing): { readonly statement: string; readonly parameters: Array<unknown> } => {
  const { workflow, statuses, created, updated, attributes = {}, order, descending, after, limit } = listing
  const query = new Query()
  const areOver = statuses?.every(isTerminal) ?? false
  const lastChange = areOver ? "ended_at" : "updated_at"
  const column = order === "created" ? "created_at" : lastChange
  if (areOver) query.where("i.ended_at is not null")
  if (workflow !== undefined) query.where(`i.workflow = ${query.add(text(workflow))}`)
  query.within("created_at", created)
  query.within(lastChange, updated)
  for (const [name, value] of Object.entries(attributes)) {
    const json = JSON.stringify(value)
    // The first two conditions are for the index, which is about containing; the third is about being equal.
    query.where("i.attributes <> '{}'")
    query.where(`i.attributes @> ${query.add(text(JSON.stringify({ [name]: value })))}::jsonb`)
    query.where(`i.attributes -> ${query.add(text(name))} = ${query.add(text(json))}::jsonb`)
  }
  if (after !== undefined) {
    const at = fromMillis(query.add(double(after.at)))
    const id = query.add(text(after.id))
    const beyond = descending ? "<" : ">"
    query.where(`i.${column} ${beyond}= ${at}`)
    query.where(`(i.${column} ${beyond} ${at} or i.id > ${id})`)
  }
  const sorting = `order by i.${column} ${descending ? "desc" : "asc"}, i.id limit ${query.add(integer(limit))}`
  const select = (...conditions: ReadonlyArray<string>): string =>
    `(select i.* from waymark_instances i where ${[...conditions, ...query.conditions, "true"].join(" and ")} ${sorting})`
  // One list for each status, in order already: an index serves each, and none serves them together. So with workflows, unless another index has the
  // order, or all of them are sorted anyway.
  const isByAttribute = Object.keys(attributes).length > 0
  const wanted = statuses ?? (isByAttribute || order === "updated" ? undefined : Status.literals)
  const isOfAll = workflow === undefined && !isByAttribute && wanted !== undefined && column !== "ended_at"
  const selectIn = (...conditions: ReadonlyArray<string>): string =>
    isOfAll
      ? `(select i.* from d cross join lateral ${select("i.workflow = d.it", ...conditions)} i)`
      : select(...conditions)
  const lists =
    wanted === undefined
      ? [select()]
      : Array.from(new Set(wanted), (status) => selectIn(`i.status = ${query.add(text(status))}`))
  const all = lists.length === 0 ? select("false") : lists.join("\nunion all\n")
  const workflows = isOfAll ? `with recursive d (it) as (${distinct("workflow", "true")})` : ""
  return { statement: `${workflows} select ${instance("i")} from (${all}) i ${sorting}`, parameters: query.parameters }
}

const purgeSql = `select waymark_purge($1, $2, ${fromMillis("$3")}, $4) as count`

/** Makes the operations. */
export const make = ({ query }: Database): Pick<Journal["Service"], "list" | "purge"> => ({
  list: (listing) => {
    const { statement, parameters } = listQuery(listing)
    return query<Instance>("list", statement, parameters, { isUnprepared: true, isLong: true })
  },
  purge: ({ workflow, statuses, before, limit }) =>
    Effect.map(
      query<{ readonly count: number }>(
        "purge",
        purgeSql,
        [text(workflow ?? null), texts(statuses), double(before), integer(limit)],
        { isLong: true }
      ),
      ([row]) => row?.count ?? 0
    )
})
