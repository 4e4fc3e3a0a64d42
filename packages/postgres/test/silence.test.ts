/** A database that is gone without a word: nothing is refused, nothing is answered. */
import { WIO, Workflow } from "@waymark/core"
import { Engine, Journal } from "@waymark/interpreter"
import type { Append } from "@waymark/interpreter"
import { PgJournal } from "@waymark/postgres"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { freshDatabase, onDatabase } from "./support/database.ts"
import { creation, groupAt, idsIn } from "./support/groups.ts"
import { lossyProxy } from "./support/lossyProxy.ts"

const url = await freshDatabase()
const proxy = await lossyProxy(url)

/** Runs a program on a journal behind the proxy; a call that hangs on fails the test. */
const behind = <A, E>(program: Effect.Effect<A, E, Journal>, options: Partial<PgJournal.Options> = {}) =>
  program.pipe(
    Effect.provide(PgJournal.layer({ url: proxy.url, timeout: "1 second", ...options })),
    Effect.timeout("20 seconds"),
    Effect.runPromise
  )

/** Uses a journal while the proxy lets nothing through. */
const during = <A, E, R>(held: Parameters<typeof proxy.hold>[0], effect: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => proxy.hold(held)),
    () => effect,
    (letGo) => Effect.sync(letGo)
  )

const append = (group: Append) => Effect.flatMap(Journal, (journal) => journal.append([group]))

/** What an instance has in the end, read where nothing is held. */
const idsOf = (id: string) => Effect.runPromise(Effect.provide(idsIn(id), PgJournal.layer({ url })))

/** Waits until the server has committed an append whose answer is held. */
const untilLength = (id: string, length: number) =>
  onDatabase(
    url,
    (sql) =>
      sql<{ readonly length: number }>`select count(*)::integer as length from waymark_events where instance = ${id}`
  ).pipe(Effect.repeat({ until: ([row]) => row?.length === length }), Effect.timeout("10 seconds"))

/**
 * A journal over one connection, which hangs from the moment that it carries a creation: neither try of the first call has an answer.
 * Nothing else that an engine asks for on its own gets in its way. After each failure it waits for `meanwhile`.
 */
const silentAtCreation = (meanwhile: Effect.Effect<void>) => {
  let [began, failed] = [false, 0]
  let letGo = (): void => {}
  const over = (journal: Journal["Service"]): Journal["Service"] => ({
    ...journal,
    now: Effect.sync(() => Date.now()),
    renew: () => Effect.succeed(true),
    reap: Effect.succeed(0),
    claim: () => Effect.succeed([]),
    upcoming: Effect.succeed(null),
    attention: () => Effect.succeed([]),
    create: (batch) =>
      Effect.suspend(() => {
        if (!began) letGo = proxy.hold("present-answers")
        began = true
        return Effect.tapError(journal.create(batch), () => Effect.sync(() => failed++).pipe(Effect.andThen(meanwhile)))
      })
  })
  const options = { url: proxy.url, timeout: "1 second", maxConnections: 1, listen: false } as const
  return {
    journal: Layer.effect(Journal, Effect.map(Journal, over)).pipe(Layer.provide(PgJournal.layer(options))),
    failed: () => failed,
    letGo: () => letGo()
  }
}

/** A workflow of one step, and how often that has run. */
const counted = (name: string) => {
  let ran = 0
  const body = WIO.runIO("count", {
    event: Schema.Null,
    run: () => Effect.sync(() => (ran++, null)),
    apply: (state: null) => state
  })
  return {
    flow: Workflow.make(name, { version: 1, input: Schema.Null, state: Schema.Null, body }),
    ran: () => ran
  }
}

