/** Progress from a position: the counters of completed steps, and what the live threads stand in. */
import { Node } from "@waymark/core"
import type { Entry, Progress, Status } from "../../Progress.ts"
import { FAILURE } from "./advance.ts"
import * as Site from "./site.ts"
import { hasEnded, type Thread } from "./thread.ts"
import * as Trie from "./trie.ts"
import * as Walk from "./walk.ts"

/** How a node stands to the live threads, given how its parent does. */
type Reach = "ahead" | "within" | "passed"

/** The sites in which a live thread stands, each with the parts it stands in. */
const liveSites = (root: Thread): ReadonlyMap<Site.Site, ReadonlySet<number>> => {
  const live = new Map<Site.Site, Set<number>>()
  for (const thread of Walk.threads(root)) {
    if (hasEnded(thread.leaf)) continue
    const standing = thread.leaf._tag === "Fork" ? [thread.leaf.site] : []
    for (const { leaf } of Walk.stepsOf(thread)) standing.push(leaf.site)
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
    case "InterruptWith":
      // The handler may still be needed while the body runs; the body is over once the handler does.
      return position === 1 ? "ahead" : "passed"
    default:
      return "passed"
  }
}

/** Reads the progress of every static node off a position. */
export const progress = (root: Thread, body: Site.Site, trail: Trie.Trie<number>): Progress => {
  const live = liveSites(root)
  const result = new Map<string, Entry>()
  interface Visit {
    readonly site: Site.Site
    readonly address: string
    readonly reach: Reach
  }
  const stack: Array<Visit> = [{ site: body, address: "", reach: live.has(body) ? "within" : "passed" }]
  for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
    const { address, reach, site } = visit
    const counter = Trie.get(trail, site.counter) ?? 0
    const entry = { completed: counter % FAILURE, failed: Math.floor(counter / FAILURE) }
    const parts = Node.children(site.node)
    const standing = live.get(site)
    const status: Status =
      reach === "within"
        ? "current"
        : entry.failed > 0
          ? "failed"
          : entry.completed > 0
            ? "done"
            : reach === "ahead"
              ? "pending"
              : "skipped"
    result.set(address, { ...entry, status })
    for (const [position, { slot }] of parts.entries()) {
      stack.push({
        site: Site.part(site, position),
        address: Node.address(address, slot),
        reach: standing === undefined ? reach : reachOf(site, position, standing)
      })
    }
  }
  return result
}
