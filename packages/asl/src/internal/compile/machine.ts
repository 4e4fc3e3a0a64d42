/** A machine of states as a workflow: each kind of state has its own compiler, and they go to one another by name. */
import { WIO } from "@waymark/core"
import type * as Definition from "../../Definition.ts"
import type { Json } from "../data/json.ts"
import { parallel } from "./forks.ts"
import { map } from "./map.ts"
import type { Compiled } from "./query.ts"
import { choice, fail, pass, succeed, wait } from "./simple.ts"
import type { Part, Way } from "./steps.ts"
import { task, type Machines } from "./task.ts"
import { ways } from "./ways.ts"

/** Machines that tasks may start, by their names and ARNs. */
export type { Machines } from "./task.ts"

const stateOf = (
  name: string,
  state: Definition.State,
  around: Definition.QueryLanguage,
  machines: Machines
): Part<Way> => {
  const language = state.QueryLanguage ?? around
  const of = <S extends Definition.State>(given: S): Compiled<S> => ({ name, language, state: given })
  // What a state says of its language is not for the states within it.
  const compile = (inner: string, machine: Definition.Machine): Part<Json> =>
    compileMachine(inner, machine, around, machines)
  switch (state.Type) {
    case "Pass":
      return pass(of(state))
    case "Task":
      return task(of(state), machines)
    case "Choice":
      return choice(of(state))
    case "Wait":
      return wait(of(state))
    case "Succeed":
      return succeed(of(state))
    case "Fail":
      return fail(of(state))
    case "Parallel":
      return parallel(of(state), compile)
    case "Map":
      return map(of(state), compile)
  }
}

/** The states of a machine, from the flow that it starts with to its output. */
export const compileMachine = (
  name: string,
  machine: Definition.Machine,
  language: Definition.QueryLanguage,
  machines: Machines
): Part<Json> => {
  const states = Object.fromEntries(
    Object.entries(machine.States).map(([key, state]) => [key, stateOf(key, state, language, machines)])
  )
  const body = WIO.machine(name, { initial: machine.StartAt, states: states as never, ways: ways(machine) })
  return WIO.map(body as unknown as Part, (flow) => flow.input) as never
}
