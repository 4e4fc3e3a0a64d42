/** The places of a workflow in the order in which it is read: each node with its address, before its parts. */
import { Node } from "@waymark/core"

/** A node where it stands. A node that is used twice has two places. */
export interface Place {
  readonly node: Node.Node
  readonly slot: string
  readonly address: string
  readonly index: number
  /** One past the index of the last place within. */
  readonly end: number
  readonly parent: Place | undefined
  /** Which of the parent's parts it is. */
  readonly position: number
  readonly parts: ReadonlyArray<Place>
}

type Growing = { -readonly [K in keyof Place]: Place[K] } & { parts: Array<Place> }

/** All places, without a call stack: depth is no limit. */
export const places = (root: Node.Node): ReadonlyArray<Place> => {
  const at = (node: Node.Node, slot: string, address: string, parent?: Growing, position = 0): Growing => ({
    node,
    slot,
    address,
    index: 0,
    end: 0,
    parent,
    position,
    parts: []
  })
  const all: Array<Growing> = []
  const open: Array<Growing> = [at(root, "", "")]
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    place.index = all.length
    all.push(place)
    const parts = Node.children(place.node).map(({ node, slot }, position) =>
      at(node, slot, Node.address(place.address, slot), place, position)
    )
    place.parts = parts
    for (let index = parts.length - 1; index >= 0; index--) open.push(parts[index] as Growing)
  }
  for (const place of all.toReversed()) place.end = place.parts.at(-1)?.end ?? place.index + 1
  return all
}

/** The part that stands in a slot, where there is one. */
export const part = (place: Place, slot: string): Place | undefined => place.parts.find((part) => part.slot === slot)

/** The signal or timer that an interruption begins with. */
export const triggerOf = (interruptWith: Place): Place => {
  const interruption = part(interruptWith, "interruption") as Place
  return interruption.node._tag === "AndThen" ? (interruption.parts[0] as Place) : interruption
}

/** Whether a place is the trigger of an interruption: it is waited at beside the part that it may cut short. */
export const isTrigger = (place: Place): boolean => {
  const { parent } = place
  if (parent?.node._tag === "InterruptWith") return place.slot === "interruption"
  return parent?.node._tag === "AndThen" && parent.parts[0] === place && isTrigger(parent)
}

/** Whether the parts of a node run side by side, each in a thread of its own. */
export const isFork = ({ _tag }: Node.Node): boolean => _tag === "Parallel" || _tag === "Race" || _tag === "ForEach"

/** How many segments of an address a message shows. */
const SHOWN = 6

/** The address as messages have it: of a deep one the end, for the whole would fill pages. */
export const words = (place: Place): string => {
  if (place.parent === undefined) return "the body"
  const segments: Array<string> = []
  let at: Place = place
  for (; at.parent !== undefined && segments.length < SHOWN; at = at.parent) segments.push(Node.address("", at.slot))
  return `"${at.parent === undefined ? "" : "…/"}${segments.toReversed().join("/")}"`
}
