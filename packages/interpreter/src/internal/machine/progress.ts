/** Progress from a position: the counters of completed steps, and what the live threads stand in. */
import { Node } from "@waymark/core"
import type { Entry, Progress, Status } from "../../Progress.ts"
import * as Site from "./site.ts"
import { hasEnded, isStep, type Thread } from "./thread.ts"
import * as Trie from "./trie.ts"
import { FAILURE } from "./turn.ts"
import * as Walk from "./walk.ts"

/** How a node stands to the live threads, given how its parent does. */
type Reach = "ahead" | "within" | "passed"

/** The sites in which a live thread stands, each with the parts it stands in. */
const liveSites = (root: Thread): ReadonlyMap<Site.Site, ReadonlySet<number>> => {
  const live = new Map<Site.Site, Set<number>>()
  for (const thread of Walk.threads(root)) {
    if (hasEnded(thread.leaf)) continue
    const { leaf: resting } = thread
    const standing = "site" in resting && !isStep(resting) ? [resting.site] : []
    // The closing of a child belongs to no node: the one that started it is over.
    for (const { leaf } of Walk.stepsOf(thread)) if (leaf._tag !== "Close") standing.push(leaf.site)
    for (const start of standing) {
      let site: Site.Site | undefined = start.origin
      for (let below: number | undefined; site !== undefined; site = site.parent) {
        const known = live.get(site)
        if (known !== undefined && (below === undefined || known.has(below))) break
        const parts = known ?? new Set<number>()
        if (below !== undefined) parts.add(below)
        live.set(site, parts)
        below = site.position
      }
    }
  }
  return live
}

/** How the part at a position is to be reached, inside a parent that live threads stand in. */
const reachOf = (site: Site.Site, position: number, live: ReadonlySet<number>): Reach => {
  if (live.has(position)) return "within"
  switch (site.node._tag) {
    case "AndThen": {
      const current = Math.min(...live)
      return position > current ? "ahead" : "passed"
    }
    case "Catch":
    case "Compensate":
    case "InterruptWith":
    case "OnCancel":
      // The handler may still be needed while the body runs; the body is over once the handler does.
      return position === 1 ? "ahead" : "passed"
    case "Machine":
      // It may still be gone to.
      return "ahead"
    default:
      return "passed"
  }
}

interface Visit {
  readonly site: Site.Site
  readonly address: string
  readonly reach: Reach
  readonly parts: ReadonlyArray<Visit>
}

/** The static nodes, each before its parts. */
const visits = (root: Thread, body: Site.Site): ReadonlyArray<Visit> => {
  const live = liveSites(root)
  const found: Array<Visit> = []
  const stack: Array<Visit> = [{ site: body, address: "", reach: live.has(body) ? "within" : "passed", parts: [] }]
  for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
    const { address, reach, site } = visit
    const standing = live.get(site)
    const parts = Node.children(site.node).map(({ slot }, position): Visit => ({
      site: Site.part(site, position),
      address: Node.address(address, slot),
      reach: standing === undefined ? reach : reachOf(site, position, standing),
      parts: []
    }))
    found.push({ ...visit, parts })
    for (let i = parts.length - 1; i >= 0; i--) stack.push(parts[i] as Visit)
  }
  return found
}

/** What a step's own counters and its reach make of it. */
const ofStep = (reach: Reach, completed: number, failed: number): Status => {
  if (reach === "within") return "current"
  if (failed > 0) return "failed"
  if (completed > 0) return "done"
  return reach === "ahead" ? "pending" : "skipped"
}

/** What has become of a composite, from what has become of its parts. */
const ofParts = (reach: Reach, node: Node.Node, parts: ReadonlyArray<Entry>): Status => {
  if (reach === "within") return "current"
  const decisive = ((): ReadonlyArray<Entry> => {
    switch (node._tag) {
      // A sequence has come to its end where its last item has.
      case "AndThen":
        return parts.some(({ status }) => status === "failed") ? parts : parts.slice(-1)
      // What undoes a part, or is done when it is cancelled, says nothing of how the part ended.
      case "Compensate":
      case "OnCancel":
        return parts.slice(0, 1)
      // Once a handler or an interruption was entered, it says how the whole ended.
      case "Catch":
      case "InterruptWith":
        return parts[1] !== undefined && isEntered(parts[1]) ? parts.slice(1) : parts.slice(0, 1)
      default:
        return parts.filter(isEntered)
    }
  })()
  if (decisive.some(({ status }) => status === "failed")) return "failed"
  if (decisive.length > 0 && decisive.every(({ status }) => status === "done")) return "done"
  return reach === "ahead" ? "pending" : "skipped"
}

/** Forks are counted themselves: whether one has gone on well does not follow from its branches. */
const isFork = ({ _tag }: Node.Node): boolean => _tag === "Parallel" || _tag === "Race" || _tag === "ForEach"

const isEntered = ({ status }: Entry): boolean => status === "done" || status === "failed" || status === "current"

/** How the whole has ended is known, whatever became of its parts. */
const ending = ({ leaf }: Thread, status: Status): Status => {
  if (leaf._tag === "Continue") return "skipped"
  if (!hasEnded(leaf)) return status
  return leaf._tag === "Done" ? "done" : leaf._tag === "Failed" ? "failed" : "skipped"
}

/** Reads the progress of every static node off a position. */
export const progress = (root: Thread, body: Site.Site, trail: Trie.Trie<number>): Progress => {
  const result = new Map<string, Entry>()
  for (const { address, parts, reach, site } of visits(root, body).toReversed()) {
    const counter = Trie.get(trail, site.counter) ?? 0
    const completed = counter % FAILURE
    const failed = Math.floor(counter / FAILURE)
    const status =
      site.nodes.length === 0 || isFork(site.node)
        ? ofStep(reach, completed, failed)
        : ofParts(
            reach,
            site.node,
            parts.map((part) => result.get(part.address) as Entry)
          )
    result.set(address, { status: address === "" ? ending(root, status) : status, completed, failed })
  }
  return result
}
