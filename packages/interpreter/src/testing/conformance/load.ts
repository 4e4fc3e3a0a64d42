/** Conformance: long histories, full inboxes, and everything at once. */
import * as Effect from "effect/Effect"
import type { Append, Settlement } from "../../Journal.ts"
import { Journal } from "../../Journal.ts"
import * as Single from "../single.ts"
import type { Case } from "./bench.ts"
import { append, appendWell, begin, eventsIn, eventsOf, groupOf, rowOf, same, sameMembers, signalTo } from "./bench.ts"

const numbers = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, index) => index)

const consumed = (id: string, reply: number): Settlement => ({ id, outcome: { _tag: "Consumed", reply } })

/** What every journal does with much of everything. */
export const loads: ReadonlyArray<Case> = [
  {
    name: "a long history comes back whole, in pages and from any place",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, events } = yield* begin()
      const groups = numbers(4).map((index) =>
        eventsOf(id, numbers(5000), { from: 1 + 5000 * index, also: { path: `0:${index}` } })
      )
      for (const group of groups) yield* appendWell(groupOf(id, { expected: group[0]?.seq ?? 0, events: group }))
      const all = [...events, ...groups.flat()]
      yield* same("the length", (yield* rowOf(id)).length, all.length)
      for (let from = 0; from <= all.length; from += 3000) {
        const page = yield* journal.read({ instance: id, run: 0, from, limit: 3000 })
        yield* same(`the events from ${from} on`, page, all.slice(from, from + 3000))
      }
      const last = yield* journal.read({ instance: id, run: 0, from: all.length - 1, limit: 10 })
      yield* same("the last", last, all.slice(-1))
    })
  },
  {
    name: "a full inbox keeps its order, and gives up what is settled, all in one group",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      const sends = numbers(600).map((payload) => signalTo(id, { payload, name: `signal ${payload % 3}` }))
      for (const send of sends) yield* Single.send(journal, send)
      yield* same("the inbox", yield* Single.inbox(journal, id), sends)
      const settled = sends.filter((_, index) => index % 2 === 0).map((send, index) => consumed(send.id, index))
      const events = eventsOf(id, numbers(settled.length), { from: 1 })
      yield* appendWell(groupOf(id, { events, settled }))
      const left = sends.filter((_, index) => index % 2 === 1)
      yield* same("the inbox after that", yield* Single.inbox(journal, id), left)
      yield* same<unknown>(
        "what became of the last that is settled",
        yield* Single.sent(journal, id, sends.at(-2)?.id ?? ""),
        {
          _tag: "Settled",
          outcome: settled.at(-1)?.outcome
        }
      )
    })
  },
  {
    name: "in = consumed ∪ refused ∪ pending, whoever sends, repeats and settles meanwhile",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      const sends = numbers(60).map((payload) => signalTo(id, { payload }))
      // Everything is sent twice, by several at once and in another order.
      const sending = Effect.forEach([...sends, ...sends.toReversed()], (send) => Single.send(journal, send), {
        concurrency: 8
      })
      const settled = new Map<string, Settlement>()
      let length = 1
      const settling = Effect.gen(function* () {
        for (let round = 0; round < 40; round++) {
          const found = (yield* Single.inbox(journal, id)).slice(0, 1 + (round % 3))
          const some = found.map((send, index) =>
            index === 1
              ? ({ id: send.id, outcome: { _tag: "Refused", error: round } } as const)
              : consumed(send.id, round)
          )
          const events = eventsOf(
            id,
            found.slice(0, 1).map(({ payload }) => payload),
            { from: length }
          )
          yield* appendWell(groupOf(id, { expected: length, events, settled: some }))
          length += events.length
          for (const settlement of some) settled.set(settlement.id, settlement)
          yield* Effect.yieldNow
        }
      })
      yield* Effect.all([sending, settling], { concurrency: 2 })
      const pending = (yield* Single.inbox(journal, id)).map((send) => send.id)
      yield* sameMembers(
        "all that were sent",
        [...settled.keys(), ...pending],
        sends.map((send) => send.id)
      )
      for (const [signal, { outcome }] of settled) {
        yield* same<unknown>("its outcome", yield* Single.sent(journal, id, signal), { _tag: "Settled", outcome })
      }
      yield* same("the number of events", (yield* eventsIn(id)).length, length)
    })
  },
  {
    name: "batches that share instances, in any order and at once, write each group once and answer for each",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const creates = yield* Effect.forEach(numbers(24), () => begin())
      const target = creates[0]?.id ?? ""
      // The same groups by several, as after commits whose outcome is unknown, each with a message to one of them.
      const groups = creates.map(({ id }): Append => groupOf(id, { sends: [signalTo(target)] }))
      const batches = numbers(6).map((index) => {
        const turned = [...groups.slice(4 * index), ...groups.slice(0, 4 * index)]
        return index % 2 === 0 ? turned : turned.toReversed()
      })
      const answers = yield* Effect.forEach(batches, journal.append, { concurrency: "unbounded" })
      yield* same(
        "the answers that are not Appended",
        answers.flat().filter(({ _tag }) => _tag !== "Appended"),
        []
      )
      for (const [index, { id, events }] of creates.entries()) {
        yield* same("the events", yield* eventsIn(id), [...events, ...(groups[index]?.events ?? [])])
      }
      const sent = groups.flatMap(({ sends = [] }) => sends.map((send) => send.id))
      yield* sameMembers(
        "the messages that arrived",
        (yield* Single.inbox(journal, target)).map((send) => send.id),
        sent
      )
    })
  },
  {
    name: "an instance that ends while many send to it answers each: dealt with, closed, or never known",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      const sends = numbers(40).map((payload) => signalTo(id, { payload }))
      const end = Effect.gen(function* () {
        const [first] = yield* Single.inbox(journal, id)
        const settled = first === undefined ? [] : [consumed(first.id, 0)]
        return { settled, answer: yield* append(groupOf(id, { status: "completed", settled })) }
      })
      const [answers, { answer, settled }] = yield* Effect.all(
        [
          Effect.forEach(sends, (send) => Single.send(journal, send), { concurrency: 8 }),
          Effect.delay(end, 1)
        ] as const,
        { concurrency: 2 }
      )
      yield* same("the end", answer?._tag, "Appended")
      yield* same("the inbox", yield* Single.inbox(journal, id), [])
      for (const [index, { id: signal }] of sends.entries()) {
        const isSettled = settled.some((settlement) => settlement.id === signal)
        const now = (yield* Single.sent(journal, id, signal))._tag
        // What was stored is closed with the end; what came too late was never stored.
        const expected = isSettled ? "Settled" : answers[index]?._tag === "Pending" ? "Closed" : "Unknown"
        yield* same("what became of it", now, expected)
      }
    })
  }
]
