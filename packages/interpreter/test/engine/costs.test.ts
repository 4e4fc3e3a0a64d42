/**
 * What a step costs, in what can be counted: fibers, and writes to the journal. Times depend on the machine and belong to the
 * benchmarks; these do not, so that they tell at once when something comes in the way of every step.
 */
import { WIO, Workflow } from "@waymark/core"
import { Engine, Journal } from "@waymark/interpreter"
import { Effect, Layer, Metric, Schema } from "effect"
import { describe, expect, it } from "vitest"

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
