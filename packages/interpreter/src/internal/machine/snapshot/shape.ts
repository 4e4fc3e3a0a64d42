/** The shape of a definition as a short text: where it differs, a snapshot's positions mean something else. */
import { Node, type Workflow } from "@waymark/core"
import * as Site from "../site.ts"

const known = new WeakMap<Workflow.Any, string>()

/** What of a node decides where its parts are, and what its events are called. */
const trait = ({ node, nodes, keys }: Site.Site): string =>
  `${node._tag}\u0000${Node.nameOf(node) ?? ""}\u0000${nodes.length}\u0000${keys.names.join("\u0001")}\u0002`

/** 53 bits of a hash over the nodes in order. */
export const shapeOf = (workflow: Workflow.Any): string => {
  const found = known.get(workflow)
  if (found !== undefined) return found
  let [high, low] = [0xdeadbeef, 0x41c6ce57]
  for (const site of Site.all(Site.root(workflow))) {
    const text = trait(site)
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      high = Math.imul(high ^ code, 2_654_435_761)
      low = Math.imul(low ^ code, 1_597_334_677)
    }
  }
  const shape = `${(high >>> 0).toString(36)}${(low >>> 0).toString(36)}`
  known.set(workflow, shape)
  return shape
}
