/** The shape of a definition as a short text: where it differs, a snapshot's positions mean something else. */
import { Node, type Workflow } from "@waymark/core"
import * as Site from "../site.ts"

const known = new WeakMap<Site.Tree, string>()

/** What of a node decides where its parts are, and what its events are called. */
const trait = ({ node, nodes, keys }: Site.Site): string =>
  `${node._tag}\u0000${Node.nameOf(node) ?? ""}\u0000${nodes.length}\u0000${keys.names.join("\u0001")}\u0002`

/** 64 bits of a hash over the nodes of a tree, in order. */
export const shapeOfTree = (top: Site.Site): string => {
  const found = known.get(top.tree)
  if (found !== undefined) return found
  let [high, low] = [0xdeadbeef, 0x41c6ce57]
  for (const site of Site.all(top)) {
    const text = trait(site)
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      high = Math.imul(high ^ code, 2_654_435_761)
      low = Math.imul(low ^ code, 1_597_334_677)
    }
  }
  const shape = `${(high >>> 0).toString(36)}${(low >>> 0).toString(36)}`
  known.set(top.tree, shape)
  return shape
}

/** The shape of a definition. What functions compute during the run is not part of it: that has shapes of its own. */
export const shapeOf = (workflow: Workflow.Any): string => shapeOfTree(Site.root(workflow))
