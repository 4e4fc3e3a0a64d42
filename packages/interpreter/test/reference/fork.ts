/** Branches side by side: a thread for each. */
import { DuplicateKey, Product, type Node } from "@waymark/core"
import * as Result from "effect/Result"
import { giveUp } from "./cut.ts"
import { Cut, Raised } from "./ends.ts"
import { branchLife } from "./life.ts"
import * as Path from "./path.ts"
import { recordOf } from "./seen.ts"
import { Thread, type End, type Fork, type ForkNode, type Meaning, type Walk } from "./thread.ts"

/** How a fork goes on. */
type Outcome = { readonly gives: unknown } | { readonly raises: unknown }

export const fork: Meaning<ForkNode> = function* (node, state, here): Walk {
  here.begins(state)
  const { thread } = here
  const path = (key: string) => Path.branch(thread.path, ordinal, key)
  const ordinal = thread.ordinal++
  const branches = partsOf(node, state).map(
    (part) => new Thread({ run: thread.run, path: path(part.key), above: here, ...part }, branchLife)
  )
  const places = node._tag === "ForEach" ? node.concurrency : Infinity
  const fork: Fork = { _tag: "Fork", here, ordinal, branches, cut: undefined }
  // All of them are entered before anything is looked at.
  branches.slice(0, places).forEach((branch) => branch.begin())

  let outcome: Outcome | undefined
  let record: unknown
  for (;;) {
    if (outcome === undefined && fork.cut === undefined && !branches.some(isAtChoice)) {
      outcome = decide(node, branches, state)
      record = recordOf(branches)
      const next = branches.find(hasNotBegun)
      if (outcome !== undefined) giveUpLosers(node, outcome, branches)
      else if (next !== undefined && branches.filter(isLive).length < places) {
        next.begin()
        continue
      }
    }
    if ((outcome !== undefined || fork.cut !== undefined) && !branches.some(isLive)) break
    yield fork
  }
  return ended(fork, outcome, record)
}

/** The branches of a fork, by their keys, and what each starts from. */
const partsOf = (node: ForkNode, state: unknown): ReadonlyArray<Pick<Thread, "key" | "body" | "start">> => {
  if (node._tag === "ForEach") return itemsOf(node, state)
  const starts = node.fork?.(state)
  return node.branches.map(({ body, key }) => ({ key, body, start: starts === undefined ? state : starts[key] }))
}

const itemsOf = ({ body, items, key, name }: Node.ForEach, state: unknown) => {
  const parts = Array.from(items(state)).map((item, index) => ({ key: key(item, index), body, start: item }))
  for (const [second, part] of parts.entries()) {
    const first = parts.findIndex((other) => other.key === part.key)
    if (first < second) throw new DuplicateKey({ step: name, key: part.key, first, second })
  }
  return parts
}

const hasNotBegun = ({ end, isLive }: Thread): boolean => !isLive && end === undefined
/** Whether something in it rests at a `version`. What goes the old way would have got further by now, so nothing is decided before. */
const isAtChoice = ({ resting }: Thread): boolean => {
  if (resting?._tag === "Fork") return resting.branches.some(isAtChoice)
  return resting?.leaf.kind === "Version"
}
const isLive = (branch: Thread): boolean => branch.isLive
const ends = (branches: ReadonlyArray<Thread>): ReadonlyArray<End | undefined> => branches.map(({ end }) => end)

/** How the fork goes on, where that is decided. The lowest index wins a tie. */
const decide = (node: ForkNode, branches: ReadonlyArray<Thread>, input: unknown): Outcome | undefined => {
  if (node._tag === "Race") return decideRace(node, ends(branches))
  if (node.mode === "fail-fast") {
    const failed = ends(branches).find((end) => end?._tag === "Failed")
    if (failed?._tag === "Failed") return { raises: failed.error }
  }
  const haveAllEnded = branches.every(({ end }) => end !== undefined)
  if (node._tag === "Parallel" && node.until !== undefined) {
    const record = recordOf(branches)
    if (!haveAllEnded && !node.until(record)) return undefined
    return { gives: node.join === undefined ? record : node.join(record, input) }
  }
  if (!haveAllEnded) return undefined
  const outs = ends(branches).map((end) => outOf(node, end as End))
  if (node._tag === "ForEach") return { gives: node.join === undefined ? outs : node.join(outs, input) }
  const record = Product.make(Object.fromEntries(branches.map(({ key }, index) => [key, outs[index]])))
  return { gives: node.join === undefined ? record : node.join(record, input) }
}

const outOf = ({ mode }: Node.Parallel | Node.ForEach, end: End): unknown => {
  if (mode === "fail-fast") return end.state
  return end._tag === "Failed" ? Result.fail(end.error) : Result.succeed(end.state)
}

const decideRace = ({ wins }: Node.Race, all: ReadonlyArray<End | undefined>): Outcome | undefined => {
  const winner = all.find((end) => end?._tag === "Done" || (wins === "settled" && end?._tag === "Failed"))
  // Where all have failed, it is by the failure of the first.
  const decisive = winner ?? (all.includes(undefined) ? undefined : all[0])
  if (decisive === undefined) return undefined
  return decisive._tag === "Failed" ? { raises: decisive.error } : { gives: decisive.state }
}

/** Who lost a race, or was ended by `until`, undoes its own; of a failing fork that is left to the scope around it. */
const giveUpLosers = (node: ForkNode, outcome: Outcome, branches: ReadonlyArray<Thread>): void => {
  const undoes = node._tag === "Race" || "gives" in outcome
  for (const branch of branches) if (branch.isLive) giveUp(branch, new Cut(0, undoes))
}

/** All branches have ended: what they have left to undo is the thread's, in the order of completion. */
const ended = ({ branches, cut, here: { thread } }: Fork, outcome: Outcome | undefined, record: unknown): unknown => {
  thread.undos.push(...branches.flatMap(({ undos }) => undos))
  thread.undos.sort((a, b) => a.order - b.order)
  if (cut !== undefined) {
    thread.ordinal++
    cut.state = recordOf(branches)
    throw cut
  }
  if (outcome !== undefined && "raises" in outcome) throw new Raised(record, outcome.raises)
  return outcome?.gives
}
