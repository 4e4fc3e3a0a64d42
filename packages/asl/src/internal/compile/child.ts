/** Tasks that start another state machine which the program has: a child workflow, waited for where the resource ends in `.sync`. */
import { ChildStopped, TimedOut, WIO, type Workflow } from "@waymark/core"
import type * as Definition from "../../Definition.ts"
import { AslFailure } from "../../Errors.ts"
import { isObject, type Json, type JsonObject } from "../data/json.ts"
import type { Flow } from "./flow.ts"
import type { Compiled } from "./query.ts"
import type { Part } from "./steps.ts"
import type { Machines } from "./task.ts"

const START = /^arn:aws[\w-]*:states:[\w-]*:\d*:states:startExecution(\.sync|\.sync:2)?$/

/** The machine that a task starts, where the definition says so itself and the program has it. */
export const machineOf = (
  { Arguments, Parameters, Resource }: Definition.Task,
  machines: Machines
): Workflow.Any | undefined => {
  const given = Arguments ?? Parameters
  if (!START.test(Resource) || given === undefined || !isObject(given)) return undefined
  const arn = given["StateMachineArn"]
  return typeof arn === "string" && Object.hasOwn(machines, arn) ? machines[arn] : undefined
}

const argumentsOf = ({ work }: Flow): JsonObject => (isObject(work?.input) ? work.input : {})

const inputOf = (flow: Flow): Json => argumentsOf(flow)["Input"] ?? {}

const described = (flow: Flow, status: string, more: JsonObject): JsonObject => ({
  StateMachineArn: argumentsOf(flow)["StateMachineArn"] ?? null,
  Input: JSON.stringify(inputOf(flow)),
  Status: status,
  ...more
})

/** How a child ended that did not succeed. */
const toldOf = (error: AslFailure | ChildStopped | TimedOut): readonly [status: string, more: JsonObject] => {
  if (error instanceof ChildStopped) return ["ABORTED", { Cause: error.reason }]
  if (error instanceof TimedOut) return ["TIMED_OUT", { Error: "States.Timeout" }]
  return ["FAILED", { Error: error.error ?? null, Cause: error.cause ?? null }]
}

/** The child, and its end as the task's result. */
export const child = ({ name, state }: Compiled<Definition.Task>, workflow: Workflow.Any): Part => {
  const [, sync] = START.exec(state.Resource) ?? []
  const options = { name, input: inputOf }
  if (sync === undefined) {
    return WIO.child(workflow, {
      ...options,
      await: false,
      onParentClose: "abandon",
      apply: (flow: Flow, id: string): Flow => ({ ...flow, result: { ExecutionArn: id } })
    } as never) as never
  }
  const started = WIO.child(workflow, {
    ...options,
    onParentClose: "terminate",
    apply: (flow: Flow, output: Json): Flow => ({
      ...flow,
      result: described(flow, "SUCCEEDED", { Output: sync === ".sync:2" ? output : JSON.stringify(output) })
    })
  } as never)
  const failed = WIO.fail(({ error, state: flow }: WIO.Failure<Flow, AslFailure | ChildStopped | TimedOut>) => {
    const cause = JSON.stringify(described(flow, ...toldOf(error)))
    return new AslFailure({ error: "States.TaskFailed", cause })
  })
  return WIO.catch(started as never, failed as never) as never
}
