/** Conformance: what is asked about many at once is answered for each as if it had been asked alone. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Find, Found, Send } from "../../Journal.ts"
import { Journal } from "../../Journal.ts"
import * as Store from "../../Store.ts"
import type { Case } from "./bench.ts"
import {
  append,
  appendWell,
  begin,
  claim,
  eventsIn,
  eventsOf,
  fresh,
  groupOf,
  release,
  rowOf,
  same,
  sameMembers,
  signalTo,
  unowned
} from "./bench.ts"

const tags = (answers: ReadonlyArray<{ readonly _tag: string }>): ReadonlyArray<string> =>
  answers.map(({ _tag }) => _tag)

const numbers = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, index) => index)

const find = Effect.fnUntraced(function* (wanted: ReadonlyArray<Find>) {
  const journal = yield* Journal
  return (yield* journal.find(wanted)).map(Option.getOrUndefined)
})

const everything = (id: string): Find => ({ id, notes: true, inbox: true, events: { from: 0, limit: 100 } })

/** What every journal does with batches of what many ask. */
export const together: ReadonlyArray<Case> = [
  {
    name: "signals that are sent together are answered each as if it were alone, in order",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const [open, ended] = [yield* begin(), yield* begin()]
      yield* appendWell(groupOf(ended.id, { status: "completed" }))
      const known = signalTo(open.id)
      yield* journal.send([known])
      const fine = signalTo(open.id)
      const answers = yield* journal.send([
        signalTo(fresh("nobody")),
        fine,
        { ...known, name: "another signal" },
        signalTo(ended.id),
        signalTo(open.id, { name: "half a pair \ud800" }),
        known,
        { ...fine, payload: "the second of its id" },
        signalTo(open.id, { to: "a branch" })
      ])
      yield* same("the answers", tags(answers), [
        "Unknown",
        "Pending",
        "Taken",
        "Closed",
        "Rejected",
        "Pending",
        "Pending",
        "Pending"
      ])
      const [found] = yield* find([{ id: open.id, inbox: true }])
      yield* same(
        "the inbox",
        found?.inbox.map(({ name, payload, to }) => [name, payload, to ?? null]),
        [known, fine, { ...fine, to: "a branch" }].map(({ name, payload, to }: Send) => [name, payload, to ?? null])
      )
      yield* same("no signals at all", yield* journal.send([]), [])
    })
  },
  {
    name: "signals that are sent together arrive in their order, and wake every instance that nobody owns",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const workflow = fresh("workflow")
      const creates = yield* Effect.forEach(numbers(30), () => unowned({ workflow, wakeAt: null, status: "waiting" }))
      yield* same("those that may be claimed before", yield* claim(workflow), [])
      const sends = [0, 1, 2].flatMap((payload) => creates.map(({ id }) => signalTo(id, { payload })))
      yield* same("the answers", new Set(tags(yield* journal.send(sends))), new Set(["Pending"]))
      const found = yield* find(creates.map(({ id }) => ({ id, inbox: true })))
      yield* same(
        "what arrived",
        found.map((one) => one?.inbox.map(({ payload }) => payload)),
        creates.map(() => [0, 1, 2])
      )
      const claimed = (yield* claim(workflow)).map(({ id }) => id)
      yield* sameMembers(
        "those that may be claimed",
        claimed,
        creates.map(({ id }) => id)
      )
    })
  },
  {
    name: "a claim for several ids takes those that nobody owns, due or not, each once",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      const waiting = yield* Effect.forEach(numbers(3), () => unowned({ workflow, wakeAt: null, status: "waiting" }))
      const [owned, foreign] = [yield* begin({ workflow }), yield* unowned()]
      const ids = [...waiting, owned, foreign].map(({ id }) => id)
      const rows = yield* claim(workflow, { ids: [...ids, ...ids.toReversed(), fresh("nobody")], limit: 20 })
      yield* sameMembers(
        "the claimed, with their epochs",
        rows.map(({ epoch, id }) => `${id} at ${epoch}`),
        waiting.map(({ id }) => `${id} at 2`)
      )
      yield* same("none of no ids", yield* claim(workflow, { ids: [], limit: 0 }), [])
    })
  },
  {
    name: "what is found is answered in order, with what was asked of each and nothing else",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const creates = yield* Effect.forEach(numbers(4), () => begin())
      const ids = creates.map(({ id }) => id)
      const sends = ids.map((id) => signalTo(id))
      yield* journal.send(sends)
      yield* journal.note(
        ids.flatMap((instance) => ["b", "a"].map((name) => ({ instance, epoch: 1, name, value: instance })))
      )
      const [one = "", two = "", three = "", four = ""] = ids
      const nobody = fresh("nobody")
      const wanted: ReadonlyArray<Find> = [
        everything(four),
        { id: one },
        everything(nobody),
        { id: two, notes: true },
        { id: three, inbox: true },
        { id: one, events: { from: 0, limit: 1 } },
        everything(four)
      ]
      const none = { notes: [], inbox: [], events: null }
      const notesOf = (id: string) => ["a", "b"].map((name) => ({ name, value: id }))
      const whole = { notes: notesOf(four), inbox: sends.slice(3), events: yield* eventsIn(four) }
      const expected: ReadonlyArray<Omit<Found, "instance"> | undefined> = [
        whole,
        none,
        undefined,
        { ...none, notes: notesOf(two) },
        { ...none, inbox: sends.slice(2, 3) },
        { ...none, events: yield* eventsIn(one) },
        whole
      ]
      const found = yield* find(wanted)
      const rows = yield* Effect.forEach(wanted, ({ id }) => (id === nobody ? Effect.succeed(undefined) : rowOf(id)))
      yield* same(
        "the rows",
        found.map((one) => one?.instance),
        rows
      )
      yield* same(
        "what belongs to them",
        found.map((one) => one && { notes: one.notes, inbox: one.inbox, events: one.events }),
        expected
      )
      yield* same("nothing of nobody", yield* find([]), [])
    })
  },
  {
    name: "events are found from a place on, of the present run, and only where they are not more than the limit",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      yield* appendWell(groupOf(id, { events: eventsOf(id, numbers(4), { from: 1 }), status: "continued" }))
      yield* appendWell(
        groupOf(id, { run: 1, expected: 0, events: eventsOf(id, numbers(6), { run: 1 }), status: "running" })
      )
      const present = yield* eventsIn(id, 1)
      const found = Effect.fnUntraced(function* (from: number, limit: number) {
        return (yield* find([{ id, events: { from, limit } }]))[0]?.events
      })
      yield* same("all of them", yield* found(0, 6), present)
      yield* same("more than the limit", yield* found(0, 5), null)
      yield* same("from a place on", yield* found(4, 2), present.slice(4))
      yield* same("from their end on", yield* found(6, 0), [])
      yield* same("beyond their end", yield* found(9, 1), [])
    })
  },
  {
    name: "what is found has no more than a bounded size: events past it are left to be read",
    effect: Effect.gen(function* () {
      const large = "x".repeat(Store.FOUND_BYTES / 8)
      const creates = yield* Effect.forEach(numbers(20), () => begin())
      for (const { id } of creates) {
        yield* appendWell(groupOf(id, { events: eventsOf(id, [large], { from: 1 }) }))
      }
      const found = yield* find(creates.map(({ id }) => everything(id)))
      const given = found.filter((one) => (one?.events ?? null) !== null)
      yield* same("the number of rows", found.filter((one) => one !== undefined).length, 20)
      yield* same("whether some have their events, and not all", given.length > 3 && given.length < 9, true)
      for (const one of given) yield* same("the events", one?.events, yield* eventsIn(one?.instance.id ?? ""))
    })
  },
  {
    name: "what has ended is found with its events, and with neither notes nor signals",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      yield* journal.send([signalTo(id)])
      yield* journal.note([{ instance: id, epoch: 1, name: "a", value: 1 }])
      yield* append(groupOf(id, { status: "completed" }))
      const [found] = yield* find([everything(id)])
      yield* same("what is found", found && { ...found, instance: found.instance.status }, {
        instance: "completed",
        notes: [],
        inbox: [],
        events: yield* eventsIn(id)
      } as never)
    })
  },
  {
    name: "batches of sends, claims and releases that overlap in any order lose nothing and wait for each other",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const workflow = fresh("workflow")
      const creates = yield* Effect.forEach(numbers(24), () => unowned({ workflow, wakeAt: null, status: "waiting" }))
      const ids = creates.map(({ id }) => id)
      const turned = (by: number): ReadonlyArray<string> => {
        const ordered = [...ids.slice(4 * by), ...ids.slice(0, 4 * by)]
        return by % 2 === 0 ? ordered : ordered.toReversed()
      }
      const rounds = numbers(6).map(
        Effect.fnUntraced(function* (by) {
          const owner = fresh("owner")
          const sends = turned(by).map((id) => signalTo(id))
          const answers = yield* journal.send(sends)
          const claimed = yield* claim(workflow, { ids: turned(by), limit: 24, owner })
          for (const { epoch, id } of claimed) yield* release(owner, { id, epoch, at: null })
          return { sends, answers, claimed: claimed.length }
        })
      )
      const done = yield* Effect.all(rounds, { concurrency: "unbounded" })
      yield* same("the answers", new Set(done.flatMap(({ answers }) => tags(answers))), new Set(["Pending"]))
      const found = yield* find(ids.map((id) => ({ id, inbox: true })))
      yield* sameMembers(
        "what arrived",
        found.flatMap((one) => one?.inbox.map(({ id }) => id) ?? []),
        done.flatMap(({ sends }) => sends.map(({ id }) => id))
      )
      const epochs = found.reduce((sum, one) => sum + (one?.instance.epoch ?? 0) - 1, 0)
      yield* same(
        "how often they were claimed",
        epochs,
        done.reduce((sum, { claimed }) => sum + claimed, 0)
      )
      yield* sameMembers(
        "those that may be claimed",
        (yield* claim(workflow)).map(({ id }) => id),
        ids
      )
    })
  }
]
