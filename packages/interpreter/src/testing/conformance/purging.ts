/** Conformance: deleting instances that have ended. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Purge } from "../../Journal.ts"
import { isTerminal, Journal, Status } from "../../Journal.ts"
import * as Single from "../single.ts"
import type { Case } from "./bench.ts"
import {
  append,
  appended,
  appendWell,
  begin,
  createOne,
  creation,
  eventsIn,
  eventsOf,
  fresh,
  groupOf,
  rowOf,
  same,
  sameMembers,
  signalTo,
  tick
} from "./bench.ts"

const purged = Effect.fnUntraced(function* (workflow: string, options: Partial<Purge> = {}) {
  const journal = yield* Journal
  const statuses = ["completed", "failed", "cancelled", "terminated"] as const
  // Later than whatever was written by now.
  yield* tick
  const before = yield* journal.now
  return yield* journal.purge({ workflow, statuses, before, limit: 1000, ...options })
})

/** An instance of a workflow that has come to a status. */
const come = Effect.fnUntraced(function* (workflow: string, status: Status = "completed") {
  const create = yield* begin({ workflow })
  yield* appendWell(groupOf(create.id, { status }))
  return create.id
})

const isThere = Effect.fnUntraced(function* (id: string) {
  const journal = yield* Journal
  return Option.isSome(yield* Single.find(journal, id))
})

/** Which of the ids are still there. */
const left = (ids: ReadonlyArray<string>) => Effect.filter(ids, isThere)

