/** Conformance: appends that rest on the token of their owner's lease. A store that knows no tokens has nothing to do for them. */
import * as Effect from "effect/Effect"
import type { LeaseToken } from "../../Journal.ts"
import { Journal } from "../../Journal.ts"
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
  rowOf,
  same
} from "./bench.ts"

/** Runs a program with the token of an owner that lives, where the journal knows some. */
const withToken = <E>(
  owner: string,
  program: (token: LeaseToken, now: () => string | undefined) => Effect.Effect<void, E, Journal>
) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    yield* journal.renew(owner, longLease)
    const token = journal.leaseToken?.(owner)
    if (token !== undefined) yield* program(token, () => journal.leaseToken?.(owner)?.token)
  })

/** What every journal that knows tokens does about them. */
export const leases: ReadonlyArray<Case> = [
  {
    name: "an owner has the same token for as long as nothing is taken from it, and never again after that",
    effect: Effect.gen(function* () {
      const { owner } = yield* begin()
      yield* withToken(owner, (token, now) =>
        Effect.gen(function* () {
          const journal = yield* Journal
          yield* journal.renew(owner, longLease)
          yield* same("whether it is the same after another renewal", now() === token.token, true)
          yield* lapse(owner)
          yield* journal.renew(owner, longLease)
          yield* same("whether it is the same after its instances were taken away", now() === token.token, false)
          yield* journal.retire(owner)
          yield* same("the token of one that has retired", now(), undefined)
        })
      )
    })
  },
  {
    name: "a group by a token is appended as any other: everybody hears of it, and it is known when it comes again",
    effect: Effect.gen(function* () {
      const { id, owner, workflow } = yield* begin()
      yield* withToken(owner, (leaseToken) =>
        Effect.gen(function* () {
          const journal = yield* Journal
          const [first, second] = [groupOf(id, { leaseToken }), groupOf(id, { expected: 2, leaseToken })]
          for (const group of [first, second, first]) yield* appendWell(group)
          yield* same("another group in its place", yield* append(groupOf(id, { leaseToken })), {
            _tag: "Conflict",
            length: 3
          })
          yield* same("the number of events", (yield* eventsIn(id)).length, 3)
          yield* same("the length that its row tells", (yield* rowOf(id)).length, 3)
          yield* appendWell(groupOf(id, { expected: 3 }))
          yield* appendWell(groupOf(id, { expected: 4, leaseToken }))
          yield* journal.retire(owner)
          yield* same(
            "the length that its next owner is told",
            (yield* claim(workflow)).map(({ length }) => length),
            [5]
          )
        })
      )
    })
  },
  {
    name: "zombie-worker-wakes: a group by a token that was taken away is judged by its row",
    effect: Effect.gen(function* () {
      for (const end of ["reaped", "retired"] as const) {
        const { id, owner, workflow } = yield* begin({ owner: fresh("owner") })
        yield* withToken(owner, (leaseToken) =>
          Effect.gen(function* () {
            const journal = yield* Journal
            yield* end === "reaped" ? lapse(owner) : journal.retire(owner)
            yield* same(`once it was ${end}`, yield* append(groupOf(id, { leaseToken })), appended)
            yield* claim(workflow)
            yield* same("once another owner has it", yield* append(groupOf(id, { expected: 2, leaseToken })), {
              _tag: "Fenced",
              epoch: 2
            })
            yield* same("the number of events", (yield* eventsIn(id)).length, 2)
          })
        )
      }
    })
  }
]
