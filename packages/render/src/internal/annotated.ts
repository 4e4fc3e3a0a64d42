/** Marks the nodes and groups of a picture from a progress by address. */
import { Node as Nodes } from "@waymark/core"
import type { Progress } from "@waymark/interpreter"
import type { Group, GroupKind, Kind, Mark, Node, Picture } from "../Picture.ts"
import { inShort, together } from "./marks.ts"

const ahead: Progress.Entry = Object.freeze({ status: "pending", completed: 0, failed: 0 })

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

const isClosing = ({ _tag }: Progress.Wait): boolean => _tag === "Closing"

/** What a node waits for itself: children are closed by the whole, before it comes to its end. */
const waitsOf = ({ kind }: Node, { waits = [] }: Progress.Entry): ReadonlyArray<Progress.Wait> =>
  readings[kind] === whole
    ? waits.filter((wait) => !isClosing(wait))
    : kind === "completed"
      ? waits.filter(isClosing)
      : []

const ofNode = (node: Node, progress: Progress.Progress): Mark => {
  const entry = progress.get(node.address) ?? ahead
  const reading = readings[node.kind]
  const status = reading[entry.status]
  const waits = waitsOf(node, entry)
  return Object.freeze({
    status,
    // Counted where it happens: what a composite did often is seen on the steps inside.
    completed: reading === whole ? entry.completed : 0,
    ...(status === "failed" && entry.error !== undefined && { error: entry.error }),
    ...(reading === whole && entry.compensated !== undefined && { compensated: entry.compensated }),
    ...(waits.length > 0 && { waits: Object.freeze(waits) })
  })
}

/** These frame the body alone of what stands at their address. */
const bodies: ReadonlySet<GroupKind> = new Set(["interruptible", "compensated", "cancellable"])

const ofGroup = ({ address, kind }: Group, progress: Progress.Progress): Mark => {
  const { compensated, error, items, status, turns } =
    progress.get(bodies.has(kind) ? Nodes.address(address, "body") : address) ?? ahead
  return Object.freeze({
    status,
    completed: 0,
    ...(status === "failed" && error !== undefined && { error }),
    ...(compensated !== undefined && { compensated }),
    ...(turns !== undefined && { turns }),
    ...(items !== undefined && { items })
  })
}

/** What becomes of the workflow that a child starts is in a journal of its own. */
const isElsewhere = ({ child, kind }: Group): boolean => child !== undefined || kind === "child"

const group = (given: Group, progress: Progress.Progress): Group => {
  if (isElsewhere(given)) return given
  if (given.holds === undefined) return Object.freeze({ ...given, mark: ofGroup(given, progress) })
  const holds = Object.freeze(given.holds.map((held) => group(held, progress)))
  return Object.freeze({ ...given, holds, mark: together(holds) })
}

const node = (given: Node, progress: Progress.Progress): Node => {
  if (given.child !== undefined) return given
  if (given.holds === undefined) return Object.freeze({ ...given, mark: ofNode(given, progress) })
  const holds = Object.freeze(given.holds.map((held) => node(held, progress)))
  if (given.frame === undefined) return Object.freeze({ ...given, holds, mark: together(holds) })
  const frame = group(given.frame, progress)
  return Object.freeze({ ...given, holds, frame, mark: inShort(frame, holds) })
}

export const annotated = (picture: Picture, progress: Progress.Progress): Picture =>
  Object.freeze({
    ...picture,
    nodes: Object.freeze(picture.nodes.map((given) => node(given, progress))),
    groups: Object.freeze(picture.groups.map((given) => group(given, progress)))
  })
