/** What stands on a node, an edge or a group in every syntax: its label, and what an execution adds to that. */
import type * as Picture from "../../Picture.ts"
import { count, saidBelow, saidOfNode } from "../said.ts"
import type { Settings } from "./settings.ts"

/** Several lines: its name and how often it was completed, what its label says below that, and what its mark says. */
export const nodeLabel = (node: Picture.Node): string => {
  const { label, mark } = node
  if (mark === undefined) return label
  const [name = "", ...details] = label.split("\n")
  const first = [name, ...count(mark)].filter((text) => text !== "").join(" ")
  return [first, ...details, ...saidOfNode(node, mark)].join("\n")
}

/** A road that is called after its type need not say that twice. */
export const edgeLabel = ({ label, state }: Picture.Edge, { types }: Settings): string =>
  [label, types && state !== label ? state : undefined].filter((text) => text !== undefined && text !== "").join("\n")

/** One line: a frame has no room for more. */
export const groupLabel = ({ label, mark }: Picture.Group): string =>
  mark === undefined ? label : [label, ...saidBelow(mark)].filter((text) => text !== "").join(", ")
