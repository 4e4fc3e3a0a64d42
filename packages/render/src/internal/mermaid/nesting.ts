/** A picture read from its first node to its last, with its groups opened and closed around them. */
import type { Group, Node, Picture } from "../../Picture.ts"

/** What a language of diagrams writes, one after the other. `depth` counts the groups around it. */
export type Item =
  | { readonly _tag: "Open"; readonly group: Group; readonly depth: number }
  | { readonly _tag: "Node"; readonly node: Node; readonly depth: number }
  | { readonly _tag: "Close"; readonly group: Group; readonly depth: number }

/** A group opens at its first node and closes after its last. */
export const nested = ({ groups, nodes }: Picture): ReadonlyArray<Item> => {
  const byId = new Map(groups.map((group) => [group.id, group]))
  const items: Array<Item> = []
  const open: Array<Group> = []
  const opened = new Set<string>()
  const leaveFor = (id: string | undefined) => {
    for (let group = open.at(-1); group !== undefined && group.id !== id; group = open.at(-1)) {
      open.pop()
      opened.delete(group.id)
      items.push({ _tag: "Close", group, depth: open.length })
    }
  }
  for (const node of nodes) {
    const ahead: Array<Group> = []
    let around = node.group
    while (around !== undefined && !opened.has(around)) {
      const group = byId.get(around) as Group
      ahead.push(group)
      around = group.group
    }
    leaveFor(around)
    for (const group of ahead.toReversed()) {
      items.push({ _tag: "Open", group, depth: open.length })
      open.push(group)
      opened.add(group.id)
    }
    items.push({ _tag: "Node", node, depth: open.length })
  }
  leaveFor(undefined)
  return items
}

/** The blanks before a line. However deep a workflow is nested, its text stays linear in its size. */
export const indent = (depth: number): string => "  ".repeat(Math.min(depth + 1, 16))
