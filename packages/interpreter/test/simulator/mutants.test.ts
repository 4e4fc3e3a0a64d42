/** The guards, switched off one at a time: the simulator sees each of them missing, and nothing where all are there. */
import { Cause, Effect, Result } from "effect"
import { WIO } from "@waymark/core"
import { Execution, Journal } from "@waymark/interpreter"
import { conformance, Generator, Simulator } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import * as Mutants from "../support/mutants.ts"
import { call, caseOf, only } from "../support/simulator.ts"

const { plan } = Generator
const { "two steps": twoSteps } = Simulator.small
const oneStep = caseOf(plan("RunIO"))

type Schedules = (seed: number) => Partial<Simulator.Schedule>

/** How many seeds are tried: what has to come together for some is rare. */
const SEEDS = 400

/** The first invariant that is broken over some seeds, and by which of them. */
const broken = (
  given: Generator.Case,
  schedules: Schedules,
  subject: Simulator.Subject,
  seeds: ReadonlyArray<number> = Array.from({ length: SEEDS }, (_, seed) => seed)
): { readonly invariant: string; readonly seed: number } | undefined => {
  for (const seed of seeds) {
    const trial = { case: given, schedule: only({ seed, ...schedules(seed) }) }
    const [first] = Simulator.violations(Simulator.simulate(trial, subject), subject)
    if (first !== undefined) return { invariant: first.invariant, seed }
  }
  return undefined
}

/** With the guard all is well, and without it this is broken. */
const expectSeen = (
  given: Generator.Case,
  schedules: Schedules,
  mutant: NonNullable<Simulator.Subject["mutant"]>,
  invariant: RegExp,
  guarded: Simulator.Subject = {}
): void => {
  const seen = broken(given, schedules, { ...guarded, mutant })
  expect(seen?.invariant).toMatch(invariant)
  const seeds = [...Array.from({ length: 15 }, (_, seed) => seed), seen?.seed ?? 0]
  expect(broken(given, schedules, guarded, seeds)).toBe(undefined)
}

/** One sleeps past its lease, and wakes while its successor is at the step. */
const asleep: Schedules = (seed) => ({
  workers: 2,
  effects: "long",
  faults: [{ _tag: "Freeze", at: 10, worker: seed, millis: 12_000 + 300 * seed }]
})

/** A client that is in a hurry starts the instance in two processes. */
const startedTwice: Schedules = (seed) => ({ workers: 3, pace: 20, busy: true, effects: "quick", faults: [], seed })

