/** Rules `misplaced`, `draft` and `shadowed-query`: parts that cannot stand, run or answer where they are. */
import type { Node } from "@waymark/core"
import type { Facts } from "./facts.ts"
import { isFork, words, type Place } from "./places.ts"
import type { Say } from "./report.ts"

/** What recovery could not put up again around a checkpoint. */
const opaque: ReadonlySet<Node.Node["_tag"]> = new Set<Node.Node["_tag"]>([
  "Compensate",
  "Embed",
  "ForEach",
  "InterruptWith",
  "OnCancel",
  "Parallel",
  "Race",
  "Saga",
  "Uncancellable"
])

/** What is around a place, and what came before it. */
interface Context {
  readonly fork: Place | undefined
  readonly opaque: Place | undefined
  /** A part before it that may have left something to undo. */
  readonly undos: Place | undefined
}

const outside: Context = { fork: undefined, opaque: undefined, undos: undefined }

const contextsOf = (places: ReadonlyArray<Place>, facts: ReadonlyArray<Facts>): ReadonlyArray<Context> => {
  const contexts: Array<Context> = []
  const leaves = (place: Place): boolean => facts[place.index]?.undos === true
  for (const place of places) {
    const around = contexts[place.index] ?? outside
    let undos = place.node._tag === "Loop" && leaves(place) ? (around.undos ?? place) : around.undos
    for (const part of place.parts) {
      contexts[part.index] = {
        fork: isFork(place.node) ? place : around.fork,
        opaque: opaque.has(place.node._tag) ? place : around.opaque,
        undos
      }
      if (place.node._tag === "AndThen" && leaves(part)) undos ??= part
    }
    contexts[place.index] = around
  }
  return contexts
}

export const placement = (places: ReadonlyArray<Place>, facts: ReadonlyArray<Facts>, say: Say): void => {
  const contexts = contextsOf(places, facts)
  for (const place of places) {
    const { node } = place
    const { fork, opaque, undos } = contexts[place.index] as Context
    if (node._tag === "Draft") {
      say("draft", "warning", place, `"${node.name}" is only drafted: write it before you run the workflow.`)
    }
    if (node._tag === "ContinueAsNew" && fork !== undefined) {
      const message = `continueAsNew stands in a branch of the ${fork.node._tag} at ${words(fork)}, but it ends all of the run: put it after that.`
      say("misplaced", "error", place, message, fork)
    }
    if (node._tag !== "Checkpoint") continue
    if (opaque !== undefined) {
      const message = `the checkpoint "${node.name}" stands within the ${opaque.node._tag} at ${words(opaque)}, which recovery could not find again: put it before or after that.`
      say("misplaced", "error", place, message, opaque)
    } else if (undos !== undefined) {
      const message = `the checkpoint "${node.name}" stands where there may be something to undo, from ${words(undos)}: put a WIO.saga around what came before.`
      say("misplaced", "error", place, message, undos)
    }
  }
}

/** Whoever asks is answered by the outermost part that is live. */
export const queries = (places: ReadonlyArray<Place>, say: Say): void => {
  const answering = new Map<string, Place>()
  /** The end of the last embedded part that has begun: what it holds was written for other places too. */
  let embedded = 0
  for (const place of places) {
    if (place.node._tag === "Embed") embedded = Math.max(embedded, place.end)
    if (place.node._tag !== "AnswerQuery" || place.index < embedded) continue
    const { name } = place.node.query
    const outer = answering.get(name)
    if (outer === undefined || outer.end <= place.index) {
      answering.set(name, place)
      continue
    }
    const message = `this answer to the query "${name}" is never given: ${words(outer)} is around it and answers first. Take one of them out, or ask under another name.`
    say("shadowed-query", "warning", place, message, outer)
  }
}
