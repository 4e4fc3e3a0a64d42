/** The search attributes of an instance, by its workflow's function of the state. */
import * as Execution from "../../Execution.ts"
import type { Attributes } from "../../Journal.ts"
import { describe } from "../cause.ts"

/** They are for finding instances only: one whose function throws keeps those it had, and runs on. */
export const attributesOf =
  (warn: (instance: string, message: string) => void) =>
  (execution: Execution.Any): Attributes | undefined => {
    const { attributes, name } = Execution.workflow(execution)
    if (attributes === undefined) return undefined
    try {
      return attributes(Execution.state(execution))
    } catch (cause) {
      warn(Execution.id(execution), `the search attributes of "${name}" stay as they were: ${describe(cause)}`)
      return undefined
    }
  }
