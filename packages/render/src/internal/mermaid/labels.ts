/** What stands on a node, an edge or a group in every syntax: its label, and what an execution adds to that. */
import type * as Picture from "../../Picture.ts"
import type { Settings } from "./settings.ts"

/** Several lines; the first one names it. */
export const nodeLabel = ({ label, mark }: Picture.Node): string => {
  const count = mark !== undefined && mark.completed > 1 ? `×${mark.completed}` : ""
  return label !== "" && count !== "" ? `${label} ${count}` : `${label}${count}`
}

export const edgeLabel = ({ label }: Picture.Edge, _settings: Settings): string => label ?? ""

export const groupLabel = ({ label }: Picture.Group): string => label
