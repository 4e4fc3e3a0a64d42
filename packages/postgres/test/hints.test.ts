import type * as PgClient from "@effect/sql-pg/PgClient"
import type { Hint } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { Journal } from "@waymark/interpreter"
import { PgJournal } from "@waymark/postgres"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { freshDatabase, onDatabase } from "./support/database.ts"
import { creation, groupAt, signalTo, wakeOf } from "./support/groups.ts"
import { untilListening } from "./support/listeners.ts"

const url = await freshDatabase()

/** Runs a program with a journal, and with statements of its own. */
const on = <A, E>(body: (sql: PgClient.PgClient) => Effect.Effect<A, E, Journal>) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const journal = yield* Journal
      return yield* onDatabase(url, (sql) => Effect.provideService(body(sql), Journal, journal))
    }).pipe(Effect.provide(PgJournal.layer({ url })))
  )

/**
 * Listens as some owners while a program runs, and gives what each of them has heard by its end; without the first hint, to
 * look, which comes as the line stands.
 */
const heardBy = <A, E>(sql: PgClient.PgClient, owners: ReadonlyArray<string>, body: Effect.Effect<A, E, Journal>) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const heard: Record<string, Array<Hint>> = Object.fromEntries(owners.map((owner) => [owner, []]))
    const fibers = yield* Effect.forEach(owners, (owner) =>
      Effect.forkDetach(journal.listen(owner, (hint) => heard[owner]?.push(hint)))
    )
    yield* untilListening(sql, owners.length)
    yield* body
    // Hints come in the order of the commits: who has heard of this one has heard all.
    for (const owner of owners) yield* sql`select waymark_tell(${owner}, '{"_tag":"Ended","instance":"the last"}')`
    const isLast = (hint: Hint | undefined) => hint?._tag === "Ended" && hint.instance === "the last"
    yield* Effect.sleep(1).pipe(
      Effect.repeat({ until: () => owners.every((owner) => isLast(heard[owner]?.at(-1))) }),
      Effect.timeout("20 seconds")
    )
    yield* Effect.forEach(fibers, Fiber.interrupt)
    yield* untilListening(sql, 0)
    return Object.fromEntries(owners.map((owner) => [owner, heard[owner]?.slice(1, -1) ?? []]))
  })

const claimable: Hint = { _tag: "Claimable" }
const settled = [{ id: "s-1", outcome: { _tag: "Consumed", reply: null } }] as const

