/** The engine on real stores: processes that die at any append, over SQLite and over Postgres. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Context, Deferred, Effect, Exit, Layer, Logger, Result, Schema, Scope } from "effect"
import { Signal, Step, WIO, Workflow } from "@waymark/core"
import { Engine, Execution, Journal } from "@waymark/interpreter"
import { Faults } from "@waymark/interpreter/testing"
import { PgJournal } from "@waymark/postgres"
import { SqliteJournal } from "@waymark/sqlite"
import { afterAll, describe, expect, it } from "vitest"
import { freshDatabase } from "../../packages/postgres/test/support/database.ts"

const INSTANCES = 24
const DEATHS = 6

const Go = Signal.make("go", { payload: Schema.Number, reply: Schema.Number })

interface Start {
  readonly key: string
  readonly process: number
}

/** A workflow whose effects say in which process they started. */
const make = (starts: Array<Start>, process: { now: number }) => {
  const step = (name: string) =>
    WIO.runIO(name, {
      event: Schema.Number,
      run: (_: number) =>
        Effect.map(Step.info, ({ idempotencyKey: key }) => {
          starts.push({ key, process: process.now })
          return 1
        }),
      apply: (n, one) => n + one
    })
  const go = WIO.handleSignal(Go, {
    event: Schema.Number,
    handle: (_: number, n) => Effect.succeed(n),
    apply: (n, more) => n + more,
    reply: (n, more) => n + more
  })
  const pause = WIO.await<number>("pause", { for: "20 millis" })
  const body = step("first").pipe(
    WIO.andThen(
      WIO.parallel(
        { left: step("left").pipe(WIO.andThen(pause)), right: step("right").pipe(WIO.andThen(step("more"))) },
        { fork: (n: number) => ({ left: n, right: n }), join: ({ left, right }) => left + right }
      )
    ),
    WIO.andThen(go),
    WIO.andThen(step("last"))
  )
  return Workflow.make("Story", { version: 1, input: Schema.Number, state: Schema.Number, body })
}

const ids = Array.from({ length: INSTANCES }, (_, index) => `story-${index}`)

const survive = (journal: Journal["Service"]) =>
  Effect.gen(function* () {
    const starts: Array<Start> = []
    const process = { now: 0 }
    const workflow = make(starts, process)
    const boot = Effect.fnUntraced(function* (below: Journal["Service"]) {
      const scope = yield* Scope.make()
      const layer = Engine.layer({ workflows: [workflow], lease: "200 millis", poll: "50 millis", grace: 0 }).pipe(
        Layer.provide([Layer.succeed(Journal, below), Logger.layer([])])
      )
      const context = yield* Layer.buildWithScope(layer, scope)
      return { engine: Context.get(context, Engine), close: Scope.close(scope, Exit.void) }
    })
    const story = (engine: Engine["Service"]) =>
      Effect.forEach(
        ids,
        (id) =>
          Effect.gen(function* () {
            const handle = yield* engine.start(workflow, { id, input: 1 })
            return [yield* handle.signal(Go, 10, { id: `go-${id}` }), yield* handle.result] as const
          }),
        { concurrency: "unbounded" }
      )
    for (; process.now < DEATHS; process.now++) {
      const dies = 1 + process.now * 2
      const when = process.now % 2 === 0 ? "crash-after" : "crash-before"
      const faulty = yield* Faults.make(journal, (index) => (index === dies ? when : "none"))
      const { close, engine } = yield* boot(faulty.journal)
      yield* Effect.raceFirst(story(engine), Deferred.await(faulty.crashed))
      yield* close
    }
    const { close, engine } = yield* boot(journal)
    const answers = yield* story(engine)
    yield* close
    const journals = yield* Effect.forEach(ids, (instance) => journal.read({ instance, run: 0, from: 0, limit: 100 }))
    return { answers, journals, starts, workflow }
  })

const holds = async (layer: Layer.Layer<Journal, unknown>) => {
  const { answers, journals, starts, workflow } = await Effect.runPromise(
    Effect.flatMap(Journal, survive).pipe(Effect.provide(layer))
  )
  expect(answers).toEqual(ids.map(() => [17, 18]))
  for (const events of journals) {
    expect(
      events
        .filter(({ kind }) => kind === "completed")
        .map(({ step }) => step)
        .sort()
    ).toEqual(["first", "last", "left", "more", "right"])
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index))
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
    expect(events.filter(({ kind }) => kind === "ended")).toHaveLength(1)
    expect(Execution.status(Result.getOrThrow(Execution.recover(workflow, events)))).toBe("completed")
  }
  // In one process no effect starts twice; over all of them only where a process died with it in flight.
  const seen = starts.map(({ key, process }) => `${process} ${key}`)
  expect(new Set(seen).size).toBe(seen.length)
  expect(starts.length).toBeGreaterThanOrEqual(INSTANCES * 5)
  expect(new Set(starts.map(({ key }) => key)).size).toBe(INSTANCES * 5)
}

const directory = mkdtempSync(join(tmpdir(), "waymark-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe("an engine that dies again and again finishes everything, each recorded effect once", () => {
  it("in memory", () => holds(Journal.layerMemory))
  it("on SQLite", () => holds(SqliteJournal.layer({ filename: join(directory, "stories.db") })))
  it("on Postgres", async () => holds(PgJournal.layer({ url: await freshDatabase() })))
})
