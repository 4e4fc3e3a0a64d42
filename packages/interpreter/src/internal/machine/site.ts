/**
 * Static positions. A node may stand in several places of a workflow; a site is one of them. Sites are made when they
 * are first entered and kept for the workflow, so a step that runs again finds everything prepared.
 */
import { Node, type Workflow } from "@waymark/core"
import type { Generated } from "./generated.ts"
import * as Keys from "./keys.ts"

export interface Site {
  readonly node: Node.Node
  /** Where it stands; `undefined` for the root. */
  readonly parent: Site | undefined
  /** Which part of its parent it is. */
  readonly position: number
  /** The nearest position known before the run: itself, or the node whose function made it. */
  readonly origin: Site
  /** The counter of completions that it shares with its origin. */
  readonly counter: number
  /** Its parts, made as they are entered. */
  readonly parts: Array<Site | undefined>
  readonly nodes: ReadonlyArray<Node.Node>
  /** Which part a branch key, a tag or a state stands for. */
  readonly keys: Keys.Keys
  readonly tree: Tree
}

/** What the sites of one workflow share: the definition's, or one that was computed during the run. */
export interface Tree {
  readonly counters: { next: number }
  /** What it was computed by and from; nothing for the definition. */
  readonly source: Source | undefined
  /** Its sites by their numbers, once somebody has asked. */
  sites: ReadonlyArray<Site> | undefined
  numbers: ReadonlyMap<Site, number> | undefined
}

/**
 * What a workflow was computed by: a `flatMap`, from a state, or a `gen`, after what it was given. `depth` counts the functions
 * within functions; `Lost` stands for more than anybody wants to write down.
 */
export type Source =
  | { readonly _tag: "Computed"; readonly site: Site; readonly state: unknown; readonly depth: number }
  | { readonly _tag: "Yielded"; readonly at: Generated; readonly depth: number }
  | { readonly _tag: "Lost" }

/** How many functions within functions a position remembers. */
export const DEEPEST = 256

const noNodes: ReadonlyArray<Node.Node> = []
/** Shared by all sites without parts; nothing is ever put into it. */
const noParts: Array<Site | undefined> = []
const noKeys = Keys.of([])

const nodesOf = (node: Node.Node): ReadonlyArray<Node.Node> => {
  switch (node._tag) {
    case "AndThen":
      return Node.items(node)
    case "AnswerQuery":
    case "Branch":
    case "Catch":
    case "Compensate":
    case "Embed":
    case "ForEach":
    case "InterruptWith":
    case "Loop":
    case "Machine":
    case "Match":
    case "OnCancel":
    case "Parallel":
    case "Race":
    case "Saga":
    case "Uncancellable":
    case "Version":
      return Node.children(node).map((child) => child.node)
    case "Await":
    case "Checkpoint":
    case "Child":
    case "ContinueAsNew":
    case "Draft":
    case "Fail":
    case "FlatMap":
    case "Gen":
    case "HandleSignal":
    case "Pure":
    case "RunIO":
    case "SignalTo":
      return noNodes
  }
}

const namesOf = (node: Node.Node): Keys.Keys => {
  if (node._tag === "Parallel" || node._tag === "Race") return Keys.of(node.branches.map(({ key }) => key))
  if (node._tag === "Match") return Keys.of(Object.keys(node.cases))
  if (node._tag === "Machine") return Keys.of(Object.keys(node.states))
  return noKeys
}

const make = (
  node: Node.Node,
  parent: Site | undefined,
  position: number,
  origin: Site | undefined,
  tree: Tree
): Site => {
  const nodes = nodesOf(node)
  const site: { -readonly [K in keyof Site]: Site[K] } = {
    node,
    parent,
    position,
    origin: undefined as unknown as Site,
    counter: origin === undefined ? tree.counters.next++ : origin.counter,
    parts: nodes.length === 0 ? noParts : [],
    nodes,
    keys: namesOf(node),
    tree
  }
  site.origin = origin ?? site
  return site
}

const roots = new WeakMap<Workflow.Any, Site>()

