/** Recovery that begins at a checkpoint: its place in the definition is found by its name, and what is around it by where it stands. */
import type { Workflow } from "@waymark/core"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { Event } from "../../Event.ts"
import { advance } from "./advance.ts"
import { misfit, type Misfit } from "./misfit.ts"
import * as Nodes from "../nodes.ts"
import * as Site from "./site.ts"
import { frame, type Frame, type OpenChild, type Thread } from "./thread.ts"
import { completed, cursorAt, type Turn } from "./turn.ts"

const known = new WeakMap<Workflow.Any, boolean>()

const has = (workflow: Workflow.Any): boolean => {
  for (const { _tag } of Nodes.within(workflow.body)) if (_tag === "Checkpoint") return true
  return false
}

/** Whether a definition has checkpoints. */
export const isIn = (workflow: Workflow.Any): boolean => {
  // Most definitions have none, and need no list of their sites.
  const found = known.get(workflow) ?? has(workflow)
  known.set(workflow, found)
  return found
}

/** The last checkpoint of a journal, and the start that it needs. */
export const lastOf = (
  events: ReadonlyArray<Event>
): { readonly position: number; readonly event: Event; readonly started: Event } | undefined => {
  const position = events.findLastIndex(({ kind }) => kind === "checkpoint")
  const [event, started] = [events[position], events[0]]
  if (event === undefined || started?.kind !== "started") return undefined
  // What is skipped has to be there all the same: a gap is found by folding it.
  for (let index = 0; index <= position; index++) {
    const { instance, run, seq } = events[index] as Event
    if (seq !== index || instance !== started.instance || run !== started.run) return undefined
  }
  return { position, event, started }
}

/** What is still to come after a place, from the nodes around it. */
const stackOf = (top: Site.Site, site: Site.Site): Frame | undefined => {
  const around: Array<readonly [Site.Site, number]> = []
  for (let at = site; at.parent !== undefined && at !== top; at = at.parent) around.push([at.parent, at.position])
  let stack: Frame | undefined
  for (const [parent, position] of around.toReversed()) {
    const { node } = parent
    switch (node._tag) {
      case "AndThen":
        if (position + 1 < parent.nodes.length) stack = frame(parent, position + 1, stack)
        break
      case "Catch":
      case "Machine":
        stack = frame(parent, position, stack)
        break
      case "AnswerQuery":
      case "Loop":
        stack = frame(parent, 0, stack)
        break
      default:
    }
  }
  return stack
}

/** The children that were on their own then. */
const childrenOf = (payload: unknown): ReadonlyArray<OpenChild> =>
  Predicate.hasProperty(payload, "children") && Array.isArray(payload.children)
    ? (payload.children as ReadonlyArray<OpenChild>)
    : []

/** The thread that goes on from a checkpoint. */
export const resume = (turn: Turn, event: Event): Thread | Misfit => {
  const { ordinal, payload, step } = event
  const top = turn.site
  const refuse = (reason: string): Misfit => misfit("a checkpoint", reason)
  const [site, other] = Site.all(top).filter(({ node }) => node._tag === "Checkpoint" && node.name === step)
  if (other !== undefined) return refuse("the workflow has two checkpoints of this name: give each one of its own")
  if (site?.node._tag !== "Checkpoint")
    return refuse("the workflow has no checkpoint of this name any more: put it back")
  const state = Predicate.hasProperty(payload, "state") ? site.node.state.decode(payload.state) : undefined
  if (state === undefined) return refuse("the recorded checkpoint has no state")
  if (Result.isFailure(state)) {
    return refuse(`the recorded state does not fit the checkpoint's schema: ${state.failure.message}`)
  }
  turn.children = childrenOf(payload)
  turn.site = site
  completed(turn, site)
  const cursor = cursorAt(turn, "", false, ordinal + 1)
  cursor.stack = stackOf(top, site)
  return advance(turn, cursor, { _tag: "Done", state: state.success })
}