describe("a database that is gone without a word", () => {
  it("fails an append as a lost connection does, and the same append goes on once it is back", async () => {
    const id = "frozen"
    const group = groupAt(id, 1)
    const { create, error, again } = await behind(
      Effect.gen(function* () {
        const journal = yield* Journal
        const create = creation(id)
        yield* journal.create([create])
        const error = yield* during("everything", Effect.flip(append(group)))
        const again = yield* Effect.retry(append(group), { while: ({ retryable }) => retryable })
        return { create, error, again }
      })
    )
    expect(error).toMatchObject({ _tag: "JournalError", operation: "append", retryable: true })
    expect(error.reason).toContain("the database does not answer: nothing was heard within 1000 ms")
    expect(again).toEqual([{ _tag: "Appended" }])
    expect(await idsOf(id)).toEqual([...create.events, ...group.events].map((event) => event.id))
  })

  it("fails an append by the token of a lease likewise, and nothing comes of it later", async () => {
    const id = "frozen by token"
    const { create, error, again, group } = await behind(
      Effect.gen(function* () {
        const journal = yield* Journal
        yield* journal.renew("one", 60_000)
        const leaseToken = journal.leaseToken?.("one")
        const create = creation(id)
        yield* journal.create([create])
        const group = { ...groupAt(id, 1, { wakeAt: 0 }), ...(leaseToken && { leaseToken }) }
        const error = yield* during("everything", Effect.flip(append(group)))
        expect(leaseToken).toBeDefined()
        expect(journal.leaseToken?.("one")).toBeUndefined()
        const again = yield* Effect.retry(append(group), { while: ({ retryable }) => retryable })
        return { create, error, again, group }
      })
    )
    expect(error).toMatchObject({ _tag: "JournalError", operation: "append", retryable: true })
    expect(error.reason).toContain("the database does not answer: nothing was heard within 1000 ms")
    expect(again).toEqual([{ _tag: "Appended" }])
    expect(await idsOf(id)).toEqual([...create.events, ...group.events].map((event) => event.id))
    const tokens = onDatabase(url, (sql) => sql`select from waymark_leases where owner = 'one'`)
    expect(await Effect.runPromise(tokens)).toEqual([])
  })

  it("commit-outcome-unknown: what was committed, and whose answer hangs, is answered over another connection", async () => {
    const create = creation("answer-held")
    const group = groupAt(create.id, 1)
    const answers = await behind(
      Effect.gen(function* () {
        const journal = yield* Journal
        // So that there is a connection that hangs.
        yield* journal.now
        const created = yield* during("present-answers", journal.create([create]))
        const appended = yield* during("present-answers", append(group))
        return [...created, ...appended].map(({ _tag }) => _tag)
      }),
      { timeout: "4 seconds" }
    )
    expect(answers).toEqual(["Created", "Appended"])
    expect(await idsOf(create.id)).toEqual([...create.events, ...group.events].map((event) => event.id))
  })

  it("gives a connection that hangs to nobody else: where there is one only, it is closed and another one made", async () => {
    const create = creation("only-one")
    const group = groupAt(create.id, 1)
    const connection = onDatabase(
      url,
      (sql) =>
        sql<{ readonly pid: number }>`select pid from pg_stat_activity
          where application_name = 'waymark' and datname = current_database()`
    )
    const { after, before, errors } = await behind(
      Effect.gen(function* () {
        const journal = yield* Journal
        yield* journal.create([create])
        const before = yield* connection
        let errors = 0
        const tried = Effect.tapError(append(group), () => Effect.sync(() => errors++))
        yield* during(
          "present-answers",
          Effect.andThen(Effect.retry(tried, { while: ({ retryable }) => retryable }), untilLength(create.id, 2))
        )
        return { errors, before, after: yield* connection }
      }),
      { maxConnections: 1 }
    )
    expect(errors).toBeGreaterThan(0)
    expect([before.length, after.length]).toEqual([1, 1])
    expect(after).not.toEqual(before)
    expect(await idsOf(create.id)).toEqual([...create.events, ...group.events].map((event) => event.id))
  })

  it("is told apart from one that has much to do: what takes as long as there is to do has longer than the others", async () => {
    const owner = "slow"
    const workflows = [{ name: owner, version: 1 }]
    const { error, answers } = await Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.create([creation("slowly", { workflow: owner, owner })])
      const long: Readonly<Record<string, Effect.Effect<unknown, unknown>>> = {
        list: journal.list({ order: "created", descending: true, limit: 1, workflow: owner }),
        newest: journal.claim({ owner, workflows, order: "newest", limit: 1 }),
        random: journal.claim({ owner, workflows, order: "random", limit: 1 }),
        purge: journal.purge({ statuses: ["failed"], before: 0, limit: 1 }),
        reap: journal.reap
      }
      return yield* onDatabase(url, (sql) =>
        Effect.gen(function* () {
          const [error, fibers] = yield* sql.withTransaction(
            Effect.gen(function* () {
              yield* sql`lock table waymark_instances in access exclusive mode`
              const fibers = yield* Effect.forEach(Object.values(long), (one) => Effect.forkDetach(one))
              const waiting = Effect.andThen(
                sql`select pg_stat_clear_snapshot()`,
                sql<{ readonly waiting: number }>`select count(*)::integer as waiting from pg_stat_activity
                  where datname = current_database() and wait_event_type = 'Lock'`
              )
              yield* Effect.repeat(waiting, { until: ([row]) => row?.waiting === fibers.length })
              return [yield* Effect.flip(journal.find([{ id: "slowly" }])), fibers] as const
            })
          )
          const answers = yield* Effect.forEach(fibers, (fiber) => Fiber.await(fiber))
          return { error, answers }
        })
      )
    }).pipe(
      Effect.provide(PgJournal.layer({ url, timeout: "1 second" })),
      Effect.timeout("20 seconds"),
      Effect.runPromise
    )
    expect(error).toMatchObject({ operation: "find", retryable: true })
    expect(error.reason).toContain("nothing was heard within 1000 ms")
    expect(error.reason).toContain("give PgJournal.layer a longer `timeout`")
    expect(answers.map(Exit.isSuccess)).toEqual(answers.map(() => true))
  })

  it("does not cost a lease: a renewal has half of it, whatever the limit of others is", async () => {
    const kept = await behind(
      Effect.gen(function* () {
        const journal = yield* Journal
        yield* journal.renew("one", 10_000)
        return yield* during("present-answers", journal.renew("one", 3_000))
      }),
      { timeout: "1 hour" }
    )
    expect(kept).toBe(true)
  })

  it("does not keep from an engine that it lost its instances: a renewal of which nothing was heard has told it nothing", async () => {
    const owner = "taken for dead"
    const kept = await behind(
      Effect.gen(function* () {
        const journal = yield* Journal
        yield* journal.create([creation("taken", { owner })])
        yield* journal.renew(owner, 0)
        yield* Effect.repeat(journal.reap, { until: (count) => count > 0 })
        // It is carried out, and there is no other connection to ask over.
        const error = yield* during("present-answers", Effect.flip(journal.renew(owner, 60_000)))
        expect(error.retryable).toBe(true)
        const next = () => Effect.retry(journal.renew(owner, 60_000), { while: ({ retryable }) => retryable })
        return [yield* next(), yield* next()]
      }),
      { maxConnections: 1 }
    )
    expect(kept).toEqual([false, true])
  })

  it("holds up an engine and no more: its instances go on, and each event is there once", async () => {
    const ran: Array<string> = []
    let letGo = (): void => {}
    const step = (name: string, effect: Effect.Effect<void>) =>
      WIO.runIO(name, {
        event: Schema.Number,
        run: (state: number) => Effect.as(effect, state + 1),
        apply: (_, next) => next
      })
    const note = (name: string) => Effect.sync(() => void ran.push(name))
    const flow = Workflow.make("Flow", {
      version: 1,
      input: Schema.Number,
      state: Schema.Number,
      body: WIO.andThen(
        WIO.andThen(
          step(
            "first",
            Effect.andThen(
              note("first"),
              Effect.sync(() => (letGo = proxy.hold("everything")))
            )
          ),
          step("second", note("second"))
        ),
        step("third", note("third"))
      )
    })
    const journal = Layer.effect(
      Journal,
      Effect.map(Journal, (journal) => ({
        ...journal,
        append: (batch) => Effect.tapError(journal.append(batch), () => Effect.sync(() => letGo()))
      }))
    ).pipe(Layer.provide(PgJournal.layer({ url: proxy.url, timeout: "1 second" })))
    const result = await Effect.gen(function* () {
      const engine = yield* Engine
      const instance = yield* engine.start(flow, { id: "held-up", input: 0 })
      return yield* instance.result
    }).pipe(
      Effect.provide(Engine.layer({ workflows: [flow], lease: "1 minute" }).pipe(Layer.provide(journal))),
      Effect.timeout("30 seconds"),
      Effect.runPromise
    )
    expect(result).toBe(3)
    expect(ran).toEqual(["first", "second", "third"])
    const ids = await idsOf("held-up")
    expect(new Set(ids).size).toBe(ids.length)
  })

  it("commit-outcome-unknown: a start that may have been carried out, and has run to its end meanwhile, begins no other run", async () => {
    const { flow, ran } = counted("Once")
    const ended = (id: string) =>
      onDatabase(
        url,
        (sql) => sql<{ readonly ended: boolean }>`select ended from waymark_instances where id = ${id}`
      ).pipe(
        Effect.repeat({ until: ([row]) => row?.ended ?? false }),
        Effect.timeout("10 seconds"),
        Effect.orDie,
        Effect.asVoid
      )
    const id = "started-once"
    const silent = silentAtCreation(ended(id))
    const client = Effect.flatMap(Engine, (engine) => engine.start(flow, { id, input: null, reuse: "always" })).pipe(
      Effect.provide(Engine.layer({ workflows: [] }).pipe(Layer.provide(silent.journal)))
    )
    const worker = Engine.layer({ workflows: [flow] }).pipe(Layer.provide(PgJournal.layer({ url })))
    const row = onDatabase(url, (sql) => sql`select run, ended from waymark_instances where id = ${id}`)
    const rows = await Effect.andThen(client, row).pipe(
      Effect.provide(worker),
      Effect.ensuring(Effect.sync(silent.letGo)),
      Effect.timeout("20 seconds"),
      Effect.runPromise
    )
    expect(silent.failed()).toBeGreaterThan(0)
    expect(rows).toEqual([{ run: 0, ended: true }])
    expect(ran()).toBe(1)
  })

  it("commit-outcome-unknown: a start that was carried out goes on where it was asked for, as soon as it is answered", async () => {
    const { flow, ran } = counted("Here")
    const silent = silentAtCreation(Effect.void)
    await Effect.flatMap(Engine, (engine) => engine.start(flow, { id: "here", input: null })).pipe(
      Effect.flatMap((instance) => instance.result),
      Effect.provide(Engine.layer({ workflows: [flow], lease: "1 hour" }).pipe(Layer.provide(silent.journal))),
      Effect.ensuring(Effect.sync(silent.letGo)),
      Effect.timeout("20 seconds"),
      Effect.runPromise
    )
    expect(silent.failed()).toBeGreaterThan(0)
    expect(ran()).toBe(1)
  })

  it.each([0, -1, Number.NaN, "soon"])("needs a limit that makes sense: %s is none", async (timeout) => {
    const layer = PgJournal.layer({ url, timeout: timeout as number })
    const exit = await Effect.runPromiseExit(Effect.provide(Journal, layer))
    expect(Exit.isFailure(exit) && String(Cause.squash(exit.cause))).toContain(
      `RangeError: PgJournal.layer: timeout is ${typeof timeout === "string" ? `"${timeout}"` : timeout}: give a length of time from 10 ms`
    )
  })
})
