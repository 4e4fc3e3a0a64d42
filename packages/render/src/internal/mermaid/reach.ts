/** How long the arrows of a flowchart are that leave a group, in ranks. */
import type { Picture } from "../../Picture.ts"
import type { Nesting } from "./nesting.ts"

/** Longer ones would only make the picture larger. */
const most = 9

/**
 * Where Mermaid starts an arrow that leaves a group: of a flowchart it looks into the groups inside first, the last of them before the
 * others.
 */
const anchor = ({ byId, children }: Nesting, group: string): string => {
  let at = group
  while (byId.has(at)) {
    const inside = children.get(at) ?? []
    at = (inside.findLast(({ id }) => byId.has(id)) ?? inside[0])?.id ?? ""
  }
  return at
}

/**
 * For each group that an arrow leaves: how many ranks its last node is below where that arrow starts, and one more. So what the
 * arrow leads to comes below the group.
 */
export const reach = ({ edges, nodes }: Picture, nesting: Nesting): ReadonlyMap<string, number> => {
  const around = new Map([...nodes, ...nesting.byId.values()].map(({ group, id }) => [id, group]))
  const isIn = (id: string, group: string): boolean => {
    for (let at = around.get(id); at !== undefined; at = around.get(at)) if (at === group) return true
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
    if (!nesting.byId.has(from) || reaches.has(from)) continue
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
