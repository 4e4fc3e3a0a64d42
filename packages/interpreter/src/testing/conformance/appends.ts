/** Conformance: appending and reading events. The guards of the one-writer rule are tried one by one. */
import * as Effect from "effect/Effect"
import type { Append, Appended } from "../../Journal.ts"
import { Journal } from "../../Journal.ts"
import * as Single from "../single.ts"
import type { Case } from "./bench.ts"
import {
  append,
  appended,
  appendWell,
  begin,
  claim,
  eventsIn,
  eventsOf,
  footprint,
  fresh,
  groupOf,
  release,
  rowOf,
  same,
  signalTo,
  tick,
  unowned
} from "./bench.ts"

/** Tries a group that must be refused, and looks that it left nothing behind. */
const refuses = Effect.fnUntraced(function* (group: Append, answer: Appended) {
  const journal = yield* Journal
  const signal = signalTo(group.instance)
  yield* Single.send(journal, signal)
  const before = yield* footprint(group.instance, signal.id)
  const settled = [{ id: signal.id, outcome: { _tag: "Consumed", reply: "yes" } } as const]
  yield* same("the answer", yield* append({ ...group, settled }), answer)
  yield* same("what there is after it", yield* footprint(group.instance, signal.id), before)
})

/** What every journal does with events. */
export const appends: ReadonlyArray<Case> = [
  {
    name: "events are read as they were appended, in order, every field of them",
    effect: Effect.gen(function* () {
      const { id, events } = yield* begin()
      const also = { attempt: 3, trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", at: 1.5 }
      const more = [...eventsOf(id, [{ a: 1 }, "two", null], { from: 1 }), ...eventsOf(id, [[4]], { from: 4, also })]
      yield* appendWell(groupOf(id, { events: more.slice(0, 3) }))
      yield* appendWell(groupOf(id, { expected: 4, events: more.slice(3) }))
      yield* same("the events", yield* eventsIn(id), [...events, ...more])
    })
  },
  {
    name: "events are read in pages",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const id = fresh("instance")
      const { events } = yield* begin({ id, events: eventsOf(id, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) })
      const pages = yield* Effect.forEach([0, 4, 8, 10, 99], (from) =>
        journal.read({ instance: id, run: 0, from, limit: 4 })
      )
      yield* same("the pages", pages, [events.slice(0, 4), events.slice(4, 8), events.slice(8), [], []])
      yield* same("a page of no size", yield* journal.read({ instance: id, run: 0, from: 0, limit: 0 }), [])
      yield* same("another run", yield* eventsIn(id, 1), [])
    })
  },
  {
    name: "an append updates the row: status, next timer, length and time",
    effect: Effect.gen(function* () {
      const { id } = yield* begin({ wakeAt: 7 })
      const before = yield* rowOf(id)
      yield* tick
      const events = eventsOf(id, [1, 2, 3], { from: 1 })
      yield* appendWell(groupOf(id, { events, status: "waiting", wakeAt: 1_900_000_000_001 }))
      const row = yield* rowOf(id)
      const { updatedAt } = row
      yield* same("the row", row, { ...before, status: "waiting", wakeAt: 1_900_000_000_001, length: 4, updatedAt })
      yield* same("whether updatedAt is later", updatedAt > before.updatedAt, true)
      yield* appendWell(groupOf(id, { expected: 4, wakeAt: null }))
      yield* same("the next timer", (yield* rowOf(id)).wakeAt, null)
    })
  },
  {
    name: "a stale epoch is fenced and writes nothing",
    effect: Effect.gen(function* () {
      const { id, workflow } = yield* unowned()
      yield* claim(workflow)
      yield* refuses(groupOf(id, { status: "waiting", wakeAt: 9 }), { _tag: "Fenced", epoch: 2 })
    })
  },
  {
    name: "an epoch that nobody was given is fenced",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      yield* refuses(groupOf(id, { epoch: 2 }), { _tag: "Fenced", epoch: 1 })
    })
  },
  {
    name: "the loss of an instance alone fences nobody: who wrote last goes on until another claims",
    effect: Effect.gen(function* () {
      const { id, owner } = yield* begin()
      yield* release(owner, { id })
      yield* appendWell(groupOf(id))
    })
  },
  {
    name: "another length than expected is a conflict and writes nothing",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      yield* appendWell(groupOf(id))
      yield* refuses(groupOf(id, { expected: 3 }), { _tag: "Conflict", length: 2 })
      yield* refuses(groupOf(id, { expected: 1 }), { _tag: "Conflict", length: 2 })
      yield* refuses(groupOf(id, { expected: 1, events: [] }), { _tag: "Conflict", length: 2 })
      const events = eventsOf(id, [1, 2, 3], { from: 1 })
      yield* refuses(groupOf(id, { expected: 1, events }), { _tag: "Conflict", length: 2 })
    })
  },
  {
    name: "the same events again are answered as appended, and are there once",
    effect: Effect.gen(function* () {
      const { id, events } = yield* begin()
      const group = groupOf(id, { events: eventsOf(id, [1, 2], { from: 1 }) })
      yield* appendWell(group)
      const row = yield* rowOf(id)
      yield* same("the answer to the second", yield* append(group), appended)
      yield* same("the row", yield* rowOf(id), row)
      yield* appendWell(groupOf(id, { expected: 3, status: "waiting" }))
      yield* same("the answer after later appends", yield* append(group), appended)
      yield* same("the status", (yield* rowOf(id)).status, "waiting")
      yield* same("the first events", (yield* eventsIn(id)).slice(0, 3), [...events, ...group.events])
    })
  },
  {
    name: "the same events again at once are there once",
    effect: Effect.gen(function* () {
      const { id, events } = yield* begin()
      const group = groupOf(id, { events: eventsOf(id, [1, 2], { from: 1 }) })
      const answers = yield* Effect.all(
        Array.from({ length: 6 }, () => append(group)),
        { concurrency: "unbounded" }
      )
      yield* same<unknown>(
        "the answers",
        answers,
        answers.map(() => appended)
      )
      yield* same("the events", yield* eventsIn(id), [...events, ...group.events])
    })
  },
  {
    name: "the same events again by a fenced writer are fenced",
    effect: Effect.gen(function* () {
      const { id, workflow } = yield* unowned()
      const group = groupOf(id)
      yield* appendWell(group)
      yield* claim(workflow)
      yield* refuses(group, { _tag: "Fenced", epoch: 2 })
    })
  },
  {
    name: "some of the same events, or the same among others, are a conflict",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      const events = eventsOf(id, [1, 2], { from: 1 })
      yield* appendWell(groupOf(id, { events }))
      const more = [...events, ...eventsOf(id, [3], { from: 3 })]
      yield* refuses(groupOf(id, { events: more }), { _tag: "Conflict", length: 3 })
      const mixed = [...events.slice(0, 1), ...eventsOf(id, [2], { from: 2 })]
      yield* refuses(groupOf(id, { events: mixed }), { _tag: "Conflict", length: 3 })
    })
  },
  {
    name: "nothing is appended after the end, and the end itself may be appended again",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      const events = eventsOf(id, [{ outcome: "completed" }], { from: 1, kind: "ended" })
      const end = groupOf(id, { events, status: "completed" })
      yield* appendWell(end)
      yield* refuses(groupOf(id, { expected: 2 }), { _tag: "Fenced", epoch: 1 })
      yield* refuses(groupOf(id, { expected: 2, events: [] }), { _tag: "Fenced", epoch: 1 })
      yield* refuses(groupOf(id), { _tag: "Fenced", epoch: 1 })
      yield* same("the answer to the same end", yield* append(end), appended)
    })
  },
  {
    name: "an instance that nobody created is fenced, and not made",
    effect: Effect.gen(function* () {
      const id = fresh("instance")
      yield* same<unknown>("the answer", yield* append(groupOf(id)), { _tag: "Fenced", epoch: 0 })
      yield* same("its events", yield* eventsIn(id), [])
    })
  },
  {
    name: "each group of a batch is answered on its own, and good neighbours are written",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const [one, stale, behind, ended, two] = yield* Effect.all([
        begin(),
        unowned(),
        begin(),
        begin(),
        begin()
      ] as const)
      yield* claim(stale.workflow)
      yield* appendWell(groupOf(ended.id, { status: "failed" }))
      const batch = [
        groupOf(one.id),
        groupOf(stale.id),
        groupOf(fresh("instance")),
        groupOf(behind.id, { expected: 4 }),
        groupOf(ended.id, { expected: 2 }),
        { ...groupOf(one.id), expected: 2 },
        groupOf(two.id)
      ]
      const answers = yield* journal.append(batch)
      yield* same(
        "the answers",
        answers.map((answer) => answer._tag),
        ["Appended", "Fenced", "Fenced", "Conflict", "Fenced", "Rejected", "Appended"]
      )
      yield* same("the events of the first", yield* eventsIn(one.id), [...one.events, ...(batch[0]?.events ?? [])])
      yield* same("the events of the last", yield* eventsIn(two.id), [...two.events, ...(batch[6]?.events ?? [])])
      yield* same("the events of the stale", yield* eventsIn(stale.id), stale.events)
    })
  },
  {
    name: "an empty batch is answered with nothing",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      yield* same("the answers", yield* journal.append([]), [])
    })
  },
  {
    name: "a group without events may still change the row",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      yield* appendWell(groupOf(id, { events: [], status: "paused", wakeAt: 12 }))
      const { status, wakeAt, length } = yield* rowOf(id)
      yield* same("the row", { status, wakeAt, length }, { status: "paused", wakeAt: 12, length: 1 })
    })
  },
  {
    name: "events that are not numbered from the expected one, or are another instance's, are rejected",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      const wrong = [eventsOf(id, [1], { from: 2 }), eventsOf(fresh("instance"), [1], { from: 1 })]
      wrong.push(eventsOf(id, [1], { from: 1, run: 1 }))
      for (const events of wrong) {
        yield* same("the answer", (yield* append(groupOf(id, { events })))?._tag, "Rejected")
      }
      yield* same("the length", (yield* rowOf(id)).length, 1)
    })
  },
  {
    name: "a thousand groups fit in one batch",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const creates = yield* Effect.forEach(Array.from({ length: 1000 }), () => begin(), { concurrency: 16 })
      const batch = creates.map(({ id }) => groupOf(id, { events: eventsOf(id, [1, 2], { from: 1 }) }))
      yield* same<unknown>(
        "the answers",
        yield* journal.append(batch),
        batch.map(() => appended)
      )
      const last = batch.at(-1)
      yield* same("the last events", (yield* eventsIn(last?.instance ?? "")).slice(1), last?.events ?? [])
    })
  },
  {
    name: "a run is continued by another: the journal begins again, the old one stays readable",
    effect: Effect.gen(function* () {
      const { id, events } = yield* begin()
      const end = groupOf(id, {
        events: eventsOf(id, [{ input: 2 }], { from: 1, kind: "continued" }),
        status: "continued"
      })
      const start = groupOf(id, { run: 1, expected: 0, events: eventsOf(id, ["again", 1], { run: 1 }) })
      yield* refuses(start, { _tag: "Conflict", length: 1 })
      yield* appendWell(end)
      yield* refuses(groupOf(id, { expected: 2 }), { _tag: "Conflict", length: 2 })
      yield* refuses({ ...start, run: 2, events: eventsOf(id, [1], { run: 2 }) }, { _tag: "Conflict", length: 2 })
      yield* same("the end of the first run again", yield* append(end), appended)
      yield* appendWell(start)
      const { run, length, status } = yield* rowOf(id)
      yield* same("the row", { run, length, status }, { run: 1, length: 2, status: "running" })
      yield* same("the first run", yield* eventsIn(id, 0), [...events, ...end.events])
      yield* same("the second run", yield* eventsIn(id, 1), start.events)
      yield* same("the start of the second run again", yield* append(start), appended)
      yield* same("the end of the first run once more", yield* append(end), appended)
      yield* refuses(groupOf(id, { expected: 2 }), { _tag: "Conflict", length: 2 })
    })
  },
  {
    name: "of two writers only the one with the highest epoch writes, whatever the order",
    effect: Effect.gen(function* () {
      const { id, workflow, events } = yield* unowned()
      const stale = Array.from({ length: 20 }, () => groupOf(id))
      // For one id: a claim at large may pass by an instance that is being written to.
      const claimed = Effect.flatMap(claim(workflow, { ids: [id] }), () =>
        append(groupOf(id, { epoch: 2, expected: 1 }))
      )
      const race = yield* Effect.all([Effect.forEach(stale, append, { concurrency: "unbounded" }), claimed] as const, {
        concurrency: 2
      })
      const [zombies, successor] = race
      const journal = yield* eventsIn(id)
      const written = zombies.filter((answer) => answer?._tag === "Appended").length
      // The stale writer may have been first, once, before the claim. It never writes beside its successor.
      yield* same("the successor's answer", successor?._tag, written === 0 ? "Appended" : "Conflict")
      yield* same("the number of events", journal.length, events.length + 1)
      yield* same<unknown>("a stale append after all that", yield* append(groupOf(id, { expected: 2 })), {
        _tag: "Fenced",
        epoch: 2
      })
    })
  }
]
