/** Conformance: lists of instances. What a list gives is compared with looking at every row. */
import * as Effect from "effect/Effect"
import type { Append, Attributes, Create, Cursor, Instance, Listing, Span } from "../../Journal.ts"
import { Journal } from "../../Journal.ts"
import { compareCodePoints } from "../../internal/codePoints.ts"
import type { Status } from "../../Status.ts"
import type { Case } from "./bench.ts"
import { appended, append, appendWell, creation, eventsOf, fresh, groupOf, rowOf, same, tick } from "./bench.ts"

const ascending: Pick<Listing, "order" | "descending" | "limit"> = {
  order: "created",
  descending: false,
  limit: 10_000
}

const listed = Effect.fnUntraced(function* (listing: Partial<Listing>) {
  const journal = yield* Journal
  return yield* journal.list({ ...ascending, ...listing })
})

const idsOf = (rows: ReadonlyArray<Instance>): ReadonlyArray<string> => rows.map(({ id }) => id)

/** Makes instances of one workflow in one commit, so at one time, and answers their rows. */
const populate = Effect.fnUntraced(function* (workflow: string, options: ReadonlyArray<Partial<Create>>) {
  const journal = yield* Journal
  const batch = options.map((create): Create => ({ ...creation({ workflow }), owner: null, ...create }))
  const answers = yield* journal.create(batch.map((create) => ({ ...create, events: eventsOf(create.id, [null]) })))
  const rows = answers.flatMap((answer) => (answer._tag === "Created" ? [answer.instance] : []))
  yield* same("how many were made", rows.length, options.length)
  return rows
})

const many = (count: number, options: Partial<Create> = {}): ReadonlyArray<Partial<Create>> =>
  Array.from({ length: count }, () => options)

/** All rows that a listing gives, page by page, with what is done between two pages. */
const walk = Effect.fnUntraced(function* (
  listing: Partial<Listing> & Pick<Listing, "limit">,
  between: Case["effect"] = Effect.void
) {
  const all: Array<Instance> = []
  for (let place = listing; ; yield* between) {
    const page = yield* listed(place)
    all.push(...page)
    yield* same("whether a page is within its limit", page.length <= listing.limit, true)
    const last = page.at(-1)
    if (last === undefined || page.length < listing.limit) return all
    place = { ...listing, after: placeOf(last, listing.order ?? "created") }
  }
})

const placeOf = (row: Instance, order: Listing["order"]): Cursor => ({
  at: order === "created" ? row.createdAt : row.updatedAt,
  id: row.id
})

const isWithin = (at: number, { from = -Infinity, to = Infinity }: Span = {}): boolean => from <= at && at < to

/** What a list should give: as the port says it, over all rows. */
const expected = (rows: ReadonlyArray<Instance>, listing: Listing): ReadonlyArray<Instance> => {
  const { after, attributes = {}, created, descending, order, statuses, updated, workflow } = listing
  const compare = (a: Cursor, b: Cursor): number =>
    (descending ? b.at - a.at : a.at - b.at) || compareCodePoints(a.id, b.id)
  return rows
    .filter((row) => workflow === undefined || row.workflow === workflow)
    .filter((row) => statuses === undefined || statuses.includes(row.status))
    .filter((row) => isWithin(row.createdAt, created) && isWithin(row.updatedAt, updated))
    .filter((row) => Object.entries(attributes).every(([name, value]) => row.attributes[name] === value))
    .filter((row) => after === undefined || compare(placeOf(row, order), after) > 0)
    .toSorted((a, b) => compare(placeOf(a, order), placeOf(b, order)))
    .slice(0, listing.limit)
}

/** Changes some of the instances that `populate` made: in the order of a list, so that times differ. */
const vary = Effect.fnUntraced(function* (changes: ReadonlyArray<readonly [id: string, change: Partial<Append>]>) {
  for (const [id, change] of changes) {
    yield* appendWell(groupOf(id, change))
    yield* tick
  }
})

