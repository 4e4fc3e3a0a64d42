/** `waymark render`: a workflow as a picture, or how far an instance of it has come. */
import type { Workflow } from "@waymark/core"
import { Execution } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as files from "./internal/files.ts"
import { workflowAt } from "./internal/modules.ts"
import * as pictures from "./internal/pictures.ts"
import { misuse, refuse } from "./internal/refusal.ts"

/** The last run in an exported journal. */
const recorded = Effect.fnUntraced(function* (workflow: Workflow.Any, file: string, unfold: boolean) {
  const json = yield* files.readJson(file, "a journal that Journals.export has written")
  // Of the test kit, which takes its time to load.
  const { Journals } = yield* Effect.promise(() => import("@waymark/interpreter/testing"))
  const exported = Journals.parse(json)
  if (Result.isFailure(exported)) return yield* refuse(`${file}: ${exported.failure.message}`)
  const { runs } = exported.success
  const run = runs[runs.length - 1] ?? runs[0]
  const subject = Result.flatMap(
    Execution.recover(workflow, run),
    (execution): Result.Result<pictures.Subject, Error> =>
      unfold
        ? Result.map(Execution.decisions(workflow, run), (decisions) => ({ workflow, execution, decisions }))
        : Result.succeed({ workflow, execution })
  )
  if (Result.isSuccess(subject)) return subject.success
  return yield* refuse(
    `${file} does not fit the workflow: ${subject.failure.message}`,
    "Draw it with the version of the workflow that it was written by."
  )
})

export const render = Command.make(
  "render",
  {
    workflow: Argument.String("workflow").pipe(
      Argument.withDescription("A module and the name that it exports the workflow under: dist/orders.js#Order")
    ),
    journal: Flag.String("journal").pipe(
      Flag.withDescription(
        "A journal as JSON, what Journals.export of @waymark/interpreter/testing gives: draws how far that instance has come"
      ),
      Flag.optional
    ),
    unfold: Flag.Boolean("unfold").pipe(
      Flag.withDescription("With --journal: draws what was decided at run time, too"),
      Flag.withDefault(false)
    ),
    ...pictures.flags
  },
  Effect.fn(function* ({ journal, output, unfold, workflow: place, ...style }) {
    if (unfold && Option.isNone(journal)) {
      return yield* misuse("--unfold is for the run of an instance", "Name its exported journal with --journal.")
    }
    if (unfold && style.syntax === "diagram") {
      return yield* misuse("a diagram unfolds nothing", "Leave --unfold out, or draw another --syntax.")
    }
    const workflow = yield* workflowAt(place)
    const subject = Option.isSome(journal) ? yield* recorded(workflow, journal.value, unfold) : { workflow }
    yield* files.give(output, yield* pictures.text(subject, style))
  })
).pipe(
  Command.withDescription("Draws a workflow as a picture"),
  Command.withExamples([
    { command: "waymark render dist/orders.js#Order", description: "The definition, in Mermaid" },
    { command: "waymark render dist/orders.js#Order --syntax tree", description: "The same, for a terminal" },
    {
      command: "waymark render dist/orders.js#Order --syntax diagram -o order.mermaid",
      description: "The diagram that a machine is, which `waymark generate` reads"
    },
    {
      command: "waymark render dist/orders.js#Order --journal order-1.json -o order-1.mmd",
      description: "How far an instance has come"
    }
  ])
)
