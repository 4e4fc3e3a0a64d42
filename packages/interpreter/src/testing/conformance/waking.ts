/** Conformance: signals that take over whom they wake. A store that does not do that at once has nothing to do for them. */
import * as Effect from "effect/Effect"
import type { Appended, Delivered, Found, Journal as Port, Send, Waking, Woken } from "../../Journal.ts"
import { Journal } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import type { Case, ConformanceFailure } from "./bench.ts"
import {
  append,
  appendWell,
  begin,
  claim,
  eventsIn,
  fresh,
  groupOf,
  longLease,
  same,
  sameMembers,
  signalTo,
  unowned
} from "./bench.ts"

type Wake = (
  batch: ReadonlyArray<Send>,
  waking: Pick<Waking, "workflows"> & Partial<Waking>
) => Effect.Effect<Woken, JournalError>

/** Runs a program with the operation for an owner that lives, where the journal has it. */
const waking = (
  program: (wake: Wake, owner: string) => Effect.Effect<void, ConformanceFailure | JournalError, Journal>
): Case["effect"] =>
  Effect.gen(function* () {
    const journal: Port["Service"] = yield* Journal
    const { wake } = journal
    const owner = fresh("owner")
    yield* journal.renew(owner, longLease)
    if (wake === undefined) return
    const asked = { notes: true, inbox: true, events: { from: 0, limit: 10 } }
    yield* program((batch, given) => wake(batch, { owner, limit: 100, ...asked, ...given }), owner)
  })

const version = (name: string, number = 1) => ({ name, version: number })
const pending: Delivered = { _tag: "Pending" }
const idsOf = (claimed: ReadonlyArray<Found>) => claimed.map(({ instance }) => instance.id)

