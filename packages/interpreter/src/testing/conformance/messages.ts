/** Conformance: messages to other instances within an append. They are there with it or not at all. */
import * as Effect from "effect/Effect"
import type { Append, Sent } from "../../Journal.ts"
import { Journal } from "../../Journal.ts"
import * as Single from "../single.ts"
import type { Case } from "./bench.ts"
import { append, appended, appendWell, begin, claim, fresh, groupOf, same, signalTo, unowned } from "./bench.ts"
import { values } from "./values.ts"

const unknown: Sent = { _tag: "Unknown" }

/** Compares who of some instances may be claimed now. */
const claimable = Effect.fnUntraced(function* (what: string, workflow: string, expected: ReadonlyArray<string>) {
  const rows = yield* claim(workflow)
  yield* same(
    what,
    rows.map(({ id }) => id),
    expected
  )
})

/** What every journal does with the messages of an append. */
export const messages: ReadonlyArray<Case> = [
  {
    name: "the messages of an append are in their inboxes, in order",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const [from, one, two] = yield* Effect.all([begin(), begin(), begin()] as const)
      const before = signalTo(one.id)
      yield* Single.send(journal, before)
      const sends = [signalTo(one.id, { to: "item-7", payload: 1 }), signalTo(two.id), signalTo(one.id, { payload: 2 })]
      yield* appendWell(groupOf(from.id, { sends }))
      const [first, second, third] = sends
      yield* same<unknown>("the first inbox", yield* Single.inbox(journal, one.id), [before, first, third])
      yield* same<unknown>("the second inbox", yield* Single.inbox(journal, two.id), [second])
      yield* same("the inbox of the sender", yield* Single.inbox(journal, from.id), [])
    })
  },
  ...values.map(([what, value]): Case => ({
    name: `a message comes as it was: ${what}`,
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const [from, to] = yield* Effect.all([begin(), begin()] as const)
      const send = signalTo(to.id, { payload: value })
      yield* appendWell(groupOf(from.id, { sends: [send] }))
      yield* same("the inbox", yield* Single.inbox(journal, to.id), [send])
    })
  })),
  {
    name: "a message wakes an instance that nobody owns",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      const from = yield* begin()
      const target = yield* unowned({ workflow, status: "waiting", wakeAt: null })
      yield* unowned({ workflow, status: "waiting", wakeAt: null })
      yield* appendWell(groupOf(from.id, { sends: [signalTo(target.id), signalTo(target.id)] }))
      yield* claimable("the claimed", workflow, [target.id])
    })
  },
  {
    name: "a message to an instance that is not there, or has ended, is dropped, and its neighbours arrive",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const [from, ended, there] = yield* Effect.all([begin(), begin(), begin()] as const)
      yield* appendWell(groupOf(ended.id, { status: "completed" }))
      const [nobody, late, good] = [signalTo(fresh("instance")), signalTo(ended.id), signalTo(there.id)]
      yield* appendWell(groupOf(from.id, { sends: [nobody, late, good] }))
      yield* same("asking about the first", yield* Single.sent(journal, nobody.instance, nobody.id), unknown)
      yield* same("asking about the second", yield* Single.sent(journal, late.instance, late.id), unknown)
      yield* same("the inbox", yield* Single.inbox(journal, there.id), [good])
    })
  },
  {
    name: "a message whose id is known is dropped, whatever it says",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const workflow = fresh("workflow")
      const from = yield* begin()
      const to = yield* begin({ workflow, wakeAt: null })
      const send = signalTo(to.id)
      yield* Single.send(journal, send)
      yield* journal.release(to.owner, [{ id: to.id, epoch: 1, at: null, known: [send.id] }])
      const others = [
        { ...send, payload: "other" },
        { ...send, name: "another signal" }
      ]
      yield* appendWell(groupOf(from.id, { sends: others }))
      yield* same("the inbox", yield* Single.inbox(journal, to.id), [send])
      yield* claimable("the claimed", workflow, [])
      const twice = signalTo(to.id)
      yield* appendWell(groupOf(from.id, { expected: 2, sends: [twice, { ...twice, payload: "other" }] }))
      yield* same("the inbox after one that came twice", yield* Single.inbox(journal, to.id), [send, twice])
    })
  },
  {
    name: "a group that is refused sends nothing, and one that is appended again sends nothing again",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const [from, to] = yield* Effect.all([begin(), begin()] as const)
      const refused: ReadonlyArray<Partial<Append>> = [{ epoch: 2 }, { expected: 5 }, { run: 1, expected: 0 }]
      for (const options of refused) yield* append(groupOf(from.id, { ...options, sends: [signalTo(to.id)] }))
      yield* append(groupOf(fresh("instance"), { sends: [signalTo(to.id)] }))
      yield* same("the inbox after those that were refused", yield* Single.inbox(journal, to.id), [])
      const send = signalTo(to.id)
      const group = groupOf(from.id, { sends: [send] })
      yield* appendWell(group)
      yield* appendWell(group)
      yield* same("the inbox", yield* Single.inbox(journal, to.id), [send])
    })
  },
  {
    name: "a message that cannot be kept refuses its group, and no other",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const [from, neighbour, to] = yield* Effect.all([begin(), begin(), begin()] as const)
      const good = signalTo(to.id)
      const bad = signalTo(to.id, { name: "a\u0000b" })
      const answers = yield* journal.append([
        groupOf(from.id, { sends: [signalTo(to.id), bad] }),
        groupOf(neighbour.id, { sends: [good] })
      ])
      yield* same(
        "the answers",
        answers.map(({ _tag }) => _tag),
        ["Rejected", "Appended"]
      )
      yield* same("the inbox", yield* Single.inbox(journal, to.id), [good])
    })
  },
  {
    name: "instances whose groups share a batch may send to each other, and to themselves",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const [one, two] = yield* Effect.all([begin(), begin()] as const)
      const [there, back, self] = [signalTo(two.id), signalTo(one.id), signalTo(two.id)]
      const batch = [groupOf(one.id, { sends: [there] }), groupOf(two.id, { sends: [back, self], status: "waiting" })]
      yield* same("the answers", yield* journal.append(batch), [appended, appended])
      yield* same("the first inbox", yield* Single.inbox(journal, one.id), [back])
      yield* same("the second inbox", yield* Single.inbox(journal, two.id), [there, self])
    })
  },
  {
    name: "a group that only sends, and journals nothing, sends",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const [from, to] = yield* Effect.all([begin(), begin()] as const)
      const send = signalTo(to.id)
      yield* appendWell(groupOf(from.id, { events: [], sends: [send] }))
      yield* same("the inbox", yield* Single.inbox(journal, to.id), [send])
    })
  },
  {
    name: "an end sends its messages too",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const [from, to] = yield* Effect.all([begin(), begin()] as const)
      const send = signalTo(to.id)
      yield* appendWell(groupOf(from.id, { status: "completed", sends: [send, signalTo(from.id)] }))
      yield* same("the inbox", yield* Single.inbox(journal, to.id), [send])
      yield* same("the inbox of the one that has ended", yield* Single.inbox(journal, from.id), [])
    })
  },
  {
    name: "instances that send to each other at once, in any order, all succeed",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const creates = yield* Effect.forEach(Array.from({ length: 12 }), () => begin(), { concurrency: 4 })
      const ids = creates.map(({ id }) => id)
      const rounds = Effect.fnUntraced(function* (id: string, index: number) {
        for (let round = 0; round < 5; round++) {
          const others = ids.filter((other) => other !== id)
          const sends = (index % 2 === 0 ? others : others.toReversed()).map((other) => signalTo(other))
          yield* appendWell(groupOf(id, { expected: 1 + round, sends }))
        }
      })
      yield* Effect.forEach(ids, rounds, { concurrency: "unbounded", discard: true })
      for (const id of ids) {
        yield* same("how many have arrived", (yield* Single.inbox(journal, id)).length, 5 * (ids.length - 1))
      }
    })
  }
]
