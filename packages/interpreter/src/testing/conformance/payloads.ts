/**
 * Conformance: payloads and patches. Whatever is JSON comes back as it was, and what is not is refused without harm to
 * its neighbours.
 */
import * as Effect from "effect/Effect"
import { Journal } from "../../Journal.ts"
import * as Single from "../single.ts"
import type { Case } from "./bench.ts"
import {
  append,
  appendWell,
  begin,
  ConformanceFailure,
  createOne,
  creation,
  eventsIn,
  eventsOf,
  fresh,
  groupOf,
  same,
  signalTo
} from "./bench.ts"
import { unkeepable, values } from "./values.ts"

/** What every journal does with payloads. */
export const payloads: ReadonlyArray<Case> = [
  ...values.map(([what, value]): Case => ({
    name: `a payload comes back exactly: ${what}`,
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      const send = signalTo(id, { payload: value })
      yield* Single.send(journal, send)
      yield* same("the signal", yield* Single.inbox(journal, id), [send])
      const outcome = { _tag: "Consumed", reply: value } as const
      const events = eventsOf(id, [value, { value }], { from: 1 })
      yield* appendWell(groupOf(id, { events, settled: [{ id: send.id, outcome }] }))
      yield* same("the events", (yield* eventsIn(id)).slice(1), events)
      yield* same<unknown>("the reply", yield* Single.sent(journal, id, send.id), { _tag: "Settled", outcome })
    })
  })),
  {
    name: "a payload comes back exactly: negative zero, which JSON has not, as zero",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      yield* appendWell(groupOf(id, { events: eventsOf(id, [-0], { from: 1 }) }))
      yield* same("the payload", (yield* eventsIn(id))[1]?.payload, 0)
    })
  },
  {
    name: "a recorded event does not change with the object that it was made from",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      const payload = { list: [1] }
      const events = [...eventsOf(id, [payload], { from: 1 })]
      yield* appendWell(groupOf(id, { events }))
      payload.list.push(2)
      events.pop()
      yield* same("the payload", (yield* eventsIn(id))[1]?.payload, { list: [1] })
    })
  },
  ...unkeepable.map(([what, value]): Case => ({
    name: `a payload that is not JSON is rejected, its neighbours are written: ${what}`,
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const bad = yield* begin()
      const good = yield* begin()
      const batch = [groupOf(bad.id, { events: eventsOf(bad.id, [value], { from: 1 }) }), groupOf(good.id)]
      const answers = yield* journal.append(batch)
      yield* same(
        "the answers",
        answers.map((answer) => answer._tag),
        ["Rejected", "Appended"]
      )
      yield* same("the events", yield* eventsIn(bad.id), bad.events)
      const refusal = yield* Effect.flip(Single.send(journal, signalTo(bad.id, { payload: value }))).pipe(
        Effect.mapError(
          () => new ConformanceFailure({ what: "sending it", expected: "a JournalError", actual: "success" })
        )
      )
      yield* same("whether to send again", refusal.retryable, false)
    })
  })),
  ...values.map(([what, value]): Case => ({
    name: `a patch comes back exactly: ${what}`,
    effect: Effect.gen(function* () {
      const id = fresh("instance")
      const also = { patch: value }
      const create = yield* begin({ id, events: eventsOf(id, ["first"], { also }) })
      const events = eventsOf(id, [1, 2], { from: 1, also })
      yield* appendWell(groupOf(id, { events }))
      yield* same("the events", yield* eventsIn(id), [...create.events, ...events])
      const answer = yield* createOne(creation({ id }))
      yield* same<unknown>("the started event", answer._tag === "Exists" && answer.started, create.events[0])
    })
  })),
  {
    name: "a patch comes back exactly: one that changes many places, and one that changes nothing",
    effect: Effect.gen(function* () {
      const { id, events: first } = yield* begin()
      const patch = [
        { op: "replace", path: "/orders/0/~1a~0b", value: { nested: [[], {}, [null, { "": [1.5, "x"] }]] } },
        { op: "remove", path: "" },
        { op: "add", path: "/list/-", value: null }
      ]
      const changing = eventsOf(id, [1], { from: 1, also: { patch } })
      const idle = eventsOf(id, [2], { from: 2, also: { patch: [] } })
      yield* appendWell(groupOf(id, { events: [...changing, ...idle] }))
      yield* same("the events", yield* eventsIn(id), [...first, ...changing, ...idle])
    })
  },
  {
    name: "an event without a patch comes back without one, whatever its neighbours have",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const id = fresh("instance")
      const mixed = (from: number, numbers: ReadonlyArray<number>, withPatch: ReadonlyArray<number>) =>
        numbers.flatMap((number, index) =>
          eventsOf(id, [number], { from: from + index, also: withPatch.includes(number) ? { patch: [number] } : {} })
        )
      const { events: first } = yield* begin({ id, events: mixed(0, [0, 1, 2], [1]) })
      const groups = [mixed(3, [3, 4, 5], [3]), mixed(6, [6, 7], []), mixed(8, [8, 9], [9])]
      const neighbour = yield* begin()
      const also = { patch: null }
      const others = eventsOf(neighbour.id, [1, 2], { from: 1, also })
      yield* journal.append([groupOf(id, { expected: 3, events: groups[0] ?? [] }), groupOf(neighbour.id)])
      yield* journal.append([
        groupOf(id, { expected: 6, events: groups[1] ?? [] }),
        groupOf(neighbour.id, { expected: 2, events: others.map((event, index) => ({ ...event, seq: 2 + index })) })
      ])
      yield* journal.append([groupOf(id, { expected: 8, events: groups[2] ?? [] })])
      const found = yield* eventsIn(id)
      yield* same("the events", found, [...first, ...groups.flat()])
      yield* same(
        "which have a patch",
        found.flatMap((event) => ("patch" in event ? [event.seq] : [])),
        [1, 3, 9]
      )
      const theirs = yield* eventsIn(neighbour.id)
      yield* same(
        "which of the neighbour's have one",
        theirs.map((event) => "patch" in event),
        [false, false, true, true]
      )
    })
  },
  ...unkeepable.slice(0, 2).map(([what, patch]): Case => ({
    name: `a patch that is not JSON is rejected, its neighbours are written: ${what}`,
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const bad = yield* begin()
      const good = yield* begin()
      const events = eventsOf(bad.id, [1], { from: 1, also: { patch } })
      const answers = yield* journal.append([groupOf(bad.id, { events }), groupOf(good.id)])
      yield* same(
        "the answers",
        answers.map((answer) => answer._tag),
        ["Rejected", "Appended"]
      )
      yield* same("the events", yield* eventsIn(bad.id), bad.events)
    })
  })),
  {
    name: "a step's name or path that databases can't hold is rejected, and says which",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      for (const flaw of ["\u0000", "\ud800"]) {
        for (const field of ["path", "step", "id"] as const) {
          const events = eventsOf(id, [1], { from: 1, also: { [field]: `x${flaw}` } })
          const answer = yield* append(groupOf(id, { events }))
          yield* same("the answer", answer?._tag, "Rejected")
        }
      }
      yield* same("the number of events", (yield* eventsIn(id)).length, 1)
    })
  }
]
