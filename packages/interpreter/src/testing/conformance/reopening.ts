/** Conformance: beginning another life of an instance that has ended. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Create } from "../../Journal.ts"
import { Journal } from "../../Journal.ts"
import * as Single from "../single.ts"
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
  signalTo,
  tick,
  unowned
} from "./bench.ts"
import { unkeepable } from "./values.ts"

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

/** What every journal does with ended instances that are to go on. */
export const reopenings: ReadonlyArray<Case> = [
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
        ...options,
        id: create.id,
        workflow: again.workflow,
        run: 1,
        epoch: 2,
        length: 1,
        createdAt,
        takeovers: 0,
        updatedAt: createdAt
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
      const { create, again: second } = yield* ended()
      yield* reopenWell(second)
      const group = groupOf(create.id, { run: 1, expected: 1 })
      yield* same<unknown>("an append of the writer before", yield* append(group), { _tag: "Fenced", epoch: 2 })
      yield* same("an append of the new one", yield* append({ ...group, epoch: 2 }), appended)
      yield* appendWell(groupOf(create.id, { run: 1, epoch: 2, expected: 2, status: "failed" }))
      const third = yield* Effect.succeed(eventsOf(create.id, ["third"], { run: 2, kind: "started" }))
      yield* reopenWell(again(create.id, { events: third }), 2)
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
    name: "opening an instance that is asked for again is known by its mark, whatever came of it since, and changes nothing",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { create, again: first } = yield* ended()
      yield* reopenWell(first)
      yield* reopenWell(first)
      yield* same("the epoch", (yield* rowOf(create.id)).epoch, 2)
      yield* appendWell(groupOf(create.id, { run: 1, epoch: 2, expected: 1, status: "failed" }))
      const before = yield* footprint(create.id)
      // It has begun this life already, whichever it says that it would follow.
      const third = { ...first, events: eventsOf(create.id, ["again"], { run: 2, kind: "started" }) }
      const tries = [
        [first, 1],
        [first, 2],
        [third, 2]
      ] as const
      for (const [asked, epoch] of tries) {
        const answer = yield* journal.reopen(asked, epoch)
        yield* same<unknown>("the answer", answer, { _tag: "Created", instance: before.row })
        yield* same("what there is after it", yield* footprint(create.id), before)
      }
      yield* same("the answer to its creation", (yield* createOne(create))._tag, "Exists")
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
      yield* Single.send(journal, done)
      yield* Single.send(journal, left)
      const outcome = { _tag: "Consumed", reply: "thanks" } as const
      yield* appendWell(groupOf(create.id, { status: "cancelled", settled: [{ id: done.id, outcome }] }))
      yield* reopenWell(again(create.id))
      yield* same("the inbox", yield* Single.inbox(journal, create.id), [])
      yield* same<unknown>("what became of the settled one", yield* Single.sent(journal, create.id, done.id), {
        _tag: "Settled",
        outcome
      })
      yield* same("what became of the other", (yield* Single.sent(journal, create.id, left.id))._tag, "Unknown")
      const anew = { ...left, name: "another name" }
      yield* same("sending the other again", (yield* Single.send(journal, anew))._tag, "Pending")
      yield* same("the inbox after that", yield* Single.inbox(journal, create.id), [anew])
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
      yield* same("the notes", yield* Single.notes(journal, create.id), [])
      yield* same("which were written", yield* journal.note([note, { ...note, epoch: 2, value: 2 }]), [false, true])
      yield* same("the notes after that", yield* Single.notes(journal, create.id), [{ name: "snapshot", value: 2 }])
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
      yield* same("the row", Option.isNone(yield* Single.find(journal, create.id)), true)
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
