/** Appends that leave the row of their instance alone: what they rest on, and that nobody is misled by what the row does not say. */
import type { Append, Appended, LeaseToken } from "@waymark/interpreter"
import { Journal } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { PgJournal } from "@waymark/postgres"
import type * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"
import { freshDatabase, onDatabase, untilWaiting } from "./support/database.ts"
import { creation, eventAt, groupAt, idsIn } from "./support/groups.ts"
import { lossyProxy } from "./support/lossyProxy.ts"

const url = await freshDatabase()
const proxy = await lossyProxy(url)
const workflows = [{ name: "Withdrawal", version: 1 }]
const appended: Appended = { _tag: "Appended" }

const run = <A, E>(program: Effect.Effect<A, E, Journal>) =>
  Effect.runPromise(Effect.provide(program, PgJournal.layer({ url })))

/** An owner that has said that it lives, with instances of its own. */
const owning = Effect.fnUntraced(function* (owner: string, ...ids: ReadonlyArray<string>) {
  const journal = yield* Journal
  yield* journal.renew(owner, 60_000)
  const token = journal.leaseToken?.(owner)
  if (token === undefined) return yield* Effect.die("no token")
  yield* journal.create(ids.map((id) => creation(id, { owner })))
  return { journal, token }
})

/** A group that leaves the row as it is. */
const quiet = (id: string, expected: number, leaseToken: LeaseToken, options: Partial<Append> = {}): Append =>
  groupAt(id, expected, { wakeAt: 0, leaseToken, ...options })

const rowOf = (id: string) =>
  Effect.map(
    onDatabase(
      url,
      (sql) => sql<{ readonly version: string; readonly recorded: number; readonly epoch: number }>`
        select xmin::text as version, recorded, epoch from waymark_instances where id = ${id}`
    ),
    ([row]) => row
  )

const lengthOf = (journal: Journal["Service"], id: string) =>
  Effect.map(Single.find(journal, id), Option.match({ onNone: () => 0, onSome: ({ length }) => length }))

/** Runs an operation while another session has done something that it has not committed; that session commits once the operation waits. */
const whileHeld = <A, E, B, F>(hold: (sql: PgClient.PgClient) => Effect.Effect<B, F>, operation: Effect.Effect<A, E>) =>
  onDatabase(url, (sql) =>
    sql.withTransaction(
      Effect.gen(function* () {
        yield* hold(sql)
        const fiber = yield* Effect.forkDetach(operation)
        yield* untilWaiting(sql, 1)
        return fiber
      })
    )
  ).pipe(Effect.flatMap((fiber) => Fiber.join(fiber)))

