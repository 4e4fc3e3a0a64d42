/** What is to be seen of a position: what it waits for, its status and state, its result, its progress. */
import type { Query } from "@waymark/core"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { DefinitionThrew } from "../../Errors.ts"
import type * as Pending from "../../Pending.ts"
import type { Progress } from "../../Progress.ts"
import type { Status } from "../../Status.ts"
import { answer } from "./answer.ts"
import { stateOf } from "./compose.ts"
import * as Diff from "./diff.ts"
import { signalState } from "./fold.ts"
import type { Machine } from "./machine.ts"
import * as Path from "./path.ts"
import { progress as progressOf } from "./progress.ts"
import * as Site from "./site.ts"
import { RUNNABLE, STUCK } from "./thread.ts"
import * as Walk from "./walk.ts"

const describe = (machine: Machine, waiting: Walk.Waiting): Pending.Pending => {
  const { leaf, ordinal, path } = waiting
  const step = { path, ordinal, name: leaf.node.name }
  switch (leaf._tag) {
    case "RunIO":
      return {
        _tag: "RunIO",
        step,
        get effect() {
          return leaf.node.run(leaf.state)
        },
        attempt: leaf.notBefore === Infinity ? leaf.attempt : leaf.attempt + 1,
        notBefore: leaf.notBefore,
        lastError: leaf.lastError,
        retry: leaf.node.retry,
        idempotencyKey: Path.idempotencyKey(machine.id, machine.run, path, ordinal)
      }
    case "Signal":
      return {
        _tag: "Signal",
        step,
        signal: leaf.node.signal,
        handle: (payload) => leaf.node.handle(signalState(waiting), payload),
        reply: (event) => {
          // From the event as a journal would give it back, so that a reply given again is the same.
          const recorded = Result.flatMap(leaf.node.event.encode(event), (json) => leaf.node.event.decode(json))
          return leaf.node.reply(signalState(waiting), Result.getOrThrow(recorded))
        },
        idempotencyKey: Path.idempotencyKey(machine.id, machine.run, path, ordinal)
      }
    case "Timer":
      return { _tag: "Timer", step, due: leaf.due }
  }
}

export const pending = (machine: Machine): ReadonlyArray<Pending.Pending> =>
  Array.from(Walk.steps(machine.root), (waiting) => describe(machine, waiting))

export const waiting = (machine: Machine, signal: string, to: string | undefined): ReadonlyArray<Pending.Pending> =>
  Walk.waiters(machine.root, signal, to).map((found) => describe(machine, found))

export const diff = (before: Machine | undefined, after: Machine) => {
  const { closed, opened } = Diff.diff(before?.root, after.root)
  return {
    closed: closed.map(({ leaf, ordinal, path }) => ({ path, ordinal, name: leaf.node.name })),
    opened: opened.map((found) => describe(after, found))
  }
}

export const status = ({ root }: Machine): Status => {
  if (root.leaf._tag === "Done") return "completed"
  if (root.leaf._tag === "Failed") return "failed"
  return (root.mask & RUNNABLE) !== 0 ? "running" : (root.mask & STUCK) !== 0 ? "stuck" : "waiting"
}

export const state = ({ root }: Machine): unknown => stateOf(root.leaf)

export const result = ({ root }: Machine): Option.Option<Result.Result<unknown, unknown>> => {
  if (root.leaf._tag === "Done") return Option.some(Result.succeed(root.leaf.state))
  return root.leaf._tag === "Failed" ? Option.some(Result.fail(root.leaf.error)) : Option.none()
}

export const query = (machine: Machine, query: Query.Any): Result.Result<Option.Option<unknown>, DefinitionThrew> =>
  Result.try({
    try: () => answer(machine.root, Site.root(machine.workflow), query),
    catch: (cause) => {
      const { id: instance, length: position, run } = machine
      return new DefinitionThrew({ instance, run, position, path: "", step: `query "${query.name}"`, cause })
    }
  })

export const progress = (machine: Machine): Progress =>
  progressOf(machine.root, Site.root(machine.workflow), machine.trail)
