import type { Node } from "@waymark/core"
import { same } from "./equals.ts"

// ---- Node.fold: a reading that forgets a node does not compile ----------------------------------------------------
const one = () => 1
const all = {
  AndThen: one,
  AnswerQuery: one,
  Await: one,
  Branch: one,
  Catch: one,
  Checkpoint: one,
  Child: one,
  Compensate: one,
  ContinueAsNew: one,
  Draft: one,
  Embed: one,
  Fail: one,
  FlatMap: one,
  ForEach: one,
  Gen: one,
  HandleSignal: one,
  InterruptWith: one,
  Loop: one,
  Machine: one,
  Match: one,
  OnCancel: one,
  Parallel: one,
  Pure: one,
  Race: one,
  RunIO: one,
  Saga: one,
  SignalTo: one,
  Uncancellable: one,
  Version: one
} satisfies Node.Algebra<number>
same<keyof typeof all, Node.Node["_tag"]>()

const { Loop: _loop, ...loopless } = all
// @ts-expect-error there is no handler for Loop
export const forgetful: Node.Algebra<number> = loopless
// @ts-expect-error a handler gives what the fold makes
export const other: Node.Algebra<string> = all
export const invented: Node.Algebra<number> = {
  ...all,
  // @ts-expect-error there is no such node
  Jump: one
}

// A handler is given its own node.
export const names: Pick<Node.Algebra<string>, "RunIO" | "AnswerQuery"> = {
  RunIO: (node) => {
    same<typeof node, Node.RunIO>()
    return node.name
  },
  AnswerQuery: (node, parts) => `${node.query.name}${parts.map((part) => part.value).join("")}`
}

declare const node: Node.RunIO
// @ts-expect-error nodes are read-only
node.name = "another"
