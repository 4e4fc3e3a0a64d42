/**
 * Conformance: who runs an instance. Claiming, leases and giving back, and that nothing which has something to do is
 * left lying: neither for a timer nor for a signal that comes in the wrong moment.
 */
import * as Effect from "effect/Effect"
import type { Instance } from "../../Journal.ts"
import { isTerminal, Journal } from "../../Journal.ts"
import type { Status } from "../../Status.ts"
import * as Single from "../single.ts"
import type { Case } from "./bench.ts"
import {
  append,
  appended,
  appendWell,
  begin,
  claim,
  eventsIn,
  fresh,
  groupOf,
  lapse,
  longLease,
  release,
  rowOf,
  same,
  sameMembers,
  signalTo,
  tick,
  unowned
} from "./bench.ts"

const terminal: ReadonlyArray<Status> = ["completed", "failed", "cancelled", "terminated"]

const far = 4_000_000_000_000

const idsOf = (rows: ReadonlyArray<Pick<Instance, "id">>): ReadonlyArray<string> => rows.map(({ id }) => id)

/** Compares the ids of all that may be claimed of a workflow; they are claimed by that. */
const claims = Effect.fnUntraced(function* (what: string, workflow: string, expected: ReadonlyArray<string>) {
  yield* sameMembers(`the claimed ${what}`, idsOf(yield* claim(workflow)), expected)
})

/**
 * One instance for each answer to "when does it have something to do": now, at an instant that has passed, at one that is
 * far away, never, and when a signal waits; the first two and the last may be claimed once nobody owns them.
 */
const oneOfEach = Effect.fnUntraced(function* (owner: string) {
  const journal = yield* Journal
  const workflow = fresh("workflow")
  const now = yield* begin({ owner, workflow, wakeAt: 0 })
  const passed = yield* begin({ owner, workflow, wakeAt: 1_700_000_000_000, status: "waiting" })
  yield* begin({ owner, workflow, wakeAt: far, status: "waiting" })
  yield* begin({ owner, workflow, wakeAt: null, status: "waiting" })
  const signalled = yield* begin({ owner, workflow, wakeAt: null, status: "waiting" })
  yield* Single.send(journal, signalTo(signalled.id))
  return { workflow, due: idsOf([now, passed, signalled]) }
})