/** A population of all statuses, several times of creation and change, and attributes that many, few or none have. */
const population = Effect.fnUntraced(function* (size: number) {
  const marker = fresh("marker")
  const [one, two] = [fresh("workflow"), fresh("workflow")]
  const rows: Array<Instance> = []
  for (const [index, workflow] of [one, two, one].entries()) {
    const tiers = ["gold", "silver", null] as const
    const options = Array.from({ length: size }, (_, n) => ({
      attributes: { marker, tier: tiers[n % 3] ?? null, n, ...(n % 5 === 0 ? { odd: index % 2 === 1 } : {}) }
    }))
    rows.push(...(yield* populate(workflow, options)))
    yield* tick
  }
  const changes = statuses.flatMap((status, index) =>
    [0, 1].flatMap((round) => {
      const row = rows[(7 * (index + round * statuses.length)) % rows.length]
      return row === undefined ? [] : [[row.id, { status, attributes: { ...row.attributes, last: status } }] as const]
    })
  )
  yield* vary(Array.from(new Map(changes)))
  const now = yield* Effect.forEach(rows, ({ id }) => rowOf(id))
  return { marker, workflows: [one, two] as const, rows: now }
})

const statuses: ReadonlyArray<Status> = [
  "running",
  "waiting",
  "stuck",
  "paused",
  "set-aside",
  "completed",
  "failed",
  "cancelled",
  "terminated",
  "continued"
]

/** Compares every listing, in every order and in pages too, with looking at every row. */
const agrees = Effect.fnUntraced(function* (rows: ReadonlyArray<Instance>, listings: ReadonlyArray<Partial<Listing>>) {
  for (const listing of listings) {
    for (const order of ["created", "updated"] as const) {
      for (const descending of [false, true]) {
        const whole = { ...ascending, ...listing, order, descending }
        const right = expected(rows, whole)
        yield* same(`the list of ${JSON.stringify(whole)}`, yield* listed(whole), right)
        const limit = Math.ceil((right.length + 1) / 3)
        yield* same(`the list of ${JSON.stringify(whole)}, in pages`, yield* walk({ ...whole, limit }), right)
      }
    }
  }
})

