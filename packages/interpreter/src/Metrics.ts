/**
 * What engines count and measure, as Effect's metrics: any exporter of those (OTLP, Prometheus) sends them, and `Metric.value`
 * reads one. All engines of a process share them.
 *
 * @example
 * ```ts
 * import { Effect, Metric } from "effect"
 * import { Metrics } from "@waymark/interpreter"
 *
 * export const started = Effect.map(Metric.value(Metrics.started), ({ count }) => count)
 * ```
 */
import * as Metric from "effect/Metric"

/** Instances that were started here, children and reopened ones too. Unit: instances. */
export const started = Metric.counter("waymark_instances_started", {
  description: "Instances that were started",
  incremental: true
})

/** Instances that ended here with a result. Unit: instances. */
export const completed = Metric.counter("waymark_instances_completed", {
  description: "Instances that ended with a result",
  incremental: true
})

/** Instances that ended here with a typed failure. Unit: instances. */
export const failed = Metric.counter("waymark_instances_failed", {
  description: "Instances that ended with a typed failure",
  incremental: true
})

/** Instances that ended here because somebody cancelled them. Unit: instances. */
export const cancelled = Metric.counter("waymark_instances_cancelled", {
  description: "Instances that ended because they were cancelled",
  incremental: true
})

/** Instances that ended here because somebody terminated them. Unit: instances. */
export const terminated = Metric.counter("waymark_instances_terminated", {
  description: "Instances that ended because they were terminated",
  incremental: true
})

/** What an attempt of a step came to. One that gave way to another branch, or to a shutdown, was interrupted. */
export type Outcome = "completed" | "failed" | "died" | "timed-out" | "interrupted"

/** How long attempts of steps took, from where their effect begins, by `outcome`. Unit: milliseconds. */
export const stepLatency = Metric.histogram("waymark_step_latency_ms", {
  description: "How long attempts of steps took, in milliseconds",
  boundaries: Metric.exponentialBoundaries({ start: 1, factor: 2, count: 18 })
})

/** How many groups of events share a commit. Unit: groups, one for each instance. */
export const appendBatch = Metric.histogram("waymark_append_batch_size", {
  description: "Groups of events that share a commit",
  boundaries: Metric.exponentialBoundaries({ start: 1, factor: 2, count: 11 })
})

/** How many events were folded to bring an instance into memory or to look at one: what a snapshot spared is not counted. Unit: events. */
export const replayLength = Metric.histogram("waymark_replay_length", {
  description: "Events folded to rebuild an instance",
  boundaries: Metric.exponentialBoundaries({ start: 1, factor: 4, count: 10 })
})

/**
 * How often an instance was lost to another process: an append was refused because somebody else owns it, or all were taken away
 * since this process was not heard of for too long. Unit: instances.
 */
export const leaseLosses = Metric.counter("waymark_lease_losses", {
  description: "Instances that other processes have taken over",
  incremental: true
})

/** Instances in memory. Unit: instances. */
export const live = Metric.gauge("waymark_instances_live", { description: "Instances in memory" })

/** Effects of steps that run. Unit: effects. */
export const effects = Metric.gauge("waymark_effects_running", { description: "Effects of steps that run" })
