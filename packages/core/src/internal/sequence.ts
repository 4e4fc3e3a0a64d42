/** A sequence as its items, however its `andThen`s were nested: what makes `andThen` associative for every reader. */
import type { Node } from "../Node.ts"

/** The items of a sequence in order; a node that is no sequence is its own only item. */
export const flatten = (node: Node): ReadonlyArray<Node> => {
  if (node._tag !== "AndThen") return [node]
  const items: Array<Node> = []
  const stack: Array<Node> = [node]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next._tag === "AndThen") stack.push(next.second, next.first)
    else items.push(next)
  }
  return items
}
