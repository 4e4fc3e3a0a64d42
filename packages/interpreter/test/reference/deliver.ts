/** An event on its way to what it is about. */
import { Node } from "@waymark/core"
import { Predicate } from "effect"
import * as Equal from "effect/Equal"
import type { Event } from "@waymark/interpreter"
import { giveUp } from "./cut.ts"
import { Cut, refuse } from "./ends.ts"
import { deliverToTrigger } from "./interrupt.ts"
import { fieldsOf } from "./leaf.ts"
import { drop, openChildren } from "./terminate.ts"
import { continuation, end } from "./owed.ts"
import * as Path from "./path.ts"
import type { Run } from "./run.ts"
import type { Thread } from "./thread.ts"

/** Lets an event happen to a run. */
export const happen = (run: Run, event: Event.Event): void => {
  const { instance, run: number } = run.info
  if (event.instance !== instance || event.run !== number || event.seq !== run.length) refuse("it is out of order")
  if (run.isClosed || event.kind === "started") refuse("it comes after the end, or begins anew")
  run.now = event.at
  // What rests at a choice when anything else happens came there before the change.
  if (event.kind !== "version") while (goesTheOldWay(run.main, event));
  about(run, event)
  run.length++
}

const about = (run: Run, event: Event.Event): void => {
  switch (event.kind) {
    case "cancel-requested":
      return cancel(run, event)
    case "ended":
      return close(run, event)
    case "continued":
      if (!says(event, continuation(run))) refuse("it does not continue as new with this")
      run.isClosed = true
      return
    default:
      if (!isRetired(run, event)) deliver(run.main, event)
  }
}

const reasonOf = (event: Event.Event): string => {
  const { reason } = fieldsOf(event)
  return typeof reason === "string" ? reason : refuse("there is no reason")
}

/** It is to be cancelled; or terminated, with children to close. Terminating is possible while a cancellation is under way. */
const cancel = (run: Run, event: Event.Event): void => {
  const how = fieldsOf(event)["terminate"] === true ? "terminated" : "cancelled"
  const isUnderWay = run.stopping?.how === "terminated" || run.stopping?.how === how
  if (isUnderWay || run.main.end !== undefined) refuse("there is nothing to cancel any more")
  run.stopping = { how, reason: reasonOf(event) }
  if (how === "cancelled") giveUp(run.main, new Cut(0, true))
  else drop(run, openChildren(run))
}

const close = (run: Run, event: Event.Event): void => {
  if (Predicate.hasProperty(event.payload, "outcome") && event.payload.outcome === "terminated") {
    run.stopping = { how: "terminated", reason: reasonOf(event) }
    drop(run, [])
  } else if (!says(event, end(run))) refuse("it does not end so")
  run.isClosed = true
}

/** Whether an event says the same as one that is expected. */
const says = (event: Event.Event, fact: ReturnType<typeof end>): boolean =>
  fact !== undefined &&
  event.path === fact.path &&
  event.ordinal === fact.ordinal &&
  event.step === fact.step &&
  Equal.equals(event.payload, fact.payload)

/** Takes the first undecided choice on the old way; whether there was one. */
const goesTheOldWay = (thread: Thread, event: Event.Event): boolean => {
  const { resting } = thread
  if (resting === undefined) return false
  if (resting._tag === "Leaf") {
    if (resting.leaf.kind !== "Version") return false
    thread.resume(event)
    return true
  }
  const hasGone = resting.branches.some((branch) => goesTheOldWay(branch, event))
  if (hasGone) thread.look()
  return hasGone
}

/**
 * Whether it is the mark of a change that the definition no longer has, on the way of a thread: `after` stands there alone, and may have led on at
 * once. Another choice in its place is the same under another name, which it must not have. A definition that is no newer than the mark does
 * not have the change yet.
 */
const isRetired = ({ main, workflow }: Run, event: Event.Event): boolean => {
  const { kind, ordinal, path, payload, step } = event
  if (kind !== "version" || isIn(workflow.body, step) || !hasPassed(main, path, ordinal)) return false
  // A mark without a version was written before marks had one.
  return payload === null || workflow.version > Number(fieldsOf(event)["version"])
}

const isIn = (node: Node.Node, change: string): boolean =>
  (node._tag === "Version" && node.name === change) || Node.children(node).some((part) => isIn(part.node, change))

const hasPassed = (thread: Thread, path: string, ordinal: number): boolean => {
  const { path: own, resting } = thread
  if (path === own) return thread.ordinal > ordinal || (thread.ordinal === ordinal && !isChoice(thread))
  const [segment = ""] = (own === "" ? path : path.slice(own.length + 1)).split("/")
  const fork = Number(segment.slice(0, segment.indexOf(":")))
  if (segment.endsWith(":interrupt")) return false
  if (resting?._tag !== "Fork" || fork !== resting.ordinal) return thread.ordinal > fork
  const branch = resting.branches.find((one) => `${path}/`.startsWith(`${one.path}/`))
  return branch !== undefined && (branch.isLive || branch.end !== undefined) && hasPassed(branch, path, ordinal)
}

const isChoice = ({ resting }: Thread): boolean => resting?._tag === "Leaf" && resting.leaf.kind === "Version"

/** Takes an event to the leaf or trigger that has its identity. */
const deliver = (thread: Thread, event: Event.Event): void => {
  const { armed, ordinal, path, resting } = thread
  if (resting?._tag === "Fork") {
    const branch = resting.branches.find((branch) => `${event.path}/`.startsWith(`${branch.path}/`))
    if (branch !== undefined) {
      deliver(branch, event)
      return thread.look()
    }
  }
  const trigger = armed.find(
    (one) => event.path === Path.interruption(path, one.ordinal) && event.ordinal === one.number
  )
  if (trigger !== undefined && trigger.leaf.name === event.step) return deliverToTrigger(thread, trigger, event)
  if (
    resting?._tag !== "Leaf" ||
    event.path !== path ||
    event.ordinal !== ordinal ||
    event.step !== resting.leaf.name
  ) {
    return refuse("nothing with this identity waits")
  }
  thread.resume(event)
}
