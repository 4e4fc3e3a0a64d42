/** What flows from state to state: a position's data, variables and what the context object is made of. All of it is JSON. */
import type { AslFailure } from "../../Errors.ts"
import type { Json, JsonObject } from "../data/json.ts"
import type { Variables } from "../data/scope.ts"

/** How a state that is tried again has been tried. */
export interface Tries {
  /** How often it was tried again. */
  readonly count: number
  /** The same by the place of the retrier. */
  readonly byRetrier: ReadonlyArray<number>
}

/** What rests between two steps. */
export interface Flow {
  /** The raw input of the state that it is in. */
  readonly input: Json
  /** The variables that the state sees. */
  readonly variables: Variables
  /** The context object without what belongs to one state: Execution, StateMachine, Map. */
  readonly context: JsonObject
  /** When the state was entered, in milliseconds since the epoch. */
  readonly entered?: number
  readonly tries?: Tries
  /** What the state has evaluated on entering; each kind of state has its own. */
  readonly work?: JsonObject
  /** What the state came to, before it becomes its output. */
  readonly result?: Json
  /** Where branches or items rest, by their keys. */
  readonly within?: Json
}

/** What a state leaves behind: the event of its last step. */
export interface Left {
  /** When the state was entered, where this is its first step as well. */
  readonly entered?: number
  readonly output: Json
  readonly assign?: JsonObject
  readonly next?: string
}

/** The flow that a state hands on. */
export const after = ({ context, variables }: Flow, { assign, output }: Left): Flow => ({
  input: output,
  variables: assign === undefined ? variables : { ...variables, ...assign },
  context
})

/** The flow that a branch or an inline item starts from. */
export const inner = ({ context, variables }: Flow, input: Json, more: JsonObject = {}): Flow => ({
  input,
  variables,
  context: { ...context, ...more }
})

/** The execution that a flow belongs to: an item of a distributed map has one of its own. */
export const executionOf = ({ context }: Pick<Flow, "context">): JsonObject => context["Execution"] as JsonObject

/** The flow that an item of a distributed map starts from: it sees no variables of the machine around it. */
export const apart = ({ context }: Flow, input: Json, label: string, index: number, more: JsonObject): Flow => {
  const execution = executionOf({ context })
  const name = `${execution["Name"]}-${label}-${index}`
  return {
    input,
    variables: {},
    context: {
      ...context,
      ...more,
      Execution: { ...execution, Id: `${execution["Id"]}/${label}:${index}`, Name: name, Input: input }
    }
  }
}

/** The error output of a failure, as a `Catch` sees it: without a cause of its own, it has an empty one. */
export const errorOutput = ({ cause = "", error }: AslFailure): JsonObject => ({
  ...(error !== undefined && { Error: error }),
  Cause: cause
})
