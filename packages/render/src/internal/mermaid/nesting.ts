/** A picture read from its first node to its last, with its groups opened and closed around them. */
import type { Group, Node, Picture } from "../../Picture.ts"

/** What a language of diagrams writes, one after the other. `depth` counts the groups around it. */
export type Item =
  | { readonly _tag: "Open"; readonly group: Group; readonly depth: number }
  | { readonly _tag: "Node"; readonly node: Node; readonly depth: number }
  | { readonly _tag: "Close"; readonly group: Group; readonly depth: number }

/** What stands directly in a group, or in none. */
type Children = Map<string | undefined, Array<Node | Group>>

const childrenOf = (nodes: ReadonlyArray<Node>, groups: ReadonlyMap<string, Group>): Children => {
  const children: Children = new Map()
  for (const node of nodes) {
    for (let child: Node | Group | undefined = node; child !== undefined;) {
      const siblings = children.get(child.group)
      if (siblings === undefined) children.set(child.group, [child])
      else siblings.push(child)
      // A group comes where its first node does.
      child = siblings === undefined && child.group !== undefined ? groups.get(child.group) : undefined
    }
  }
  return children
}

/**
 * Mermaid starts an arrow that leaves a group at the first of its nodes. Where the last one is the first to be written, what
 * the arrow leads to comes below the group, and not beside it, where there is no room for its label.
 */
const turn = (children: Children, groups: ReadonlyMap<string, Group>, edges: Picture["edges"]): void => {
  const turned = new Set<string>()
  for (const { from } of edges) {
    for (let id = from; groups.has(id) && !turned.has(id); id = children.get(id)?.[0]?.id ?? "") {
      turned.add(id)
      const inside = children.get(id) ?? []
      inside.unshift(...inside.splice(-1))
    }
  }
}

/** The groups of a picture, and what stands in each, in the order in which it is written. */
export interface Nesting {
  readonly byId: ReadonlyMap<string, Group>
  readonly children: ReadonlyMap<string | undefined, ReadonlyArray<Node | Group>>
}

export const nesting = ({ edges, groups, nodes }: Picture): Nesting => {
  const byId = new Map(groups.map((group) => [group.id, group]))
  const children = childrenOf(nodes, byId)
  turn(children, byId, edges)
  return { byId, children }
}

/** A group opens at its first node and closes after its last. */
export const inOrder = ({ byId, children }: Nesting): ReadonlyArray<Item> => {
  const items: Array<Item> = []
  // Without recursion: pictures are as deep as workflows are nested.
  const stack: Array<Item> = []
  const visit = (group: string | undefined, depth: number) => {
    for (const child of (children.get(group) ?? []).toReversed()) {
      const inside = byId.get(child.id)
      stack.push(
        inside === undefined ? { _tag: "Node", node: child as Node, depth } : { _tag: "Open", group: inside, depth }
      )
    }
  }
  visit(undefined, 0)
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    items.push(item)
    if (item._tag !== "Open") continue
    stack.push({ ...item, _tag: "Close" })
    visit(item.group.id, item.depth + 1)
  }
  return items
}

/** The blanks before a line. However deep a workflow is nested, its text stays linear in its size. */
export const indent = (depth: number): string => "  ".repeat(Math.min(depth + 1, 16))
