import type * as PgClient from "@effect/sql-pg/PgClient"
import { Journal } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { PgJournal } from "@waymark/postgres"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { freshDatabase, onDatabase, untilWaiting } from "./support/database.ts"
import { creation, eventAt, groupAt, idsIn, signalTo, wakeOf } from "./support/groups.ts"
import { lossyProxy } from "./support/lossyProxy.ts"

const url = await freshDatabase()
const proxy = await lossyProxy(url)

/** Runs a program on a journal of its own connections. */
const on = <A, E>(program: Effect.Effect<A, E, Journal>, address = url) =>
  Effect.provide(program, PgJournal.layer({ url: address }))

const killConnections = (sql: PgClient.PgClient) =>
  sql`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'waymark' and datname = current_database()`

/** Runs an effect while another session holds the row of an instance; `change` is what that session commits at the end. */
const whileLocked = <A, E>(
  id: string,
  change: "nothing" | "a new epoch" | "a note" | "the end",
  body: (sql: PgClient.PgClient) => Effect.Effect<A, E>
) =>
  onDatabase(url, (sql) =>
    sql.withTransaction(
      Effect.gen(function* () {
        yield* sql`select from waymark_instances where id = ${id} for update`
        if (change === "a note") yield* sql`insert into waymark_notes values (${id}, 'of another session', '1')`
        if (change === "the end") {
          yield* sql`update waymark_instances set status = 'failed', ended = true where id = ${id}`
        }
        if (change === "a new epoch") yield* sql`update waymark_instances set epoch = epoch + 1 where id = ${id}`
        return yield* body(sql)
      })
    )
  )

