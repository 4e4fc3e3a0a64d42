/** Lists of instances, page by page, and their removal once they have ended. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ListOptions, Page, PurgeOptions } from "../../Listing.ts"
import { InvalidCursor } from "../../Errors.ts"
import { Status, type Attributes, type Listing } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import { isTerminal } from "../../Status.ts"
import type { Direct } from "./lines.ts"
import { whileRetryable } from "./patience.ts"

/** How many instances a page has unless more or fewer are asked for, and how many at the most. */
const PAGE = 100
const LARGEST = 1_000

/** Where a page ended, and in which order: another order has another place for it. */
const Place = Schema.fromJsonString(
  Schema.Struct({ order: Schema.Literals(["created", "updated"]), at: Schema.Number, id: Schema.String })
)
const decode = Schema.decodeUnknownResult(Place)
const encode = Schema.encodeSync(Place)

const nameOf = (workflow: ListOptions["workflow"]): string | undefined =>
  typeof workflow === "object" ? workflow.name : workflow

const placeOf = (cursor: string, order: Listing["order"]): Result.Result<Listing["after"], InvalidCursor> => {
  const place = decode(cursor)
  if (Result.isFailure(place))
    return Result.fail(new InvalidCursor({ cursor, reason: "it is none that a page was given" }))
  return place.success.order === order
    ? Result.succeed(place.success)
    : Result.fail(new InvalidCursor({ cursor, reason: `it is one of a list in order of "${place.success.order}"` }))
}

export const list = Effect.fnUntraced(function* (
  journal: Direct,
  options: ListOptions
): Effect.fn.Return<Page, InvalidCursor | JournalError> {
  const { attributes, created, cursor, descending = true, order = "created", status, updated } = options
  const { limit: wanted = PAGE } = options
  if (!(wanted >= 1)) return yield* Effect.die(new RangeError(`Engine.list: limit is ${wanted}: give a number from 1`))
  const limit = Math.floor(Math.min(LARGEST, wanted))
  const workflow = nameOf(options.workflow)
  const after = cursor === undefined ? undefined : yield* Effect.fromResult(placeOf(cursor, order))
  const rows = yield* whileRetryable(
    journal.list({
      order,
      descending,
      limit,
      ...(workflow !== undefined && { workflow }),
      ...(status !== undefined && { statuses: typeof status === "string" ? [status] : status }),
      ...(created !== undefined && { created }),
      ...(updated !== undefined && { updated }),
      ...(attributes !== undefined && { attributes: given(attributes) }),
      ...(after !== undefined && { after: { at: after.at, id: after.id } })
    })
  )
  const last = rows.length < limit ? undefined : rows[rows.length - 1]
  return {
    instances: rows.map(({ epoch: _, wakeAt: __, takeovers: ___, ...instance }) => instance),
    cursor:
      last === undefined
        ? undefined
        : encode({ order, at: order === "created" ? last.createdAt : last.updatedAt, id: last.id })
  }
})

/** Those that are asked for: a partial record may hold a name without a value. */
const given = (attributes: Partial<Attributes>): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  )

/** Every end there is. */
const ENDED = Status.literals.filter(isTerminal)

export const purge = Effect.fnUntraced(function* (
  journal: Direct,
  { olderThan, status = ENDED, workflow }: PurgeOptions
): Effect.fn.Return<number, JournalError> {
  // What was computed wrongly must not delete what ended just now.
  if (typeof olderThan === "number" && !(olderThan >= 0)) {
    return yield* Effect.die(new RangeError(`Engine.purge: olderThan is ${olderThan}: give an age from 0`))
  }
  const before = (yield* whileRetryable(journal.now)) - Duration.toMillis(olderThan)
  const name = nameOf(workflow)
  const statuses = typeof status === "string" ? [status] : status
  const some = { statuses, before, limit: LARGEST, ...(name !== undefined && { workflow: name }) }
  let count = 0
  for (;;) {
    const deleted = yield* whileRetryable(journal.purge(some))
    count += deleted
    if (deleted < LARGEST) return count
  }
})
