/** Progress from a position: the counters of completed steps, and what the live threads stand in. */
import { Codec, Node } from "@waymark/core"
import type { Entry, Progress, Status } from "../../Progress.ts"
import type { Machine } from "./machine.ts"
import * as Site from "./site.ts"
import { hasEnded, isStep, type Thread } from "./thread.ts"
import * as Trie from "./trie.ts"
import { FAILURE, type Remark } from "./turn.ts"
import { seen as seenIn, type Seen } from "./waits.ts"
import * as Walk from "./walk.ts"

/** How a node stands to the live threads, given how its parent does. */
type Reach = "ahead" | "within" | "passed"

/** The part of the definition that a site belongs to: what functions have made counts as these. */
const defined = (site: Site.Site): Site.Site => site.origin

/** The sites in which a live thread stands, each with the parts it stands in. */
const liveSites = (root: Thread, level: (site: Site.Site) => Site.Site): Reading["live"] => {
  const live = new Map<Site.Site, Set<number>>()
  for (const thread of Walk.threads(root)) {
    if (hasEnded(thread.leaf)) continue
    const { leaf: resting } = thread
    const standing = "site" in resting && !isStep(resting) ? [resting.site] : []
    // The closing of a child belongs to no node: the one that started it is over.
    for (const { leaf } of Walk.stepsOf(thread)) if (leaf._tag !== "Close") standing.push(leaf.site)
    for (const start of standing) {
      let site: Site.Site | undefined = level(start)
      for (let below: number | undefined; site !== undefined;) {
        const known = live.get(site)
        if (known !== undefined && (below === undefined || known.has(below))) break
        const parts = known ?? new Set<number>()
        if (below !== undefined) parts.add(below)
        live.set(site, parts)
        // What a function has made is no part of it.
        const isPart: boolean = site.parent?.tree === site.tree
        below = isPart ? site.position : undefined
        site = isPart ? site.parent : Site.outer(site)
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

/** What statuses are read off. */
interface Reading {
  /** The sites in which a live thread stands, each with the parts it stands in. */
  readonly live: ReadonlyMap<Site.Site, ReadonlySet<number>>
  readonly seen: ReadonlyMap<Site.Site, Seen>
  readonly counterOf: (site: Site.Site) => number
  readonly remarkOf: (site: Site.Site) => Remark | undefined
}

interface Visit {
  readonly site: Site.Site
  readonly address: string
  readonly reach: Reach
  readonly parts: ReadonlyArray<Visit>
}

/** The static nodes, each before its parts. */
const visits = (live: Reading["live"], body: Site.Site): ReadonlyArray<Visit> => {
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

/** How the whole has ended is known, whatever became of its parts: not before its last child is closed. */
const ending = ({ leaf }: Thread): Status => {
  if (leaf._tag === "Continue") return "skipped"
  if (!hasEnded(leaf)) return "current"
  return leaf._tag === "Done" ? "done" : leaf._tag === "Failed" ? "failed" : "skipped"
}

/** What counters mean depends on the node that they stand at. */
const countsOf = ({ node }: Site.Site, counter: number) => {
  const [low, high] = [counter % FAILURE, Math.floor(counter / FAILURE)]
  switch (node._tag) {
    case "Loop":
    case "Machine":
      return { completed: 0, failed: 0, turns: low }
    case "Compensate":
      return { completed: low, failed: 0, undone: high }
    default:
      return { completed: low, failed: high }
  }
}

/** What made a composite fail. */
const errorOf = (status: Status, parts: ReadonlyArray<Entry>): string | undefined =>
  status === "failed" ? parts.findLast(({ status }) => status === "failed")?.error : undefined

const entryOf = (
  { parts, reach, site }: Visit,
  { counterOf, remarkOf, seen }: Reading,
  result: ReadonlyMap<string, Entry>
): Entry => {
  const here = seen.get(site)
  const { completed, failed, turns = 0, undone = 0 } = countsOf(site, counterOf(site))
  const isCounted = site.nodes.length === 0 || isFork(site.node)
  const inside = isCounted ? [] : parts.map(({ address }) => result.get(address) as Entry)
  const status = isCounted ? ofStep(reach, completed, failed) : ofParts(reach, site.node, inside)
  const remark = remarkOf(site)
  const error = isCounted ? remark?.error : errorOf(status, inside)
  const items = here?.items ?? remark?.items
  return {
    status,
    completed,
    failed,
    ...(error !== undefined && { error }),
    ...(undone > 0 && { compensated: undone }),
    ...(turns > 0 && { turns }),
    ...(items !== undefined && { items }),
    ...(here !== undefined && here.waits.length > 0 && { waits: here.waits })
  }
}

/** What was undone as often as it was done is so with all its parts; visits come before those of their parts. */
const undo = (visits: ReadonlyArray<Visit>, result: Map<string, Entry>): void => {
  const inside = new Set<string>()
  for (const { address, parts, reach, site } of visits) {
    const entry = result.get(address) as Entry
    const { compensated = 0, completed } = entry
    const isScope = site.node._tag === "Compensate" && compensated > 0
    const isUndone = inside.has(address) || (isScope && compensated >= completed && reach !== "within")
    if (isUndone && entry.status === "done") result.set(address, { ...entry, status: "compensated" })
    for (const [position, part] of parts.entries()) {
      if (position === 1 && (site.node._tag === "Compensate" || site.node._tag === "OnCancel")) continue
      if (isUndone) inside.add(part.address)
      if (isScope) result.set(part.address, { ...(result.get(part.address) as Entry), compensated })
    }
  }
}

/** Reads the progress of a tree, by the addresses in it. */
const read = (reading: Reading, top: Site.Site): Map<string, Entry> => {
  const result = new Map<string, Entry>()
  const all = visits(reading.live, top)
  for (const visit of all.toReversed()) result.set(visit.address, entryOf(visit, reading, result))
  undo(all, result)
  return result
}

/** Reads the progress of every static node off a position. */
export const progress = (
  { remarks, root, trail }: Pick<Machine, "remarks" | "root" | "trail">,
  body: Site.Site
): Progress => {
  const result = read(
    {
      live: liveSites(root, defined),
      seen: seenIn(root, body, defined),
      counterOf: ({ counter }) => Trie.get(trail, counter) ?? 0,
      remarkOf: ({ counter }) => Trie.get(remarks, counter)
    },
    body
  )
  const { error: _, ...whole } = result.get("") as Entry
  const { leaf } = root
  const tag = leaf._tag === "Failed" ? Codec.tagOf(leaf.error) : undefined
  result.set("", { ...whole, status: ending(root), ...(tag !== undefined && { error: tag }) })
  return result
}

/** Reads trees that functions have made during a run, from what was counted of each site meanwhile. */
export const inside = (
  root: Thread,
  body: Site.Site,
  { counterOf, remarkOf }: Pick<Reading, "counterOf" | "remarkOf">
): ((top: Site.Site) => Progress) => {
  const itself = (site: Site.Site): Site.Site => site
  const reading = { live: liveSites(root, itself), seen: seenIn(root, body, itself), counterOf, remarkOf }
  return (top) => read(reading, top)
}