describe("hints between processes", () => {
  it("are not sent on the ordinary path: starts, steps, waits and ends of an engine's own instances", async () => {
    const heard = await on((sql) =>
      heardBy(
        sql,
        ["one", "two"],
        Effect.gen(function* () {
          const journal = yield* Journal
          const [a, b] = ["ordinary-a", "ordinary-b"]
          yield* journal.renew("one", 60_000)
          yield* journal.create([creation(a), creation(b)])
          yield* Single.send(journal, { ...signalTo(a, "one"), id: "s-1" })
          const sends = [signalTo(b, "one")]
          yield* journal.append([groupAt(a, 1, { settled, sends }), groupAt(b, 1, { status: "waiting" })])
          yield* journal.note([{ instance: a, epoch: 1, name: "snapshot", value: 1 }])
          yield* journal.release("one", [{ id: a, epoch: 1, at: null, known: [] }])
          yield* journal.append([groupAt(b, 2, { status: "completed" })])
          yield* journal.reap
          yield* journal.attention("one")
        })
      )
    )
    expect(heard).toEqual({ one: [], two: [] })
  })

  it("go to the owner of a signal's instance, to its sender once it is settled, and to nobody else", async () => {
    const id = "signalled"
    const heard = await on((sql) =>
      heardBy(
        sql,
        ["one", "O'Brien \u{1f600}", "other"],
        Effect.gen(function* () {
          const journal = yield* Journal
          yield* journal.create([creation(id)])
          yield* Single.send(journal, { ...signalTo(id, "O'Brien \u{1f600}"), id: "s-1" })
          yield* Single.send(journal, { ...signalTo(id, "O'Brien \u{1f600}"), id: "s-1" })
          yield* journal.append([groupAt(id, 1, { settled })])
        })
      )
    )
    expect(heard).toEqual({
      one: [{ _tag: "Signal", instance: id }],
      "O'Brien \u{1f600}": [{ _tag: "Settled", instance: id, id: "s-1" }],
      other: []
    })
  })

  it("go to nobody of what a signal takes over, to an owner of what is his, and to all others of what is left", async () => {
    const [mine, theirs, left] = ["taken-1", "taken-2", "taken-3"]
    const heard = await on((sql) =>
      heardBy(
        sql,
        ["one", "two", "three"],
        Effect.gen(function* () {
          const wake = wakeOf(yield* Journal)
          const { create } = yield* Journal
          const waking = { owner: "one", workflows: [{ name: "Withdrawal", version: 1 }], limit: 1 }
          yield* create([mine, left].map((id) => creation(id, { owner: null, wakeAt: null })))
          yield* create([creation(theirs, { owner: "two" })])
          const { sender: _, ...fromNobody } = signalTo(mine, "one")
          yield* wake([signalTo(mine, "one"), { ...fromNobody, id: "another" }], waking)
          yield* wake([signalTo(theirs, "one")], waking)
          yield* wake([signalTo(left, "one")], { ...waking, limit: 0 })
        })
      )
    )
    expect(heard).toEqual({ one: [], two: [{ _tag: "Signal", instance: theirs }, claimable], three: [claimable] })
  })

  it("tell everybody what may be claimed because of a signal, but not whoever has sent it", async () => {
    const ids = ["woken-1", "woken-2", "woken-3", "woken-4", "woken-5"] as const
    const { sender: _, ...fromNobody } = signalTo(ids[4], "one")
    const heard = await on((sql) =>
      heardBy(
        sql,
        ["one", "two"],
        Effect.gen(function* () {
          const journal = yield* Journal
          yield* journal.create(ids.map((id) => creation(id, { owner: null, wakeAt: null })))
          yield* journal.send([signalTo(ids[0], "one")])
          // Of several nobody takes over all, nor where one names no sender.
          yield* journal.send([signalTo(ids[1], "one"), signalTo(ids[2], "two")])
          yield* journal.send([signalTo(ids[3], "one"), fromNobody])
        })
      )
    )
    expect(heard).toEqual({ one: [claimable, claimable], two: [claimable, claimable, claimable] })
  })

  it("tell everybody what may be claimed now, and nothing that may be later", async () => {
    const workflow = "Claimable"
    const [free, waiting] = ["free", "waiting"]
    const counts: Array<number> = []
    await on((sql) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        yield* journal.renew("one", 60_000)
        const count = (body: Effect.Effect<unknown, unknown>) =>
          Effect.map(heardBy(sql, ["other"], body), ({ other = [] }) => {
            expect(other).toEqual(other.map(() => claimable))
            counts.push(other.length)
          })
        yield* count(
          journal.create([creation(free, { workflow, owner: null }), creation(`${free}-2`, { workflow, owner: null })])
        )
        yield* count(journal.create([creation(waiting, { workflow, owner: null, wakeAt: null })]))
        yield* count(Single.send(journal, signalTo(waiting, "one")))
        yield* count(Single.send(journal, signalTo(waiting, "one")))
        yield* journal.claim({ owner: "one", workflows: [{ name: workflow, version: 1 }], order: "oldest", limit: 9 })
        yield* count(journal.release("one", [{ id: free, epoch: 2, at: 4e12, known: [] }]))
        yield* count(journal.release("one", [{ id: `${free}-2`, epoch: 2, at: 0, known: [] }]))
        yield* count(journal.release("one", [{ id: waiting, epoch: 2, at: null, known: [] }]))
        yield* journal.create([creation("held", { owner: "gone" }), creation("held-2", { owner: "dead" })])
        yield* count(journal.retire("gone"))
        yield* count(journal.reap)
        yield* count(journal.reap)
      })
    )
    expect(counts).toEqual([1, 0, 1, 0, 0, 1, 1, 1, 1, 0])
  })

  it("come with the messages of an append, and with the end of what is watched", async () => {
    const [from, owned, unowned] = ["sender", "receiver", "sleeper"]
    const heard = await on((sql) =>
      heardBy(
        sql,
        ["one", "two"],
        Effect.gen(function* () {
          const journal = yield* Journal
          yield* journal.create([
            creation(from),
            creation(owned, { owner: "two" }),
            creation(unowned, { owner: null, wakeAt: null })
          ])
          yield* journal.append([groupAt(from, 1, { sends: [signalTo(owned, "one")] })])
          yield* journal.append([groupAt(from, 2, { sends: [signalTo(unowned, "one")] })])
          yield* journal.watch([from])
          yield* journal.append([groupAt(from, 3, { status: "failed" })])
        })
      )
    )
    const ended: Hint = { _tag: "Ended", instance: from }
    expect(heard).toEqual({ one: [claimable, ended], two: [{ _tag: "Signal", instance: owned }, claimable, ended] })
  })

  it("tell the end of what is watched where many are appended at once, and of nothing that was not written", async () => {
    const ids = ["end-a", "end-b", "end-c"]
    const heard = await on((sql) =>
      heardBy(
        sql,
        ["one"],
        Effect.gen(function* () {
          const journal = yield* Journal
          yield* journal.create(ids.map((id) => creation(id)))
          yield* journal.watch(["end-a", "end-c"])
          const [a, b, c] = ids.map((id) => groupAt(id, 1, { status: "completed", epoch: id === "end-c" ? 0 : 1 }))
          if (a === undefined || b === undefined || c === undefined) return
          expect((yield* journal.append([a, b, c])).map(({ _tag }) => _tag)).toEqual(["Appended", "Appended", "Fenced"])
        })
      )
    )
    expect(heard).toEqual({ one: [{ _tag: "Ended", instance: "end-a" }] })
  })

  it("that a notification can't carry, or that are somebody else's, are dropped", async () => {
    const id = "\u0001".repeat(2000)
    const heard = await on((sql) =>
      heardBy(
        sql,
        ["one"],
        Effect.gen(function* () {
          const journal = yield* Journal
          yield* journal.create([creation(id)])
          expect(yield* Single.send(journal, signalTo(id, "two"))).toEqual({ _tag: "Pending" })
          yield* journal.watch([id])
          expect(yield* journal.append([groupAt(id, 1, { status: "completed" })])).toEqual([{ _tag: "Appended" }])
          yield* sql`select pg_notify('waymark', 'hello'), pg_notify('waymark', '{"_tag":"Later"}')`
        })
      )
    )
    expect(heard).toEqual({ one: [] })
  })

  it("a line that is lost fails so that it may be tried again; what was missed meanwhile is found by looking", async () => {
    await on((sql) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        yield* journal.create([
          creation("missed", { owner: "deaf" }),
          creation("missed-too", { owner: null, workflow: "Missed", wakeAt: null })
        ])
        const fiber = yield* Effect.forkDetach(Effect.flip(journal.listen("deaf", () => undefined)))
        yield* untilListening(sql, 1)
        yield* sql`select pg_terminate_backend(pid) from pg_stat_activity where query = 'LISTEN "waymark"'`
        const error = yield* Fiber.join(fiber)
        expect(error).toMatchObject({ _tag: "JournalError", operation: "listen", retryable: true })
        // Their notifications reach nobody.
        yield* Single.send(journal, { ...signalTo("missed", "other"), id: "s-1" })
        yield* Single.send(journal, signalTo("missed-too", "other"))
        expect(yield* journal.attention("deaf")).toEqual(["missed"])
        const workflows = [{ name: "Missed", version: 1 }]
        const claimed = yield* journal.claim({ owner: "deaf", workflows, order: "oldest", limit: 1 })
        expect(claimed.map(({ id }) => id)).toEqual(["missed-too"])
        yield* journal.append([groupAt("missed", 1, { settled })])
        expect(yield* journal.sent([{ instance: "missed", id: "s-1" }])).toMatchObject([{ _tag: "Settled" }])
        const heard = yield* heardBy(sql, ["deaf"], Single.send(journal, signalTo("missed", "other")))
        expect(heard).toEqual({ deaf: [{ _tag: "Signal", instance: "missed" }] })
      })
    )
  })
})
