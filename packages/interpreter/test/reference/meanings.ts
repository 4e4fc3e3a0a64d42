/** What each node means. */
import type { Node } from "@waymark/core"
import { fork } from "./fork.ts"
import { interruptWith } from "./interrupt.ts"
import { continueAsNew } from "./life.ts"
import * as Messages from "./messages.ts"
import * as Plain from "./plain.ts"
import * as Scopes from "./scopes.ts"
import * as Steps from "./steps.ts"
import type { Meaning } from "./thread.ts"

type Meanings = { readonly [Tag in Node.Node["_tag"]]: Meaning<Extract<Node.Node, { readonly _tag: Tag }>> }

const meanings: Meanings = {
  AndThen: Plain.andThen,
  AnswerQuery: Plain.answerQuery,
  Await: Steps.await_,
  Branch: Plain.branch,
  Catch: Plain.catch_,
  Checkpoint: Steps.checkpoint,
  Child: Messages.child,
  Compensate: Scopes.compensate,
  ContinueAsNew: continueAsNew,
  Draft: Plain.draft,
  Embed: Plain.embed,
  Fail: Plain.fail,
  FlatMap: Plain.flatMap,
  ForEach: fork,
  Gen: Plain.gen,
  HandleSignal: Steps.handleSignal,
  InterruptWith: interruptWith,
  Loop: Plain.loop,
  Machine: Plain.machine,
  Match: Plain.match,
  OnCancel: Scopes.onCancel,
  Parallel: fork,
  Pure: Plain.pure,
  Race: fork,
  RunIO: Steps.runIO,
  Saga: Scopes.saga,
  SignalTo: Messages.signalTo,
  Uncancellable: Scopes.uncancellable,
  Version: Steps.version
}

export const meaning = (node: Node.Node): Meaning<Node.Node> => meanings[node._tag] as Meaning<Node.Node>
