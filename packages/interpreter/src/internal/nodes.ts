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

/** Remembers what was found out about nodes. */
const remembered = <A>(find: (root: Node.Node) => A): ((root: Node.Node) => A) => {
  const known = new WeakMap<Node.Node, { readonly found: A }>()
  return (root) => {
    const { found } = known.get(root) ?? { found: find(root) }
    known.set(root, { found })
    return found
  }
}

/** The names of the changes that a definition chooses by. */
export const changesIn = remembered(
  (root): ReadonlySet<string> =>
    new Set(Array.from(within(root)).flatMap((node) => (node._tag === "Version" ? [node.name] : [])))
)

/** The keys of all forks within a node; `undefined` where some are known only once it runs. */
export const keysIn = remembered((root): ReadonlySet<string> | undefined => {
  const keys = new Set<string>()
  for (const node of within(root)) {
    if (node._tag === "ForEach" || node._tag === "FlatMap" || node._tag === "Gen") return undefined
    if (node._tag === "Parallel" || node._tag === "Race") for (const { key } of node.branches) keys.add(key)
  }
  return keys
})

/** The names of the signals that a definition waits for; `undefined` where some are known only once it runs. */
export const signalsIn = remembered((root): ReadonlySet<string> | undefined => {
  const names = new Set<string>()
  for (const node of within(root)) {
    if (node._tag === "FlatMap" || node._tag === "Gen") return undefined
    if (node._tag === "HandleSignal") names.add(node.name)
  }
  return names
})
