/** The nodes of a definition. What is computed during a run is not among them. */
import { Node } from "@waymark/core"

/** A node and all within it. One that stands in many places is given once. */
export function* within(root: Node.Node): Generator<Node.Node> {
  const open: Array<Node.Node> = [root]
  const seen = new Set<Node.Node>()
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    yield node
    for (const part of Node.children(node)) open.push(part.node)
  }
}

const known = new WeakMap<Node.Node, ReadonlySet<string>>()

/** The names of the changes that a definition chooses by. */
export const changesIn = (root: Node.Node): ReadonlySet<string> => {
  const found =
    known.get(root) ?? new Set(Array.from(within(root), (node) => (node._tag === "Version" ? node.name : "")))
  known.set(root, found)
  return found
}