describe("an append by the token of a lease", () => {
  it("leaves the row alone, and everybody is told how many events there are", async () => {
    const found = await run(
      Effect.gen(function* () {
        const { journal, token } = yield* owning("tells", "alone", "many-1", "many-2")
        const ids = ["alone", "many-1", "many-2"]
        const before = yield* Effect.forEach(ids, rowOf)
        const answers = [
          ...(yield* journal.append([quiet("alone", 1, token)])),
          ...(yield* journal.append(["many-1", "many-2"].map((id) => quiet(id, 1, token)))),
          ...(yield* journal.append(
            ids.map((id) => quiet(id, 2, token, { events: [eventAt(id, 2), eventAt(id, 3), eventAt(id, 4)] }))
          ))
        ]
        expect(yield* Effect.forEach(ids, rowOf)).toEqual(before)
        const listed = yield* journal.list({ order: "created", descending: false, limit: 10 })
        const watched = yield* journal.watch(ids)
        const [one] = yield* journal.find([{ id: "alone", events: { from: 0, limit: 5 } }])
        const [few] = yield* journal.find([{ id: "alone", events: { from: 0, limit: 4 } }])
        yield* journal.release("tells", [{ id: "alone", epoch: 1, at: 0, known: [] }])
        const claimed = yield* journal.claim({ owner: "next", workflows, order: "oldest", limit: 1, ids: ["alone"] })
        return {
          answers,
          lengths: [listed, watched, claimed].map((rows) => rows.map(({ length }) => length)),
          events: Option.getOrThrow(one ?? Option.none()).events?.length,
          tooMany: Option.getOrThrow(few ?? Option.none()).events
        }
      })
    )
    expect(found).toEqual({
      answers: Array.from({ length: 6 }, () => appended),
      lengths: [[5, 5, 5], [5, 5, 5], [5]],
      events: 5,
      tooMany: null
    })
  })

  it("is followed by one that writes the row, alone and among others, and by the end", async () => {
    const found = await run(
      Effect.gen(function* () {
        const { journal, token } = yield* owning("goes on", "row-1", "row-2", "row-3")
        const ids = ["row-1", "row-2", "row-3"]
        yield* journal.append(ids.map((id) => quiet(id, 1, token)))
        const alone = yield* journal.append([groupAt("row-1", 2)])
        const mixed = yield* journal.append([
          quiet("row-1", 3, token, { wakeAt: null }),
          groupAt("row-2", 2, { wakeAt: 0 }),
          groupAt("row-3", 2, { status: "completed" })
        ])
        const settled = yield* journal.append([
          groupAt("row-1", 4, { settled: [{ id: "unknown", outcome: { _tag: "Consumed", reply: null } }] })
        ])
        return {
          answers: [...alone, ...mixed, ...settled],
          recorded: (yield* Effect.forEach(ids, rowOf)).map((row) => row?.recorded),
          lengths: yield* Effect.forEach(ids, (id) => lengthOf(journal, id))
        }
      })
    )
    expect(found).toEqual({
      answers: Array.from({ length: 5 }, () => appended),
      recorded: [5, 3, 3],
      lengths: [5, 3, 3]
    })
  })

  it("is known when it is repeated, and other events in its place are a conflict, alone and among others", async () => {
    const found = await run(
      Effect.gen(function* () {
        const { journal, token } = yield* owning("repeats", "again-1", "again-2")
        const [one, two] = [quiet("again-1", 1, token), quiet("again-2", 1, token)]
        yield* journal.append([one, two])
        const alone = yield* journal.append([one])
        const both = yield* journal.append([two, quiet("again-1", 2, token)])
        const others = [
          ...(yield* journal.append([quiet("again-1", 1, token)])),
          ...(yield* journal.append([quiet("again-1", 2, token), quiet("again-2", 2, token)]))
        ]
        // Without its token, as after its lease was lost meanwhile.
        const { leaseToken: _, ...bare } = two
        return {
          repeated: [...alone, ...both, ...(yield* journal.append([bare]))],
          others,
          ids: yield* idsIn("again-1")
        }
      })
    )
    expect(found.repeated).toEqual(Array.from({ length: 4 }, () => appended))
    expect(found.others).toEqual([{ _tag: "Conflict", length: 3 }, { _tag: "Conflict", length: 3 }, appended])
    expect(found.ids).toHaveLength(3)
  })

  it("does no harm to others of its batch where their rows stand against them", async () => {
    const found = await run(
      Effect.gen(function* () {
        const { journal, token } = yield* owning("mixes", "kept-1", "kept-2", "late")
        const other = yield* owning("mixes too", "kept-3")
        const answers = yield* journal.append([
          groupAt("late", 1, { epoch: 0 }),
          quiet("kept-1", 1, token),
          groupAt("nobody", 1),
          quiet("kept-3", 1, other.token),
          quiet("kept-2", 1, token)
        ])
        const lengths = yield* Effect.forEach(["late", "kept-1", "kept-2", "kept-3"], (id) => lengthOf(journal, id))
        return { answers, lengths }
      })
    )
    expect(found).toEqual({
      answers: [{ _tag: "Fenced", epoch: 1 }, appended, { _tag: "Fenced", epoch: 0 }, appended, appended],
      lengths: [1, 2, 2, 2]
    })
  })

  it.each(["reap", "retire"] as const)("is judged by its row once a %s has taken the token away", async (how) => {
    const found = await run(
      Effect.gen(function* () {
        const id = `taken by ${how}`
        const { journal, token } = yield* owning(id, id)
        yield* how === "retire" ? journal.retire(id) : Effect.andThen(journal.renew(id, 0), journal.reap)
        // Nobody has claimed it yet: its last writer may still say what it did.
        const free = yield* journal.append([quiet(id, 1, token)])
        yield* journal.renew(id, 60_000)
        const renewed = journal.leaseToken?.(id)
        const [row] = yield* journal.claim({ owner: "successor", workflows, order: "oldest", limit: 1, ids: [id] })
        const late = yield* journal.append([quiet(id, 2, token)])
        const among = yield* journal.append([quiet(id, 2, token), groupAt("nobody", 1)])
        return {
          free,
          isAnother: renewed !== token,
          claimed: row?.length,
          late,
          among,
          length: yield* lengthOf(journal, id)
        }
      })
    )
    const fenced = { _tag: "Fenced", epoch: 2 }
    expect(found).toEqual({
      free: [appended],
      isAnother: true,
      claimed: 2,
      late: [fenced],
      among: [fenced, { _tag: "Fenced", epoch: 0 }],
      length: 2
    })
  })

  it.each(["reap", "retire"] as const)(
    "that is under way is waited for by a %s, and is on record before anybody claims the instance",
    async (how) => {
      const claimed = await run(
        Effect.gen(function* () {
          const id = `under way at ${how}`
          const { journal, token } = yield* owning(id, id)
          if (how === "reap") yield* journal.renew(id, 0)
          const underWay = (sql: PgClient.PgClient) => {
            const { id: event, ordinal } = eventAt(id, 1)
            return sql`select waymark_append_one(${id}, ${token.token}::uuid, ${id}, 0, 1, 1, 'running', false, 0, null, ${event}, 0,
              'completed', '', ${ordinal}, 'step', null, null, '1', null)`
          }
          yield* whileHeld(underWay, how === "reap" ? Effect.asVoid(journal.reap) : journal.retire(id))
          return yield* journal.claim({ owner: "successor", workflows, order: "oldest", limit: 1, ids: [id] })
        })
      )
      expect(claimed).toMatchObject([{ epoch: 2, length: 2 }])
    }
  )

  it("that comes while its token is being taken away waits, and is judged by its row", async () => {
    const found = await run(
      Effect.gen(function* () {
        const { journal, token } = yield* owning("comes late", "comes-late")
        const revoke = (sql: PgClient.PgClient) =>
          Effect.andThen(
            sql`select waymark_lease_revoke('comes late')`,
            sql`update waymark_instances set owner = 'successor', epoch = 2 where id = 'comes-late'`
          )
        const answers = yield* whileHeld(revoke, journal.append([quiet("comes-late", 1, token)]))
        return { answers, ids: yield* idsIn("comes-late") }
      })
    )
    expect(found).toMatchObject({ answers: [{ _tag: "Fenced", epoch: 2 }], ids: { length: 1 } })
  })

  it("is judged by its row where the server has lost its tokens, as by a crash, and commits with them", async () => {
    const found = await run(
      Effect.gen(function* () {
        const { journal, token } = yield* owning("crashes", "crashed", "kept")
        yield* journal.append([quiet("crashed", 1, token)])
        yield* onDatabase(url, (sql) =>
          Effect.andThen(
            sql`delete from waymark_events where instance = 'crashed' and seq = 1`,
            sql`truncate waymark_leases`
          )
        )
        const ahead = yield* journal.append([quiet("crashed", 2, token)])
        const known = journal.leaseToken?.("crashes")
        const others = yield* journal.append([quiet("kept", 1, token)])
        yield* journal.renew("crashes", 60_000)
        return { ahead, known, others, isAnother: ![undefined, token].includes(journal.leaseToken?.("crashes")) }
      })
    )
    expect(found).toEqual({
      ahead: [{ _tag: "Conflict", length: 1 }],
      known: undefined,
      others: [appended],
      isAnother: true
    })
  })

  it("has its token revoked where it has no answer, before anything else is done about it", async () => {
    const found = await Effect.gen(function* () {
      const { journal, token } = yield* owning("hears nothing", "unheard-1", "unheard-2")
      const alone = quiet("unheard-1", 1, token)
      const letGo = proxy.hold("present-answers")
      const answers = yield* journal.append([alone])
      letGo()
      const known = journal.leaseToken?.("hears nothing")
      const tokens = yield* onDatabase(url, (sql) => sql`select from waymark_leases where owner = 'hears nothing'`)
      const others = yield* journal.append([alone, quiet("unheard-2", 1, token)])
      return { answers, known, tokens, others, ids: yield* idsIn("unheard-1") }
    }).pipe(Effect.provide(PgJournal.layer({ url: proxy.url, timeout: "4 seconds" })), Effect.runPromise)
    expect(found).toMatchObject({ answers: [appended], tokens: [], others: [appended, appended], ids: { length: 2 } })
    expect(found.known).toBeUndefined()
  })

  it("has its token revoked where nobody waits for its answer any more, before its instance is given back", async () => {
    const found = await run(
      Effect.gen(function* () {
        const { journal, token } = yield* owning("is interrupted", "interrupted")
        const group = quiet("interrupted", 1, token)
        yield* onDatabase(url, (sql) =>
          sql.withTransaction(
            Effect.gen(function* () {
              yield* sql`lock table waymark_events in exclusive mode`
              const fiber = yield* Effect.forkDetach(journal.append([group]))
              yield* untilWaiting(sql, 1)
              yield* Fiber.interrupt(fiber)
            })
          )
        )
        yield* journal.release("is interrupted", [{ id: "interrupted", epoch: 1, at: 0, known: [] }])
        const tokens = yield* onDatabase(url, (sql) => sql`select from waymark_leases where owner = 'is interrupted'`)
        yield* journal.claim({ owner: "successor", workflows, order: "oldest", limit: 1, ids: ["interrupted"] })
        return { tokens, late: yield* journal.append([quiet("interrupted", 2, token)]) }
      })
    )
    expect(found).toEqual({ tokens: [], late: [{ _tag: "Fenced", epoch: 2 }] })
  })

  it("that cannot be written is rejected alone, and its token stands", async () => {
    const found = await run(
      Effect.gen(function* () {
        const { journal, token } = yield* owning("is flawed", "flawed", "sound")
        const flawed = quiet("flawed", 1, token, { events: [{ ...eventAt("flawed", 1), ordinal: 2 ** 40 }] })
        const answers = yield* journal.append([flawed, quiet("sound", 1, token)])
        return { answers: answers.map(({ _tag }) => _tag), stands: journal.leaseToken?.("is flawed") === token }
      })
    )
    expect(found).toEqual({ answers: ["Rejected", "Appended"], stands: true })
  })

  it("has the same token for as long as the lease is renewed in time", async () => {
    const isSame = await run(
      Effect.gen(function* () {
        const { journal, token } = yield* owning("renews")
        yield* journal.renew("renews", 60_000)
        return journal.leaseToken?.("renews") === token
      })
    )
    expect(isSame).toBe(true)
  })

  it("has its token in a table that a crash of the server empties", async () => {
    const kinds = await Effect.runPromise(
      onDatabase(url, (sql) => sql`select relpersistence from pg_class where relname = 'waymark_leases'`)
    )
    expect(kinds).toEqual([{ relpersistence: "u" }])
  })
})
