/** Conformance: creating many instances at once, and their search attributes. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Attributes, Create } from "../../Journal.ts"
import { Journal } from "../../Journal.ts"
import * as Single from "../single.ts"
import type { Case } from "./bench.ts"
import {
  appendWell,
  begin,
  claim,
  creation,
  eventsIn,
  eventsOf,
  footprint,
  fresh,
  groupOf,
  longLease,
  rowOf,
  same,
  sameMembers
} from "./bench.ts"
import { unkeepable } from "./values.ts"

/** Creates a batch, and compares how each was answered. */
const createAll = Effect.fnUntraced(function* (batch: ReadonlyArray<Create>, tags: ReadonlyArray<string>) {
  const journal = yield* Journal
  const answers = yield* journal.create(batch)
  yield* same(
    "the answers",
    answers.map((answer) => answer._tag),
    tags
  )
  return answers
})

/** What makes a new instance with one thing that no store keeps. */
const unkept = (): ReadonlyArray<readonly [what: string, create: Create]> => [
  ["no event to start with", creation({ events: [] })],
  ["events of another instance", creation({ events: eventsOf(fresh("instance"), [1]) })],
  ["a mark that is none", creation({ mark: "again" })],
  ["a workflow with a NUL", creation({ workflow: "w\u0000" })],
  ["an id with half a surrogate pair", creation({ id: fresh("\ud800") })],
  ["an attribute with a NUL", creation({ attributes: { a: "x\u0000" } })],
  ["an attribute's name with half a surrogate pair", creation({ attributes: { "\udfff": 1 } })],
  ...unkeepable.map(([what, value]) => {
    const id = fresh("instance")
    return [`a payload that is ${what}`, creation({ id, events: eventsOf(id, [value]) })] as const
  })
]