/** What every journal that wakes does. */
export const wakings: ReadonlyArray<Case> = [
  {
    name: "a signal takes over an instance that nobody owns, which is found with it and belongs to the sender from then on",
    effect: waking((wake, owner) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const { id, workflow } = yield* unowned({ wakeAt: null, attributes: { team: "blue" } })
        const [known, sent] = [signalTo(id), signalTo(id, { to: "item-7", sender: owner })]
        yield* journal.send([known])
        yield* journal.note([{ instance: id, epoch: 1, name: "snapshot", value: { at: 1 } }])
        const { claimed, delivered } = yield* wake([sent], { workflows: [version(workflow)] })
        yield* same("the answers", delivered, [pending])
        yield* sameMembers("who is taken over", idsOf(claimed), [id])
        const [found] = yield* journal.find([{ id, notes: true, inbox: true, events: { from: 0, limit: 10 } }])
        yield* same("what is found", claimed, found?._tag === "Some" ? [found.value] : [])
        yield* same("its epoch", claimed[0]?.instance.epoch, 2)
        const { sender: _, ...stored } = sent
        yield* same("its inbox", claimed[0]?.inbox, [known, stored])
        yield* same("its notes", claimed[0]?.notes.length, 1)
        const again = yield* wake([sent], { workflows: [version(workflow)] })
        yield* same("sent again", again, { delivered: [pending], claimed: [] })
        yield* same("who holds it", yield* journal.held(owner), [{ id, epoch: 2 }])
        yield* same("what others can claim", yield* claim(workflow), [])
        const leaseToken = journal.leaseToken?.(owner)
        yield* appendWell(groupOf(id, { epoch: 2, wakeAt: null, ...(leaseToken && { leaseToken }) }))
        yield* same("its journal", (yield* eventsIn(id)).length, 2)
      })
    )
  },
  {
    name: "signals that take over are answered as others are, and what is not the sender's to run stays as it is",
    effect: waking((wake, owner) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const workflow = fresh("workflow")
        const theirs = yield* begin({ workflow })
        const newer = yield* unowned({ workflow, version: 2, wakeAt: null })
        const other = yield* unowned({ wakeAt: null })
        const ended = yield* begin({ workflow })
        yield* appendWell(groupOf(ended.id, { status: "completed" }))
        const mine = yield* unowned({ workflow, wakeAt: null })
        const twice = signalTo(mine.id)
        const batch = [
          ...[theirs, newer, other, ended].map(({ id }) => signalTo(id)),
          twice,
          { ...twice, name: "reject" },
          signalTo(mine.id),
          signalTo(fresh("nobody"))
        ]
        const { claimed, delivered } = yield* wake(batch, { workflows: [version(workflow)] })
        yield* same<ReadonlyArray<Delivered>>("the answers", delivered, [
          pending,
          pending,
          pending,
          { _tag: "Closed", status: "completed" },
          pending,
          { _tag: "Taken", name: twice.name },
          pending,
          { _tag: "Unknown" }
        ])
        yield* sameMembers("who is taken over", idsOf(claimed), [mine.id])
        yield* same("what is in its inbox", claimed[0]?.inbox.length, 2)
        yield* same("what they own", yield* journal.held(theirs.owner), [{ id: theirs.id, epoch: 1 }])
        yield* same("what the sender owns", yield* journal.held(owner), [{ id: mine.id, epoch: 2 }])
        const left = yield* claim(workflow, { workflows: [version(workflow, 2), version(other.workflow)] })
        yield* sameMembers(
          "what others can claim",
          left.map(({ epoch, id }) => `${id} at ${epoch}`),
          [`${newer.id} at 2`, `${other.id} at 2`]
        )
      })
    )
  },
  {
    name: "signals take over so many at the most, and wake the others: an instance whose signal is known is none of them",
    effect: waking((wake, owner) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const workflow = fresh("workflow")
        const named = fresh("instance")
        const idle = (id: string) => unowned({ id, workflow, wakeAt: null })
        // What is not to be taken over is in front, by its place and by its id: it takes no part of the limit.
        const known = yield* idle(`${named}-a`)
        const theirs = yield* begin({ id: `${named}-b` })
        const ids = [yield* idle(`${named}-c`), yield* idle(`${named}-d`)].map(({ id }) => id)
        const again = signalTo(known.id)
        yield* journal.send([again])
        const workflows = [version(workflow), version(theirs.workflow)]
        const batch = [again, signalTo(theirs.id), ...ids.flatMap((id) => [signalTo(id), signalTo(id)])]
        const { claimed } = yield* wake(batch, { workflows, limit: 1, notes: false, inbox: false })
        yield* same(
          "how many of those that may be are taken over",
          idsOf(claimed).filter((id) => ids.includes(id)).length,
          1
        )
        yield* same("how many are taken over", claimed.length, 1)
        yield* same("what was not asked for", [claimed[0]?.notes, claimed[0]?.inbox], [[], []])
        yield* same("for a known signal", yield* wake([again], { workflows }), { delivered: [pending], claimed: [] })
        yield* same("for no signal", yield* wake([], { workflows }), { delivered: [], claimed: [] })
        const others = yield* claim(workflow)
        yield* sameMembers(
          "what others can claim",
          others.map(({ id }) => id),
          [known.id, ...ids].filter((id) => !idsOf(claimed).includes(id))
        )
        yield* same("what the sender owns", (yield* journal.held(owner)).length, 1)
      })
    )
  },
  {
    name: "who was taken over by a signal cannot be written to by whoever had it before",
    effect: waking((wake) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const { id, owner, workflow } = yield* begin()
        yield* journal.release(owner, [{ id, epoch: 1, at: null, known: [] }])
        const { claimed } = yield* wake([signalTo(id)], {
          workflows: [version(workflow)],
          events: { from: 1, limit: 10 }
        })
        yield* same("the events from the second one on", claimed[0]?.events, [])
        const answer = yield* append(groupOf(id))
        yield* same<Appended | undefined>("the answer to its last owner", answer, { _tag: "Fenced", epoch: 2 })
      })
    )
  },
  {
    name: "of many that wake the same instances at once, in any order, each is taken over by one, and no signal is lost",
    effect: waking((wake) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const workflow = fresh("workflow")
        const creates = yield* Effect.forEach(Array.from({ length: 24 }), () => unowned({ workflow, wakeAt: null }))
        const ids = creates.map(({ id }) => id)
        const batches = Array.from({ length: 6 }, (_, by) => {
          const turned = [...ids.slice(4 * by), ...ids.slice(0, 4 * by)].map((id) => signalTo(id))
          return by % 2 === 0 ? turned : turned.toReversed()
        })
        const woken = yield* Effect.forEach(
          batches,
          (batch) => {
            const owner = fresh("owner")
            return Effect.andThen(
              journal.renew(owner, longLease),
              wake(batch, { owner, workflows: [version(workflow)] })
            )
          },
          { concurrency: "unbounded" }
        )
        const all = woken.flatMap(({ claimed }) => claimed)
        yield* sameMembers("who is taken over", idsOf(all), ids)
        const epochs = new Set(all.map(({ instance }) => instance.epoch))
        yield* same("their epochs", epochs, new Set([2]))
        const found = yield* journal.find(ids.map((id) => ({ id, inbox: true })))
        yield* sameMembers(
          "what arrived",
          found.flatMap((one) => (one._tag === "Some" ? one.value.inbox.map(({ id }) => id) : [])),
          batches.flat().map(({ id }) => id)
        )
      })
    )
  }
]
