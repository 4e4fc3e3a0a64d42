/** Looking for violations: every place for one fault and for two on small workflows, and ever new trials from seeds. */
import * as fc from "fast-check"
import type { Case } from "../generator/case.ts"
import type { Operation } from "../operations.ts"
import { violations, type Violation } from "./invariants.ts"
import { calm, outcomes, trials, type Fault, type Outcome, type Schedule, type Trial } from "./schedule.ts"
import { simulate, type Subject } from "./simulate.ts"

/** What a search has tried, and what it found. */
export interface Searched {
  /** How many trials were run. */
  readonly trials: number
  /** How many faults of each kind took place. */
  readonly injected: Readonly<Record<string, number>>
  /** What was found, shrunk where the trials were random. */
  readonly violations: ReadonlyArray<Violation>
}

class Tally {
  trials = 0
  readonly injected: Record<string, number> = {}
  readonly #subject: Subject

  constructor(subject: Subject) {
    this.#subject = subject
  }

  /** Runs a trial; answers what is wrong, and how often each operation was called. */
  run(trial: Trial): { readonly found: ReadonlyArray<Violation>; readonly calls: ReadonlyMap<Operation, number> } {
    const simulated = simulate(trial, this.#subject)
    this.trials++
    for (const [kind, times] of Object.entries(simulated.injected)) {
      this.injected[kind] = (this.injected[kind] ?? 0) + times
    }
    return { found: violations(simulated, this.#subject), calls: simulated.calls }
  }
}

/** Which faults are put everywhere. */
export interface Exhaustive {
  readonly faults: 1 | 2
  /** Default: appends. */
  readonly operations?: ReadonlyArray<Operation>
  /** Default: all. */
  readonly outcomes?: ReadonlyArray<Outcome>
  /** What else is so. Default: nothing goes wrong. */
  readonly schedule?: Partial<Schedule>
}

/**
 * Puts every one of some faults at every call that there is, and, for two of them, at every later one that there is then.
 * It ends at the first violation.
 *
 * @example
 * ```ts
 * import { Generator, Simulator } from "@waymark/interpreter/testing"
 *
 * const { plan } = Generator
 * const small: Generator.Case = {
 *   plan: plan("AndThen", 0, plan("RunIO"), plan("RunIO")),
 *   names: "unique",
 *   input: { _tag: "S", n: 0, fuel: 0 },
 *   script: { moves: [], outcomes: [] },
 *   salt: 0
 * }
 * export const searched = Simulator.exhaust(small, { faults: 1, outcomes: ["crash-before", "crash-after"] })
 * ```
 */
export const exhaust = (given: Case, options: Exhaustive, subject: Subject = {}): Searched => {
  const { operations = ["append"] satisfies ReadonlyArray<Operation>, outcomes: all = outcomes, schedule } = options
  const tally = new Tally(subject)
  const searched = (found: ReadonlyArray<Violation>): Searched => ({
    trials: tally.trials,
    injected: tally.injected,
    violations: found
  })
  const trialOf = (faults: ReadonlyArray<Fault>): Trial => ({ case: given, schedule: { ...calm, ...schedule, faults } })

  /** The faults that may still be added to some: at the same call of another operation, or at a later one of this. */
  const further = function* (calls: ReadonlyMap<Operation, number>, before: Fault | undefined): Generator<Fault> {
    for (const [place, operation] of operations.entries()) {
      const known = before?._tag === "Call" ? before : undefined
      const own = known === undefined ? -1 : operations.indexOf(known.operation)
      if (place < own) continue
      const from = known !== undefined && place === own ? known.index + 1 : 0
      for (let index = from; index < (calls.get(operation) ?? 0); index++) {
        for (const outcome of all) yield { _tag: "Call", operation, index, outcome }
      }
    }
  }

  const first = tally.run(trialOf([]))
  if (first.found.length > 0) return searched(first.found)
  for (const one of further(first.calls, undefined)) {
    const then = tally.run(trialOf([one]))
    if (then.found.length > 0) return searched(then.found)
    if (options.faults === 1) continue
    for (const two of further(then.calls, one)) {
      const { found } = tally.run(trialOf([one, two]))
      if (found.length > 0) return searched(found)
    }
  }
  return searched([])
}

/** What random trials are made of, and how many there are. */
export type Random = Parameters<typeof trials>[0] & {
  readonly seed: number
  readonly trials: number
  /** Asked before each trial: whether to go on. */
  readonly isOver?: () => boolean
}

/** Runs random trials from a seed, and shrinks the first that has a violation. */
export const explore = (options: Random, subject: Subject = {}): Searched => {
  const { isOver = () => false, seed, trials: runs, ...rest } = options
  const tally = new Tally(subject)
  let found: ReadonlyArray<Violation> = []
  const property = fc.property(trials(rest), (trial) => {
    // What was found is shrunk, however long that takes.
    fc.pre(found.length > 0 || !isOver())
    const seen = tally.run(trial).found
    if (seen.length > 0) found = seen
    return seen.length === 0
  })
  // Every failure is a smaller one than the failure before: the last one is what is to be shown.
  fc.check(property, { seed, numRuns: runs, maxSkipsPerRun: 0, interruptAfterTimeLimit: 600_000 })
  return { trials: tally.trials, injected: tally.injected, violations: found }
}
