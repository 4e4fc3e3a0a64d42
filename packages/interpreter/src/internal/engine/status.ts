/** Where an instance stands, for whoever looks at it. */
import * as Execution from "../../Execution.ts"
import type { InstanceStatus, WaitsFor } from "../../Handle.ts"
import { isTerminal, type Instance as Row } from "../../Journal.ts"
import type { Pending } from "../../Pending.ts"
import type { Instance } from "./instance.ts"
import { jsonSchemaOf } from "./jsonSchema.ts"

/** What the row alone tells. */
export const ofRow = (row: Row): InstanceStatus => {
  const { createdAt, id, length, run, status, updatedAt, version, workflow } = row
  const place = { id, workflow, version, run, createdAt, updatedAt, length }
  return { ...place, status, error: undefined, waitsFor: [], stopping: undefined, undoing: [] }
}

/**
 * What the row and the execution tell together, and the instance where it is live here; `failure` is why it is stuck although no
 * step was given up.
 */
export const of = (
  row: Row,
  execution: Execution.Any,
  here: Instance | undefined,
  failure: string | undefined
): InstanceStatus => {
  const status = Execution.status(execution)
  const place = { ...ofRow(row), run: Execution.run(execution), length: Execution.length(execution) }
  if (isTerminal(status)) return { ...place, status }
  const pending = Execution.pending(execution)
  const waits = pending.map((waiting) => waitsFor(waiting, here))
  const gaveUp = pending.find((waiting) => "notBefore" in waiting && waiting.notBefore === Infinity)
  return {
    ...place,
    status: failure === undefined ? status : "stuck",
    error: failure ?? (gaveUp && "lastError" in gaveUp ? gaveUp.lastError : undefined),
    waitsFor: waits,
    stopping: Execution.stopping(execution),
    undoing: Execution.undoing(execution)
  }
}

const waitsFor = (pending: Pending, here: Instance | undefined): WaitsFor => {
  const { step } = pending
  switch (pending._tag) {
    case "RunIO": {
      const { _tag, attempt, lastError, notBefore } = pending
      return { _tag, step, attempt, notBefore, lastError }
    }
    case "Child": {
      const { _tag, attempt, id, lastError, notBefore, phase, workflow } = pending
      return { _tag, step, phase, workflow: workflow.name, id, attempt, notBefore, lastError }
    }
    case "Send": {
      const { _tag, attempt, lastError, notBefore, signal, to, workflow } = pending
      return { _tag, step, to, workflow, signal, attempt, notBefore, lastError }
    }
    case "Signal":
      return { _tag: "Signal", step, payload: jsonSchemaOf(pending.signal.payload), lastError: here?.lastErrorAt(step) }
    case "Timer":
      return { _tag: "Timer", step, due: pending.due }
  }
}