/** What every journal does with lists. */
export const lists: ReadonlyArray<Case> = [
  {
    name: "a list has the rows of all instances of a workflow, as they are",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      yield* same("the list before there are any", yield* listed({ workflow }), [])
      const [first] = yield* populate(workflow, [{ version: 4, wakeAt: 1_800_000_000_123, attributes: { a: 1 } }])
      yield* tick
      const [second] = yield* populate(workflow, [{ status: "waiting", wakeAt: null }])
      yield* populate(fresh("workflow"), many(2))
      yield* same<unknown>("the list", yield* listed({ workflow }), [first, second])
      yield* appendWell(groupOf(first?.id ?? "", { status: "completed", wakeAt: null }))
      const rows = yield* Effect.forEach([first, second], (row) => rowOf(row?.id ?? ""))
      yield* same("the list after an end", yield* listed({ workflow }), rows)
    })
  },
  {
    name: "times of rows are whole milliseconds",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      const [made] = yield* populate(workflow, many(1))
      yield* appendWell(groupOf(made?.id ?? ""))
      const { createdAt, updatedAt } = yield* rowOf(made?.id ?? "")
      yield* same("whether they are", [createdAt, updatedAt].every(Number.isInteger), true)
    })
  },
  {
    name: "lists agree with looking at every row, whatever is asked for",
    effect: Effect.gen(function* () {
      const { marker, rows, workflows } = yield* population(30)
      const [one] = workflows
      const all = { attributes: { marker } }
      const times = rows.flatMap(({ createdAt, updatedAt }) => [createdAt, updatedAt]).sort((a, b) => a - b)
      const [early, middle, late] = [times[0] ?? 0, times[Math.floor(times.length / 2)] ?? 0, times.at(-1) ?? 0]
      const gold = { marker, tier: "gold" }
      yield* agrees(rows, [
        all,
        { workflow: one },
        { ...all, workflow: one },
        { ...all, workflow: fresh("workflow") },
        { attributes: gold },
        { attributes: gold, workflow: one },
        { attributes: { marker, tier: null } },
        { attributes: { marker, n: 7 } },
        { attributes: { marker, odd: true } },
        { attributes: { marker, odd: false, tier: "gold" } },
        { attributes: { marker, last: "stuck" } },
        { attributes: { marker: fresh("marker") } },
        ...statuses.map((status) => ({ ...all, statuses: [status] })),
        { ...all, statuses: [] },
        { ...all, statuses },
        { ...all, statuses: ["running", "stuck", "completed", "stuck"] },
        { workflow: one, statuses: ["waiting", "failed"] },
        { attributes: gold, workflow: one, statuses: ["running"] },
        { ...all, created: { from: middle } },
        { ...all, created: { to: middle } },
        { ...all, updated: { from: middle } },
        { ...all, updated: { to: late } },
        { ...all, created: { from: early, to: early }, updated: { from: early } },
        { ...all, created: { from: early, to: late + 1 }, updated: { from: early + 1, to: late }, statuses },
        { workflow: one, created: { from: middle, to: late }, statuses: ["running", "completed"] }
      ])
    })
  },
  {
    name: "lists of thousands agree with looking at every row",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { marker, rows: few, workflows } = yield* population(420)
      const [one] = workflows
      // Ends that share a time, as the ends of one commit do.
      const ending = few.filter(({ length }, index) => length === 1 && index % 2 === 0)
      const answers = yield* journal.append(ending.map(({ id }) => groupOf(id, { status: "completed" })))
      yield* same<unknown>(
        "how they were answered",
        answers,
        answers.map(() => appended)
      )
      const rows = yield* Effect.forEach(few, ({ id }) => rowOf(id))
      const all = { attributes: { marker } }
      const middle = rows[Math.floor(rows.length / 2)]?.createdAt ?? 0
      yield* agrees(rows, [
        all,
        { workflow: one },
        { ...all, workflow: one, statuses: ["stuck"] },
        { workflow: one, statuses: ["running", "completed"] },
        { attributes: { marker, n: 3 } },
        { ...all, created: { from: middle }, statuses: ["completed", "running"] }
      ])
    })
  },
  {
    name: "a page has no more than its limit, and what comes after a place does not depend on who is there",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      const rows = (yield* populate(workflow, many(5))).toSorted((a, b) => compareCodePoints(a.id, b.id))
      yield* same("a page of no size", yield* listed({ workflow, limit: 0 }), [])
      const at = rows[0]?.createdAt ?? 0
      const after = (cursor: Cursor, descending = false) =>
        Effect.map(listed({ workflow, after: cursor, descending }), idsOf)
      yield* same("after an id that nobody has", yield* after({ at, id: `${rows[1]?.id}!` }), idsOf(rows.slice(2)))
      yield* same("after an earlier time", yield* after({ at: at - 1, id: "~" }), idsOf(rows))
      yield* same("after a later time", yield* after({ at: at + 1, id: "" }), [])
      yield* same("after a later time, descending", yield* after({ at: at + 1, id: "~" }, true), idsOf(rows))
      yield* same("after an id, descending", yield* after({ at, id: rows[3]?.id ?? "" }, true), idsOf(rows.slice(4)))
    })
  },
  {
    name: "those of one time are listed by the code points of their ids, in either direction",
    effect: Effect.gen(function* () {
      const [workflow, common] = [fresh("workflow"), fresh("instance")]
      const tails = ["", "-", "A", "B", "Z", "a", "aa", "ä", "\uffe6", "😀"]
      yield* populate(
        workflow,
        tails.toReversed().map((tail) => ({ id: `${common}${tail}` }))
      )
      for (const descending of [false, true]) {
        yield* same(
          "the ids",
          idsOf(yield* listed({ workflow, descending })),
          tails.map((tail) => `${common}${tail}`)
        )
      }
    })
  },
  {
    name: "pages have every instance once that was there from the beginning, although others come, change and end meanwhile",
    effect: Effect.gen(function* () {
      for (const descending of [false, true]) {
        const workflow = fresh("workflow")
        const rows: Array<Instance> = []
        for (let round = 0; round < 4; round++) {
          rows.push(...(yield* populate(workflow, many(3))))
          yield* tick
        }
        let round = 0
        const meanwhile = Effect.gen(function* () {
          const row = rows[(round += 5) % rows.length]
          // Fewer than are on a page: in ascending order the walk would never end.
          if (round % 2 === 0) yield* populate(workflow, many(2))
          if (row !== undefined) yield* append(groupOf(row.id, { status: round % 2 === 0 ? "completed" : "waiting" }))
        })
        const seen = idsOf(yield* walk({ workflow, descending, limit: 2 }, meanwhile))
        yield* same("whether any is there twice", new Set(seen).size, seen.length)
        const were = new Set(idsOf(rows))
        yield* same("those that were there", seen.filter((id) => were.has(id)).length, rows.length)
      }
    })
  },
  {
    name: "a list follows what an append makes of status, time and search attributes",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      const attributes: Attributes = { tier: "gold" }
      const [changed, other] = yield* populate(workflow, many(2, { attributes }))
      const id = changed?.id ?? ""
      const find = (listing: Partial<Listing>) => Effect.map(listed({ workflow, ...listing }), idsOf)
      yield* same("how many are gold", (yield* find({ attributes })).length, 2)
      yield* tick
      yield* appendWell(groupOf(id, { status: "stuck", attributes: { tier: "silver" } }))
      yield* same<unknown>("the gold", yield* find({ attributes }), [other?.id])
      yield* same("the silver", yield* find({ attributes: { tier: "silver" } }), [id])
      yield* same("the stuck", yield* find({ statuses: ["stuck"] }), [id])
      yield* same<unknown>("by change", yield* find({ order: "updated" }), [other?.id, id])
      yield* appendWell(groupOf(id, { expected: 2, status: "failed" }))
      yield* same("the stuck after that", yield* find({ statuses: ["stuck"] }), [])
      yield* same("the failed silver", yield* find({ statuses: ["failed"], attributes: { tier: "silver" } }), [id])
      yield* appendWell(groupOf(other?.id ?? "", { attributes: {} }))
      yield* same("the gold after that", yield* find({ attributes }), [])
    })
  },
  {
    name: "search attributes are equal by type and value, and one that is missing equals nothing",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      const plain = [
        null,
        true,
        false,
        0,
        1,
        1.5,
        -1,
        1e21,
        "",
        "null",
        "true",
        "0",
        "1",
        "Zürich",
        "e\u0301",
        "é",
        "A",
        "a",
        "'\"\\%_"
      ]
      const rows = yield* populate(workflow, [...plain.map((value) => ({ attributes: { value } })), {}])
      for (const [index, value] of plain.entries()) {
        const found = yield* listed({ workflow, attributes: { value } })
        yield* same<unknown>(`those with ${JSON.stringify(value)}`, idsOf(found), [rows[index]?.id])
      }
      const names = ["", "a.b", "$.a", "a\"b'c\\", "constructor", "__proto__", "length", "עברית"]
      for (const name of names) {
        const attributes: Attributes = Object.fromEntries([[name, "here"]])
        yield* same(`those with ${name} before`, yield* listed({ workflow, attributes }), [])
        const [row] = yield* populate(workflow, [{ attributes }])
        yield* same<unknown>(`those with ${name}`, yield* listed({ workflow, attributes }), [row])
      }
    })
  },
  {
    name: "without any filter a list has instances of all workflows",
    effect: Effect.gen(function* () {
      const [first] = yield* populate(fresh("workflow"), many(1))
      const [second] = yield* populate(fresh("workflow"), many(1))
      for (const order of ["created", "updated"] as const) {
        const from = { [order]: { from: first?.createdAt ?? 0 } }
        const found = new Set(idsOf(yield* walk({ order, ...from, limit: 50 })))
        yield* same(
          "whether both are there",
          [first, second].map((row) => found.has(row?.id ?? "")),
          [true, true]
        )
      }
    })
  },
  {
    name: "an instance that is opened anew is listed by its new life only",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const [workflow, next] = [fresh("workflow"), fresh("workflow")]
      const [row] = yield* populate(workflow, [{ attributes: { life: 1 } }])
      const id = row?.id ?? ""
      yield* appendWell(groupOf(id, { status: "completed" }))
      yield* tick
      const events = eventsOf(id, [2], { run: 1, kind: "started" })
      yield* journal.reopen({ ...creation({ id, workflow: next, attributes: { life: 2 } }), events }, 1)
      const now = yield* rowOf(id)
      yield* same("the old life", yield* listed({ workflow }), [])
      yield* same("the old attributes", yield* listed({ workflow: next, attributes: { life: 1 } }), [])
      yield* same("the new life", yield* listed({ workflow: next, attributes: { life: 2 } }), [now])
      yield* same("by its new time", yield* listed({ workflow: next, created: { to: now.createdAt } }), [])
    })
  }
]
