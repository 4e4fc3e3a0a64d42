/** What a run owes its journal: choices, checkpoints and due times that are not on record, and its end. */
import { Product } from "@waymark/core"
import type { Event } from "@waymark/interpreter"
import * as Result from "effect/Result"
import { encodeState } from "./encode.ts"
import type { Run } from "./run.ts"
import { Checkpoint, Timer } from "./steps.ts"
import { waiting } from "./waiting.ts"

export type Fact = Pick<Event.Event, "kind" | "path" | "ordinal" | "step"> & { readonly payload: unknown }

/** The next event that is owed, where one is. */
export const owed = (run: Run): Fact | undefined => {
  if (run.isClosed) return undefined
  return (
    unrecorded(run, "Version") ??
    unrecorded(run, "Checkpoint") ??
    unrecorded(run, "Timer") ??
    continuation(run) ??
    end(run)
  )
}

/** The first leaf of a kind that is not on record. */
const unrecorded = (run: Run, kind: "Version" | "Checkpoint" | "Timer"): Fact | undefined => {
  for (const { leaf, ordinal, path } of waiting(run.main)) {
    if (leaf.kind !== kind || (leaf instanceof Timer && leaf.isRecorded)) continue
    return { path, ordinal, step: leaf.name, ...said(run, leaf) }
  }
  return undefined
}

const said = (run: Run, leaf: ReturnType<typeof waiting>[number]["leaf"]): Pick<Fact, "kind" | "payload"> => {
  if (leaf instanceof Timer) return { kind: "due", payload: { at: leaf.due } }
  if (!(leaf instanceof Checkpoint)) return { kind: "version", payload: { version: run.workflow.version } }
  const state = Result.getOrThrow(leaf.node.state.encode(leaf.state))
  return { kind: "checkpoint", payload: { state, ...(run.children.length > 0 && { children: run.children }) } }
}

/** The end of a run as its workflow says it. */
const ending = ({ main, workflow: { name } }: Run) => ({ path: "", ordinal: main.ordinal, step: name })

export const continuation = (run: Run): Fact | undefined => {
  const { main, workflow } = run
  if (main.end?._tag !== "Continue") return undefined
  return {
    kind: "continued",
    ...ending(run),
    payload: { input: Result.getOrThrow(workflow.input.encode(main.end.input)) }
  }
}

export const end = (run: Run): Fact | undefined => {
  const payload = outcome(run)
  return payload === undefined ? undefined : { kind: "ended", ...ending(run), payload }
}

const outcome = ({ main, stopping, workflow }: Run): unknown => {
  switch (main.end?._tag) {
    case "Done": {
      const { state } = main.end
      const output = encodeState(workflow.state, state)
      return { outcome: "completed", output, ...(Product.is(state) && { product: true }) }
    }
    case "Failed":
      return { outcome: "failed", error: Result.getOrThrow(workflow.error.encode(main.end.error)) }
    case "Cut":
      return { outcome: stopping?.how, reason: stopping?.reason }
    default:
      return undefined
  }
}
