/** What is in a node of a workflow, for diagrams: sequences and scopes have no state of their own there. */
import { Node } from "@waymark/core"
import * as words from "../words.ts"

/** A node, and its address. */
export interface Located<N extends Node.Node = Node.Node> {
  readonly node: N
  readonly at: string
}

/** What a part consists of. */
export interface Inside {
  readonly items: ReadonlyArray<Located>
  /** What the scopes around it do that no diagram can say, in words. */
  readonly beside: ReadonlyArray<string>
}

type Words = { readonly [T in Node.Node["_tag"]]?: (node: Extract<Node.Node, { readonly _tag: T }>) => string }

const unnamed: { readonly [T in Node.Node["_tag"]]?: string } = {
  Parallel: "in parallel",
  Race: "race",
  FlatMap: "decided at run time",
  Gen: "decided at run time",
  Fail: "fail",
  ContinueAsNew: "continue as new"
}

/** What a node is called where its kind has to stand for a name. */
export const calledOf = (node: Node.Node): string | undefined => Node.nameOf(node) ?? unnamed[node._tag]

/** A change without a name, and a place that replay can begin from, are nothing to be seen. */
const isSilent = (node: Node.Node): boolean =>
  node._tag === "Checkpoint" || (node._tag === "Pure" && node.name === undefined)

/** What is said of a part, with the names of all that is in it. */
const told = (what: string, part: Node.Node): string => {
  const names: Array<string> = []
  const open = [part]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const name = isSilent(node) ? undefined : calledOf(node)
    if (name !== undefined) names.push(name)
    open.push(
      ...Node.children(node)
        .map((child) => child.node)
        .toReversed()
    )
  }
  return names.length === 0 ? what : `${what}: ${names.join(", ")}`
}

/** What each scope does, in words; nothing where it only holds together what is in it. */
const scopes: Words = {
  AnswerQuery: () => "",
  Embed: () => "",
  Saga: () => "",
  Uncancellable: () => "",
  Compensate: ({ undo }) => told("what undoes it", undo),
  OnCancel: ({ handler }) => told("what is done when it is cancelled", handler),
  Catch: ({ handler, tags }) => told(`what handles ${tags === undefined ? "failures" : tags.join(", ")}`, handler),
  InterruptWith: ({ interruption }) => told("what cuts it short", interruption)
}

const listed = (names: ReadonlyArray<string>): string => names.join(", ")

const keysOf = ({ branches }: Node.Parallel | Node.Race): string => listed(branches.map(({ key }) => key))

/** How branches come together where that is not simply when all are done. */
export const endingOf = (node: Node.Parallel): string =>
  node.until !== undefined ? "until a condition holds" : node.mode === "settle" ? "all settled" : ""

/** What a node with ways of its own does, where it is drawn as the list of its steps. */
const ways: Words = {
  Branch: ({ cases, name }) =>
    `the choice ${name} between ${listed([...cases.map(({ label }) => label), "otherwise"])}`,
  Match: ({ cases, name }) => `the choice ${name} between ${listed(Object.keys(cases))}`,
  Version: ({ name }) => `the choice by the change ${name}`,
  Loop: ({ name }) => `the loop ${name}`,
  ForEach: (node) => listed([words.forEach(node), ...(node.mode === "settle" ? ["all settled"] : [])]),
  Race: (node) =>
    `the race of ${keysOf(node)}, which the first ${node.wins === "settled" ? "to settle" : "success"} wins`,
  Parallel: (node) =>
    listed([...(node.branches.length > 1 ? [`side by side: ${keysOf(node)}`] : []), endingOf(node)].filter(Boolean)),
  Machine: ({ name }) => `the machine ${name}`
}

const wordsOf = (by: Words, node: Node.Node): string | undefined =>
  (by[node._tag] as ((node: Node.Node) => string) | undefined)?.(node)

export const partsOf = ({ at, node }: Located): ReadonlyArray<Located> =>
  Node.children(node).map((part) => ({ node: part.node, at: Node.address(at, part.slot) }))

/** Looks through sequences and scopes. */
export const inside = (spot: Located): Inside => {
  const items: Array<Located> = []
  const beside: Array<string> = []
  // Without recursion: scopes are as deep as workflows are nested.
  const stack = [spot]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node } = next
    const said = wordsOf(scopes, node)
    if (node._tag === "AndThen") stack.push(...partsOf(next).toReversed())
    else if (said !== undefined) {
      if (said !== "") beside.push(said)
      stack.push(...partsOf(next).slice(0, 1))
    } else if (!isSilent(node)) items.push(next)
  }
  return { items, beside }
}

/** What the list of the steps of a part does not say: of all that is in it, however deep. */
export const unsaid = (part: Located): ReadonlyArray<string> => {
  const found: Array<string> = []
  const open = [part]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { beside, items } = inside(next)
    found.push(...beside, ...items.map(({ node }) => wordsOf(ways, node) ?? ""))
    open.push(...items.flatMap(partsOf).toReversed())
  }
  return found.filter((said) => said !== "")
}

export const isMachine = (spot: Located | undefined): spot is Located<Node.Machine> => spot?.node._tag === "Machine"

/** Branches that go on side by side. */
export const isParallel = (spot: Located | undefined): spot is Located<Node.Parallel> =>
  spot?.node._tag === "Parallel" && spot.node.branches.length > 1
