/** Snapshots: an execution as a small JSON value, and back. */
import type { Workflow } from "@waymark/core"
import type { Schema } from "effect"
import * as Result from "effect/Result"
import { DefinitionThrew, SnapshotMismatch, SnapshotRefused } from "../../../Errors.ts"
import { describe } from "../../cause.ts"
import { Diverged } from "../generated.ts"
import type { Machine } from "../machine.ts"
import { shapeOf } from "./shape.ts"
import { Mismatch, Reader } from "./reader.ts"
import { FORMAT, type Snapshot } from "./format.ts"
import { Refusal, Writer } from "./writer.ts"

/** Takes a snapshot. */
export const take = (machine: Machine): Result.Result<Schema.Json, SnapshotRefused> => {
  const { children, closed, id: instance, info, length, orders, parent, run, stopping, workflow } = machine
  const writer = new Writer(machine)
  try {
    const snapshot: Snapshot = {
      format: FORMAT,
      workflow: workflow.name,
      shape: shapeOf(workflow),
      instance,
      run,
      length,
      startedAt: info.startedAt,
      ...(parent !== undefined && { parent: { ...parent } }),
      input: writer.input(),
      ...writer.position(),
      trail: writer.trail(),
      ...writer.remarks(),
      ...(children.length > 0 && { children: children.map((child) => ({ ...child })) }),
      ...(orders > 0 && { orders }),
      ...(stopping !== undefined && { stopping: { ...stopping } }),
      ...(closed !== undefined && { closed: { ...closed } })
    }
    return Result.succeed(snapshot as unknown as Schema.Json)
  } catch (cause) {
    const [path, reason] = cause instanceof Refusal ? [cause.path, cause.message] : ["", describe(cause)]
    return Result.fail(new SnapshotRefused({ instance, path, reason }))
  }
}

/** Gives the machine of a snapshot back. */
export const restore = (
  workflow: Workflow.Any,
  json: unknown
): Result.Result<Machine, SnapshotMismatch | DefinitionThrew> => {
  const mismatch = (reason: string) => Result.fail(new SnapshotMismatch({ workflow: workflow.name, reason }))
  if (typeof json !== "object" || json === null) return mismatch("it is no snapshot")
  const snapshot = json as Snapshot
  if (snapshot.format !== FORMAT) return mismatch(`its format is ${String(snapshot.format)}, this one reads ${FORMAT}`)
  if (snapshot.workflow !== workflow.name) return mismatch(`it is one of workflow "${snapshot.workflow}"`)
  if (snapshot.shape !== shapeOf(workflow)) return mismatch("the definition has another shape by now")
  try {
    return Result.succeed(new Reader(workflow, snapshot).machine())
  } catch (cause) {
    if (cause instanceof Mismatch || cause instanceof Diverged) return mismatch(cause.message)
    const { instance, length: position, run } = snapshot
    return Result.fail(new DefinitionThrew({ instance, run, position, path: "", step: "restore", cause }))
  }
}
