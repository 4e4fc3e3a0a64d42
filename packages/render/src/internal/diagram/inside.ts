/** What is in a node of a workflow, for diagrams: sequences and scopes have no state of their own there. */
import { Node } from "@waymark/core"

/** A node, and its address. */
export interface Spot<N extends Node.Node = Node.Node> {
  readonly node: N
  readonly at: string
}

/** What a part consists of. */
export interface Inside {
  readonly items: ReadonlyArray<Spot>
  /** What the scopes around it do that no diagram can say, in words. */
  readonly beside: ReadonlyArray<string>
}

/** What each scope does, in words; nothing where it only holds together what is in it. */
const scopes: { readonly [T in Node.Node["_tag"]]?: (node: Extract<Node.Node, { readonly _tag: T }>) => string } = {
  AnswerQuery: () => "",
  Embed: () => "",
  Saga: () => "",
  Uncancellable: () => "",
  Compensate: () => "what undoes a part",
  OnCancel: () => "what is done when it is cancelled",
  Catch: ({ tags }) => `what handles ${tags === undefined ? "failures" : tags.join(", ")}`,
  InterruptWith: ({ interruption }) => `what cuts it short: ${Node.nameOf(Node.items(interruption)[0] as Node.Node)}`
}

/** A change without a name, and a place that replay can begin from, are nothing to be seen. */
const isSilent = (node: Node.Node): boolean =>
  node._tag === "Checkpoint" || (node._tag === "Pure" && node.name === undefined)

export const partsOf = ({ at, node }: Spot): ReadonlyArray<Spot> =>
  Node.children(node).map((part) => ({ node: part.node, at: Node.address(at, part.slot) }))

/** Looks through sequences and scopes. */
export const inside = (spot: Spot): Inside => {
  const items: Array<Spot> = []
  const beside: Array<string> = []
  // Without recursion: scopes are as deep as workflows are nested.
  const stack = [spot]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node } = next
    const words = (scopes[node._tag] as ((node: Node.Node) => string) | undefined)?.(node)
    if (node._tag === "AndThen") stack.push(...partsOf(next).toReversed())
    else if (words !== undefined) {
      if (words !== "") beside.push(words)
      stack.push(...partsOf(next).slice(0, 1))
    } else if (!isSilent(node)) items.push(next)
  }
  return { items, beside }
}

export const isMachine = (spot: Spot | undefined): spot is Spot<Node.Machine> => spot?.node._tag === "Machine"

/** Branches that go on side by side. */
export const isParallel = (spot: Spot | undefined): spot is Spot<Node.Parallel> =>
  spot?.node._tag === "Parallel" && spot.node.branches.length > 1
