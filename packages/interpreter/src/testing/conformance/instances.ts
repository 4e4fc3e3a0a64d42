/** Conformance: creating and finding instances, and the clock. Who runs them is in `ownership.ts`. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Created } from "../../Journal.ts"
import { Journal } from "../../Journal.ts"
import * as Single from "../single.ts"
import type { Case } from "./bench.ts"
import { appendWell, begin, createOne, creation, eventsIn, eventsOf, fresh, groupOf, rowOf, same } from "./bench.ts"

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
        attributes: { customer: "ann", total: 1.5, gone: null, "": false },
        events: eventsOf(id, [1, 2])
      })
      const created = yield* createOne(create)
      const row = yield* rowOf(id)
      const { createdAt } = row
      yield* same<Created>("the answer", created, { _tag: "Created", instance: row })
      yield* same("the row", row, {
        id,
        workflow: create.workflow,
        version: 3,
        run: 0,
        status: "waiting",
        epoch: 1,
        length: 2,
        wakeAt: 1_800_000_000_123,
        createdAt,
        takeovers: 0,
        updatedAt: createdAt,
        attributes: create.attributes
      })
      const now = yield* journal.now
      yield* same("whether it was made just now", createdAt <= now + 1000 && createdAt > now - 60_000, true)
      yield* same("the events", yield* eventsIn(id), create.events)
    })
  },
  {
    name: "an instance that was never created is not found",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const id = fresh("instance")
      yield* same("the row", Option.isNone(yield* Single.find(journal, id)), true)
      yield* same("its events", yield* eventsIn(id), [])
      yield* same("its inbox", yield* Single.inbox(journal, id), [])
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
      yield* same<unknown>("the answer", yield* createOne(other), {
        _tag: "Exists",
        instance: row,
        started: create.events[0]
      })
      yield* same("the row", yield* rowOf(create.id), row)
      yield* same("the number of events", (yield* eventsIn(create.id)).length, 2)
      yield* same("what the other owner holds", yield* journal.held(other.owner), [])
    })
  },
  {
    name: "a later run does not change what creating a taken id answers",
    effect: Effect.gen(function* () {
      const create = yield* begin()
      yield* appendWell(groupOf(create.id, { status: "continued" }))
      yield* appendWell(groupOf(create.id, { run: 1, expected: 0 }))
      const answer = yield* createOne(creation({ id: create.id }))
      yield* same<unknown>("the started event", answer._tag === "Exists" && answer.started, create.events[0])
    })
  },
  {
    name: "of many that create one id at once, one succeeds",
    effect: Effect.gen(function* () {
      const id = fresh("instance")
      const creates = Array.from({ length: 8 }, () => creation({ id }))
      const answers = yield* Effect.forEach(creates, createOne, { concurrency: "unbounded" })
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
      yield* same("the answer", (yield* createOne(create))._tag, "Rejected")
      yield* same("the row", Option.isNone(yield* Single.find(journal, create.id)), true)
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
