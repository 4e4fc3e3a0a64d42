/** `waymark render`: a workflow as a picture, or how far an instance of it has come. */
import { Execution } from "@waymark/interpreter"
import { Mermaid } from "@waymark/render"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import type { Workflow } from "@waymark/core"
import * as files from "./internal/files.ts"
import { workflowAt } from "./internal/modules.ts"
import { refuse } from "./internal/refusal.ts"

/** Where an instance stands, by its journal: the execution of its last run. */
const executionOf = Effect.fnUntraced(function* (workflow: Workflow.Any, file: string) {
  const text = yield* files.read(file)
  const json = yield* Effect.try({
    try: () => JSON.parse(text) as unknown,
    catch: (cause) => refuse(`${file} is no JSON: ${String(cause)}`, "Give a journal that Journals.export has written.")
  })
  // Of the test kit, which takes its time to load.
  const { Journals } = yield* Effect.promise(() => import("@waymark/interpreter/testing"))
  const exported = Journals.parse(json)
  if (Result.isFailure(exported)) return yield* refuse(`${file}: ${exported.failure.message}`, exported.failure.next)
  const { runs } = exported.success
  const recovered = Execution.recover(workflow, runs[runs.length - 1] ?? runs[0])
  if (Result.isSuccess(recovered)) return recovered.success
  return yield* refuse(
    `${file} does not fit the workflow: ${recovered.failure.message}`,
    "Draw it with the version of the workflow that it was written by."
  )
})

export const render = Command.make(
  "render",
  {
    workflow: Argument.String("workflow").pipe(
      Argument.withDescription("A module and the name that it exports the workflow under: dist/orders.js#Order")
    ),
    direction: Flag.Literals("direction", ["TD", "LR"]).pipe(
      Flag.withDescription("From the top down, or from left to right"),
      Flag.withDefault("TD")
    ),
    journal: Flag.String("journal").pipe(
      Flag.withDescription("A journal exported as JSON: draws how far that instance has come"),
      Flag.optional
    ),
    output: Flag.String("output").pipe(
      Flag.withAlias("o"),
      Flag.withDescription("The file to write; the standard output if left out"),
      Flag.optional
    )
  },
  Effect.fn(function* ({ direction, journal, output, workflow: place }) {
    const workflow = yield* workflowAt(place)
    const text = Option.isSome(journal)
      ? Mermaid.renderExecution(yield* executionOf(workflow, journal.value), { direction })
      : Mermaid.render(workflow, { direction })
    yield* files.give(output, text)
  })
).pipe(
  Command.withDescription("Draws a workflow as a Mermaid picture"),
  Command.withExamples([
    { command: "waymark render dist/orders.js#Order", description: "The definition" },
    {
      command: "waymark render dist/orders.js#Order --journal order-1.json -o order-1.mmd",
      description: "How far an instance has come"
    }
  ])
)
