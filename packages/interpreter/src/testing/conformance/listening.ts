/**
 * Conformance: watching, asking after many signals, and hints.
 *
 * A store may tell nothing, so the suite that all must pass only looks that what is told is true. `listening` holds for
 * stores that tell what they promise to, which includes all that serve one process.
 */
import * as Effect from "effect/Effect"
import type { Hint, Sent, Settlement } from "../../Journal.ts"
import { isTerminal, Journal } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import * as Single from "../single.ts"
import type { Case } from "./bench.ts"
import {
  appendWell,
  begin,
  ConformanceFailure,
  creation,
  fresh,
  groupOf,
  longLease,
  release,
  rowOf,
  same,
  sameMembers,
  signalTo,
  tick,
  unowned
} from "./bench.ts"

const settle = (id: string): Settlement => ({ id, outcome: { _tag: "Consumed", reply: null } })

/** What an owner hears, as long as the scope lasts. */
const hear = Effect.fnUntraced(function* (owner: string) {
  const journal = yield* Journal
  const heard: Array<Hint> = []
  yield* Effect.forkScoped(
    journal.listen(owner, (hint) => heard.push(hint)),
    { startImmediately: true }
  )
  return heard
})

type Deed = Effect.Effect<(hint: Hint) => boolean, ConformanceFailure | JournalError, Journal>

/**
 * Does something again and again until a hint is heard that it must bring about. Once may be too early: a store may take a
 * moment until it listens.
 */
const brings = Effect.fnUntraced(function* (heard: ReadonlyArray<Hint>, what: string, deed: Deed) {
  const deadline = Date.now() + 10_000
  while (Date.now() < deadline) {
    const from = heard.length
    const isWanted = yield* deed
    const patience = Date.now() + 300
    while (Date.now() < patience) {
      if (heard.slice(from).some(isWanted)) return
      yield* Effect.sleep(2)
    }
  }
  return yield* new ConformanceFailure({ what, expected: "a hint of it within 10 seconds", actual: "none" })
})

/** What a hint is about, as text. */
const aboutOf = (hint: Hint): string =>
  hint._tag === "Claimable" ? hint._tag : `${hint._tag} ${hint.instance}${hint._tag === "Settled" ? ` ${hint.id}` : ""}`

const isAbout =
  (about: string) =>
  (hint: Hint): boolean =>
    aboutOf(hint) === about

const never = (heard: ReadonlyArray<Hint>, about: ReadonlyArray<string>) =>
  same(
    "what was told that should not be",
    heard.map(aboutOf).filter((one) => about.includes(one)),
    []
  )

