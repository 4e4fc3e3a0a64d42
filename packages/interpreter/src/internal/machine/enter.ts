/** The meaning of each node where it is entered: it runs the user's pure functions and performs nothing. */
import { Codec, Misplaced, Node, NotWritten } from "@waymark/core"
import * as Generated from "./generated.ts"
import { placeOf } from "./keys.ts"
import * as Path from "./path.ts"
import * as Site from "./site.ts"
import { armed, frame, type Armed, type Attempts, type Frame } from "./thread.ts"
import { completed, failed, type Cursor, type Move, type Turn } from "./turn.ts"

const triggerLeaf = (site: Site.Site, state: unknown, at: number): Armed["leaf"] => {
  const { node } = site
  if (node._tag === "Await") return { _tag: "Timer", site, node, state, due: node.due(state, at), recorded: false }
  if (node._tag === "HandleSignal") return { _tag: "Signal", site, node, state }
  throw new TypeError(`an interruption cannot start with a ${node._tag}`)
}

const opened = ({ at }: Turn): Attempts => ({ attempt: 0, notBefore: at, lastError: undefined, openedAt: at })

/** Whether a saga is around what is entered now. */
export const isNested = ({ nested, stack }: Pick<Cursor, "nested" | "stack">): boolean => {
  for (let around = stack; !nested && around !== undefined; around = around.next) {
    if (around.site.node._tag === "Saga") return true
  }
  return nested
}

/** What a generator gave: its next part, or its end. */
export const generated = (
  turn: Turn,
  cursor: Cursor,
  site: Site.Site,
  next: Frame | undefined,
  { at, yielded }: ReturnType<typeof Generated.begin>
): Move => {
  if (yielded.done === true) {
    cursor.stack = next
    completed(turn, site)
    return { _tag: "Done", state: yielded.value }
  }
  const { node, state } = partOf(yielded.value)
  cursor.stack = frame(site, 0, next, at)
  const inner = Site.yielded(site, node, at)
  turn.watch?.decided(inner)
  return { _tag: "Enter", site: inner, state }
}

/** The part that a generator has yielded. */
export const partOf = (yielded: unknown): { readonly node: Node.Node; readonly state: unknown } => {
  const part = yielded as { readonly node?: unknown; readonly state?: unknown } | undefined
  if (typeof part !== "object" || part === null || !("node" in part)) {
    throw new TypeError("WIO.gen: its function has yielded something that is no part: yield* WIO.step(part, state)")
  }
  return { node: Node.of(part.node as never), state: part.state }
}

/** What a checkpoint may stand in: what can be found again without anything from before it. */
const transparent: ReadonlySet<Node.Node["_tag"]> = new Set<Node.Node["_tag"]>([
  "AndThen",
  "AnswerQuery",
  "Branch",
  "Catch",
  "Loop",
  "Machine",
  "Match",
  "Version"
])

const placed = (cursor: Cursor, site: Site.Site, name: string): void => {
  const refuse = (reason: string) => {
    throw new Misplaced({ step: name, reason })
  }
  if (cursor.path !== "") refuse("a checkpoint stands in the main thread, not in a branch")
  if (cursor.undos !== undefined)
    refuse("a checkpoint stands where nothing is left to undo: put a saga around what came before")
  if (site.tree.source !== undefined)
    refuse("a checkpoint stands in the definition, not in what a flatMap or gen gives")
  for (let around = site.parent; around !== undefined; around = around.parent) {
    const { _tag } = around.node
    if (!transparent.has(_tag)) refuse(`a checkpoint cannot stand within ${_tag}, which recovery could not find again`)
  }
}

