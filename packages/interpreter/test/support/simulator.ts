/** Simulations as tests: a property fails with the shrunk trial, its seed and what was seen. */
import { Generator, Simulator } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { expect } from "vitest"

const { plan } = Generator

/** A case for a plan that is written by hand. */
export const caseOf = (body: Generator.Plan, outcomes: ReadonlyArray<Generator.Outcome> = []): Generator.Case => ({
  plan: body,
  names: "unique",
  input: { _tag: "S", n: 0, fuel: 2 },
  script: { moves: [], outcomes },
  salt: 0
})

/** A schedule in which only some things go wrong. */
export const only = (schedule: Partial<Simulator.Schedule>): Simulator.Schedule => ({ ...Simulator.calm, ...schedule })

/** The call of an operation that comes to something else. */
export const call = (
  operation: Extract<Simulator.Fault, { readonly _tag: "Call" }>["operation"],
  index: number,
  outcome: Simulator.Outcome
): Simulator.Fault => ({ _tag: "Call", operation, index, outcome })

/** Runs a trial that is in order. */
export const fine = (trial: Simulator.Trial, subject: Simulator.Subject = {}): Simulator.Simulated => {
  const simulated = Simulator.simulate(trial, subject)
  expect(Simulator.violations(simulated, subject).map(Simulator.describe)).toEqual([])
  return simulated
}

/** Every trial of these is in order. */
export const allFine = (
  trials: fc.Arbitrary<Simulator.Trial>,
  numRuns: number,
  also: (simulated: Simulator.Simulated) => void = () => undefined
): void =>
  fc.assert(
    fc.property(trials, (trial) => {
      also(fine(trial))
    }),
    { numRuns }
  )

/** Generated workflows under schedules that differ in the seed and what is given. */
export const trials = (
  schedules: fc.Arbitrary<Partial<Simulator.Schedule>>,
  cases: fc.Arbitrary<Generator.Case> = Generator.cases({ size: 10, duplicates: false })
): fc.Arbitrary<Simulator.Trial> =>
  fc.record({
    case: cases,
    schedule: fc
      .tuple(
        fc.nat(2 ** 31 - 1),
        fc.constantFrom(0, 2, 20),
        fc.constantFrom("quick" as const, "mixed" as const),
        schedules
      )
      .map(([seed, pace, effects, rest]) => only({ seed, pace, effects, ...rest }))
  })

/** Generated workflows, each with every one of some faults at every append. */
export const everywhere = (
  outcomes: ReadonlyArray<Simulator.Outcome>,
  numRuns: number,
  { cases = Generator.cases({ size: 8, duplicates: false }) } = {}
): void =>
  fc.assert(
    fc.property(cases, fc.nat(1_000), fc.constantFrom("instant" as const, "quick" as const), (given, seed, effects) => {
      const searched = Simulator.exhaust(given, { faults: 1, outcomes, schedule: { seed, effects } })
      expect(searched.violations.map(Simulator.describe)).toEqual([])
    }),
    { numRuns }
  )

/** Cases that have a part of these in them, beside or around a generated one. */
export const around = (tag: Generator.Tag, size = 6): fc.Arbitrary<Generator.Case> =>
  fc.tuple(Generator.cases({ size, duplicates: false, without: ["Checkpoint"] }), fc.nat(5)).map(([given, k]) => {
    const [least] = Generator.arity[tag]
    const parts = Array.from({ length: Math.max(least, tag === "Parallel" ? 2 : 0) }, (_, index) =>
      index === 0 && given.plan.tag !== "ContinueAsNew" ? given.plan : plan("RunIO", k % 3)
    )
    const whole = parts.length === 0 ? plan("AndThen", 0, plan(tag, k), given.plan) : plan(tag, k, ...parts)
    return { ...given, plan: whole }
  })

/** The kinds of the events of the one instance that it is about. */
export const kindsOf = ({ truth }: Simulator.Simulated): ReadonlyArray<string> =>
  truth.events(Simulator.INSTANCE, 0).map(({ kind }) => kind)

/** The epoch that the instance has come to: one more for each time that it was taken over. */
export const epochOf = ({ truth }: Simulator.Simulated): number => truth.row(Simulator.INSTANCE)?.epoch ?? 0