describe("the simulator sees that there is no", () => {
  it("epoch fence: whoever was taken over writes", () => {
    expectSeen(oneStep, asleep, Mutants.unfenced, /one writer/)
  })

  it("row that says what is vouched for: it is left alone at the end, too", () => {
    expectSeen(twoSteps, () => ({}), Mutants.vouching, /one writer/)
  })

  it("expected sequence: what was committed is written once more", () => {
    const repeated: Schedules = () => ({ faults: [call("append", 0, "unknown-committed")] })
    expectSeen(twoSteps, repeated, Mutants.unordered, /one worker|distinct|R15/)
  })

  it("identity of events: a repeated append is taken for a conflict", () => {
    const repeated: Schedules = () => ({ faults: [call("append", 0, "unknown-committed")] })
    expectSeen(twoSteps, repeated, Mutants.forgetful, /no false conflict/)
  })

  it("flush before an effect starts", () => {
    expectSeen(twoSteps, () => ({}), Mutants.hasty, /promise 2|R15/)
  })

  it("atomic group: what an event settles is left out", () => {
    expectSeen(Simulator.small["a signal"], () => ({}), Mutants.torn, /R11/)
  })

  it("instant at which what has left is due: it comes back later", () => {
    const brief: Simulator.Subject = { engine: { idle: 1 } }
    const again = caseOf(plan("SideEffect"), [{ dies: 2, then: "Succeed", k: 0 }])
    expectSeen(again, () => ({}), Mutants.oversleeping, /what is due happens/, brief)
    const timer = Generator.workflowOf(WIO.await<Generator.State>("a while", { for: "2 seconds" }))
    const timed: Simulator.Subject = { ...brief, hosted: () => timer, workflow: timer }
    expectSeen(oneStep, () => ({}), Mutants.oversleeping, /what is due happens/, timed)
  })

  it("atomic group: the events after the first are left out", () => {
    expectSeen(Simulator.small["a timer"], () => ({}), Mutants.cut, /R15|promise 2|only grows/)
  })

  it("idempotent creation: who comes second believes to own it", () => {
    expectSeen(oneStep, startedTwice, Mutants.recreating, /promise 3/)
  })

  it("due time: timers fire as soon as they are asked", () => {
    // The one clock runs ahead where engines ask for it.
    const early: Simulator.Subject["mutant"] = (store) => ({ ...store, now: Effect.map(store.now, (now) => now + 5) })
    expectSeen(Simulator.small["a timer"], () => ({}), early, /one clock|R12/)
  })

  it("reconciliation: what was made or claimed by a call whose answer got lost is run by nobody", () => {
    const created: Schedules = () => ({ faults: [call("create", 0, "unknown-committed")] })
    // The mark of a creation is another guard against that, and enough by itself.
    expect(broken(twoSteps, created, { mutant: Mutants.unreconciled })).toBe(undefined)
    expectSeen(twoSteps, created, (store) => Mutants.unreconciled(Mutants.unmarked(store)), /R15/, {
      mutant: Mutants.unmarked
    })
    // Some claim is that of the process which takes over what the first one has left.
    const claimed: Schedules = (seed) => ({
      faults: [call("append", 0, "crash-before"), call("claim", 1 + (seed % 4), "unknown-committed")]
    })
    expectSeen(twoSteps, claimed, Mutants.unreconciled, /R15/)
  })

  it("single consumption: a signal that is heard of late is consumed again", () => {
    const twice = {
      ...caseOf(plan("AndThen", 0, plan("HandleSignal"), plan("HandleSignal"))),
      names: "duplicates" as const
    }
    // An engine that is told so by the journal reads it anew, as after any fault.
    const crowded: Schedules = () => ({ workers: 2, pace: 20, busy: true, faults: [call("renew", 0, "fail")] })
    expectSeen(twice, crowded, (store) => Mutants.stale(Mutants.consumedAgain(store)), /promise 4|R11/, {
      mutant: Mutants.stale
    })
  })

  it("fit of a snapshot: a process with another definition goes on from it", () => {
    const given = caseOf(plan("AndThen", 0, plan("RunIO"), plan("RunIO"), plan("RunIO")))
    const own = Generator.workflow(given)
    const changed = Generator.workflow(given, { rename: { "step 0.0": "renamed" } })
    const started = Execution.start(changed, given.input, { id: "any", at: 0 }).execution
    const snapshot = Result.getOrThrow(Execution.trySnapshot(started)) as { readonly shape: string }
    const startsElsewhere = (mutant: NonNullable<Simulator.Subject["mutant"]>): number => {
      const subject: Simulator.Subject = {
        mutant,
        engine: { snapshots: { every: 1 } },
        hosted: (process) => (process === 1 ? changed : own)
      }
      const faults = [call("append", 1, "crash-after"), { _tag: "Shutdown", at: 60_000, worker: 0, millis: 0 } as const]
      const seen = Simulator.simulate({ case: given, schedule: only({ pace: 3, faults }) }, subject)
      return seen.ledger.starts.filter(({ process }) => process.name === "process 1").length
    }
    expect(startsElsewhere((store) => store)).toBe(0)
    expect(startsElsewhere(Mutants.reshaping(snapshot.shape))).toBeGreaterThan(0)
  })
})

describe("the conformance suite sees that a store has no", () => {
  /** The first case that fails; where none does, so does this. */
  const firstFailure = (mutant: (store: Journal["Service"]) => Journal["Service"]): Promise<string> =>
    Effect.runPromise(
      Effect.gen(function* () {
        const journal = mutant(yield* Journal)
        const cases = Effect.forEach(conformance, ({ effect, name }) =>
          Effect.mapError(Effect.timeout(Effect.provideService(effect, Journal, journal), "5 seconds"), () => name)
        )
        return yield* Effect.flip(Effect.catchCause(cases, (cause) => Effect.fail(String(Cause.squash(cause)))))
      }).pipe(Effect.provide(Journal.layerMemory))
    )

  it.each(
    Object.entries({
      "epoch fence": Mutants.unfenced,
      "expected sequence": Mutants.unordered,
      "identity of events": Mutants.forgetful,
      "atomic group": Mutants.torn,
      "atomic events": Mutants.cut,
      "end that is the end": Mutants.unending,
      "idempotent creation": Mutants.recreating,
      "single consumption": Mutants.consumedAgain,
      "count of take-overs": Mutants.uncounted
    })
  )("%s", async (_, mutant) => {
    expect(await firstFailure(mutant)).toEqual(expect.any(String))
  })
})
