/** How the parts of a picture are nested: what is in each group and lane, in order. */
import type { Group, Lane, Node, Picture } from "../Picture.ts"

/** A node, or a frame with what is in it. */
export type Item =
  | { readonly _tag: "Node"; readonly value: Node }
  | { readonly _tag: "Group"; readonly value: Group }
  | { readonly _tag: "Lane"; readonly value: Lane }

/** The frame that an item is in; the empty name where it is in none. */
export const around = ({ value }: Item): string => value.lane ?? value.group ?? ""

export interface Nesting {
  readonly items: Map<string, Item>
  /** What is in a frame, in order; under the empty name what is in none. */
  readonly parts: Map<string, ReadonlyArray<string>>
}

/** The same, where frames are groups alone: what syntaxes write that know no lanes. */
export const grouped = (picture: Picture): Nesting =>
  nestingBy({ ...picture, lanes: [] }, ({ value }) => value.group ?? "")

export const nesting = (picture: Picture): Nesting => nestingBy(picture, around)

const nestingBy = ({ groups, lanes = [], nodes }: Picture, frameOf: (item: Item) => string): Nesting => {
  const items = new Map<string, Item>()
  const parts = new Map<string, Array<string>>()
  const put = (id: string): void => {
    const frame = frameOf(items.get(id) as Item)
    const siblings = parts.get(frame)
    if (siblings === undefined) parts.set(frame, [id])
    else siblings.push(id)
  }
  for (const value of groups) items.set(value.id, { _tag: "Group", value })
  for (const value of lanes) items.set(value.id, { _tag: "Lane", value })
  const placed = new Set<string>([""])
  for (const value of nodes) {
    const item: Item = { _tag: "Node", value }
    items.set(value.id, item)
    // A frame stands where its first node does.
    const way = [value.id]
    for (let at = frameOf(item); !placed.has(at) && items.has(at); at = frameOf(items.get(at) as Item)) {
      placed.add(at)
      way.push(at)
    }
    for (const id of way.toReversed()) put(id)
  }
  return { items, parts }
}

/** An item and all that is in it, in order. */
export const within = ({ parts }: Pick<Nesting, "parts">, top: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  const stack = [top]
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    found.push(id)
    stack.push(...(parts.get(id) ?? []).toReversed())
  }
  return found
}
