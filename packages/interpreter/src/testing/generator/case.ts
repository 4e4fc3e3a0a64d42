/** Generated cases: a plan with what it is started with and what happens to it. */
import { Workflow } from "@waymark/core"
import { build, queriesOf, signalsOf, type Options, type Part } from "./build.ts"
import type { Plan } from "./plan.ts"
import type { Script } from "./script.ts"
import { Problem, State } from "./state.ts"
import type { World } from "./world.ts"

/** A workflow of the generator. */
export type Generated = Workflow.Workflow<string, State, State, Problem, World, State>

/** A generated case, plain data. */
export interface Case {
  readonly plan: Plan
  readonly names: "unique" | "duplicates"
  readonly input: State
  readonly script: Script
  /** For laws that choose: which crash, which step to rename. */
  readonly salt: number
}

/** Names a body, in as many versions as a test needs. */
export const workflowOf = (body: Part, version = 1): Generated =>
  Workflow.make("Generated", { version, input: State, state: State, error: Problem, body })

/** The workflow of a case. */
export const workflow = ({ names, plan }: Pick<Case, "names" | "plan">, options: Options = {}): Generated =>
  workflowOf(build(plan, { names, ...options }))

/** The names of the signals and queries that a case knows. */
export const namesOf = ({ names, plan }: Case) => ({
  signals: signalsOf(plan, { names }),
  queries: queriesOf(plan, { names })
})
