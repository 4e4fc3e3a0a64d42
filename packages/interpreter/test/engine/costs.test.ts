/**
 * What a step costs, and coming back into memory, in what can be counted: fibers, and calls of the journal. Times depend on the machine and belong to the
 * benchmarks; these do not, so that they tell at once when something comes in the way of every step.
 */
import { Signal, WIO, Workflow } from "@waymark/core"
import { Engine, Journal } from "@waymark/interpreter"
import { intercepted } from "@waymark/interpreter/testing"
import { Effect, Layer, Metric, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { apart } from "../support/engine.ts"

const STEPS = 10

const chain = (run: () => Effect.Effect<number>) =>
  Array.from({ length: STEPS }, (_, index) =>
    WIO.runIO(`step ${index}`, { event: Schema.Number, run, apply: (sum: number, one) => sum + one })
  ).reduce((all, next) => all.pipe(WIO.andThen(next)))

const define = (run: () => Effect.Effect<number>) =>
  Workflow.make("Counted", { version: 1, input: Schema.Number, state: Schema.Number, body: chain(run) })

interface Costs {
  fibers: number
  writes: number
  groups: number
}

/** Runs so many workflows at once, after some that warm up, and counts. */
const costs = (workflow: ReturnType<typeof define>, count: number): Promise<Costs> => {
  const counted: Costs = { fibers: 0, writes: 0, groups: 0 }
  const counting = Layer.effect(
    Journal,
    Effect.map(Journal, (journal) => ({
      ...journal,
      append: (batch) => {
        counted.writes++
        counted.groups += batch.length
        return journal.append(batch)
      }
    }))
  ).pipe(Layer.provide(Journal.layerMemory))
  const program = Effect.gen(function* () {
    const engine = yield* Engine
    const all = (name: string) =>
      Effect.forEach(
        Array.from({ length: count }, (_, index) => `${name}-${index}`),
        (id) => Effect.flatMap(engine.start(workflow, { id, input: 0 }), ({ result }) => result),
        { concurrency: "unbounded" }
      )
    yield* all("warm")
    Object.assign(counted, { fibers: 0, writes: 0, groups: 0 })
    expect(yield* all("counted")).toEqual(Array.from({ length: count }, () => STEPS))
  })
  const metrics: Metric.FiberRuntimeMetricsService = {
    recordFiberStart: () => void counted.fibers++,
    recordFiberEnd: () => {}
  }
  return Effect.runPromise(
    program.pipe(
      Effect.provide(Layer.provideMerge(Engine.layer({ workflows: [workflow] }), counting)),
      Effect.provideService(Metric.FiberRuntimeMetrics, metrics),
      Effect.as(counted)
    )
  )
}

describe("a step costs", () => {
  it("one group each, and no fiber where its effect has its value already", async () => {
    const { fibers, groups } = await costs(
      define(() => Effect.succeed(1)),
      64
    )
    expect(groups).toBe(64 * STEPS)
    // Two for each instance are its caller's; the others are rounds and the engine's own.
    expect(fibers / (64 * STEPS)).toBeLessThan(0.5)
  })

  it("one fiber where its effect has something to do", async () => {
    const { fibers } = await costs(
      define(() => Effect.as(Effect.yieldNow, 1)),
      64
    )
    expect(fibers / (64 * STEPS)).toBeLessThan(1.5)
  })

  it("a write that it shares with the steps of many others", async () => {
    const { groups, writes } = await costs(
      define(() => Effect.succeed(1)),
      256
    )
    expect(groups / writes).toBeGreaterThan(32)
  })

  it("a write of its own where it is alone, at once", async () => {
    const { groups, writes } = await costs(
      define(() => Effect.succeed(1)),
      1
    )
    expect([groups, writes]).toEqual([STEPS, STEPS])
  })
})

describe("coming back into memory costs", () => {
  const Go = Signal.make("go", { payload: Schema.Number, reply: Schema.Number })
  const go = WIO.handleSignal(Go, {
    event: Schema.Number,
    handle: (_: number, n) => Effect.succeed(n),
    apply: (sum, n) => sum + n,
    reply: (sum, n) => sum + n
  })
  const workflow = Workflow.make("Waits", { version: 1, input: Schema.Number, state: Schema.Number, body: go })

  /** Signals so many that have left memory, all at once, and counts the calls of the journal until the last one has answered. */
  const calls = (
    count: number,
    wakes = (journal: Journal["Service"]) => journal
  ): Promise<Readonly<Record<string, number>>> => {
    const ids = Array.from({ length: count }, (_, index) => `w-${index}`)
    const engine = Engine.layer({ workflows: [workflow] })
    const all = <A, E>(each: (id: string) => Effect.Effect<A, E, Engine>) =>
      Effect.forEach(ids, each, { concurrency: "unbounded" })
    const suspended = all((id) => Engine.use((engine) => engine.start(workflow, { id, input: 1 })))
    const resumed = Effect.gen(function* () {
      const journal = yield* Journal
      const counted: Record<string, number> = {}
      const counting = intercepted(wakes(journal), ({ operation, perform }) =>
        Effect.suspend(() => {
          // Most of the time its clock is known to those who ask: stores need no statement for that.
          if (operation !== "now") counted[operation] = (counted[operation] ?? 0) + 1
          return perform
        })
      )
      const ended = Effect.gen(function* () {
        const engine = yield* Engine
        // What an engine does as it begins is not counted.
        yield* Effect.sleep(1)
        for (const operation of Object.keys(counted)) delete counted[operation]
        expect(yield* all((id) => engine.signal(id, Go, 2))).toEqual(ids.map(() => 3))
      })
      yield* Effect.provide(ended, engine.pipe(Layer.provide(Layer.succeed(Journal, counting))))
      return counted
    })
    const program = Effect.andThen(Effect.provide(suspended, engine), resumed)
    return Effect.runPromise(Effect.provide(program, Journal.layerMemory))
  }

  it.each([
    ["at once", (journal: Journal["Service"]) => journal],
    ["one after the other", apart]
  ] as const)(
    "calls that an instance shares with the others that come back, where it is woken and claimed %s",
    async (_, wakes) => {
      const counted = await calls(200, wakes)
      const total = Object.values(counted).reduce((sum, count) => sum + count, 0)
      // Where each asks for itself it is more than six.
      expect(total / 200).toBeLessThan(0.2)
      expect(counted["read"]).toBeUndefined()
    }
  )

  it("a call for each of the few things that it needs, where it is alone", async () => {
    expect(await calls(1)).toEqual({ wake: 1, append: 1, retire: 1 })
    expect(await calls(1, apart)).toMatchObject({ send: 1, find: 1, append: 1 })
  })
})
