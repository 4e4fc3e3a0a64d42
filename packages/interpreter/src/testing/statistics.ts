/** What generated cases are like: a generator that only makes trivial runs proves nothing. */
import type { Case } from "./generator/case.ts"
import { depth, parts, type Tag } from "./generator/plan.ts"
import { run } from "./laws/law.ts"

/** Counts over many cases and their runs. */
export interface Statistics {
  /** How many nodes of each kind there are. */
  readonly nodes: Readonly<Record<Tag, number>>
  readonly size: Spread
  readonly depth: Spread
  readonly events: Spread
  readonly effects: Spread
  /** How many runs ended so. */
  readonly outcomes: Readonly<
    Record<"completed" | "failed" | "stuck" | "cancelled" | "terminated" | "continued", number>
  >
  /** How many events there are of each kind. */
  readonly kinds: Readonly<Record<string, number>>
  /** How many commands were rejected, by why. */
  readonly rejections: Readonly<Record<string, number>>
}

/** The middle of some numbers, and the largest. */
export interface Spread {
  readonly median: number
  readonly most: number
}

const spread = (numbers: ReadonlyArray<number>): Spread => {
  const sorted = numbers.toSorted((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, most: sorted.at(-1) ?? 0 }
}

const tally = (names: Iterable<string>): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

const none = { completed: 0, failed: 0, stuck: 0, cancelled: 0, terminated: 0, continued: 0 }

/**
 * Runs cases and counts what they are made of and what became of them.
 *
 * @example
 * ```ts
 * import * as fc from "fast-check"
 * import { Generator, statistics } from "@waymark/interpreter/testing"
 *
 * export const { events, nodes } = statistics(fc.sample(Generator.cases(), { numRuns: 20, seed: 1 }))
 * ```
 */
export const statistics = (cases: ReadonlyArray<Case>): Statistics => {
  const runs = cases.map((generated) => run(generated))
  const all = cases.map(({ plan }) => parts(plan))
  return {
    nodes: tally(all.flat().map(({ plan }) => plan.tag)),
    size: spread(all.map(({ length }) => length)),
    depth: spread(cases.map(({ plan }) => depth(plan))),
    events: spread(runs.map(({ journal }) => journal.length)),
    effects: spread(runs.map(({ trace }) => trace.length)),
    outcomes: { ...none, ...tally(runs.map(({ status }) => status)) },
    kinds: tally(runs.flatMap(({ journal }) => journal.map(({ kind }) => kind))),
    rejections: tally(runs.flatMap(({ rejections }) => rejections.map(({ rejection }) => rejection)))
  } as Statistics
}
