import { Signal, WIO, Workflow } from "@waymark/core"
import { Engine, Journal } from "@waymark/interpreter"
import { PgJournal } from "@waymark/postgres"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { freshDatabase, onDatabase } from "./support/database.ts"
import { untilListening } from "./support/listeners.ts"

const url = await freshDatabase()

/** A journal that is told nothing by other processes: every notification gets lost. */
const deaf = Layer.effect(
  Journal,
  Effect.map(Journal, (journal) => ({ ...journal, listen: () => Effect.never }))
).pipe(Layer.provide(PgJournal.layer({ url })))

const Approve = Signal.make("approve", { payload: Schema.String, reply: Schema.String })

const Approval = Workflow.make("Approval", {
  version: 1,
  input: Schema.String,
  state: Schema.String,
  body: WIO.handleSignal(Approve, {
    event: Schema.String,
    handle: (_: string, by) => Effect.succeed(by),
    apply: (what, by) => `${what}, approved by ${by}`,
    reply: (_, by) => `thanks, ${by}`
  })
})

interface Processes {
  readonly journal: Layer.Layer<Journal, unknown>
  /** How often they look by themselves. */
  readonly poll: Duration.Input
  /** What is waited for before anything is done. */
  readonly ready?: Effect.Effect<unknown, unknown>
}

/** Starts an instance from a process that hosts nothing, signals it, and waits for its end, which another one brings about. */
const fromElsewhere = (id: string, { journal, poll, ready = Effect.void }: Processes) => {
  const process = <A, E>(workflows: ReadonlyArray<typeof Approval>, body: Effect.Effect<A, E, Engine>) =>
    body.pipe(Effect.provide(Engine.layer({ workflows, poll, lease: "1 minute" }).pipe(Layer.provide(journal))))
  const caller = Effect.gen(function* () {
    const engine = yield* Engine
    yield* ready
    const approval = yield* engine.start(Approval, { id, input: "lunch" })
    const reply = yield* engine.signal(id, Approve, "ann")
    return { reply, result: yield* approval.result }
  })
  return Effect.runPromise(
    Effect.raceFirst(process([], caller), process([Approval], Effect.never)).pipe(Effect.timeout("30 seconds"))
  )
}

/** What comes of it. */
const approved = { reply: "thanks, ann", result: "lunch, approved by ann" }

describe("engines of several processes on one database", () => {
  const listening = onDatabase(url, (sql) => untilListening(sql, 2))

  it("hear of each other's starts, signals, replies and ends, without looking", async () => {
    const processes = { journal: PgJournal.layer({ url }), poll: "1 hour", ready: listening } as const
    for (const id of ["heard-1", "heard-2", "heard-3"]) expect(await fromElsewhere(id, processes)).toEqual(approved)
  })

  it("listen where they are told to, which need not be where they write", async () => {
    const nowhere = new URL(url)
    nowhere.port = "1"
    const listening = Effect.gen(function* () {
      const journal = yield* Journal
      return yield* Effect.flip(journal.listen("one", () => undefined))
    })
    const error = await Effect.runPromise(Effect.provide(listening, PgJournal.layer({ url, listen: nowhere.href })))
    expect(error).toMatchObject({ _tag: "JournalError", operation: "listen", retryable: true })
  })

  it.each([
    ["notifications get lost", deaf],
    ["nobody listens", PgJournal.layer({ url, listen: false })]
  ])("find all that by looking, where %s", async (why, journal) => {
    expect(await fromElsewhere(why, { journal, poll: "50 millis" })).toEqual(approved)
  })
})

describe("an engine on Postgres", () => {
  it("writes the row of an instance where it changes, not with each step", async () => {
    const steps = 10
    const instances = 30
    const step = WIO.runIO("step", {
      event: Schema.Number,
      run: () => Effect.succeed(1),
      apply: (sum: number, n) => sum + n
    })
    const Steps = Workflow.make("Steps", {
      version: 1,
      input: Schema.Number,
      state: Schema.Number,
      body: WIO.loop("rounds", step, { while: (sum) => sum < steps })
    })
    const fresh = await freshDatabase()
    const counted = onDatabase(fresh, (sql) =>
      Effect.andThen(
        sql`select pg_stat_force_next_flush()`,
        sql<{ readonly rows: number; readonly events: number }>`
          select (select n_tup_upd::integer from pg_stat_user_tables where relname = 'waymark_instances') as rows,
            (select count(*)::integer from waymark_events) as events`
      )
    )
    const all = Effect.gen(function* () {
      const engine = yield* Engine
      const one = (n: number) => Effect.flatMap(engine.start(Steps, { id: `s-${n}`, input: 0 }), ({ result }) => result)
      return yield* Effect.forEach(Array.from({ length: instances }).keys(), one, { concurrency: 10 })
    })
    const layer = Engine.layer({ workflows: [Steps] }).pipe(Layer.provide(PgJournal.layer({ url: fresh })))
    const results = await Effect.runPromise(Effect.provide(all, layer))
    expect(results).toEqual(Array.from({ length: instances }, () => steps))
    // Statistics of a connection come with its end at the latest.
    const [row] = await Effect.runPromise(
      Effect.repeat(counted, {
        until: ([row]) => (row?.rows ?? 0) >= instances,
        schedule: Schedule.spaced("50 millis"),
        times: 100
      })
    )
    expect(row?.events).toBeGreaterThanOrEqual(instances * (steps + 2))
    // Each with its end; and once a second on a machine that has much else to do.
    expect(row?.rows).toBeGreaterThanOrEqual(instances)
    expect(row?.rows).toBeLessThan((instances * steps) / 2)
  })
})
