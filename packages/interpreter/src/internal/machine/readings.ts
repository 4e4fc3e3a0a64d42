/** What is to be seen of a position: what it waits for, its status and state, its result, its progress. */
import type { Query } from "@waymark/core"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { DefinitionThrew, WorkflowCancelled, WorkflowTerminated } from "../../Errors.ts"
import type * as Pending from "../../Pending.ts"
import type { Progress } from "../../Progress.ts"
import type { Status } from "../../Status.ts"
import { answer } from "./answer.ts"
import { shown } from "./compose.ts"
import * as Diff from "./diff.ts"
import type { Machine } from "./machine.ts"
import { signalState } from "./outcomes.ts"
import * as Path from "./path.ts"
import { progress as progressOf } from "./progress.ts"
import * as Site from "./site.ts"
import { RUNNABLE, STUCK, type AttemptedLeaf, type RunIOLeaf, type StepLeaf } from "./thread.ts"
import * as Trie from "./trie.ts"
import * as Waiters from "./waiters.ts"
import * as Walk from "./walk.ts"

/** The engine's own messages to a child whose parent closes it. */
const CLOSING = { terminate: "waymark/terminate", "request-cancel": "waymark/cancel" } as const

/** What all that is attempted says of its attempts. */
const attempts = (leaf: AttemptedLeaf) => ({
  attempt: leaf.notBefore === Infinity ? leaf.attempt : leaf.attempt + 1,
  notBefore: leaf.notBefore,
  lastError: leaf.lastError,
  openedAt: leaf.openedAt
})

/** A step with an effect. A class, since one is made for every step that is taken: getters of a literal would be made with each. */
class RunIO implements Pending.RunIO {
  readonly _tag = "RunIO"
  readonly step: Pending.StepRef
  readonly event: Pending.RunIO["event"]
  readonly error: Pending.RunIO["error"]
  readonly retry: Pending.RunIO["retry"]
  readonly timeouts: Pending.RunIO["timeouts"]
  readonly attempt: number
  readonly notBefore: number
  readonly lastError: string | undefined
  readonly openedAt: number
  readonly #leaf: RunIOLeaf
  readonly #machine: Machine

  constructor(machine: Machine, step: Pending.StepRef, leaf: RunIOLeaf) {
    const { attempt, lastError, node, notBefore, openedAt } = leaf
    this.step = step
    this.event = node.event
    this.error = node.error
    this.retry = node.retry
    this.timeouts = node.timeouts
    this.attempt = notBefore === Infinity ? attempt : attempt + 1
    this.notBefore = notBefore
    this.lastError = lastError
    this.openedAt = openedAt
    this.#leaf = leaf
    this.#machine = machine
  }

  get effect(): Pending.RunIO["effect"] {
    return this.#leaf.node.run(this.#leaf.state)
  }

  get idempotencyKey(): string {
    const { id, run } = this.#machine
    return Path.idempotencyKey(id, run, this.step.path, this.step.ordinal)
  }
}

const describe = (machine: Machine, waiting: Walk.Waiting): Pending.Pending => {
  const { leaf, ordinal, path } = waiting
  const step = { path, ordinal, name: leaf.node.name }
  return leaf._tag === "RunIO" ? new RunIO(machine, step, leaf) : describeOther(machine, waiting, leaf, step)
}

/** Apart, since what is captured here would be made for every step with an effect as well. */
const describeOther = (
  machine: Machine,
  waiting: Walk.Waiting,
  leaf: Exclude<StepLeaf, RunIOLeaf>,
  step: Pending.StepRef
): Pending.Pending => {
  const { ordinal, path } = step
  // Made when it is asked for, as all that costs something is: most of what is described is only looked at.
  const keyOf = (): string => Path.idempotencyKey(machine.id, machine.run, path, ordinal)
  switch (leaf._tag) {
    case "Child":
      return {
        _tag: "Child",
        step,
        phase: leaf.started ? "Wait" : "Start",
        workflow: leaf.node.workflow,
        id: leaf.id,
        get input() {
          return leaf.node.input(leaf.state)
        },
        get idempotencyKey() {
          return keyOf()
        },
        ...attempts(leaf)
      }
    case "Send":
      return {
        _tag: "Send",
        step,
        to: leaf.to,
        workflow: leaf.node.workflow.name,
        signal: leaf.node.name,
        get payload() {
          return Result.getOrThrow(leaf.node.signal.payload.encode(leaf.node.payload(leaf.state)))
        },
        get idempotencyKey() {
          return keyOf()
        },
        ...attempts(leaf)
      }
    case "Close":
      return {
        _tag: "Send",
        step,
        to: leaf.child.id,
        workflow: leaf.child.workflow,
        signal: CLOSING[leaf.child.policy],
        payload: { reason: `its parent "${machine.id}" has ended or given it up` },
        get idempotencyKey() {
          return keyOf()
        },
        ...attempts(leaf)
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
        get idempotencyKey() {
          return keyOf()
        }
      }
    case "Timer":
      return { _tag: "Timer", step, due: leaf.due }
  }
}