/** Enters a site. */
export const enter = (turn: Turn, cursor: Cursor, site: Site.Site, state: unknown): Move => {
  const { node } = site
  turn.site = site
  switch (node._tag) {
    case "Pure": {
      const next = node.informed ? node.f(state, turn.info) : (node.f as (state: unknown) => unknown)(state)
      completed(turn, site)
      return { _tag: "Done", state: next }
    }
    case "Fail": {
      const error = node.f(state)
      failed(turn, site, error)
      return { _tag: "Failed", state, error, origin: { site, state } }
    }
    case "RunIO": {
      const { at } = turn
      return { _tag: "RunIO", site, node, state, attempt: 0, notBefore: at, lastError: undefined, openedAt: at }
    }
    case "HandleSignal":
      return { _tag: "Signal", site, node, state }
    case "Await":
      return { _tag: "Timer", site, node, state, due: node.due(state, turn.at), recorded: false }
    case "Child": {
      const { instance, run } = turn.info
      const id = node.id?.(state) ?? Path.idempotencyKey(instance, run, cursor.path, cursor.ordinal)
      return { _tag: "Child", site, node, state, id, started: false, ...opened(turn) }
    }
    case "SignalTo":
      return { _tag: "Send", site, node, state, to: node.id(state), ...opened(turn) }
    case "Version":
      return { _tag: "Version", site, node, state }
    case "Checkpoint":
      placed(cursor, site, node.name)
      return { _tag: "Checkpoint", site, node, state }
    case "ContinueAsNew": {
      if (cursor.path !== "") {
        throw new Misplaced({ step: "continueAsNew", reason: "it stands in the main thread, not in a branch" })
      }
      const input = node.input(state)
      completed(turn, site)
      return { _tag: "Continue", state, input }
    }
    case "Draft":
      throw new NotWritten({ step: node.name })
    case "FlatMap": {
      const inner = Site.computed(site, Node.of(node.f(state) as never), state)
      completed(turn, site)
      turn.watch?.decided(inner)
      return { _tag: "Enter", site: inner, state }
    }
    case "Gen":
      return generated(turn, cursor, site, cursor.stack, Generated.begin(site, node, state))
    case "AndThen":
      cursor.stack = frame(site, 1, cursor.stack)
      return { _tag: "Enter", site: Site.part(site, 0), state }
    case "AnswerQuery":
    case "Catch":
    case "Compensate":
    case "Loop":
    case "OnCancel":
    case "Uncancellable":
      cursor.stack = frame(site, 0, cursor.stack)
      return { _tag: "Enter", site: Site.part(site, 0), state }
    case "Saga":
      cursor.stack = frame(site, 0, cursor.stack, { _tag: "Scope", order: turn.orders, nested: isNested(cursor) })
      return { _tag: "Enter", site: Site.part(site, 0), state }
    case "Embed":
      cursor.stack = frame(site, 0, cursor.stack, { _tag: "Outer", state })
      return { _tag: "Enter", site: Site.part(site, 0), state: node.in(state) }
    case "InterruptWith": {
      const trigger = triggerLeaf(Site.trigger(site), state, turn.at)
      cursor.stack = frame(site, 0, cursor.stack, { _tag: "Scope", order: turn.orders, nested: false })
      cursor.armed = armed(trigger, cursor.stack, cursor.ordinal, -1, cursor.armed)
      return { _tag: "Enter", site: Site.part(site, 0), state }
    }
    case "Match": {
      const tag = Codec.tagOf(state)
      const position = tag === undefined ? undefined : placeOf(site.keys, tag)
      if (position === undefined) {
        throw new Error(
          `match "${node.name}" has no case for ${tag === undefined ? "a state without _tag" : `"${tag}"`}`
        )
      }
      return { _tag: "Enter", site: Site.part(site, position), state }
    }
    case "Branch": {
      const taken = node.cases.findIndex(({ when }) => when(state))
      return { _tag: "Enter", site: Site.part(site, taken === -1 ? node.cases.length : taken), state }
    }
    case "Machine": {
      const position = placeOf(site.keys, node.initial) as number
      cursor.stack = frame(site, position, cursor.stack)
      return { _tag: "Enter", site: Site.part(site, position), state }
    }
    case "Parallel":
    case "Race":
    case "ForEach":
      return { _tag: "Split", site, node, state }
  }
}