/** What every journal does about the ownership of instances. */
export const ownership: ReadonlyArray<Case> = [
  {
    name: "a claim raises the epoch and leaves the rest of the row",
    effect: Effect.gen(function* () {
      const { id, workflow } = yield* unowned({ attributes: { customer: "ann" } })
      const row = yield* rowOf(id)
      yield* same("the claimed", yield* claim(workflow), [{ ...row, epoch: 2 }])
      yield* same("the row", yield* rowOf(id), { ...row, epoch: 2 })
    })
  },
  {
    name: "an instance that somebody owns is not claimed, not even by its owner",
    effect: Effect.gen(function* () {
      const { id, workflow, owner } = yield* begin()
      yield* same("the claimed", yield* claim(workflow), [])
      yield* same("the claimed by its owner", yield* claim(workflow, { owner }), [])
      yield* same("the claimed by id", yield* claim(workflow, { ids: [id] }), [])
    })
  },
  {
    name: "an instance that nobody owns is claimed, by one only",
    effect: Effect.gen(function* () {
      const { id, workflow } = yield* unowned()
      const answers = yield* Effect.all(
        Array.from({ length: 6 }, () => claim(workflow)),
        { concurrency: "unbounded" }
      )
      yield* same(
        "the claimed, by id and epoch",
        answers.flat().map((row) => [row.id, row.epoch]),
        [[id, 2]]
      )
    })
  },
  {
    name: "of many that claim at once no two get the same instance, and none is left over",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      const ids = idsOf(
        yield* Effect.forEach(Array.from({ length: 30 }), () => unowned({ workflow }), { concurrency: 8 })
      )
      const some = Effect.gen(function* () {
        const found: Array<string> = []
        for (;;) {
          const rows = yield* claim(workflow, { limit: 3 })
          if (rows.length === 0) return found
          found.push(...idsOf(rows))
        }
      })
      const found = yield* Effect.all([some, some, some, some, some], { concurrency: "unbounded" })
      // One that finds everything locked leaves off, and what it passed by was being claimed.
      yield* sameMembers("the claimed", found.flat(), ids)
    })
  },
  {
    name: "an instance that only waits is not claimed before its instant, unless it is asked for by its id",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      const timer = yield* unowned({ workflow, status: "waiting", wakeAt: far })
      const signal = yield* unowned({ workflow, status: "waiting", wakeAt: null })
      yield* claims("at large", workflow, [])
      yield* claims("at large, once more", workflow, [])
      for (const { id } of [timer, signal]) {
        const rows = yield* claim(workflow, { ids: [id] })
        yield* same("the claimed by id", idsOf(rows), [id])
      }
    })
  },
  {
    name: "an instance that only waits may be claimed from its instant on",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, workflow } = yield* unowned({ wakeAt: (yield* journal.now) + 30, status: "waiting" })
      const claimed = yield* claim(workflow).pipe(
        Effect.repeat({ until: (rows) => rows.length > 0 }),
        Effect.timeoutOption("10 seconds")
      )
      yield* same("the claimed", claimed._tag === "Some" ? idsOf(claimed.value) : [], [id])
      const { wakeAt } = yield* rowOf(id)
      yield* same("whether it was due", wakeAt !== null && wakeAt <= (yield* journal.now) + 1, true)
    })
  },
  {
    name: "what comes up next is no later than any instance's instant, and has not passed",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const before = yield* journal.now
      const wakeAt = before + 60_000
      yield* unowned({ wakeAt, status: "waiting" })
      yield* unowned({ wakeAt: null, status: "waiting" })
      const upcoming = (yield* journal.upcoming) ?? Infinity
      yield* same(`whether ${upcoming} lies before ${wakeAt}`, upcoming <= wakeAt, true)
      yield* same(`whether ${upcoming} lies after ${before}`, upcoming > before, true)
    })
  },
  {
    name: "only workflows that were named are claimed, and only versions up to the one given",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      const other = fresh("workflow")
      const old = yield* unowned({ workflow, version: 1 })
      const present = yield* unowned({ workflow, version: 2 })
      yield* unowned({ workflow, version: 3 })
      yield* unowned({ workflow: other, version: 2 })
      const third = yield* unowned({ version: 1 })
      const workflows = [
        { name: workflow, version: 2 },
        { name: other, version: 1 },
        { name: third.workflow, version: 1 }
      ]
      const claimed = yield* claim(workflow, { workflows })
      yield* sameMembers("the claimed", idsOf(claimed), [old.id, present.id, third.id])
      yield* same("the claimed where nothing is named", yield* claim(workflow, { workflows: [] }), [])
    })
  },
  {
    name: "a claim takes the longest waiting first, and no more than its limit",
    effect: Effect.gen(function* () {
      const owner = fresh("owner")
      const workflow = fresh("workflow")
      const ids: Array<string> = []
      for (const at of [4000, 2000, 1000, 3000]) {
        const { id } = yield* begin({ owner, workflow })
        yield* release(owner, { id, at })
        ids[at / 1000 - 1] = id
      }
      const first = yield* claim(workflow, { limit: 2 })
      const second = yield* claim(workflow, { limit: 0 })
      const third = yield* claim(workflow, { limit: 9 })
      yield* same("the claimed, in order", [first, second, third].map(idsOf), [ids.slice(0, 2), [], ids.slice(2)])
    })
  },
  {
    name: "a claim takes the newest first, where that is asked for, or any",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      const ids: Array<string> = []
      for (let index = 0; index < 4; index++) {
        ids.push((yield* unowned({ workflow })).id)
        yield* tick
      }
      const newest = yield* claim(workflow, { limit: 2, order: "newest" })
      yield* same("the claimed, the newest first", idsOf(newest), [ids[3] ?? "", ids[2] ?? ""])
      const any = yield* claim(workflow, { limit: 1, order: "random" })
      const rest = yield* claim(workflow, { order: "random" })
      yield* same("how many of the others", [any.length, rest.length], [1, 1])
      yield* sameMembers("the others", [...idsOf(any), ...idsOf(rest)], ids.slice(0, 2))
    })
  },
  {
    name: "any means any: not always the same one",
    effect: Effect.gen(function* () {
      const owner = fresh("owner")
      const workflow = fresh("workflow")
      for (let index = 0; index < 8; index++) yield* unowned({ workflow })
      const seen = new Set<string>()
      for (let round = 0; round < 40 && seen.size < 2; round++) {
        const rows = yield* claim(workflow, { owner, limit: 1, order: "random" })
        for (const { epoch, id } of rows) {
          seen.add(id)
          yield* release(owner, { id, epoch })
        }
      }
      yield* same("how many different ones were first", seen.size, 2)
    })
  },
  {
    name: "a claim for one id takes that one, if nobody owns it and its workflow and version fit",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      yield* unowned({ workflow })
      const wanted = yield* unowned({ workflow })
      const held = yield* begin({ workflow })
      const newer = yield* unowned({ workflow, version: 2 })
      const foreign = yield* unowned()
      const ids = [wanted.id, held.id, newer.id, foreign.id, fresh("instance")]
      const answers = yield* Effect.forEach(ids, (id) => claim(workflow, { ids: [id] }))
      yield* same("the claimed, for each id", answers.map(idsOf), [[wanted.id], [], [], [], []])
    })
  },
  {
    name: "an instance that has ended is never claimed, and held by nobody",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      for (const status of terminal) {
        const { id, workflow, owner } = yield* begin()
        yield* appendWell(groupOf(id, { status }))
        yield* same(`the held after ${status}`, yield* journal.held(owner), [])
        yield* release(owner, { id })
        yield* journal.retire(owner)
        yield* same(`the claimed after ${status}`, yield* claim(workflow), [])
        yield* same(`the claimed by id after ${status}`, yield* claim(workflow, { ids: [id] }), [])
        const free = yield* unowned()
        yield* appendWell(groupOf(free.id, { status }))
        yield* same(`the claimed after ${status}, where nobody owned it`, yield* claim(free.workflow), [])
      }
      const born = yield* begin({ status: "completed" })
      yield* same("the held where it ended as it began", yield* journal.held(born.owner), [])
      yield* same("the claimed where it ended as it began", yield* claim(born.workflow, { ids: [born.id] }), [])
      const bornFree = yield* unowned({ status: "failed" })
      yield* same("the claimed where nobody ever owned it", yield* claim(bornFree.workflow), [])
    })
  },
  {
    name: "every status that is not an end can be claimed",
    effect: Effect.gen(function* () {
      const statuses: ReadonlyArray<Status> = ["running", "waiting", "stuck", "paused", "set-aside", "continued"]
      for (const status of statuses) {
        yield* same(`whether ${status} is an end`, isTerminal(status), false)
        const { id, workflow, owner } = yield* begin()
        yield* appendWell(groupOf(id, { status }))
        yield* release(owner, { id })
        yield* same(
          `the claimed after ${status}`,
          (yield* claim(workflow)).map((row) => [row.id, row.status]),
          [[id, status]]
        )
      }
    })
  },
  {
    name: "an owner that lives keeps its instances",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, workflow, owner } = yield* begin()
      yield* journal.renew(owner, 1)
      yield* same("whether it has lost none", yield* journal.renew(owner, longLease), true)
      yield* tick
      yield* journal.reap
      yield* same("whether it has still lost none", yield* journal.renew(owner, longLease), true)
      yield* same("the held", yield* journal.held(owner), [{ id, epoch: 1 }])
      yield* claims("by another", workflow, [])
    })
  },
  {
    name: "an owner whose lease has lapsed loses its instances, and hears of it once",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const owner = fresh("owner")
      const { due, workflow } = yield* oneOfEach(owner)
      const count = yield* lapse(owner)
      yield* same(`whether ${count} are five at least`, count >= 5, true)
      yield* same("the held", yield* journal.held(owner), [])
      yield* claims("of those that have something to do", workflow, due)
      yield* same("whether it has lost none", yield* journal.renew(owner, longLease), false)
      yield* same("whether it has lost none since", yield* journal.renew(owner, longLease), true)
    })
  },
  {
    name: "a lease that lapses loses nothing until somebody reaps, and an owner without instances has nothing to lose",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const owner = fresh("owner")
      yield* lapse(owner)
      yield* same("whether it has lost none", yield* journal.renew(owner, longLease), true)
    })
  },
  {
    name: "an owner that never said that it lives loses what it claims",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, workflow } = yield* unowned()
      const owner = fresh("owner")
      const workflows = [{ name: workflow, version: 1 }]
      const claimed = yield* journal.claim({ owner, workflows, limit: 1, order: "oldest" })
      yield* same("the claimed", idsOf(claimed), [id])
      yield* journal.reap
      yield* same("the held", yield* journal.held(owner), [])
      yield* claims("by another", workflow, [id])
    })
  },
  {
    name: "what was taken from an owner is not its own when it lives again",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, workflow, owner } = yield* begin({ status: "waiting", wakeAt: far })
      yield* lapse(owner)
      yield* journal.renew(owner, longLease)
      yield* release(owner, { id })
      yield* Single.send(journal, signalTo(id))
      yield* same("the list of those to look at", yield* journal.attention(owner), [])
      yield* same("the held", yield* journal.held(owner), [])
      yield* claims("by another", workflow, [id])
    })
  },
  {
    name: "the held are those that an owner has, with their epochs",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const owner = fresh("owner")
      const workflow = fresh("workflow")
      const created = yield* begin({ owner, workflow })
      const claimed = yield* unowned({ workflow })
      const released = yield* begin({ owner, workflow })
      const ended = yield* begin({ owner, workflow })
      yield* begin({ workflow })
      yield* claim(workflow, { owner, ids: [claimed.id] })
      yield* release(owner, { id: released.id })
      yield* appendWell(groupOf(ended.id, { status: "completed" }))
      yield* sameMembers(
        "the held",
        (yield* journal.held(owner)).map(({ epoch, id }) => `${id} at ${epoch}`),
        [`${created.id} at 1`, `${claimed.id} at 2`]
      )
    })
  },
  {
    name: "a released instance can be claimed from the instant that its writer says",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const owner = fresh("owner")
      const workflow = fresh("workflow")
      const [now, passed, later, never] = yield* Effect.all([
        begin({ owner, workflow, wakeAt: null }),
        begin({ owner, workflow, wakeAt: null }),
        begin({ owner, workflow }),
        begin({ owner, workflow })
      ] as const)
      yield* journal.release(owner, [
        { id: now.id, epoch: 1, at: 0, known: [] },
        { id: passed.id, epoch: 1, at: 1_700_000_000_000, known: [] },
        { id: later.id, epoch: 1, at: far, known: [] },
        { id: never.id, epoch: 1, at: null, known: [] },
        { id: fresh("instance"), epoch: 1, at: 0, known: [] }
      ])
      yield* same("the held", yield* journal.held(owner), [])
      yield* claims("at large", workflow, [now.id, passed.id])
      yield* same("the row of one that waits", (yield* rowOf(later.id)).epoch, 1)
      yield* journal.release(owner, [])
    })
  },
  {
    name: "nobody releases what another holds, or what it has under another epoch",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, workflow, owner } = yield* begin()
      const other = fresh("owner")
      yield* release(other, { id })
      yield* journal.retire(other)
      yield* release(owner, { id, epoch: 2 })
      yield* same("the held", yield* journal.held(owner), [{ id, epoch: 1 }])
      yield* release(owner, { id, at: null })
      yield* claim(workflow, { ids: [id], owner })
      // The release from before, repeated since its answer got lost.
      yield* release(owner, { id })
      yield* same("the held once it has come back", yield* journal.held(owner), [{ id, epoch: 2 }])
      yield* claims("by another", workflow, [])
    })
  },
  {
    name: "a released instance is claimed at once where a signal waits that its writer did not know of",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const owner = fresh("owner")
      const workflow = fresh("workflow")
      const [none, known, unknown, settled] = yield* Effect.all([
        begin({ owner, workflow }),
        begin({ owner, workflow }),
        begin({ owner, workflow }),
        begin({ owner, workflow })
      ] as const)
      const signals = [signalTo(known.id), signalTo(known.id), signalTo(unknown.id), signalTo(unknown.id)]
      for (const signal of signals) yield* Single.send(journal, signal)
      const done = signalTo(settled.id)
      yield* Single.send(journal, done)
      yield* appendWell(groupOf(settled.id, { settled: [{ id: done.id, outcome: { _tag: "Consumed", reply: null } }] }))
      const ids = signals.map(({ id }) => id)
      yield* journal.release(owner, [
        { id: none.id, epoch: 1, at: null, known: [] },
        { id: known.id, epoch: 1, at: null, known: ids.slice(0, 2) },
        // Of two that wait it knows one; and the ids of another instance's signals do not matter.
        { id: unknown.id, epoch: 1, at: far, known: ids.slice(0, 3) },
        { id: settled.id, epoch: 1, at: null, known: [] }
      ])
      yield* claims("at large", workflow, [unknown.id])
    })
  },
  {
    name: "an owner that retires gives back all that it has",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const owner = fresh("owner")
      const { due, workflow } = yield* oneOfEach(owner)
      const theirs = yield* begin({ workflow })
      yield* journal.retire(owner)
      yield* same("the held", yield* journal.held(owner), [])
      yield* same("the held by another", yield* journal.held(theirs.owner), [{ id: theirs.id, epoch: 1 }])
      yield* claims("at large", workflow, due)
      yield* journal.retire(owner)
      yield* journal.reap
      yield* claims("after that", workflow, [])
    })
  },
  {
    name: "a signal makes an instance that nobody owns claimable, and nothing of one that somebody owns",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const workflow = fresh("workflow")
      const free = yield* unowned({ workflow, status: "waiting", wakeAt: null })
      const waiting = yield* unowned({ workflow, status: "waiting", wakeAt: far })
      const held = yield* begin({ workflow, status: "waiting", wakeAt: null })
      yield* claims("before any signal", workflow, [])
      for (const { id } of [free, waiting, held]) yield* Single.send(journal, signalTo(id))
      const rows = yield* claim(workflow)
      yield* sameMembers("the claimed", idsOf(rows), [free.id, waiting.id])
      yield* sameMembers(
        "when there is something to do, by the rows",
        rows.map((row) => String(row.wakeAt)),
        ["null", String(far)]
      )
      yield* same("the claimed after that", yield* claim(workflow), [])
    })
  },
  {
    name: "a signal that is sent again to an instance that knows it wakes nobody",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, workflow, owner } = yield* begin()
      const signal = signalTo(id)
      yield* Single.send(journal, signal)
      yield* release(owner, { id, at: null, known: [signal.id] })
      yield* Single.send(journal, signal)
      yield* claims("after the second", workflow, [])
      yield* Single.send(journal, signalTo(id))
      yield* claims("after another signal", workflow, [id])
    })
  },
  {
    name: "lost-wakeup: no signal is slept through, however sends and releases fall together",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const owner = fresh("owner")
      const workflow = fresh("workflow")
      const creates = yield* Effect.forEach(
        Array.from({ length: 40 }),
        () => begin({ owner, workflow, status: "waiting", wakeAt: null }),
        { concurrency: 8 }
      )
      const known = creates.map(({ id }) => signalTo(id))
      yield* Effect.forEach(known, (send) => Single.send(journal, send), { concurrency: 8 })
      const releases = creates.map(({ id }, index) =>
        journal.release(owner, [{ id, epoch: 1, at: null, known: [known[index]?.id ?? ""] }])
      )
      // Every second instance gets a signal in the moment in which it is given back, or just before or after that.
      const lucky = creates.filter((_, index) => index % 2 === 0)
      const sends = lucky.map(({ id }) => Single.send(journal, signalTo(id)))
      const mixed = releases.flatMap((release, index) => [
        release,
        ...sends.slice(index / 2, index % 2 === 0 ? index / 2 + 1 : 0)
      ])
      yield* Effect.all(mixed, { concurrency: "unbounded", discard: true })
      yield* same("the held", yield* journal.held(owner), [])
      yield* claims("of those that got a signal", workflow, idsOf(lucky))
    })
  },
  {
    name: "lost-wakeup: no signal is slept through while its instance's owner is reaped or retires",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      for (const end of ["reaped", "retired"] as const) {
        const owner = fresh("owner")
        const workflow = fresh("workflow")
        const creates = yield* Effect.forEach(
          Array.from({ length: 20 }),
          () => begin({ owner, workflow, status: "waiting", wakeAt: null }),
          { concurrency: 8 }
        )
        const sends = creates.map(({ id }) => Single.send(journal, signalTo(id)))
        const ending = end === "reaped" ? lapse(owner) : journal.retire(owner)
        yield* Effect.all([...sends.slice(0, 10), ending, ...sends.slice(10)], {
          concurrency: "unbounded",
          discard: true
        })
        yield* claims(`once the owner was ${end}`, workflow, idsOf(creates))
      }
    })
  },
  {
    name: "a timer that the last writer of a lost instance sets is not slept through",
    effect: Effect.gen(function* () {
      const { id, workflow, owner } = yield* begin({ status: "waiting", wakeAt: null })
      yield* release(owner, { id, at: null })
      yield* claims("before", workflow, [])
      yield* appendWell(groupOf(id, { status: "waiting", wakeAt: 1_700_000_000_000 }))
      yield* claims("after it", workflow, [id])
    })
  },
  {
    name: "epochs never go down, whoever claims, releases and appends",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, workflow, owner } = yield* begin()
      yield* release(owner, { id })
      const epochs = [(yield* rowOf(id)).epoch]
      for (let round = 0; round < 5; round++) {
        const next = round % 2 === 0 ? owner : fresh("owner")
        yield* claim(workflow, { owner: next })
        const { epoch, length } = yield* rowOf(id)
        yield* same("an append at the present epoch", yield* append(groupOf(id, { epoch, expected: length })), appended)
        if (round % 2 === 0) yield* release(next, { id, epoch })
        else yield* journal.retire(next)
        epochs.push((yield* rowOf(id)).epoch)
      }
      yield* same("the epochs seen", epochs, [1, 2, 3, 4, 5, 6])
      yield* same("the number of events", (yield* eventsIn(id)).length, 6)
    })
  }
]
