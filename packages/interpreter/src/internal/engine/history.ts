/** The journal of an instance with what each event did to the state: as it was kept, or else as the definition says. */
import type { Workflow } from "@waymark/core"
import * as Result from "effect/Result"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"

const ofRun = (workflow: Workflow.Any, events: ReadonlyArray<Event>): ReadonlyArray<Event> => {
  if (events.every(({ patch }) => patch !== undefined)) return events
  // What does not fit the definition any more is shown all the same, without what cannot be known.
  return Result.getOrElse(Execution.history(workflow, events), () => events)
}

/** The events of all runs in their order, each with its patch where that is known. */
export const entries = (
  workflow: Workflow.Any | undefined,
  runs: ReadonlyArray<ReadonlyArray<Event>>
): ReadonlyArray<Event> => runs.flatMap((events) => (workflow === undefined ? events : ofRun(workflow, events)))