/** The root site of a workflow. */
export const root = (workflow: Workflow.Any): Site => {
  const known = roots.get(workflow)
  if (known !== undefined) return known
  const tree: Tree = { counters: { next: 0 }, source: undefined, sites: undefined, numbers: undefined }
  const site = make(workflow.body, undefined, 0, undefined, tree)
  roots.set(workflow, site)
  return site
}

/** A part of a site by its position. */
export const part = (site: Site, position: number): Site => {
  const known = site.parts[position]
  if (known !== undefined) return known
  const node = site.nodes[position]
  if (node === undefined) throw new RangeError(`a ${site.node._tag} has no part ${position}`)
  const made = make(node, site, position, site.origin === site ? undefined : site.origin, site.tree)
  site.parts[position] = made
  return made
}

/** The site of the function that computed the tree in which a site stands. */
export const outer = ({ tree: { source } }: Site): Site | undefined => {
  if (source === undefined || source._tag === "Lost") return undefined
  return source._tag === "Computed" ? source.site : source.at.activation.site
}

const depthOf = (source: Source | undefined): number =>
  source === undefined ? 0 : source._tag === "Lost" ? DEEPEST : source.depth

/**
 * The site of a workflow that a `flatMap` has computed from a state. It is not kept: every round of a loop may compute another.
 *
 * A function that computes its own rest would be within itself as often as it ran. But what it gives depends on the state alone: so it
 * is remembered where it stands first, and a recursion through one function is never deeper than one.
 */
export const computed = (flatMap: Site, node: Node.Node, state: unknown): Site => {
  let site = flatMap
  for (let around = outer(flatMap); around !== undefined; around = outer(around)) {
    if (around.node._tag === "FlatMap" && around.node.f === (flatMap.node as Node.FlatMap).f) site = around
  }
  const depth = depthOf(site.tree.source) + 1
  return dynamic(flatMap, node, depth > DEEPEST ? { _tag: "Lost" } : { _tag: "Computed", site, state, depth })
}

/** The site of a workflow that a `gen` has yielded. */
export const yielded = (gen: Site, node: Node.Node, at: Generated): Site => {
  const depth = depthOf(gen.tree.source) + 1
  return dynamic(gen, node, depth > DEEPEST ? { _tag: "Lost" } : { _tag: "Yielded", at, depth })
}

const dynamic = ({ origin, tree }: Site, node: Node.Node, source: Source): Site =>
  make(node, origin, -1, origin, { counters: tree.counters, source, sites: undefined, numbers: undefined })

/** The first step of an interruption, which is its trigger. */
export const trigger = (interruptWith: Site): Site => {
  const interruption = part(interruptWith, 1)
  return interruption.node._tag === "AndThen" ? part(interruption, 0) : interruption
}

/** The sites of a tree, each before its parts: a site's number is its place in them. Equal definitions have equal numbers. */
const listed = (tree: Tree, top: Site): ReadonlyArray<Site> => {
  if (tree.sites !== undefined) return tree.sites
  const sites: Array<Site> = []
  const stack: Array<Site> = [top]
  for (let site = stack.pop(); site !== undefined; site = stack.pop()) {
    sites.push(site)
    for (let position = site.nodes.length - 1; position >= 0; position--) stack.push(part(site, position))
  }
  tree.sites = sites
  tree.numbers = new Map(sites.map((site, number) => [site, number]))
  return sites
}

/** The root of a site's own tree. */
const topOf = (site: Site): Site => {
  let top = site
  while (top.parent !== undefined && top.parent.tree === site.tree) top = top.parent
  return top
}

/** The root of the definition that a site belongs to. */
export const definition = (site: Site): Site => {
  let top = site.origin
  while (top.parent !== undefined) top = top.parent
  return top
}

/** The number of a site in its tree. */
export const numberOf = (site: Site): number => {
  listed(site.tree, topOf(site))
  return site.tree.numbers?.get(site) ?? -1
}

/** All sites of a tree, each before its parts. */
export const all = (top: Site): ReadonlyArray<Site> => listed(top.tree, topOf(top))

/** The site with a number, in the tree of another. */
export const numbered = (top: Site, number: number): Site | undefined => listed(top.tree, topOf(top))[number]
