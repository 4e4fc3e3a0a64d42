/** One trace over a restart, as a collector sees it that engines send to. */
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import type { Collector } from "../observability/collector.ts"
import { tree, watch } from "../observability/main.ts"

let collector: Collector
beforeAll(async () => {
  collector = await Effect.runPromise(Effect.timeout(watch, "30 seconds"))
})

describe("a parcel that is watched", () => {
  it("is one trace, over two processes and a failed attempt", () => {
    expect(tree(collector.spans)).toEqual([
      "an order comes in",
      "  print the label (attempt 1: died)",
      "  print the label (attempt 2: completed)",
      "  find a route (attempt 1: completed)",
      "    ask the timetable",
      "  signal handed over (attempt 1: completed)",
      "  deliver (attempt 1: completed)"
    ])
    expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(1)
  })

  it("has log lines that say whose they are, in their span", () => {
    expect(collector.lines).toEqual([
      {
        text: expect.stringContaining("the printer jams"),
        attributes: expect.objectContaining({ instance: "parcel-1", workflow: "Delivery", step: "print the label" })
      },
      {
        text: "printed",
        attributes: expect.objectContaining({ instance: "parcel-1", workflow: "Delivery", step: "print the label" })
      }
    ])
  })

  it("is counted and measured", () => {
    const value = (name: string, outcome?: string) =>
      Array.from(collector.metrics.values()).find(
        (metric) => metric.name === name && metric.attributes["outcome"] === outcome
      )?.value
    expect(value("waymark_instances_started")).toBe(1)
    expect(value("waymark_instances_completed")).toBe(1)
    expect(value("waymark_step_latency_ms", "completed")).toBe(3)
    expect(value("waymark_step_latency_ms", "died")).toBe(1)
    expect(value("waymark_append_batch_size")).toBeGreaterThan(3)
    expect(value("waymark_replay_length")).toBe(1)
    expect(value("waymark_instances_live")).toBe(0)
  })
})
