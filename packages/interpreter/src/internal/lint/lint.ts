/** All rules over one workflow: what `Lint.check` gives, in the order of the workflow. */
import type { Workflow } from "@waymark/core"
import { checkpoints, timers } from "./alike.ts"
import { facts } from "./facts.ts"
import { names } from "./names.ts"
import { places } from "./places.ts"
import { placement, queries } from "./placement.ts"
import { repetition } from "./repetition.ts"
import { collect, type Report } from "./report.ts"
import { schemas } from "./schemas.ts"
import { signals } from "./signals.ts"
import { unreachable } from "./unreachable.ts"

export const lint = (workflow: Workflow.Any): ReadonlyArray<Report> => {
  const { reports, say } = collect()
  const all = places(workflow.body)
  const known = facts(all)
  schemas(workflow, all, say)
  placement(all, known, say)
  unreachable(all, known, say)
  repetition(all, known, say)
  signals(all, say)
  names(all, known, say)
  checkpoints(all, say)
  timers(all, say)
  queries(all, say)
  return reports.sort((a, b) => a.place.index - b.place.index)
}
