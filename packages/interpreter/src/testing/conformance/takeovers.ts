/** Conformance: how often an instance was taken from those who were not heard of, and rows that say more than events do. */
import * as Effect from "effect/Effect"
import { Journal } from "../../Journal.ts"
import * as Single from "../single.ts"
import type { Case } from "./bench.ts"
import {
  append,
  appended,
  appendWell,
  begin,
  claim,
  createOne,
  creation,
  eventsOf,
  groupOf,
  longLease,
  release,
  rowOf,
  same,
  signalTo,
  tick
} from "./bench.ts"

/** An owner that nobody hears of any more. */
const dies = Effect.fnUntraced(function* (owner: string) {
  const journal = yield* Journal
  yield* journal.renew(owner, 0)
  yield* tick
  yield* journal.reap
})

/** Claims one instance, which is there to be claimed; answers its row. */
const taken = Effect.fnUntraced(function* (workflow: string, owner: string) {
  const [row] = yield* claim(workflow, { owner })
  return row
})

/** What every journal does about take-overs, and about groups without events that change what a row says. */
export const takeovers: ReadonlyArray<Case> = [
  {
    name: "each time that an instance is taken from an owner whose lease has lapsed is counted, and a claim tells of it",
    effect: Effect.gen(function* () {
      const { id, owner, workflow } = yield* begin()
      const neighbour = yield* begin()
      for (const count of [1, 2, 3]) {
        yield* dies(owner)
        yield* same("the row", (yield* rowOf(id)).takeovers, count)
        yield* same("the claimed", (yield* taken(workflow, owner))?.takeovers, count)
      }
      yield* same("a neighbour's row", (yield* rowOf(neighbour.id)).takeovers, 0)
    })
  },
  {
    name: "giving back in order, and claims after that, count nothing and forget nothing",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, owner, workflow } = yield* begin()
      yield* dies(owner)
      yield* taken(workflow, owner)
      yield* release(owner, { id, epoch: 2 })
      yield* taken(workflow, owner)
      yield* journal.retire(owner)
      yield* same("the claimed", (yield* taken(workflow, owner))?.takeovers, 1)
      // It renews in time: nothing is taken from it.
      yield* journal.renew(owner, longLease)
      yield* journal.reap
      yield* same("the row", (yield* rowOf(id)).takeovers, 1)
    })
  },
  {
    name: "whatever is appended begins the count anew, with events or without, and what is refused does not",
    effect: Effect.gen(function* () {
      const { id, owner, workflow } = yield* begin()
      const groups = [{ expected: 1 }, { expected: 2, events: [], status: "stuck", wakeAt: null }] as const
      for (const [index, group] of groups.entries()) {
        yield* dies(owner)
        yield* taken(workflow, owner)
        yield* append(groupOf(id, { epoch: index + 1, expected: 1 }))
        yield* append(groupOf(id, { epoch: index + 2, expected: 7 }))
        yield* same("the row after what was refused", (yield* rowOf(id)).takeovers, 1)
        yield* appendWell(groupOf(id, { epoch: index + 2, ...group }))
        yield* same("the row", (yield* rowOf(id)).takeovers, 0)
      }
    })
  },
  {
    name: "a message from another instance is no progress of the one that it is for",
    effect: Effect.gen(function* () {
      const { id, owner, workflow } = yield* begin()
      yield* dies(owner)
      const other = yield* begin()
      yield* appendWell(groupOf(other.id, { sends: [signalTo(id)] }))
      yield* same("the claimed", (yield* taken(workflow, owner))?.takeovers, 1)
    })
  },
  {
    name: "an instance that is opened anew has not been taken over",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, owner, workflow } = yield* begin()
      yield* dies(owner)
      yield* taken(workflow, owner)
      yield* appendWell(groupOf(id, { epoch: 2, status: "completed" }))
      const again = { ...creation({ id, workflow }), events: eventsOf(id, [{ input: null }], { run: 1 }) }
      yield* same("the answer", (yield* journal.reopen(again, 2))._tag, "Created")
      yield* same("the row", (yield* rowOf(id)).takeovers, 0)
      yield* same("the answer to a start", (yield* createOne(creation({ id, workflow })))._tag, "Exists")
    })
  },
  {
    name: "one that becomes stuck without an event is claimed for a signal only, however its owner goes",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, owner, workflow } = yield* begin()
      yield* appendWell(groupOf(id, { events: [], status: "stuck", wakeAt: null }))
      yield* dies(owner)
      yield* same("the claimed", yield* claim(workflow), [])
      yield* Single.send(journal, signalTo(id))
      yield* same("the status of what is claimed then", (yield* taken(workflow, owner))?.status, "stuck")
    })
  },
  {
    name: "a run that is continued may be stuck, and the next one begins once it is continued again",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      yield* appendWell(groupOf(id, { status: "continued" }))
      const group = { expected: 2, events: [] } as const
      yield* appendWell(groupOf(id, { ...group, status: "stuck", wakeAt: null }))
      const next = groupOf(id, { run: 1, expected: 0, events: eventsOf(id, ["again"], { run: 1 }) })
      yield* same("the next run while it is stuck", (yield* append(next))?._tag, "Conflict")
      yield* appendWell(groupOf(id, { ...group, status: "continued" }))
      yield* same("an event after it is continued", (yield* append(groupOf(id, { expected: 2 })))?._tag, "Conflict")
      yield* same("the next run", yield* append(next), appended)
      const { length, run, status } = yield* rowOf(id)
      yield* same("the row", { length, run, status }, { length: 1, run: 1, status: "running" })
    })
  }
]
