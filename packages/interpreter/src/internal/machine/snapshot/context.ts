/** Which schema the states at a site are written with: an embedded workflow has its own. */
import type { Codec, Workflow } from "@waymark/core"
import type { Site } from "../site.ts"

/** What is around a site: its parent or, of what was computed, the site whose function did. */
const around = ({ parent, tree: { source } }: Site): Site | undefined => {
  // The parent of a computed tree's root is the static origin, which may be further out than the function that computed it.
  if (source === undefined || parent === undefined || source._tag === "Lost") return parent
  if (parent.tree.source === source) return parent
  return source._tag === "Computed" ? source.site : source.at.activation.site
}

/** The schema of the states at a site. */
export const codecAt = (workflow: Workflow.Any, site: Site | undefined): Codec.Codec<unknown> => {
  for (let at = site === undefined ? undefined : around(site); at !== undefined; at = around(at)) {
    if (at.node._tag === "Embed" && at.node.codec !== undefined) return at.node.codec
  }
  return workflow.state
}