/** What every journal does with questions of many, and with those that watch and listen. */
export const watches: ReadonlyArray<Case> = [
  {
    name: "many signals are asked after at once, and answered in order",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const [one, two, over] = [yield* begin(), yield* begin(), yield* begin()]
      const [done, pending, other, left] = [signalTo(one.id), signalTo(one.id), signalTo(two.id), signalTo(over.id)]
      for (const signal of [done, pending, other, left]) yield* Single.send(journal, signal)
      yield* appendWell(groupOf(one.id, { settled: [settle(done.id)] }))
      yield* appendWell(groupOf(over.id, { status: "cancelled" }))
      const asked = [
        left,
        done,
        { instance: one.id, id: other.id },
        pending,
        { instance: fresh("instance"), id: done.id },
        done,
        other
      ]
      const settled: Sent = { _tag: "Settled", outcome: settle(done.id).outcome }
      yield* same<ReadonlyArray<Sent>>("the answers", yield* journal.sent(asked), [
        { _tag: "Closed", status: "cancelled" },
        settled,
        { _tag: "Unknown" },
        { _tag: "Pending" },
        { _tag: "Unknown" },
        settled,
        { _tag: "Pending" }
      ])
      yield* same("the answers to nothing", yield* journal.sent([]), [])
    })
  },
  {
    name: "a thousand signals are asked after at once",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      const sends = Array.from({ length: 1000 }, () => signalTo(id))
      const known = sends.filter((_, index) => index % 10 === 0)
      yield* Effect.forEach(known, (send) => Single.send(journal, send), { concurrency: 16 })
      const answers = yield* journal.sent(sends)
      yield* same(
        "the answers",
        answers.map(({ _tag }) => _tag),
        sends.map((_, index) => (index % 10 === 0 ? "Pending" : "Unknown"))
      )
    })
  },
  {
    name: "watching answers the rows of those that are there, and changes nothing of them",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const [open, waiting, over] = [yield* begin(), yield* unowned({ wakeAt: null }), yield* begin()]
      yield* appendWell(groupOf(over.id, { status: "failed" }))
      const ids = [over.id, fresh("instance"), open.id, waiting.id]
      for (let round = 0; round < 2; round++) {
        const rows = yield* journal.watch(ids)
        yield* sameMembers(
          "the ids",
          rows.map(({ id }) => id),
          [open.id, waiting.id, over.id]
        )
        for (const row of rows) yield* same("the row", row, yield* rowOf(row.id))
      }
      yield* same("the rows of nothing", yield* journal.watch([]), [])
      yield* same("what its owner holds", yield* journal.held(open.owner), [{ id: open.id, epoch: 1 }])
    })
  },
  {
    name: "what a listener is told is true",
    effect: Effect.scoped(
      Effect.gen(function* () {
        const journal = yield* Journal
        const [owner, sender] = [fresh("owner"), fresh("owner")]
        const heard = { owner: yield* hear(owner), sender: yield* hear(sender) }
        const mine: Array<string> = []
        const sent = new Map<string, string>()
        for (let round = 0; round < 5; round++) {
          const [one, two] = [yield* begin({ owner }), yield* begin({ owner })]
          mine.push(one.id, two.id)
          yield* journal.watch([one.id])
          const signals = [signalTo(one.id, { sender }), signalTo(two.id, { sender }), signalTo(two.id)]
          for (const signal of signals) {
            sent.set(signal.id, signal.instance)
            yield* Single.send(journal, signal)
          }
          const [first, second, third] = signals.map(({ id }) => settle(id))
          if (first === undefined || second === undefined || third === undefined) continue
          yield* appendWell(groupOf(one.id, { status: "completed", settled: [first] }))
          yield* appendWell(groupOf(two.id, { settled: [third] }))
          yield* release(owner, { id: two.id })
          yield* tick
        }
        for (const [who, hints] of Object.entries(heard)) {
          for (const hint of hints) {
            if (hint._tag === "Signal") {
              yield* same(`whether ${who} owned it`, who === "owner" && mine.includes(hint.instance), true)
            } else if (hint._tag === "Ended") {
              yield* same("whether it has ended", isTerminal((yield* rowOf(hint.instance)).status), true)
            } else if (hint._tag === "Settled") {
              yield* same(`whether ${who} has sent it`, who === "sender" && sent.get(hint.id) === hint.instance, true)
              const answer = yield* Single.sent(journal, hint.instance, hint.id)
              yield* same("whether it has its outcome", answer._tag, "Settled")
            }
          }
        }
      })
    )
  }
]

