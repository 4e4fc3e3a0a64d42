/** Generated cases: a plan with what it is started with and what happens to it. */
import { build, queriesOf, signalsOf, type Options } from "./build.ts"
import type { Plan } from "./plan.ts"
import type { Script } from "./script.ts"
import { workflowOf, type Generated } from "./site.ts"
import type { State } from "./state.ts"

/** A generated case, plain data. */
export interface Case {
  readonly plan: Plan
  readonly names: "unique" | "duplicates"
  readonly input: State
  readonly script: Script
  /** For laws that choose: which crash, which step to rename. */
  readonly salt: number
}

/** The workflow of a case. */
export const workflow = ({ names, plan }: Pick<Case, "names" | "plan">, options: Options = {}): Generated =>
  workflowOf(build(plan, { names, ...options }), options.version)

/** The names of the signals and queries that a case knows. */
export const namesOf = ({ names, plan }: Case) => ({
  signals: signalsOf(plan, { names }),
  queries: queriesOf(plan, { names })
})
