/**
 * Static positions. A node may stand in several places of a workflow; a site is one of them. Sites are made when they
 * are first entered and kept for the workflow, so a step that runs again finds everything prepared.
 */
import { Node, type Workflow } from "@waymark/core"

export interface Site {
  readonly node: Node.Node
  /** Where it stands; `undefined` for the root. */
  readonly parent: Site | undefined
  /** Which part of its parent it is. */
  readonly position: number
  /** The nearest position known before the run: itself, or the `flatMap` whose function made it. */
  readonly origin: Site
  /** The counter of completions that it shares with its origin. */
  readonly counter: number
  /** Its parts, made as they are entered. */
  readonly parts: Array<Site | undefined>
  readonly nodes: ReadonlyArray<Node.Node>
  /** Which part a branch key or a tag stands for. */
  readonly keys: ReadonlyMap<string, number>
  readonly program: Program
}

/** What the sites of one workflow share. */
interface Program {
  counters: number
}

const noNodes: ReadonlyArray<Node.Node> = []
/** Shared by all sites without parts; nothing is ever put into it. */
const noParts: Array<Site | undefined> = []
const noKeys: ReadonlyMap<string, number> = new Map()

const nodesOf = (node: Node.Node): ReadonlyArray<Node.Node> => {
  switch (node._tag) {
    case "AndThen":
      return Node.items(node)
    case "AnswerQuery":
    case "Branch":
    case "Catch":
    case "InterruptWith":
    case "Loop":
    case "Match":
    case "Parallel":
      return Node.children(node).map((child) => child.node)
    case "Await":
    case "Fail":
    case "FlatMap":
    case "HandleSignal":
    case "Pure":
    case "RunIO":
      return noNodes
  }
}

const keysOf = (node: Node.Node): ReadonlyMap<string, number> => {
  if (node._tag === "Parallel") return new Map(node.branches.map(({ key }, index) => [key, index]))
  if (node._tag === "Match") return new Map(Object.keys(node.cases).map((tag, index) => [tag, index]))
  return noKeys
}

const make = (
  node: Node.Node,
  parent: Site | undefined,
  position: number,
  origin: Site | undefined,
  program: Program
): Site => {
  const nodes = nodesOf(node)
  const site: { -readonly [K in keyof Site]: Site[K] } = {
    node,
    parent,
    position,
    origin: undefined as unknown as Site,
    counter: origin === undefined ? program.counters++ : origin.counter,
    parts: nodes.length === 0 ? noParts : [],
    nodes,
    keys: keysOf(node),
    program
  }
  site.origin = origin ?? site
  return site
}

const roots = new WeakMap<Workflow.Any, Site>()

/** The root site of a workflow. */
export const root = (workflow: Workflow.Any): Site => {
  const known = roots.get(workflow)
  if (known !== undefined) return known
  const site = make(workflow.body, undefined, 0, undefined, { counters: 0 })
  roots.set(workflow, site)
  return site
}

/** A part of a site by its position. */
export const part = (site: Site, position: number): Site => {
  const known = site.parts[position]
  if (known !== undefined) return known
  const node = site.nodes[position]
  if (node === undefined) throw new RangeError(`a ${site.node._tag} has no part ${position}`)
  const made = make(node, site, position, site.origin === site ? undefined : site.origin, site.program)
  site.parts[position] = made
  return made
}

/** The site of a workflow that a `flatMap` has computed. It is not kept: every round of a loop may compute another. */
export const dynamic = (flatMap: Site, node: Node.Node): Site =>
  make(node, flatMap.origin, -1, flatMap.origin, flatMap.program)

/** The first step of an interruption, which is its trigger. */
export const trigger = (interruptWith: Site): Site => {
  const interruption = part(interruptWith, 1)
  return interruption.node._tag === "AndThen" ? part(interruption, 0) : interruption
}
