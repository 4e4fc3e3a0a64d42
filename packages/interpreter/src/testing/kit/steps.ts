/** The names of a workflow's steps: what stubs and questions about calls are checked against before anything runs. */
import { Node, type Workflow } from "@waymark/core"
import * as Effect from "effect/Effect"
import { StubUnknown } from "./errors.ts"
import type { Stubs } from "./Stub.ts"

/** The names of a definition's steps, and whether it computes some of its parts while it runs. */
export interface Steps {
  readonly names: ReadonlySet<string>
  readonly isComputed: boolean
}

/** Reads the names of a workflow's steps, those of its children included. */
export const stepsOf = (workflows: ReadonlyArray<Workflow.Any>): Steps => {
  const names = new Set<string>()
  const seen = new Set<Workflow.Any>()
  const stack: Array<Node.Node> = []
  let isComputed = false
  const open = (workflow: Workflow.Any): void => {
    if (seen.has(workflow)) return
    seen.add(workflow)
    stack.push(workflow.body)
  }
  workflows.forEach(open)
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node._tag === "RunIO" || node._tag === "HandleSignal" || node._tag === "Child") names.add(node.name)
    if (node._tag === "Child") open(node.workflow)
    if (node._tag === "FlatMap" || node._tag === "Gen") isComputed = true
    for (const part of Node.children(node)) stack.push(part.node)
  }
  return { names, isComputed }
}

/** Refuses a stub for a step that there cannot be. */
export const checkStubs = (workflow: Workflow.Any, steps: Steps, stubs: Stubs): Effect.Effect<void, StubUnknown> => {
  const stub = steps.isComputed ? undefined : Object.keys(stubs).find((name) => !steps.names.has(name))
  if (stub === undefined) return Effect.void
  return Effect.fail(new StubUnknown({ workflow: workflow.name, stub, steps: [...steps.names] }))
}
