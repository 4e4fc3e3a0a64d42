/** The simulator: engines over one journal, in a world where all that can go wrong does, by seed. */
export { describe, isSteady, steadied, violations } from "./invariants.ts"
export type { Violation } from "./invariants.ts"
export { calm, describeFault, fault, outcomes, schedules, trials } from "./schedule.ts"
export type { Ask, Fault, Outcome, Schedule, Trial } from "./schedule.ts"
export { INSTANCE, simulate } from "./simulate.ts"
export type { Simulated, Subject } from "./simulate.ts"
