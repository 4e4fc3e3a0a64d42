/** A picture read from its first node to its last, with its groups opened and closed around them. */
import type { Group, Node, Picture } from "../../Picture.ts"
import { grouped, type Item, type Nesting } from "../nesting.ts"

/** What a language of diagrams writes, one after the other. `depth` counts the groups around it. */
export type Written =
  | { readonly _tag: "Open"; readonly group: Group; readonly depth: number }
  | { readonly _tag: "Node"; readonly node: Node; readonly depth: number }
  | { readonly _tag: "Close"; readonly group: Group; readonly depth: number }

/**
 * The groups of a picture, and what stands in each, in the order in which it is written.
 *
 * Mermaid starts an arrow that leaves a group at the first of its nodes. Where the last one is the first to be written, what
 * the arrow leads to comes below the group, and not beside it, where there is no room for its label.
 */
export const ordered = (picture: Picture): Nesting => {
  const nesting = grouped(picture)
  const { items, parts } = nesting
  const turned = new Set<string>()
  for (const { from } of picture.edges) {
    for (let id = from; items.get(id)?._tag === "Group" && !turned.has(id); id = parts.get(id)?.[0] ?? "") {
      turned.add(id)
      const inside = parts.get(id) ?? []
      parts.set(id, [...inside.slice(-1), ...inside.slice(0, -1)])
    }
  }
  return nesting
}

/** A group opens at its first node and closes after its last. */
export const inOrder = ({ items, parts }: Nesting): ReadonlyArray<Written> => {
  const written: Array<Written> = []
  // Without recursion: pictures are as deep as workflows are nested.
  const stack: Array<Written> = []
  const visit = (frame: string, depth: number) => {
    for (const id of (parts.get(frame) ?? []).toReversed()) {
      const { _tag, value } = items.get(id) as Exclude<Item, { readonly _tag: "Lane" }>
      stack.push(_tag === "Node" ? { _tag, node: value, depth } : { _tag: "Open", group: value, depth })
    }
  }
  visit("", 0)
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    written.push(item)
    if (item._tag !== "Open") continue
    stack.push({ ...item, _tag: "Close" })
    visit(item.group.id, item.depth + 1)
  }
  return written
}

/** The blanks before a line. However deep a workflow is nested, its text stays linear in its size. */
export const indent = (depth: number): string => "  ".repeat(Math.min(depth + 1, 16))
