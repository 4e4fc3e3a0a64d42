/** How long the arrows of a flowchart are that leave a group, in ranks. */
import type { Picture } from "../../Picture.ts"
import type { Nesting } from "../nesting.ts"

/** Longer ones would only make the picture larger. */
const most = 9

/**
 * Where Mermaid starts an arrow that leaves a group: of a flowchart it looks into the groups inside first, the last of them before the
 * others.
 */
const anchor = ({ items, parts }: Nesting, group: string): string => {
  const isGroup = (id: string) => items.get(id)?._tag === "Group"
  let at = group
  while (isGroup(at)) {
    const inside = parts.get(at) ?? []
    at = inside.findLast(isGroup) ?? inside[0] ?? ""
  }
  return at
}

/**
 * For each group that an arrow leaves: how many ranks its last node is below where that arrow starts, and one more. So what the
 * arrow leads to comes below the group.
 */
export const reach = ({ edges }: Picture, nesting: Nesting): ReadonlyMap<string, number> => {
  const { items } = nesting
  const groupOf = (id: string): string | undefined => items.get(id)?.value.group
  const isIn = (id: string, group: string): boolean => {
    for (let at = groupOf(id); at !== undefined; at = groupOf(at)) if (at === group) return true
    return false
  }
  const following = new Map<string, Array<string>>()
  for (const { from, kind, to } of edges) {
    if (kind !== "next") continue
    const others = following.get(from)
    if (others === undefined) following.set(from, [to])
    else others.push(to)
  }
  const reaches = new Map<string, number>()
  for (const { from } of edges) {
    if (items.get(from)?._tag !== "Group" || reaches.has(from)) continue
    let ranks = 0
    let front = new Set([anchor(nesting, from)])
    while (front.size > 0 && ranks < most) {
      front = new Set([...front].flatMap((id) => following.get(id) ?? []).filter((id) => isIn(id, from)))
      ranks++
    }
    reaches.set(from, ranks)
  }
  return reaches
}