describe("the journal in Postgres, when things go wrong,", () => {
  it("survives connections that are killed under load, and no event is lost or doubled", async () => {
    const ids = Array.from({ length: 16 }, (_, index) => `killed-${index}`)
    const rounds = 60
    let appended = 0
    let killed = 0
    const write = (id: string, sql: PgClient.PgClient) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const create = creation(id)
        yield* journal.create([create])
        const written = create.events.map((event) => event.id)
        for (let seq = 1; seq <= rounds; seq++) {
          // The other fifteen are writing meanwhile.
          if (++appended % 50 === 0) killed += (yield* killConnections(sql)).length
          const group = groupAt(id, seq)
          const [answer] = yield* journal.append([group])
          expect(answer).toEqual({ _tag: "Appended" })
          written.push(...group.events.map((event) => event.id))
        }
        expect(yield* idsIn(id)).toEqual(written)
      })
    const load = Effect.gen(function* () {
      const journal = yield* Journal
      yield* onDatabase(url, (sql) =>
        Effect.forEach(ids, (id) => write(id, sql), { concurrency: "unbounded", discard: true }).pipe(
          Effect.provideService(Journal, journal)
        )
      )
    })
    await Effect.runPromise(on(load))
    expect(killed).toBeGreaterThan(5)
  })

  it("commit-outcome-unknown: an append that was committed, and whose answer got lost, is answered as appended", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("lost-append")])
      const group = groupAt("lost-append", 1, { status: "completed" })
      proxy.loseNextAnswer()
      const answers = yield* journal.append([group])
      return { answers, length: (yield* idsIn("lost-append")).length }
    })
    const before = proxy.lost()
    expect(await Effect.runPromise(on(program, proxy.url))).toEqual({ answers: [{ _tag: "Appended" }], length: 2 })
    expect(proxy.lost()).toBe(before + 1)
  })

  it("commit-outcome-unknown: a creation whose answer got lost is still its creator's, and nobody else's", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      const create = creation("lost-create")
      proxy.loseNextAnswer()
      const first = yield* journal.create([create, create])
      const second = yield* journal.create([create, creation("lost-create")])
      return [...first, ...second].map(({ _tag }) => _tag)
    })
    expect(await Effect.runPromise(on(program, proxy.url))).toEqual(["Created", "Created", "Created", "Exists"])
  })

  it("commit-outcome-unknown: a signal whose answer got lost is there once", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("lost-signal")])
      proxy.loseNextAnswer()
      const signal = { instance: "lost-signal", id: "s-1", name: "approve", payload: null }
      const [sent] = yield* journal.send([signal, { ...signal, instance: "nobody" }])
      return { sent, inbox: (yield* Single.inbox(journal, "lost-signal")).length }
    })
    expect(await Effect.runPromise(on(program, proxy.url))).toEqual({ sent: { _tag: "Pending" }, inbox: 1 })
  })

  it("commit-outcome-unknown: what a signal took over, and whose answer got lost, is among what its owner holds", async () => {
    const id = "lost-wake"
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation(id, { owner: null, workflow: id, wakeAt: null })])
      proxy.loseNextAnswer()
      const waking = { owner: id, workflows: [{ name: id, version: 1 }], limit: 9 }
      const woken = yield* wakeOf(journal)([{ instance: id, id: "s-1", name: "approve", payload: null }], waking)
      return { woken, held: yield* journal.held(id), inbox: (yield* Single.inbox(journal, id)).length }
    })
    expect(await Effect.runPromise(on(program, proxy.url))).toEqual({
      woken: { delivered: [{ _tag: "Pending" }], claimed: [] },
      held: [{ id, epoch: 2 }],
      inbox: 1
    })
  })

  it("what is taken over by a signal has the length that it has by then, however long the statement had to wait for it", async () => {
    const [first, second] = ["a-stalls", "b-grows"]
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      const workflow = "Grows"
      yield* journal.renew("grows", 60_000)
      yield* journal.create([
        creation(first, { owner: null, workflow, wakeAt: null }),
        creation(second, { owner: "grows", workflow })
      ])
      const leaseToken = journal.leaseToken?.("grows") ?? expect.fail("no token")
      const waking = {
        owner: "next",
        workflows: [{ name: workflow, version: 1 }],
        limit: 9,
        events: { from: 0, limit: 9 }
      }
      const sends = [first, second].map((instance) => ({ instance, id: "s-1", name: "approve", payload: null }))
      const fiber = yield* onDatabase(url, (sql) =>
        sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`select from waymark_instances where id = ${first} for update`
            const fiber = yield* Effect.forkDetach(wakeOf(journal)(sends, waking))
            yield* untilWaiting(sql, 1)
            yield* journal.append([{ ...groupAt(second, 1), leaseToken }])
            yield* journal.retire("grows")
            return fiber
          })
        )
      )
      const { claimed } = yield* Fiber.join(fiber)
      return claimed.map(({ events, instance }) => [instance.id, instance.length, events?.length])
    })
    expect((await Effect.runPromise(on(program))).toSorted()).toEqual([
      [first, 1, 1],
      [second, 2, 2]
    ])
  })

  it("commit-outcome-unknown: an append that was cut before it was committed is written by the next try", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("cut")])
      const group = groupAt("cut", 1)
      const fiber = yield* whileLocked("cut", "nothing", (sql) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkDetach(journal.append([group]))
          yield* untilWaiting(sql, 1)
          yield* killConnections(sql)
          return fiber
        })
      )
      return { answers: yield* Fiber.join(fiber), length: (yield* idsIn("cut")).length }
    })
    expect(await Effect.runPromise(on(program))).toEqual({ answers: [{ _tag: "Appended" }], length: 2 })
  })

  it("the same events, appended again while the first try is in flight, are there once and answered twice", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("in-flight")])
      const group = groupAt("in-flight", 1)
      const fiber = yield* whileLocked("in-flight", "nothing", (sql) =>
        Effect.gen(function* () {
          const again = Effect.all([journal.append([group]), journal.append([group])], { concurrency: 2 })
          const fiber = yield* Effect.forkDetach(again)
          yield* untilWaiting(sql, 2)
          return fiber
        })
      )
      return { answers: yield* Fiber.join(fiber), length: (yield* idsIn("in-flight")).length }
    })
    const appended = [{ _tag: "Appended" }]
    expect(await Effect.runPromise(on(program))).toEqual({ answers: [appended, appended], length: 2 })
  })

  it("whoever is interrupted has ended what it began: its statement waits for nothing any more", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("interrupted")])
      yield* whileLocked("interrupted", "nothing", (sql) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkDetach(journal.append([groupAt("interrupted", 1)]))
          yield* untilWaiting(sql, 1)
          yield* Fiber.interrupt(fiber)
          yield* untilWaiting(sql, 0)
        })
      )
      return (yield* idsIn("interrupted")).length
    })
    const patient = PgJournal.layer({ url, timeout: "1 hour" })
    expect(await Effect.runPromise(Effect.provide(program, patient))).toBe(1)
  })

  it("zombie-worker-wakes: a writer that was fenced while its statement waited is refused by that statement", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("zombie")])
      yield* journal.create([creation("neighbour")])
      yield* Single.send(journal, { instance: "zombie", id: "s-1", name: "approve", payload: null })
      const settled = [{ id: "s-1", outcome: { _tag: "Consumed", reply: null } }] as const
      const batch = [groupAt("neighbour", 1), groupAt("zombie", 1, { settled, status: "completed" })]
      const fiber = yield* whileLocked("zombie", "a new epoch", (sql) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkDetach(journal.append(batch))
          yield* untilWaiting(sql, 1)
          return fiber
        })
      )
      const answers = yield* Fiber.join(fiber)
      return { answers, length: (yield* idsIn("zombie")).length, sent: yield* Single.sent(journal, "zombie", "s-1") }
    })
    expect(await Effect.runPromise(on(program))).toEqual({
      answers: [{ _tag: "Appended" }, { _tag: "Fenced", epoch: 2 }],
      length: 1,
      sent: { _tag: "Pending" }
    })
  })

  it("an end that waited for a note to be written takes that one away too", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("noted")])
      yield* journal.note([{ instance: "noted", epoch: 1, name: "before", value: 1 }])
      const fiber = yield* whileLocked("noted", "a note", (sql) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkDetach(journal.append([groupAt("noted", 1, { status: "completed" })]))
          yield* untilWaiting(sql, 1)
          return fiber
        })
      )
      const answers = yield* Fiber.join(fiber)
      const left = onDatabase(url, (sql) => sql`select name from waymark_notes where instance = 'noted'`)
      return { answers, left: yield* left }
    })
    expect(await Effect.runPromise(on(program))).toEqual({ answers: [{ _tag: "Appended" }], left: [] })
  })

  it.each(["a new epoch", "the end"] as const)(
    "zombie-worker-wakes: notes that waited for what turned out to be %s are refused, their neighbours are written",
    async (change) => {
      const id = `noting ${change}`
      const neighbour = `${id}, neighbour`
      const program = Effect.gen(function* () {
        const journal = yield* Journal
        for (const instance of [id, neighbour]) {
          yield* journal.create([creation(instance)])
          yield* journal.note([{ instance, epoch: 1, name: "first", value: 1 }])
        }
        const batch = [id, neighbour, id].map((instance) => ({ instance, epoch: 1, name: "second", value: 2 }))
        const fiber = yield* whileLocked(id, change, (sql) =>
          Effect.gen(function* () {
            const fiber = yield* Effect.forkDetach(journal.note(batch))
            yield* untilWaiting(sql, 1)
            return fiber
          })
        )
        const written = yield* Fiber.join(fiber)
        return { written, notes: yield* Effect.forEach([id, neighbour], (id) => Single.notes(journal, id)) }
      })
      const [first, second] = [
        { name: "first", value: 1 },
        { name: "second", value: 2 }
      ]
      expect(await Effect.runPromise(on(program))).toEqual({
        written: [false, true, false],
        notes: [[first], [first, second]]
      })
    }
  )

  it("commit-outcome-unknown: notes whose answer got lost are there, and answered as written", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("lost-note")])
      yield* journal.note([{ instance: "lost-note", epoch: 1, name: "old", value: 1 }])
      proxy.loseNextAnswer()
      const written = yield* journal.note([
        { instance: "lost-note", epoch: 1, name: "new", value: 2 },
        { instance: "lost-note", epoch: 1, name: "old", value: null }
      ])
      return { written, notes: yield* Single.notes(journal, "lost-note") }
    })
    const before = proxy.lost()
    expect(await Effect.runPromise(on(program, proxy.url))).toEqual({
      written: [true, true],
      notes: [{ name: "new", value: 2 }]
    })
    expect(proxy.lost()).toBe(before + 1)
  })

  it("two-workers-one-instance: what two processes do to the same instances, in any order, never deadlocks", async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `shared-${index}`)
    const workflows = [{ name: "Shared", version: 1 }]
    const worker = (owner: string, order: <A>(list: ReadonlyArray<A>) => ReadonlyArray<A>) =>
      on(
        Effect.gen(function* () {
          const journal = yield* Journal
          let written = 0
          for (let round = 0; round < 25; round++) {
            const rows = yield* Effect.forEach(order(ids), (id) => Single.find(journal, id), { concurrency: 8 })
            const batch = rows.flatMap((row, index) => {
              if (row._tag === "None") return []
              const { epoch, id, length } = row.value
              // To its neighbours, those of the same batch among them; in every second round to nobody, since who sends nothing locks otherwise.
              const sends =
                round % 2 === 0
                  ? []
                  : [index + 1, index + 7].map((next) => signalTo(ids[next % ids.length] ?? "", owner))
              return [groupAt(id, length, { epoch, sends })]
            })
            const notes = batch.map(({ instance, epoch }) => ({ instance, epoch, name: "round", value: round }))
            const held = yield* journal.held(owner)
            const [answers] = yield* Effect.all(
              [
                journal.append(batch),
                journal.note(order(notes)),
                journal.watch(order(ids)),
                journal.release(
                  owner,
                  order(held).map((one) => ({ ...one, at: 0, known: [] }))
                ),
                // Cancelling is sending.
                Effect.forEach(order(ids).slice(0, 8), (id) => Single.send(journal, signalTo(id, owner)), {
                  concurrency: 4
                }),
                journal.send(order(ids).map((id) => signalTo(id, owner))),
                journal.claim({ owner, workflows, order: "oldest", limit: 20, ids: order(ids).slice(0, 20) }),
                Effect.andThen(journal.renew(owner, 0), journal.reap),
                journal.claim({ owner, workflows, order: "random", limit: 20 }),
                round % 5 === 0 ? journal.retire(owner) : journal.renew(owner, 10)
              ],
              { concurrency: "unbounded" }
            )
            written += answers.filter(({ _tag }) => _tag === "Appended").length
          }
          return written
        })
      )
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create(ids.map((id) => creation(id, { workflow: "Shared", owner: null })))
      const backwards = <A>(list: ReadonlyArray<A>): ReadonlyArray<A> => list.toReversed()
      const workers = [worker("one", (list) => list), worker("two", backwards)]
      const written = yield* Effect.all(workers, { concurrency: 2 })
      const lengths = yield* Effect.forEach(ids, (id) => Effect.map(idsIn(id), ({ length }) => length))
      const total = lengths.reduce((sum, length) => sum + length, 0)
      return { unaccounted: total - ids.length - written.reduce((sum, count) => sum + count, 0) }
    })
    expect(await Effect.runPromise(on(program))).toEqual({ unaccounted: 0 })
    const deadlocks = onDatabase(
      url,
      (sql) =>
        sql<{ deadlocks: number }>`select deadlocks::integer from pg_stat_database where datname = current_database()`
    )
    expect(await Effect.runPromise(deadlocks)).toEqual([{ deadlocks: 0 }])
  })

  it("a group that the database can't keep is rejected, and its neighbours are written", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      const ids = Array.from({ length: 9 }, (_, index) => `flawed-${index}`)
      yield* journal.create(ids.map((id) => creation(id)))
      return yield* journal.append(
        ids.map((id, index) => {
          if (index === 2) return groupAt(id, 1, { events: [{ ...eventAt(id, 1), attempt: 2 ** 40 }] })
          if (index === 5) return groupAt(id, 1, { wakeAt: 1e300 })
          if (index === 7) return groupAt(id, 1, { events: [{ ...eventAt(id, 1), ordinal: 2 ** 40 }] })
          return groupAt(id, 1)
        })
      )
    })
    const answers = await Effect.runPromise(on(program))
    expect(answers.map(({ _tag }) => _tag)).toEqual(
      Array.from({ length: 9 }, (_, index) => ([2, 5, 7].includes(index) ? "Rejected" : "Appended"))
    )
  })

  it("a creation that the database can't keep is rejected, and its neighbours are made", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      const batch = Array.from({ length: 5 }, (_, index) => creation(`unkeepable-${index}`))
      const flawed = { 1: { version: 2 ** 40 }, 3: { wakeAt: 1e300 } } as Readonly<Record<number, object>>
      const answers = yield* journal.create(batch.map((create, index) => ({ ...create, ...flawed[index] })))
      const lengths = yield* Effect.forEach(batch, ({ id }) => idsIn(id))
      return { answers: answers.map(({ _tag }) => _tag), lengths: lengths.map(({ length }) => length) }
    })
    expect(await Effect.runPromise(on(program))).toEqual({
      answers: ["Created", "Rejected", "Created", "Rejected", "Created"],
      lengths: [1, 0, 1, 0, 1]
    })
  })

  it("commit-outcome-unknown: another life whose answer got lost is still its caller's, and nobody else's", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("lost-life")])
      yield* journal.append([groupAt("lost-life", 1, { status: "failed" })])
      const again = creation("lost-life", { events: [{ ...eventAt("lost-life", 0), run: 1 }] })
      proxy.loseNextAnswer()
      const first = yield* journal.reopen(again, 1)
      const second = yield* journal.reopen(again, 1)
      const other = yield* journal.reopen({ ...again, mark: globalThis.crypto.randomUUID() }, 1)
      return [first, second, other].map((answer) => [
        answer._tag,
        answer._tag === "Rejected" ? 0 : answer.instance.epoch
      ])
    })
    const before = proxy.lost()
    expect(await Effect.runPromise(on(program, proxy.url))).toEqual([
      ["Created", 2],
      ["Created", 2],
      ["Exists", 2]
    ])
    expect(proxy.lost()).toBe(before + 1)
  })

  it("commit-outcome-unknown: an owner that has lost its instances hears of it, though the first answer got lost", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.renew("deaf", 0)
      yield* journal.create([creation("deaf", { owner: "deaf" })])
      yield* journal.reap
      proxy.loseNextAnswer()
      return [yield* journal.renew("deaf", 1000), yield* journal.renew("deaf", 1000)]
    })
    const before = proxy.lost()
    expect(await Effect.runPromise(on(program, proxy.url))).toEqual([false, true])
    expect(proxy.lost()).toBe(before + 1)
  })

  it("commit-outcome-unknown: a claim whose answer got lost is to be found among what its owner holds", async () => {
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("lost-claim", { workflow: "LostClaim", owner: null })])
      proxy.loseNextAnswer()
      const workflows = [{ name: "LostClaim", version: 1 }]
      const claimed = yield* journal.claim({ owner: "claimer", workflows, order: "oldest", limit: 1 })
      return { claimed: claimed.length, held: yield* journal.held("claimer") }
    })
    expect(await Effect.runPromise(on(program, proxy.url))).toEqual({
      claimed: 0,
      held: [{ id: "lost-claim", epoch: 2 }]
    })
  })

  describe("lost-wakeup", () => {
    /** What another session has not committed yet while an operation waits for its row. */
    const whileSending = <A, E>(id: string, operation: Effect.Effect<A, E>) =>
      onDatabase(url, (sql) =>
        sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`select from waymark_deliver(array[${id}], '{s-1}', '{approve}', '{null}', '{"null"}', '{null}')`
            const fiber = yield* Effect.forkDetach(operation)
            yield* untilWaiting(sql, 1)
            return fiber
          })
        )
      ).pipe(Effect.flatMap((fiber) => Fiber.join(fiber)))

    it.each(["release", "retire", "reap"] as const)(
      "a signal that is committed while a %s waits for the row makes the instance claimable",
      async (operation) => {
        const id = `slept ${operation}`
        const program = Effect.gen(function* () {
          const journal = yield* Journal
          yield* journal.renew(id, operation === "reap" ? 0 : 60_000)
          yield* journal.create([creation(id, { workflow: id, owner: id, wakeAt: null })])
          const operations = {
            release: journal.release(id, [{ id, epoch: 1, at: null, known: [] }]),
            retire: journal.retire(id),
            reap: Effect.asVoid(journal.reap)
          }
          yield* whileSending(id, operations[operation])
          const workflows = [{ name: id, version: 1 }]
          return yield* journal.claim({ owner: "other", workflows, order: "oldest", limit: 1 })
        })
        expect(await Effect.runPromise(on(program))).toMatchObject([{ id, epoch: 2 }])
      }
    )

    it.each([null, 0])(
      "a timer that a lost instance's writer sets while a signal comes does not hide the signal, where it was due at %s",
      async (wakeAt) => {
        const id = `slept ${wakeAt}`
        const program = Effect.gen(function* () {
          const journal = yield* Journal
          // Where it is claimable already the signal changes no row, and only holds it.
          yield* journal.create([creation(id, { workflow: id, owner: null, wakeAt })])
          yield* whileSending(id, journal.append([groupAt(id, 1, { wakeAt: null })]))
          const workflows = [{ name: id, version: 1 }]
          return yield* journal.claim({ owner: "other", workflows, order: "oldest", limit: 1 })
        })
        expect(await Effect.runPromise(on(program))).toMatchObject([{ id, length: 2 }])
      }
    )
  })

  it("a statement timeout in the middle of an append writes nothing; the next try writes it once", async () => {
    const impatient = new URL(url)
    impatient.searchParams.set("options", "-c statement_timeout=200")
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("timeout"), creation("timeout-2")])
      const batch = [groupAt("timeout-2", 1, { sends: [signalTo("timeout", "one")] }), groupAt("timeout", 1)]
      const fiber = yield* whileLocked("timeout", "nothing", (sql) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkDetach(journal.append(batch))
          yield* untilWaiting(sql, 1)
          yield* untilWaiting(sql, 0)
          const events = sql<{ readonly count: number }>`
            select count(*)::integer as count from waymark_events where instance in ('timeout', 'timeout-2')`
          expect(yield* events).toEqual([{ count: 2 }])
          return fiber
        })
      )
      const answers = yield* Fiber.join(fiber)
      const lengths = yield* Effect.forEach(["timeout", "timeout-2"], (id) => idsIn(id))
      const inbox = yield* Single.inbox(journal, "timeout")
      return { answers, lengths: lengths.map(({ length }) => length), inbox: inbox.length }
    })
    const appended = { _tag: "Appended" }
    expect(await Effect.runPromise(on(program, impatient.href))).toEqual({
      answers: [appended, appended],
      lengths: [2, 2],
      inbox: 1
    })
  })

  it("a statement timeout that comes every time is a failure that may be tried again", async () => {
    const impatient = new URL(url)
    impatient.searchParams.set("options", "-c statement_timeout=50")
    const program = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("timeouts")])
      const error = yield* whileLocked("timeouts", "nothing", () =>
        Effect.flip(journal.append([groupAt("timeouts", 1)]))
      )
      return { error, length: (yield* idsIn("timeouts")).length }
    })
    expect(await Effect.runPromise(on(program, impatient.href))).toMatchObject({
      error: { _tag: "JournalError", operation: "append", retryable: true },
      length: 1
    })
  })

  it("a database whose transactions would not see what others commit is refused, and the message says what to do", async () => {
    const strict = new URL(url)
    strict.searchParams.set("options", "-c default_transaction_isolation=repeatable\\ read")
    const error = await Effect.runPromise(Effect.flip(on(Effect.void, strict.href)))
    expect(error).toMatchObject({ _tag: "JournalError", operation: "open", retryable: false })
    expect(error.message).toContain('"repeatable read"')
    expect(error.message).toContain("alter role")
  })

  it("no operation leaves anything in its session: each may run on another connection", async () => {
    const id = "wandering"
    const group = groupAt(id, 1, { settled: [{ id: "s-1", outcome: { _tag: "Consumed", reply: null } }], epoch: 2 })
    const workflows = [{ name: id, version: 1 }]
    const operations: ReadonlyArray<(journal: Journal["Service"]) => Effect.Effect<unknown, unknown>> = [
      (journal) => journal.renew("wanderer", 60_000),
      (journal) => journal.create([creation(id, { workflow: id, owner: null })]),
      (journal) => Single.send(journal, { instance: id, id: "s-1", name: "approve", payload: null, sender: "other" }),
      (journal) => journal.claim({ owner: "wanderer", workflows, order: "oldest", limit: 1 }),
      (journal) => journal.watch([id]),
      (journal) => journal.note([{ instance: id, epoch: 2, name: "a", value: 1 }]),
      (journal) => journal.append([group]),
      (journal) => journal.release("wanderer", [{ id, epoch: 2, at: null, known: [] }]),
      (journal) => journal.claim({ owner: "wanderer", workflows, order: "oldest", limit: 1, ids: [id] }),
      (journal) => journal.append([groupAt(id, 2, { epoch: 3, status: "completed" })]),
      (journal) => journal.retire("wanderer"),
      (journal) => journal.reap,
      (journal) => journal.purge({ workflow: id, statuses: ["completed"], before: 4e12, limit: 9 })
    ]
    const answers: Array<unknown> = []
    for (const operation of operations) {
      answers.push(await Effect.runPromise(on(Effect.flatMap(Journal, operation))))
    }
    expect(answers.slice(6, 7)).toEqual([[{ _tag: "Appended" }]])
    expect(answers.slice(8, 10)).toMatchObject([[{ id, epoch: 3 }], [{ _tag: "Appended" }]])
    expect(answers.at(-1)).toBe(1)
  })

  it("no lock outlives its statement, and no transaction is left open", async () => {
    const left = Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("unlocked")])
      yield* journal.append([groupAt("unlocked", 1)])
      return yield* onDatabase(
        url,
        (sql) => sql`
          select locktype, mode, state from pg_locks l join pg_stat_activity a using (pid)
          where a.application_name = 'waymark' and a.datname = current_database()
            and (l.locktype = 'advisory' or a.state like 'idle in transaction%' or a.state = 'idle')`
      )
    })
    expect(await Effect.runPromise(on(left))).toEqual([])
  })

  it("a server that refuses us is a typed error, and one that is not there may be tried again", async () => {
    const stranger = new URL(url)
    stranger.password = "wrong"
    const nobody = new URL(url)
    nobody.port = "1"
    const open = (address: URL) => Effect.flip(on(Effect.void, address.href))
    expect(await Effect.runPromise(open(stranger))).toMatchObject({ _tag: "JournalError", retryable: false })
    expect(await Effect.runPromise(open(nobody))).toMatchObject({ _tag: "JournalError", retryable: true })
  })
})
