/** Conformance: creating many instances at once, their search attributes, and opening ended ones anew. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Attributes, Create } from "../../Journal.ts"
import { Journal } from "../../Journal.ts"
import type { Case } from "./bench.ts"
import {
  append,
  appended,
  appendWell,
  begin,
  claim,
  ConformanceFailure,
  createOne,
  creation,
  eventsIn,
  eventsOf,
  footprint,
  fresh,
  groupOf,
  longLease,
  rowOf,
  same,
  sameMembers,
  signalTo,
  tick,
  unowned
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
  ["a workflow with a NUL", creation({ workflow: "w\u0000" })],
  ["an id with half a surrogate pair", creation({ id: fresh("\ud800") })],
  ["an attribute with a NUL", creation({ attributes: { a: "x\u0000" } })],
  ["an attribute's name with half a surrogate pair", creation({ attributes: { "\udfff": 1 } })],
  ...unkeepable.map(([what, value]) => {
    const id = fresh("instance")
    return [`a payload that is ${what}`, creation({ id, events: eventsOf(id, [value]) })] as const
  })
]

/** An instance that has ended, at epoch 1 in run 0, and what opens it anew. */
const ended = Effect.fnUntraced(function* (options: Partial<Create> = {}) {
  const create = yield* begin()
  yield* appendWell(groupOf(create.id, { status: "completed" }))
  return { create, again: again(create.id, options) }
})

const again = (id: string, options: Partial<Create> = {}): Create => {
  const run = options.events?.[0]?.run ?? 1
  return { ...creation({ id, events: eventsOf(id, ["again"], { run, kind: "started" }) }), ...options }
}