/** What a journal does whose listeners are told as much as the port says. */
export const listening: ReadonlyArray<Case> = [
  {
    name: "an owner hears of signals for what it owns, but not of those that it sends itself, nor of another's",
    effect: Effect.scoped(
      Effect.gen(function* () {
        const journal = yield* Journal
        const owner = fresh("owner")
        const heard = yield* hear(owner)
        const [quiet, told, theirs] = [yield* begin({ owner }), yield* begin({ owner }), yield* begin()]
        yield* brings(
          heard,
          "sending a signal",
          Effect.gen(function* () {
            yield* Single.send(journal, signalTo(quiet.id, { sender: owner }))
            yield* Single.send(journal, signalTo(theirs.id))
            yield* Single.send(journal, signalTo(told.id))
            return isAbout(`Signal ${told.id}`)
          })
        )
        yield* never(heard, [`Signal ${quiet.id}`, `Signal ${theirs.id}`])
      })
    )
  },
  {
    name: "an owner hears of messages within another's append, but not of one that is dropped",
    effect: Effect.scoped(
      Effect.gen(function* () {
        const journal = yield* Journal
        const [owner, known] = [fresh("owner"), fresh("signal")]
        const [told, quiet, from] = [yield* begin({ owner }), yield* begin({ owner }), yield* begin()]
        yield* Single.send(journal, signalTo(quiet.id, { id: known }))
        const heard = yield* hear(owner)
        let expected = 1
        yield* brings(
          heard,
          "a message",
          Effect.gen(function* () {
            const sends = [signalTo(quiet.id, { id: known }), signalTo(told.id)]
            yield* appendWell(groupOf(from.id, { expected: expected++, sends }))
            return isAbout(`Signal ${told.id}`)
          })
        )
        yield* never(heard, [`Signal ${quiet.id}`])
      })
    )
  },
  {
    name: "everybody hears when an instance may be claimed at once",
    effect: Effect.scoped(
      Effect.gen(function* () {
        const journal = yield* Journal
        const heard = yield* hear(fresh("owner"))
        const deeds: Readonly<Record<string, Effect.Effect<unknown, ConformanceFailure | JournalError, Journal>>> = {
          "creating one for nobody": unowned(),
          "opening one anew for nobody": Effect.gen(function* () {
            const { id, workflow } = yield* begin()
            yield* appendWell(groupOf(id, { status: "completed" }))
            const { events } = groupOf(id, { run: 1, expected: 0 })
            yield* journal.reopen({ ...creation({ id, workflow }), events, owner: null }, 1)
          }),
          "releasing one": Effect.flatMap(begin(), ({ id, owner }) => release(owner, { id })),
          "releasing one that has a signal": Effect.gen(function* () {
            const { id, owner } = yield* begin()
            yield* Single.send(journal, signalTo(id, { sender: owner }))
            yield* release(owner, { id, at: null })
          }),
          "a signal for one that nobody owns": Effect.flatMap(unowned({ wakeAt: null }), ({ id }) =>
            Single.send(journal, signalTo(id))
          ),
          "a message to one that nobody owns": Effect.gen(function* () {
            const [from, { id }] = [yield* begin(), yield* unowned({ wakeAt: null })]
            yield* appendWell(groupOf(from.id, { sends: [signalTo(id)] }))
          }),
          "the end of an owner": Effect.flatMap(begin(), ({ owner }) => journal.retire(owner)),
          "an owner whose lease has lapsed": Effect.gen(function* () {
            const { owner } = yield* begin()
            yield* journal.renew(owner, 0)
            yield* tick
            yield* journal.reap
          })
        }
        for (const [what, deed] of Object.entries(deeds)) {
          yield* brings(heard, what, Effect.as(deed, isAbout("Claimable")))
        }
      })
    )
  },
  {
    name: "everybody hears of the end of an instance that somebody watches, and of no other",
    effect: Effect.scoped(
      Effect.gen(function* () {
        const journal = yield* Journal
        const heard = yield* hear(fresh("owner"))
        const unwatched: Array<string> = []
        const open: Array<string> = []
        yield* brings(
          heard,
          "the end",
          Effect.gen(function* () {
            const [quiet, goes, told] = [yield* begin(), yield* begin(), yield* begin()]
            unwatched.push(quiet.id)
            open.push(goes.id)
            yield* journal.watch([goes.id, told.id])
            yield* appendWell(groupOf(quiet.id, { status: "completed" }))
            yield* appendWell(groupOf(goes.id, { status: "continued" }))
            yield* appendWell(groupOf(goes.id, { run: 1, expected: 0, status: "stuck" }))
            yield* appendWell(groupOf(told.id, { status: "failed" }))
            return isAbout(`Ended ${told.id}`)
          })
        )
        yield* never(
          heard,
          [...unwatched, ...open].map((id) => `Ended ${id}`)
        )
      })
    )
  },
  {
    name: "whoever sent a signal hears of its outcome, unless it owns the instance itself",
    effect: Effect.scoped(
      Effect.gen(function* () {
        const journal = yield* Journal
        const [owner, sender] = [fresh("owner"), fresh("owner")]
        yield* journal.renew(sender, longLease)
        const [heard, ownHeard] = [yield* hear(sender), yield* hear(owner)]
        const own: Array<string> = []
        yield* brings(
          heard,
          "the outcome",
          Effect.gen(function* () {
            const { id } = yield* begin({ owner })
            const signals = [signalTo(id, { sender }), signalTo(id, { sender: owner }), signalTo(id, { sender })]
            for (const signal of signals) yield* Single.send(journal, signal)
            const [told, mine, pending] = signals.map((signal) => signal.id)
            own.push(`Settled ${id} ${mine}`, `Settled ${id} ${pending}`)
            yield* appendWell(groupOf(id, { settled: [settle(told ?? ""), settle(mine ?? "")] }))
            return isAbout(`Settled ${id} ${told}`)
          })
        )
        yield* never([...heard, ...ownHeard], own)
      })
    )
  },
  {
    name: "several may listen for one owner, and each hears until it is interrupted",
    effect: Effect.scoped(
      Effect.gen(function* () {
        const journal = yield* Journal
        const owner = fresh("owner")
        const { id } = yield* begin({ owner })
        const deed = Effect.suspend(() => Effect.as(Single.send(journal, signalTo(id)), isAbout(`Signal ${id}`)))
        const stays = yield* hear(owner)
        const goes = yield* Effect.scoped(
          Effect.gen(function* () {
            const goes = yield* hear(owner)
            yield* brings(goes, "a signal for the first", deed)
            return goes
          })
        )
        const before = goes.length
        yield* brings(stays, "a signal for the second", deed)
        yield* same("what the first hears afterwards", goes.length, before)
      })
    )
  }
]
