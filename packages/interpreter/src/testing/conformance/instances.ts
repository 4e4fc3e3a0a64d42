/** Conformance: creating, finding, claiming, renewing and releasing instances. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { isTerminal, Journal } from "../../Journal.ts"
import type { Status } from "../../Status.ts"
import type { Case } from "./bench.ts"
import {
  append,
  appended,
  appendWell,
  begin,
  claim,
  ConformanceFailure,
  creation,
  eventsIn,
  eventsOf,
  fresh,
  groupOf,
  longLease,
  rowOf,
  same,
  sameMembers,
  tick
} from "./bench.ts"

const terminal: ReadonlyArray<Status> = ["completed", "failed", "cancelled", "terminated"]

/** What every journal does with the rows of instances. */
export const instances: ReadonlyArray<Case> = [
  {
    name: "an instance that was created is found, with its events",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const id = fresh("instance")
      const create = creation({
        id,
        version: 3,
        status: "waiting",
        wakeAt: 1_800_000_000_123,
        events: eventsOf(id, [1, 2])
      })
      const created = yield* journal.create(create)
      const { createdAt, updatedAt } = created.instance
      yield* same("the answer", created, {
        _tag: "Created",
        instance: {
          id,
          workflow: create.workflow,
          version: 3,
          run: 0,
          status: "waiting",
          epoch: 1,
          length: 2,
          wakeAt: 1_800_000_000_123,
          createdAt,
          updatedAt
        }
      })
      yield* same("updatedAt", updatedAt, createdAt)
      yield* same("the row", yield* rowOf(id), created.instance)
      yield* same("the events", yield* eventsIn(id), create.events)
    })
  },
  {
    name: "an instance that was never created is not found",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const id = fresh("instance")
      yield* same("the row", Option.isNone(yield* journal.find(id)), true)
      yield* same("its events", yield* eventsIn(id), [])
      yield* same("its inbox", yield* journal.inbox(id), [])
    })
  },
  {
    name: "creating an id that is taken answers how it started, and changes nothing",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const create = yield* begin()
      yield* appendWell(groupOf(create.id))
      const row = yield* rowOf(create.id)
      const other = creation({ id: create.id, version: 2, status: "waiting", wakeAt: 5 })
      yield* same<unknown>("the answer", yield* journal.create(other), {
        _tag: "Exists",
        instance: row,
        started: create.events[0]
      })
      yield* same("the row", yield* rowOf(create.id), row)
      yield* same("the number of events", (yield* eventsIn(create.id)).length, 2)
      yield* same("what the other owner holds", yield* journal.renew(other.owner, longLease), [])
    })
  },
  {
    name: "a later run does not change what creating a taken id answers",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const create = yield* begin()
      yield* appendWell(groupOf(create.id, { status: "continued" }))
      yield* appendWell(groupOf(create.id, { run: 1, expected: 0 }))
      const answer = yield* journal.create(creation({ id: create.id }))
      yield* same<unknown>("the started event", answer._tag === "Exists" && answer.started, create.events[0])
    })
  },
  {
    name: "of many that create one id at once, one succeeds",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const id = fresh("instance")
      const creates = Array.from({ length: 8 }, () => creation({ id }))
      const answers = yield* Effect.forEach(creates, journal.create, { concurrency: "unbounded" })
      const won = creates.filter((_, index) => answers[index]?._tag === "Created")
      yield* same("how many were created", won.length, 1)
      yield* same("the events", yield* eventsIn(id), won[0]?.events ?? [])
      for (const answer of answers) {
        if (answer._tag === "Exists") yield* same("the started event", [answer.started], won[0]?.events ?? [])
      }
    })
  },
  {
    name: "an instance without a first event is refused",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const create = creation({ events: [] })
      const refusal = yield* Effect.flip(journal.create(create)).pipe(
        Effect.mapError(
          () => new ConformanceFailure({ what: "creating it", expected: "a JournalError", actual: "success" })
        )
      )
      yield* same("whether to try again", refusal.retryable, false)
      yield* same("the row", Option.isNone(yield* journal.find(create.id)), true)
    })
  },
  {
    name: "a claim raises the epoch and leaves the rest of the row",
    effect: Effect.gen(function* () {
      const { id, workflow } = yield* begin({ lease: 0 })
      const row = yield* rowOf(id)
      yield* same("the claimed", yield* claim(workflow), [{ ...row, epoch: 2 }])
      yield* same("the row", yield* rowOf(id), { ...row, epoch: 2 })
    })
  },
  {
    name: "an instance under a live lease is not claimed, not even by its owner",
    effect: Effect.gen(function* () {
      const { workflow, owner } = yield* begin()
      yield* same("the claimed", yield* claim(workflow), [])
      yield* same("the claimed by its owner", yield* claim(workflow, { owner }), [])
    })
  },
  {
    name: "an instance whose lease has lapsed is claimed, by one only",
    effect: Effect.gen(function* () {
      const { id, workflow } = yield* begin({ lease: 2 })
      yield* tick
      yield* tick
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
    name: "a claimed instance is leased for as long as was asked",
    effect: Effect.gen(function* () {
      const { id, workflow } = yield* begin({ lease: 0 })
      yield* claim(workflow, { lease: 0 })
      yield* same(
        "the claimed after a lease of nothing",
        (yield* claim(workflow)).map((row) => [row.id, row.epoch]),
        [[id, 3]]
      )
      yield* same("the claimed under a long lease", yield* claim(workflow), [])
    })
  },
  {
    name: "only workflows that were named are claimed, and only versions up to the one given",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      const other = fresh("workflow")
      const old = yield* begin({ workflow, version: 1, lease: 0 })
      const present = yield* begin({ workflow, version: 2, lease: 0 })
      yield* begin({ workflow, version: 3, lease: 0 })
      yield* begin({ workflow: other, version: 2, lease: 0 })
      const third = yield* begin({ version: 1, lease: 0 })
      const workflows = [
        { name: workflow, version: 2 },
        { name: other, version: 1 },
        { name: third.workflow, version: 1 }
      ]
      const claimed = yield* claim(workflow, { workflows })
      yield* sameMembers(
        "the claimed",
        claimed.map((row) => row.id),
        [old.id, present.id, third.id]
      )
      yield* same("the claimed where nothing is named", yield* claim(workflow, { workflows: [] }), [])
    })
  },
  {
    name: "a claim takes the longest waiting first, and no more than its limit",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      const ids: Array<string> = []
      for (let index = 0; index < 4; index++) {
        ids.push((yield* begin({ workflow, lease: 0 })).id)
        yield* tick
      }
      const first = yield* claim(workflow, { limit: 2 })
      const second = yield* claim(workflow, { limit: 0 })
      const third = yield* claim(workflow, { limit: 9 })
      yield* same(
        "the claimed, in order",
        [first, second, third].map((rows) => rows.map((row) => row.id)),
        [ids.slice(0, 2), [], ids.slice(2)]
      )
    })
  },
  {
    name: "a claim for one id takes that one, under the same conditions",
    effect: Effect.gen(function* () {
      const workflow = fresh("workflow")
      yield* begin({ workflow, lease: 0 })
      const wanted = yield* begin({ workflow, lease: 0 })
      const held = yield* begin({ workflow })
      const newer = yield* begin({ workflow, lease: 0, version: 2 })
      const ids = [wanted.id, held.id, newer.id, fresh("instance")]
      const answers = yield* Effect.forEach(ids, (id) => claim(workflow, { id }))
      yield* same(
        "the claimed, for each id",
        answers.map((rows) => rows.map((row) => row.id)),
        [[wanted.id], [], [], []]
      )
    })
  },
  {
    name: "an instance that has ended is never claimed, and held by nobody",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      for (const status of terminal) {
        const { id, workflow, owner } = yield* begin({ lease: 0 })
        yield* appendWell(groupOf(id, { status }))
        yield* same(`the claimed after ${status}`, yield* claim(workflow), [])
        yield* same(`the claimed by id after ${status}`, yield* claim(workflow, { id }), [])
        yield* same(`the leases after ${status}`, yield* journal.renew(owner, 0), [])
        yield* journal.release(owner)
        yield* same(`the claimed after ${status} and a release`, yield* claim(workflow), [])
      }
      const born = yield* begin({ status: "completed", lease: 0 })
      yield* same("the claimed where it ended as it began", yield* claim(born.workflow), [])
    })
  },
  {
    name: "every status that is not an end can be claimed",
    effect: Effect.gen(function* () {
      const statuses: ReadonlyArray<Status> = ["running", "waiting", "stuck", "paused", "set-aside", "continued"]
      for (const status of statuses) {
        yield* same(`whether ${status} is an end`, isTerminal(status), false)
        const { id, workflow } = yield* begin({ lease: 0 })
        yield* appendWell(groupOf(id, { status }))
        yield* same(
          `the claimed after ${status}`,
          (yield* claim(workflow)).map((row) => [row.id, row.status]),
          [[id, status]]
        )
      }
    })
  },
  {
    name: "a released instance is claimed at once",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const owner = fresh("owner")
      const workflow = fresh("workflow")
      const one = yield* begin({ owner, workflow })
      const two = yield* begin({ owner, workflow })
      yield* journal.release(owner, [one.id, fresh("instance")])
      yield* same(
        "the claimed after one was named",
        (yield* claim(workflow)).map((row) => row.id),
        [one.id]
      )
      yield* journal.release(owner)
      yield* same(
        "the claimed after all were released",
        (yield* claim(workflow)).map((row) => row.id),
        [two.id]
      )
    })
  },
  {
    name: "nobody releases what another holds",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, workflow, owner } = yield* begin()
      yield* journal.release(fresh("owner"), [id])
      yield* journal.release(fresh("owner"))
      yield* same("the claimed", yield* claim(workflow), [])
      yield* same("the leases of its owner", yield* journal.renew(owner, longLease), [id])
    })
  },
  {
    name: "renewing answers which instances are still the owner's, and prolongs their leases",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const owner = fresh("owner")
      const workflow = fresh("workflow")
      const kept = yield* begin({ owner, workflow, lease: 0 })
      const lost = yield* begin({ owner, workflow, lease: 0 })
      const released = yield* begin({ owner, workflow })
      yield* journal.release(owner, [released.id])
      yield* claim(workflow, { id: lost.id })
      yield* claim(workflow, { id: released.id })
      yield* same("the leases", yield* journal.renew(owner, longLease), [kept.id])
      yield* same("the claimed", yield* claim(workflow), [])
      yield* same("the epoch of the kept", (yield* rowOf(kept.id)).epoch, 1)
    })
  },
  {
    name: "epochs never go down, whoever claims, releases and appends",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, workflow, owner } = yield* begin({ lease: 0 })
      const epochs = [(yield* rowOf(id)).epoch]
      for (let round = 0; round < 5; round++) {
        const next = round % 2 === 0 ? owner : fresh("owner")
        yield* claim(workflow, { owner: next, lease: round === 1 ? longLease : 0 })
        const { epoch, length } = yield* rowOf(id)
        yield* same("an append at the present epoch", yield* append(groupOf(id, { epoch, expected: length })), appended)
        yield* journal.release(next)
        epochs.push((yield* rowOf(id)).epoch)
      }
      yield* same("the epochs seen", epochs, [1, 2, 3, 4, 5, 6])
    })
  },
  {
    name: "the journal's clock does not go backwards",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      let last = yield* journal.now
      for (let round = 0; round < 50; round++) {
        if (round % 10 === 0) yield* begin()
        const now = yield* journal.now
        yield* same(`whether ${now} is no earlier than ${last}`, now >= last, true)
        last = now
      }
    })
  }
]