/** Opens an instance anew at epoch 1, which must succeed. */
const reopenWell = Effect.fnUntraced(function* (create: Create, epoch = 1) {
  const journal = yield* Journal
  const answer = yield* journal.reopen(create, epoch)
  yield* same("the answer", answer._tag, "Created")
})

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
          ...{ id, attributes, status, version, wakeAt, workflow },
          ...{ run: 0, epoch: 1, length: 1, createdAt, updatedAt: createdAt }
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
        yield* same(`the row with ${what}`, Option.isNone(yield* journal.find(create.id)), true)
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
  },
  {
    name: "an ended instance is opened anew: another run, a higher epoch, and the rest of the row as asked for",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const owner = fresh("owner")
      const options = { version: 5, status: "waiting", wakeAt: 1_800_000_000_000, attributes: { life: 2 } } as const
      const { create, again } = yield* ended({ ...options, owner })
      const before = yield* rowOf(create.id)
      yield* tick
      yield* journal.renew(owner, longLease)
      const answer = yield* journal.reopen(again, 1)
      const row = yield* rowOf(create.id)
      const { createdAt } = row
      yield* same<unknown>("the answer", answer, { _tag: "Created", instance: row })
      yield* same<unknown>("the row", row, {
        ...{ id: create.id, workflow: again.workflow, run: 1, epoch: 2, length: 1 },
        ...{ ...options, createdAt, updatedAt: createdAt }
      })
      yield* same("whether it was created later", createdAt > before.createdAt, true)
      yield* same("the events", yield* eventsIn(create.id, 1), again.events)
      yield* same("how many events the run before has", (yield* eventsIn(create.id)).length, 2)
      yield* same("what its owner holds", yield* journal.held(owner), [{ id: create.id, epoch: 2 }])
      yield* same("what the owner before holds", yield* journal.held(create.owner), [])
    })
  },
  {
    name: "only its new writer writes to an instance that was opened anew",
    effect: Effect.gen(function* () {
      const { create, again } = yield* ended()
      yield* reopenWell(again)
      const group = groupOf(create.id, { run: 1, expected: 1 })
      yield* same<unknown>("an append of the writer before", yield* append(group), { _tag: "Fenced", epoch: 2 })
      yield* same("an append of the new one", yield* append({ ...group, epoch: 2 }), appended)
      yield* appendWell(groupOf(create.id, { run: 1, epoch: 2, expected: 2, status: "failed" }))
      const third = yield* Effect.succeed(eventsOf(create.id, ["third"], { run: 2, kind: "started" }))
      yield* reopenWell({ ...again, events: third }, 2)
      yield* same("the epoch of its third life", (yield* rowOf(create.id)).epoch, 3)
    })
  },
  {
    name: "an instance that goes on, or has ended anew since, is not opened: it is told how it began",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const open = yield* begin()
      const { create: over, again: first } = yield* ended()
      yield* reopenWell(first)
      yield* appendWell(groupOf(over.id, { run: 1, epoch: 2, expected: 1, status: "failed" }))
      const tries = [
        [open.id, 1, open.events[0], 1],
        [open.id, 7, open.events[0], 1],
        [over.id, 1, first.events[0], 2]
      ] as const
      for (const [id, epoch, started, run] of tries) {
        const before = yield* footprint(id)
        const events = eventsOf(id, ["late"], { run, kind: "started" })
        const answer = yield* journal.reopen(again(id, { events }), epoch)
        yield* same<unknown>("the answer", answer, { _tag: "Exists", instance: before.row, started })
        yield* same("what there is after it", yield* footprint(id), before)
      }
    })
  },
  {
    name: "of many that open an ended instance anew at once, one succeeds",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { create } = yield* ended()
      const tries = Array.from({ length: 8 }, () => again(create.id))
      const answers = yield* Effect.forEach(tries, (create) => journal.reopen(create, 1), { concurrency: "unbounded" })
      const won = tries.filter((_, index) => answers[index]?._tag === "Created")
      yield* same("how many opened it", won.length, 1)
      yield* same("the events", yield* eventsIn(create.id, 1), won[0]?.events ?? [])
      for (const answer of answers) {
        if (answer._tag === "Exists") yield* same("what it began with", [answer.started], won[0]?.events ?? [])
      }
      yield* same("the epoch", (yield* rowOf(create.id)).epoch, 2)
    })
  },
  {
    name: "creating an id that was opened anew answers with what its present life began, whatever runs followed",
    effect: Effect.gen(function* () {
      const { create, again } = yield* ended()
      yield* reopenWell(again)
      yield* appendWell(groupOf(create.id, { run: 1, epoch: 2, status: "continued" }))
      yield* appendWell(groupOf(create.id, { run: 2, epoch: 2, expected: 0 }))
      const answer = yield* createOne(creation({ id: create.id }))
      yield* same<unknown>("the started event", answer._tag === "Exists" && answer.started, again.events[0])
    })
  },
  {
    name: "an instance that is opened anew forgets pending signals, and still answers settled ones",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const create = yield* begin()
      const [done, left] = [signalTo(create.id), signalTo(create.id)]
      yield* journal.send(done)
      yield* journal.send(left)
      const outcome = { _tag: "Consumed", reply: "thanks" } as const
      yield* appendWell(groupOf(create.id, { status: "cancelled", settled: [{ id: done.id, outcome }] }))
      yield* reopenWell(again(create.id))
      yield* same("the inbox", yield* journal.inbox(create.id), [])
      yield* same<unknown>("what became of the settled one", yield* journal.sent(create.id, done.id), {
        _tag: "Settled",
        outcome
      })
      yield* same("what became of the other", (yield* journal.sent(create.id, left.id))._tag, "Unknown")
      const anew = { ...left, name: "another name" }
      yield* same("sending the other again", (yield* journal.send(anew))._tag, "Pending")
      yield* same("the inbox after that", yield* journal.inbox(create.id), [anew])
    })
  },
  {
    name: "an instance that is opened anew has no notes, and takes those of its new writer",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const create = yield* begin()
      const note = { instance: create.id, epoch: 1, name: "snapshot", value: 1 }
      yield* journal.note([note])
      yield* appendWell(groupOf(create.id, { status: "completed" }))
      yield* reopenWell(again(create.id))
      yield* same("the notes", yield* journal.notes(create.id), [])
      yield* same("which were written", yield* journal.note([note, { ...note, epoch: 2, value: 2 }]), [false, true])
      yield* same("the notes after that", yield* journal.notes(create.id), [{ name: "snapshot", value: 2 }])
    })
  },
  {
    name: "an instance that is opened anew for nobody can be claimed",
    effect: Effect.gen(function* () {
      const { create, again } = yield* ended({ owner: null })
      yield* reopenWell(again)
      const claimed = yield* claim(again.workflow)
      yield* same(
        "the claimed",
        claimed.map(({ id, epoch, run }) => [id, epoch, run]),
        [[create.id, 3, 1]]
      )
    })
  },
  {
    name: "what can't be kept, or does not begin the next run, opens nothing",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { create } = yield* ended()
      const { id } = create
      const bad = [
        ...[0, 2].map((run) => again(id, { events: eventsOf(id, ["x"], { run, kind: "started" }) })),
        again(id, { events: [] }),
        again(id, { attributes: { a: "\u0000" } }),
        ...unkeepable.map(([, value]) => again(id, { events: eventsOf(id, [value], { run: 1, kind: "started" }) }))
      ]
      const before = yield* footprint(id)
      for (const wrong of bad) {
        yield* same("the answer", (yield* journal.reopen(wrong, 1))._tag, "Rejected")
        yield* same("what there is after it", yield* footprint(id), before)
      }
      yield* reopenWell(again(id))
    })
  },
  {
    name: "an instance that was never created is not opened anew",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const create = again(fresh("instance"))
      const refusal = yield* Effect.flip(journal.reopen(create, 1)).pipe(
        Effect.mapError(
          () => new ConformanceFailure({ what: "opening it", expected: "a JournalError", actual: "success" })
        )
      )
      yield* same("whether to try again", refusal.retryable, false)
      yield* same("the row", Option.isNone(yield* journal.find(create.id)), true)
    })
  },
  {
    name: "an instance that was born ended, or that nobody owns yet, can be told of as any other",
    effect: Effect.gen(function* () {
      const born = yield* begin({ status: "completed" })
      const waiting = yield* unowned({ wakeAt: null })
      for (const create of [born, waiting]) {
        const answer = yield* createOne(creation({ id: create.id }))
        yield* same<unknown>("the started event", answer._tag === "Exists" && answer.started, create.events[0])
      }
      yield* reopenWell(again(born.id))
    })
  }
]
