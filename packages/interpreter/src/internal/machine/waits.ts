/** What the steps of a position wait for, and how far its items have come, by the static sites that they belong to. */
import type { Items, Wait } from "../../Progress.ts"
import { itemsOf } from "./fork.ts"
import type * as Site from "./site.ts"
import type { Armed, Thread } from "./thread.ts"
import * as Walk from "./walk.ts"

/** What is to be seen of the live threads at a site. */
export interface Seen {
  readonly waits: Array<Wait>
  items: Items | undefined
}

/** The instant at which the nearest of a thread's interruptions cuts it short. */
const deadlineOf = (armed: Armed | undefined, around: number): number => {
  let nearest = around
  for (let at = armed; at !== undefined; at = at.next)
    if (at.leaf._tag === "Timer") nearest = Math.min(nearest, at.leaf.due)
  return nearest
}

const within = (until: number): { readonly until?: number } => (until === Infinity ? {} : { until })

const waitOf = ({ armed, leaf, path }: Walk.Waiting, deadline: number): Wait => {
  switch (leaf._tag) {
    case "Signal":
      // Nothing cuts short what would do that itself.
      return { _tag: "Signal", path, signal: leaf.node.name, ...(armed === undefined && within(deadline)) }
    case "Timer":
      return { _tag: "Timer", path, due: leaf.due }
    case "Close":
      return { _tag: "Closing", path, id: leaf.child.id }
    case "Child":
      if (leaf.started) return { _tag: "Child", path, id: leaf.id, ...within(deadline) }
      break
    default:
  }
  const isGivenUp = leaf.notBefore === Infinity
  return {
    _tag: "Attempt",
    path,
    attempt: isGivenUp ? leaf.attempt : leaf.attempt + 1,
    notBefore: isGivenUp ? null : leaf.notBefore,
    ...(leaf.lastError !== undefined && { lastError: leaf.lastError })
  }
}

/**
 * Reads the live threads; `body` is the site of the whole, where children are closed, and `level` where what is at a site is to be seen:
 * there, or where that was made.
 */
export const seen = (
  root: Thread,
  body: Site.Site,
  level: (site: Site.Site) => Site.Site
): ReadonlyMap<Site.Site, Seen> => {
  const found = new Map<Site.Site, Seen>()
  const at = (site: Site.Site): Seen => {
    const known = found.get(level(site)) ?? { waits: [], items: undefined }
    found.set(level(site), known)
    return known
  }
  const deadlines = new Map<Thread, number>()
  for (const thread of Walk.threads(root)) {
    const deadline = deadlineOf(thread.armed, deadlines.get(thread) ?? Infinity)
    for (const waiting of Walk.stepsOf(thread)) {
      at(waiting.leaf._tag === "Close" ? body : waiting.leaf.site).waits.push(waitOf(waiting, deadline))
    }
    const { leaf } = thread
    if (leaf._tag !== "Fork") continue
    for (const branch of Walk.branches(thread)) deadlines.set(branch, deadline)
    if (leaf.node._tag !== "ForEach" || level(leaf.site) !== leaf.site) continue
    const known = at(leaf.site)
    const { done, total } = itemsOf(leaf)
    known.items = { done: (known.items?.done ?? 0) + done, total: (known.items?.total ?? 0) + total }
  }
  return found
}
