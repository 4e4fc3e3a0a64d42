/** What dynamic nodes have decided on, drawn beside them. */
import { Node as Nodes } from "@waymark/core"
import type { Progress } from "@waymark/interpreter"
import type { Edge, Group, Lane, Node, Picture } from "../Picture.ts"
import { annotated } from "./annotated.ts"
import { algebraIn } from "./drawing.ts"
import * as ids from "./ids.ts"
import { together } from "./marks.ts"
import type { Part } from "./part.ts"
import { place } from "./place.ts"
import * as Rope from "./rope.ts"

/** What is added to a picture. */
interface Addition {
  readonly nodes: Array<Node>
  readonly edges: Array<Edge>
  readonly groups: Array<Group>
  readonly lanes: Array<Lane>
}

const nothing = (): Addition => ({ nodes: [], edges: [], groups: [], lanes: [] })

/** A part of a decision under the ids and addresses that it has in the whole. */
interface Placed extends Addition {
  readonly entry: string
  readonly exits: ReadonlyArray<string>
}

const placed = (
  { decisions, node, progress }: Progress.Decided,
  group: Group,
  i: number,
  isMarked: boolean,
  drawn: Set<string>
): Placed => {
  const part: Part = Nodes.fold<Part>(node, algebraIn({ deep: 0, drawn }))
  const plain = place(part.drawn, part.edges, undefined)
  const small = unfoldedIn(isMarked ? annotated(plain, progress) : plain, decisions, drawn)
  const at = Nodes.address(group.address, String(i))
  const address = (given: string): string => (given === "" ? at : `${at}/${given}`)
  const id = (given: string): string => ids.inside(group.id, i, given)
  const inside = <A extends Node | Group | Lane>(item: A): A =>
    Object.freeze<A>({
      ...item,
      id: id(item.id),
      address: address(item.address),
      group: item.group === undefined ? group.id : id(item.group),
      ...(item.lane !== undefined && { lane: id(item.lane) }),
      ...(item.child !== undefined && { child: address(item.child) }),
      ...("of" in item && item.of !== undefined && { of: id(item.of) })
    })
  return {
    nodes: small.nodes.map(inside),
    edges: small.edges.map((edge) => Object.freeze({ ...edge, from: id(edge.from), to: id(edge.to) })),
    groups: small.groups.map(inside),
    lanes: (small.lanes ?? []).map(inside),
    entry: id(part.entry),
    exits: [...new Set(Rope.toArray(part.exits).map(({ from }) => id(from)))]
  }
}

/** The mark of the parts of a decision together: equal parts would be counted, these are one after the other. */
const markOf = (parts: ReadonlyArray<Progress.Decided>): Group["mark"] => {
  const marks = parts.map(({ progress }) => ({
    mark: { status: progress.get("")?.status ?? ("pending" as const), completed: 0 }
  }))
  const { tally: _, ...mark } = together(marks) ?? { status: "pending", completed: 0 }
  return Object.freeze(mark)
}

/** Draws one decision of a dynamic node: a group of its parts in a chain, which leads nowhere. */
const decision = (
  to: Addition,
  by: Node,
  { parts, times }: Progress.Decision,
  nth: number,
  names: Set<string>
): void => {
  const id = ids.decided(by.id, nth)
  const address = Nodes.address(by.address, `decision ${nth}`)
  const lane: Lane = Object.freeze({
    id: `${id}_x_l`,
    address,
    kind: "decision",
    label: "",
    group: by.group,
    ...(by.lane !== undefined && { lane: by.lane }),
    of: by.id
  })
  const group: Group = Object.freeze({
    id,
    address,
    kind: "decided",
    label: times === 1 ? "decided" : `decided, ${times} times`,
    group: by.group,
    lane: lane.id,
    mark: by.mark === undefined ? undefined : markOf(parts)
  })
  to.lanes.push(lane)
  to.groups.push(group)
  let exits: ReadonlyArray<string> = [by.id]
  for (const [i, part] of parts.entries()) {
    const drawn = placed(part, group, i, by.mark !== undefined, names)
    const kind = i === 0 ? "decision" : "next"
    for (const from of exits) to.edges.push(Object.freeze({ from, to: drawn.entry, kind, label: undefined }))
    to.nodes.push(...drawn.nodes)
    to.edges.push(...drawn.edges)
    to.groups.push(...drawn.groups)
    to.lanes.push(...drawn.lanes)
    exits = drawn.exits
  }
}

/** `drawn` are the names of the workflows that are drawn already: what has decided on its own workflow is not drawn inside itself. */
const unfoldedIn = (picture: Picture, decisions: ReadonlyArray<Progress.Decision>, drawn: Set<string>): Picture => {
  if (decisions.length === 0) return picture
  const of = new Map<string, Array<Progress.Decision>>()
  for (const found of decisions) of.set(found.address, [...(of.get(found.address) ?? []), found])
  const added = nothing()
  for (const node of picture.nodes) {
    added.nodes.push(node)
    if (node.kind !== "dynamic") continue
    for (const [i, found] of (of.get(node.address) ?? []).entries()) decision(added, node, found, i + 1, drawn)
  }
  return Object.freeze({
    ...picture,
    nodes: Object.freeze(added.nodes),
    edges: Object.freeze([...picture.edges, ...added.edges]),
    groups: Object.freeze([...picture.groups, ...added.groups]),
    lanes: Object.freeze([...(picture.lanes ?? []), ...added.lanes])
  })
}

export const unfolded = (picture: Picture, decisions: ReadonlyArray<Progress.Decision>): Picture =>
  unfoldedIn(picture, decisions, new Set(picture.nodes.flatMap(({ kind, label }) => (kind === "start" ? [label] : []))))
