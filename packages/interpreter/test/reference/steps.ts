/** Steps of the instance's own: effects, signals, timers, and what only waits for its own record. */
import { Misplaced, type Node } from "@waymark/core"
import type { Event } from "@waymark/interpreter"
import { refuse } from "./ends.ts"
import type { Here } from "./here.ts"
import { Attempted, decoded, fieldsOf, Leaf, type Taken } from "./leaf.ts"
import type { Meaning, Walk } from "./thread.ts"

export class RunIO extends Attempted {
  readonly kind = "RunIO"
  readonly node: Node.RunIO
  constructor(node: Node.RunIO, state: unknown, now: number) {
    super(node.name, state, now)
    this.node = node
  }
  protected override end({ kind, payload }: Event.Event): Taken {
    const { apply, error, event } = this.node
    if (kind === "completed") return { gives: apply(this.state, decoded(event.decode(payload))) }
    if (kind === "failed") return { raises: decoded(error.decode(payload)) }
    return refuse(`an effect does not end by "${kind}"`)
  }
}

export class Signal extends Leaf {
  readonly kind = "Signal"
  readonly node: Node.HandleSignal
  constructor(node: Node.HandleSignal, state: unknown) {
    super(node.name, state)
    this.node = node
  }
  override take(event: Event.Event, state: unknown): Taken {
    if (event.kind !== "signal") return refuse(`a signal does not end by "${event.kind}"`)
    const { event: payload, id } = fieldsOf(event)
    if (typeof id !== "string") return refuse("a signal has an id")
    return { gives: this.node.apply(state, decoded(this.node.event.decode(payload))) }
  }
}

export class Timer extends Leaf {
  readonly kind = "Timer"
  due: number
  isRecorded = false
  constructor(node: Node.Await, state: unknown, now: number) {
    super(node.name, state)
    this.due = node.due(state, now)
  }
  override take(event: Event.Event, state: unknown): Taken {
    if (event.kind === "due" && !this.isRecorded) {
      const { at } = fieldsOf(event)
      // What is on record decides: the length may have changed since.
      this.due = typeof at === "number" ? at : refuse("a due time is an instant")
      this.isRecorded = true
      return "waits"
    }
    if (event.kind === "fired" && this.isRecorded && event.at >= this.due) return { gives: state }
    return refuse("a timer's due time is recorded, and then it fires, never early")
  }
}

/** A choice between before and after a change: its own event takes it to `after`, any other passes it by. */
class Version extends Leaf {
  readonly kind = "Version"
  override take(event: Event.Event): Taken {
    return { gives: event.kind === "version" }
  }
}

export class Checkpoint extends Leaf {
  readonly kind = "Checkpoint"
  readonly node: Node.Checkpoint
  constructor(node: Node.Checkpoint, state: unknown) {
    super(node.name, state)
    this.node = node
  }
  override take(event: Event.Event): Taken {
    if (event.kind !== "checkpoint") return refuse("a checkpoint only waits for its record")
    const { state } = fieldsOf(event)
    return { gives: decoded(this.node.state.decode(state)) }
  }
}

export const runIO: Meaning<Node.RunIO> = (node, state, here) => here.wait(new RunIO(node, state, here.now))

export const handleSignal: Meaning<Node.HandleSignal> = (node, state, here) => here.wait(new Signal(node, state))

export const await_: Meaning<Node.Await> = (node, state, here) => here.wait(new Timer(node, state, here.now))

export const version: Meaning<Node.Version> = function* (node, state, here): Walk {
  const isNew = yield* here.wait(new Version(node.name, state), false)
  return yield* here.run(isNew === true ? node.after : node.before, state)
}

const place = (name: string, here: Here): void => {
  const isAlone =
    here.thread.path === "" && here.around.every(({ tag }) => tag === "Handler" || tag === "Uncancellable")
  if (isAlone && here.thread.undos.length === 0) return
  throw new Misplaced({
    step: name,
    reason: "a checkpoint stands where nothing else is live and nothing is left to undo"
  })
}

export const checkpoint: Meaning<Node.Checkpoint> = function* (node, state, here): Walk {
  place(node.name, here)
  return yield* here.wait(new Checkpoint(node, state))
}

/** What may interrupt a part, as the leaf that it is. */
export const trigger = (node: Node.Node | undefined, state: unknown, now: number): Signal | Timer => {
  if (node?._tag === "HandleSignal") return new Signal(node, state)
  if (node?._tag === "Await") return new Timer(node, state, now)
  throw new TypeError(`an interruption cannot start with ${node?._tag}`)
}
