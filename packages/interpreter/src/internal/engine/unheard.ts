/** Signals that an instance will never come to handle, as its definition is now: most likely a name that was misspelt. */
import type { Workflow } from "@waymark/core"
import type { Send } from "../../Journal.ts"
import * as Nodes from "../nodes.ts"
import { nearest } from "../words.ts"
import { isChildEnd, isControl } from "./control.ts"

/** Why a signal waits for good; `undefined` where a part of the workflow may wait for it. */
export const unheard = (workflow: Workflow.Any, send: Send): string | undefined => {
  if (isControl(send.name) || isChildEnd(send)) return undefined
  const names = Nodes.signalsIn(workflow.body)
  if (names === undefined || names.has(send.name)) return undefined
  const known =
    names.size === 0 ? "It waits for none at all." : `Those that it waits for: ${nearest(names, send.name)}.`
  return `signal ${JSON.stringify(send.name)} (id "${send.id}") has come, and no part of version ${workflow.version} waits for it. ${known}`
}