/** What every journal does with what is over. */
export const purges: ReadonlyArray<Case> = [
  {
    name: "a purged instance is gone with all that belonged to it",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const attributes = { marker: fresh("marker") }
      const { id, workflow } = yield* begin({ attributes })
      const [done, pending] = [signalTo(id), signalTo(id)]
      yield* Single.send(journal, done)
      yield* Single.send(journal, pending)
      yield* journal.note([{ instance: id, epoch: 1, name: "snapshot", value: 1 }])
      const settled = [{ id: done.id, outcome: { _tag: "Consumed", reply: 1 } } as const]
      yield* appendWell(groupOf(id, { status: "continued", settled }))
      yield* appendWell(groupOf(id, { run: 1, expected: 0 }))
      yield* appendWell(groupOf(id, { run: 1, expected: 1, status: "completed" }))
      yield* same("how many were deleted", yield* purged(workflow), 1)
      yield* same("the row", yield* isThere(id), false)
      for (const run of [0, 1]) yield* same(`the events of run ${run}`, yield* eventsIn(id, run), [])
      yield* same("its notes", yield* Single.notes(journal, id), [])
      for (const signal of [done, pending]) {
        yield* same("what became of its signals", (yield* Single.sent(journal, id, signal.id))._tag, "Unknown")
        yield* same("sending them again", (yield* Single.send(journal, signal))._tag, "Unknown")
      }
      const listing = { attributes, order: "created", descending: false, limit: 10 } as const
      yield* same("the list by its attributes", yield* journal.list(listing), [])
      yield* same<unknown>("an append to it", yield* append(groupOf(id)), { _tag: "Fenced", epoch: 0 })
      yield* same("how many are deleted by another", yield* purged(workflow), 0)
    })
  },
  {
    name: "the id of a purged instance is free, and what is made with it knows nothing of the one before",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, workflow } = yield* begin()
      const signal = signalTo(id)
      yield* Single.send(journal, signal)
      yield* appendWell(groupOf(id, { status: "terminated" }))
      yield* purged(workflow)
      const create = creation({ id, events: eventsOf(id, ["anew"]) })
      yield* same("the answer", (yield* createOne(create))._tag, "Created")
      yield* same("the events", yield* eventsIn(id), create.events)
      yield* same("the inbox", yield* Single.inbox(journal, id), [])
      yield* same("sending the signal again", (yield* Single.send(journal, signal))._tag, "Pending")
    })
  },
  {
    name: "only ended instances are purged, whatever statuses are named",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      const statuses = Status.literals
      const ids = yield* Effect.forEach(statuses, (status) => come(workflow, status))
      const open = ids.filter((_, index) => !isTerminal(statuses[index] ?? "running"))
      yield* same("how many were deleted", yield* purged(workflow, { statuses }), ids.length - open.length)
      yield* same("those that are left", yield* left(ids), open)
    })
  },
  {
    name: "only instances of the statuses and the workflow that are named are purged",
    effect: Effect.gen(function* () {
      const [workflow, other] = [fresh("workflow"), fresh("workflow")]
      const completed = yield* come(workflow)
      const failed = yield* come(workflow, "failed")
      const theirs = yield* come(other, "failed")
      const all = [completed, failed, theirs]
      yield* same("how many without a status", yield* purged(workflow, { statuses: [] }), 0)
      yield* same("how many cancelled", yield* purged(workflow, { statuses: ["cancelled"] }), 0)
      yield* same("those that are left", yield* left(all), all)
      yield* same("how many failed", yield* purged(workflow, { statuses: ["failed"] }), 1)
      yield* same("those that are left then", yield* left(all), [completed, theirs])
    })
  },
  {
    name: "a purge of all workflows leaves what was changed since",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const ids = [yield* come(fresh("workflow")), yield* come(fresh("workflow"))]
      // Nothing is as old as that, so no other case is harmed.
      yield* same("how many", yield* journal.purge({ statuses: ["completed"], before: 1, limit: 1000 }), 0)
      yield* same("those that are left", yield* left(ids), ids)
    })
  },
  {
    name: "an instance that was changed at the given time or later is left",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      const id = yield* come(workflow)
      const { updatedAt } = yield* rowOf(id)
      yield* same("how many before the change", yield* purged(workflow, { before: updatedAt }), 0)
      yield* same("whether it is left", yield* isThere(id), true)
      yield* same("how many after it", yield* purged(workflow, { before: updatedAt + 1 }), 1)
      yield* same("whether it is left then", yield* isThere(id), false)
    })
  },
  {
    name: "the oldest are purged first, and no more than the limit",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      const creates = yield* Effect.forEach([1, 2, 3, 4, 5], () => begin({ workflow }))
      // By their last change, not by when they were made.
      const ids = creates.map(({ id }) => id).toReversed()
      for (const id of ids) {
        yield* appendWell(groupOf(id, { status: "completed" }))
        yield* tick
      }
      yield* same("how many of none", yield* purged(workflow, { limit: 0 }), 0)
      yield* same("how many of two", yield* purged(workflow, { limit: 2 }), 2)
      yield* same("those that are left", yield* left(ids), ids.slice(2))
      yield* same("how many of more than there are", yield* purged(workflow, { limit: 9 }), 3)
    })
  },
  {
    name: "an instance that was opened anew is not purged for the end of its life before",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const workflow = fresh("workflow")
      const id = yield* come(workflow)
      const events = eventsOf(id, [2], { run: 1, kind: "started" })
      yield* journal.reopen({ ...creation({ id, workflow }), events }, 1)
      yield* same("how many", yield* purged(workflow), 0)
      yield* same("its events", yield* eventsIn(id, 1), events)
    })
  },
  {
    name: "purges at once, while others create, write and end, delete what has ended, once, and harm nobody",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const workflow = fresh("workflow")
      const over = yield* Effect.forEach(
        Array.from({ length: 40 }, () => come(workflow)),
        (id) => id
      )
      const open = yield* Effect.forEach(Array.from({ length: 20 }), () => begin({ workflow }))
      const batch = open.map(({ id }) => groupOf(id))
      yield* tick
      const before = yield* journal.now
      const purge = purged(workflow, { before, limit: 7 })
      const write = Effect.forEach([batch, batch.toReversed()], journal.append, { concurrency: "unbounded" })
      const repeated = Effect.forEach(over, (id) => append(groupOf(id, { status: "completed" })))
      const work = [Effect.forEach(Array.from({ length: 8 }), () => purge, { concurrency: "unbounded" })] as const
      const [[counts]] = yield* Effect.all([Effect.all(work), write, repeated] as const, { concurrency: "unbounded" })
      let count = counts.reduce((sum, n) => sum + n, 0)
      for (let more = -1; more !== 0; count += more) more = yield* purge
      yield* same("how many were deleted", count, over.length)
      yield* same("those that are left", yield* left(over), [])
      yield* sameMembers(
        "those that go on",
        yield* left(open.map(({ id }) => id)),
        open.map(({ id }) => id)
      )
      for (const { id } of open) yield* same("the length of one that goes on", (yield* rowOf(id)).length, 2)
      const answers = yield* journal.append(open.map(({ id }) => groupOf(id, { expected: 2 })))
      yield* same<unknown>(
        "writing on",
        answers,
        answers.map(() => appended)
      )
    })
  }
]
