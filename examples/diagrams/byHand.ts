/**
 * A worker that is driven by hand: instances are submitted, and whoever has time runs one that waits, of the type it knows.
 *
 * An engine in `manual` mode hosts nothing by itself. Each step is a span where a tracer is installed.
 */
import { Effect, Option } from "effect"
import { Engine } from "@waymark/interpreter"
import { ConditionsWorkflow } from "./conditions.ts"
import { SimpleWorkflow } from "./simpleWorkflow.ts"

export const program = Effect.gen(function* () {
  const engine = yield* Engine
  yield* engine.start(SimpleWorkflow, { id: "simple-1", input: "a test" })
  yield* engine.start(ConditionsWorkflow, { id: "conditions-1", input: -1 })
  const submitted = yield* engine.status("simple-1")

  const ran = yield* engine.runOne({ workflow: SimpleWorkflow, timeLimit: "1 second" })
  const none = yield* engine.runOne({ workflow: SimpleWorkflow, timeLimit: "1 second" })
  const other = yield* engine.status("conditions-1")
  return {
    submitted: submitted.status,
    ran: Option.map(ran, ({ id, status }) => `${id} is ${status}`),
    none,
    other: other.status,
    result: yield* engine.result(SimpleWorkflow, "simple-1")
  }
})

export const layer = Engine.layer({ workflows: [SimpleWorkflow, ConditionsWorkflow], mode: "manual" })
