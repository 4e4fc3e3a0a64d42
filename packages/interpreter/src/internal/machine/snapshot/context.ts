/** Which schemas the states at a site are written with: an embedded workflow has its own. */
import type { Codec, Node, Workflow } from "@waymark/core"
import type { Site } from "../site.ts"

/** What is around a site: its parent or, of what was computed, the site whose function did. */
const around = ({ parent, tree: { source } }: Site): Site | undefined => {
  // The parent of a computed tree's root is the static origin, which may be further out than the function that computed it.
  if (source === undefined || parent === undefined || source._tag === "Lost") return parent
  if (parent.tree.source === source) return parent
  return source._tag === "Computed" ? source.site : source.at.activation.site
}

/** The embedded workflow that a site stands in, where that is one with schemas. */
const embedded = (site: Site | undefined): Node.Embed | undefined => {
  for (let at = site === undefined ? undefined : around(site); at !== undefined; at = around(at)) {
    if (at.node._tag === "Embed" && at.node.codec !== undefined) return at.node
  }
  return undefined
}

/** The schema of the states at a site. */
export const codecAt = (workflow: Workflow.Any, site: Site | undefined): Codec.Codec<unknown> =>
  embedded(site)?.codec ?? workflow.state

/** The schema of the input of the workflow that a site stands in. */
export const inputCodecAt = (workflow: Workflow.Any, site: Site | undefined): Codec.Codec<unknown> =>
  embedded(site)?.input ?? workflow.input
