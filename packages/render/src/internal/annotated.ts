/** Marks the nodes of a picture from a progress by address. */
import type { Progress } from "@waymark/interpreter"
import type { Kind, Mark, Picture } from "../Picture.ts"

const ahead: Mark = Object.freeze({ status: "pending", completed: 0 })

type Reading = { readonly [S in Progress.Status]: Progress.Status }

/** A node that is all there is at its address. */
const whole: Reading = {
  pending: "pending",
  current: "current",
  done: "done",
  compensated: "compensated",
  failed: "failed",
  skipped: "skipped"
}

/** A node for the beginning of a composite: behind us as soon as that is entered, however it ends. */
const beginning: Reading = { ...whole, current: "done", compensated: "done", failed: "done" }

/** A node for the end of a composite: not reached before that is done, and never where it failed. */
const end: Reading = { ...whole, current: "pending", compensated: "done", failed: "skipped" }

/** A node for the end of a race, which is where it fails, too. */
const decision: Reading = { ...end, failed: "failed" }

/** The marker of a failed workflow: the end of it that was reached only then. */
const failure: Reading = { ...end, done: "skipped", compensated: "skipped", failed: "failed" }

const readings: { readonly [K in Kind]: Reading } = {
  start: beginning,
  completed: end,
  failed: failure,
  step: whole,
  signal: whole,
  timer: whole,
  pure: whole,
  fail: whole,
  child: whole,
  send: whole,
  checkpoint: whole,
  continued: whole,
  draft: whole,
  dynamic: whole,
  choice: beginning,
  again: end,
  goto: end,
  fork: beginning,
  join: end,
  winner: decision,
  collapsed: whole
}

export const annotated = (picture: Picture, progress: Progress.Progress): Picture =>
  Object.freeze({
    ...picture,
    nodes: Object.freeze(
      picture.nodes.map((node) => {
        const { completed, status } = progress.get(node.address) ?? ahead
        const reading = readings[node.kind]
        // Counted where it happens: what a composite did often is seen on the steps inside.
        const mark: Mark = Object.freeze({ status: reading[status], completed: reading === whole ? completed : 0 })
        return Object.freeze({ ...node, mark })
      })
    )
  })
