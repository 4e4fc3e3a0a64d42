/** What is done before a thread goes on: completed steps undone, handlers of a cancellation run, children closed. */
import type { Node } from "@waymark/core"
import type { Event } from "@waymark/interpreter"
import { Raised, type Cut } from "./ends.ts"
import type { Here } from "./here.ts"
import { Close } from "./messages.ts"
import { visible } from "./seen.ts"
import type { Resting } from "./thread.ts"

/** A child that runs on its own, and is to be closed when its parent ends. */
export interface OpenChild {
  readonly id: string
  readonly workflow: string
  readonly policy: Exclude<Node.Child["onParentClose"], "abandon">
}

export type Work =
  | { readonly _tag: "Run"; readonly node: Node.Node; readonly state: unknown }
  | { readonly _tag: "Close"; readonly child: OpenChild; readonly state: unknown }

/** A completed step that can be undone. `order` counts completions over the whole run. */
export interface Undo {
  readonly node: Node.Node
  readonly state: unknown
  readonly order: number
}

/** Undoes what was completed, the latest first. */
export const undoing = (undos: ReadonlyArray<Undo>): ReadonlyArray<Work> =>
  undos.toReversed().map(({ node, state }) => ({ _tag: "Run", node, state }))

/** One after the other. What they end in is nobody's; they must not fail. */
export const perform = function* (all: ReadonlyArray<Work>, here: Here): Generator<Resting, void, Event.Event> {
  for (const [index, work] of all.entries()) {
    const inside = here.in("Work", undefined, all.slice(index + 1))
    try {
      if (work._tag === "Run") yield* inside.run(work.node, work.state)
      else yield* inside.wait(new Close(work.child, work.state, here.thread.run.now))
    } catch (end) {
      throw end instanceof Raised ? new Error("what undoes a step must not fail", { cause: end.error }) : end
    }
  }
}

/** What a cut has collected when it has come to its target, where `undos` are left to undo. */
export const collected = (cut: Cut, undos: ReadonlyArray<Undo>): ReadonlyArray<Work> => {
  const state = visible(cut.state)
  const closing = cut.child === undefined ? [] : [{ _tag: "Close", child: cut.child, state } as const]
  return [...closing, ...cut.work, ...undoing(undos)]
}
