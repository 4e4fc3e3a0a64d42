/** Collapse by depth: a group that is nested too deep becomes one node, and edges into it or out of it lead there. */
import type { Edge, Group, Kind, Node, Picture } from "../Picture.ts"
import { inShort } from "./marks.ts"

/** What is no part of a workflow of its own, but says how parts hang together. */
const joints: ReadonlySet<Kind> = new Set([
  "start",
  "completed",
  "failed",
  "choice",
  "again",
  "goto",
  "fork",
  "join",
  "winner"
])

const isJoint = ({ kind, label }: Node): boolean => joints.has(kind) || (kind === "pure" && label === "")

/** How many parts of the workflow nodes stand for. */
export const size = (nodes: ReadonlyArray<Node>): number =>
  nodes.reduce((total, node) => total + (node.holds !== undefined ? size(node.holds) : isJoint(node) ? 0 : 1), 0)

const inWords = (nodes: ReadonlyArray<Node>): string => {
  const steps = size(nodes)
  return steps === 1 ? "1 step" : `${steps} steps`
}

/** Which of the groups that become nodes each group goes into: itself or one around it. Groups come after those around them. */
const targets = (groups: ReadonlyArray<Group>, depth: number): ReadonlyMap<string, Group> => {
  const depths = new Map<string, number>()
  const into = new Map<string, Group>()
  for (const group of groups) {
    const at = 1 + (group.group === undefined ? 0 : (depths.get(group.group) ?? 0))
    const around = group.group === undefined ? undefined : into.get(group.group)
    depths.set(group.id, at)
    if (around !== undefined) into.set(group.id, around)
    else if (at > depth) into.set(group.id, group)
  }
  return into
}

const collapsed = (frame: Group, holds: ReadonlyArray<Node>): Node =>
  Object.freeze({
    id: frame.id,
    address: frame.address,
    kind: "collapsed",
    label: frame.label === "" ? inWords(holds) : `${frame.label}\n${inWords(holds)}`,
    ...(frame.note !== undefined && { note: frame.note }),
    ...(frame.ways !== undefined && { ways: frame.ways }),
    group: frame.group,
    ...(frame.lane !== undefined && { lane: frame.lane }),
    ...(frame.child !== undefined && { child: frame.child }),
    mark: inShort(frame, holds),
    holds: Object.freeze(holds),
    frame
  })

/** Edges with their ends moved: none from a node to itself, and of equal ones the first. */
const moved = (edges: ReadonlyArray<Edge>, moveTo: (id: string) => string): ReadonlyArray<Edge> => {
  const kept = new Map<string, Edge>()
  for (const [i, edge] of edges.entries()) {
    const [from, to] = [moveTo(edge.from), moveTo(edge.to)]
    if (from === edge.from && to === edge.to) kept.set(`${i}`, edge)
    else if (from !== to) {
      const key = JSON.stringify([from, to, edge.kind, edge.label])
      const known = kept.get(key)
      if (known === undefined) kept.set(key, Object.freeze({ ...edge, from, to }))
      else if (known.state !== edge.state) {
        const { state: _, ...others } = known
        kept.set(key, Object.freeze(others))
      }
    }
  }
  return [...kept.values()]
}

export const shallow = (picture: Picture, depth: number): Picture => {
  const into = targets(picture.groups, depth)
  if (into.size === 0) return picture
  const held = new Map<string, Array<Node>>()
  // A group stands where its first node does.
  const order: Array<Node | string> = []
  const moves = new Map<string, string>()
  for (const node of picture.nodes) {
    const target = node.group === undefined ? undefined : into.get(node.group)
    if (target === undefined) {
      order.push(node)
      continue
    }
    moves.set(node.id, target.id)
    const known = held.get(target.id)
    if (known === undefined) {
      held.set(target.id, [node])
      order.push(target.id)
    } else known.push(node)
  }
  for (const [id, target] of into) moves.set(id, target.id)
  return Object.freeze({
    ...picture,
    nodes: Object.freeze(
      order.map((item) => (typeof item === "string" ? collapsed(into.get(item) as Group, held.get(item) ?? []) : item))
    ),
    edges: Object.freeze(moved(picture.edges, (id) => moves.get(id) ?? id)),
    groups: Object.freeze(picture.groups.filter(({ id }) => !into.has(id))),
    lanes: Object.freeze((picture.lanes ?? []).filter(({ group }) => group === undefined || !into.has(group)))
  })
}