/** What every journal does with new instances. */
export const creations: ReadonlyArray<Case> = [
  {
    name: "a batch of new instances is made, each as it was asked for, and answered in order",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const batch: ReadonlyArray<Create> = [
        creation({ version: 3, status: "waiting", wakeAt: 1_800_000_000_123, attributes: { tier: "gold", n: 1 } }),
        { ...creation({ wakeAt: null }), owner: null },
        creation({ status: "completed" })
      ]
      for (const { owner } of batch) if (owner !== null) yield* journal.renew(owner, longLease)
      const answers = yield* createAll(batch, ["Created", "Created", "Created"])
      for (const [index, create] of batch.entries()) {
        const answer = answers[index]
        if (answer?._tag !== "Created") continue
        const { id, attributes, status, version, wakeAt, workflow } = create
        const { createdAt } = answer.instance
        yield* same<unknown>("the answer", answer.instance, {
          id,
          attributes,
          status,
          version,
          wakeAt,
          workflow,
          run: 0,
          epoch: 1,
          length: 1,
          createdAt,
          takeovers: 0,
          updatedAt: createdAt
        })
        yield* same("the row", yield* rowOf(id), answer.instance)
        yield* same("the events", yield* eventsIn(id), create.events)
      }
      const holders = batch.flatMap(({ owner }) => owner ?? [])
      const held = yield* Effect.forEach(holders, journal.held)
      yield* same("what is held", held, [[{ id: batch[0]?.id ?? "", epoch: 1 }], []])
    })
  },
  {
    name: "an empty batch of new instances is answered with nothing",
    effect: Effect.asVoid(createAll([], []))
  },
  {
    name: "of two new instances with one id in a batch the first is made, and the second told of it",
    effect: Effect.gen(function* () {
      const first = creation()
      const second = creation({ id: first.id, version: 2 })
      const other = creation()
      const answers = yield* createAll([first, other, second], ["Created", "Created", "Exists"])
      const row = yield* rowOf(first.id)
      yield* same<unknown>("the second answer", answers[2], {
        _tag: "Exists",
        instance: row,
        started: first.events[0]
      })
      yield* same("the version", row.version, 1)
      yield* same("the events", yield* eventsIn(first.id), first.events)
    })
  },
  {
    name: "a creation that is asked for again is known by its mark, whatever came of it since, and changes nothing",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const [owned, left, other] = [creation(), { ...creation(), owner: null }, creation()]
      yield* journal.renew(owned.owner, longLease)
      const batch: ReadonlyArray<Create> = [owned, left, other, owned]
      yield* createAll(
        batch,
        batch.map(() => "Created")
      )
      // One of them has gone on, another has been claimed and has ended.
      yield* appendWell(groupOf(owned.id))
      yield* claim(left.workflow)
      yield* appendWell(groupOf(left.id, { epoch: 2, status: "completed" }))
      const before = yield* Effect.forEach([owned, left], ({ id }) => footprint(id))
      const answers = yield* createAll([left, owned, creation({ id: left.id })], ["Created", "Created", "Exists"])
      const rows = answers.map((answer) => (answer._tag === "Rejected" ? undefined : answer.instance))
      yield* same("the rows that it is told", rows, [before[1]?.row, before[0]?.row, before[1]?.row])
      yield* same("what there is after it", yield* Effect.forEach([owned, left], ({ id }) => footprint(id)), before)
    })
  },
  {
    name: "two new instances with one mark are two",
    effect: Effect.gen(function* () {
      const first = creation()
      const second = creation({ mark: first.mark })
      yield* createAll([first, second], ["Created", "Created"])
      for (const { id, events } of [first, second]) yield* same("the events", yield* eventsIn(id), events)
    })
  },
  {
    name: "a new instance that can't be kept is rejected with a reason, and its neighbours are made",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const bad = unkept()
      const good = bad.map(() => creation())
      const batch = bad.flatMap(([, create], index) => [create, ...good.slice(index, index + 1)])
      const answers = yield* createAll(
        batch,
        bad.flatMap(() => ["Rejected", "Created"])
      )
      for (const [index, [what, create]] of bad.entries()) {
        const answer = answers[2 * index]
        yield* same(`whether ${what} has a reason`, answer?._tag === "Rejected" && answer.reason !== "", true)
        yield* same(`the row with ${what}`, Option.isNone(yield* Single.find(journal, create.id)), true)
      }
      for (const { id, events } of good) yield* same("the events of a neighbour", yield* eventsIn(id), events)
    })
  },
  {
    name: "an id that was rejected is free",
    effect: Effect.gen(function* () {
      const create = creation()
      const bad = { ...create, events: [] }
      yield* createAll([bad, create], ["Rejected", "Created"])
    })
  },
  {
    name: "instances that exist are told of among new ones, and left as they are",
    effect: Effect.gen(function* () {
      const old = yield* begin({ attributes: { kept: true } })
      yield* appendWell(groupOf(old.id))
      const before = yield* footprint(old.id)
      const batch = [creation(), creation({ id: old.id, version: 9, attributes: { kept: false } }), creation()]
      const answers = yield* createAll(batch, ["Created", "Exists", "Created"])
      yield* same<unknown>("the answer", answers[1], {
        _tag: "Exists",
        instance: before.row,
        started: old.events[0]
      })
      yield* same("what there is after it", yield* footprint(old.id), before)
    })
  },
  {
    name: "a thousand new instances fit in one batch",
    effect: Effect.gen(function* () {
      const batch = Array.from({ length: 1000 }, () => creation())
      yield* createAll(
        batch,
        batch.map(() => "Created")
      )
      const last = batch.at(-1)
      yield* same("the events of the last", yield* eventsIn(last?.id ?? ""), last?.events ?? [])
    })
  },
  {
    name: "batches with the same ids in another order, at once, make each instance once",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const ids = Array.from({ length: 20 }, () => fresh("instance"))
      const batches = Array.from({ length: 6 }, (_, index) =>
        (index % 2 === 0 ? ids : ids.toReversed()).map((id) => creation({ id }))
      )
      const answers = yield* Effect.forEach(batches, journal.create, { concurrency: "unbounded" })
      const made = batches.flatMap((batch, n) => batch.filter((_, index) => answers[n]?.[index]?._tag === "Created"))
      yield* sameMembers(
        "the ids that were made",
        made.map(({ id }) => id),
        ids
      )
      for (const { id, events } of made) {
        yield* same("the events", yield* eventsIn(id), events)
        const told = answers.flat().flatMap((answer) => (answer._tag === "Exists" ? [answer] : []))
        const started = told.filter(({ instance }) => instance.id === id).map((answer) => answer.started)
        yield* same("what the others were told", started, Array.from({ length: 5 }, () => events).flat())
      }
    })
  },
  {
    name: "search attributes are kept as they are, whatever their names and values",
    effect: Effect.gen(function* () {
      const plain = [
        null,
        true,
        false,
        0,
        -1.5,
        1e308,
        2 ** 53,
        "",
        "null",
        "1",
        "Zürich 東京 👩‍👩‍👧‍👦 \u2028",
        "'\"\\ \\u0000 $1 %_"
      ]
      const names = ["plain", "", "a name.with [$] 'quotes\" \\", "constructor", "__proto__", "עברית"]
      for (const value of plain) {
        const attributes: Attributes = Object.fromEntries(names.map((name) => [name, value]))
        const { id } = yield* begin({ attributes })
        yield* same("the attributes", (yield* rowOf(id)).attributes, attributes)
        yield* appendWell(groupOf(id, { attributes: { other: value } }))
        yield* same<Attributes>("the attributes after an append", (yield* rowOf(id)).attributes, { other: value })
      }
    })
  },
  {
    name: "search attributes stay where an append has none, and are replaced where it has",
    effect: Effect.gen(function* () {
      const { id } = yield* begin({ attributes: { a: 1, b: 2 } })
      const seen: Array<Attributes> = []
      const changes: ReadonlyArray<Attributes | undefined> = [undefined, { b: 3, c: null }, undefined, {}]
      for (const [index, attributes] of changes.entries()) {
        const group = groupOf(id, { expected: 1 + index })
        yield* appendWell(attributes === undefined ? group : { ...group, attributes })
        seen.push((yield* rowOf(id)).attributes)
      }
      yield* same<ReadonlyArray<Attributes>>("the attributes", seen, [
        { a: 1, b: 2 },
        { b: 3, c: null },
        { b: 3, c: null },
        {}
      ])
    })
  },
  {
    name: "search attributes that can't be kept reject their group, and a fenced group changes none",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const attributes = { a: 1 }
      const [bad, good, stale] = [yield* begin({ attributes }), yield* begin(), yield* begin({ attributes })]
      const flaws: ReadonlyArray<Attributes> = [{ a: "\u0000" }, { a: "x\ud800y" }, { "\udc00": 1 }]
      for (const [index, attributes] of flaws.entries()) {
        const answers = yield* journal.append([
          groupOf(bad.id, { attributes }),
          groupOf(good.id, { expected: 1 + index }),
          groupOf(stale.id, { epoch: 0, attributes: { a: 2 } })
        ])
        yield* same(
          "the answers",
          answers.map((answer) => answer._tag),
          ["Rejected", "Appended", "Fenced"]
        )
      }
      for (const { id } of [bad, stale])
        yield* same<Attributes>("the attributes", (yield* rowOf(id)).attributes, { a: 1 })
    })
  }
]
