/** Conformance: the inbox. In = consumed ∪ refused ∪ pending, each id once. */
import * as Effect from "effect/Effect"
import type { Appended, Outcome, Send, Sent, Settlement } from "../../Journal.ts"
import { Journal } from "../../Journal.ts"
import * as Single from "../single.ts"
import type { Case } from "./bench.ts"
import {
  append,
  appendWell,
  begin,
  claim,
  eventsIn,
  fresh,
  groupOf,
  release,
  same,
  sameMembers,
  signalTo,
  unowned
} from "./bench.ts"

const pending: Sent = { _tag: "Pending" }
const unknown: Sent = { _tag: "Unknown" }
const consumed: Outcome = { _tag: "Consumed", reply: "thanks ann" }

const settle = (signal: Send, outcome: Outcome = consumed): Settlement => ({ id: signal.id, outcome })

/** What every journal does with signals. */
export const signals: ReadonlyArray<Case> = [
  {
    name: "signals wait in the inbox in order of arrival",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      const sends = Array.from({ length: 5 }, (_, index) =>
        signalTo(id, { payload: index, name: index % 2 === 0 ? "approve" : "reject" })
      )
      for (const send of sends) yield* same<Sent>("the answer", yield* Single.send(journal, send), pending)
      yield* same("the inbox", yield* Single.inbox(journal, id), sends)
    })
  },
  {
    name: "a signal keeps whom it is for",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      const sends = [signalTo(id, { to: "item-7" }), signalTo(id), signalTo(id, { to: "" })]
      for (const send of sends) yield* Single.send(journal, send)
      yield* same("the inbox", yield* Single.inbox(journal, id), sends)
    })
  },
  {
    name: "a signal that is sent again is there once, and keeps its first payload",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      const send = signalTo(id)
      yield* Single.send(journal, send)
      yield* same<Sent>("the second answer", yield* Single.send(journal, { ...send, payload: "other" }), pending)
      yield* same("the inbox", yield* Single.inbox(journal, id), [send])
    })
  },
  {
    name: "a signal that many send at once is there once",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      const send = signalTo(id)
      const answers = yield* Effect.all(
        Array.from({ length: 8 }, () => Single.send(journal, send)),
        { concurrency: "unbounded" }
      )
      yield* same<unknown>(
        "the answers",
        answers,
        answers.map(() => pending)
      )
      yield* same("the inbox", yield* Single.inbox(journal, id), [send])
    })
  },
  {
    name: "one id may be sent to two instances",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const one = yield* begin()
      const two = yield* begin()
      const send = signalTo(one.id)
      const other = { ...send, instance: two.id }
      yield* Single.send(journal, send)
      yield* Single.send(journal, other)
      yield* appendWell(groupOf(one.id, { settled: [settle(send)] }))
      yield* same("the first inbox", yield* Single.inbox(journal, one.id), [])
      yield* same("the second inbox", yield* Single.inbox(journal, two.id), [other])
    })
  },
  {
    name: "a settled signal leaves the inbox, and whoever asks or sends again gets its outcome",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      const sends = Array.from({ length: 4 }, () => signalTo(id))
      for (const send of sends) yield* Single.send(journal, send)
      const outcomes: ReadonlyArray<Outcome> = [
        consumed,
        { _tag: "Refused", error: { _tag: "TooLate" } },
        { _tag: "Ambiguous", waiting: ["a", "b"] }
      ]
      const settled = outcomes.map((outcome, index) => ({ id: sends[index]?.id ?? "", outcome }))
      yield* appendWell(groupOf(id, { settled }))
      yield* same("the inbox", yield* Single.inbox(journal, id), sends.slice(3))
      const answer = (index: number): Sent => {
        const outcome = outcomes[index]
        return outcome === undefined ? pending : { _tag: "Settled", outcome }
      }
      for (const [index, send] of sends.entries()) {
        yield* same<Sent>("the answer to asking", yield* Single.sent(journal, id, send.id), answer(index))
        yield* same<Sent>("the answer to sending again", yield* Single.send(journal, send), answer(index))
      }
    })
  },
  {
    name: "an id that another signal has is taken: nothing is stored, and nobody gets the other one's answer",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      const send = signalTo(id)
      yield* Single.send(journal, send)
      const other = { ...send, name: "another signal" }
      yield* same<Sent>("the answer while pending", yield* Single.send(journal, other), {
        _tag: "Taken",
        name: send.name
      })
      yield* same("the inbox", yield* Single.inbox(journal, id), [send])
      yield* appendWell(groupOf(id, { settled: [settle(send)] }))
      yield* same<Sent>("the answer when settled", yield* Single.send(journal, other), {
        _tag: "Taken",
        name: send.name
      })
    })
  },
  {
    name: "a refusal settles a signal without an event",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, events } = yield* begin()
      const send = signalTo(id)
      yield* Single.send(journal, send)
      const outcome: Outcome = { _tag: "Refused", error: "too late" }
      const group = groupOf(id, { events: [], settled: [settle(send, outcome)] })
      yield* appendWell(group)
      yield* same<Sent>("the answer", yield* Single.sent(journal, id, send.id), { _tag: "Settled", outcome })
      yield* same("the events", yield* eventsIn(id), events)
      yield* appendWell(group)
    })
  },
  {
    name: "a signal is consumed once: events that consume it again are a conflict, and its first outcome stays",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      const send = signalTo(id)
      yield* Single.send(journal, send)
      const group = groupOf(id, { settled: [settle(send)] })
      yield* appendWell(group)
      const before = yield* eventsIn(id)
      const again = groupOf(id, { expected: 2, settled: [settle(send, { _tag: "Refused", error: 1 })] })
      yield* same<Appended | undefined>("the answer", yield* append(again), { _tag: "Conflict", length: 2 })
      yield* same("the events", yield* eventsIn(id), before)
      yield* same<Sent>("the answer to asking", yield* Single.sent(journal, id, send.id), {
        _tag: "Settled",
        outcome: consumed
      })
      // The same group once more is a repeated append, not a second consumption; and a refusal writes no event.
      yield* appendWell(group)
      yield* appendWell({ ...again, events: [] })
      yield* same<Sent>("the answer after that", yield* Single.sent(journal, id, send.id), {
        _tag: "Settled",
        outcome: consumed
      })
    })
  },
  {
    name: "a fenced append settles nothing",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, workflow } = yield* unowned()
      const send = signalTo(id)
      yield* Single.send(journal, send)
      yield* claim(workflow)
      const answer = yield* append(groupOf(id, { settled: [settle(send)] }))
      yield* same("the answer to the append", answer?._tag, "Fenced")
      yield* same<Sent>("the answer to asking", yield* Single.sent(journal, id, send.id), pending)
      yield* same("the inbox", yield* Single.inbox(journal, id), [send])
    })
  },
  {
    name: "a signal for nobody is unknown, and stays so",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const send = signalTo(fresh("instance"))
      yield* same<Sent>("the answer", yield* Single.send(journal, send), unknown)
      yield* same<Sent>("the answer to asking", yield* Single.sent(journal, send.instance, send.id), unknown)
      const { id } = yield* begin()
      yield* same<Sent>("an id that was never sent", yield* Single.sent(journal, id, send.id), unknown)
    })
  },
  {
    name: "after the end new signals and pending ones are closed, settled ones still answered",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      const [done, last, left, late] = [signalTo(id), signalTo(id), signalTo(id), signalTo(id)]
      for (const send of [done, last, left]) yield* Single.send(journal, send)
      yield* appendWell(groupOf(id, { settled: [settle(done)] }))
      yield* appendWell(groupOf(id, { expected: 2, status: "cancelled", settled: [settle(last)] }))
      const closed: Sent = { _tag: "Closed", status: "cancelled" }
      const settled: Sent = { _tag: "Settled", outcome: consumed }
      yield* same("the inbox", yield* Single.inbox(journal, id), [])
      for (const [send, answer] of [
        [done, settled],
        [last, settled],
        [left, closed]
      ] as const) {
        yield* same<Sent>("the answer to asking", yield* Single.sent(journal, id, send.id), answer)
        yield* same<Sent>("the answer to sending again", yield* Single.send(journal, send), answer)
      }
      yield* same<Sent>("the answer to a late one", yield* Single.send(journal, late), closed)
      yield* same<Sent>("the answer to asking about the late one", yield* Single.sent(journal, id, late.id), unknown)
    })
  },
  {
    name: "a new run keeps the inbox and the ids of signals",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      const [done, left] = [signalTo(id), signalTo(id)]
      yield* Single.send(journal, done)
      yield* Single.send(journal, left)
      yield* appendWell(groupOf(id, { status: "continued", settled: [settle(done)] }))
      const between = signalTo(id)
      yield* same<Sent>("the answer between the runs", yield* Single.send(journal, between), pending)
      yield* appendWell(groupOf(id, { run: 1, expected: 0 }))
      yield* same("the inbox", yield* Single.inbox(journal, id), [left, between])
      yield* same<Sent>("the answer to sending again", yield* Single.send(journal, done), {
        _tag: "Settled",
        outcome: consumed
      })
      yield* appendWell(groupOf(id, { run: 1, expected: 1, settled: [settle(left)] }))
      yield* same("the inbox at the end", yield* Single.inbox(journal, id), [between])
    })
  },
  {
    name: "attention lists the held instances that have pending signals, and no others",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const owner = fresh("owner")
      const idle = yield* begin({ owner })
      const waiting = yield* begin({ owner })
      const settled = yield* begin({ owner })
      const ended = yield* begin({ owner })
      const released = yield* begin({ owner })
      const lost = yield* begin({ owner })
      const theirs = yield* begin()
      yield* same("before any signal", yield* journal.attention(owner), [])
      const done = signalTo(settled.id)
      yield* Single.send(journal, done)
      for (const { id } of [waiting, waiting, ended, released, lost, theirs]) yield* Single.send(journal, signalTo(id))
      yield* appendWell(groupOf(settled.id, { settled: [settle(done)] }))
      yield* appendWell(groupOf(ended.id, { status: "terminated" }))
      yield* release(owner, { id: released.id })
      yield* release(owner, { id: lost.id })
      yield* claim(lost.workflow)
      yield* same("the list", yield* journal.attention(owner), [waiting.id])
      yield* Single.send(journal, signalTo(idle.id))
      yield* sameMembers("the list after one more", yield* journal.attention(owner), [idle.id, waiting.id])
      yield* same("another's list", yield* journal.attention(theirs.owner), [theirs.id])
    })
  }
]
