/**
 * What functions have decided on in a run. A position keeps only what is still under way, so a journal is folded once more, and whatever is
 * made or counted meanwhile is written down.
 */
import { Node, type Workflow } from "@waymark/core"
import * as Result from "effect/Result"
import type { Event } from "../../Event.ts"
import type { Decided, Decision, Entry, Progress, Status } from "../../Progress.ts"
import { recover } from "./evolve.ts"
import type { RecoveryError } from "./machine.ts"
import { inside } from "./progress.ts"
import * as Site from "./site.ts"
import { shapeOfTree } from "./snapshot/shape.ts"
import type { Watch } from "./turn.ts"

/** What one call of a function has made: one tree of a `flatMap`, of a generator each that it has yielded. */
type Made = Array<Site.Site>

/** What was seen while a journal was folded. */
interface Seen {
  /** By the site of the function. */
  readonly made: Map<Site.Site, Array<Made>>
  readonly counts: Map<Site.Site, number>
  readonly errors: Map<Site.Site, string | undefined>
}

const push = <K, A>(lists: Map<K, Array<A>>, key: K, value: A): void => {
  const known = lists.get(key)
  if (known === undefined) lists.set(key, [value])
  else known.push(value)
}

const watching = ({ counts, errors, made }: Seen): Watch => {
  /** By the call of a generator, which goes on yielding. */
  const calls = new Map<object, Made>()
  const isMade = (site: Site.Site): boolean => site.tree.source !== undefined
  return {
    decided: (inner) => {
      const { source } = inner.tree
      const call = source?._tag === "Yielded" ? source.at.activation : inner
      const trees = calls.get(call) ?? []
      // More than a position remembers is told of where it began.
      if (trees.length === 0) push(made, Site.outer(inner) ?? inner.origin, trees)
      trees.push(inner)
      calls.set(call, trees)
    },
    counted: (site, by) => {
      if (isMade(site)) counts.set(site, (counts.get(site) ?? 0) + by)
    },
    failed: (site, tag) => {
      if (isMade(site)) errors.set(site, tag)
    }
  }
}

/** What is to be seen first, where parts of one shape have come differently far. */
const order: ReadonlyArray<Status> = ["current", "failed", "done", "compensated", "pending", "skipped"]

const sum = (values: ReadonlyArray<number | undefined>): number =>
  values.reduce<number>((all, value = 0) => all + value, 0)

/** One entry for several of the same place. */
const together = (entries: ReadonlyArray<Entry>): Entry => {
  const error = entries.findLast((entry) => entry.error !== undefined)?.error
  const compensated = sum(entries.map((entry) => entry.compensated))
  const turns = sum(entries.map((entry) => entry.turns))
  const items = entries.flatMap((entry) => entry.items ?? [])
  const waits = entries.flatMap((entry) => entry.waits ?? [])
  return {
    status: order.find((status) => entries.some((entry) => entry.status === status)) ?? "pending",
    completed: sum(entries.map(({ completed }) => completed)),
    failed: sum(entries.map(({ failed }) => failed)),
    ...(error !== undefined && { error }),
    ...(compensated > 0 && { compensated }),
    ...(turns > 0 && { turns }),
    ...(items.length > 0 && {
      items: { done: sum(items.map(({ done }) => done)), total: sum(items.map(({ total }) => total)) }
    }),
    ...(waits.length > 0 && { waits })
  }
}

const merged = (all: ReadonlyArray<Progress>): Progress => {
  const [first, ...others] = all
  if (first === undefined || others.length === 0) return first ?? new Map()
  return new Map([...first.keys()].map((at) => [at, together(all.flatMap((progress) => progress.get(at) ?? []))]))
}

/** Trees that follow one another with the same shape: a generator that yields in a loop. */
const runsOf = (trees: Made): ReadonlyArray<Made> => {
  const found: Array<Made> = []
  for (const tree of trees) {
    const last = found.at(-1)
    if (last?.[0] !== undefined && shapeOfTree(last[0]) === shapeOfTree(tree)) last.push(tree)
    else found.push([tree])
  }
  return found
}

/** The functions of a tree, by their addresses in it. */
const functionsOf = (top: Site.Site): ReadonlyArray<readonly [address: string, site: Site.Site]> => {
  const found: Array<readonly [string, Site.Site]> = []
  const stack: Array<readonly [string, Site.Site]> = [["", top]]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [address, site] = next
    if (site.node._tag === "FlatMap" || site.node._tag === "Gen") found.push(next)
    const parts = Node.children(site.node).map(
      ({ slot }, position) => [Node.address(address, slot), Site.part(site, position)] as const
    )
    stack.push(...parts.toReversed())
  }
  return found
}

/** Functions within functions are no deeper than a position remembers, so this may call itself. */
const reading = ({ made }: Seen, read: (top: Site.Site) => Progress) => {
  /** One part for trees of one shape. */
  const part = (trees: ReadonlyArray<Site.Site>): Decided => ({
    node: (trees[0] as Site.Site).node,
    progress: merged(trees.map(read)),
    decisions: within(trees)
  })
  /** The decisions of functions at one place of trees of one shape. */
  const at = (address: string, sites: ReadonlyArray<Site.Site>): ReadonlyArray<Decision> => {
    const shapes = new Map<string, Array<ReadonlyArray<Made>>>()
    for (const trees of sites.flatMap((site) => made.get(site) ?? [])) {
      const runs = runsOf(trees)
      push(shapes, runs.map(([tree]) => shapeOfTree(tree as Site.Site)).join(" "), runs)
    }
    return [...shapes.values()].map((alike) => ({
      address,
      times: alike.length,
      parts: (alike[0] as ReadonlyArray<Made>).map((_, i) => part(alike.flatMap((runs) => runs[i] ?? [])))
    }))
  }
  const within = (trees: ReadonlyArray<Site.Site>): ReadonlyArray<Decision> => {
    const functions = trees.map(functionsOf)
    return (functions[0] ?? []).flatMap(([address], i) =>
      at(
        address,
        functions.flatMap((found) => found[i]?.[1] ?? [])
      )
    )
  }
  return within
}

/** What was decided on in a run, by its journal. */
export const decisions = (
  workflow: Workflow.Any,
  events: Iterable<Event>
): Result.Result<ReadonlyArray<Decision>, RecoveryError> => {
  const seen: Seen = { made: new Map(), counts: new Map(), errors: new Map() }
  return Result.map(recover(workflow, events, watching(seen)), ({ root }) => {
    const top = Site.root(workflow)
    const read = inside(root, top, {
      counterOf: (site) => seen.counts.get(site) ?? 0,
      remarkOf: (site) => {
        const error = seen.errors.get(site)
        return error === undefined ? undefined : { error }
      }
    })
    return reading(seen, read)([top])
  })
}
