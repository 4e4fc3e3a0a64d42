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

/** The execution that a context object is of. */
export interface Execution extends JsonObject {
  readonly Id: string
  readonly Name: string
}

/** The machine that an execution is of. */
export interface StateMachine extends JsonObject {
  readonly Id: string
  readonly Name: string
}

/** What of the context object does not belong to one state. */
export interface Context extends JsonObject {
  readonly Execution: Execution
  readonly StateMachine: StateMachine
}

/** An item as it is recorded: what its machine starts from, and what the context object says of it. */
export interface Item {
  readonly input: Json
  readonly context: JsonObject
}

/** What a state has evaluated on entering: each kind of state has fields of its own. */
export interface Work {
  /** What a task or the branches of a parallel are given. */
  readonly input?: Json
  readonly token?: string
  /** In seconds. */
  readonly timeout?: number
  /** In seconds. */
  readonly heartbeat?: number
  readonly credentials?: Json
  /** When a wait is over, in milliseconds since the epoch. */
  readonly until?: number
  /** What a wait leaves behind. */
  readonly left?: Left
  readonly items?: ReadonlyArray<Item>
  readonly concurrency?: number
  readonly toleratedCount?: number
  readonly toleratedPercentage?: number
}

/** What rests between two steps. */
export interface Flow {
  /** The raw input of the state that it is in. */
  readonly input: Json
  /** The variables that the state sees. */
  readonly variables: Variables
  readonly context: Context
  /** When the state was entered, in milliseconds since the epoch. */
  readonly entered?: number
  readonly tries?: Tries
  readonly work?: Work
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

/** An ARN of the same machine, of another type. */
const arnOf = (type: string, { Id }: StateMachine): string => Id.replace(":stateMachine:", `:${type}:`)

/** The machine that the items of a distributed map are executions of: AWS names it after the machine around it and the map's label. */
export const machineOf = ({ StateMachine: { Id, Name } }: Context, label: string): StateMachine => ({
  Id: `${Id}/${label}`,
  Name: `${Name}/${label}`
})

/** The execution of an item of a distributed map. */
export const executionOf = (context: Context, label: string, index: number): Pick<Execution, "Id" | "Name"> => {
  const Name = `${context.Execution.Name}-${label}-${index}`
  return { Id: `${arnOf("execution", machineOf(context, label))}:${Name}`, Name }
}

/** All executions of the items of a map together. */
export const mapRunOf = (context: Context, label: string): string =>
  `${arnOf("mapRun", machineOf(context, label))}:${context.Execution.Name}`

/** The flow that an item of a distributed map starts from: an execution of its own, without the variables of the machine around it. */
export const apart = ({ context }: Flow, input: Json, label: string, index: number, more: JsonObject): Flow => ({
  input,
  variables: {},
  context: {
    ...context,
    ...more,
    Execution: { ...context.Execution, ...executionOf(context, label, index), Input: input },
    StateMachine: machineOf(context, label)
  }
})

/** The error output of a failure, as a `Catch` sees it: a name or a cause that the failure does not have is empty. */
export const errorOutput = ({ cause = "", error = "" }: AslFailure): JsonObject => ({ Error: error, Cause: cause })
