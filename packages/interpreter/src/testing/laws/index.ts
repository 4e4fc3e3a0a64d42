/**
 * The laws of Waymark as functions: each takes a generated case, and what is held to it, and returns or throws.
 *
 * `laws` has those of the machine by name, `lawsOfRuns` those that any engine's `Run` has to keep.
 */
import type { Run } from "../drive.ts"
import type { Case } from "../generator/case.ts"
import * as algebra from "./algebra.ts"
import * as cancel from "./cancel.ts"
import * as crash from "./crash.ts"
import * as definition from "./definition.ts"
import * as forks from "./forks.ts"
import * as journal from "./journal.ts"
import { pure, run, type Subject } from "./law.ts"
import * as replay from "./replay.ts"
import * as snapshot from "./snapshot.ts"

export {
  andThenAssociativity,
  buildingIsPure,
  catchLaws,
  flatMapAssociativity,
  leftIdentity,
  loopUnrolling,
  mapFusion,
  rightIdentity
} from "./algebra.ts"
export type { Triple } from "./algebra.ts"
export * from "./cancel.ts"
export * from "./crash.ts"
export * from "./definition.ts"
export * from "./forks.ts"
export * from "./journal.ts"
export { equivalent, LawBroken, pure, run, timeless } from "./law.ts"
export type { Subject } from "./law.ts"
export * from "./replay.ts"
export * from "./snapshot.ts"

/** A law of generated cases. */
export type Law = (generated: Case, subject?: Subject) => void

/** A law of three plans and what is made of them. */
export type AlgebraLaw = (triple: algebra.Triple, subject?: Subject) => void

/** A law of what is to be seen of one run. */
export type RunLaw = (run: Run) => void

/** The laws of composition, by their names. */
export const algebraLaws: Readonly<Record<string, AlgebraLaw>> = {
  "A1 left identity of flatMap": algebra.leftIdentity,
  "A2 right identity of flatMap": algebra.rightIdentity,
  "A3 associativity of flatMap": algebra.flatMapAssociativity,
  "A4 map fusion, and map adds no event": algebra.mapFusion,
  "A5 associativity of andThen": algebra.andThenAssociativity,
  "A6 catch of fail, catch of pure": algebra.catchLaws,
  "A7 parallel commutes": forks.parallelCommutes,
  "A8 a race is decided once": forks.racesAreDecidedOnce,
  "A9 loop unrolling": algebra.loopUnrolling
}

/** The laws of what is to be seen of one run, by their names. */
export const lawsOfRuns: Readonly<Record<string, RunLaw>> = {
  "R5 completed effects never start again": journal.completedEffectsNeverStart,
  "R7 sequence numbers are dense, epochs never go down": journal.sequenceIsDense,
  "R8 nothing after the end": journal.nothingAfterTheEnd,
  "R12 timers never fire early": journal.timersNeverFireEarly,
  "R14 events survive storage": journal.eventsSurviveStorage,
  "promise 4: signals are consumed once": journal.signalsAreConsumedOnce,
  "promise 1: identities and idempotency keys are distinct": journal.identitiesAreDistinct
}

const ofEveryRun =
  (law: RunLaw): Law =>
  (generated, subject = pure) => {
    const calm = run(generated, subject)
    law(calm)
    const append = generated.salt % calm.appends.length
    law(run(generated, subject, { crash: { append, when: "before" } }))
    law(run(generated, subject, { crash: { append, when: "after" } }))
  }

/**
 * The laws of the machine and its driver, by their names. Those called R13 are of cases with unique names.
 *
 * @example
 * ```ts
 * import * as fc from "fast-check"
 * import { Generator, Laws } from "@waymark/interpreter/testing"
 *
 * const cases = Generator.cases({ duplicates: false })
 * export const check = () => {
 *   for (const law of Object.values(Laws.laws)) fc.assert(fc.property(cases, (generated) => law(generated)), { numRuns: 5 })
 * }
 * ```
 */
export const laws: Readonly<Record<string, Law>> = {
  "A10 building is pure": algebra.buildingIsPure,
  "R1 crash equivalence": crash.crashEquivalence,
  "R2 replay is pure": replay.replayIsPure,
  "R3 replay is idempotent": replay.replayIsIdempotent,
  "R4 replay in chunks": replay.replayInChunks,
  "R4 used executions are as good as new": replay.usedExecutionsAreAsGood,
  "R4 pending changes by events": replay.pendingChangesByEvents,
  "R4 diff of any two": replay.diffOfAnyTwo,
  "R6 a crash repeats what was in flight": crash.onlyInFlightRepeats,
  "R7 a damaged sequence is refused": journal.damagedSequenceIsRefused,
  "R8 the end is final": journal.endIsFinal,
  "R9 a snapshot and the rest of the journal": snapshot.snapshotAndTail,
  "R9 a run over snapshots": snapshot.runOverSnapshots,
  "R11 signals are accounted for": journal.signalsAreAccountedFor,
  "R13 a changed definition is refused": definition.changedDefinitionIsRefused,
  "R13 an extension is accepted": definition.extensionIsAccepted,
  "R13 wrapping is accepted": definition.wrappingIsAccepted,
  "R13 versions that were passed stay": definition.passedVersionsStay,
  "R13 versions that all have passed may go": definition.retiredVersionsAreAccepted,
  "R13 code from before a version is refused": definition.codeFromBeforeIsRefused,
  "cancelled runs end so": cancel.cancelledRunsEndSo,
  "cancellation undoes what was completed": cancel.cancellationUndoes,
  "termination is at once": cancel.terminationIsAtOnce,
  "late completions are refused": (generated, subject = pure) =>
    journal.lateCompletionsAreRefused(run(generated, subject), subject),
  "executions are values": replay.executionsAreValues,
  "promise 2: no effect before the flush": crash.flushBeforeEffect,
  "a cut atomic group is settled": crash.cutGroupsAreSettled,
  ...Object.fromEntries(Object.entries(lawsOfRuns).map(([name, law]) => [name, ofEveryRun(law)]))
}
