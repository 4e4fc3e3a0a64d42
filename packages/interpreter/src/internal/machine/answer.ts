/** Answers a query from the parts of a workflow that are live, the outermost first. */
import type { Query } from "@waymark/core"
import * as Option from "effect/Option"
import { seenFrom, shown } from "./compose.ts"
import * as Site from "./site.ts"
import { hasEnded, type Frame, type Thread } from "./thread.ts"
import * as Walk from "./walk.ts"

/** The answer, where some live part gives one. Around the whole body it is given after the end too. */
export const answer = (root: Thread, body: Site.Site, query: Query.Any): Option.Option<unknown> => {
  if (hasEnded(root.leaf)) {
    for (let site = body; site.node._tag === "AnswerQuery"; site = Site.part(site, 0)) {
      if (site.node.query.name === query.name) return Option.some(site.node.answer(shown(root)))
    }
    return Option.none()
  }
  for (const thread of Walk.threads(root)) {
    if (hasEnded(thread.leaf)) continue
    let outermost: Frame | undefined
    for (let frame = thread.stack; frame !== undefined; frame = frame.next) {
      const { node } = frame.site
      if (node._tag === "AnswerQuery" && node.query.name === query.name) outermost = frame
    }
    if (outermost?.site.node._tag === "AnswerQuery") {
      return Option.some(outermost.site.node.answer(seenFrom(thread, outermost)))
    }
  }
  return Option.none()
}