export const pending = (machine: Machine): ReadonlyArray<Pending.Pending> =>
  Array.from(Walk.steps(machine.root), (waiting) => describe(machine, waiting))

export const at = (machine: Machine, path: string, ordinal: number): Pending.Pending | undefined => {
  const found = Walk.find(machine.root, path, ordinal)
  return found === undefined ? undefined : describe(machine, { ...found, path, ordinal })
}

export const waiting = (machine: Machine, signal: string, to: string | undefined): ReadonlyArray<Pending.Pending> =>
  Waiters.waiters(machine.root, signal, to).map((found) => describe(machine, found))

export const addresses = (machine: Machine, signal: string, to: string | undefined): ReadonlyArray<string> =>
  Waiters.addresses(Waiters.waiters(machine.root, signal, to))

export const diff = (before: Machine | undefined, after: Machine) => {
  const { closed, opened } = Diff.diff(before?.root, after.root)
  return {
    closed: closed.map(({ leaf, ordinal, path }) => ({ path, ordinal, name: leaf.node.name })),
    opened: opened.map((found) => describe(after, found))
  }
}

export const opened = (before: Machine | undefined, after: Machine): ReadonlyArray<Pending.Pending> =>
  Diff.opened(before?.root, after.root).map((found) => describe(after, found))

export const wakeAt = ({ root }: Machine): number | undefined => Trie.nearer(root.due, root.retry)

export const status = ({ closed, root, stopping }: Machine): Status => {
  if (closed?._tag === "Terminated") return "terminated"
  switch (root.leaf._tag) {
    case "Done":
      return "completed"
    case "Failed":
      return "failed"
    case "Cut":
      return stopping?.how ?? "cancelled"
    case "Continue":
      return "continued"
    default:
      return (root.mask & RUNNABLE) !== 0 ? "running" : (root.mask & STUCK) !== 0 ? "stuck" : "waiting"
  }
}

export const state = ({ root }: Machine): unknown => shown(root)

const stopped = (instance: string, stopping: Machine["stopping"]): WorkflowCancelled | WorkflowTerminated => {
  const { how, reason } = stopping ?? { how: "cancelled", reason: "" }
  return how === "cancelled"
    ? new WorkflowCancelled({ instance, reason })
    : new WorkflowTerminated({ instance, reason })
}

export const result = (machine: Machine): Option.Option<Result.Result<unknown, unknown>> => {
  const { closed, id: instance, root, stopping } = machine
  if (closed?._tag === "Terminated")
    return Option.some(Result.fail(new WorkflowTerminated({ instance, reason: closed.reason })))
  switch (root.leaf._tag) {
    case "Done":
      return Option.some(Result.succeed(root.leaf.state))
    case "Failed":
      return Option.some(Result.fail(root.leaf.error))
    case "Cut":
      return Option.some(Result.fail(stopped(instance, stopping)))
    default:
      return Option.none()
  }
}

export const continuation = ({ root }: Machine): Option.Option<unknown> =>
  root.leaf._tag === "Continue" ? Option.some(root.leaf.input) : Option.none()

/** Who has brought it to its end, and why, where it does not come to one of its own. */
export const stopping = ({ closed, stopping }: Machine): Machine["stopping"] =>
  closed?._tag === "Terminated" ? { how: "terminated", reason: closed.reason } : stopping

export const query = (machine: Machine, query: Query.Any): Result.Result<Option.Option<unknown>, DefinitionThrew> =>
  Result.try({
    try: () => answer(machine.root, Site.root(machine.workflow), query),
    catch: (cause) => {
      const { id: instance, length: position, run } = machine
      return new DefinitionThrew({ instance, run, position, path: "", step: `query "${query.name}"`, cause })
    }
  })

export const progress = (machine: Machine): Progress => progressOf(machine, Site.root(machine.workflow))
