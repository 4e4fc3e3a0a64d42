/** Steps that are about other instances: children, and messages to them and to others. */
import { ChildStopped, NotDelivered, type Node } from "@waymark/core"
import type { Event } from "@waymark/interpreter"
import { decodeState } from "./encode.ts"
import { refuse } from "./ends.ts"
import type { Here } from "./here.ts"
import { Attempted, decoded, fieldsOf, type Taken } from "./leaf.ts"
import * as Path from "./path.ts"
import type { Meaning } from "./thread.ts"
import type { OpenChild } from "./work.ts"

export class Child extends Attempted {
  readonly kind = "Child"
  readonly node: Node.Child
  readonly id: string
  isStarted = false
  /** The children of the run that are on their own. */
  readonly #open: Array<OpenChild>
  constructor(node: Node.Child, state: unknown, { now, thread: { ordinal, path, run } }: Here) {
    super(node.name, state, now)
    this.node = node
    this.id = node.id?.(state) ?? Path.idempotencyKey(run.info.instance, run.info.run, path, ordinal)
    this.#open = run.children
  }

  /** What is to be closed when nobody waits for it any more: it may be there although an attempt to start it has failed. */
  get leftBehind(): OpenChild | undefined {
    return this.isStarted || this.hasFailed ? this.toClose : undefined
  }

  /** What its parent closes in the end. */
  get toClose(): OpenChild | undefined {
    const { onParentClose: policy, workflow } = this.node
    return policy === "abandon" ? undefined : { id: this.id, workflow: workflow.name, policy }
  }

  protected override end(event: Event.Event): Taken {
    if (event.kind === "child-started" && !this.isStarted) return this.#started(event)
    if (event.kind === "child-ended" && this.isStarted) return this.#ended(event)
    return refuse("a child is started, and then it ends")
  }

  #started(event: Event.Event): Taken {
    if (fieldsOf(event)["id"] !== this.id) return refuse(`the child is "${this.id}"`)
    if (this.node.awaited) {
      this.isStarted = true
      this.attempts = 0
      this.notBefore = event.at
      return "waits"
    }
    if (this.toClose !== undefined) this.#open.push(this.toClose)
    return { gives: this.node.apply(this.state, this.id) }
  }

  #ended(event: Event.Event): Taken {
    const { apply, workflow } = this.node
    const { error, outcome, output, reason } = fieldsOf(event)
    if (outcome === "completed") return { gives: apply(this.state, decodeState(workflow.state, output)) }
    if (outcome === "failed") return { raises: decoded(workflow.error.decode(error)) }
    if (outcome !== "cancelled" && outcome !== "terminated") return refuse("a child ends in some way")
    return { raises: new ChildStopped({ child: this.id, status: outcome, reason: String(reason) }) }
  }
}

/** A message to another instance. */
export abstract class Send extends Attempted {
  readonly kind = "Send"
  abstract readonly to: string
  protected abstract sent(undelivered: string | undefined): Taken
  protected override end(event: Event.Event): Taken {
    if (event.kind !== "sent") return refuse(`a message does not end by "${event.kind}"`)
    const { delivered, reason } = fieldsOf(event)
    if (typeof delivered !== "boolean") return refuse("a message was delivered or not")
    return this.sent(delivered ? undefined : String(reason))
  }
}

class SignalTo extends Send {
  readonly to: string
  constructor(node: Node.SignalTo, state: unknown, now: number) {
    super(node.name, state, now)
    this.to = node.id(state)
  }
  protected override sent(undelivered: string | undefined): Taken {
    if (undelivered === undefined) return { gives: this.state }
    return { raises: new NotDelivered({ target: this.to, signal: this.name, reason: undelivered }) }
  }
}

/** The request to a child that it end. Where it is not there any more, that is just as well. */
export class Close extends Send {
  readonly to: string
  readonly child: OpenChild
  constructor(child: OpenChild, state: unknown, now: number) {
    super(child.workflow, state, now)
    this.to = child.id
    this.child = child
  }
  protected override sent(): Taken {
    return { gives: this.state }
  }
}

export const child: Meaning<Node.Child> = (node, state, here) => here.wait(new Child(node, state, here))

export const signalTo: Meaning<Node.SignalTo> = (node, state, here) => here.wait(new SignalTo(node, state, here.now))
